//! What can be done about a task: somebody takes it, answers, notes, ends it, or says whose message it was.

use domain::{Error, id};
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Map, Value, json};

use super::task::{self, BIND, GET, MAIL, MESSAGE, TEXT, UPDATE, Way};
use crate::{
    communicator,
    console::{Form, Problem, Shown, Stop, TELL, Visit, address::named, path_and_query},
    interactions, tasks,
};

/// What came of a form: what to say that was done, or why it was not.
type Told = Result<&'static str, Problem>;

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    let told = match form.action() {
        "claim" => update(&visit, &form, id, json!({ "status": "claimed" }), "claimed").await?,
        "give_back" => {
            update(&visit, &form, id, json!({ "status": "open", "assignee": null }), "given_back").await?
        }
        "reopen" => {
            update(&visit, &form, id, json!({ "status": "open", "assignee": null }), "reopened").await?
        }
        "finish" => update(&visit, &form, id, finished(&form), "finished").await?,
        "note" => update(&visit, &form, id, noted(&form).into(), "noted").await?,
        "answer" => answer(&visit, &form, id).await?,
        "bind" => bind(&visit, &form, id).await?,
        _ => return task::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(done) => visit.done(&path_and_query(request), done),
        Err(problem) => task::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

async fn update(
    visit: &Visit<'_>,
    form: &Form,
    id: &str,
    body: Value,
    done: &'static str,
) -> Result<Told, Stop> {
    Ok(visit.tell(&UPDATE, &[("id", id)], &body, form).await?.map(|_| done))
}

/// The end of a task, with what there is to say about it.
fn finished(form: &Form) -> Value {
    let mut body = noted(form);
    body.insert("status".to_owned(), json!("done"));
    body.into()
}

/// The note as it stands in the form; one that was emptied is none. A form without it says nothing of it.
fn noted(form: &Form) -> Map<String, Value> {
    let note = form.has("note").then(|| Some(form.text("note")).filter(|note| !note.is_empty()));
    note.into_iter().map(|note| ("note".to_owned(), json!(note))).collect()
}

/// The message that a task is about, and the entity tag of the task.
async fn meant(visit: &Visit<'_>, id: &str) -> Result<(Value, String), Error> {
    let (task, etag) = visit.ask_tagged(&GET, &[("id", id)], &[]).await?;
    let meant = [("id", task["interactionId"].as_str().unwrap_or_default())];
    Ok((visit.ask(&MESSAGE, &meant, &[]).await?, etag.as_str().unwrap_or_default().to_owned()))
}

/// Answers through the guard, the way it came.
async fn answer(visit: &Visit<'_>, form: &Form, id: &str) -> Result<Told, Stop> {
    let (meant, etag) = meant(visit, id).await?;
    let mut body = form.members(&["theme"]);
    body.insert("previousInteractionId".into(), meant["id"].clone());
    body.insert("isTransactional".into(), json!(false));
    let function = match task::way_back(&meant) {
        Some(Way::Mail) => {
            body.extend(form.members(&["subjectLine", "contentPlain"]));
            body.insert("personalizations".into(), json!([{ "to": [{ "email": meant["sender"] }] }]));
            &MAIL
        }
        Some(Way::Text) => {
            body.extend(form.members(&["subject", "editedContent.contentText"]));
            // What nobody wrote is no answer, and must not become what the template says.
            body.entry("editedContent").or_insert_with(|| json!({ "contentText": "" }));
            body.insert("channel".into(), json!("text"));
            body.insert("personId".into(), meant["borrower_id"].clone());
            if meant["contact_id"].is_string() {
                body.insert("contactId".into(), meant["contact_id"].clone());
            }
            &TEXT
        }
        None => return Err(Error::not_found("message to answer", id).into()),
    };
    match visit.tell_if_seen(function, &[], &body.into(), form, &etag).await? {
        // What left must not be offered to be sent again, whatever is wrong with the rest; and whoever has the task open must not
        // answer it, too, as if nobody had.
        Ok(answer) => {
            let (mut body, done, undone) = match form.text("is_done") {
                "on" => (finished(form), "answered_finished", "answered_unfinished"),
                _ => (json!({}), "answered", "answered"),
            };
            body["answerId"] = answer["data"]["id"].clone();
            let told = update(visit, form, id, body, done).await?;
            Ok(Ok(told.unwrap_or(undone)))
        }
        Err(problem) => Ok(Err(problem)),
    }
}

/// Says whose message it was.
async fn bind(visit: &Visit<'_>, form: &Form, id: &str) -> Result<Told, Stop> {
    let (meant, etag) = meant(visit, id).await?;
    let mut body = form.members(&["personId"]);
    if let Some(Value::String(person)) = body.get_mut("personId") {
        *person = named::<id::Person>(person);
    } else {
        body.insert("personId".into(), json!(""));
    }
    let path = [("id", meant["id"].as_str().unwrap_or_default())];
    Ok(visit.tell_if_seen(&BIND, &path, &body.into(), form, &etag).await?.map(|_| "bound"))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(task::NEEDS),
    Need::All(tasks::update::NEEDS),
    Need::All(interactions::update::NEEDS),
    Need::All(communicator::send::NEEDS),
    Need::All(communicator::send_free_form_email::NEEDS),
];
