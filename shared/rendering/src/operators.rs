//! What the functions do that [`crate::rewrite`] puts in place of operators.
//!
//! As in Python, with three differences: decimals of the context are exact and stay so, whatever grows is bounded,
//! and integers end at 128 bits.

use std::cmp::Ordering;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value,
    value::{Rest, Tuple, ValueKind, ValueOrKwargs},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{amount, filters::entries, growing, limits, rewrite, text};

/// Adds the functions.
pub(crate) fn register(environment: &mut Environment<'static>) {
    let mut add = |name, function: Function| {
        environment.add_function(name, move |state: &mut State, operands: Rest<ValueOrKwargs>| {
            function(state, &operands.into_values())
        });
    };
    add(rewrite::COMPARE, compare_chain);
    add(rewrite::CALCULATE, calculate_chain);
    add(rewrite::CONCATENATE, concatenate);
    add(rewrite::NEGATE, negate);
    add(rewrite::SLICE, slice);
    add(rewrite::SPEND, spend);
    add(rewrite::INCLUDED, included);
    add(rewrite::BOUNDED, bounded);
    add(rewrite::KEY, key);
    add(rewrite::EACH, each);
    add(rewrite::GROWING, grow);
}

type Function = fn(&mut State, &[Value]) -> Result<Value, Error>;

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn strict(state: &State) -> bool {
    matches!(state.undefined_behavior(), UndefinedBehavior::Strict | UndefinedBehavior::SemiStrict)
}

