//! What lenders' templates may say: Jinja2's filters, tests, functions and methods, and Postrider's own.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use minijinja::{
    Environment, Error, ErrorKind, State, Value, functions as engine,
    value::{Object, ObjectRepr, Rest, ValueKind},
};
use minijinja_contrib::globals as contrib;

use super::{escape, filters, growing, methods, operators, predicates};
use crate::{
    limits,
    values::{Arguments, bind, entries, hashable, invalid},
};

/// An environment that speaks the language, without templates.
pub(crate) fn environment() -> Environment<'static> {
    // What it has is shared by its clones: making it takes as long as compiling a short template.
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(made);
    ENVIRONMENT.clone()
}

/// Of Jinja2's functions `lipsum` is missing: it writes random words.
fn made() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(limits::FUEL));
    environment.set_debug(true);
    environment.set_formatter(escape::formatter);
    environment.set_unknown_method_callback(methods::call);
    filters::register(&mut environment);
    predicates::register(&mut environment);
    operators::register(&mut environment);
    environment.add_function("range", range);
    environment.add_function("dict", |Arguments(arguments): Arguments| filled(arguments));
    environment.add_function("namespace", |Arguments(arguments): Arguments| {
        let filled = filled(arguments)?;
        entries(&filled)?.iter().try_for_each(|key| growing::is_data(&filled.get_item(key)?))?;
        engine::namespace(Some(filled.into()))
    });
    environment.add_function("cycler", |items: Rest<Value>| {
        items.iter().try_for_each(growing::is_data)?;
        if items.is_empty() {
            return Err(invalid("a cycler needs values"));
        }
        Ok(Value::from_object(Cycler { items: items.0, next: AtomicUsize::new(0) }))
    });
    environment.add_function("joiner", |separator: Option<Value>| {
        separator.iter().try_for_each(growing::is_data)?;
        Ok::<_, Error>(contrib::joiner(separator))
    });
    environment
}

/// An object of what an object or pairs hold, and of what is given by name.
fn filled(arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = match arguments.split_last() {
        Some((last, positional)) if last.is_kwargs() => (positional, Some(last)),
        _ => (arguments, None),
    };
    let mut pairs = Vec::new();
    for (index, value) in positional.iter().chain(named).enumerate() {
        if index > usize::from(named.is_some()) {
            return Err(Error::from(ErrorKind::TooManyArguments));
        }
        for entry in entries(value)? {
            pairs.push(match value.kind() {
                ValueKind::Map => (entry.clone(), value.get_item(&entry)?),
                _ => match &entries(&entry)?[..] {
                    [key, value] => (hashable(key)?, value.clone()),
                    _ => return Err(invalid("an object is made of pairs")),
                },
            });
        }
    }
    Ok(Value::from_pairs(pairs))
}

/// `cycler("odd", "even")`: one after the other, from the first again.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    next: AtomicUsize,
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "current").then(|| self.items[self.next.load(Ordering::Relaxed)].clone())
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let [] = bind(method, [], arguments)?;
        let current = self.next.load(Ordering::Relaxed);
        match method {
            "next" => {
                self.next.store((current + 1) % self.items.len(), Ordering::Relaxed);
                Ok(self.items[current].clone())
            }
            "reset" => {
                self.next.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// `range(stop)`, `range(start, stop, step=1)`.
fn range(_: &mut State, start: i64, stop: Option<i64>, step: Option<i64>) -> Result<Value, Error> {
    let (start, stop) = stop.map_or((0, start), |stop| (start, stop));
    let step = step.unwrap_or(1);
    let distance = if step > 0 { stop.checked_sub(start) } else { start.checked_sub(stop) };
    let distance = distance.ok_or_else(|| limits::exceeded("the template counts too far"))?;
    if step == 0 {
        return Err(Error::new(ErrorKind::InvalidOperation, "range cannot take steps of 0"));
    }
    let length = u64::try_from(distance).unwrap_or(0).div_ceil(step.unsigned_abs());
    limits::spend_list(usize::try_from(length).unwrap_or(usize::MAX))?;
    Ok((0..length).zip(0_i64..).map(|(_, index)| Value::from(start + index * step)).collect())
}
