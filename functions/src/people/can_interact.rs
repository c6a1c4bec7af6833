//! Compliance Guard · Can interact: may this person be contacted so, and if not, why and when?

use domain::{
    Error,
    compliance::{Circumstances, Decision, Reason, ReasonKind, rule::Jurisdiction, sign_off::Signed},
    id::{self, ExternalId, Ref},
    person::update::{ContactUpdate, NewContact},
    shape::{self, given, left_out},
    vocabulary::{Channel, MessageChannel, Purpose, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::{App, Lender},
    http::{Request, json},
    needs::{Items, Need},
    pipeline::resolve::{self, About},
    store::people::Known,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{catalog::Answer, intent::Intent, openapi::Operation};

/// How, what about, and why. One of `subject` and `theme` is required.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct CanInteractQuestion {
    /// The channel the message would be sent by.
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
    /// The loan it is about; the person's only one by default.
    #[serde(default)]
    loan_id: Option<Ref<id::Loan>>,
    /// More loans it is about.
    #[serde(default)]
    loan_ids: Option<Vec<Ref<id::Loan>>>,
    /// The contact; the person's best one by default.
    #[serde(default)]
    contact_id: Option<Ref<id::Contact>>,
    /// The same by your own id.
    #[serde(default)]
    external_contact_id: Option<ExternalId>,
    /// A contact not on record yet. It is asked about and not kept; what is known about the same address counts.
    #[serde(default)]
    #[schemars(with = "Option<NewContact>")]
    contact_details: Option<ContactUpdate>,
    /// When the interaction starts; now by default.
    #[serde(default)]
    started_at: Option<Timestamp>,
    /// Whether the time of day is taken to be noon, for whoever asks in the morning about the day. Loosens nothing else.
    #[serde(default)]
    assume_noon: Option<bool>,
    /// Whether an autodialer places the call or sends the text, or the call has a recorded voice. For voice and text.
    #[serde(default)]
    is_autodialed: Option<bool>,
    /// The interaction it would follow. If that is what the person wrote or said within the last 24 hours, it is a reply.
    #[serde(default)]
    previous_interaction_id: Option<Ref<id::Interaction>>,
    /// Whether the person asked for this very contact within the last 7 days, such as a callback.
    #[serde(default)]
    prior_consent: Option<bool>,
}

/// In schemas: what is asked is about something, and of one contact.
fn conditions(schema: &mut Schema) {
    let no_other = left_out(&["externalContactId", "contactDetails"]);
    shape::hold(
        schema,
        json!([
            about(),
            autodialed(),
            { "if": given("contactId"), "then": no_other },
            { "if": given("externalContactId"), "then": left_out(&["contactDetails"]) },
        ]),
    );
}

/// In schemas: that a subject or a theme is given.
pub(crate) fn about() -> Value {
    json!({ "if": given("theme"), "else": given("subject") })
}

/// In schemas: that only calls and texts are autodialed.
pub(crate) fn autodialed() -> Value {
    let channels = json!({ "properties": { "channel": { "enum": ["voice", "text"] } } });
    json!({ "if": given("isAutodialed"), "then": channels })
}

/// Yes, or every reason why not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GuardAnswer {
    /// Whether the person may be contacted so.
    result: bool,
    /// Every reason why not.
    reasons: Vec<Reason>,
    /// The rule that decided against it. Absent if a stop did before any rule, such as a missing address.
    #[serde(skip_serializing_if = "Option::is_none")]
    compliance_guard_rule_id: Option<String>,
    /// The earliest instant at which nothing is in the way; absent when a reason has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_allowable_at: Option<Timestamp>,
    /// The same, if only the hour is wrong: a message sent now is scheduled for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    /// The instant asked about.
    evaluated_at: Timestamp,
    /// Every time zone the person may be in.
    time_zones: Vec<String>,
    /// Whose rules were asked.
    jurisdictions: Vec<Jurisdiction>,
    /// The version of the rules, with a digest of what you changed about them.
    rule_set: String,
    /// The latest sign-off of that version by your counsel; null if nobody signed it.
    sign_off: Option<Signed>,
}

impl CanInteractQuestion {
    fn check(&self) -> Result<(), Error> {
        let named =
            [self.contact_id.is_some(), self.external_contact_id.is_some(), self.contact_details.is_some()];
        if named.into_iter().filter(|is_named| *is_named).count() > 1 {
            let message = "must be left out if externalContactId or contactDetails is given: only one of the three may be";
            return Err(Error::invalid("/contactId", message));
        }
        Ok(())
    }

    /// What it names of this person's.
    fn about(&self) -> About {
        let external = self.external_contact_id.clone().map(Ref::External);
        let loans = self.loan_id.iter().chain(self.loan_ids.iter().flatten());
        About {
            contact: self.contact_id.clone().or(external),
            loans: loans.cloned().collect(),
            previous: self.previous_interaction_id.clone(),
            ..About::default()
        }
    }
}

/// The faults of a part of the request at their places in the whole.
fn within(place: &str, error: Error) -> Error {
    match error {
        Error::Invalid(mut faults) => {
            faults.iter_mut().for_each(|fault| fault.pointer.insert_str(0, place));
            Error::Invalid(faults)
        }
        other => other,
    }
}

