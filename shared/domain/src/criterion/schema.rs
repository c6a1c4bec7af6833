//! What schemas say of criteria, as [`Criterion::check`](super::Criterion::check) does: which operators ask of which kind of value,
//! and what each is given.

use schemars::Schema;
use serde_json::{Value, json};

use super::{Kind, LONGEST, MOST_DAYS, Operator};
use crate::shape::{given, hold, left_out, when};

/// Of a criterion that may be asked of any value.
pub(super) fn of_any(schema: &mut Schema) {
    hold(schema, [given_to_operators(), asked_of(Kind::Any)].concat().into());
}

/// Of a criterion that names a field; `fields` are all by their kind.
pub(crate) fn of_fields(schema: &mut Schema, fields: &[(Kind, Vec<&str>)]) {
    let of_kind =
        |(kind, fields): &(Kind, Vec<&str>)| when("field", fields, json!({ "allOf": asked_of(*kind) }));
    let by_kind: Vec<_> = fields.iter().map(of_kind).collect();
    hold(schema, [given_to_operators(), by_kind].concat().into());
}

/// That what is compared with is a text, where operators compare for being equal.
pub(crate) fn is_a_key(fields: &[&str]) -> Value {
    let equal = [Operator::Equals, Operator::EqualsCaseSensitive, Operator::In].map(Operator::as_str);
    when("field", fields, when("operator", &equal, compared(&json!({ "type": "string" }))))
}

/// Which of the members are given to which operator.
fn given_to_operators() -> Vec<Value> {
    let no_list = json!({ "properties": { "values": { "maxItems": 0 } } });
    let some_list = json!({ "required": ["values"], "properties": { "values": { "minItems": 1 } } });
    let takes_one = |one: &Operator| !one.needs_nothing() && !matches!(one, Operator::In | Operator::Between);
    let both = json!({ "allOf": [given("value"), given("secondValue"), no_list] });
    vec![
        when(
            "operator",
            &words(Operator::needs_nothing),
            json!({ "allOf": [left_out(&["value", "secondValue"]), no_list] }),
        ),
        when("operator", &["IN"], json!({ "allOf": [left_out(&["value", "secondValue"]), some_list] })),
        when("operator", &["BETWEEN"], both),
        when(
            "operator",
            &words(|one| takes_one(&one)),
            json!({ "allOf": [given("value"), left_out(&["secondValue"]), no_list] }),
        ),
    ]
}

/// Which operators ask of a kind of value, and what they compare it with.
fn asked_of(kind: Kind) -> Vec<Value> {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST });
    let scalar = json!({ "anyOf": [text, { "type": "number" }, { "type": "boolean" }] });
    let time = json!({ "type": "string", "pattern": TIME });
    let number = json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": NUMBER }] });
    let days = json!({ "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": MOST_DAYS },
        { "type": "string", "pattern": "^[1-9][0-9]{0,2}$" },
    ] });
    let of = |operator: Operator| match kind {
        _ if operator == Operator::LastDays => days.clone(),
        Kind::Time => time.clone(),
        _ if operator.is_about_days() => time.clone(),
        Kind::Number => number.clone(),
        Kind::Any if operator.is_about_order() => json!({ "anyOf": [number, time] }),
        Kind::Word(all) if operator.is_about_equality() => json!({ "type": "string", "enum": all }),
        Kind::Text | Kind::Word(_) | Kind::Any => scalar.clone(),
    };
    let allowed = words(|one| one.is_for(kind));
    let mut by_value: Vec<(Value, Vec<&str>)> = Vec::new();
    for operator in Operator::ALL.iter().filter(|one| one.is_for(kind) && !one.needs_nothing()) {
        let value = of(*operator);
        match by_value.iter_mut().find(|(other, _)| *other == value) {
            Some((_, operators)) => operators.push(operator.as_str()),
            None => by_value.push((value, vec![operator.as_str()])),
        }
    }
    let compares = by_value.iter().map(|(value, operators)| when("operator", operators, compared(value)));
    // Conditions alone: generators of clients read other members of `allOf` as what a type is made of.
    let is_asked = json!({
        "if": { "required": ["operator"] },
        "then": { "properties": { "operator": { "enum": allowed } } },
    });
    [is_asked].into_iter().chain(compares).collect()
}

/// A day, or a time with or without its distance to UTC.
const TIME: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?$";

/// A number written as a text.
const NUMBER: &str = r"^[+-]?[0-9]{1,18}(\.[0-9]{1,9})?$";

/// That whatever is compared with is such a value.
fn compared(value: &Value) -> Value {
    let or_nothing = json!({ "anyOf": [{ "type": "null" }, value] });
    json!({ "properties": { "value": or_nothing, "secondValue": or_nothing, "values": { "items": value } } })
}

fn words(which: impl Fn(Operator) -> bool) -> Vec<&'static str> {
    Operator::ALL.iter().copied().filter(|one| which(*one)).map(Operator::as_str).collect()
}
