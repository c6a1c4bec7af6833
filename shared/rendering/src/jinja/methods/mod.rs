//! Python's methods on texts, lists and objects, as templates written for Jinja2 use them.
//!
//! All are ours, for their bounds and their results: what was markup stays so.

mod texts;

use std::{fmt, sync::Arc};

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Object, ObjectRepr, Tuple, ValueKind},
};

use super::growing;
use crate::{
    limits,
    values::{self, Number, bind, entries, invalid, is_mapping},
};

/// Methods of objects and lists that change nothing; those that do are [`growing::METHODS`].
const OF_OBJECTS: [&str; 5] = ["copy", "get", "items", "keys", "values"];
const OF_LISTS: [&str; 3] = ["copy", "count", "index"];

/// A method that the value itself does not have.
pub(crate) fn call(
    state: &mut State,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    limits::spend(value.as_str().map_or(0, str::len))?;
    // Of an object, its own entry by the name.
    if value.kind() == ValueKind::Map
        && let Ok(entry) = value.get_attr(method)
        && !entry.is_undefined()
        && !(is_mapping(value) && OF_OBJECTS.contains(&method))
    {
        return entry.call(state, arguments);
    }
    let found = match value.kind() {
        ValueKind::String => texts::call(value, value.as_str().unwrap_or_default(), method, arguments)?,
        ValueKind::Map => of_object(value, method, arguments)?,
        ValueKind::Seq | ValueKind::Iterable => of_list(value, method, arguments)?,
        _ => match (Number::of(value), method) {
            (Some(number), "is_integer") => {
                Some(Value::from(number.exact().is_some_and(|number| number.is_integer())))
            }
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let message = format!("{} has no method called {method}", values::described(value));
        Error::new(ErrorKind::UnknownMethod, message)
    })
}

fn of_object(value: &Value, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let no_arguments = || bind::<0>(method, [], arguments);
    Ok(Some(match method {
        "get" => {
            let [key, default] = bind(method, ["key", "default"], arguments)?;
            let key = key.ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
            let found = value.get_item(&values::hashable(&key)?)?;
            if found.is_undefined() { default.unwrap_or_else(|| Value::from(())) } else { found }
        }
        "items" => {
            no_arguments()?;
            let pair = |key: Value| Ok(Value::from(Tuple::from([key.clone(), value.get_item(&key)?])));
            Value::from(entries(value)?.into_iter().map(pair).collect::<Result<Vec<_>, Error>>()?)
        }
        "keys" => {
            no_arguments()?;
            Value::from(entries(value)?)
        }
        "values" => {
            no_arguments()?;
            let found = entries(value)?.into_iter().map(|key| value.get_item(&key));
            Value::from(found.collect::<Result<Vec<_>, Error>>()?)
        }
        "copy" => {
            no_arguments()?;
            growing::like(value)?
        }
        _ => return Ok(None),
    }))
}

fn of_list(value: &Value, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    if method == "copy" {
        bind::<0>(method, [], arguments)?;
        return growing::like(value).map(Some);
    }
    if !OF_LISTS.contains(&method) {
        return Ok(None);
    }
    let [wanted] = bind(method, ["value"], arguments)?;
    let wanted = wanted.unwrap_or_default();
    let list = entries(value)?;
    if method == "index" {
        return growing::position(&list, &wanted).map(|position| Some(Value::from(position)));
    }
    let equal = list.iter().map(|entry| values::equal(entry, &wanted)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Value::from(equal.into_iter().filter(|equal| *equal).count())))
}

/// A method not called yet: `x|attr("upper")`. `None` if the value has no such method.
pub(crate) fn bound(value: &Value, method: &str) -> Option<Value> {
    let names: &[&[&str]] = match value.kind() {
        ValueKind::String => &[&texts::METHODS],
        ValueKind::Map if is_mapping(value) => &[&OF_OBJECTS, &growing::METHODS],
        ValueKind::Seq => &[&OF_LISTS, &growing::METHODS],
        _ => &[],
    };
    let name = names.iter().copied().flatten().find(|name| **name == method)?;
    Some(Value::from_object(Method { value: value.clone(), name }))
}

/// A question about a text, such as `islower`; what is none is answered no.
pub(crate) fn is(text: &str, question: &str) -> bool {
    texts::is(text, question).unwrap_or(false)
}

/// Whether a value is a method not called yet.
pub(crate) fn is_bound(value: &Value) -> bool {
    value.downcast_object_ref::<Method>().is_some()
}

#[derive(Debug)]
struct Method {
    value: Value,
    name: &'static str,
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.value.call_method(state, self.name, arguments)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<method {}>", self.name)
    }
}

/// A number of characters; counted from the end if it is negative.
fn place(index: &Value, length: usize) -> Result<usize, Error> {
    let index = index.as_i64().ok_or_else(|| invalid("a place in a text is a whole number"))?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length).max(0) } else { index.min(length) };
    Ok(usize::try_from(index).unwrap_or(0))
}
