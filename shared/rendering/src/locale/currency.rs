//! `{{ amount | currency(locale) }}`.

use icu_experimental::dimension::currency::{CurrencyType, formatter::CurrencyFormatter};
use minijinja::{Error, State, Value};

use super::{context_text, decimal, fixed, given, invalid, locale, subject};
use crate::values::bind;

/// Used where neither the filter, the loan nor the tenant names one.
const DEFAULT: &str = "USD";

/// The amount in the loan's currency, rounded half up to its minor unit: `$312.50`.
pub(crate) fn currency(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [amount, language, code] = bind("currency", ["amount", "locale", "currency"], arguments)?;
    let locale = locale(state, language)?;
    let code = match code.filter(given) {
        Some(code) => code.as_str().map(str::to_owned).ok_or_else(|| unknown(&code.to_string()))?,
        None => context_text(state, "loan", "currency")
            .or_else(|| context_text(state, "tenant", "currency"))
            .unwrap_or_else(|| DEFAULT.to_owned()),
    };
    let Some(amount) = subject(state, "currency", amount)? else { return Ok(Value::from("")) };
    let amount = fixed(decimal("currency", &amount)?)?;
    let unit = CurrencyType::try_from_str(&code).map_err(|_| unknown(&code))?;
    let formatter = CurrencyFormatter::try_new_symbol(locale.into(), unit, Default::default())
        .map_err(|_| invalid(format!("{code} cannot be formatted in this locale")))?;
    Ok(Value::from(formatter.format_fixed_decimal(&amount).to_string()))
}

fn unknown(code: &str) -> Error {
    invalid(format!("{code:?} is not a currency; one is written like USD"))
}
