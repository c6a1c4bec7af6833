//! Arguments by position or by name, as Python binds them.

use minijinja::{
    Error, ErrorKind, Value,
    value::{Kwargs, from_args},
};

/// Binds the arguments of a call to `function` to its parameters; a parameter not given is `None`.
///
/// # Errors
/// Too many arguments, an unknown name, or an argument given twice.
pub(crate) fn bind<const N: usize>(
    function: &str,
    parameters: [&str; N],
    arguments: &[Value],
) -> Result<[Option<Value>; N], Error> {
    let (positional, named): (&[Value], Kwargs) = match arguments.split_last() {
        Some((last, positional)) if last.is_kwargs() => {
            (positional, from_args::<(Kwargs,)>(std::slice::from_ref(last))?.0)
        }
        _ => (arguments, from_args::<(Kwargs,)>(&[])?.0),
    };
    if positional.len() > N {
        let message = format!("{function} takes at most {N} arguments, not {}", positional.len());
        return Err(Error::new(ErrorKind::TooManyArguments, message));
    }
    let mut bound = [const { None }; N];
    for (slot, value) in bound.iter_mut().zip(positional) {
        *slot = Some(value.clone());
    }
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