/// Refuses undefined operands: always in arithmetic, elsewhere where the render is strict.
fn defined(operands: &[&Value]) -> Result<(), Error> {
    if operands.iter().any(|operand| operand.is_undefined()) {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    Ok(())
}

/// `a < b <= c`, with the operators between the operands.
fn compare_chain(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    limits::spend(0)?;
    let mut pairs = arguments.windows(3).step_by(2);
    let holds = pairs.try_fold(true, |holds, pair| {
        let [left, operator, right] = pair else { return Ok(holds) };
        if strict(state) {
            defined(&[left, right])?;
        }
        Ok::<_, Error>(holds && compare(left, operator.as_str().unwrap_or_default(), right)?)
    })?;
    Ok(Value::from(holds))
}

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
        (None, None) if is_list(left) && is_list(right) => {
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

/// Operands with operators between them, from the left.
fn calculate_chain(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let (first, rest) = arguments.split_first().ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
    rest.chunks(2).try_fold(first.clone(), |left, step| match step {
        [operator, right] => calculate(&left, operator.as_str().unwrap_or_default(), right),
        _ => Ok(left),
    })
}

/// One operation, by the operator's spelling.
pub(crate) fn calculate(left: &Value, operator: &str, right: &Value) -> Result<Value, Error> {
    limits::spend(0)?;
    if let ("%", Some(format)) = (operator, left.as_str()) {
        let arguments: Vec<_> = if right.is_tuple() { right.try_iter()?.collect() } else { vec![right.clone()] };
        return text::printf(format, left.is_safe(), &arguments);
    }
    defined(&[left, right])?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return left.calculate(operator, right);
    }
    match (operator, left.as_str(), right.as_str()) {
        ("+", Some(_), Some(_)) => text::join(&Value::from(""), &[left.clone(), right.clone()], true),
        ("+", None, None) if is_list(left) && is_list(right) && left.is_tuple() == right.is_tuple() => {
            limits::spend_list(left.len().unwrap_or(0).saturating_add(right.len().unwrap_or(0)))?;
            list_like(left, left.try_iter()?.chain(right.try_iter()?))
        }
        ("*", Some(_), None) => repeat(left, right),
        ("*", None, Some(_)) => repeat(right, left),
        ("*", None, None) if is_list(left) => repeat(left, right),
        ("*", None, None) if is_list(right) => repeat(right, left),
        _ => Err(invalid(format!("{} {operator} {} cannot be calculated", described(left), described(right)))),
    }
}

fn repeat(value: &Value, times: &Value) -> Result<Value, Error> {
    let Some(Number::Integer(times)) = Number::of(times) else {
        return Err(invalid(format!("{} cannot be repeated {} times", described(value), described(times))));
    };
    // Past what any limit allows, more makes no difference.
    let times = usize::try_from(times.clamp(0, 1 << 40)).unwrap_or(0);
    if let Some(text) = value.as_str() {
        limits::spend_string(text.len().saturating_mul(times))?;
        let repeated = text.repeat(times);
        return Ok(if value.is_safe() { Value::from_safe_string(repeated) } else { Value::from(repeated) });
    }
    let entries: Vec<_> = value.try_iter()?.collect();
    limits::spend_list(entries.len().saturating_mul(times))?;
    list_like(value, std::iter::repeat_n(entries, times).flatten())
}

/// A list of entries of the pattern's sort: a tuple, one that can grow, or a plain one.
fn list_like(pattern: &Value, entries: impl Iterator<Item = Value>) -> Result<Value, Error> {
    let mut list = Vec::new();
    for entry in entries {
        list.push(entry);
    }
    Ok(match pattern {
        _ if pattern.is_tuple() => Value::from(Tuple::from(list)),
        _ if growing::is_list(pattern) => growing::list(list),
        _ => Value::from(list),
    })
}

/// `a ~ b ~ c`: everything as text.
fn concatenate(state: &mut State, operands: &[Value]) -> Result<Value, Error> {
    if strict(state) {
        defined(&operands.iter().collect::<Vec<_>>())?;
    }
    text::join(&Value::from(""), operands, *state.auto_escape() != AutoEscape::None)
}

fn negate(_: &mut State, operands: &[Value]) -> Result<Value, Error> {
    let [operand] = operands else { return Err(Error::from(ErrorKind::MissingArgument)) };
    defined(&[operand])?;
    match Number::of(operand) {
        Some(Number::Integer(number)) => number.checked_neg().map(integer).ok_or_else(overflow),
        Some(Number::Decimal(number)) => Ok(amount::value(-number)),
        Some(Number::Binary(number)) => Ok(Value::from(-number)),
        None => Err(invalid(format!("{} has no negative", described(operand)))),
    }
}

/// `value[start:stop:step]` with Python's rules.
fn slice(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, bounds @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    if strict(state) {
        defined(&[value])?;
    }
    let bound = |index: usize| match bounds.get(index) {
        None => Ok(None),
        Some(bound) if bound.is_none() => Ok(None),
        Some(bound) => bound.as_i64().map(Some).ok_or_else(|| invalid("a slice goes from and to whole numbers")),
    };
    let (start, stop, step) = (bound(0)?, bound(1)?, bound(2)?.unwrap_or(1));
    if step == 0 {
        return Err(invalid("a slice cannot take steps of 0"));
    }
    if let Some(text) = value.as_str() {
        limits::spend_string(text.len())?;
        let characters: Vec<char> = text.chars().collect();
        let cut: String = indices(characters.len(), start, stop, step).map(|index| characters[index]).collect();
        return Ok(if value.is_safe() { Value::from_safe_string(cut) } else { Value::from(cut) });
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Value::from(Vec::<Value>::new())),
        ValueKind::Seq | ValueKind::Iterable => {
            let entries: Vec<_> = value.try_iter()?.collect();
            limits::spend_list(entries.len())?;
            list_like(value, indices(entries.len(), start, stop, step).map(|index| entries[index].clone()))
        }
        _ => Err(invalid(format!("{} cannot be sliced", described(value)))),
    }
}

fn indices(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let place = |bound: Option<i64>, default: i64| {
        let from_end = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
        bound.map_or(default, |bound| from_end(bound).clamp(lowest, highest))
    };
    let (mut at, end) =
        if step > 0 { (place(start, lowest), place(stop, highest)) } else { (place(start, highest), place(stop, lowest)) };
    std::iter::from_fn(move || {
        let within = if step > 0 { at < end } else { at > end };
        let index = usize::try_from(at).ok().filter(|_| within)?;
        at = at.saturating_add(step);
        Some(index)
    })
}

/// A pass of a loop, or a call of a macro, with so many bytes of text in it.
fn spend(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    limits::spend(arguments.first().and_then(Value::as_usize).unwrap_or(0))?;
    Ok(Value::from(()))
}