/// Asks the guard.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let asked: CanInteractQuestion = request.json()?;
    asked.check()?;
    let lender = app.lender(request.tenant()?).await?;
    let tenant = &*lender.tenant;
    let Known { person, ledger, .. } = app.store.person(&tenant.id, &request.path_ref("id")?).await?;
    // A contact that is asked about and not on record is the person's for the length of the question.
    let (person, asked_about) = match &asked.contact_details {
        Some(contact_update) => {
            let placed = person.with_contact(contact_update, &tenant.id);
            let (person, contact) = placed.map_err(|error| within("/contactDetails", error))?;
            (person, Some(contact))
        }
        None => (person, None),
    };
    let about = asked.about();
    let mut matter = about.of(&tenant.id, &person)?;
    matter.contact = matter.contact.or(asked_about.as_ref());
    let circumstances = Circumstances {
        purpose: asked.purpose,
        reply_to: about.previous(app, &tenant.id, &person).await?,
        prior_consent: asked.prior_consent.unwrap_or(false),
        autodialed: asked.is_autodialed.unwrap_or(false),
        ..Circumstances::default()
    };
    let why = (asked.subject, asked.theme);
    let when = (asked.started_at, asked.assume_noon);
    let intent = intent(app, &lender, asked.channel, why, when, circumstances);
    let decision = intent.await?.judge(&lender, &person, &ledger, &matter);
    json(StatusCode::OK, &GuardAnswer::from(decision))
}

/// What is intended, in Communicator's words: what about and why, when, and what is said besides.
///
/// # Errors
/// [`Error::Invalid`] if neither subject nor theme says why.
pub(crate) async fn intent(
    app: &App,
    lender: &Lender,
    channel: MessageChannel,
    (subject, theme): (Option<Subject>, Option<Theme>),
    (at, assume_noon): (Option<Timestamp>, Option<bool>),
    circumstances: Circumstances,
) -> Result<Intent, Error> {
    if circumstances.autodialed && !matches!(channel, MessageChannel::Voice | MessageChannel::Text) {
        return Err(Error::invalid(
            "/isAutodialed",
            "must be left out except with the channels voice and text",
        ));
    }
    let found = resolve::theme(app, &lender.tenant.id, subject.as_ref(), theme).await?;
    let theme = found.ok_or_else(|| match &subject {
        None => Error::invalid("/subject", "must be given if theme is not"),
        Some(subject) => Error::invalid("/theme", format!("must be given: {subject} implies none")),
    })?;
    Ok(Intent {
        channel: Channel::from(channel),
        subject,
        theme: Some(theme),
        circumstances,
        assume_noon: assume_noon.unwrap_or(false),
        at: at.unwrap_or_else(|| app.now()),
    })
}

impl From<Decision> for GuardAnswer {
    fn from(decision: Decision) -> Self {
        let ruling = decision.ruling().filter(|reason| reason.kind != ReasonKind::Stop);
        Self {
            result: decision.allowed,
            compliance_guard_rule_id: ruling.map(|reason| reason.rule_id.clone()),
            send_at: decision.next_right_hour(),
            next_allowable_at: decision.next_allowable_at,
            reasons: decision.reasons,
            evaluated_at: decision.evaluated_at,
            time_zones: decision.time_zones,
            jurisdictions: decision.jurisdictions,
            rule_set: decision.rule_set,
            sign_off: decision.sign_off,
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Read(Items::People), Need::Read(Items::Interactions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "May this person be contacted?")
        .about("Always 200 if there is an answer. Ask again just before you act: the answer holds for this instant.")
        .body::<CanInteractQuestion>(json!({
            "channel": "voice",
            "theme": "opsCollDebt",
            "contactId": "ext-john-mobile",
            "loanId": "ext-LN-0001",
            "isAutodialed": false,
        }))
        .answer::<GuardAnswer>(
            200,
            "Yes, or every reason why not",
            example_answer(),
        )
        .problems(&[404, 409])
}

/// A refusal as the OpenAPI document shows it.
pub(super) fn example_answer() -> Value {
    json!({
        "result": false,
        "reasons": [{
            "ruleId": "US-REGF-TIME",
            "kind": "law",
            "jurisdiction": "US",
            "citation": "12 CFR 1006.6(b)(1)(i); 15 USC 1692c(a)(1)",
            "confidence": "verified",
            "code": "outside_hours",
            "detail": "Debt collection only from 8 a.m. to 9 p.m.: it is Mon 2026-01-05 21:30 in America/Chicago; \
                       the hours are 08:00–21:00; wait until 2026-01-06T14:00:00Z.",
            "until": "2026-01-06T14:00:00Z",
        }],
        "complianceGuardRuleId": "US-REGF-TIME",
        "nextAllowableAt": "2026-01-06T14:00:00Z",
        "sendAt": "2026-01-06T14:00:00Z",
        "evaluatedAt": "2026-01-06T03:30:00Z",
        "timeZones": ["America/Chicago"],
        "jurisdictions": ["US", "IL"],
        "ruleSet": "2026-11-21+f862fc33",
        "signOff": null,
    })
}
