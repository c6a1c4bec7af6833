//! What a decision depends on.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Place, RuleSet, rule::Exemption};
use crate::{
    id::{self, Id},
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{Affiliation, Consent, ConsentScope, ConsentStatus, Contact, Person},
    vocabulary::{Channel, Direction, Nature, Purpose, Subject, Theme},
};

/// Everything a decision depends on. [`Facts::new`] has what every question has; the rest is added to it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The rules that bind the lender.
    pub rules: &'a RuleSet,
    /// To whom.
    pub person: &'a Person,
    /// The contact to be used. Absent when there is none, and for channels that need none.
    pub contact: Option<&'a Contact>,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// What about; absent when only the channel is asked about.
    pub subject: Option<&'a Subject>,
    /// The theme of the message: why it is sent.
    pub theme: Option<Theme>,
    /// What the sender says besides.
    pub circumstances: &'a Circumstances,
    /// About which loans; any of the person's if empty.
    pub loans: &'a [Id<id::Loan>],
    /// Whether the time of day is taken to be noon, for whoever asks in the morning about the day.
    pub assume_noon: bool,
    /// Recent contacts.
    pub ledger: &'a Ledger,
    /// The message in question, whose own place in the ledger does not count against it.
    pub interaction: Option<&'a Id<id::Interaction>>,
}

/// What the sender says of a message beyond to whom, by what and why. Kept with the message, for the second look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Circumstances {
    /// What it is for besides the theme, as with marketing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// What it is to rules with exemptions; the subject says so by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// What came before it; an answer if that was the person's own message or call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Id<id::Interaction>>,
    /// Whether the person asked for this very contact within the last 7 days, such as a callback.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prior_consent: bool,
    /// Whether an autodialer places the call or sends the text, or the call has a recorded voice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autodialed: bool,
    /// Whether it answers by itself what came in (RFC 3834), so that no machine answers it in turn.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// Whether an event of the lender's core system made it. Each reports something that happened once, so it is
    /// no repetition of another of its type.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub of_event: bool,
    /// What the guard is asked of it.
    #[serde(skip_serializing_if = "Scrutiny::is_full")]
    pub scrutiny: Scrutiny,
}

/// What the guard is asked of a message. 001 has some "not checked against Compliance Guard"; what forbids contact
/// altogether holds for those too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scrutiny {
    /// Everything.
    #[default]
    Full,
    /// Only what forbids contact altogether: no hours, no limits on how often, no consent that must be on record, and no
    /// place. A contact is not needed if the sender named an address.
    Stops,
    /// Only whether the person opted out: it is what the person just asked for, such as a confirmation code.
    Requested,
    /// Only what the person said, and whether the contact can be used: somebody who may do so answers for the rest.
    Overridden,
}

impl Scrutiny {
    /// Whether everything is asked.
    pub fn is_full(&self) -> bool {
        *self == Self::Full
    }
}

/// Nothing.
static UNSAID: Circumstances = Circumstances {
    purpose: None,
    nature: None,
    reply_to: None,
    prior_consent: false,
    autodialed: false,
    automatic: false,
    of_event: false,
    scrutiny: Scrutiny::Full,
};

/// How long after the person wrote or called an answer is a reply.
const REPLY: SignedDuration = SignedDuration::from_hours(24);
/// How long after an opt-out it may be confirmed (47 CFR 64.1200(a)(12)).
const CONFIRMATION: SignedDuration = SignedDuration::from_mins(5);
/// How long after its last transaction a business relationship counts: 12 months in Pennsylvania (73 P.S. 2241 ff), 18 in
/// Oregon and by 47 CFR 64.1200(f)(5); everywhere the shorter.
const RELATIONSHIP: SignedDuration = SignedDuration::from_hours(24 * 365);

impl<'a> Facts<'a> {
    /// About a message to this person's best contact, of which nothing more is known.
    pub fn new(rules: &'a RuleSet, person: &'a Person, channel: Channel, ledger: &'a Ledger) -> Self {
        Self {
            rules,
            person,
            contact: person.select_contact(channel),
            channel,
            subject: None,
            theme: None,
            circumstances: &UNSAID,
            loans: &[],
            assume_noon: false,
            ledger,
            interaction: None,
        }
    }

