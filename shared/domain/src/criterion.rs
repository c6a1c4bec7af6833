//! What is asked of a value: by a search for messages (003), of a member of the message; by a notification rule, of the
//! event's context.
//!
//! The operators are those of 003's field filters. Days, weeks, months and years are those where the lender is; weeks begin on
//! Monday.

pub(crate) mod schema;

use std::cmp::Ordering;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    update::Faults,
    vocabulary::{UnknownValue, vocabulary},
};

vocabulary! {
    /// How a value is compared.
    Operator {
        /// The same, in whatever capitals.
        Equals "EQUALS",
        /// The same to the letter.
        EqualsCaseSensitive "EQUALS_CASE_SENSITIVE",
        /// Anything else; what is absent is something else, too.
        DifferentThan "DIFFERENT_THAN",
        MoreThan "MORE_THAN",
        LessThan "LESS_THAN",
        /// From value to secondValue, both included.
        Between "BETWEEN",
        /// On this day.
        On "ON",
        After "AFTER",
        AfterInclusive "AFTER_INCLUSIVE",
        Before "BEFORE",
        BeforeInclusive "BEFORE_INCLUSIVE",
        /// Begins so, in whatever capitals.
        StartsWith "STARTS_WITH",
        StartsWithCaseSensitive "STARTS_WITH_CASE_SENSITIVE",
        /// The same as one of values.
        In "IN",
        Today "TODAY",
        ThisWeek "THIS_WEEK",
        ThisMonth "THIS_MONTH",
        ThisYear "THIS_YEAR",
        /// Within as many days as value says, today included.
        LastDays "LAST_DAYS",
        Empty "EMPTY",
        NotEmpty "NOT_EMPTY",
    }
}

/// What kind of value is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// One of a list of words.
    Word(&'static [&'static str]),
    /// A number.
    Number,
    /// An instant.
    Time,
    /// Whatever there is: text, number, or the text of an instant or a day.
    Any,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::of_any)]
pub struct Criterion {
    /// The operator that compares the value.
    pub operator: Operator,
    /// The value to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The upper end of BETWEEN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_value: Option<Value>,
    /// The choices of IN, 1 to 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MOST_VALUES))]
    pub values: Vec<Value>,
}

/// The longest text that is compared with, in characters.
const LONGEST: usize = 255;
/// The most choices of IN.
pub(crate) const MOST_VALUES: usize = 100;
/// The most days LAST_DAYS looks back.
const MOST_DAYS: i64 = 3_660;

impl Operator {
    const fn is_about_days(self) -> bool {
        matches!(self, Self::On | Self::After | Self::AfterInclusive | Self::Before | Self::BeforeInclusive)
    }

    const fn is_about_order(self) -> bool {
        matches!(self, Self::MoreThan | Self::LessThan | Self::Between)
    }

    const fn is_about_equality(self) -> bool {
        matches!(self, Self::Equals | Self::EqualsCaseSensitive | Self::DifferentThan | Self::In)
    }

    /// Whether it asks without being given anything to compare with.
    const fn needs_nothing(self) -> bool {
        matches!(
            self,
            Self::Today | Self::ThisWeek | Self::ThisMonth | Self::ThisYear | Self::Empty | Self::NotEmpty
        )
    }

    /// Whether it can be asked of such a value.
    const fn is_for(self, kind: Kind) -> bool {
        match self {
            Self::Equals | Self::DifferentThan | Self::In | Self::Empty | Self::NotEmpty => true,
            Self::EqualsCaseSensitive | Self::StartsWith | Self::StartsWithCaseSensitive => {
                matches!(kind, Kind::Text | Kind::Word(_) | Kind::Any)
            }
            Self::MoreThan | Self::LessThan | Self::Between => {
                matches!(kind, Kind::Number | Kind::Time | Kind::Any)
            }
            Self::On
            | Self::After
            | Self::AfterInclusive
            | Self::Before
            | Self::BeforeInclusive
            | Self::Today
            | Self::ThisWeek
            | Self::ThisMonth
            | Self::ThisYear
            | Self::LastDays => matches!(kind, Kind::Time | Kind::Any),
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Word(_) => "one of a list of words",
            Self::Number => "a number",
            Self::Time => "a time",
            Self::Any => "a value",
        }
    }
}

