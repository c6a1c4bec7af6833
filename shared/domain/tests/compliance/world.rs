//! A lender, a borrower and their history, in a few words.

use domain::{
    compliance::{Circumstances, Decision, Facts, Nature, Profile, RuleSet, Scrutiny, decide},
    id::{self, Id},
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{Address, Consent, ConsentScope, ConsentStatus, Contact, ContactType, Person},
    tenant::Settings,
    vocabulary::{Channel, Direction, Purpose, Subject, Theme},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A question to the guard whose parts can be changed.
#[derive(Debug, Clone)]
pub struct World {
    pub profile: Profile,
    pub suppression_hours: u32,
    pub person: Person,
    pub contact: Option<usize>,
    pub channel: Channel,
    pub subject: Option<Subject>,
    pub theme: Option<Theme>,
    pub purpose: Purpose,
    pub nature: Option<Nature>,
    pub loans: Vec<Id<id::Loan>>,
    pub reply_to: Option<Id<id::Interaction>>,
    pub prior_consent: bool,
    pub autodialed: bool,
    pub scrutiny: Scrutiny,
    pub assume_noon: bool,
    pub ledger: Ledger,
}

impl World {
    /// A resident of a state, or of `NYC`, whose clock is this zone's. No margin, so that bounds are the law's.
    pub fn in_state(state: &str, zone: &str) -> Self {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut person = Person::new(Id::external("demo", "john"), None, now);
        person.time_zone = Some(zone.into());
        // In New York only a ZIP code tells whether it is the city.
        let (city, state, zip) = match state {
            "NYC" => ("Brooklyn", "NY", None),
            "NY" => ("Albany", "NY", Some("12207".into())),
            _ => ("Springfield", state, None),
        };
        let address = Address {
            address_line1: "1 Main St".into(),
            address_line2: None,
            city: city.into(),
            state: (state != "US").then(|| state.into()),
            postal_code: zip,
            country: "US".into(),
        };
        person.contacts = vec![
            contact(ContactType::Phone, "+18005550123"),
            contact(ContactType::Email, "john@example.com"),
            Contact { address: Some(address), value: String::new(), ..contact(ContactType::Address, "home") },
        ];
        Self {
            profile: Profile { safety_margin_minutes: 0, ..Profile::default() },
            suppression_hours: 0,
            person,
            contact: None,
            channel: Channel::Voice,
            subject: None,
            theme: None,
            purpose: Purpose::Collections,
            nature: None,
            loans: Vec::new(),
            reply_to: None,
            prior_consent: false,
            autodialed: false,
            scrutiny: Scrutiny::Full,
            assume_noon: false,
            ledger: Ledger::default(),
        }
    }

    /// With every scope of consent given, so that only the clock and the ledger are asked.
    pub fn consenting(mut self) -> Self {
        use ConsentScope::{Autodialed, Contact, Marketing, Work};
        for scope in [Contact, Work, Autodialed, Marketing] {
            self.consents(scope, ConsentStatus::Consented, "2026-01-01T00:00:00Z");
        }
        self
    }

    /// Adds a record for all channels and contacts.
    pub fn consents(&mut self, scope: ConsentScope, status: ConsentStatus, at: &str) {
        self.person.consents.push(Consent {
            scope,
            channel: None,
            contact_id: None,
            status,
            recorded_at: at.parse().unwrap(),
            source: "agent".into(),
            wording: None,
            provisional: false,
            repeated_at: None,
        });
    }

    /// Adds an outbound entry like the message itself.
    pub fn sent(&mut self, at: Timestamp, outcome: Outcome) -> &mut LedgerEntry {
        let used =
            self.contact.map(|n| &self.person.contacts[n]).or(self.person.select_contact(self.channel));
        let entry = LedgerEntry {
            at,
            channel: self.channel,
            direction: Direction::Outbound,
            subject: self.subject.clone(),
            theme: self.theme.unwrap_or(Theme::OpsServicing),
            purpose: Some(self.purpose),
            loans: self.loans.clone(),
            contact: used.map(|contact| contact.id.clone()),
            label: used.map(|contact| contact.label),
            outcome,
            exempt: Vec::new(),
        };
        let id = Id::external("demo", &format!("m{}", self.ledger.contacts.len()));
        self.ledger.contacts.entry(id).or_insert(entry)
    }

    pub fn decide(&self, at: Timestamp) -> Decision {
        self.decide_by(&self.rules(), at)
    }

    pub fn rules(&self) -> RuleSet {
        RuleSet::for_tenant(&Settings {
            compliance: self.profile.clone(),
            suppression_hours: self.suppression_hours,
            ..Settings::default()
        })
    }

    pub fn decide_by(&self, rules: &RuleSet, at: Timestamp) -> Decision {
        let circumstances = Circumstances {
            purpose: Some(self.purpose),
            nature: self.nature,
            reply_to: self.reply_to.clone(),
            prior_consent: self.prior_consent,
            autodialed: self.autodialed,
            scrutiny: self.scrutiny,
            ..Circumstances::default()
        };
        let base = Facts::new(rules, &self.person, self.channel, &self.ledger);
        let facts = Facts {
            contact: self.contact.map_or(base.contact, |n| Some(&self.person.contacts[n])),
            subject: self.subject.as_ref(),
            theme: self.theme,
            circumstances: &circumstances,
            loans: &self.loans,
            assume_noon: self.assume_noon,
            ..base
        };
        decide(&facts, at)
    }

    /// The ids of the rules that block at an instant.
    pub fn blocked_by(&self, at: Timestamp) -> Vec<String> {
        self.decide(at).reasons.into_iter().map(|reason| reason.rule_id).collect()
    }

    /// Whether this rule is among those that block at an instant.
    pub fn is_blocked_by(&self, rule: &str, at: Timestamp) -> bool {
        self.blocked_by(at).iter().any(|id| id == rule)
    }
}

pub fn contact(kind: ContactType, value: &str) -> Contact {
    let contact = Contact::new(Id::external("demo", value), kind, value);
    Contact { receive_text_messages: kind == ContactType::Phone, ..contact }
}

/// An instant by the clock of a zone; the earlier one where the clock shows it twice.
pub fn local(zone: &str, time: &str) -> Timestamp {
    let time: DateTime = time.parse().unwrap();
    TimeZone::get(zone).unwrap().to_ambiguous_timestamp(time).earlier().unwrap()
}

pub fn utc(time: &str) -> Timestamp {
    time.parse().unwrap()
}
