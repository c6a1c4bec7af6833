//! Sending again: what was sent once goes out as it was, to where its contact is now (001, "Resend existing interaction").

use domain::{
    Error,
    compliance::{Circumstances, Scrutiny},
    error::Conflict,
    id::{self, Id, Ref},
    interaction::{Content, ExternalIds, Interaction, Origin, Outline, Overriding},
    limit::Limit,
    person::Person,
    vocabulary::Direction,
};
use jiff::Timestamp;

use super::{
    accept::{self, Composition, Outcome, Timing, Words},
    letters,
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, Need},
    store::interactions::Beside,
};

/// How often one interaction is sent again, whatever became of it: whoever got it gets it once more.
const OF_ONE: Limit = Limit::an_hour(5);
/// How often a lender sends anything again.
const OF_ALL: Limit = Limit::an_hour(2_000);

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::AddressBook),
    Need::Fetch(Bodies::Contents),
    Need::Keep(Bodies::Contents),
    Need::Read(Items::Usage),
    Need::Write(Items::Usage),
    Need::All(letters::AGAIN),
    Need::All(accept::UNWORDED),
];

/// What is to be sent again.
pub struct Again<'a> {
    /// Which interaction.
    pub named: &'a Ref<id::Interaction>,
    /// Under which id.
    pub id: Id<id::Interaction>,
    /// Who asks for it.
    pub by: &'a str,
    /// Whether an agent asks for it, who sends only what agents may.
    pub is_agent: bool,
    /// Who answers for it, if facts about the person would stop it.
    pub overridden: Option<Overriding>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// Sends it again. Returns what became of that, and to whom it went if that is known.
///
/// # Errors
/// [`Error::NotFound`]; as [`Interaction::may_be_copied`]; [`Conflict::ContactNotOfPerson`]; [`Error::RateLimited`].
pub async fn resend(
    app: &App,
    lender: &Lender,
    again: Again<'_>,
) -> Result<(Outcome, Option<Person>), Error> {
    let tenant = &lender.tenant.id;
    let original = app.store.interaction(tenant, again.named).await?;
    original.may_be_copied()?;
    let content = app.objects.content(&original.content).await?;
    if let Some(subject) = &original.subject {
        app.subjects(tenant).await?.descriptor(subject).may_be_sent_by(again.is_agent)?;
    }
    app.providers.serving(&lender.tenant, original.channel, original.transactional)?;
    // The same request again, after a crash, is no more of them.
    if app.store.find_interaction(tenant, &again.id).await?.is_none() {
        app.store.count(tenant, "resend", original.id.as_str(), OF_ONE, 1, app.now()).await?;
        app.store.count(tenant, "resend", "", OF_ALL, 1, app.now()).await?;
    }
    let known = match &original.person_id {
        Some(person) => Some(app.store.person(tenant, person).await?),
        None => None,
    };
    // Under its own id: what becomes of the one says nothing about the other.
    let content = app.objects.keep(tenant, &again.id, content).await?;
    let copy = Copy { original, content, again };
    let (outcome, person) = match known {
        Some(known) => {
            let person = known.person.clone();
            (accept::admit(app, lender, known, &copy).await?, Some(person))
        }
        None => {
            let message = copy.begun(None, copy.original.to.clone(), app.now());
            (accept::admit_unbound(app, lender, message, Beside::default()).await?, None)
        }
    };
    if let Outcome::Accepted(message) = &outcome {
        accept::hand_over(app, std::slice::from_ref(message)).await;
    }
    Ok((outcome, person))
}

/// A copy in the making.
struct Copy<'a> {
    original: Interaction,
    content: Content,
    again: Again<'a>,
}

impl Copy<'_> {
    fn begun(&self, person: Option<&Person>, to: String, now: Timestamp) -> Interaction {
        let (original, again) = (self.original.clone(), &self.again);
        let outline = Outline {
            id: again.id.clone(),
            tenant: original.tenant,
            person_id: person.map(|person| person.id.clone()),
            channel: original.channel,
            direction: Direction::Outbound,
            theme: original.theme,
            trace_id: again.trace_id.clone(),
        };
        let scrutiny = match again.overridden {
            Some(_) => Scrutiny::Overridden,
            None => Scrutiny::Stops,
        };
        Interaction {
            contact_id: original.contact_id,
            to,
            external_ids: match person {
                Some(_) => original.external_ids,
                None => ExternalIds::default(),
            },
            subject: original.subject,
            circumstances: Circumstances {
                purpose: original.circumstances.purpose,
                nature: original.circumstances.nature,
                reply_to: Some(original.id),
                automatic: original.circumstances.automatic,
                scrutiny,
                ..Circumstances::default()
            },
            transactional: original.transactional,
            loan_ids: original.loan_ids,
            case_id: original.case_id,
            statement_id: original.statement_id,
            descriptor_id: original.descriptor_id,
            version_id: original.version_id,
            content: self.content.clone(),
            copies: original.copies,
            attachments: original.attachments,
            sensitive: original.sensitive,
            overridden: again.overridden.clone(),
            ..Interaction::begin(outline, Origin::Sent, now).asked_for_by(again.by)
        }
    }
}

impl Composition for Copy<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        let to = match &self.original.contact_id {
            None => self.original.to.clone(),
            Some(id) => {
                let contact = person.contact(id).ok_or_else(|| {
                    let detail =
                        "The contact it was sent to is no longer the person's; send a new message instead.";
                    Error::conflict(Conflict::ContactNotOfPerson, detail)
                })?;
                contact.destination().into_owned()
            }
        };
        Ok(self.begun(Some(person), to, now))
    }

    async fn words(&self, app: &App, person: &Person, now: Timestamp) -> Result<Words, Error> {
        let letter = match &self.original.letter {
            None => None,
            Some(letter) => Some(letters::again(app, &self.message(person, now)?, person, letter).await?),
        };
        Ok(Words { letter, ..Words::plain(self.content.clone()) })
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}