    /// Where the person may be.
    pub(super) fn place(&self) -> Place {
        Place::of(self.person, self.contact)
    }

    /// The kinds of reason. What says nothing serves the loan.
    pub fn purposes(&self) -> [Purpose; 2] {
        self.theme.unwrap_or_default().purposes(self.circumstances.purpose)
    }

    /// Whether a machine sends or dials: every text, and calls by an autodialer or with a recorded voice.
    pub(super) fn is_automated(&self) -> bool {
        match self.channel {
            Channel::Text => true,
            Channel::Voice => self.circumstances.autodialed,
            Channel::Email
            | Channel::Fax
            | Channel::Chat
            | Channel::Mail
            | Channel::Gui
            | Channel::Document
            | Channel::Push
            | Channel::Webhook
            | Channel::EventStream
            | Channel::Task => false,
        }
    }

    /// The newest consent or revocation of this scope for the channel and contact.
    pub(super) fn consent(&self, scope: ConsentScope) -> Option<&'a Consent> {
        self.person.consent(scope, self.channel, self.contact.map(|contact| &contact.id))
    }

    /// Whether the person consented to this, as things stand.
    pub(super) fn consented(&self, scope: ConsentScope) -> bool {
        self.consent(scope).is_some_and(|newest| newest.status == ConsentStatus::Consented)
    }

    /// The record by which consent to be contacted here is revoked, as things stand.
    pub(super) fn revoked(&self) -> Option<&'a Consent> {
        self.consent(ConsentScope::Contact).filter(|newest| newest.status == ConsentStatus::Revoked)
    }

    /// For what the message at `at` is exempt from rules that exempt it.
    pub(super) fn exemptions(&self, at: Timestamp) -> Exemptions {
        let nature = self.circumstances.nature.or(self.subject.map(Subject::nature)).unwrap_or_default();
        let is_so = |exemption: &Exemption| match exemption {
            Exemption::Reply => self.is_reply(at),
            Exemption::OneTimeCode => nature == Nature::OneTimeCode,
            Exemption::OptOutConfirmation => {
                nature == Nature::OptOutConfirmation && self.confirms_opt_out(at)
            }
            Exemption::RequiredNotice => nature == Nature::RequiredNotice,
            Exemption::Attorney => self.contact.is_some_and(|c| c.affiliation == Affiliation::Attorney),
            Exemption::PriorConsent => self.circumstances.prior_consent,
            Exemption::UnusualTimeConsent => self.consented(ConsentScope::UnusualTime),
            Exemption::BusinessRelationship => {
                self.consented(ConsentScope::BusinessRelationship)
                    && self.end_of(*exemption).is_some_and(|end| at < end)
            }
        };
        Exemptions(Exemption::ALL.into_iter().filter(is_so).map(Exemptions::bit).sum())
    }

    fn is_reply(&self, at: Timestamp) -> bool {
        self.answered().is_some_and(|theirs| theirs <= at && at.duration_since(theirs) < REPLY)
    }

    /// When the message being answered came. If a consent was revoked with it or after it, nothing is: a STOP asks for
    /// no answer, and takes back what was asked before.
    fn answered(&self) -> Option<Timestamp> {
        let theirs = self.ledger.contacts.get(self.circumstances.reply_to.as_ref()?)?;
        let is_revoked = |consent: &Consent| {
            consent.status == ConsentStatus::Revoked && consent.last_said_at() >= theirs.at
        };
        let is_open = theirs.direction == Direction::Inbound && !self.person.consents.iter().any(is_revoked);
        is_open.then_some(theirs.at)
    }

    /// Whether consent was revoked a moment ago, nothing went out about it since, and the message is for nothing else. One
    /// text may confirm (47 CFR 64.1200(a)(12)), and one e-mail (12 CFR 1006.14(h)): no call and no letter.
    fn confirms_opt_out(&self, at: Timestamp) -> bool {
        if !matches!(self.channel, Channel::Text | Channel::Email) {
            return false;
        }
        let Some(revoked) = self.revoked().map(|revoked| revoked.recorded_at) else { return false };
        let is_fresh = revoked <= at && at.duration_since(revoked) < CONFIRMATION;
        let was_confirmed = self
            .others()
            .any(|entry| entry.at >= revoked && entry.exempt.contains(&Exemption::OptOutConfirmation));
        let is_plain =
            self.purposes().iter().all(|of| matches!(of, Purpose::Servicing | Purpose::Credentials));
        is_fresh && !was_confirmed && is_plain
    }

    /// When the message is exempt for this no longer; `None` if that does not end by itself.
    pub(super) fn end_of(&self, exemption: Exemption) -> Option<Timestamp> {
        let (began, lasts) = match exemption {
            Exemption::Reply => (self.answered(), REPLY),
            Exemption::OptOutConfirmation => {
                (self.revoked().map(|revoked| revoked.recorded_at), CONFIRMATION)
            }
            Exemption::BusinessRelationship => {
                let relationship = self.consent(ConsentScope::BusinessRelationship);
                (relationship.map(Consent::last_said_at), RELATIONSHIP)
            }
            Exemption::OneTimeCode
            | Exemption::RequiredNotice
            | Exemption::Attorney
            | Exemption::PriorConsent
            | Exemption::UnusualTimeConsent => return None,
        };
        began?.checked_add(lasts).ok()
    }

    /// Whether the message was given a contact when it was accepted.
    pub(super) fn had_a_contact(&self) -> bool {
        let own = self.interaction.and_then(|id| self.ledger.contacts.get(id));
        own.is_some_and(|entry| entry.contact.is_some())
    }

    /// The ledger without the message in question.
    pub(super) fn others(&self) -> impl Iterator<Item = &'a LedgerEntry> {
        let own = self.interaction;
        self.ledger.contacts.iter().filter(move |(id, _)| own != Some(*id)).map(|(_, entry)| entry)
    }

    /// The message's place in the ledger, if it leaves at `at`.
    pub fn entry(&self, theme: Theme, at: Timestamp) -> LedgerEntry {
        let exempt = self.exemptions(at);
        LedgerEntry {
            at,
            channel: self.channel,
            direction: Direction::Outbound,
            subject: self.subject.cloned(),
            theme,
            purpose: self.circumstances.purpose,
            loans: self.loans.to_vec(),
            contact: self.contact.map(|contact| contact.id.clone()),
            label: self.contact.map(|contact| contact.label),
            outcome: Outcome::Attempted,
            exempt: Exemption::ALL.into_iter().filter(|of| of.stays() && exempt.contains(*of)).collect(),
        }
    }

    /// A fingerprint (SHA-256 in hex) of everything the decision depends on but the instant: equal facts, equal digest.
    pub fn digest(&self) -> String {
        // Every fact is named, so that a new one is not forgotten here.
        let Self {
            rules,
            person,
            contact,
            channel,
            subject,
            theme,
            circumstances,
            loans,
            assume_noon,
            ledger,
            interaction,
        } = self;
        // The ledger's version moves with changes that leave everything as it was.
        let Ledger { contacts, version: _, apart: _ } = ledger;
        let facts = serde_json::json!({
            "rules": rules.version(),
            "person": person,
            "contact": contact,
            "channel": channel,
            "subject": subject,
            "theme": theme,
            "said": circumstances,
            "loans": loans,
            "assumeNoon": assume_noon,
            "ledger": contacts,
            "interaction": interaction,
        });
        Sha256::digest(facts.to_string()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A set of exemptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Exemptions(u8);

impl Exemptions {
    const fn bit(exemption: Exemption) -> u8 {
        1 << exemption as u8
    }

    /// Whether this one is among them.
    pub fn contains(self, exemption: Exemption) -> bool {
        self.0 & Self::bit(exemption) != 0
    }

    /// Whether any of these is among them.
    pub fn meets(self, exempt: &[Exemption]) -> bool {
        exempt.iter().any(|exemption| self.contains(*exemption))
    }
}
