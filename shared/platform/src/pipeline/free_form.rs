//! Free-form e-mail: any content within the lender's branded e-mail (001, "Send free-form email").

use aho_corasick::{AhoCorasick, MatchKind};
use domain::{
    Error,
    compliance::{Circumstances, Scrutiny},
    id::{self, Id},
    interaction::{Copies, ExternalIds, Interaction, Origin, Outline, Overriding},
    limit::Limit,
    person::{BookAddress, Person},
    tenant::{Tenant, TenantId},
    vocabulary::{Channel, Direction, KnownSubject, Subject, Theme},
};
use jiff::Timestamp;
use rendering::{Part, Problem, untrusted};
use serde_json::{Map, Value, json};

use super::{
    accept::{self, Composition, Outcome, Timing, Words},
    best,
    compose::{self, Composed},
    context::Occasion,
    resolve::Chosen,
};
use crate::{
    app::{App, Lender},
    links,
    needs::{Bodies, Items, Need},
    store::{interactions::Beside, people::Known},
    templates::{
        authoring,
        jobs::{apart, fault},
    },
};

/// E-mails a lender sends so.
pub const LIMIT: Limit = Limit::an_hour(5_000);

/// What composing one needs of AWS.
pub const COMPOSE: &[Need] = &[Need::All(best::NEEDS), Need::All(authoring::COMPILE)];

/// What sending one needs.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::AddressBook),
    Need::Read(Items::Usage),
    Need::Write(Items::Usage),
    Need::Keep(Bodies::Contents),
    Need::All(links::NEEDS),
    Need::All(COMPOSE),
    Need::All(accept::UNWORDED),
];

/// What a free-form e-mail says.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The subject line.
    pub subject_line: Option<String>,
    /// The content in HTML, as somebody wrote it.
    pub html: Option<String>,
    /// The content as plain text; made of the HTML if absent.
    pub text: Option<String>,
}

/// The lender's template for it in a language, the lender's own if none is named; ours if there is none.
///
/// # Errors
/// [`TemplateDisabled`](domain::error::Conflict::TemplateDisabled).
pub async fn template(app: &App, tenant: &Tenant, language: Option<&str>) -> Result<Chosen, Error> {
    let subject = Subject::from(KnownSubject::FreeFormBranded);
    best::in_language(app, tenant, &subject, Channel::Email, language, None).await
}

/// Puts what is written into the template. HTML is taken as far as it is harmless.
///
/// # Errors
/// [`Error::Template`].
pub async fn compose(
    app: &App,
    tenant: &Tenant,
    chosen: &Chosen,
    person: Option<&Person>,
    unsubscribe: Option<&str>,
    written: Written,
) -> Result<Composed, Error> {
    let own = apart(move || {
        let html = written.html.map(untrusted::html).transpose()?;
        let text = written.text.or_else(|| html.as_deref().map(untrusted::text));
        let parts = [("subjectLine", written.subject_line), ("contentHtml", html), ("contentText", text)];
        let given = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part?))));
        Ok(given.collect::<Map<_, _>>())
    })
    .await?;
    let own = own.map_err(|problem: Problem| fault(problem.in_part(Part::ContentHtml)))?;
    let occasion = Occasion {
        tenant,
        person,
        channel: Channel::Email,
        language: &chosen.template.descriptor.language,
        loans: &[],
        case: None,
        statement: None,
        unsubscribe,
        now: app.now(),
    };
    compose::compose(app, chosen, &occasion, &own, false).await
}

/// One e-mail to be sent.
pub struct Email {
    /// Under which id.
    pub id: Id<id::Interaction>,
    /// To which address.
    pub to: String,
    /// Whom it goes to besides.
    pub copies: Copies,
    /// What it says.
    pub written: Written,
    /// The caller's own notes about it.
    pub notes: Map<String, Value>,
    /// Why.
    pub theme: Theme,
    /// What it follows.
    pub previous: Option<Id<id::Interaction>>,
    /// 001's distinction.
    pub transactional: bool,
    /// Who asks for it: an API key's id or a token's subject.
    pub by: String,
    /// Who answers for it, if facts about the person would stop it.
    pub overridden: Option<Overriding>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// Sends one: to the person who has the address or whose message it answers, or to nobody we know. Returns what became of it, and the person.
///
/// # Errors
/// [`Error::Template`].
pub async fn send(
    app: &App,
    lender: &Lender,
    chosen: &Chosen,
    email: Email,
) -> Result<(Outcome, Option<Person>), Error> {
    let tenant = &lender.tenant.id;
    // Composed once, however often the request comes.
    if let Some(existing) = app.store.find_interaction(tenant, &email.id).await? {
        let known = match &existing.person_id {
            Some(person) => app.store.find_person(tenant, person).await?,
            None => None,
        };
        return Ok((Outcome::Repeated(existing), known.map(|known| known.person)));
    }
    let known = match BookAddress::email(&email.to) {
        Ok(address) => whose(app, tenant, &address, email.previous.as_ref()).await?,
        Err(_) => None,
    };
    let composition = FreeForm { lender, chosen, email };
    let (outcome, person) = match known {
        Some(known) => {
            let person = known.person.clone();
            (accept::admit(app, lender, known, &composition).await?, Some(person))
        }
        None => {
            let now = app.now();
            let mut message = composition.begun(None, now);
            message.content = composition.kept(app, None).await?.content;
            (accept::admit_unbound(app, lender, message, Beside::default()).await?, None)
        }
    };
    Ok((outcome, person))
}

/// Whose an address is: of those who have it the only one, or the one whose message is answered; or, if nobody has it, that one.
async fn whose(
    app: &App,
    tenant: &TenantId,
    address: &BookAddress,
    answered: Option<&Id<id::Interaction>>,
) -> Result<Option<Known>, Error> {
    let holders = app.store.people_at(tenant, address).await?;
    if let [only] = &holders[..] {
        return app.store.find_person(tenant, only).await;
    }
    let Some(answered) = answered else { return Ok(None) };
    let answered = app.store.find_interaction(tenant, answered).await?;
    match answered.and_then(|message| message.person_id) {
        Some(person) if holders.is_empty() || holders.contains(&person) => {
            app.store.find_person(tenant, &person).await
        }
        _ => Ok(None),
    }
}

/// An e-mail in the making.
struct FreeForm<'a> {
    lender: &'a Lender,
    chosen: &'a Chosen,
    email: Email,
}

