//! The filters of templates, all of them: what is not listed here does not exist.
//!
//! Jinja2's own, from the engine where it has them and bounds them, else from the modules below; Postrider's
//! are in [`crate::locale`]. Every call is counted. Refused on purpose: `random`, because a message
//! previewed is to be the message sent.

mod lists;
mod markup;
mod numbers;
mod wording;

use minijinja::{
    Environment, Error, State, Value, filters as engine,
    value::{Rest, ValueKind, ValueOrKwargs},
};
use minijinja_contrib::filters as contrib;

pub(crate) use self::wording::substitute;
use super::text;
use crate::{
    limits, locale,
    values::{amount, entries},
};

/// A filter of ours: the piped value first.
pub(crate) type Filter = fn(&mut State, &[Value]) -> Result<Value, Error>;

const OURS: [(&str, Filter); 41] = [
    ("abs", numbers::abs),
    ("attr", lists::attr),
    ("batch", lists::batch),
    ("center", wording::center),
    ("count", lists::length),
    ("currency", locale::currency),
    ("date", locale::date),
    ("dictsort", lists::dictsort),
    ("e", markup::escape),
    ("escape", markup::escape),
    ("float", numbers::float),
    ("forceescape", markup::force_escape),
    ("format", wording::format),
    ("groupby", lists::group_by),
    ("indent", wording::indent),
    ("int", numbers::int),
    ("items", lists::items),
    ("join", lists::join),
    ("length", lists::length),
    ("list", lists::list),
    ("max", lists::max),
    ("min", lists::min),
    ("number", locale::number),
    ("percent", locale::percent),
    ("pprint", wording::pprint),
    ("replace", wording::replace),
    ("reverse", lists::reverse),
    ("round", numbers::round),
    ("slice", lists::slice),
    ("sort", lists::sort),
    ("string", wording::string),
    ("sum", lists::sum),
    ("tojson", markup::to_json),
    ("trim", wording::trim),
    ("truncate", wording::truncate),
    ("unique", lists::unique),
    ("urlencode", markup::urlencode),
    ("urlize", markup::urlize),
    ("wordcount", wording::wordcount),
    ("wordwrap", wording::wordwrap),
    ("xmlattr", markup::xmlattr),
];

/// Adds all filters.
pub(crate) fn register(environment: &mut Environment<'static>) {
    for (name, filter) in OURS {
        environment.add_filter(name, move |state: &mut State, arguments: Rest<ValueOrKwargs>| {
            let arguments = arguments.into_values();
            limits::spend(arguments.iter().map(weight).sum())?;
            filter(state, &arguments)
        });
    }
    for (name, filter) in [
        ("d", Value::from_function(engine::default)),
        ("default", Value::from_function(engine::default)),
        ("first", Value::from_function(engine::first)),
        ("last", Value::from_function(engine::last)),
        ("map", Value::from_function(engine::map)),
        ("reject", Value::from_function(engine::reject)),
        ("rejectattr", Value::from_function(engine::rejectattr)),
        ("select", Value::from_function(engine::select)),
        ("selectattr", Value::from_function(engine::selectattr)),
    ] {
        environment.add_filter(name, move |state: &mut State, arguments: Rest<ValueOrKwargs>| {
            metered(&filter, state, &arguments.into_values())
        });
    }
    for (name, filter) in [
        ("capitalize", Value::from_function(engine::capitalize)),
        ("filesizeformat", Value::from_function(contrib::filesizeformat)),
        ("lower", Value::from_function(engine::lower)),
        ("safe", Value::from_function(engine::safe)),
        ("striptags", Value::from_function(contrib::striptags)),
        ("title", Value::from_function(engine::title)),
        ("upper", Value::from_function(engine::upper)),
    ] {
        environment.add_filter(name, move |state: &mut State, arguments: Rest<ValueOrKwargs>| {
            let mut arguments = arguments.into_values();
            if let Some(value) = arguments.first_mut() {
                *value = worded(value)?;
            }
            metered(&filter, state, &arguments)
        });
    }
}

/// A filter of the engine, counted; what it would make only when asked is made at once, within bounds.
fn metered(filter: &Value, state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    limits::spend(arguments.iter().map(weight).sum())?;
    settled(filter.call(state, arguments)?)
}

/// A value whose entries exist, rather than being made over again each time somebody looks.
pub(crate) fn settled(value: Value) -> Result<Value, Error> {
    if value.kind() != ValueKind::Iterable {
        limits::spend(weight(&value))?;
        return Ok(value);
    }
    entries(&value).map(Value::from)
}

/// How much work a value is to look at once, in bytes.
fn weight(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.len().unwrap_or(0).saturating_mul(16), str::len)
}

/// A value for a filter on texts: the engine would print a list without bounds.
fn worded(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map => text::of(value).map(Value::from),
        ValueKind::Plain => {
            Ok(amount::held(value).map_or_else(|| value.clone(), |number| Value::from(number.to_string())))
        }
        _ => Ok(value.clone()),
    }
}
