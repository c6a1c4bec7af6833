//! How much of each limit on how often a person may be contacted is used, and by what: "3 of 7, the next is free on Tuesday".

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Facts, ReasonKind,
    frequency::{Limit, Of},
    message::Message,
    rule::{Confidence, Counts, Jurisdiction, Scope},
};
use crate::{
    id::{self, Id},
    vocabulary::{Channel, Subject},
};

/// A limit of a rule that speaks of the message, for one thing that contacts are counted together for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitUse {
    /// Stable name of the rule.
    pub rule_id: String,
    /// What it asks for, in a line.
    pub title: String,
    /// What kind of rule it is.
    pub kind: ReasonKind,
    /// Whose rule it is.
    pub jurisdiction: Jurisdiction,
    /// Where it is written.
    pub citation: String,
    /// How sure its text is.
    pub confidence: Confidence,
    /// Whether the lender made the law's rule stricter.
    pub tightened: bool,
    /// The limit in words: `7 attempts in 7 days per debt`.
    pub limit: String,
    /// Once so many count, no more.
    pub most: u32,
    /// The period as an ISO 8601 duration: `P7D`.
    pub period: String,
    /// Which contacts count.
    pub counts: Counts,
    /// On which channels they count together; all that reach a person if empty.
    pub channels: Vec<Channel>,
    /// For what they are counted together.
    pub scope: Scope,
    /// Which debt, if by debt. Absent if none is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loan_id: Option<Id<id::Loan>>,
    /// Which contact, if by number or address. Absent if none is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact_id: Option<Id<id::Contact>>,
    /// Which subject, if by subject. Absent if none is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<Subject>,
    /// How many count in the period that holds the most of them, this message not among them.
    pub used: usize,
    /// What shares a period with the message, the oldest first. More than `used` if a scheduled one shares none with an old one.
    pub contacts: Vec<Counted>,
    /// When fewer count than do now, and fewer than are allowed; absent if nothing counts now. A message fits by then at the
    /// latest, as far as this limit goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_free_at: Option<Timestamp>,
}

/// A contact that counts toward a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// What made it.
    pub interaction_id: Id<id::Interaction>,
    /// By which channel.
    pub channel: Channel,
    /// When it was, or will be.
    pub at: Timestamp,
    /// From when on it no longer counts.
    pub until: Timestamp,
}

/// Every limit of the rules that speak of the message at `at`, rule by rule.
pub fn limits(facts: &Facts<'_>, at: Timestamp) -> Vec<LimitUse> {
    if !facts.channel.reaches_person() {
        return Vec::new();
    }
    let place = facts.place();
    let message = Message::new(facts, &place, at, at);
    let mut uses = Vec::new();
    for one in message.rules() {
        let rule = &*one.rule;
        for cap in &rule.caps {
            let limit = Limit { rule, cap, facts, zones: &place.zones };
            uses.extend(limit.uses(at).into_iter().map(|used| {
                let (mut loan_id, mut contact_id, mut subject) = (None, None, None);
                match used.of {
                    Of::Anything => {}
                    Of::Debt(debt) => loan_id = Some(debt.clone()),
                    Of::Number(number) => contact_id = Some(number.clone()),
                    Of::Subject(about) => subject = Some(about.clone()),
                }
                let next_free_at = used.next_free_at.map(|free| one.until.map_or(free, |end| free.min(end)));
                LimitUse {
                    rule_id: rule.id.clone(),
                    title: rule.title.clone(),
                    kind: one.kind,
                    jurisdiction: rule.jurisdiction,
                    citation: rule.citation.clone(),
                    confidence: rule.confidence,
                    tightened: one.law.is_some_and(|law| law.caps != rule.caps),
                    limit: cap.to_string(),
                    most: cap.most,
                    period: cap.period.iso(),
                    counts: cap.counts,
                    channels: rule.channels.clone(),
                    scope: cap.scope,
                    loan_id,
                    contact_id,
                    subject,
                    used: used.counted,
                    contacts: used.contacts,
                    next_free_at,
                }
            }));
        }
    }
    uses
}