impl Criterion {
    /// Notes what cannot be asked so of a value of this kind; `within` is its place.
    pub fn check(&self, kind: Kind, faults: &mut Faults, within: &str) {
        let operator = self.operator;
        if !operator.is_for(kind) {
            let message = format!("must be an operator for {}; {operator} is none", kind.name());
            return faults.expect(false, &format!("{within}/operator"), &message);
        }
        let (place, second, list) =
            (format!("{within}/value"), format!("{within}/secondValue"), format!("{within}/values"));
        let wants_second = operator == Operator::Between;
        let wants_list = operator == Operator::In;
        let wants_value = !operator.needs_nothing() && !wants_list;
        faults.expect(
            self.value.is_some() == wants_value,
            &place,
            &format!("must {}be given for {operator}", if wants_value { "" } else { "not " }),
        );
        faults.expect(
            self.second_value.is_some() == wants_second,
            &second,
            &format!("must {}be given for {operator}", if wants_second { "" } else { "not " }),
        );
        let is_list = (1..=MOST_VALUES).contains(&self.values.len());
        if wants_list {
            faults.expect(is_list, &list, &format!("must have 1 to {MOST_VALUES} values for IN"));
        } else {
            faults.expect(self.values.is_empty(), &list, "must be left out except for IN");
        }
        let value = self.value.iter().filter(|_| wants_value).map(|value| (place.clone(), value));
        let second = self.second_value.iter().filter(|_| wants_second).map(|value| (second.clone(), value));
        let values = self.values.iter().filter(|_| wants_list).take(MOST_VALUES).enumerate();
        let values = values.map(|(at, value)| (format!("{list}/{at}"), value));
        for (place, value) in value.chain(second).chain(values) {
            if let Err(message) = self.fits(kind, value) {
                faults.expect(false, &place, &message);
            }
        }
        if let (Some(from), Some(to)) = (&self.value, self.second_value.as_ref().filter(|_| wants_second)) {
            let is_upwards = order(to, from, &Zoned::default()).is_none_or(Ordering::is_ge);
            faults.expect(is_upwards, &format!("{within}/secondValue"), "must not be less than value");
        }
    }

    /// Whether a value can be compared with.
    fn fits(&self, kind: Kind, value: &Value) -> Result<(), String> {
        if self.operator == Operator::LastDays {
            let is_count = number(value).is_some_and(|days| {
                days.is_integer() && days >= Decimal::ONE && days <= Decimal::from(MOST_DAYS)
            });
            return is_count
                .then_some(())
                .ok_or_else(|| format!("must be a count of days from 1 to {MOST_DAYS}"));
        }
        if self.operator.is_about_days() || kind == Kind::Time {
            let is_time = text(value).is_some_and(|text| Moment::of(&text).is_some());
            return is_time.then_some(()).ok_or_else(|| TIME.to_owned());
        }
        match (kind, text(value)) {
            (_, None) => Err("must be a text, a number, or true or false".into()),
            (_, Some(text)) if text.chars().count() > LONGEST => {
                Err(format!("must have at most {LONGEST} characters"))
            }
            (_, Some(text)) if text.is_empty() => {
                Err("must not be empty; ask with EMPTY for what is not there".into())
            }
            (Kind::Any, Some(text)) if self.operator.is_about_order() => {
                let is_ordered = number(value).is_some() || Moment::of(&text).is_some();
                is_ordered.then_some(()).ok_or_else(|| "must be a number, a day or a time".to_owned())
            }
            (Kind::Number, _) => number(value).map(drop).ok_or_else(|| "must be a number".into()),
            (Kind::Word(all), Some(word))
                if self.operator.is_about_equality()
                    && !all.iter().any(|known| known.eq_ignore_ascii_case(&word)) =>
            {
                Err(UnknownValue::new(&word, all).to_string())
            }
            _ => Ok(()),
        }
    }

