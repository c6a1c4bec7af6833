//! Amounts, numbers and dates as the borrower's locale writes them: the filters of the document on
//! communications (000).
//!
//! Locale data is Unicode CLDR's, compiled in. What a filter is not told it takes from the context: the
//! locale from `locale`, the currency from `loan.currency` or `tenant.currency`, the zone from
//! `tenant.time_zone`.

mod conventions;
mod currency;
mod date;
mod number;
mod time;

use std::rc::Rc;

use self::conventions::Conventions;
pub use self::time::{day, moment, money, whole};
pub(crate) use self::{
    currency::currency,
    date::date,
    number::{number, percent},
};
use icu_locale::{Locale, LocaleCanonicalizer, LocaleExpander, TransformResult};
use minijinja::{Error, ErrorKind, State, UndefinedBehavior, Value};
use rust_decimal::Decimal;

use crate::values::{amount, described};

/// Used if neither the template nor the context names a locale.
const DEFAULT: &str = "en-US";

/// The conventions of a filter's locale: of its argument, else the context's, else [`DEFAULT`]. `en`, `en-US` and `en_US`
/// all do.
fn conventions(state: &State, argument: Option<Value>) -> Result<Rc<Conventions>, Error> {
    let named = argument.filter(given).or_else(|| state.lookup("locale").filter(given));
    let name = match &named {
        None => DEFAULT,
        Some(value) => value.as_str().ok_or_else(|| unknown(value))?,
    };
    Conventions::of(name, locale)
}

/// The locale of this name.
fn locale(name: &str) -> Result<Locale, Error> {
    let mut locale: Locale = name.replace('_', "-").parse().map_err(|_| unknown(&Value::from(name)))?;
    // Old codes are the new ones: tl is fil, iw is he.
    LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
    // A language without a likely script or region is one that Unicode does not know.
    let mut known = locale.id.language.into();
    match LocaleExpander::new_extended().maximize(&mut known) {
        TransformResult::Modified if date::has_names(&locale) => Ok(locale),
        // A language for which CLDR has no words is written as the one it names instead or the default is, not in its
        // codes for words.
        TransformResult::Modified => {
            let instead = if locale.id.language.as_str() == "ht" { "fr-HT" } else { DEFAULT };
            instead.parse().map_err(|_| unknown(&Value::from(name)))
        }
        TransformResult::Unmodified => Err(unknown(&Value::from(name))),
    }
}

/// What a table has for a locale, else for its script or its language: rows of locales, a tab, and the rest.
fn row<'t>(table: &'t str, locale: &Locale) -> Option<&'t str> {
    let mut likely = locale.id.clone();
    LocaleExpander::new_extended().maximize(&mut likely);
    let (language, script) =
        (likely.language, likely.script.map_or_else(String::new, |script| script.to_string()));
    let regional = locale
        .id
        .region
        .map(|region| [format!("{language}-{script}-{region}"), format!("{language}-{region}")]);
    let names = regional.into_iter().flatten().chain([format!("{language}-{script}"), language.to_string()]);
    let names: Vec<String> = names.collect();
    let rank = |listed: &str| names.iter().position(|name| name == listed);
    let rows = table.lines().filter_map(|row| row.split_once('\t'));
    let ranked = rows.filter_map(|(locales, rest)| Some((locales.split(' ').filter_map(rank).min()?, rest)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, rest)| rest)
}

fn unknown(name: &Value) -> Error {
    invalid(format!("{} is not a known locale; one is written like en-US", described(name)))
}

/// Whether a value says anything: it is there and not null.
fn given(value: &Value) -> bool {
    !value.is_undefined() && !value.is_none()
}

/// `context.{object}.{field}` if it is a text.
fn context_text(state: &State, object: &str, field: &str) -> Option<Value> {
    state.lookup(object)?.get_attr(field).ok().filter(|value| value.as_str().is_some())
}

/// The value a filter is to format: `None` if it is missing and may be.
///
/// # Errors
/// When it is missing and undefined variables are errors.
fn subject(state: &State, filter: &str, value: Option<Value>) -> Result<Option<Value>, Error> {
    let value = value.unwrap_or_default();
    if given(&value) {
        return Ok(Some(value));
    }
    match state.undefined_behavior() {
        UndefinedBehavior::Strict | UndefinedBehavior::SemiStrict => {
            Err(Error::new(ErrorKind::UndefinedError, format!("{filter} has nothing to format")))
        }
        _ => Ok(None),
    }
}

/// The number that a value is or spells.
fn decimal(filter: &str, value: &Value) -> Result<Decimal, Error> {
    amount::number(value)
        .or_else(|| domain::money::decimal(value.as_str()?.trim()))
        .ok_or_else(|| invalid(format!("{filter} needs a number, not {}", described(value))))
}

/// How many digits after the point a filter was told to write.
fn digits(filter: &str, argument: Option<Value>) -> Result<Option<i16>, Error> {
    let Some(value) = argument.filter(given) else { return Ok(None) };
    match value.as_usize().and_then(|digits| i16::try_from(digits).ok()) {
        Some(digits @ 0..=20) => Ok(Some(digits)),
        _ => Err(invalid(format!("{filter} writes 0 to 20 decimals, not {}", described(&value)))),
    }
}

/// As the locale library counts: digits, not binary.
fn fixed(number: Decimal) -> fixed_decimal::Decimal {
    let digits = number.mantissa().unsigned_abs();
    // Most amounts fit, and their digits are found many times faster.
    let mut fixed: fixed_decimal::Decimal =
        u64::try_from(digits).map_or_else(|_| digits.into(), fixed_decimal::Decimal::from);
    fixed.multiply_pow10(-i16::try_from(number.scale()).unwrap_or(0));
    if number.is_sign_negative() {
        fixed.sign = fixed_decimal::Sign::Negative;
    }
    fixed
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_what_its_digits_spell(digits in -(1_i128 << 96) + 1..1 << 96, fewer in 0..96_u32, scale in 0..=28_u32) {
            let mut number = Decimal::from_i128_with_scale(digits >> fewer, scale);
            prop_assert_eq!(fixed(number), number.to_string().parse().unwrap());
            number.set_sign_negative(true);
            prop_assert_eq!(fixed(number), number.to_string().parse().unwrap());
        }
    }
}
