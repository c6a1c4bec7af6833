//! JSON in which each member of an object is named once, and nothing lies deeper than anybody reads. Of two members of one name
//! most readers keep the last and some the first; so who sends them and who reads them may mean different things.

use std::{cell::RefCell, fmt};

use domain::{Error, error::Violation};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::escape;

/// How deep lists and objects nest in a body. What lenders keep with us nests half as deep.
const MAX_DEPTH: usize = 32;
/// As serde_json hands on a number of any size: an object with this one member.
const NUMBER: &str = "$serde_json::private::Number";
/// What such names begin with: what stands under them is read otherwise than it is written.
const PRIVATE: &str = "$serde_json::private::";

/// Reads JSON.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let fault = RefCell::new(None);
    let root = Strict { place: String::new(), depth: MAX_DEPTH, fault: &fault };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = root.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| match fault.take() {
        Some(violation) => Error::Invalid(vec![violation]),
        None if error.is_eof() => Error::invalid("", "must be valid JSON; what was sent ends too early"),
        None => {
            let (line, column) = (error.line(), error.column());
            Error::invalid(
                "",
                format!(
                    "must be valid JSON; what was sent is not, from character {column} of line {line} on"
                ),
            )
        }
    })
}

/// A value at a place.
struct Strict<'f> {
    place: String,
    depth: usize,
    fault: &'f RefCell<Option<Violation>>,
}

impl Strict<'_> {
    fn refuse<E: de::Error>(&self, place: String, message: String) -> E {
        let error = E::custom(&message);
        *self.fault.borrow_mut() = Some(Violation::new(place, message));
        error
    }

    fn within<E: de::Error>(&self, name: &str) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| {
            let message = format!("must not nest lists and objects more than {MAX_DEPTH} deep");
            self.refuse(self.place.clone(), message)
        })?;
        Ok(Self { place: format!("{}/{}", self.place, escape(name)), depth, fault: self.fault })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element_seed(self.within(&elements.len().to_string())?)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if name == NUMBER && members.is_empty() {
                let digits: String = object.next_value()?;
                return digits.parse::<Number>().map(Value::Number).map_err(de::Error::custom);
            }
            let inner = self.within(&name)?;
            if name.starts_with(PRIVATE) {
                return Err(self.refuse(inner.place, format!("must not begin with {PRIVATE}")));
            }
            if members.contains_key(&name) {
                let message = "must be in its object once; it is there twice";
                return Err(self.refuse(inner.place, message.to_owned()));
            }
            members.insert(name, object.next_value_seed(inner)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(json: &str) -> Vec<(String, String)> {
        match parse(json.as_bytes()) {
            Err(Error::Invalid(all)) => all.into_iter().map(|one| (one.pointer, one.message)).collect(),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_told_where() {
        for (json, pointer) in [
            (r#"{"a": 1, "a": 1}"#, "/a"),
            (r#"{"a": [{"b": 1}, {"c": 1, "b": 2, "c": 3}]}"#, "/a/1/c"),
            (r#"{"a/b": 1, "\u0061/b": 1}"#, "/a~1b"),
        ] {
            let (place, message) = told(json).remove(0);
            assert_eq!((place.as_str(), message.contains("twice")), (pointer, true), "{json}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_told() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        parse(nested(MAX_DEPTH).as_bytes()).unwrap();
        for depth in [MAX_DEPTH + 1, 100, 5_000] {
            let (_, message) = told(&nested(depth)).remove(0);
            assert!(message.contains("32 deep"), "{message}");
        }
    }

    #[test]
    fn a_name_under_which_readers_take_text_for_json_is_refused() {
        let raw = r#"{"a": [{"$serde_json::private::RawValue": "[[[1]]]"}]}"#;
        assert_eq!(told(raw)[0].0, "/a/0/$serde_json::private::RawValue");
    }

    #[test]
    fn what_is_no_json_is_told() {
        for json in
            ["", "{", "{} {}", "{\"a\": 01}", "[1,]", "nul", r#"{"$serde_json::private::Number": "x"}"#]
        {
            assert_eq!(told(json)[0].0, "", "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_as_it_was(
            text in ".{0,20}", number in prop_oneof!["-?[1-9][0-9]{0,40}", "-?0\\.[0-9]{1,40}", "-?[1-9](\\.[0-9]{1,9})?[eE][+-]?[0-9]{1,2}"], flag: bool,
        ) {
            let number: Number = number.parse().unwrap();
            let value = serde_json::json!({ "text": text, "list": [number, flag, null, { text.as_str(): {} }] });
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), value);
        }
    }
}