    /// Whether it holds for a value, or for none. `now` says what day it is, and where.
    pub fn holds(&self, found: Option<&Value>, now: &Zoned) -> bool {
        use Operator as O;
        let is_empty = found.is_none_or(is_empty);
        match self.operator {
            O::Empty => return is_empty,
            O::NotEmpty => return !is_empty,
            O::DifferentThan => {
                let is_same = |value| found.is_some_and(|found| same(found, value, now));
                return !self.value.as_ref().is_some_and(is_same);
            }
            _ => {}
        }
        let Some(found) = found.filter(|_| !is_empty) else { return false };
        let value = self.value.as_ref();
        match self.operator {
            O::Equals => value.is_some_and(|value| same(found, value, now)),
            O::EqualsCaseSensitive => value.is_some_and(|value| text(found) == text(value)),
            O::In => self.values.iter().any(|value| same(found, value, now)),
            O::StartsWith => begins(found, value, |text| text.to_lowercase()),
            O::StartsWithCaseSensitive => begins(found, value, |text| text),
            O::MoreThan => value.and_then(|value| order(found, value, now)) == Some(Ordering::Greater),
            O::LessThan => value.and_then(|value| order(found, value, now)) == Some(Ordering::Less),
            O::Between => {
                let from = value.and_then(|value| order(found, value, now));
                let to = self.second_value.as_ref().and_then(|value| order(found, value, now));
                from.is_some_and(Ordering::is_ge) && to.is_some_and(Ordering::is_le)
            }
            O::On | O::After | O::AfterInclusive | O::Before | O::BeforeInclusive => {
                let compared = value.and_then(|value| moments(found, value));
                compared.is_some_and(|(found, value)| match self.operator {
                    O::On => found.day(now) == value.day(now),
                    O::After => found.against(value, now).is_gt(),
                    O::AfterInclusive => found.against(value, now).is_ge(),
                    O::Before => found.against(value, now).is_lt(),
                    _ => found.against(value, now).is_le(),
                })
            }
            O::Today | O::ThisWeek | O::ThisMonth | O::ThisYear | O::LastDays => {
                let Some(day) = text(found).and_then(|text| Moment::of(&text)).map(|moment| moment.day(now))
                else {
                    return false;
                };
                self.days(now).is_some_and(|(first, last)| (first..=last).contains(&day))
            }
            O::Empty | O::NotEmpty | O::DifferentThan => false,
        }
    }

    /// The instants that can hold at all, from the first to the last, of a value that is a time; `None` for no bound.
    pub fn span(&self, now: &Zoned) -> (Option<Timestamp>, Option<Timestamp>) {
        use Operator as O;
        let value = self.value.as_ref().and_then(text).and_then(|text| Moment::of(&text));
        let second = self.second_value.as_ref().and_then(text).and_then(|text| Moment::of(&text));
        let first = |moment: Moment| moment.first(now);
        let last = |moment: Moment| moment.last(now);
        match self.operator {
            O::Equals | O::EqualsCaseSensitive | O::On => match value {
                Some(Moment::Instant(at)) if self.operator != O::On => (Some(at), Some(at)),
                value => {
                    let day = value.map(|value| Moment::Day(value.day(now)));
                    (day.and_then(first), day.and_then(last))
                }
            },
            O::MoreThan | O::After | O::AfterInclusive => (value.and_then(first), None),
            O::LessThan | O::Before | O::BeforeInclusive => (None, value.and_then(last)),
            O::Between => (value.and_then(first), second.and_then(last)),
            O::Today | O::ThisWeek | O::ThisMonth | O::ThisYear | O::LastDays => match self.days(now) {
                Some((from, to)) => (Moment::Day(from).first(now), Moment::Day(to).last(now)),
                None => (None, None),
            },
            O::In => {
                let all: Vec<Moment> =
                    self.values.iter().filter_map(text).filter_map(|text| Moment::of(&text)).collect();
                // A day at the edge of time has no bound there, and then all of them have none.
                let firsts: Option<Vec<_>> = all.iter().map(|moment| moment.first(now)).collect();
                let lasts: Option<Vec<_>> = all.iter().map(|moment| moment.last(now)).collect();
                (
                    firsts.and_then(|firsts| firsts.into_iter().min()),
                    lasts.and_then(|lasts| lasts.into_iter().max()),
                )
            }
            O::DifferentThan | O::StartsWith | O::StartsWithCaseSensitive | O::Empty | O::NotEmpty => {
                (None, None)
            }
        }
    }

    /// The days that the operators without a day mean, the first and the last.
    fn days(&self, now: &Zoned) -> Option<(Date, Date)> {
        use Operator as O;
        let today = now.date();
        Some(match self.operator {
            O::Today => (today, today),
            O::ThisWeek => {
                let monday =
                    today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
                (monday, monday.checked_add(6.days()).ok()?)
            }
            O::ThisMonth => (today.first_of_month(), today.last_of_month()),
            O::ThisYear => (today.first_of_year(), today.last_of_year()),
            O::LastDays => {
                let days: i64 = number(self.value.as_ref()?)?.try_into().ok()?;
                (today.checked_sub((days - 1).days()).ok()?, today)
            }
            _ => return None,
        })
    }
}

