//! One question to the guard as a line of JSON, documented in `docs/compliance.md`.

use domain::{
    Error,
    compliance::{Circumstances, Decision, Facts, Nature, Profile, RuleSet, decide_on_record},
    error::Violation,
    id::{self, ExternalId, Id, Ref},
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{Contact, ContactLabel, Person, update::PersonUpdate},
    tenant::{Settings, TenantId},
    vocabulary::{Channel, Direction, Purpose, Subject, Theme},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// May this lender send this message to this person at this instant?
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Comes back with the answer.
    #[serde(default)]
    pub id: Option<String>,
    /// What the lender is, and which rules it changed.
    #[serde(default)]
    pub tenant: Profile,
    /// Hours between two messages of one subject; 0, the default, for none.
    #[serde(default)]
    pub suppression_hours: u32,
    /// The person, as in `POST /people`.
    pub person: PersonUpdate,
    /// By which channel.
    pub channel: Channel,
    /// The `externalId` or id of the contact to be used; the person's best one where absent.
    #[serde(default)]
    pub contact: Option<Ref<id::Contact>>,
    /// What about.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Why; the subject's where absent, and `opsServicing` where that has none.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// What it is for besides the theme, as with marketing.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// What the message is to rules with exemptions; the subject tells where absent.
    #[serde(default)]
    pub nature: Option<Nature>,
    /// The `externalId`s or ids of the loans it is about; any where empty.
    #[serde(default)]
    pub loans: Vec<Ref<id::Loan>>,
    /// The `id` of the entry in `history` that is being answered.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Whether the person asked for this very contact.
    #[serde(default)]
    pub prior_consent: bool,
    /// Whether an autodialer places the call or sends the text, or the call has a recorded voice.
    #[serde(default)]
    pub is_autodialed: bool,
    /// Whether the time of day is taken to be noon.
    #[serde(default)]
    pub assume_noon: bool,
    /// Earlier contacts, and later ones that are scheduled, in any order.
    #[serde(default)]
    pub history: Vec<Contacted>,
    /// The instant the message would leave, in RFC 3339.
    pub at: Timestamp,
}

/// An earlier contact, or a later one that is scheduled.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contacted {
    /// For `replyTo`.
    #[serde(default)]
    pub id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// `outbound` where absent.
    #[serde(default = "outbound")]
    pub direction: Direction,
    /// What about; of no type of message where absent, so that it suppresses none.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Why; its subject's where absent, then the question's or that of the question's subject.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// What it was for besides the theme; the question's where neither this nor the theme is given.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// About which loans; all where empty.
    #[serde(default)]
    pub loans: Vec<Ref<id::Loan>>,
    /// By which contact.
    #[serde(default)]
    pub contact: Option<Ref<id::Contact>>,
    /// Where that rang; the contact's label where absent.
    #[serde(default)]
    pub label: Option<ContactLabel>,
    /// How far it got.
    #[serde(default)]
    pub outcome: Outcome,
    /// For what it was exempt, such as `priorConsent` or `reply`.
    #[serde(default)]
    pub exempt: Vec<domain::compliance::Exemption>,
}

fn outbound() -> Direction {
    Direction::Outbound
}

/// A line of output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The question's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The decision.
    pub decision: Decision,
}

/// The lender in these questions. Ids are derived from the external ones under its name.
const TENANT: &str = "what-if";

/// Answers a line.
///
/// # Errors
/// Every fault found, each at a JSON pointer.
pub fn answer(line: &str) -> Result<Answer, Vec<Violation>> {
    let mut json = serde_json::Deserializer::from_str(line);
    let question: Question =
        serde_path_to_error::deserialize(&mut json).map_err(|fault| vec![unreadable(&fault)])?;
    json.end()
        .map_err(|error| vec![Violation::new("", format!("is not one JSON object a line: {error}"))])?;
    question.answer().map_err(|error| match error {
        Error::Invalid(faults) => faults,
        other => vec![Violation::new("", other.to_string())],
    })
}

