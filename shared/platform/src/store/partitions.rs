//! The table as IAM sees it: partitions, by patterns of their keys (`dynamodb:LeadingKeys`).
//!
//! IAM knows partition keys and no more. So what stands in one partition is read and written by the same right, such as
//! a tenant's settings and its subjects, or a person's facts and ledger. A `*` stands for any characters, `#` among them.

use super::keys::{BY_ALIAS, BY_DAY, BY_DUE, BY_OWNER, Index};

/// Which partition keys are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    /// They look like this,
    pub like: &'static str,
    /// and not like this.
    pub unlike: Option<&'static str>,
}

impl Pattern {
    const fn like(like: &'static str) -> Self {
        Self { like, unlike: None }
    }

    const fn but_not(self, unlike: &'static str) -> Self {
        Self { unlike: Some(unlike), ..self }
    }

    /// Whether a key is meant.
    pub fn matches(&self, key: &str) -> bool {
        looks_like(key, self.like) && self.unlike.is_none_or(|unlike| !looks_like(key, unlike))
    }
}

/// As IAM's `StringLike`: `*` stands for any characters or none. Ours hold no `?`.
pub fn looks_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| looks_like(&text[at..], rest))
        }),
    }
}

/// Items by their own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Items {
    /// A tenant's settings, what its messages are about, and by which rules it answers.
    Tenants,
    /// Webhook endpoints, without their secrets.
    WebhookEndpoints,
    /// Which events make which messages.
    NotificationRules,
    /// Events that were taken.
    Occurrences,
    /// Subscriptions to events.
    EventSubscriptions,
    /// How far subscriptions were read.
    EventCursors,
    /// What happened.
    EventLog,
    /// What was counted, hour by hour.
    Counts,
    /// Records of dead letters that were sent back.
    Redrives,
    /// Changes of outreach rules, and sign-offs.
    RuleChanges,
    /// People: facts and contact ledgers.
    People,
    /// Records of erased people.
    Erasures,
    /// The address book: who is at an address.
    AddressBook,
    /// Statements.
    Statements,
    /// Documents, without what they hold.
    Documents,
    /// Messages.
    Interactions,
    /// Templates.
    Templates,
    /// Template versions.
    Versions,
    /// Shared templates.
    SharedTemplates,
    /// Batches and the results of their chunks.
    Batches,
    /// Work on many messages.
    Operations,
    /// Tasks.
    Tasks,
    /// How often something was done.
    Usage,
    /// Confirmation codes, by their digests.
    Codes,
    /// Answers given by themselves, by sender.
    Replies,
    /// What is known of accounts at providers.
    Circuits,
    /// Places in line under accounts' rates.
    Rates,
    /// Answers by `Idempotency-Key`.
    Answers,
    /// API keys, by their digests.
    ApiKeys,
    /// Sessions of those who signed in, by the digests of their tokens.
    Sessions,
    /// Token issuers.
    Issuers,
    /// Origins that tenants list.
    Origins,
}

impl Items {
    /// Every kind.
    pub const ALL: [Self; 32] = [
        Self::Tenants,
        Self::WebhookEndpoints,
        Self::NotificationRules,
        Self::Occurrences,
        Self::EventSubscriptions,
        Self::EventCursors,
        Self::EventLog,
        Self::Counts,
        Self::Redrives,
        Self::RuleChanges,
        Self::People,
        Self::Erasures,
        Self::AddressBook,
        Self::Statements,
        Self::Documents,
        Self::Interactions,
        Self::Templates,
        Self::Versions,
        Self::SharedTemplates,
        Self::Batches,
        Self::Operations,
        Self::Tasks,
        Self::Usage,
        Self::Codes,
        Self::Replies,
        Self::Circuits,
        Self::Rates,
        Self::Answers,
        Self::ApiKeys,
        Self::Sessions,
        Self::Issuers,
        Self::Origins,
    ];

    /// Whether they are read one by one, by their keys.
    pub const fn are_read_by_key(self) -> bool {
        !matches!(self, Self::Occurrences | Self::Origins | Self::Counts | Self::Sessions)
    }

