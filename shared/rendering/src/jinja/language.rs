//! What lenders' templates may say: Jinja2's filters, tests, functions and methods, and Postrider's own.

use minijinja::{Environment, Error, ErrorKind, State, Value, functions as engine, value::Rest};
use minijinja_contrib::globals as contrib;

use super::{escape, filters, growing, methods, operators, predicates};
use crate::limits;

/// An environment that speaks the language, without templates.
///
/// Of Jinja2's functions `lipsum` is missing: it writes random words.
pub(crate) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(limits::FUEL));
    environment.set_debug(true);
    environment.set_formatter(escape::formatter);
    environment.set_unknown_method_callback(methods::call);
    filters::register(&mut environment);
    predicates::register(&mut environment);
    operators::register(&mut environment);
    environment.add_function("range", range);
    environment.add_function("dict", engine::dict);
    environment.add_function("namespace", engine::namespace);
    environment.add_function("cycler", |items: Rest<Value>| {
        items.iter().try_for_each(growing::is_data)?;
        contrib::cycler(items.0)
    });
    environment.add_function("joiner", |separator: Option<Value>| {
        separator.iter().try_for_each(growing::is_data)?;
        Ok::<_, Error>(contrib::joiner(separator))
    });
    environment
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
