//! Office hours: when somebody at the lender reads what borrowers write.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    compliance::{holidays, rule::Jurisdiction},
    schedule::{Day, Span, TimeOfDay},
};

/// Times of the week on the lender's wall clock. On federal holidays nobody is there. Empty if the lender set none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OfficeHours(#[schemars(length(max = Span::MOST))] pub Vec<Span>);

impl OfficeHours {
    /// Whether somebody is there at an instant, by the clock of this zone. If no hours are set, always.
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let Self(spans) = self;
        let local = at.to_zoned(zone.clone()).datetime();
        let (day, time) = (Day::from(local.weekday()), TimeOfDay::of(local));
        spans.is_empty()
            || (holidays::holiday(local.date(), Jurisdiction::US).is_none()
                && spans.iter().any(|span| span.contains(day, time)))
    }

    /// The hours in words, in Spanish for `es`, in English for any other language: `Monday to Friday 9:00 AM
    /// to 5:00 PM`. `None` if no hours are set.
    pub fn in_words(&self, language: &str) -> Option<String> {
        let Self(spans) = self;
        let words = if language == "es" { &SPANISH } else { &ENGLISH };
        let mut told: Vec<(BTreeSet<Day>, Vec<String>)> = Vec::new();
        for span in spans {
            let days: BTreeSet<Day> = WEEK.into_iter().filter(|day| span.is_on(*day)).collect();
            let hours = words.hours(span);
            match told.iter_mut().find(|(known, _)| *known == days) {
                Some((_, all)) => all.push(hours),
                None => told.push((days, vec![hours])),
            }
        }
        let told = told.iter().map(|(days, hours)| format!("{} {}", words.days(days), words.list(hours)));
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

const WEEK: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

/// How a language writes hours.
struct Words {
    /// From Monday.
    days: [&'static str; 7],
    every_day: &'static str,
    to: &'static str,
    and: &'static str,
    /// Before and after noon.
    halves: [&'static str; 2],
    midnight: &'static str,
    all_day: &'static str,
}

const ENGLISH: Words = Words {
    days: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    every_day: "every day",
    to: "to",
    and: "and",
    halves: ["AM", "PM"],
    midnight: "midnight",
    all_day: "all day",
};

const SPANISH: Words = Words {
    days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    every_day: "todos los días",
    to: "a",
    and: "y",
    halves: ["a. m.", "p. m."],
    midnight: "medianoche",
    all_day: "todo el día",
};

impl Words {
    /// `Monday to Friday`; three days in a row and more are given by the first and the last.
    fn days(&self, days: &BTreeSet<Day>) -> String {
        if days.len() == WEEK.len() {
            return self.every_day.to_owned();
        }
        let names: Vec<Option<&str>> =
            WEEK.iter().zip(self.days).map(|(day, name)| days.contains(day).then_some(name)).collect();
        let rows = names.split(Option::is_none).map(|row| row.iter().flatten().copied().collect::<Vec<_>>());
        let told = rows.flat_map(|row| match row[..] {
            [first, _, .., last] => vec![format!("{first} {} {last}", self.to)],
            _ => row.into_iter().map(str::to_owned).collect(),
        });
        self.list(&told.collect::<Vec<_>>())
    }

    fn hours(&self, span: &Span) -> String {
        if span.from == TimeOfDay::MIDNIGHT && span.to == TimeOfDay::END {
            return self.all_day.to_owned();
        }
        format!("{} {} {}", self.clock(span.from), self.to, self.clock(span.to))
    }

    /// As a clock of twelve hours shows it.
    fn clock(&self, time: TimeOfDay) -> String {
        if time == TimeOfDay::END {
            return self.midnight.to_owned();
        }
        let (hour, minute) = (time.minutes() / 60, time.minutes() % 60);
        let [morning, afternoon] = self.halves;
        let half = if hour < 12 { morning } else { afternoon };
        format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1)
    }

    /// `a, b and c`
    fn list(&self, entries: &[String]) -> String {
        match entries {
            [] => String::new(),
            [only] => only.clone(),
            [all @ .., last] => format!("{} {} {last}", all.join(", "), self.and),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(json: serde_json::Value) -> OfficeHours {
        serde_json::from_value(json).unwrap()
    }

    fn weekdays() -> OfficeHours {
        hours(serde_json::json!([
            { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" },
            { "days": ["sat"], "from": "10:00", "to": "12:30" },
        ]))
    }

    #[test]
    fn an_office_is_open_in_its_hours_by_its_own_clock_and_not_on_federal_holidays() {
        let zone = TimeZone::get("America/New_York").unwrap();
        for (at, is_open) in [
            ("2026-01-05T13:59:59Z", false), // Monday, 8:59
            ("2026-01-05T14:00:00Z", true),
            ("2026-01-05T21:59:59Z", true),
            ("2026-01-05T22:00:00Z", false),
            ("2026-01-10T15:00:00Z", true), // Saturday
            ("2026-01-10T17:30:00Z", false),
            ("2026-01-11T15:00:00Z", false), // Sunday
            ("2026-01-19T15:00:00Z", false), // Martin Luther King Jr. Day, a Monday
            ("2026-07-03T15:00:00Z", false), // Independence Day, observed on a Friday
            ("2026-07-06T13:00:00Z", true),  // daylight saving time: 9:00
        ] {
            assert_eq!(weekdays().is_open(at.parse().unwrap(), &zone), is_open, "{at}");
        }
    }

    #[test]
    fn where_no_hours_are_set_nothing_is_outside_them() {
        let holiday = "2026-12-25T08:00:00Z".parse().unwrap();
        assert!(OfficeHours::default().is_open(holiday, &TimeZone::UTC));
        assert_eq!(OfficeHours::default().in_words("en"), None);
    }

    #[test]
    fn hours_are_told_in_words() {
        use serde_json::json;
        for (set, english, spanish) in [
            (
                serde_json::to_value(weekdays()).unwrap(),
                "Monday to Friday 9:00 AM to 5:00 PM; Saturday 10:00 AM to 12:30 PM",
                "lunes a viernes 9:00 a. m. a 5:00 p. m.; sábado 10:00 a. m. a 12:30 p. m.",
            ),
            (json!([{ "from": "00:00", "to": "24:00" }]), "every day all day", "todos los días todo el día"),
            (
                json!([{ "days": ["sun", "mon", "wed"], "from": "00:00", "to": "12:00" }]),
                "Monday, Wednesday and Sunday 12:00 AM to 12:00 PM",
                "lunes, miércoles y domingo 12:00 a. m. a 12:00 p. m.",
            ),
            (
                json!([
                    { "days": ["mon", "tue", "thu", "fri", "sat"], "from": "08:00", "to": "12:00" },
                    { "days": ["sat", "fri", "thu", "tue", "mon"], "from": "13:05", "to": "24:00" },
                ]),
                "Monday, Tuesday and Thursday to Saturday 8:00 AM to 12:00 PM and 1:05 PM to midnight",
                "lunes, martes y jueves a sábado 8:00 a. m. a 12:00 p. m. y 1:05 p. m. a medianoche",
            ),
        ] {
            let set = hours(set);
            assert_eq!(set.in_words("en").as_deref(), Some(english));
            assert_eq!(set.in_words("es").as_deref(), Some(spanish));
            assert_eq!(set.in_words("fr").as_deref(), Some(english), "as nobody translated it");
        }
    }
}