    /// Their partitions.
    pub fn pattern(self) -> Pattern {
        match self {
            Self::Tenants => Pattern::like("T#*").but_not("T#*#*"),
            Self::WebhookEndpoints => Pattern::like("T#*#ENDPOINTS"),
            Self::NotificationRules => Pattern::like("T#*#NOTIFICATION-RULES"),
            Self::Occurrences => Pattern::like("T#*#EVENT#*"),
            Self::EventSubscriptions => Pattern::like("T#*#SUBSCRIPTIONS"),
            Self::EventCursors => Pattern::like("T#*#ES-*"),
            Self::EventLog => Pattern::like("T#*#STREAM"),
            Self::Counts => Pattern::like("T#*#COUNTS*"),
            Self::Redrives => Pattern::like("T#*#DEAD-LETTERS"),
            Self::RuleChanges => Pattern::like("T#*#RULES"),
            Self::People => Pattern::like("T#*#BO-*"),
            Self::Erasures => Pattern::like("T#*#ERASURES"),
            Self::AddressBook => Pattern::like("T#*#ADDR#*"),
            Self::Statements => Pattern::like("T#*#SM-*"),
            Self::Documents => Pattern::like("T#*#DC-*"),
            Self::Interactions => Pattern::like("T#*#IN-*"),
            Self::Templates => Pattern::like("T#*#TD-*"),
            Self::Versions => Pattern::like("T#*#TV-*"),
            Self::SharedTemplates => Pattern::like("T#*#SHARED"),
            Self::Batches => Pattern::like("T#*#BU-*"),
            Self::Operations => Pattern::like("T#*#OP-*"),
            Self::Tasks => Pattern::like("T#*#TK-*"),
            Self::Usage => Pattern::like("T#*#LIMIT#*"),
            Self::Codes => Pattern::like("T#*#CODE#*"),
            Self::Replies => Pattern::like("T#*#REPLIES#*"),
            Self::Circuits => Pattern::like("T#*#CIRCUIT#*"),
            Self::Rates => Pattern::like("T#*#RATE#*"),
            Self::Answers => Pattern::like("T#*#KEY#*"),
            Self::ApiKeys => Pattern::like("APIKEY#*"),
            Self::Sessions => Pattern::like("SESSION#*"),
            Self::Issuers => Pattern::like("ISSUER#*"),
            Self::Origins => Pattern::like("ORIGIN#*"),
        }
    }
}

/// Items by an index. Each list is a right of its own: who lists a person's messages does not list API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// A tenant's people.
    People,
    /// Records of a tenant's erased people.
    Erasures,
    /// A person's messages.
    Interactions,
    /// A tenant's messages of one day.
    InteractionsOfDay,
    /// Messages with nobody we know.
    UnboundInteractions,
    /// A message by a provider's name for it.
    InteractionByReference,
    /// A person's notices.
    Notices,
    /// A tenant's batches.
    Batches,
    /// A tenant's tasks.
    Tasks,
    /// A tenant's tasks that have come this far.
    TasksByStatus,
    /// A tenant's templates.
    Templates,
    /// Templates for a subject on a channel.
    Candidates,
    /// A tenant's template versions.
    Versions,
    /// A template's versions.
    VersionsOfTemplate,
    /// A person's statements.
    Statements,
    /// A person's documents.
    Documents,
    /// A tenant's API keys.
    ApiKeys,
    /// Changes of a tenant's outreach rules.
    RuleChanges,
    /// Sign-offs of a tenant's outreach rules.
    SignOffs,
    /// Records of a tenant's dead letters that were sent back.
    Redrives,
    /// A tenant's accounts at providers that were ever out of order.
    Circuits,
    /// What is due, of all tenants.
    Due,
}

impl List {
    /// Every list.
    pub const ALL: [Self; 22] = [
        Self::People,
        Self::Erasures,
        Self::Interactions,
        Self::InteractionsOfDay,
        Self::UnboundInteractions,
        Self::InteractionByReference,
        Self::Notices,
        Self::Batches,
        Self::Tasks,
        Self::TasksByStatus,
        Self::Templates,
        Self::Candidates,
        Self::Versions,
        Self::VersionsOfTemplate,
        Self::Statements,
        Self::Documents,
        Self::ApiKeys,
        Self::RuleChanges,
        Self::SignOffs,
        Self::Redrives,
        Self::Circuits,
        Self::Due,
    ];