/// What a time must look like.
const TIME: &str = "must be a day or a time, such as 2026-01-05 or 2026-01-05T15:00:00Z";

/// An instant or a day, as callers write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Instant(Timestamp),
    Local(DateTime),
    Day(Date),
}

impl Moment {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self::Instant(at));
        }
        match text.len() {
            0..=10 => text.parse::<Date>().ok().map(Self::Day),
            _ => text.parse::<DateTime>().ok().map(Self::Local),
        }
    }

    fn day(self, now: &Zoned) -> Date {
        match self {
            Self::Instant(at) => at.to_zoned(now.time_zone().clone()).date(),
            Self::Local(at) => at.date(),
            Self::Day(day) => day,
        }
    }

    /// The first instant of it.
    fn first(self, now: &Zoned) -> Option<Timestamp> {
        match self {
            Self::Instant(at) => Some(at),
            Self::Local(at) => instant(at, now.time_zone()),
            Self::Day(day) => instant(day.at(0, 0, 0, 0), now.time_zone()),
        }
    }

    /// The last instant of it.
    fn last(self, now: &Zoned) -> Option<Timestamp> {
        match self {
            Self::Instant(at) => Some(at),
            Self::Local(at) => instant(at, now.time_zone()),
            Self::Day(day) => {
                let next = Self::Day(day.tomorrow().ok()?).first(now)?;
                next.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()
            }
        }
    }

    /// Before, within or after: of a day, all its instants are equal to it.
    fn against(self, other: Self, now: &Zoned) -> Ordering {
        match (self, other) {
            (_, Self::Day(day)) => self.day(now).cmp(&day),
            (Self::Day(day), _) => day.cmp(&other.day(now)),
            (Self::Instant(_) | Self::Local(_), Self::Instant(_) | Self::Local(_)) => {
                self.first(now).cmp(&other.first(now))
            }
        }
    }
}

fn instant(at: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(at).ok()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as text; nothing of lists and objects.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number, also where it is written as a text. One beyond 28 digits counts as the largest there is.
fn number(value: &Value) -> Option<Decimal> {
    let digits = text(value)?;
    let digits = digits.trim();
    if !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    let exact = Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits));
    exact.ok().or_else(|| {
        let size: f64 = digits.parse().ok()?;
        Some(match size {
            _ if size >= BEYOND => Decimal::MAX,
            _ if size <= -BEYOND => Decimal::MIN,
            _ => Decimal::from_f64_retain(size)?,
        })
    })
}

/// What no decimal number holds any more.
const BEYOND: f64 = 7.9e28;

/// Whether what was found is the same as a value: as numbers if both are and one is written as one, for `007` is another code
/// than `7`; as times if both are, of which a day holds all; else as texts in whatever capitals.
fn same(found: &Value, value: &Value, now: &Zoned) -> bool {
    if let (true, Some(found), Some(value)) =
        (found.is_number() || value.is_number(), number(found), number(value))
        && found.abs() < Decimal::MAX
    {
        return found == value;
    }
    let (Some(one), Some(other)) = (text(found), text(value)) else { return found == value };
    match (Moment::of(&one), Moment::of(&other)) {
        (Some(one), Some(other)) => one.against(other, now).is_eq(),
        _ => one.to_lowercase() == other.to_lowercase(),
    }
}

fn begins(found: &Value, value: Option<&Value>, as_compared: impl Fn(String) -> String) -> bool {
    let (Some(found), Some(value)) = (text(found), value.and_then(text)) else { return false };
    as_compared(found).starts_with(&as_compared(value))
}

fn moments(found: &Value, value: &Value) -> Option<(Moment, Moment)> {
    Some((Moment::of(&text(found)?)?, Moment::of(&text(value)?)?))
}

/// Which is more: as numbers if both are, else as times if both are.
fn order(found: &Value, value: &Value, now: &Zoned) -> Option<Ordering> {
    if let (Some(found), Some(value)) = (number(found), number(value)) {
        return Some(found.cmp(&value));
    }
    let (found, value) = moments(found, value)?;
    Some(found.against(value, now))
}

#[cfg(test)]
mod tests;
