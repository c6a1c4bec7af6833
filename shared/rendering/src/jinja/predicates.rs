//! The tests of templates, `x is …`: Jinja2's, with numbers compared by what they are.

use minijinja::{Environment, Error, ErrorKind, State, Value, tests as engine, value::ValueKind};

use super::{methods, operators, text};
use crate::{
    limits,
    values::{self, Arguments, Number, amount, bind, used},
};

/// Names of the engine's kinds of values that can be called.
const CALLED: [&str; 4] = ["Macro", "BoxedFunction", "Function", "Closure"];

/// Adds all tests.
pub(crate) fn register(environment: &mut Environment<'static>) {
    for (operator, names) in [
        ("==", ["==", "eq", "equalto"].as_slice()),
        ("!=", &["!=", "ne"]),
        ("<", &["<", "lt", "lessthan"]),
        ("<=", &["<=", "le"]),
        (">", &[">", "gt", "greaterthan"]),
        (">=", &[">=", "ge"]),
        ("in", &["in"]),
    ] {
        for name in names {
            environment.add_test(*name, move |Arguments(arguments): Arguments| -> Result<bool, Error> {
                let [left, right] = bind(name, ["value", "other"], arguments)?;
                let right = right.ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
                values::compare(&left.unwrap_or_default(), operator, &right)
            });
        }
    }
    environment.add_test("number", |value: &Value| Number::of(value).is_some());
    environment.add_test("float", |value: &Value| engine::is_float(value) || amount::held(value).is_some());
    environment.add_test("odd", |value: &Value| parity(value, 1));
    environment.add_test("even", |value: &Value| parity(value, 0));
    environment.add_test("divisibleby", |value: &Value, divisor: &Value| {
        values::equal(&operators::calculate(value, "%", divisor)?, &Value::from(0))
    });
    environment.add_test("callable", |value: &Value| {
        let called = value
            .as_object()
            .is_some_and(|object| CALLED.iter().any(|kind| object.type_name().contains(kind)));
        value.is_undefined() || called || methods::is_bound(value)
    });
    environment.add_test("iterable", |value: &Value| {
        used(value)?;
        Ok::<_, Error>(!value.is_none() && engine::is_iterable(value))
    });
    environment.add_test("sequence", |value: &Value| {
        value.is_undefined() && used(value).is_ok()
            || matches!(
                value.kind(),
                ValueKind::String | ValueKind::Seq | ValueKind::Iterable | ValueKind::Map
            )
    });
    for (name, test) in [("filter", engine::is_filter as fn(&State, &str) -> bool), ("test", engine::is_test)]
    {
        environment.add_test(name, move |state: &State, value: &Value| {
            value.as_str().is_some_and(|name| test(state, name))
        });
    }
    for (name, question) in [("lower", "islower"), ("upper", "isupper")] {
        environment
            .add_test(name, move |value: &Value| text::of(value).map(|text| methods::is(&text, question)));
    }
    for (name, test) in [
        ("boolean", Value::from_function(engine::is_boolean)),
        ("defined", Value::from_function(engine::is_defined)),
        ("escaped", Value::from_function(engine::is_safe)),
        ("false", Value::from_function(engine::is_false)),
        ("integer", Value::from_function(engine::is_integer)),
        ("mapping", Value::from_function(engine::is_mapping)),
        ("none", Value::from_function(engine::is_none)),
        ("sameas", Value::from_function(engine::is_sameas)),
        ("string", Value::from_function(engine::is_string)),
        ("true", Value::from_function(engine::is_true)),
        ("undefined", Value::from_function(engine::is_undefined)),
    ] {
        environment.add_test(name, move |state: &mut State, Arguments(arguments): Arguments| {
            limits::spend(0)?;
            test.call(state, arguments)
        });
    }
}

fn parity(value: &Value, remainder: i128) -> Result<bool, Error> {
    match Number::of(value) {
        Some(_) => values::equal(
            &operators::calculate(value, "%", &Value::from(2))?,
            &Number::Integer(remainder).value(),
        ),
        None => Err(Error::new(ErrorKind::InvalidOperation, "only a number is odd or even")),
    }
}