    /// The index.
    pub fn index(self) -> Index {
        match self {
            Self::People
            | Self::Erasures
            | Self::Interactions
            | Self::UnboundInteractions
            | Self::Batches
            | Self::Tasks
            | Self::Templates
            | Self::VersionsOfTemplate
            | Self::Statements
            | Self::Documents
            | Self::ApiKeys
            | Self::RuleChanges
            | Self::SignOffs
            | Self::Redrives
            | Self::Circuits => BY_OWNER,
            Self::InteractionsOfDay => BY_DAY,
            Self::InteractionByReference
            | Self::Notices
            | Self::TasksByStatus
            | Self::Candidates
            | Self::Versions => BY_ALIAS,
            Self::Due => BY_DUE,
        }
    }

    /// The items that it leads to.
    pub fn items(self) -> &'static [Items] {
        match self {
            Self::People => &[Items::People],
            Self::Erasures => &[Items::Erasures],
            Self::Interactions
            | Self::InteractionsOfDay
            | Self::UnboundInteractions
            | Self::InteractionByReference
            | Self::Notices => &[Items::Interactions],
            Self::Batches => &[Items::Batches],
            Self::Tasks | Self::TasksByStatus => &[Items::Tasks],
            Self::Templates | Self::Candidates => &[Items::Templates],
            Self::Versions | Self::VersionsOfTemplate => &[Items::Versions],
            Self::Statements => &[Items::Statements],
            Self::Documents => &[Items::Documents],
            Self::ApiKeys => &[Items::ApiKeys],
            Self::RuleChanges | Self::SignOffs => &[Items::RuleChanges],
            Self::Redrives => &[Items::Redrives],
            Self::Circuits => &[Items::Circuits],
            Self::Due => &[
                Items::Interactions,
                Items::Tasks,
                Items::Batches,
                Items::Operations,
                Items::People,
                Items::Counts,
            ],
        }
    }

    /// The partitions of the index.
    pub fn pattern(self) -> Pattern {
        match self {
            Self::People => Pattern::like("T#*#PEOPLE"),
            Self::Erasures => Pattern::like("T#*#ERASED-PEOPLE"),
            Self::Interactions => Pattern::like("T#*#BO-*").but_not("T#*#BO-*#*"),
            Self::InteractionsOfDay => Pattern::like("T#*#*"),
            Self::UnboundInteractions => Pattern::like("T#*#UNBOUND"),
            Self::Batches => Pattern::like("T#*#BATCHES"),
            Self::Tasks => Pattern::like("T#*#TASKS"),
            Self::TasksByStatus => Pattern::like("T#*#TASKS#*"),
            Self::InteractionByReference => Pattern::like("T#*#REF#*"),
            Self::Notices => Pattern::like("T#*#BO-*#NOTICES#*"),
            Self::Templates => Pattern::like("T#*#TEMPLATES"),
            Self::Candidates => Pattern::like("T#*#SUBJECT#*"),
            Self::Versions => Pattern::like("T#*#VERSIONS"),
            Self::VersionsOfTemplate => Pattern::like("T#*#TD-*"),
            Self::Statements => Pattern::like("T#*#BO-*#STATEMENTS"),
            Self::Documents => Pattern::like("T#*#BO-*#DOCUMENTS"),
            Self::ApiKeys => Pattern::like("T#*#APIKEYS"),
            Self::RuleChanges => Pattern::like("T#*#RULE-CHANGES"),
            Self::SignOffs => Pattern::like("T#*#SIGN-OFFS"),
            Self::Redrives => Pattern::like("T#*#REDRIVES"),
            Self::Circuits => Pattern::like("T#*#CIRCUITS"),
            Self::Due => Pattern::like("DUE#*"),
        }
    }
}

#[cfg(test)]
mod tests;
