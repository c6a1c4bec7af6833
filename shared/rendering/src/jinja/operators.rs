//! What the functions do that [`super::rewrite`] puts in place of operators.
//!
//! As in Python, with three differences: decimals of the context are exact and stay so, whatever grows is
//! bounded, and integers end at 128 bits.

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value,
    value::{Tuple, ValueKind},
};

use super::{format, growing, macros, rewrite::calls, text};
use crate::{
    limits,
    values::{Arguments, Number, compare, defined, described, entries, hashable, invalid, is_list, used},
};

/// Adds the functions.
pub(crate) fn register(environment: &mut Environment<'static>) {
    let mut add = |name, function: Function| {
        environment.add_function(name, move |state: &mut State, Arguments(operands): Arguments| {
            function(state, operands)
        });
    };
    add(calls::COMPARE, compare_chain);
    add(calls::CALCULATE, calculate_chain);
    add(calls::CONCATENATE, concatenate);
    add(calls::NEGATE, negate);
    add(calls::SLICE, slice);
    add(calls::SPEND, spend);
    add(calls::INCLUDED, included);
    add(calls::BOUNDED, bounded);
    add(calls::KEY, key);
    add(calls::LOOKUP, lookup);
    add(calls::EACH, each);
    add(calls::GROWING, grow);
    add(calls::KEPT, |_, _| Ok(Value::from(())));
    add(calls::HIDDEN, |_, _| Ok(Value::UNDEFINED));
    add(calls::TAKES, macros::taking);
    add(calls::BLOCK, macros::block);
}

/// Templates that one tag may try, and bytes of their names.
const NAMES: usize = 20;
const NAME: usize = 200;

type Function = fn(&mut State, &[Value]) -> Result<Value, Error>;

/// `a < b <= c`, with the operators between the operands.
fn compare_chain(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    limits::spend(0)?;
    let mut pairs = arguments.windows(3).step_by(2);
    let holds = pairs.try_fold(true, |holds, pair| {
        let [left, operator, right] = pair else { return Ok(holds) };
        Ok::<_, Error>(holds && compare(left, operator.as_str().unwrap_or_default(), right)?)
    })?;
    Ok(Value::from(holds))
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
    if operator == "%" && left.as_str().is_some() {
        let arguments: Vec<_> =
            if right.is_tuple() { right.try_iter()?.collect() } else { vec![right.clone()] };
        // As in Python, a list or object need not be shown.
        let optional = !right.is_tuple() && (is_list(right) || right.is_undefined());
        return format::printf(left, &arguments, optional);
    }
    defined(&[left, right])?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return left.calculate(operator, right);
    }
    match (operator, left.as_str(), right.as_str()) {
        ("+", Some(_), Some(_)) => text::join(&Value::from(""), &[left.clone(), right.clone()], true),
        ("+", None, None) if is_list(left) && is_list(right) && left.is_tuple() == right.is_tuple() => {
            limits::spend_list(left.len().unwrap_or(0).saturating_add(right.len().unwrap_or(0)))?;
            Ok(list_like(left, left.try_iter()?.chain(right.try_iter()?)))
        }
        ("*", Some(_), None) => repeat(left, right),
        ("*", None, Some(_)) => repeat(right, left),
        ("*", None, None) if is_list(left) => repeat(left, right),
        ("*", None, None) if is_list(right) => repeat(right, left),
        _ => {
            Err(invalid(format!("{} {operator} {} cannot be calculated", described(left), described(right))))
        }
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
    Ok(list_like(value, std::iter::repeat_n(entries, times).flatten()))
}

/// A list of entries of the pattern's sort: a tuple, one that can grow, or a plain one.
fn list_like(pattern: &Value, entries: impl Iterator<Item = Value>) -> Value {
    let list: Vec<_> = entries.collect();
    match pattern {
        _ if pattern.is_tuple() => Value::from(Tuple::from(list)),
        _ if growing::is_list(pattern) => growing::list(list),
        _ => Value::from(list),
    }
}

