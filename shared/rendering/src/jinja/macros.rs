//! Macros that take more than their parameters, and blocks within macros.

use std::{fmt, sync::Arc};

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Enumerator, Kwargs, Object, ObjectRepr, Tuple},
};

use crate::values::{entries, invalid};

/// A macro of the engine with what Jinja2 tells of one and hands to one.
#[derive(Debug)]
struct Macro {
    inner: Value,
    parameters: Vec<String>,
    /// Whether it takes arguments that it does not name.
    positional: bool,
    named: bool,
}

/// What stands for a macro: it gives the last of its parameters, `varargs` and `kwargs`, the arguments left over.
pub(super) fn taking(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let inner = arguments.first().cloned().unwrap_or_default();
    let names = entries(&inner.get_attr("arguments")?)?;
    let mut parameters: Vec<String> =
        names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let mut takes = |name: &str| {
        let taken = parameters.last().is_some_and(|last| last == name);
        if taken {
            parameters.pop();
        }
        taken
    };
    let (named, positional) = (takes("kwargs"), takes("varargs"));
    Ok(Value::from_object(Macro { inner, parameters, positional, named }))
}

impl Object for Macro {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "arguments" => {
                Value::from(Tuple::from(self.parameters.iter().map(Value::from).collect::<Vec<_>>()))
            }
            "catch_varargs" => Value::from(self.positional),
            "catch_kwargs" => Value::from(self.named),
            name @ ("name" | "caller") => self.inner.get_attr(name).ok()?,
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let (positional, keywords) = match arguments.split_last() {
            Some((last, positional)) if last.is_kwargs() => (positional, Some(last)),
            _ => (arguments, None),
        };
        let (own, more) = positional.split_at(positional.len().min(self.parameters.len()));
        if !self.positional && !more.is_empty() {
            return Err(Error::from(ErrorKind::TooManyArguments));
        }
        let (mut named, mut others) = (Vec::new(), Vec::new());
        for key in keywords.map_or(Ok(Vec::new()), entries)? {
            let value = keywords.map_or(Ok(Value::UNDEFINED), |keywords| keywords.get_item(&key))?;
            let name = key.as_str().unwrap_or_default().to_owned();
            if self.parameters.contains(&name) || name == "caller" || !self.named {
                named.push((name, value));
            } else {
                others.push((key, value));
            }
        }
        if self.positional {
            named.push(("varargs".to_owned(), Value::from(Tuple::from(more.to_vec()))));
        }
        if self.named {
            named.push(("kwargs".to_owned(), Value::from_pairs(others)));
        }
        let mut given = own.to_vec();
        given.push(Value::from(named.into_iter().collect::<Kwargs>()));
        self.inner.call(state, &given)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

/// A block within a macro: that of the template that extends this one, else the body handed over.
pub(super) fn block(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let (name, keywords) = match arguments {
        [name, keywords] if keywords.is_kwargs() => (name.as_str().unwrap_or_default(), keywords),
        _ => return Err(invalid("a block has a name and a body")),
    };
    match state.render_block(name) {
        Ok(text) => Ok(Value::from_safe_string(text)),
        Err(error) if error.kind() == ErrorKind::UnknownBlock => {
            keywords.get_attr("caller")?.call(state, &[])
        }
        Err(error) => Err(error),
    }
}
