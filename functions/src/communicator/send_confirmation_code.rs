//! 001 · Send confirmation code for contact verification.

use domain::{
    Error,
    id::{self, Ref},
    person::BookAddress,
    shape::{self, given, when},
    update::Faults,
    vocabulary::{Channel, CommunicatorChannel, KnownSubject, Subject},
};
use platform::{app::App, http::Request, needs::Need, pipeline::code};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::sent;
use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, example_view},
    openapi::Operation,
};

/// Where to send a code, and for which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct SendConfirmationCode {
    /// The person (borrower) who gets the message.
    person_id: Ref<id::Person>,
    /// The e-mail address to confirm.
    #[serde(default)]
    #[schemars(with = "Option<shape::Email>")]
    email: Option<String>,
    /// The phone number to confirm, which gets a text.
    #[serde(default)]
    #[schemars(with = "Option<shape::Phone>")]
    phone: Option<String>,
    /// `email` or `text`, if both are given; else that of what is given.
    #[serde(default)]
    #[schemars(with = "Option<CodeChannel>")]
    channel: Option<CommunicatorChannel>,
    /// Variables of the template for confirmationCode. `code` is ours.
    #[serde(default)]
    context: Map<String, Value>,
}

/// By what codes go, in schemas.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is only described")]
enum CodeChannel {
    /// To the e-mail address.
    Email,
    /// To the phone number.
    Text,
}

/// In schemas: that there is an address, and of two which.
fn conditions(schema: &mut Schema) {
    let both = json!({ "allOf": [given("email"), given("phone")] });
    shape::hold(
        schema,
        json!([
            when("channel", &["email"], given("email")),
            when("channel", &["text"], given("phone")),
            { "if": both, "then": given("channel") },
            { "if": given("phone"), "else": given("email") },
        ]),
    );
}

impl SendConfirmationCode {
    /// Where to.
    fn address(&self) -> Result<BookAddress, Error> {
        let mut faults = Faults::default();
        let channel = self.channel.map(Channel::from);
        let is_any = channel.is_none_or(|channel| matches!(channel, Channel::Email | Channel::Text));
        faults.expect(is_any, "/channel", "must be email or text: codes go by no other");
        let (given_email, given_phone) = (self.email.as_ref(), self.phone.as_ref());
        let email = given_email.map(|text| BookAddress::email(text));
        let phone = given_phone.map(|text| BookAddress::phone(text));
        for (place, read) in [("/email", &email), ("/phone", &phone)] {
            if let Some(Err(fault)) = read {
                faults.expect(false, place, fault);
            }
        }
        match channel {
            Some(Channel::Email) => {
                faults.expect(email.is_some(), "/email", "must be given with the channel email")
            }
            Some(Channel::Text) => {
                faults.expect(phone.is_some(), "/phone", "must be given with the channel text")
            }
            _ => {
                faults.expect(email.is_some() || phone.is_some(), "/email", "must be given if phone is not");
                let is_told = email.is_none() || phone.is_none() || channel.is_some();
                faults.expect(is_told, "/channel", "must say which, email or text: both are given");
            }
        }
        faults.none()?;
        let wanted = if channel == Some(Channel::Text) { phone } else { email.or(phone) };
        wanted.and_then(Result::ok).ok_or_else(|| Error::invalid("/email", "must be given if phone is not"))
    }
}

/// Sends one.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body = request.json_checked(|body: &SendConfirmationCode| body.address().map(drop))?;
    let address = body.address()?;
    let caller = request.caller()?;
    let lender = app.lender(&caller.tenant).await?;
    let subject = Subject::from(KnownSubject::ConfirmationCode);
    app.subjects(&caller.tenant).await?.descriptor(&subject).may_be_sent_by(caller.agent)?;
    let asked = code::Request {
        id: request.new_id(app)?,
        person: body.person_id,
        address,
        context: body.context,
        trace_id: request.trace_id.clone(),
    };
    let (outcome, person) = code::send(app, &lender, asked).await?;
    sent::answer(app, request, outcome, Some(&person)).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(code::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Send a confirmation code")
        .about(
            "Six digits that count ten minutes, once. Said back as ?confirmationCode= when the contact is added or changed, \
             they prove that the address is the borrower's: the contact is verified. Ten requests a borrower and hour. The \
             code stands in no answer and no interaction. What the borrower opted out of gets none; nothing else is asked \
             (001).",
        )
        .body::<SendConfirmationCode>(json!({ "personId": "ext-john", "email": "john@example.com" }))
        .answer::<One<InteractionView>>(
            202,
            "The message, without its code",
            json!({ "status": 202, "message": "Accepted", "data": example_view() }),
        )
        .problems(&[404, 409, 422, 429])
}