impl FreeForm<'_> {
    fn begun(&self, person: Option<&Person>, now: Timestamp) -> Interaction {
        let Self { lender, chosen, email } = self;
        let contact = person.and_then(|person| person.contact_on(Channel::Email, &email.to));
        let outline = Outline {
            id: email.id.clone(),
            tenant: lender.tenant.id.clone(),
            person_id: person.map(|person| person.id.clone()),
            channel: Channel::Email,
            direction: Direction::Outbound,
            theme: email.theme,
            trace_id: email.trace_id.clone(),
        };
        Interaction {
            contact_id: contact.map(|contact| contact.id.clone()),
            // As it is on record, which may be in other capitals.
            to: contact.map_or(&email.to, |contact| &contact.value).clone(),
            external_ids: person.map(|person| ExternalIds::of(person, contact, &[])).unwrap_or_default(),
            subject: Some(Subject::from(KnownSubject::FreeFormBranded)),
            circumstances: Circumstances {
                reply_to: email.previous.clone(),
                scrutiny: match email.overridden {
                    Some(_) => Scrutiny::Overridden,
                    None => Scrutiny::Stops,
                },
                ..Circumstances::default()
            },
            transactional: email.transactional,
            descriptor_id: chosen.descriptor_id(),
            version_id: chosen.version_id(),
            copies: email.copies.clone(),
            sensitive: chosen.template.descriptor.sensitive,
            overridden: email.overridden.clone(),
            ..Interaction::begin(outline, Origin::Sent, now).asked_for_by(&email.by)
        }
    }

    async fn kept(&self, app: &App, person: Option<&Person>) -> Result<Words, Error> {
        let Self { lender, chosen, email } = self;
        let unsubscribe = app.links.unsubscribe(&self.begun(person, app.now())).await?;
        let written = email.written.clone();
        let composed = compose(app, &lender.tenant, chosen, person, unsubscribe.as_deref(), written).await?;
        let mut content: Map<String, Value> = composed.rendered.into();
        if !email.notes.is_empty() {
            content.insert("customArgs".into(), Value::Object(email.notes.clone()));
        }
        let content = app.objects.keep(&lender.tenant.id, &email.id, content).await?;
        Ok(Words::plain(content))
    }
}

impl Composition for FreeForm<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        Ok(self.begun(Some(person), now))
    }

    async fn words(&self, app: &App, person: &Person, _: Timestamp) -> Result<Words, Error> {
        self.kept(app, Some(person)).await
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

/// Puts values into the places that a personalization names, as SendGrid does: wherever a key stands, the longest that does,
/// and not in what was put in. In HTML they are text. `None` if a part becomes longer than `most` bytes.
pub fn substituted(written: &Written, substitutions: &[(String, String)], most: usize) -> Option<Written> {
    if substitutions.is_empty() {
        return Some(written.clone());
    }
    let keys = substitutions.iter().map(|(key, _)| key);
    let places = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(keys).ok()?;
    let replaced = |part: &Option<String>, is_html: bool| -> Option<Option<String>> {
        let Some(part) = part else { return Some(None) };
        let mut all = String::with_capacity(part.len());
        places.replace_all_with(part, &mut all, |found, _, all| {
            let value = &substitutions[found.pattern().as_usize()].1;
            match is_html {
                true => all.push_str(&escaped(value)),
                false => all.push_str(value),
            }
            all.len() <= most
        });
        (all.len() <= most).then_some(Some(all))
    };
    Some(Written {
        subject_line: replaced(&written.subject_line, false)?,
        html: replaced(&written.html, true)?,
        text: replaced(&written.text, false)?,
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(html: &str) -> Written {
        Written { html: Some(html.into()), ..Written::default() }
    }

    #[test]
    fn what_is_put_in_is_text_is_not_replaced_again_and_has_a_bound() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let both = [pair("-name-", "<b>-day-</b>"), pair("-day-", "20th"), pair("-day-of-", "of")];
        let out = substituted(&written("-name- -day- -day-of-"), &both, 1_000).expect("short");
        assert_eq!(out.html.as_deref(), Some("&lt;b&gt;-day-&lt;/b&gt; 20th of"));
        let bomb = [pair("a", &"x".repeat(9_000))];
        assert!(substituted(&written(&"a".repeat(250_000)), &bomb, 262_144).is_none());
    }
}
