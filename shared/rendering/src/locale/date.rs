//! `{{ due_date | date(locale) }}`.

use std::{
    borrow::Cow,
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

use super::{context_text, given, invalid, locale, row, subject};
use crate::values::{bind, described};

/// The date in words or digits. `style` is `short`, `medium`, `long` (the default: `January 15, 2026`) or
/// `full` (with the day of the week). An instant is shown as the date it is in `time_zone`, else in the
/// tenant's zone.
pub(crate) fn date(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, language, style, zone] = bind("date", ["date", "locale", "style", "time_zone"], arguments)?;
    let locale = locale(state, language)?;
    let style = style.filter(given).map_or(Ok(Style::Long), |style| Style::named(&style))?;
    let zone = match zone.filter(given) {
        Some(name) => Some(name.as_str().map(str::to_owned).ok_or_else(|| unknown_zone(&name.to_string()))?),
        None => context_text(state, "tenant", "time_zone"),
    };
    let Some(value) = subject(state, "date", value)? else { return Ok(Value::from("")) };
    let date = value
        .as_str()
        .and_then(|text| read(text.trim(), zone.as_deref()).transpose())
        .transpose()?
        .ok_or_else(|| invalid(format!("date needs a date such as 2026-01-15, not {}", described(&value))))?;
    written(date, locale, style)
        .map(Value::from)
        .ok_or_else(|| invalid(format!("{date} cannot be formatted in this locale")))
}

#[derive(Clone, Copy)]
enum Style {
    Short,
    Medium,
    Long,
    Full,
}

impl Style {
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

/// An ISO 8601 date, date-time or instant; `None` if the text is none.
fn read(text: &str, zone: Option<&str>) -> Result<Option<civil::Date>, Error> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        let zone =
            zone.map_or(Ok(TimeZone::UTC), |name| TimeZone::get(name).map_err(|_| unknown_zone(name)))?;
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
    let name = written(civil::date(2026, 1, 15), bare.into(), Style::Long);
    let named = name.is_some_and(|name| !name.contains("M01"));
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(written_in, named);
    named
}

/// CLDR's patterns for dates in the languages that have their own: locales, then one for each style. The formatter of the
/// locale library composes a date from the fields asked for, and `15. jaanuar 2026` comes out as `15 jaanuar 2026`.
const PATTERNS: &str = include_str!("dates.tsv");
/// Those of all other languages (CLDR, root).
const ROOT: &str = "y-MM-dd\ty MMM d\ty MMMM d\ty MMMM d, EEEE";

fn written(date: civil::Date, locale: Locale, style: Style) -> Option<String> {
    let day = input::Date::try_new_gregorian(
        date.year().into(),
        date.month().cast_unsigned(),
        date.day().cast_unsigned(),
    )
    .ok()?;
    let written = row(PATTERNS, &locale).unwrap_or(ROOT).split('\t').nth(style as usize)?;
    let pattern: DateTimePattern = written.parse().ok()?;
    let mut names = FixedCalendarDateTimeNames::<Gregorian, DateFieldSet>::try_new(locale.into()).ok()?;
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
    let formatter = names.with_pattern_unchecked(&pattern);
    formatter.format(&day).try_write_to_string().ok().map(Cow::into_owned)
}

/// The length of the names that a pattern has, of those from the longest to the shortest.
fn longest<T, const N: usize>(pattern: &str, lengths: [(&str, T); N]) -> Option<T> {
    lengths.into_iter().find(|(symbols, _)| pattern.contains(symbols)).map(|(_, length)| length)
}
