//! 001 · Send free-form email.

use domain::{
    Error,
    error::Violation,
    id::{self, Id, Ref},
    interaction::{Copies, Recipient},
    person::Person,
    shape::{self, given},
    update::Faults,
    vocabulary::{Channel, InteractionStatus, KnownSubject, Subject, Theme},
};
use futures::future::join_all;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    mailbox::Address,
    needs::{Bodies, Items, Need},
    pipeline::{
        accept::{self, Outcome},
        free_form::{self, Email, Written},
    },
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::resend::overriding;
use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, example_view},
    openapi::Operation,
};

/// An e-mail of any content.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct FreeFormMessage {
    /// To whom, in up to 1,000 e-mails, each an interaction of its own.
    #[schemars(length(min = 1, max = MAX_PERSONALIZATIONS))]
    personalizations: Vec<Personalization>,
    /// Why; as you set it for the subject freeFormBranded, else opsServicing, by default.
    #[serde(default)]
    theme: Option<Theme>,
    /// ISO 639-1 code of the template's language; en by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Language>")]
    language: Option<String>,
    /// The subject line, in up to 998 characters. A personalization may have its own.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ MAX_SUBJECT_LINE }>>")]
    subject_line: Option<String>,
    /// The content in HTML, up to 256 KB. What runs, or could cover the rest, is left out.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<{ MAX_CONTENT }>>")]
    content_html: Option<String>,
    /// The content in plain text, up to 256 KB. Made from the HTML by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<{ MAX_CONTENT }>>")]
    content_plain: Option<String>,
    /// The interaction it follows.
    #[serde(default)]
    previous_interaction_id: Option<Ref<id::Interaction>>,
    /// Whether a system sends it in response to an event. Decides From and Reply-To.
    #[serde(default)]
    is_transactional: bool,
    /// Why it is sent although the borrower must not be contacted, or a case forbids contact: for admins only, in up to 500
    /// characters, and kept. What the borrower opted out of is not sent in any case.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<500>>")]
    override_reason: Option<String>,
}

/// In schemas: that there is something to say, and a subject line for each.
fn conditions(schema: &mut Schema) {
    let has_content = |member: &str| {
        let seen = SchemaGenerator::default().subschema_for::<shape::Source<MAX_CONTENT>>();
        json!({ "required": [member], "properties": { member: seen } })
    };
    let each = json!({ "properties": { "personalizations": { "items": given("subject") } } });
    shape::hold(
        schema,
        json!([
            { "if": has_content("contentHtml"), "else": has_content("contentPlain") },
            { "if": given("subjectLine"), "else": each },
        ]),
    );
}

/// One e-mail's recipients and what is particular to it, in SendGrid's words.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Personalization {
    /// Recipients, of whom the first decides whose interaction it is.
    #[schemars(length(min = 1, max = Copies::MOST))]
    to: Vec<Mailbox>,
    /// Recipients of copies.
    #[serde(default)]
    #[schemars(length(max = Copies::MOST))]
    cc: Vec<Mailbox>,
    /// Recipients of copies whom nobody else sees.
    #[serde(default)]
    #[schemars(length(max = Copies::MOST))]
    bcc: Vec<Mailbox>,
    /// The subject line of this one.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ MAX_SUBJECT_LINE }>>")]
    subject: Option<String>,
    /// What to put in the place of which words, in subject line and content.
    #[serde(default)]
    #[schemars(with = "shape::Texts<100, 200, 10_000>")]
    substitutions: Map<String, Value>,
    /// Your own notes about it, kept with the interaction's content as `customArgs`.
    #[serde(default)]
    #[schemars(with = "shape::Stored")]
    custom_args: Map<String, Value>,
}

/// An address with a name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    #[schemars(with = "shape::Email")]
    email: String,
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    name: Option<String>,
}

/// What became of several e-mails.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SentEmails {
    /// Those that were accepted.
    interactions: Vec<SentEmail>,
    /// Those that were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedEmail>,
}

