//! Arguments by position or by name, as Python binds them.

use std::slice;

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{ArgType, Kwargs},
};

/// All that a function is called with, those by name too, where the engine has it: its own types make a copy.
pub(crate) struct Arguments<'a>(pub &'a [Value]);

impl<'a> ArgType<'a> for Arguments<'_> {
    type Output = Arguments<'a>;

    fn from_value(value: Option<&'a Value>) -> Result<Self::Output, Error> {
        Ok(Arguments(value.map_or(&[], slice::from_ref)))
    }

    fn from_state_and_values(
        _: Option<&'a State>,
        values: &'a [Value],
        offset: usize,
    ) -> Result<(Self::Output, usize), Error> {
        Self::from_state_and_values_mut(None, values, offset)
    }

    fn from_state_and_values_mut(
        _: Option<&State>,
        values: &'a [Value],
        offset: usize,
    ) -> Result<(Self::Output, usize), Error> {
        let rest = values.get(offset..).unwrap_or_default();
        Ok((Arguments(rest), rest.len()))
    }
}

/// Binds the arguments of a call to `function` to its parameters; a parameter not given is `None`.
///
/// # Errors
/// Too many arguments, an unknown name, or an argument given twice.
pub(crate) fn bind<const N: usize>(
    function: &str,
    parameters: [&str; N],
    arguments: &[Value],
) -> Result<[Option<Value>; N], Error> {
    let (positional, named) = match arguments.split_last() {
        Some((last, positional)) if last.is_kwargs() => (positional, Some(Kwargs::try_from(last.clone())?)),
        _ => (arguments, None),
    };
    if positional.len() > N {
        let message = format!("{function} takes at most {N} arguments, not {}", positional.len());
        return Err(Error::new(ErrorKind::TooManyArguments, message));
    }
    let mut bound = [const { None }; N];
    for (slot, value) in bound.iter_mut().zip(positional) {
        *slot = Some(value.clone());
    }
    let Some(named) = named else { return Ok(bound) };
    for name in named.args() {
        let Some(index) = parameters.iter().position(|parameter| *parameter == name) else {
            let message = format!("{function} has no argument called {name}");
            return Err(Error::new(ErrorKind::TooManyArguments, message));
        };
        if bound[index].is_some() {
            let message = format!("{function} is given {name} twice");
            return Err(Error::new(ErrorKind::TooManyArguments, message));
        }
        bound[index] = Some(named.peek(name)?);
    }
    Ok(bound)
}
