//! What schemas say of single values: the same as the rules of [`formats`], so that a client that holds a value to its schema
//! is not refused for its shape.
//!
//! Each type stands for a text in `#[schemars(with = "…")]` beside the field that a rule checks. Patterns are of ECMA-262 without
//! flags, which all generators of clients read.
//!
//! [`formats`]: crate::formats

use std::{borrow::Cow, sync::LazyLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::formats;

/// What is not seen, as in a class of characters: the first that is seen must be none of these.
const UNSEEN: &str = r"\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\uffa0\ufff9-\ufffb";
/// What no line has.
const NOT_IN_A_LINE: &str = r"\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029";
/// What no text has.
const NOT_IN_A_TEXT: &str = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f";
/// What one word has none of: controls, blanks and line ends.
const BLANKS: &str = r"\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// Shapes that are long lists, and so stand once in a document.
const LISTS: [&str; 2] = ["Country", "TimeZone"];

/// A type that stands for a text in schemas alone.
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident $(<$most:ident>)? = $schema:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name$(<const $most: usize>)?;

        impl$(<const $most: usize>)? JsonSchema for $name$(<$most>)? {
            fn inline_schema() -> bool {
                !LISTS.contains(&stringify!($name))
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

shape! {
    /// [`formats::line`] of at most `MOST` characters.
    Line<MOST> = json_schema!({ "type": "string", "minLength": 1, "maxLength": MOST, "pattern": line("") })
}

shape! {
    /// The same, or nothing.
    LineOrEmpty<MOST> = json_schema!({
        "type": "string",
        "maxLength": MOST,
        "pattern": format!("^$|{}", line("")),
    })
}

shape! {
    /// Names with dots between them, as a [`Line`].
    Path<MOST> = json_schema!({
        "type": "string",
        "minLength": 1,
        "maxLength": MOST,
        "pattern": r"^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*$",
    })
}

shape! {
    /// A [`Line`] by which messages are found, so with a letter or a digit: of those of the world's scripts these are the most.
    Keyword<MOST> = json_schema!({
        "type": "string",
        "minLength": 1,
        "maxLength": MOST,
        "pattern": line(r"(?=.*[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0388-\u03ff\u0400-\u0481\u05d0-\u05ea\u0620-\u064a\u0905-\u0939\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3])"),
    })
}

shape! {
    /// A regular expression on one line.
    Expression<MOST> = json_schema!({ "type": "string", "format": "regex", "minLength": 1, "maxLength": MOST })
}

shape! {
    /// [`formats::text`] of at most `MOST` characters.
    Text<MOST> = json_schema!({ "type": "string", "minLength": 1, "maxLength": MOST, "pattern": text() })
}

shape! {
    /// Text of at most `MOST` characters, of which one is seen; whatever else it may have is for its reader to say.
    Source<MOST> = json_schema!({ "type": "string", "maxLength": MOST, "pattern": format!("[^{UNSEEN}]") })
}

shape! {
    /// Any text of at most `MOST` characters.
    Any<MOST> = json_schema!({ "type": "string", "maxLength": MOST })
}

shape! {
    /// [`file_name`](crate::document::file_name), which begins with what is seen.
    FileName = json_schema!({
        "type": "string",
        "minLength": 1,
        "maxLength": 210,
        "pattern": format!(r#"^[^{UNSEEN}/\\:".][^{NOT_IN_A_LINE}/\\:"]*$"#),
    })
}

shape! {
    /// [`formats::email`]. The rule also takes other scripts' letters in the domain.
    Email = json_schema!({
        "type": "string",
        "format": "email",
        "maxLength": 254,
        "pattern": email(),
        "examples": ["john@example.com"],
    })
}

shape! {
    /// [`formats::phone`]. Which numbers are somebody's no pattern says.
    Phone = json_schema!({
        "type": "string",
        "pattern": r"^\+(1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6,13})$",
        "examples": ["+13125550142"],
    })
}

shape! {
    /// [`formats::push_token`].
    PushToken = json_schema!({ "type": "string", "pattern": "^[0-9A-Za-z._~:-]{1,4096}$" })
}

shape! {
    /// [`formats::language`].
    Language = json_schema!({ "type": "string", "pattern": formats::language_pattern(), "examples": ["en"] })
}

shape! {
    /// [`formats::locale`].
    Locale = json_schema!({
        "type": "string",
        "maxLength": 35,
        "pattern": "^[A-Za-z]{2,3}((-[0-9A-Za-z]{1,8})*-[0-9A-Za-z]{2,8})?$",
        "examples": ["en-US"],
    })
}

shape! {
    /// [`formats::currency`].
    Currency = json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"] })
}

shape! {
    /// [`formats::country`].
    Country = json_schema!({
        "type": "string",
        "description": "A country as an ISO 3166-1 alpha-2 code.",
        "enum": formats::countries().collect::<Vec<_>>(),
        "examples": ["US"],
    })
}

shape! {
    /// [`formats::time_zone`].
    TimeZone = json_schema!({
        "type": "string",
        "description": "A time zone by its name in the IANA time zone database.",
        // Not a list: generators of clients make one name of GMT+0 and GMT-0.
        "pattern": &*ZONES,
        "examples": ["America/New_York"],
    })
}

shape! {
    /// A URL of ours or theirs that is read over TLS, by a host's name.
    HttpsUrl = json_schema!({
        "type": "string",
        "format": "uri",
        "maxLength": 2_000,
        "pattern": r"^https://([a-z]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}(/[0-9A-Za-z._~-]+)*/?(\?[0-9A-Za-z._~=&-]*)?$",
        "examples": ["https://lender.example/hooks"],
    })
}

shape! {
    /// A day, or an instant.
    DayOrInstant = json_schema!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] })
}

shape! {
    /// A variable of ours that a lender may let its callers overwrite.
    Variable = json_schema!({ "type": "string", "enum": crate::tenant::Settings::ON_RECORD })
}

shape! {
    /// Where a page of a list ended.
    Cursor = json_schema!({ "type": "string", "pattern": "^[0-9A-Za-z_.~=-]{1,2048}$" })
}

shape! {
    /// A confirmation code.
    Code = json_schema!({ "type": "string", "pattern": "^[0-9]{6}$", "examples": ["204518"] })
}

/// The pattern of a line that begins so.
fn line(start: &str) -> String {
    format!(r"^{start}[ \t]*[^{UNSEEN}][^{NOT_IN_A_LINE}]*$")
}

fn text() -> String {
    format!(r"^[ \t\r\n]*[^{UNSEEN}][^{NOT_IN_A_TEXT}]*$")
}

fn email() -> String {
    let word = "[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+";
    let label = "[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?";
    format!(r"^{word}(\.{word})*@({label}\.)+[A-Za-z]{{2,63}}$")
}

/// [`formats::us_state`], as a pattern.
pub(crate) fn us_state() -> String {
    one_of(formats::us_states())
}

/// [`formats::zip`], as a pattern.
pub(crate) const ZIP: &str = "^[0-9]{5}(-?[0-9]{4})?$";

fn one_of<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<_> = all.map(regex::escape).collect();
    format!("^({})$", all.join("|"))
}