/// One that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentEmail {
    /// Its place among the personalizations, from 0.
    index: usize,
    id: Id<id::Interaction>,
    /// Null if nobody, or more than one, has the address.
    person_id: Option<Id<id::Person>>,
    email: String,
    status: Option<InteractionStatus>,
}

/// One that was not accepted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedEmail {
    /// Its place among the personalizations, from 0.
    index: usize,
    /// The record of the guard's refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id<id::Interaction>>,
    email: String,
    /// The problem's type, the last part of its URI.
    problem: String,
    /// Why, in words.
    detail: String,
}

/// The answer: the interaction of one e-mail, or what became of several.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Sent {
    /// The answer to one message.
    One(Box<InteractionView>),
    /// The answer to several messages.
    Many(SentEmails),
}

const MAX_PERSONALIZATIONS: usize = 1_000;
/// Characters of a subject line: of a line of a header (RFC 5322, section 2.1.1).
const MAX_SUBJECT_LINE: usize = 998;
/// Bytes of a content.
const MAX_CONTENT: usize = 256 * 1024;
/// Bytes of all substitutions of one e-mail, and of all notes.
const MAX_NOTES: usize = 10_000;
/// E-mails accepted at the same time.
const AT_ONCE: usize = 8;

impl FreeFormMessage {
    fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let count = self.personalizations.len();
        faults.expect(
            (1..=MAX_PERSONALIZATIONS).contains(&count),
            "/personalizations",
            &format!("must have 1 to {MAX_PERSONALIZATIONS} entries"),
        );
        faults.value("/language", self.language.as_ref(), domain::formats::language);
        faults.line("/subjectLine", self.subject_line.as_ref(), MAX_SUBJECT_LINE);
        for (place, content) in [("/contentHtml", &self.content_html), ("/contentPlain", &self.content_plain)]
        {
            let bytes = content.as_ref().map_or(0, String::len);
            faults.expect(
                bytes <= MAX_CONTENT,
                place,
                &format!("must have at most {MAX_CONTENT} bytes; {bytes} were sent"),
            );
        }
        let says = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        faults.expect(
            says(&self.content_html) || says(&self.content_plain),
            "/contentHtml",
            "must say something, or contentPlain must",
        );
        for (at, one) in self.personalizations.iter().enumerate().take(MAX_PERSONALIZATIONS) {
            one.check(&mut faults, &format!("/personalizations/{at}"), self.subject_line.is_some());
        }
        faults.none()
    }
}

impl Mailbox {
    /// The address as mail is sent to it, and as it is found in the address book.
    fn address(&self) -> String {
        Address::parse(&self.email).map_or_else(|| self.email.clone(), |read| read.address)
    }
}

impl Personalization {
    fn check(&self, faults: &mut Faults, at: &str, has_subject: bool) {
        faults.expect(!self.to.is_empty(), &format!("{at}/to"), "must have a recipient");
        let recipients = self.to.len() + self.cc.len() + self.bcc.len();
        faults.expect(
            recipients <= Copies::MOST,
            &format!("{at}/to"),
            &format!("must have at most {} recipients with cc and bcc; {recipients} were sent", Copies::MOST),
        );
        let lists = [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)];
        let mut seen = Vec::new();
        for (list, mailboxes) in lists {
            for (place, mailbox) in mailboxes.iter().enumerate().take(Copies::MOST) {
                let at = format!("{at}/{list}/{place}");
                let address = Address::parse(&mailbox.email).filter(|read| read.name.is_none());
                faults.expect(
                    address.is_some(),
                    &format!("{at}/email"),
                    "must be an e-mail address, such as john@example.com",
                );
                faults.value(&format!("{at}/name"), mailbox.name.as_ref(), |name| {
                    domain::formats::heading(name, 255)
                });
                let folded = mailbox.address().to_lowercase();
                faults.expect(!seen.contains(&folded), &format!("{at}/email"), "must be a recipient once");
                seen.push(folded);
            }
        }
        faults.line(&format!("{at}/subject"), self.subject.as_ref(), MAX_SUBJECT_LINE);
        faults.expect(
            has_subject || self.subject.is_some(),
            &format!("{at}/subject"),
            "must be given if the request has no subjectLine",
        );
        for (name, value) in &self.substitutions {
            let place = format!("{at}/substitutions/{}", name.replace('~', "~0").replace('/', "~1"));
            faults.expect(!name.is_empty(), &place, "must name the words to replace");
            faults.expect(value.is_string(), &place, "must be text");
        }
        faults.object(&format!("{at}/substitutions"), &self.substitutions, MAX_NOTES);
        faults.object(&format!("{at}/custom_args"), &self.custom_args, MAX_NOTES);
    }

    fn copies(&self) -> Copies {
        let read = |mailboxes: &[Mailbox]| {
            let one = |mailbox: &Mailbox| Recipient { email: mailbox.address(), name: mailbox.name.clone() };
            mailboxes.iter().map(one).collect::<Vec<_>>()
        };
        Copies {
            name: self.to.first().and_then(|first| first.name.clone()),
            to: read(self.to.get(1..).unwrap_or_default()),
            cc: read(&self.cc),
            bcc: read(&self.bcc),
        }
    }

    /// What it says; `None` if its substitutions make that too long.
    fn written(&self, all: &Written) -> Option<Written> {
        let written =
            Written { subject_line: self.subject.clone().or(all.subject_line.clone()), ..all.clone() };
        let pairs = self.substitutions.iter();
        let pairs: Vec<_> =
            pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
        free_form::substituted(&written, &pairs, MAX_CONTENT)
    }
}

