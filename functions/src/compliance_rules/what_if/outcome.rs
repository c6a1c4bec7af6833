//! What the guard says of many people, counted.

use std::collections::BTreeMap;

use domain::{
    compliance::{
        Decision, Reason, ReasonCode, ReasonKind,
        rule::{Confidence, Jurisdiction},
        rules,
        week::Week,
    },
    id::ExternalId,
    tenant::Settings,
    vocabulary::Channel,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use platform::{app::Lender, store::people::Known};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::intent::Intent;

/// For how long those who may be contacted later are counted by the hour.
const BY_HOUR: SignedDuration = SignedDuration::from_hours(48);

/// Who may be contacted under a set of rules.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// The version of the rules.
    rule_set: String,
    /// In the order of the request.
    channels: Vec<ChannelForecast>,
}

/// Who may be contacted on one channel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelForecast {
    channel: Channel,
    /// How many may be contacted at the instant asked about.
    allowed: usize,
    /// How many may be contacted later, within 14 days.
    later: usize,
    /// How many may not be contacted within 14 days unless something changes.
    not_by_waiting: usize,
    /// Of those who may be contacted later, the ones within 48 hours, by the hour from which on they may be.
    by_hour: Vec<InHour>,
    /// Those who may be contacted later, by the day from which on they may be, on your clock.
    by_day: Vec<OnDay>,
    /// What is in the way, what stops most people first.
    blocked_by: Vec<Blocker>,
    /// A week of hours for each place people may be in, where most may be first.
    week: Vec<ZoneWeek>,
}

/// People who may be contacted from an hour on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InHour {
    /// The beginning of the hour.
    from: Timestamp,
    people: usize,
}

/// People who may be contacted from a day on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OnDay {
    date: Date,
    people: usize,
}

/// A rule or a stop that is in people's way.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// Stable name of the rule.
    rule_id: String,
    kind: ReasonKind,
    code: ReasonCode,
    /// What the rule asks for, in a line; absent for a stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<Jurisdiction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    citation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Confidence>,
    /// In whose way it is.
    people: usize,
    /// In whose way nothing else is.
    alone: usize,
    /// What the guard says to one of them.
    example: String,
}

/// How many of the people in a place may be contacted in each hour of a week, as far as hours go.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneWeek {
    /// Every zone these people may be in. Hours are those of the first one's clock; of UTC if none is known.
    time_zones: Vec<String>,
    people: usize,
    /// Seven days, from that of the instant asked about.
    days: Vec<ZoneDay>,
}

/// One day of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ZoneDay {
    date: Date,
    /// For each of the 24 hours its clock shows, how many may be contacted as it begins.
    #[schemars(length(equal = 24))]
    open: Vec<usize>,
}

/// What the guard says of one person on one channel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// As in the request; ours if that names nobody.
    pub(super) person_id: String,
    /// Your id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<ExternalId>,
    pub(super) channel: Channel,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
    /// Every reason against it in words.
    pub(super) detail: String,
    /// The same with rules as they stand; absent if the request changes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Verdict>,
}

/// Yes or no.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether the person may be contacted so.
    pub(super) allowed: bool,
    /// What is in the way.
    pub(super) rule_ids: Vec<String>,
    /// The earliest instant at which nothing is; absent if there is none within 14 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_allowable_at: Option<Timestamp>,
}

impl Line {
    /// Notes what it says with rules as they stand.
    pub(super) fn was(&mut self, before: Self) {
        self.before = Some(before.verdict);
    }
}

/// What would be, and of whom what.
pub(super) fn of(
    lender: &Lender,
    intents: &[Intent],
    people: &[(String, Known)],
    at: Timestamp,
) -> (Forecast, Vec<Line>) {
    let settings = &lender.tenant.settings;
    let titles = titles(settings, at);
    let (mut channels, mut lines) = (Vec::new(), Vec::new());
    for intent in intents {
        let mut counts = Counts::new(intent.channel, at, settings.zone());
        for (name, known) in people {
            let (decision, week) = intent.judge_by(&lender.rules, known);
            counts.add(&decision, &week);
            lines.push(line(name, known, intent.channel, &decision));
        }
        channels.push(counts.outcome(&titles));
    }
    (Forecast { rule_set: lender.rules.version().to_owned(), channels }, lines)
}

fn titles(settings: &Settings, at: Timestamp) -> BTreeMap<String, String> {
    rules::list(settings, at).into_iter().map(|listed| (listed.rule.id, listed.rule.title)).collect()
}

fn line(name: &str, known: &Known, channel: Channel, decision: &Decision) -> Line {
    let mut rule_ids: Vec<String> = decision.reasons.iter().map(|reason| reason.rule_id.clone()).collect();
    rule_ids.dedup();
    Line {
        person_id: name.to_owned(),
        external_id: known.person.external_id.clone(),
        channel,
        verdict: Verdict {
            allowed: decision.allowed,
            rule_ids,
            next_allowable_at: decision.next_allowable_at,
        },
        detail: decision.detail(),
        before: None,
    }
}

/// What is counted on one channel.
struct Counts {
    outcome: ChannelForecast,
    at: Timestamp,
    zone: TimeZone,
    by_hour: BTreeMap<Timestamp, usize>,
    by_day: BTreeMap<Date, usize>,
    blockers: BTreeMap<(String, ReasonCode), Blocker>,
    weeks: BTreeMap<Vec<String>, ZoneWeek>,
}

