//! Lists and objects that a template adds to: `{% do rows.append(row) %}`, `{% set _ = totals.update({…})
//! %}`.
//!
//! The engine's own never change. What is added is copied as it is then, so that nothing can come to
//! contain itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Enumerator, Object, ObjectRepr, Tuple, ValueKind},
};

use crate::{
    limits,
    values::{self, amount, bind, described, entries, hashable},
};

/// Methods that change what they are called on.
pub(crate) const METHODS: [&str; 11] = [
    "append",
    "clear",
    "copy",
    "extend",
    "insert",
    "pop",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// A list literal's value, able to grow.
pub(crate) fn list(entries: Vec<Value>) -> Value {
    Value::from_object(List(Mutex::new(entries)))
}

/// A copy of a list or object, able to grow.
///
/// # Errors
/// As [`entries`].
pub(crate) fn like(value: &Value) -> Result<Value, Error> {
    if value.kind() == ValueKind::Map {
        let keys = entries(value)?;
        let pair = |key: Value| {
            let entry = value.get_item(&key)?;
            Ok((key, entry))
        };
        return Ok(object(Value::from_pairs(keys.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?)));
    }
    entries(value).map(list)
}

/// Whether a value is such a list.
pub(crate) fn is_list(value: &Value) -> bool {
    value.downcast_object_ref::<List>().is_some()
}

/// An object literal's value, able to grow.
pub(crate) fn object(value: Value) -> Value {
    Value::from_object(Record(Mutex::new(value)))
}

#[derive(Debug)]
struct List(Mutex<Vec<Value>>);

impl List {
    fn entries(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, index: usize, added: Vec<Value>) -> Result<(), Error> {
        let mut entries = self.entries();
        let length = entries.len();
        limits::spend_list(added.len())?;
        if length + added.len() > limits::LIST {
            limits::spend_list(length + added.len())?;
        }
        let index = index.min(length);
        entries.splice(index..index, added);
        Ok(())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.entries().get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries().clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries().len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let length = self.entries().len();
        let place = |index: &Value| {
            let index = index.as_i64().ok_or_else(|| invalid("a place in a list is a whole number"))?;
            let from_end = i64::try_from(length).unwrap_or(i64::MAX);
            Ok::<_, Error>(usize::try_from(if index < 0 { index + from_end } else { index }).unwrap_or(0))
        };
        match method {
            "append" => {
                let [entry] = bind(method, ["value"], arguments)?;
                self.insert(length, vec![copied(&entry.unwrap_or_default())?])?;
            }
            "extend" => {
                let [list] = bind(method, ["iterable"], arguments)?;
                let added =
                    entries(&list.unwrap_or_default())?.iter().map(copied).collect::<Result<_, _>>()?;
                self.insert(length, added)?;
            }
            "insert" => {
                let [index, entry] = bind(method, ["index", "value"], arguments)?;
                self.insert(place(&index.unwrap_or_default())?, vec![copied(&entry.unwrap_or_default())?])?;
            }
            "pop" => {
                let [index] = bind(method, ["index"], arguments)?;
                let index = index.map_or(Ok(length.wrapping_sub(1)), |index| place(&index))?;
                return if index < length {
                    Ok(self.entries().remove(index))
                } else {
                    Err(invalid("the list has no such entry"))
                };
            }
            "remove" => {
                let [entry] = bind(method, ["value"], arguments)?;
                let entry = entry.unwrap_or_default();
                let candidates = self.entries().clone();
                let index = position(&candidates, &entry)?;
                self.entries().remove(index);
            }
            "clear" => self.entries().clear(),
            "reverse" => self.entries().reverse(),
            "sort" => {
                let [reverse] = bind(method, ["reverse"], arguments)?;
                let list = Value::from(self.entries().clone());
                let given =
                    [list, Value::from(reverse.is_some_and(|reverse| reverse.is_true())), Value::from(true)];
                *self.entries() = entries(&state.apply_filter("sort", &given)?)?;
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }
}

/// An object as the engine has it, replaced by another one when it grows.
#[derive(Debug)]
struct Record(Mutex<Value>);

impl Record {
    fn current(&self) -> Value {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, added: Vec<(Value, Value)>) -> Result<(), Error> {
        let current = self.current();
        let keys = entries(&current)?;
        limits::spend_list(keys.len() + added.len())?;
        let kept = keys
            .into_iter()
            .map(|key| Ok((key.clone(), current.get_item(&key)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Value::from_pairs(kept.into_iter().chain(added));
        Ok(())
    }
}

impl Object for Record {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.current().get_item(key).ok().filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(entries(&self.current()).unwrap_or_default())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.current().len()
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "update" => {
                let added = arguments.first().cloned().unwrap_or_default();
                if !added.is_kwargs() && added.kind() != ValueKind::Map {
                    return Err(invalid(format!("update needs an object, not {}", described(&added))));
                }
                let pair = |key: &Value| Ok((hashable(key)?, copied(&added.get_item(key)?)?));
                self.set(entries(&added)?.iter().map(pair).collect::<Result<_, Error>>()?)?;
                Ok(Value::from(()))
            }
            "setdefault" => {
                let [key, default] = bind(method, ["key", "default"], arguments)?;
                let key = hashable(&key.unwrap_or_default())?;
                if let Some(found) = self.get_value(&key) {
                    return Ok(found);
                }
                let default = copied(&default.unwrap_or_else(|| Value::from(())))?;
                self.set(vec![(key, default.clone())])?;
                Ok(default)
            }
            "clear" => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                    Value::from_pairs::<_, Value, Value>([]);
                Ok(Value::from(()))
            }
            "pop" => {
                let [key, default] = bind(method, ["key", "default"], arguments)?;
                let key = hashable(&key.unwrap_or_default())?;
                let Some(found) = self.get_value(&key) else {
                    return default.ok_or_else(|| invalid(format!("the object has no {}", described(&key))));
                };
                let current = self.current();
                let kept = entries(&current)?.into_iter().filter(|other| *other != key);
                let kept = kept.map(|key| current.get_item(&key).map(|entry| (key, entry)));
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                    Value::from_pairs(kept.collect::<Result<Vec<_>, Error>>()?);
                Ok(found)
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Where in a list an entry is.
///
/// # Errors
/// When it is not there.
pub(crate) fn position(list: &[Value], entry: &Value) -> Result<usize, Error> {
    for (index, candidate) in list.iter().enumerate() {
        if values::equal(candidate, entry)? {
            return Ok(index);
        }
    }
    Err(invalid(format!("{} is not in the list", described(entry))))
}

/// A value as it is now: it no longer changes with what it was made of.
///
/// # Errors
/// As [`is_data`].
fn copied(value: &Value) -> Result<Value, Error> {
    is_data(value)?;
    Ok(match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let list = entries(value)?.iter().map(copied).collect::<Result<Vec<_>, _>>()?;
            if value.is_tuple() { Value::from(Tuple::from(list)) } else { Value::from(list) }
        }
        ValueKind::Map => {
            let pair = |key: Value| {
                let entry = copied(&value.get_item(&key)?)?;
                Ok((key, entry))
            };
            Value::from_pairs(entries(value)?.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?)
        }
        _ => value.clone(),
    })
}

/// Whether a value is data through and through, not nested too deeply to be kept.
///
/// # Errors
/// When it is not: a namespace, a loop or a function could come to contain itself.
pub(crate) fn is_data(value: &Value) -> Result<(), Error> {
    /// What the engine and we make of lists, objects and decimals.
    const DATA: [&str; 4] =
        ["alloc::vec::Vec", "indexmap::map::IndexMap", "minijinja::value::tuple::Tuple", "rendering::"];

    fn visit(value: &Value, depth: usize) -> Result<(), Error> {
        let Some(object) = value.as_object() else { return Ok(()) };
        limits::spend(0)?;
        if depth > limits::CONTEXT_DEPTH {
            return Err(limits::exceeded("the template nests lists too deeply"));
        }
        let called = value.kind() == ValueKind::Plain && amount::held(value).is_none();
        if called || !DATA.iter().any(|data| object.type_name().starts_with(data)) {
            return Err(invalid("only texts, numbers, lists and objects can be kept"));
        }
        match value.kind() {
            ValueKind::Map => {
                let mut pairs = object.try_iter_pairs().into_iter().flatten();
                pairs.try_for_each(|(_, entry)| visit(&entry, depth + 1))
            }
            ValueKind::Seq | ValueKind::Iterable => {
                object.try_iter().into_iter().flatten().try_for_each(|entry| visit(&entry, depth + 1))
            }
            _ => Ok(()),
        }
    }
    visit(value, 0)
}
