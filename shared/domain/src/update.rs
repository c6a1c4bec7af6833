//! How a lender's system of record says something about a thing: a field left out stays, `null` clears it, and every
//! fault is reported at its place.
//!
//! What may be said about which thing stands with the thing; what single values look like is
//! [`formats`](crate::formats)'.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::{
    error::{Error, Violation},
    formats::{self, Verdict},
    schedule::Span,
    shape,
};

/// Bytes of a thing's attributes as JSON.
const MAX_ATTRIBUTES: usize = 16 * 1024;
/// Entries of `metaData`, characters of a key, characters of a value (001).
const META: (usize, usize, usize) = (50, 100, 500);
/// `metaData` in schemas.
pub type MetaData = shape::Notes<{ META.0 }, { META.1 }, { META.2 }>;

/// How deep the lender's own values nest: deeper than anybody keeps things, and not so deep that what reads them, recursing,
/// runs out of stack.
const MAX_DEPTH: usize = 16;

/// What is said about a field that may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// Nothing: it stays.
    #[default]
    Keep,
    /// `null`: it goes.
    Clear,
    /// It is this from now on.
    Set(T),
}

/// A member that answers have and requests may repeat. Whatever it says is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Ignored {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Ignored".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "readOnly": true })
    }
}

impl<T: Clone> Change<T> {
    /// The new value, if there is one.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same of another type.
    pub fn map<U>(&self, to: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(to(value.clone())),
        }
    }

    /// Makes the field what is said.
    pub fn apply(&self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value.clone()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Option<T>>()
    }
}

/// Faults found, each at its place relative to what is checked.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Faults(Vec<Violation>);

impl Faults {
    /// Notes a fault unless `holds`.
    pub fn expect(&mut self, holds: bool, place: &str, message: &str) {
        if !holds {
            self.0.push(Violation::new(place, message));
        }
    }

    /// Notes what a rule has against a value, if there is one.
    pub fn value<T: AsRef<str>>(&mut self, place: &str, value: Option<T>, rule: impl Fn(&str) -> Verdict) {
        if let Some(Err(message)) = value.map(|value| rule(value.as_ref())) {
            self.expect(false, place, &message);
        }
    }

    /// Notes a value that is no line of 1 to `most` characters.
    pub fn line<T: AsRef<str>>(&mut self, place: &str, value: Option<T>, most: usize) {
        self.value(place, value, |text| formats::line(text, most));
    }

    /// Notes attributes that are too large or cannot be stored.
    pub fn attributes(&mut self, given: &Map<String, Value>) {
        self.object("/attributes", given, MAX_ATTRIBUTES);
    }

    /// Notes an object of the lender's that has more than `most` bytes as JSON, or cannot be stored.
    pub fn object(&mut self, place: &str, given: &Map<String, Value>, most: usize) {
        let fits = serde_json::to_vec(given).is_ok_and(|json| json.len() <= most);
        self.expect(fits, place, &format!("must be at most {most} bytes of JSON"));
        self.expect(given.iter().all(is_sound), place, UNSOUND);
    }

    /// Notes what of `metaData` is too long or cannot be stored.
    pub fn meta_data(&mut self, given: &Map<String, Value>) {
        let (entries, longest_key, longest_value) = META;
        self.expect(given.len() <= entries, "/metaData", &format!("must have at most {entries} keys"));
        for (key, value) in given.iter().take(entries) {
            let place = format!("/metaData/{}", key.replace('~', "~0").replace('/', "~1"));
            let fits = (1..=longest_key).contains(&key.chars().count());
            self.expect(fits, &place, &format!("must have a key of 1 to {longest_key} characters"));
            let length =
                value.as_str().map_or_else(|| value.to_string().chars().count(), |text| text.chars().count());
            self.expect(
                length <= longest_value,
                &place,
                &format!("must have at most {longest_value} characters"),
            );
            self.expect(!fits || is_sound((key, value)), &place, UNSOUND);
        }
    }

    /// Notes faults of a part.
    pub fn within(&mut self, place: &str, Self(faults): Self) {
        self.0.extend(
            faults
                .into_iter()
                .map(|fault| Violation::new(format!("{place}{}", fault.pointer), fault.message)),
        );
    }

    /// Notes faults of a part that came as an error.
    pub fn take(&mut self, place: &str, error: Error) {
        match error {
            Error::Invalid(faults) => self.within(place, Self(faults)),
            Error::Conflict { detail, .. } => self.expect(false, place, &format!("must not be so: {detail}")),
            // What is wrong on our side is nothing that a caller can mend; its words stay in our log.
            _ => self.expect(false, place, "must be sent again: it could not be checked"),
        }
    }

    /// Notes faults of a list's entries, or that there are too many.
    pub fn list<T>(
        &mut self,
        place: &str,
        entries: Option<&Vec<T>>,
        most: usize,
        check: impl Fn(&T) -> Self,
    ) {
        let Some(entries) = entries else { return };
        self.expect(entries.len() <= most, place, &format!("must have at most {most} entries"));
        for (at, entry) in entries.iter().enumerate().take(most) {
            self.within(&format!("{place}/{at}"), check(entry));
        }
    }

    /// Fine, or every fault as an error.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn none(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// Times that hold nothing, or too many of them.
    pub fn of_spans(spans: &[Span]) -> Self {
        const MOST: usize = Span::MOST;
        let mut faults = Self::default();
        faults.expect(spans.len() <= MOST, "", &format!("must have at most {MOST} entries"));
        for (at, span) in spans.iter().enumerate().take(MOST) {
            faults.expect(
                span.from < span.to,
                &format!("/{at}/to"),
                "must be later than from; write a span across midnight as two entries",
            );
            let is_set = span.days.len() <= Span::MOST_DAYS
                && span.days.iter().enumerate().all(|(n, day)| !span.days[..n].contains(day));
            faults.expect(is_set, &format!("/{at}/days"), "must name each day once");
        }
        faults
    }

    /// Every fault, at pointers below `place`.
    pub fn below(self, place: &str) -> Vec<Violation> {
        let mut all = Self::default();
        all.within(place, self);
        all.0
    }
}

/// What is wrong with what is not [`is_sound`].
const UNSOUND: &str = "must have a name for each key, and lists and objects nested at most 16 deep";

/// Whether templates can name a member, so that it has no empty key, and it is not nested too deep.
fn is_sound(member: (&String, &Value)) -> bool {
    is_shallow_member(member, MAX_DEPTH)
}

fn is_shallow_member((key, value): (&String, &Value), depth: usize) -> bool {
    !key.is_empty() && is_shallow(value, depth)
}

fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(entries) => entries.iter().all(|entry| is_shallow(entry, depth - 1)),
        Value::Object(members) => members.iter().all(|member| is_shallow_member(member, depth - 1)),
    }
}
