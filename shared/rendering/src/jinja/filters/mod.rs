//! The filters of templates, all of them: what is not listed here does not exist.
//!
//! Jinja2's own, from the engine if it has them and bounds them, else from the modules below; Postrider's
//! are in [`crate::locale`]. Every call is counted. Refused on purpose: `random`, because a message
//! previewed is to be the message sent.

mod choosing;
mod links;
mod lists;
mod markup;
mod numbers;
mod pretty;
mod wording;
mod wrapping;

use minijinja::{Environment, Error, State, Value, filters as engine, value::ValueKind};

pub(crate) use self::{lists::is_group, wording::substitute};
use super::text;
use crate::{
    limits, locale,
    values::{Arguments, amount, entries, used},
};

/// A filter of ours: the piped value first.
pub(crate) type Filter = fn(&mut State, &[Value]) -> Result<Value, Error>;

const OURS: [(&str, Filter); 52] = [
    ("abs", numbers::abs),
    ("attr", lists::attr),
    ("batch", lists::batch),
    ("center", wording::center),
    ("count", lists::length),
    ("currency", locale::currency),
    ("d", choosing::default),
    ("date", locale::date),
    ("default", choosing::default),
    ("dictsort", lists::dictsort),
    ("e", markup::escape),
    ("escape", markup::escape),
    ("filesizeformat", numbers::file_size),
    ("first", choosing::first),
    ("float", numbers::float),
    ("forceescape", markup::force_escape),
    ("format", wording::format),
    ("groupby", lists::group_by),
    ("indent", wording::indent),
    ("int", numbers::int),
    ("items", lists::items),
    ("join", lists::join),
    ("last", choosing::last),
    ("length", lists::length),
    ("list", lists::list),
    ("map", choosing::map),
    ("max", lists::max),
    ("min", lists::min),
    ("number", locale::number),
    ("percent", locale::percent),
    ("pprint", pretty::pprint),
    ("reject", choosing::reject),
    ("rejectattr", choosing::reject_attribute),
    ("replace", wording::replace),
    ("reverse", lists::reverse),
    ("round", numbers::round),
    ("select", choosing::select),
    ("selectattr", choosing::select_attribute),
    ("slice", lists::slice),
    ("sort", lists::sort),
    ("string", wording::string),
    ("striptags", markup::striptags),
    ("sum", lists::sum),
    ("tojson", markup::to_json),
    ("trim", wording::trim),
    ("truncate", wording::truncate),
    ("unique", lists::unique),
    ("urlencode", markup::urlencode),
    ("urlize", links::urlize),
    ("wordcount", wording::wordcount),
    ("wordwrap", wrapping::wordwrap),
    ("xmlattr", markup::xmlattr),
];

/// Those that may be asked of, or given, what is undefined in a strict render; they look for themselves.
const UNDEFINED: [&str; 10] =
    ["attr", "d", "default", "items", "map", "pprint", "reject", "rejectattr", "select", "selectattr"];

/// Adds all filters.
pub(crate) fn register(environment: &mut Environment<'static>) {
    for (name, filter) in OURS {
        let takes_undefined = UNDEFINED.contains(&name);
        environment.add_filter(name, move |state: &mut State, Arguments(arguments): Arguments| {
            limits::spend(arguments.iter().map(weight).sum())?;
            if !takes_undefined {
                arguments.iter().try_for_each(used)?;
            }
            filter(state, arguments)
        });
    }
    for (name, filter) in [
        ("capitalize", Value::from_function(engine::capitalize)),
        ("lower", Value::from_function(engine::lower)),
        ("safe", Value::from_function(engine::safe)),
        ("title", Value::from_function(engine::title)),
        ("upper", Value::from_function(engine::upper)),
    ] {
        environment.add_filter(name, move |state: &mut State, Arguments(arguments): Arguments| {
            arguments.iter().try_for_each(used)?;
            let mut arguments = arguments.to_vec();
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