static ZONES: LazyLock<String> = LazyLock::new(|| one_of(formats::time_zones().iter().map(String::as_str)));

/// The pattern of the lender's own id, without its ends.
pub(crate) fn external() -> String {
    format!("(?!ext-)[^{BLANKS}/]{{1,255}}")
}

/// An object of the lender's that we store: no member without a name at any depth.
#[derive(Debug)]
pub struct Stored;

impl JsonSchema for Stored {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Stored".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<StoredValue>();
        json_schema!({
            "type": "object",
            "propertyNames": { "minLength": 1 },
            "additionalProperties": true,
            "patternProperties": { "": value },
        })
    }
}

/// Whatever stands in [`Stored`].
struct StoredValue;

impl JsonSchema for StoredValue {
    fn schema_name() -> Cow<'static, str> {
        "StoredValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Self>();
        json_schema!({
            "description": "Any JSON in which every member of an object has a name, nested at most 16 deep.",
            "propertyNames": { "minLength": 1 },
            "patternProperties": { "": &value },
            "items": value,
        })
    }
}

/// `metaData`: a [`Stored`] object of short entries.
#[derive(Debug)]
pub struct Notes<const ENTRIES: usize, const NAME: usize, const VALUE: usize>;

impl<const ENTRIES: usize, const NAME: usize, const VALUE: usize> JsonSchema for Notes<ENTRIES, NAME, VALUE> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Notes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<StoredValue>();
        json_schema!({
            "type": "object",
            "maxProperties": ENTRIES,
            "propertyNames": { "minLength": 1, "maxLength": NAME },
            "additionalProperties": true,
            "patternProperties": { "": { "allOf": [value, { "maxLength": VALUE }] } },
        })
    }
}

/// Texts by name.
#[derive(Debug)]
pub struct Texts<const ENTRIES: usize, const NAME: usize, const VALUE: usize>;

impl<const ENTRIES: usize, const NAME: usize, const VALUE: usize> JsonSchema for Texts<ENTRIES, NAME, VALUE> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": ENTRIES,
            "propertyNames": { "minLength": 1, "maxLength": NAME },
            "additionalProperties": { "type": "string", "maxLength": VALUE },
        })
    }
}

/// Adds that these members must be given, and not as null.
pub fn require(schema: &mut Schema, members: &[&str]) {
    let mut required = schema.get("required").and_then(|all| all.as_array().cloned()).unwrap_or_default();
    for name in members {
        if !required.iter().any(|known| known == name) {
            required.push(json!(name));
        }
        if let Some(member) = schema.pointer_mut(&format!("/properties/{name}")) {
            leave_out_null(member);
        }
    }
    schema.insert("required".into(), required.into());
}

/// Adds what must hold of the members together.
pub fn hold(schema: &mut Schema, conditions: Value) {
    schema.insert("allOf".into(), conditions);
}

/// Adds one more condition.
pub fn hold_also(schema: &mut Schema, condition: Value) {
    match schema.get_mut("allOf").and_then(Value::as_array_mut) {
        Some(all) => all.push(condition),
        None => hold(schema, json!([condition])),
    }
}

/// That if a member is one of these, `then` holds.
pub fn when(member: &str, one_of: &[&str], then: Value) -> Value {
    json!({ "if": { "properties": { member: { "enum": one_of } }, "required": [member] }, "then": then })
}

/// That one of two members is given, and the other is not.
pub fn either(one: &str, other: &str) -> Value {
    json!({ "if": given(one), "then": left_out(&[other]), "else": given(other) })
}

/// That a member is given, and as no null.
pub fn given(member: &str) -> Value {
    json!({ "required": [member], "properties": { member: { "not": { "type": "null" } } } })
}

/// That these members are absent or null.
pub fn left_out(members: &[&str]) -> Value {
    let members: serde_json::Map<_, _> =
        members.iter().map(|name| ((*name).to_owned(), json!({ "type": "null" }))).collect();
    json!({ "properties": members })
}

/// Takes null from what a schema allows.
fn leave_out_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type").and_then(|types| types.as_array_mut()) {
        types.retain(|kind| kind != "null");
    }
    if let Some(all) = schema.get_mut("anyOf").and_then(|all| all.as_array_mut()) {
        all.retain(|one| one["type"] != "null");
    }
}
