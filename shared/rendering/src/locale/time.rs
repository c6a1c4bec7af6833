//! Instants, days, numbers and amounts as people of a locale read them, for pages of ours.

use icu_datetime::{NoCalendarFormatter, fieldsets, input};
use icu_locale::Locale;
use jiff::{Timestamp, civil, tz::TimeZone};

use super::{conventions::Conventions, date::Style, locale};

/// An instant by the clock of a zone: `Jan 5, 2026, 9:00 AM CST`. In the digits of RFC 3339, if the locale is not known.
pub fn moment(at: Timestamp, zone: &TimeZone, name: &str) -> String {
    let zoned = at.to_zoned(zone.clone());
    let zone = zoned.strftime("%Z").to_string();
    match (day(zoned.date(), name), clock(zoned.time(), name)) {
        (Some(day), Some(clock)) => format!("{day}, {clock} {zone}"),
        _ => at.to_string(),
    }
}

/// A day: `Jan 5, 2026`.
pub fn day(date: civil::Date, name: &str) -> Option<String> {
    Conventions::of(name, locale).ok()?.dates(Style::Medium)?.written(date)
}

/// A time of day: `9:00 AM`.
fn clock(time: civil::Time, name: &str) -> Option<String> {
    let locale: Locale = name.parse().ok()?;
    let formatter = NoCalendarFormatter::try_new(locale.into(), fieldsets::T::hm()).ok()?;
    let time = input::Time::try_new(
        time.hour().cast_unsigned(),
        time.minute().cast_unsigned(),
        time.second().cast_unsigned(),
        0,
    )
    .ok()?;
    Some(formatter.format(&time).to_string())
}

/// A whole number, grouped: `12,345`.
pub fn whole(number: i64, name: &str) -> String {
    let formatted = Conventions::of(name, locale)
        .ok()
        .and_then(|known| Some(known.numbers()?.format(&fixed_decimal::Decimal::from(number)).to_string()));
    formatted.unwrap_or_else(|| number.to_string())
}

/// An amount in a currency: `$1,234.50`. Nothing if it is no number, or the currency is not known.
pub fn money(amount: &str, currency: &str, name: &str) -> Option<String> {
    let amount: fixed_decimal::Decimal = amount.parse().ok()?;
    Some(Conventions::of(name, locale).ok()?.amounts(currency).ok()?.written(&amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_officers_read_is_written_as_they_write_it() {
        let at: Timestamp = "2026-01-05T15:00:00Z".parse().unwrap();
        let chicago = TimeZone::get("America/Chicago").unwrap();
        for (name, written, number) in [
            ("en-US", "Jan 5, 2026, 9:00\u{202f}AM CST", "12,345"),
            ("es-US", "5 ene 2026, 9:00\u{202f}a.m. CST", "12,345"),
        ] {
            assert_eq!(moment(at, &chicago, name), written);
            assert_eq!(whole(12_345, name), number);
            assert_eq!(money("1234.5", "USD", name).unwrap(), "$1,234.50");
        }
        assert_eq!(moment(at, &chicago, "?"), "2026-01-05T15:00:00Z");
    }
}
