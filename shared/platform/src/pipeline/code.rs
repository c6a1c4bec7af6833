//! Confirmation codes: sent to an address, which is its person's once the code was said back (001, "Send confirmation code
//! for contact verification").

use domain::{
    Error,
    compliance::{Circumstances, Scrutiny},
    confirmation::{ConfirmationCode, Verification},
    error::Conflict,
    id::{self, Id, Ref},
    interaction::{Content, ExternalIds, Interaction, Origin, Outline, Unmasked},
    person::{BookAddress, Person},
    tenant::TenantId,
    vocabulary::{Channel, Direction, KnownSubject, Subject, Theme},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    accept::{self, Composition, Outcome, Timing, Words},
    best, compose,
    context::Occasion,
    resolve::Chosen,
};
use crate::{
    app::{App, Lender},
    needs::{Items, Need},
    race::Race,
    templates::authoring,
};

/// What sending one needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::AddressBook),
    Need::Read(Items::Usage),
    Need::Write(Items::Usage),
    Need::Write(Items::Codes),
    Need::All(best::NEEDS),
    Need::All(authoring::COMPILE),
    Need::All(accept::UNWORDED),
];

/// The longest message that can hold a code, in bytes: it stands in the table whole, so that nothing of it stays elsewhere.
const MAX_BYTES: usize = 128 * 1024;

/// A code to be sent.
pub struct Request {
    /// The message's id.
    pub id: Id<id::Interaction>,
    /// Whose address it is to be.
    pub person: Ref<id::Person>,
    /// The address.
    pub address: BookAddress,
    /// The caller's variables.
    pub context: Map<String, Value>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

/// Sends a new code, in the place of one that waits at the address. Returns what became of it, and to whom.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RateLimited`]; [`Error::Template`].
pub async fn send(app: &App, lender: &Lender, request: Request) -> Result<(Outcome, Person), Error> {
    let tenant = &lender.tenant.id;
    let channel = channel(&request.address);
    app.providers.serving(&lender.tenant, channel, true)?;
    let known = app.store.person(tenant, &request.person).await?;
    let person = known.person.clone();
    if let Some(existing) = app.store.find_interaction(tenant, &request.id).await? {
        return Ok((Outcome::Repeated(existing), person));
    }
    let subject = Subject::from(KnownSubject::ConfirmationCode);
    let language = person.language.as_deref();
    let chosen = best::in_language(app, &lender.tenant, &subject, channel, language, None).await?;
    app.store.count(tenant, "codes", person.id.as_str(), ConfirmationCode::LIMIT, 1, app.now()).await?;
    let code = ConfirmationCode::digits(rand::random_range(0..1_000_000));
    let salt = format!("{:032x}", rand::random::<u128>());
    // Before the message: whoever gets a code must be able to say it back.
    let kept = ConfirmationCode::new(&code, &salt, app.now());
    app.store.keep_code(tenant, &person.id, &request.address, &kept).await?;
    let composition = Message { lender, chosen, request, code };
    let outcome = accept::admit(app, lender, known, &composition).await?;
    if let Outcome::Accepted(message) = &outcome {
        accept::hand_over(app, std::slice::from_ref(message)).await;
    }
    Ok((outcome, person))
}

fn channel(address: &BookAddress) -> Channel {
    match address {
        BookAddress::Email(_) => Channel::Email,
        BookAddress::Phone(_) => Channel::Text,
        BookAddress::Device(_) => Channel::Push,
    }
}

/// A message with a code in the making.
struct Message<'a> {
    lender: &'a Lender,
    chosen: Chosen,
    request: Request,
    code: String,
}

impl Message<'_> {
    async fn content(&self, app: &App, person: &Person, code: &str) -> Result<Map<String, Value>, Error> {
        let occasion = Occasion {
            tenant: &self.lender.tenant,
            person: Some(person),
            channel: channel(&self.request.address),
            language: &self.chosen.template.descriptor.language,
            loans: &[],
            case: None,
            statement: None,
            unsubscribe: None,
            now: app.now(),
        };
        let mut own = self.request.context.clone();
        own.insert("code".into(), json!(code));
        let composed = compose::compose(app, &self.chosen, &occasion, &own, false).await?;
        Ok(composed.rendered.into())
    }
}

impl Composition for Message<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        let Self { lender, chosen, request, .. } = self;
        let contact = person.contact_with(&request.address);
        let outline = Outline {
            id: request.id.clone(),
            tenant: lender.tenant.id.clone(),
            person_id: Some(person.id.clone()),
            channel: channel(&request.address),
            direction: Direction::Outbound,
            theme: Theme::OpsAccountCredentials,
            trace_id: request.trace_id.clone(),
        };
        Ok(Interaction {
            contact_id: contact.map(|contact| contact.id.clone()),
            to: contact.map_or(request.address.as_str(), |contact| &contact.value).to_owned(),
            external_ids: ExternalIds::of(person, contact, &[]),
            subject: Some(Subject::from(KnownSubject::ConfirmationCode)),
            circumstances: Circumstances { scrutiny: Scrutiny::Requested, ..Circumstances::default() },
            transactional: true,
            descriptor_id: chosen.descriptor_id(),
            version_id: chosen.version_id(),
            sensitive: chosen.template.descriptor.sensitive,
            ..Interaction::begin(outline, Origin::Sent, now)
        })
    }

    async fn words(&self, app: &App, person: &Person, _: Timestamp) -> Result<Words, Error> {
        let masked = self.content(app, person, ConfirmationCode::MASK).await?;
        let content = self.content(app, person, &self.code).await?;
        let bytes = json!(content).to_string().len();
        if bytes > MAX_BYTES {
            let detail = format!(
                "The message with the code has {bytes} bytes, and may have {MAX_BYTES}; shorten the template for \
                 confirmationCode."
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        Ok(Words { unmasked: Some(Unmasked(content.into())), ..Words::plain(Content::Inline(masked)) })
    }

    fn timing(&self) -> Timing {
        Timing::default()
    }
}

/// What taking a code back needs of AWS.
pub const CONFIRM: &[Need] =
    &[Need::Read(Items::Codes), Need::Write(Items::Codes), Need::Delete(Items::Codes)];

/// Verifies the code somebody entered for an address. The right one is returned, to be used up by what it confirms.
///
/// # Errors
/// [`Conflict::ConfirmationCodeWrong`].
pub async fn verify(
    app: &App,
    tenant: &TenantId,
    person: &Id<id::Person>,
    address: &BookAddress,
    digits: &str,
) -> Result<ConfirmationCode, Error> {
    let wrong = || {
        let detail = "The confirmation code is not the one that was sent to this address, or it has ended: codes count ten \
                      minutes, once, and five wrong tries end one. Ask for a new one with send-confirmation-code.";
        Error::conflict(Conflict::ConfirmationCodeWrong, detail)
    };
    let mut race = Race::begin();
    loop {
        let mut code = app.store.code(tenant, person, address).await?.ok_or_else(wrong)?;
        match code.verify(digits, app.now()) {
            Verification::Right => return Ok(code),
            Verification::Ended => return Err(wrong()),
            Verification::Wrong => {
                if app.store.guessed_at(tenant, person, address, &mut code).await? {
                    return Err(wrong());
                }
            }
        }
        race.lost("a confirmation code").await?;
    }
}
