//! Legal holidays: the country's, and a state's own.

use std::sync::LazyLock;

use jiff::{
    Span,
    civil::{Date, Weekday, date},
};
use serde::Deserialize;

use super::rule::Jurisdiction;
use crate::schedule::Day;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    holiday: Vec<Holiday>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    r#in: Jurisdiction,
    on: On,
}

/// When in the year.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum On {
    /// `MM-DD`, or on the weekday next to it.
    Fixed(String),
    /// The Monday after `MM-DD`, if that is on a weekend.
    MondayAfter(String),
    /// The nth such weekday of a month, -1 being the last, or so many days after it; in years divisible by `every_years`.
    #[serde(rename_all = "camelCase")]
    Weekday {
        month: i8,
        nth: i8,
        day: Day,
        #[serde(default)]
        plus: i64,
        #[serde(default = "each")]
        every_years: i16,
    },
    /// So many days after Easter Sunday.
    Easter(i64),
}

fn each() -> i16 {
    1
}

static CALENDAR: LazyLock<Vec<Holiday>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    serde_json::from_str::<Calendar>(include_str!(concat!(env!("OUT_DIR"), "/holidays.json")))
        .expect("data/holidays.toml")
        .holiday
});

/// The federal holiday, or that of this state, on which a day falls or is observed.
pub fn holiday(day: Date, state: Jurisdiction) -> Option<&'static str> {
    CALENDAR
        .iter()
        .filter(|holiday| holiday.r#in == Jurisdiction::US || holiday.r#in == state)
        .find(|holiday| holiday.on.is_on(day))
        .map(|holiday| holiday.name.as_str())
}

impl On {
    /// Whether the holiday is, or is observed, on this day.
    fn is_on(&self, day: Date) -> bool {
        match self {
            Self::MondayAfter(month_day) => {
                let before = |days| day.checked_sub(Span::new().days(days)).ok();
                day.weekday() == Weekday::Monday
                    && [1, 2].into_iter().filter_map(before).any(|before| is_dated(before, month_day))
            }
            Self::Fixed(month_day) => {
                let falls_on = |day: Date| is_dated(day, month_day);
                // A Saturday's holiday is observed on the Friday before, a Sunday's on the Monday after (5 USC 6103(b)).
                let observed = match day.weekday() {
                    Weekday::Friday => day.checked_add(Span::new().days(1)).is_ok_and(falls_on),
                    Weekday::Monday => day.checked_sub(Span::new().days(1)).is_ok_and(falls_on),
                    Weekday::Tuesday
                    | Weekday::Wednesday
                    | Weekday::Thursday
                    | Weekday::Saturday
                    | Weekday::Sunday => false,
                };
                falls_on(day) || observed
            }
            Self::Weekday { month, nth, day: weekday, plus, every_years } => {
                let counted =
                    day.checked_sub(Span::new().days(*plus)).ok().filter(|day| day.month() == *month);
                let falls_on =
                    |day: Date| day.nth_weekday_of_month(*nth, (*weekday).into()).is_ok_and(|nth| nth == day);
                day.year() % every_years == 0 && counted.is_some_and(falls_on)
            }
            Self::Easter(after) => easter(day.year())
                .and_then(|easter| easter.checked_add(Span::new().days(*after)).ok())
                .is_some_and(|falls_on| falls_on == day),
        }
    }
}

/// Whether it is this day of the year, `MM-DD`.
fn is_dated(day: Date, month_day: &str) -> bool {
    let (month, of_month) = month_day.split_once('-').unwrap_or_default();
    month.parse() == Ok(day.month()) && of_month.parse() == Ok(day.day())
}

/// Easter Sunday by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?);
    (1583..=9998).contains(&year).then(|| date(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: &str, state: &str) -> Option<&'static str> {
        holiday(day.parse().unwrap(), Jurisdiction::parse(state).unwrap())
    }

    #[test]
    fn holidays_fall_where_the_calendar_says() {
        for (day, state, name) in [
            ("2026-01-19", "UT", Some("Martin Luther King Jr. Day")),
            ("2026-05-25", "UT", Some("Memorial Day")),
            ("2026-05-18", "UT", None),
            ("2026-11-26", "UT", Some("Thanksgiving Day")),
            ("2026-07-24", "UT", Some("Pioneer Day")),
            ("2026-07-24", "RI", None),
            ("2026-08-10", "RI", Some("Victory Day")),
            // Easter Sunday: 2026-04-05, 2027-03-28.
            ("2026-04-03", "LA", Some("Good Friday")),
            ("2026-02-17", "AL", Some("Mardi Gras")),
            ("2027-03-26", "PA", Some("Good Friday")),
            ("2027-03-26", "UT", None),
            // The Tuesday after the first Monday of November.
            ("2026-11-03", "LA", Some("Election Day")),
            ("2027-11-02", "LA", None),
            ("2026-11-03", "RI", Some("Election Day")),
            ("2027-11-02", "PA", Some("Election Day")),
            ("2022-11-08", "PA", Some("Election Day")), // the first Tuesday was the 1st
            ("2022-11-01", "PA", None),
            ("2026-11-27", "LA", Some("Acadian Day")),
            ("2026-08-15", "LA", None),
            ("2026-11-27", "PA", None),
            ("2026-11-27", "UT", None),
            ("2026-12-01", "AL", Some("Rosa Parks Day")),
        ] {
            assert_eq!(on(day, state), name, "{day} in {state}");
        }
    }

    #[test]
    fn a_holiday_on_a_weekend_also_closes_the_weekday_on_which_it_is_observed() {
        for (day, name) in [
            ("2026-07-04", Some("Independence Day")), // a Saturday
            ("2026-07-03", Some("Independence Day")),
            ("2026-07-05", None),
            ("2027-07-04", Some("Independence Day")), // a Sunday
            ("2027-07-05", Some("Independence Day")),
            ("2027-07-02", None),
            ("2021-12-31", Some("New Year's Day")), // for 2022-01-01, a Saturday
            ("2026-07-06", None),
        ] {
            assert_eq!(on(day, "UT"), name, "{day}");
        }
    }

    #[test]
    fn rhode_island_observes_four_holidays_on_the_monday_after_a_weekend() {
        // R.I. Gen. Laws 25-1-1
        for (day, name) in [
            ("2026-07-06", Some("Independence Day")), // for 2026-07-04, a Saturday
            ("2027-07-05", Some("Independence Day")), // for 2027-07-04, a Sunday
            ("2025-07-07", None),                     // 2025-07-04 was a Friday
            ("2027-12-27", Some("Christmas Day")),
            ("2028-01-03", Some("New Year's Day")),
            ("2028-11-13", Some("Veterans Day")),
            ("2027-06-21", None), // for Juneteenth, 2027-06-19, a Saturday
        ] {
            assert_eq!(on(day, "RI"), name, "{day}");
        }
    }
}
