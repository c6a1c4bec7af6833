//! 001 · Receive message.

use domain::{
    interaction::NewInteraction,
    person::BookAddress,
    update::Faults,
    vocabulary::{Channel, Direction},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    mailbox::Address,
    needs::{Bodies, Need},
    pipeline::{
        receive::{self, Came},
        record::Kept,
    },
};
use serde_json::{Value, json};

use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, example_view},
    openapi::Operation,
};

/// Takes in what came to the lender by a way of its own.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let now = app.now();
    let mut new = request.json_checked(|new: &NewInteraction| {
        let (mut faults, mut inbound) = (Faults::default(), new.clone());
        let is_inbound = new.direction.is_none_or(|direction| direction == Direction::Inbound);
        faults.expect(is_inbound, "/direction", "must be inbound or left out: this is for what came in");
        inbound.direction = Some(Direction::Inbound);
        came(&inbound, &mut faults);
        if let Err(error) = inbound.check(now) {
            faults.take("", error);
        }
        faults.none()
    })?;
    new.direction = Some(Direction::Inbound);
    let came = came(&new, &mut Faults::default());
    let tenant = request.tenant()?;
    let lender = app.lender(tenant).await?;
    let id = request.id_named(app, new.external_id.as_ref())?;
    let Kept { interaction, known } =
        receive::receive(app, &lender, &id, new, came, &request.trace_id).await?;
    let view =
        InteractionView::of(app, request.caller()?, interaction, known.as_ref().map(|known| &known.person))
            .await?;
    json(StatusCode::OK, &One::of(StatusCode::OK, view))
}

/// From whom and to what it came: as the body says, and as `from` and `to` of an e-mail's or a text's content do.
fn came(new: &NewInteraction, faults: &mut Faults) -> Came {
    let mut address = |name: &str| {
        let text = match new.content.as_ref()?.get(name)? {
            Value::Null => return None,
            Value::String(text) => text,
            _ => {
                faults.expect(false, &format!("/content/{name}"), "must be text: one address");
                return None;
            }
        };
        let read = match new.channel {
            Channel::Email => match Address::parse(text) {
                Some(mailbox) => BookAddress::email(&mailbox.address),
                None => Err("must be one e-mail address, such as john@example.com".into()),
            },
            Channel::Text if name == "to" && is_short_code(text) => return Some(text.clone()),
            Channel::Text => BookAddress::phone(text),
            _ => return None,
        };
        let read = read.map(|address| address.as_str().to_owned());
        read.map_err(|fault| faults.expect(false, &format!("/content/{name}"), &fault)).ok()
    };
    let (from, to) = (address("from"), address("to"));
    let from = from.map(|from| match new.channel {
        Channel::Email => BookAddress::Email(from),
        _ => BookAddress::Phone(from),
    });
    Came { person: new.person_id.clone(), from, to, brought: None }
}

/// What lenders in the US and Canada write texts from beside numbers: up to six digits, by CTIA's handbook.
fn is_short_code(text: &str) -> bool {
    (3..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(receive::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Receive a message")
        .about(
            "What came to you by a way of your own. It becomes an inbound interaction with its place in the contact ledger, \
             and a task for your people: handleInboundInteraction, or handleUnboundInboundInteraction where nobody, or more \
             than one, has the address it came from. An e-mail or a text says in its content from where it came and to what: \
             {from, to, subjectLine, body, bodyHtml}, {from, to, body}. Whoever wrote to an address that nobody reads \
             (unmonitoredAddresses) is told so, once a day.",
        )
        .body::<NewInteraction>(example())
        .answer::<One<InteractionView>>(
            200,
            "The interaction as it is stored",
            json!({ "status": 200, "message": "OK", "data": example_view() }),
        )
        .problems(&[404, 409])
}

fn example() -> Value {
    json!({
        "channel": "email",
        "content": {
            "from": "John Doe <john@example.com>",
            "to": "care@acme.example",
            "subjectLine": "My due date",
            "body": "Can I pay on the 20th?",
        },
        "theme": "inbPayments",
        "status": "succeeded",
        "externalId": "mail-7341",
    })
}