/// What a loop is about to go through.
fn each(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let value = arguments.first().cloned().unwrap_or_default();
    limits::spend(0)?;
    match value.kind() {
        ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::Plain => {
            Err(invalid(format!("a loop cannot go through {}", described(&value))))
        }
        _ => Ok(value),
    }
}

/// A list or object written in a template that adds to lists or objects.
fn grow(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let value = arguments.first().cloned().unwrap_or_default();
    Ok(if value.kind() == ValueKind::Map { growing::object(value) } else { growing::list(entries(&value)?) })
}

/// The name of a template about to be included, whose text is counted.
fn included(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let name = arguments.first().cloned().unwrap_or_default();
    if let Some(template) = name.as_str().and_then(|name| state.get_template(name).ok()) {
        limits::spend(template.source().len())?;
    } else {
        limits::spend(limits::SOURCE)?;
    }
    Ok(name)
}

/// A value about to be kept in a namespace, where it could come to contain itself, or compared by the engine, which
/// would not notice when lists of lists of lists take too long.
fn bounded(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let value = arguments.first().cloned().unwrap_or_default();
    visit(&value, 0)?;
    Ok(value)
}

fn visit(value: &Value, depth: usize) -> Result<(), Error> {
    let Some(object) = value.as_object() else { return Ok(()) };
    limits::spend(0)?;
    if depth > limits::CONTEXT_DEPTH {
        return Err(limits::exceeded("the template nests lists too deeply"));
    }
    if object.type_name().ends_with("Namespace") {
        return Err(invalid("a namespace cannot be kept in a namespace"));
    }
    match value.kind() {
        ValueKind::Map => object.try_iter_pairs().into_iter().flatten().try_for_each(|(_, entry)| visit(&entry, depth + 1)),
        ValueKind::Seq | ValueKind::Iterable => {
            object.try_iter().into_iter().flatten().try_for_each(|entry| visit(&entry, depth + 1))
        }
        _ => Ok(()),
    }
}

/// A value about to be looked up in an object, or to become a name in one.
fn key(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    hashable(&arguments.first().cloned().unwrap_or_default())
}

/// As in Python: lists and objects are no keys. A decimal that is whole finds what an integer finds.
pub(crate) fn hashable(key: &Value) -> Result<Value, Error> {
    if let Some(number) = amount::held(key).filter(Decimal::is_integer).and_then(|number| number.to_i128()) {
        return Ok(integer(number));
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

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// A value in a message: what it is, and which if that is short.
pub(crate) fn described(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined => "an undefined value".to_owned(),
        ValueKind::None => "none".to_owned(),
        ValueKind::Bool | ValueKind::Number => value.to_string(),
        ValueKind::String => match value.as_str() {
            Some(text) if text.chars().count() <= 40 => format!("{text:?}"),
            _ => "a text".to_owned(),
        },
        ValueKind::Seq | ValueKind::Iterable => "a list".to_owned(),
        ValueKind::Map => "an object".to_owned(),
        _ => amount::held(value).map_or_else(|| "this value".to_owned(), |number| number.to_string()),
    }
}

/// A number of a template: exact where the lender's or a whole one, binary where the template says so.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i128),
    Decimal(Decimal),
    Binary(f64),
}

