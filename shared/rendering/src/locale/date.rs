//! `{{ due_date | date(locale) }}`.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use icu_calendar::Gregorian;
use icu_datetime::{
    fieldsets::enums::DateFieldSet,
    input,
    pattern::{
        DateTimePattern, FixedCalendarDateTimeNames, MonthNameLength, WeekdayNameLength, YearNameLength,
    },
};
use icu_locale::{
    LanguageIdentifier, Locale,
    subtags::{Language, Script},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use minijinja::{Error, State, Value};
use writeable::TryWriteable;

use super::{context_text, conventions, given, invalid, row, subject};
use crate::values::{bind, described};

/// The date in words or digits. `style` is `short`, `medium`, `long` (the default: `January 15, 2026`) or
/// `full` (with the day of the week). An instant is shown as the date it is in `time_zone`, else in the
/// tenant's zone.
pub(crate) fn date(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, language, style, zone] = bind("date", ["date", "locale", "style", "time_zone"], arguments)?;
    let conventions = conventions(state, language)?;
    let style = style.filter(given).map_or(Ok(Style::Long), |style| Style::named(&style))?;
    let zone = match zone.filter(given) {
        Some(name) if name.as_str().is_none() => return Err(unknown_zone(&name.to_string())),
        named => named,
    };
    let Some(value) = subject(state, "date", value)? else { return Ok(Value::from("")) };
    let zone = || zone.clone().or_else(|| context_text(state, "tenant", "time_zone"));
    let date =
        value.as_str().and_then(|text| read(text.trim(), zone).transpose()).transpose()?.ok_or_else(
            || invalid(format!("date needs a date such as 2026-01-15, not {}", described(&value))),
        )?;
    conventions
        .dates(style)
        .and_then(|dates| dates.written(date))
        .map(Value::from)
        .ok_or_else(|| invalid(format!("{date} cannot be formatted in this locale")))
}

/// How much of a date is written, in the order of [`PATTERNS`].
#[derive(Clone, Copy)]
pub(super) enum Style {
    Short,
    Medium,
    Long,
    Full,
}

impl Style {
    pub(super) const COUNT: usize = 4;

    fn named(name: &Value) -> Result<Self, Error> {
        match name.as_str() {
            Some("short") => Ok(Self::Short),
            Some("medium") => Ok(Self::Medium),
            Some("long") => Ok(Self::Long),
            Some("full") => Ok(Self::Full),
            _ => Err(invalid(format!(
                "date has the styles short, medium, long and full, not {}",
                described(name)
            ))),
        }
    }
}

/// An ISO 8601 date, date-time or instant, which is shown in a zone; `None` if the text is none.
fn read(text: &str, zone: impl FnOnce() -> Option<Value>) -> Result<Option<civil::Date>, Error> {
    // What is no longer than `2026-01-15` has no time.
    if text.len() > 10
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        let named = zone();
        let zone = match named.as_ref().and_then(Value::as_str) {
            Some(name) => TimeZone::get(name).map_err(|_| unknown_zone(name))?,
            None => TimeZone::UTC,
        };
        return Ok(Some(instant.to_zoned(zone).date()));
    }
    Ok(text.parse().ok())
}

fn unknown_zone(name: &str) -> Error {
    invalid(format!("{name:?} is not a time zone; one is written like America/New_York"))
}

/// Whether CLDR has names of months in a language as a script writes it. Looked up once for each, since making a
/// formatter takes long.
pub(super) fn has_names(locale: &Locale) -> bool {
    static KNOWN: RwLock<BTreeMap<(Language, Option<Script>), bool>> = RwLock::new(BTreeMap::new());
    let written_in = (locale.id.language, locale.id.script);
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&written_in) {
        return *known;
    }
    // What has no name is written as its code.
    let (language, script) = written_in;
    let bare = LanguageIdentifier::from((language, script, None));
    let name = Dates::of(&bare.into(), Style::Long).and_then(|dates| dates.written(civil::date(2026, 1, 15)));
    let named = name.is_some_and(|name| !name.contains("M01"));
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(written_in, named);
    named
}

/// CLDR's patterns for dates in the languages that have their own: locales, then one for each style. The formatter of the
/// locale library composes a date from the fields asked for, and `15. jaanuar 2026` comes out as `15 jaanuar 2026`.
const PATTERNS: &str = include_str!("dates.tsv");
/// Those of all other languages (CLDR, root).
const ROOT: &str = "y-MM-dd\ty MMM d\ty MMMM d\ty MMMM d, EEEE";

/// Bytes that most dates fit in.
const WRITTEN: usize = 32;

/// How a locale writes dates in one style.
pub(super) struct Dates {
    pattern: DateTimePattern,
    names: FixedCalendarDateTimeNames<Gregorian, DateFieldSet>,
}

impl Dates {
    pub(super) fn of(locale: &Locale, style: Style) -> Option<Self> {
        let written = row(PATTERNS, locale).unwrap_or(ROOT).split('\t').nth(style as usize)?;
        let pattern: DateTimePattern = written.parse().ok()?;
        let mut names =
            FixedCalendarDateTimeNames::<Gregorian, DateFieldSet>::try_new(locale.clone().into()).ok()?;
        let months = [
            ("MMMM", MonthNameLength::Wide),
            ("MMM", MonthNameLength::Abbreviated),
            ("M", MonthNameLength::Numeric),
        ];
        if let Some(length) = longest(written, months) {
            names.include_month_names(length).ok()?;
        }
        let weekdays = [
            ("EEEE", WeekdayNameLength::Wide),
            ("cccc", WeekdayNameLength::StandaloneWide),
            ("EEE", WeekdayNameLength::Abbreviated),
        ];
        if let Some(length) = longest(written, weekdays) {
            names.include_weekday_names(length).ok()?;
        }
        if written.contains('G') {
            names.include_year_names(YearNameLength::Abbreviated).ok()?;
        }
        Some(Self { pattern, names })
    }

    pub(super) fn written(&self, date: civil::Date) -> Option<String> {
        let day = input::Date::try_new_gregorian(
            date.year().into(),
            date.month().cast_unsigned(),
            date.day().cast_unsigned(),
        )
        .ok()?;
        let mut written = String::with_capacity(WRITTEN);
        let formatter = self.names.with_pattern_unchecked(&self.pattern);
        formatter.format(&day).try_write_to(&mut written).ok()?.ok()?;
        Some(written)
    }
}

/// The length of the names that a pattern has, of those from the longest to the shortest.
fn longest<T, const N: usize>(pattern: &str, lengths: [(&str, T); N]) -> Option<T> {
    lengths.into_iter().find(|(symbols, _)| pattern.contains(symbols)).map(|(_, length)| length)
}
