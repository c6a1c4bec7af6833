//! Compliance Guard · Can interact, for many people at once: whom a campaign may reach.

use domain::{
    compliance::Circumstances,
    id::{self, Ref},
    shape,
    vocabulary::{MessageChannel, Purpose, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::can_interact::{GuardAnswer, about, autodialed, example_answer, intent};
use crate::{catalog::Answer, openapi::Operation};

/// Whom, how, what about, and why. One of `subject` and `theme` is required.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct CanInteractWithEachQuestion {
    /// The people, at most 1,000.
    #[schemars(with = "Vec<Ref<id::Person>>", length(min = 1, max = 1_000))]
    person_ids: Vec<String>,
    /// The channel; each person's best contact for it is asked about.
    channel: MessageChannel,
    /// The subject the contact would be about.
    #[serde(default)]
    subject: Option<Subject>,
    /// Why; the subject's theme by default.
    #[serde(default)]
    theme: Option<Theme>,
    /// What it would be for besides what the theme says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// When the interactions start; now by default.
    #[serde(default)]
    started_at: Option<Timestamp>,
    /// Whether the time of day is taken to be noon, for whoever asks in the morning about the day. Loosens nothing else.
    #[serde(default)]
    assume_noon: Option<bool>,
    /// Whether an autodialer places the calls or sends the texts, or the calls have a recorded voice. For voice and text.
    #[serde(default)]
    is_autodialed: Option<bool>,
}

/// In schemas.
fn conditions(schema: &mut Schema) {
    shape::hold(schema, json!([about(), autodialed()]));
}

/// One answer for each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GuardAnswers {
    /// In the order of the request.
    results: Vec<AnswerForPerson>,
}

/// The answer for one person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerForPerson {
    /// As in the request.
    person_id: String,
    /// Absent if there is no such person.
    #[serde(flatten)]
    answer: Option<GuardAnswer>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Asks the guard about each.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let asked: CanInteractWithEachQuestion = request.json()?;
    let lender = app.lender(request.tenant()?).await?;
    let circumstances = Circumstances {
        purpose: asked.purpose,
        autodialed: asked.is_autodialed.unwrap_or(false),
        ..Circumstances::default()
    };
    let (why, when) = ((asked.subject, asked.theme), (asked.started_at, asked.assume_noon));
    let intent = intent(app, &lender, asked.channel, why, when, circumstances);
    let decisions = intent.await?.judge_each(app, &lender, "/personIds", &asked.person_ids).await?;
    let results = decisions.into_iter().zip(asked.person_ids).map(|(decision, person_id)| AnswerForPerson {
        problem: decision.is_none().then(|| format!("There is no person {person_id}; check the id.")),
        answer: decision.map(GuardAnswer::from),
        person_id,
    });
    json(StatusCode::OK, &GuardAnswers { results: results.collect() })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut result = example_answer();
    result["personId"] = json!("ext-john");
    Operation::new("Compliance guard", "May these people be contacted?")
        .about(
            "The same question about up to 1,000 people, each answered by itself at their best contact. An unknown one \
             spoils no other. Ask again just before you act.",
        )
        .body::<CanInteractWithEachQuestion>(json!({
            "personIds": ["ext-john", "ext-nobody"],
            "channel": "voice",
            "theme": "opsCollDebt",
            "assumeNoon": true,
        }))
        .answer::<GuardAnswers>(
            200,
            "One answer for each, in the order of the request",
            json!({ "results": [result, { "personId": "ext-nobody", "problem": "There is no person ext-nobody; check the id." }] }),
        )
        .problems(&[404])
}