impl Number {
    /// The number a value is; truth values are 0 and 1, as in Python.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        if let Some(number) = amount::held(value) {
            return Some(Self::Decimal(number));
        }
        match value.kind() {
            ValueKind::Bool => Some(Self::Integer(i128::from(value.is_true()))),
            ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok().map(Self::Integer),
            ValueKind::Number => f64::try_from(value.clone()).ok().map(Self::Binary),
            _ => None,
        }
    }

    pub(crate) fn value(self) -> Value {
        match self {
            Self::Integer(number) => integer(number),
            Self::Decimal(number) => amount::value(number),
            Self::Binary(number) => Value::from(number),
        }
    }

    /// Its decimal digits; those of a binary number are the shortest that spell it.
    fn exact(self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Decimal::try_from_i128_with_scale(number, 0).ok(),
            Self::Decimal(number) => Some(number),
            Self::Binary(number) => amount::parse(&number.to_string()),
        }
    }

    fn binary(self) -> f64 {
        match self {
            // Beyond 53 bits this rounds, as Python does.
            Self::Integer(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Decimal(number) => number.to_f64().unwrap_or(f64::NAN),
            Self::Binary(number) => number,
        }
    }

    pub(crate) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(&right)),
            _ => match (self.exact(), other.exact()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => self.binary().partial_cmp(&other.binary()),
            },
        }
    }

    fn calculate(self, operator: &str, other: Self) -> Result<Value, Error> {
        let zero = matches!(other.exact(), Some(number) if number.is_zero());
        if zero && matches!(operator, "/" | "//" | "%") {
            return Err(invalid("nothing can be divided by zero"));
        }
        match (self, other) {
            // As in Python, the quotient of integers is a fraction.
            (Self::Integer(_), Self::Integer(_)) if operator == "/" => Ok(Value::from(self.binary() / other.binary())),
            (Self::Integer(left), Self::Integer(right)) => whole(left, operator, right),
            (Self::Decimal(_), _) | (_, Self::Decimal(_)) => match (self.exact(), other.exact()) {
                (Some(left), Some(right)) => decimal(left, operator, right),
                _ => Err(overflow()),
            },
            _ => Ok(Value::from(binary(self.binary(), operator, other.binary()))),
        }
    }
}

fn overflow() -> Error {
    invalid("the result has more digits than a number can have")
}

fn integer(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number), Value::from)
}

fn whole(left: i128, operator: &str, right: i128) -> Result<Value, Error> {
    let floor = |left: i128| {
        let (quotient, remainder) = (left.checked_div(right)?, left.checked_rem(right)?);
        let down = remainder != 0 && (remainder < 0) != (right < 0);
        Some(if down { (quotient - 1, remainder + right) } else { (quotient, remainder) })
    };
    let result = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "//" => floor(left).map(|(quotient, _)| quotient),
        "%" => floor(left).map(|(_, remainder)| remainder),
        _ if right < 0 => return Ok(Value::from(binary(Number::Integer(left).binary(), "**", Number::Integer(right).binary()))),
        _ => u32::try_from(right).ok().and_then(|exponent| left.checked_pow(exponent)),
    };
    result.map(integer).ok_or_else(overflow)
}

fn decimal(left: Decimal, operator: &str, right: Decimal) -> Result<Value, Error> {
    let result = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        // A quotient has no digits of its own to keep: 2.50 / 2 is 1.25, and 5.0 / 2.5 is 2.0.
        "/" => left.checked_div(right).map(|quotient| with_point(quotient.normalize())),
        "//" => left.checked_div(right).map(|quotient| quotient.floor()),
        "%" => left
            .checked_rem(right)
            .map(|rest| if !rest.is_zero() && rest.is_sign_negative() != right.is_sign_negative() { rest + right } else { rest }),
        _ => return power(left, right),
    };
    result.map(amount::value).ok_or_else(overflow)
}

/// With a digit after the point at least, as fractions are written.
pub(crate) fn with_point(mut number: Decimal) -> Decimal {
    if number.scale() == 0 {
        number.rescale(1);
    }
    number
}

/// Whole powers are exact; others are binary, as any root is.
fn power(base: Decimal, exponent: Decimal) -> Result<Value, Error> {
    let Some(times) = exponent.to_u32().filter(|_| exponent.is_integer()) else {
        let binary = binary(Number::Decimal(base).binary(), "**", Number::Decimal(exponent).binary());
        return Ok(Value::from(binary));
    };
    // 2 to the 96th no longer fits, 1 does for ever: more multiplications than this change nothing.
    let times = if times > 1000 { 1000 + times % 2 } else { times };
    (0..times).try_fold(Decimal::ONE, |product, _| product.checked_mul(base)).map(amount::value).ok_or_else(overflow)
}

fn binary(left: f64, operator: &str, right: f64) -> f64 {
    match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "//" => (left / right).floor(),
        "%" => left - right * (left / right).floor(),
        _ => left.powf(right),
    }
}
