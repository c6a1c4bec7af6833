//! Decimal numbers inside templates: what the lender sent, digit for digit, and exact to calculate with.

use std::{cmp::Ordering, fmt, sync::Arc};

use minijinja::{
    Value,
    value::{DynObject, Object, ObjectRepr},
};
use rust_decimal::Decimal;

/// A decimal number as a template value. Prints with the digits it came with: `312.50`, not `312.5`.
#[derive(Clone, Copy)]
pub(crate) struct Amount(pub Decimal);

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Object for Amount {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A decimal as a template value.
pub(crate) fn value(decimal: Decimal) -> Value {
    Value::from_object(Amount(decimal))
}

/// The decimal that this value holds as one: neither an integer nor a text counts.
pub(crate) fn held(value: &Value) -> Option<Decimal> {
    value.downcast_object_ref::<Amount>().map(|amount| amount.0)
}

/// The number that this value is, exactly: a decimal, an integer, or a fraction written in the template.
///
/// A fraction such as `1.05` is held by the engine in binary; its shortest decimal spelling is what the
/// author wrote.
pub(crate) fn number(value: &Value) -> Option<Decimal> {
    if let Some(decimal) = held(value) {
        return Some(decimal);
    }
    if !value.is_number() {
        return None;
    }
    if value.is_integer() {
        return Decimal::try_from_i128_with_scale(i128::try_from(value.clone()).ok()?, 0).ok();
    }
    parse(&f64::try_from(value.clone()).ok()?.to_string())
}

/// The number that these digits spell exactly, if it has at most 28 of them. Of a text that is to be a number, see
/// [`domain::money::decimal`].
pub(crate) fn parse(digits: &str) -> Option<Decimal> {
    Decimal::from_str_exact(digits).ok().or_else(|| Decimal::from_scientific(digits).ok())
}
