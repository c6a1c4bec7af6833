//! Filters that choose entries of a list, or turn each into something else.

use minijinja::{Error, ErrorKind, State, Value};

use super::lists::path;
use crate::{
    limits,
    values::{bind, entries, invalid, used},
};

/// `default(default_value="", boolean=false)`: the only filter that may be asked of what is undefined.
pub(super) fn default(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default, boolean] = bind("default", ["value", "default_value", "boolean"], arguments)?;
    let value = value.unwrap_or_default();
    let missing =
        value.is_undefined() || boolean.is_some_and(|boolean| boolean.is_true()) && !value.is_true();
    Ok(if missing { default.unwrap_or_else(|| Value::from("")) } else { value })
}

pub(super) fn first(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("first", ["seq"], arguments)?;
    Ok(entries(&value.unwrap_or_default())?.into_iter().next().unwrap_or(Value::UNDEFINED))
}

pub(super) fn last(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("last", ["seq"], arguments)?;
    Ok(entries(&value.unwrap_or_default())?.pop().unwrap_or(Value::UNDEFINED))
}

/// The entries of what is piped in; of what is false nothing is asked.
fn asked(value: &Value) -> Result<Vec<Value>, Error> {
    used(value)?;
    if value.is_true() { entries(value) } else { Ok(Vec::new()) }
}

/// `map("filter", …)` or `map(attribute="name", default=none)`.
pub(super) fn map(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, rest @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    let list = asked(value)?;
    if list.is_empty() {
        return Ok(Value::from(list));
    }
    match rest {
        [named] if named.is_kwargs() => {
            let [attribute, default] = bind("map", ["attribute", "default"], rest)?;
            let attribute = attribute.ok_or_else(|| invalid("map needs a filter or an attribute"))?;
            let default = default.filter(|default| !default.is_none());
            list.iter().map(|entry| path(entry, &attribute, default.as_ref())).collect()
        }
        [filter, rest @ ..] => {
            let filter = filter.as_str().ok_or_else(|| invalid("map needs the name of a filter"))?;
            let mut mapped = Vec::with_capacity(list.len());
            for entry in list {
                let arguments: Vec<_> = std::iter::once(entry).chain(rest.iter().cloned()).collect();
                mapped.push(state.apply_filter(filter, &arguments)?);
            }
            Ok(Value::from(mapped))
        }
        [] => Err(invalid("map needs a filter or an attribute")),
    }
}

pub(super) fn select(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    chosen(state, arguments, None, true)
}

pub(super) fn reject(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    chosen(state, arguments, None, false)
}

pub(super) fn select_attribute(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    by_attribute(state, arguments, true)
}

pub(super) fn reject_attribute(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    by_attribute(state, arguments, false)
}

fn by_attribute(state: &mut State, arguments: &[Value], wanted: bool) -> Result<Value, Error> {
    match arguments {
        [value, attribute, test @ ..] if !attribute.is_kwargs() => {
            let arguments: Vec<_> = std::iter::once(value).chain(test).cloned().collect();
            chosen(state, &arguments, Some(attribute), wanted)
        }
        [value, ..] if asked(value)?.is_empty() => Ok(Value::from(Vec::<Value>::new())),
        _ => Err(invalid("the name of an attribute is missing")),
    }
}

/// The entries of which a test, or else whether they are true, comes out as `wanted`.
fn chosen(
    state: &mut State,
    arguments: &[Value],
    attribute: Option<&Value>,
    wanted: bool,
) -> Result<Value, Error> {
    let [value, rest @ ..] = arguments else { return Err(Error::from(ErrorKind::MissingArgument)) };
    let mut chosen = Vec::new();
    for entry in asked(value)? {
        limits::spend(0)?;
        let asked = attribute.map_or_else(|| Ok(entry.clone()), |attribute| path(&entry, attribute, None))?;
        let holds = match rest {
            [] => {
                used(&asked)?;
                asked.is_true()
            }
            [test, rest @ ..] => {
                let test = test.as_str().ok_or_else(|| invalid("the name of a test is a text"))?;
                let arguments: Vec<_> = std::iter::once(asked).chain(rest.iter().cloned()).collect();
                state.perform_test(test, &arguments)?
            }
        };
        if holds == wanted {
            chosen.push(entry);
        }
    }
    Ok(Value::from(chosen))
}