/// Sends them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body = request.json_checked(FreeFormMessage::check)?;
    let caller = request.caller()?;
    let overridden = overriding(request, body.override_reason.clone())?;
    let lender = app.lender(&caller.tenant).await?;
    let subject = Subject::from(KnownSubject::FreeFormBranded);
    let subject = app.subjects(&caller.tenant).await?.descriptor(&subject);
    subject.may_be_sent_by(caller.agent)?;
    let tenant = &lender.tenant;
    app.providers.serving(tenant, Channel::Email, body.is_transactional)?;
    let previous = match &body.previous_interaction_id {
        Some(named) => Some(app.store.interaction(&tenant.id, named).await?.id),
        None => None,
    };
    let chosen = free_form::template(app, tenant, Some(body.language.as_deref().unwrap_or("en"))).await?;
    let first: Id<id::Interaction> = request.new_id(app)?;
    let count = u32::try_from(body.personalizations.len()).unwrap_or(u32::MAX);
    // The same request again, after a crash, is no more of them.
    if app.store.find_interaction(&tenant.id, &first).await?.is_none() {
        app.store.count(&tenant.id, "free-form e-mail", "", free_form::LIMIT, count, app.now()).await?;
    }
    let theme = body.theme.or(subject.theme).unwrap_or(Theme::OpsServicing);
    let theme = theme.replacement().unwrap_or(theme);
    let all = Written {
        subject_line: body.subject_line.clone(),
        html: body.content_html.clone(),
        text: body.content_plain.clone(),
    };
    let too_long = (0..).zip(&body.personalizations).filter(|(_, one)| one.written(&all).is_none());
    let faults: Vec<_> = too_long
        .map(|(at, _): (usize, _)| {
            let place = format!("/personalizations/{at}/substitutions");
            Violation::new(
                place,
                format!("must keep each part within {MAX_CONTENT} bytes; shorten the words to replace with"),
            )
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let email = |at: usize, one: &Personalization| Email {
        id: match at {
            0 => first.clone(),
            at => Id::keyed(tenant.id.as_str(), first.as_str(), &format!("personalization {at}")),
        },
        to: one.to.first().map(Mailbox::address).unwrap_or_default(),
        copies: one.copies(),
        written: one.written(&all).unwrap_or_default(),
        notes: one.custom_args.clone(),
        theme,
        previous: previous.clone(),
        transactional: body.is_transactional,
        by: caller.subject.clone(),
        overridden: overridden.clone(),
        trace_id: request.trace_id.clone(),
    };
    // Some at a time: all at once would not fit into memory.
    let (mut outcomes, mut at) = (Vec::new(), 0);
    for some in body.personalizations.chunks(AT_ONCE) {
        let emails: Vec<Email> = some.iter().zip(at..).map(|(one, at)| email(at, one)).collect();
        let sending: Vec<_> =
            emails.into_iter().map(|email| free_form::send(app, &lender, &chosen, email)).collect();
        outcomes.extend(join_all(sending).await);
        at += some.len();
    }
    answered(app, request, &body, outcomes).await
}

/// Enqueues what was accepted, and reports all of it.
///
/// # Errors
/// Our own trouble with any, once the others are handed over: the same request again finds them.
async fn answered(
    app: &App,
    request: &Request,
    body: &FreeFormMessage,
    outcomes: Vec<Result<(Outcome, Option<Person>), Error>>,
) -> Answer {
    let (mut new, mut sent, mut refused, mut ours) = (Vec::new(), Vec::new(), Vec::new(), None);
    let mut alone = None;
    for (at, outcome) in outcomes.into_iter().enumerate() {
        let email = body.personalizations[at].to.first().map(Mailbox::address).unwrap_or_default();
        match outcome {
            Ok((Outcome::Accepted(interaction), person)) => {
                new.push(interaction.clone());
                sent.push((at, interaction, person));
            }
            Ok((Outcome::Repeated(interaction), person)) => sent.push((at, interaction, person)),
            Ok((Outcome::Blocked(blocked), _)) => {
                refused.push(RefusedEmail {
                    index: at,
                    id: Some(blocked.record.id.clone()),
                    email,
                    problem: problem::blocked_by(&blocked.decision).to_owned(),
                    detail: blocked.decision.detail(),
                });
                alone.get_or_insert_with(|| {
                    Ok(problem::blocked(&blocked.decision, &blocked.record.id, &request.trace_id))
                });
            }
            Err(error) if error.is_ours() => ours = ours.or(Some(error)),
            Err(error) => {
                refused.push(RefusedEmail {
                    index: at,
                    id: None,
                    email,
                    problem: problem::slug(&error).to_owned(),
                    detail: problem::detail(&error),
                });
                alone.get_or_insert(Err(error));
            }
        }
    }
    accept::hand_over(app, &new).await;
    if let Some(error) = ours {
        return Err(error);
    }
    let data = match (&sent[..], alone) {
        ([], Some(refusal)) => return refusal,
        ([(_, only, person)], None) if body.personalizations.len() == 1 => {
            let view = InteractionView::of(app, request.caller()?, only.clone(), person.as_ref()).await?;
            Sent::One(Box::new(view))
        }
        _ => Sent::Many(SentEmails {
            interactions: sent
                .into_iter()
                .map(|(index, sent, _)| SentEmail {
                    index,
                    id: sent.id,
                    person_id: sent.person_id,
                    email: sent.to,
                    status: sent.state.status,
                })
                .collect(),
            refused,
        }),
    };
    json(StatusCode::ACCEPTED, &One::of(StatusCode::ACCEPTED, data))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Interactions), Need::Fetch(Bodies::Contents), Need::All(free_form::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Send a free-form e-mail")
        .about(
            "Any content within your branded e-mail: the template for the subject freeFormBranded, or a built-in one. Whoever \
             alone has the first address is the interaction's person, or of several, or where nobody has it, whoever wrote what \
             previousInteractionId names. Hours, limits on how often and required consents are \
             not asked (001); what forbids contact altogether holds, unless an admin gives overrideReason. 5,000 an hour at \
             most. Of several e-mails, data has interactions, and refused where some were stopped; 409 where all were.",
        )
        .body::<FreeFormMessage>(json!({
            "personalizations": [{ "to": [{ "email": "john@example.com", "name": "John Doe" }] }],
            "theme": "opsServicing",
            "language": "en",
            "subjectLine": "Your question",
            "contentHtml": "<p>Yes, you can pay on the 20th.</p>",
            "isTransactional": false,
        }))
        .answer::<One<Sent>>(
            202,
            "The interaction, or what became of several",
            json!({ "status": 202, "message": "Accepted", "data": example_view() }),
        )
        .problems(&[404, 409, 422, 429])
}