impl Counts {
    fn new(channel: Channel, at: Timestamp, zone: TimeZone) -> Self {
        let outcome = ChannelForecast {
            channel,
            allowed: 0,
            later: 0,
            not_by_waiting: 0,
            by_hour: Vec::new(),
            by_day: Vec::new(),
            blocked_by: Vec::new(),
            week: Vec::new(),
        };
        Self {
            outcome,
            at,
            zone,
            by_hour: BTreeMap::new(),
            by_day: BTreeMap::new(),
            blockers: BTreeMap::new(),
            weeks: BTreeMap::new(),
        }
    }

    fn add(&mut self, decision: &Decision, week: &Week) {
        match (decision.allowed, decision.next_allowable_at) {
            (true, _) => self.outcome.allowed += 1,
            (false, None) => self.outcome.not_by_waiting += 1,
            (false, Some(next)) => {
                self.outcome.later += 1;
                *self.by_day.entry(self.zone.to_datetime(next).date()).or_default() += 1;
                if next.duration_since(self.at) < BY_HOUR {
                    *self.by_hour.entry(hour_of(next)).or_default() += 1;
                }
            }
        }
        let mut seen = Vec::new();
        let ids = |reason: &Reason| (reason.rule_id.clone(), reason.code);
        let is_alone = decision.reasons.windows(2).all(|pair| ids(&pair[0]) == ids(&pair[1]));
        for reason in &decision.reasons {
            // A rule with several limits may be in the way by each.
            if seen.contains(&ids(reason)) {
                continue;
            }
            seen.push(ids(reason));
            let blocker = self.blockers.entry(ids(reason)).or_insert_with(|| Blocker::of(reason));
            blocker.people += 1;
            blocker.alone += usize::from(is_alone);
        }
        let zone = self.weeks.entry(week.time_zones.clone()).or_insert_with(|| ZoneWeek::of(week));
        zone.people += 1;
        for (day, more) in zone.days.iter_mut().zip(&week.days) {
            day.open.iter_mut().zip(more.open).for_each(|(open, is_open)| *open += usize::from(is_open));
        }
    }

    fn outcome(self, titles: &BTreeMap<String, String>) -> ChannelForecast {
        let mut blocked_by: Vec<Blocker> = self.blockers.into_values().collect();
        for blocker in &mut blocked_by {
            blocker.title = titles.get(&blocker.rule_id).cloned();
        }
        blocked_by.sort_by_key(|blocker| std::cmp::Reverse(blocker.people));
        let mut week: Vec<ZoneWeek> = self.weeks.into_values().collect();
        week.sort_by_key(|zone| std::cmp::Reverse(zone.people));
        ChannelForecast {
            by_hour: self.by_hour.into_iter().map(|(from, people)| InHour { from, people }).collect(),
            by_day: self.by_day.into_iter().map(|(date, people)| OnDay { date, people }).collect(),
            blocked_by,
            week,
            ..self.outcome
        }
    }
}

impl Blocker {
    fn of(reason: &Reason) -> Self {
        Self {
            rule_id: reason.rule_id.clone(),
            kind: reason.kind,
            code: reason.code,
            title: None,
            jurisdiction: reason.jurisdiction,
            citation: reason.citation.clone(),
            confidence: reason.confidence,
            people: 0,
            alone: 0,
            example: reason.detail.clone(),
        }
    }
}

impl ZoneWeek {
    fn of(week: &Week) -> Self {
        let days = week.days.iter().map(|day| ZoneDay { date: day.date, open: vec![0; day.open.len()] });
        Self { time_zones: week.time_zones.clone(), people: 0, days: days.collect() }
    }
}

fn hour_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3_600)).unwrap_or(at)
}

/// For the OpenAPI document.
pub(super) fn example() -> Value {
    let hours: Vec<usize> = (0..24).map(|hour| if (8..21).contains(&hour) { 2 } else { 0 }).collect();
    let outcome = |rule_set: &str, allowed: usize| {
        json!({
            "ruleSet": rule_set,
            "channels": [{
                "channel": "text",
                "allowed": allowed,
                "later": 2 - allowed,
                "notByWaiting": 0,
                "byHour": [{ "from": "2026-01-06T14:00:00Z", "people": 1 }],
                "byDay": [{ "date": "2026-01-06", "people": 1 }],
                "blockedBy": [{
                    "ruleId": "OWN-TEXTS",
                    "kind": "lender",
                    "code": "recently_contacted",
                    "title": "One text a day",
                    "jurisdiction": "US",
                    "citation": "Contact policy 3.3",
                    "confidence": "own",
                    "people": 1,
                    "alone": 1,
                    "example": "One text a day: 1 of at most 1 sent or placed in 1 day per person counts; the next may follow \
                                at 2026-01-06T14:00:00Z.",
                }],
                "week": [{
                    "timeZones": ["America/Chicago"],
                    "people": 2,
                    "days": [{ "date": "2026-01-05", "open": hours }],
                }],
            }],
        })
    };
    json!({
        "evaluatedAt": "2026-01-05T15:00:00Z",
        "people": 2,
        "unknown": [],
        "outcome": outcome("2026-11-21+9a31c0de", 1),
        "unchanged": outcome("2026-11-21+f862fc33", 2),
        "lines": [{
            "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
            "externalId": "john",
            "channel": "text",
            "allowed": false,
            "ruleIds": ["OWN-TEXTS"],
            "nextAllowableAt": "2026-01-06T14:00:00Z",
            "detail": "One text a day: 1 of at most 1 sent or placed in 1 day per person counts; the next may follow at \
                       2026-01-06T14:00:00Z.",
            "before": { "allowed": true, "ruleIds": [] },
        }],
    })
}
