//! Whether values are equal, which comes first, and which can be keys.

use std::cmp::Ordering;

use minijinja::{
    Error, Value,
    value::{Tuple, ValueKind},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    amount,
    kinds::{defined, described, invalid, is_list, used},
    number::Number,
};
use crate::limits;

/// One comparison, by the operator's spelling.
pub(crate) fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, Error> {
    Ok(match operator {
        "==" => equal(left, right)?,
        "!=" => !equal(left, right)?,
        "in" => contains(right, left)?,
        "not in" => !contains(right, left)?,
        "<" => order(left, right)?.is_some_and(Ordering::is_lt),
        "<=" => order(left, right)?.is_some_and(Ordering::is_le),
        ">" => order(left, right)?.is_some_and(Ordering::is_gt),
        _ => order(left, right)?.is_some_and(Ordering::is_ge),
    })
}

/// Whether two values are equal: numbers by what they are, lists and objects by what they hold.
pub(crate) fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    limits::spend(0)?;
    used(left)?;
    used(right)?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.order(right) == Some(Ordering::Equal));
    }
    if left.is_tuple() != right.is_tuple() {
        return Ok(false);
    }
    Ok(match (left.kind(), right.kind()) {
        (ValueKind::Seq | ValueKind::Iterable, ValueKind::Seq | ValueKind::Iterable) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.try_iter()?.zip(right.try_iter()?) {
                if !equal(&left, &right)? {
                    return Ok(false);
                }
            }
            true
        }
        (ValueKind::Map, ValueKind::Map) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for key in left.try_iter()? {
                let other = right.get_item(&key)?;
                if other.is_undefined() || !equal(&left.get_item(&key)?, &other)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => left == right,
    })
}

/// The order of two values of one kind; `None` with NaN.
///
/// # Errors
/// When they have none, as numbers and texts.
pub(crate) fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    limits::spend(0)?;
    defined(&[left, right])?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.order(right));
    }
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => return Ok(Some(left.cmp(right))),
        (None, None) if is_list(left) && is_list(right) && left.is_tuple() == right.is_tuple() => {
            for (left, right) in left.try_iter()?.zip(right.try_iter()?) {
                if !equal(&left, &right)? {
                    return order(&left, &right);
                }
            }
            return Ok(Some(left.len().cmp(&right.len())));
        }
        _ => {}
    }
    Err(invalid(format!("{} and {} cannot be ordered", described(left), described(right))))
}

fn contains(container: &Value, item: &Value) -> Result<bool, Error> {
    used(container)?;
    if container.is_undefined() {
        return Ok(false);
    }
    if let Some(text) = container.as_str() {
        limits::spend(text.len())?;
        return match item.as_str() {
            Some(part) => Ok(text.contains(part)),
            None => Err(invalid(format!("only a text can be in a text, not {}", described(item)))),
        };
    }
    match container.kind() {
        ValueKind::Map => Ok(!container.get_item(&hashable(item)?)?.is_undefined()),
        ValueKind::Seq | ValueKind::Iterable => {
            for entry in container.try_iter()? {
                if equal(&entry, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Err(invalid(format!("nothing can be in {}", described(container)))),
    }
}

/// As in Python: lists and objects are no keys. A decimal that is whole finds what an integer finds.
pub(crate) fn hashable(key: &Value) -> Result<Value, Error> {
    used(key)?;
    if let Some(number) = amount::held(key).filter(Decimal::is_integer).and_then(|number| number.to_i128()) {
        return Ok(Number::Integer(number).value());
    }
    match key.kind() {
        ValueKind::Seq | ValueKind::Iterable if key.is_tuple() => {
            let entries = key.try_iter()?.map(|entry| hashable(&entry)).collect::<Result<Vec<_>, _>>()?;
            limits::spend_list(entries.len())?;
            Ok(Value::from(Tuple::from(entries)))
        }
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => {
            Err(invalid(format!("{} cannot be a key", described(key))))
        }
        _ => Ok(key.clone()),
    }
}
