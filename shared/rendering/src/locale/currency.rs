//! `{{ amount | currency(locale) }}`.

use icu_decimal::DecimalFormatter;
use icu_experimental::dimension::currency::{CurrencyType, formatter::CurrencyFormatter};
use icu_locale::Locale;
use minijinja::{Error, State, Value};
use writeable::Writeable;

use super::{context_text, conventions, decimal, fixed, given, invalid, row, subject};
use crate::values::bind;

/// Bytes that most amounts fit in.
const WRITTEN: usize = 32;
/// Used if neither the filter, the loan nor the tenant names one.
const DEFAULT: &str = "USD";

/// The amount in the loan's currency, rounded half up to its minor unit: `$312.50`.
pub(crate) fn currency(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [amount, language, code] = bind("currency", ["amount", "locale", "currency"], arguments)?;
    let conventions = conventions(state, language)?;
    let named = code
        .filter(given)
        .or_else(|| context_text(state, "loan", "currency"))
        .or_else(|| context_text(state, "tenant", "currency"));
    let code = match &named {
        None => DEFAULT,
        Some(code) => code.as_str().ok_or_else(|| unknown(&code.to_string()))?,
    };
    let Some(amount) = subject(state, "currency", amount)? else { return Ok(Value::from("")) };
    let amount = fixed(decimal("currency", &amount)?);
    Ok(Value::from(conventions.amounts(code)?.written(&amount)))
}

/// How a locale writes amounts in one currency.
pub(super) struct Amounts {
    formatter: CurrencyFormatter<DecimalFormatter>,
    /// What the formatter writes for the currency, and the code that the locale has for it.
    instead: Option<(&'static str, String)>,
    /// A sign between digits, and that of amounts.
    signs: Option<(char, char)>,
}

impl Amounts {
    pub(super) fn of(locale: &Locale, code: &str) -> Result<Self, Error> {
        let unit = CurrencyType::try_from_str(code).map_err(|_| unknown(code))?;
        let formatter = CurrencyFormatter::try_new_symbol(locale.clone().into(), unit, Default::default())
            .map_err(|_| invalid(format!("{code} cannot be formatted in this locale")))?;
        let symbol = SYMBOLS.iter().find(|(known, _)| *known == code).map(|(_, symbol)| *symbol);
        let instead = symbol.filter(|_| is_written_as_code(locale, code));
        Ok(Self { formatter, instead: instead.map(|symbol| (symbol, code.to_owned())), signs: signs(locale) })
    }

    pub(super) fn written(&self, amount: &fixed_decimal::Decimal) -> String {
        let mut written = String::with_capacity(WRITTEN);
        // Writing to a string cannot fail.
        let _ = self.formatter.format_fixed_decimal(amount).write_to(&mut written);
        if let Some((symbol, code)) = &self.instead {
            written = written.replacen(symbol, code, 1);
        }
        if let Some((sign, own)) = self.signs {
            written = signed(&written, sign, own);
        }
        spaced(written)
    }
}

/// What stands for a currency if a language has no symbol of its own for it (CLDR, root).
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
    row(include_str!("codes.tsv"), locale).is_some_and(|codes| codes.split(' ').any(|listed| listed == code))
}

/// Where a sign between digits is another in amounts of money than in other numbers (CLDR, currencyGroup and
/// currencyDecimal), which the locale library does not know: language, region, the sign of numbers and that of amounts.
const SIGNS_OF_AMOUNTS: [(&str, &str, char, char); 2] = [("de", "AT", '\u{a0}', '.'), ("fr", "CH", ',', '.')];

/// The sign that a locale has otherwise in amounts, and that of amounts.
fn signs(locale: &Locale) -> Option<(char, char)> {
    let region = locale.id.region?;
    let is_locale =
        |known: &str, place: &str| locale.id.language.as_str() == known && region.as_str() == place;
    let (.., sign, own) = SIGNS_OF_AMOUNTS.iter().find(|(known, place, ..)| is_locale(known, place))?;
    Some((*sign, *own))
}

/// With another sign between digits.
fn signed(written: &str, sign: char, own: char) -> String {
    let mut characters = written.chars().peekable();
    let mut signed = String::with_capacity(written.len());
    let mut is_after_digit = false;
    while let Some(c) = characters.next() {
        let is_between = is_after_digit && characters.peek().is_some_and(char::is_ascii_digit);
        signed.push(if c == sign && is_between { own } else { c });
        is_after_digit = c.is_ascii_digit();
    }
    signed
}

/// With a no-break space between a currency's letters and the digits beside them (UTS 35, currency spacing): `USD 5.00`.
fn spaced(mut written: String) -> String {
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some(c) = written[at..].chars().next() {
        let meets = |before: char| {
            before.is_alphabetic() && c.is_numeric() || before.is_numeric() && c.is_alphabetic()
        };
        if before.is_some_and(meets) {
            written.insert(at, '\u{a0}');
            at += '\u{a0}'.len_utf8();
        }
        at += c.len_utf8();
        before = Some(c);
    }
    written
}

fn unknown(code: &str) -> Error {
    invalid(format!("{code:?} is not a currency; one is written like USD"))
}
