//! `{{ amount | currency(locale) }}`.

use icu_experimental::dimension::currency::{CurrencyType, formatter::CurrencyFormatter};
use icu_locale::Locale;
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
    let written_as_code = is_written_as_code(&locale, &code);
    let formatter = CurrencyFormatter::try_new_symbol(locale.into(), unit, Default::default())
        .map_err(|_| invalid(format!("{code} cannot be formatted in this locale")))?;
    let written = formatter.format_fixed_decimal(&amount).to_string();
    Ok(Value::from(match SYMBOLS.iter().find(|(known, _)| written_as_code && *known == code) {
        Some((_, symbol)) => written.replacen(symbol, &code, 1),
        None => written,
    }))
}

/// What stands for a currency where a language has no symbol of its own for it (CLDR, root).
const SYMBOLS: [(&str, &str); 21] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "JP¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("PHP", "₱"),
    ("TWD", "NT$"),
    ("USD", "US$"),
    ("VND", "₫"),
    ("XAF", "FCFA"),
    ("XCD", "EC$"),
    ("XOF", "F\u{202f}CFA"),
    ("XPF", "CFPF"),
];

/// Whether CLDR has a currency's code for its symbol in a locale: USD in Mexico. The locale library drops such a symbol
/// and takes the one in [`SYMBOLS`]. `codes.tsv` has locales and their currencies; a region not listed is as its language.
fn is_written_as_code(locale: &Locale, code: &str) -> bool {
    let row = |name: &str| {
        let rows = include_str!("codes.tsv").lines().filter_map(|row| row.split_once('\t'));
        rows.filter(|(locales, _)| locales.split(' ').any(|listed| listed == name))
            .map(|(_, codes)| codes)
            .next()
    };
    let language = locale.id.language.as_str();
    let regional = locale.id.region.and_then(|region| row(&format!("{language}-{region}")));
    regional.or_else(|| row(language)).is_some_and(|codes| codes.split(' ').any(|listed| listed == code))
}

fn unknown(code: &str) -> Error {
    invalid(format!("{code:?} is not a currency; one is written like USD"))
}