impl Question {
    fn answer(self) -> Result<Answer, Error> {
        let faults = self.tenant.violations("/tenant");
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let tenant: TenantId = TENANT.parse().map_err(|error| Error::Internal(format!("{error}").into()))?;
        let external = self.person.external_id.clone();
        let key = external.as_ref().map_or("person", ExternalId::as_str);
        let blank = Person::new(Id::external(TENANT, key), external, self.at);
        let person = blank.with(&self.person, &tenant, self.at).map_err(|error| below("/person", error))?;
        let contact = self.contact.as_ref().map(|named| contact(&person, named, "/contact")).transpose()?;
        let loans: Vec<_> = self.loans.iter().map(|named| named.resolve(TENANT)).collect();
        for (n, loan) in loans.iter().enumerate() {
            if person.loan(loan).is_none() {
                return Err(Error::invalid(
                    format!("/loans/{n}"),
                    "must be a loan of the person; list it in /person/loans",
                ));
            }
        }
        let theme = self.theme.or_else(|| self.subject.as_ref().and_then(Subject::theme));
        let ledger = self.ledger(&person, theme)?;
        let settings = Settings {
            suppression_hours: self.suppression_hours,
            compliance: self.tenant.clone(),
            ..Settings::default()
        };
        let rules = RuleSet::for_tenant(&settings);
        let reply_to = self.reply_to.as_ref().map(|name| Id::external(TENANT, name));
        if reply_to.as_ref().is_some_and(|id| !ledger.contacts.contains_key(id)) {
            return Err(Error::invalid("/replyTo", "is the id of no entry in /history"));
        }
        let circumstances = Circumstances {
            purpose: self.purpose,
            nature: self.nature,
            reply_to,
            prior_consent: self.prior_consent,
            autodialed: self.is_autodialed,
            ..Circumstances::default()
        };
        let base = Facts::new(&rules, &person, self.channel, &ledger);
        let facts = Facts {
            contact: contact.or(base.contact),
            subject: self.subject.as_ref(),
            theme,
            circumstances: &circumstances,
            loans: &loans,
            assume_noon: self.assume_noon,
            ..base
        };
        let decision = decide_on_record(&facts, self.at);
        Ok(Answer { id: self.id, decision })
    }

    /// Earlier contacts; where nothing says why one was made, for the question's theme.
    fn ledger(&self, person: &Person, theme: Option<Theme>) -> Result<Ledger, Error> {
        let mut ledger = Ledger::default();
        for (n, past) in self.history.iter().enumerate() {
            let used = past
                .contact
                .as_ref()
                .map(|named| contact(person, named, &format!("/history/{n}/contact")))
                .transpose()?;
            let implied = past.subject.as_ref().and_then(Subject::theme);
            let theme = past.theme.or(implied).or(theme);
            let entry = LedgerEntry {
                at: past.at,
                channel: past.channel,
                direction: past.direction,
                theme: theme.unwrap_or(Theme::OpsServicing),
                purpose: past.purpose.or(self.purpose.filter(|_| past.theme.is_none())),
                loans: past.loans.iter().map(|named| named.resolve(TENANT)).collect(),
                contact: used.map(|contact| contact.id.clone()),
                label: past.label.or(used.map(|contact| contact.label)),
                outcome: past.outcome,
                exempt: past.exempt.clone(),
                subject: past.subject.clone(),
            };
            let name = past.id.clone().unwrap_or_else(|| format!("#{n}"));
            if ledger.contacts.insert(Id::external(TENANT, &name), entry).is_some() {
                return Err(Error::invalid(format!("/history/{n}/id"), "is the id of an earlier entry"));
            }
        }
        Ok(ledger)
    }
}

fn unreadable(fault: &serde_path_to_error::Error<serde_json::Error>) -> Violation {
    use serde_json::error::Category;
    use serde_path_to_error::Segment;
    let pointer = fault.path().iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => format!("{pointer}/{key}"),
        Segment::Unknown => pointer,
    });
    let error = fault.inner();
    let message = match error.classify() {
        Category::Syntax | Category::Eof => format!("is not one JSON object a line: {error}"),
        Category::Data | Category::Io => error.to_string(),
    };
    Violation::new(pointer, message)
}

fn contact<'a>(person: &'a Person, named: &Ref<id::Contact>, at: &str) -> Result<&'a Contact, Error> {
    let id = named.resolve(TENANT);
    person
        .contact(&id)
        .ok_or_else(|| Error::invalid(at, "is no contact of the person; list it in /person/contacts"))
}

fn below(place: &str, error: Error) -> Error {
    match error {
        Error::Invalid(faults) => Error::Invalid(
            faults
                .into_iter()
                .map(|fault| Violation::new(format!("{place}{}", fault.pointer), fault.message))
                .collect(),
        ),
        other => other,
    }
}
