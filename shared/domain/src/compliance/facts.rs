//! What a decision depends on.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{RuleSet, rule::Exemption};
use crate::{
    id::{self, Id},
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{Affiliation, ConsentScope, Contact, Person},
    vocabulary::{Channel, Direction, KnownSubject, Purpose, Subject, Theme},
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
    /// By which channel.
    pub channel: Channel,
    /// What about; absent when only the channel is asked about.
    pub subject: Option<&'a Subject>,
    /// Why.
    pub theme: Option<Theme>,
    /// The purpose where it is not the theme's, as with marketing.
    pub purpose: Option<Purpose>,
    /// What the message is to rules with exemptions; the subject tells where absent.
    pub nature: Option<Nature>,
    /// About which loans; any of the person's where empty.
    pub loans: &'a [Id<id::Loan>],
    /// What came before it; an answer where that was the person's own message or call.
    pub reply_to: Option<&'a Id<id::Interaction>>,
    /// Whether the person asked for this very contact within the last 7 days, such as a callback.
    pub prior_consent: bool,
    /// Whether a call is placed by an autodialer or has a recorded voice.
    pub autodialed: bool,
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
    /// [`Facts::purpose`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// [`Facts::nature`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// [`Facts::reply_to`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Id<id::Interaction>>,
    /// [`Facts::prior_consent`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prior_consent: bool,
    /// [`Facts::autodialed`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub autodialed: bool,
}

/// What a message is to rules that have exemptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Nature {
    /// Nothing special.
    Ordinary,
    /// A code the person just asked for.
    OneTimeCode,
    /// Confirms an opt-out.
    OptOutConfirmation,
    /// The law requires it.
    RequiredNotice,
}

impl Nature {
    /// What a subject implies.
    pub fn of(subject: &Subject) -> Self {
        use KnownSubject as Known;
        match subject {
            Subject::Known(Known::ConfirmationCode | Known::OneTimeCode) => Self::OneTimeCode,
            Subject::Known(Known::ElectronicConsentOptOut) => Self::OptOutConfirmation,
            Subject::Known(
                Known::CeaseCommunicationAcknowledgement
                | Known::CreditNegativeInfoReported
                | Known::DebtValidationNotice
                | Known::DebtValidationNoticeArizona
                | Known::DebtValidationNoticeAutomatic
                | Known::DebtValidationNoticeNycYonkers
                | Known::DebtValidationNoticePuertoRico
                | Known::LoanRightToCurePersonalUnsecured,
            ) => Self::RequiredNotice,
            Subject::Known(_) | Subject::Custom(_) => Self::Ordinary,
        }
    }
}

/// How long after the person wrote or called an answer is a reply.
const REPLY: SignedDuration = SignedDuration::from_hours(24);
/// How long after an opt-out it may be confirmed (47 CFR 64.1200(a)(12)).
const CONFIRMATION: SignedDuration = SignedDuration::from_mins(5);

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
            purpose: None,
            nature: None,
            loans: &[],
            reply_to: None,
            prior_consent: false,
            autodialed: false,
            assume_noon: false,
            ledger,
            interaction: None,
        }
    }

    /// The same under what the sender says besides.
    pub fn under(self, said: &'a Circumstances) -> Self {
        Self {
            purpose: said.purpose,
            nature: said.nature,
            reply_to: said.reply_to.as_ref(),
            prior_consent: said.prior_consent,
            autodialed: said.autodialed,
            ..self
        }
    }

    /// The kind of reason. What says nothing serves the loan.
    pub fn purpose(&self) -> Purpose {
        self.purpose.unwrap_or_else(|| self.theme.unwrap_or(Theme::OpsServicing).purpose())
    }

    /// For what the message at `at` is exempt from rules that exempt it.
    pub(super) fn exemptions(&self, at: Timestamp) -> Exemptions {
        let nature = self.nature.or(self.subject.map(Nature::of)).unwrap_or(Nature::Ordinary);
        let contact = self.contact.map(|contact| &contact.id);
        let mut exempt = Exemptions::default();
        let mut add = |exemption, holds| exempt.0 |= if holds { Exemptions::bit(exemption) } else { 0 };
        add(Exemption::Reply, self.is_reply(at));
        add(Exemption::OneTimeCode, nature == Nature::OneTimeCode);
        add(Exemption::OptOutConfirmation, nature == Nature::OptOutConfirmation && self.confirms_opt_out(at));
        add(Exemption::RequiredNotice, nature == Nature::RequiredNotice);
        add(Exemption::Attorney, self.contact.is_some_and(|c| c.affiliation == Affiliation::Attorney));
        add(Exemption::PriorConsent, self.prior_consent);
        add(
            Exemption::UnusualTimeConsent,
            self.person.consented(ConsentScope::UnusualTime, self.channel, contact),
        );
        exempt
    }

    fn is_reply(&self, at: Timestamp) -> bool {
        let answered = self.reply_to.and_then(|id| self.ledger.contacts.get(id));
        answered.is_some_and(|theirs| {
            theirs.direction == Direction::Inbound && theirs.at <= at && at.duration_since(theirs.at) < REPLY
        })
    }

    /// Whether consent was revoked a moment ago, and nothing went out about it since.
    fn confirms_opt_out(&self, at: Timestamp) -> bool {
        let Some(revoked) =
            self.person.consent_revoked(self.channel, self.contact.map(|contact| &contact.id))
        else {
            return false;
        };
        let is_fresh = revoked.recorded_at <= at && at.duration_since(revoked.recorded_at) < CONFIRMATION;
        let was_confirmed = self.others().any(|entry| {
            entry.at >= revoked.recorded_at && entry.exempt.contains(&Exemption::OptOutConfirmation)
        });
        is_fresh && !was_confirmed
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
            purpose: self.purpose,
            loans: self.loans.to_vec(),
            contact: self.contact.map(|contact| contact.id.clone()),
            label: self.contact.map(|contact| contact.label),
            outcome: Outcome::Attempted,
            exempt: Exemptions::OF_A_MESSAGE.into_iter().filter(|of| exempt.contains(*of)).collect(),
        }
    }

    /// A fingerprint (SHA-256 in hex) of everything the decision depends on but the instant: equal facts, equal digest.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let said = serde_json::json!({
            "rules": self.rules.version(),
            "person": self.person,
            "contact": self.contact,
            "channel": self.channel,
            "subject": self.subject,
            "theme": self.theme,
            "purpose": self.purpose,
            "nature": self.nature,
            "loans": self.loans,
            "replyTo": self.reply_to,
            "priorConsent": self.prior_consent,
            "autodialed": self.autodialed,
            "assumeNoon": self.assume_noon,
            "ledger": self.ledger.contacts,
            "interaction": self.interaction,
        });
        hash.update(said.to_string());
        hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A set of exemptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Exemptions(u8);

impl Exemptions {
    /// Those that stay true of a message once it is sent, and so keep it from being counted.
    const OF_A_MESSAGE: [Exemption; 6] = [
        Exemption::Reply,
        Exemption::OneTimeCode,
        Exemption::OptOutConfirmation,
        Exemption::RequiredNotice,
        Exemption::Attorney,
        Exemption::PriorConsent,
    ];

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