/// `a ~ b ~ c`: everything as text.
fn concatenate(state: &mut State, operands: &[Value]) -> Result<Value, Error> {
    text::join(&Value::from(""), operands, *state.auto_escape() != AutoEscape::None)
}

fn negate(_: &mut State, operands: &[Value]) -> Result<Value, Error> {
    let [operand] = operands else { return Err(Error::from(ErrorKind::MissingArgument)) };
    defined(&[operand])?;
    Number::of(operand)
        .ok_or_else(|| invalid(format!("{} has no negative", described(operand))))
        .and_then(Number::negated)
}

/// `value[start:stop:step]` with Python's rules.
fn slice(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, bounds @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    if value.is_undefined() && !chained(state) {
        defined(&[value])?;
    }
    let bound = |index: usize| match bounds.get(index) {
        None => Ok(None),
        Some(bound) if bound.is_none() => Ok(None),
        Some(bound) => {
            bound.as_i64().map(Some).ok_or_else(|| invalid("a slice goes from and to whole numbers"))
        }
    };
    let (start, stop, step) = (bound(0)?, bound(1)?, bound(2)?.unwrap_or(1));
    if step == 0 {
        return Err(invalid("a slice cannot take steps of 0"));
    }
    if let Some(text) = value.as_str() {
        limits::spend_string(text.len())?;
        let characters: Vec<char> = text.chars().collect();
        let cut: String =
            indices(characters.len(), start, stop, step).map(|index| characters[index]).collect();
        return Ok(if value.is_safe() { Value::from_safe_string(cut) } else { Value::from(cut) });
    }
    match value.kind() {
        ValueKind::Undefined => Ok(Value::UNDEFINED),
        ValueKind::Seq | ValueKind::Iterable => {
            let entries: Vec<_> = value.try_iter()?.collect();
            limits::spend_list(entries.len())?;
            let cut = indices(entries.len(), start, stop, step).map(|index| entries[index].clone());
            Ok(list_like(value, cut))
        }
        _ => Err(invalid(format!("{} cannot be sliced", described(value)))),
    }
}

/// Whether what is in an undefined value is undefined too.
fn chained(state: &State) -> bool {
    state.undefined_behavior() == UndefinedBehavior::Chainable
}

fn indices(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let place = |bound: Option<i64>, default: i64| {
        let from_end = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
        bound.map_or(default, |bound| from_end(bound).clamp(lowest, highest))
    };
    let (mut at, end) = if step > 0 {
        (place(start, lowest), place(stop, highest))
    } else {
        (place(start, highest), place(stop, lowest))
    };
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

/// The name of a template about to be included, or several to try; their text is counted.
fn included(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let name = arguments.first().cloned().unwrap_or_default();
    let names = if is_list(&name) { entries(&name)? } else { vec![name.clone()] };
    // The engine's message lists all that it has tried.
    if names.len() > NAMES || names.iter().any(|name| name.as_str().is_some_and(|name| name.len() > NAME)) {
        return Err(limits::exceeded("the template includes too many templates, or too long a name"));
    }
    for name in names {
        if let Some(template) = name.as_str().and_then(|name| state.get_template(name).ok()) {
            limits::spend(template.source().len())?;
        }
    }
    Ok(name)
}

/// A value about to be kept in a namespace, if it could come to contain itself, or compared by the
/// engine, which would not notice when lists of lists of lists take too long.
fn bounded(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let value = arguments.first().cloned().unwrap_or_default();
    growing::is_data(&value)?;
    Ok(value)
}

/// A value about to become a name in an object.
fn key(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    hashable(&arguments.first().cloned().unwrap_or_default())
}

/// A value about to be looked up; nothing has a list or object for its name.
fn lookup(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let key = arguments.first().cloned().unwrap_or_default();
    used(&key)?;
    match hashable(&key) {
        Err(error) if limits::breach().is_some() => Err(error),
        hashable => Ok(hashable.unwrap_or(Value::UNDEFINED)),
    }
}
