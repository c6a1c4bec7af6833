//! `{{ value | number(locale) }}` and `{{ rate | percent(locale) }}`.

use fixed_decimal::{SignedRoundingMode, UnsignedRoundingMode};
use minijinja::{Error, State, Value};

use super::{conventions, decimal, digits, fixed, invalid, subject};
use crate::values::bind;

/// CLDR's standard patterns for numbers show up to three decimals. Rates do too, if CLDR would show
/// none: a rate of 6.125 % must not read 6 % (12 CFR 1026.22(a) tolerates an eighth of a point).
const MOST_DECIMALS: i16 = 3;

/// The number, grouped, with `decimals` digits after the point, else as many as it has up to three:
/// `1,234.5`.
pub(crate) fn number(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, language, decimals] = bind("number", ["value", "locale", "decimals"], arguments)?;
    let conventions = conventions(state, language)?;
    let decimals = digits("number", decimals)?;
    let Some(value) = subject(state, "number", value)? else { return Ok(Value::from("")) };
    let number = rounded(fixed(decimal("number", &value)?), decimals);
    let formatter = conventions
        .numbers()
        .ok_or_else(|| invalid("numbers cannot be formatted in this locale".to_owned()))?;
    Ok(Value::from(formatter.format(&number).to_string()))
}

/// The fraction as a percentage: 0.0599 is `5.99%`.
pub(crate) fn percent(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [rate, language, decimals] = bind("percent", ["rate", "locale", "decimals"], arguments)?;
    let conventions = conventions(state, language)?;
    let decimals = digits("percent", decimals)?;
    let Some(rate) = subject(state, "percent", rate)? else { return Ok(Value::from("")) };
    let mut number = fixed(decimal("percent", &rate)?);
    number.multiply_pow10(2);
    let number = rounded(number, decimals);
    let formatter = conventions
        .percentages()
        .ok_or_else(|| invalid("percentages cannot be formatted in this locale".to_owned()))?;
    Ok(Value::from(with_sign_of_digits(&formatter.format(&number).to_string())))
}

/// With the percent sign of the digits it stands behind (CLDR, symbols by numbering system), if the locale library takes
/// one of other digits.
fn with_sign_of_digits(written: &str) -> String {
    let Some((end, digit)) = written.char_indices().rfind(|(_, c)| c.is_numeric()) else {
        return written.to_owned();
    };
    let (number, sign) = written.split_at(end + digit.len_utf8());
    let own = match digit {
        '\u{660}'..='\u{669}' => "\u{66a}\u{61c}",
        '\u{6f0}'..='\u{6f9}' => "\u{66a}",
        _ => "%",
    };
    let is_other = sign.contains('\u{66a}') || own != "%" && sign.contains('%');
    if is_other { format!("{number}{own}") } else { written.to_owned() }
}

/// Rounded half up to `decimals` digits, or to as many as are needed and no more than [`MOST_DECIMALS`].
fn rounded(mut number: fixed_decimal::Decimal, decimals: Option<i16>) -> fixed_decimal::Decimal {
    let half_up = SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand);
    number.round_with_mode(-decimals.unwrap_or(MOST_DECIMALS), half_up);
    number.absolute.trim_end();
    number.absolute.trim_start();
    if let Some(decimals) = decimals {
        number.absolute.pad_end(-decimals);
    }
    number
}
