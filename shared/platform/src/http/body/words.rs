//! What a schema asks of a value, in words for whoever sent another: a parser's own words are about its code.

use serde_json::Value;

use super::sample::{DEPTH, Samples, alternatives};

/// Values that are listed in one message.
const LISTED: usize = 30;

/// What a value may be.
#[derive(Default)]
struct Forms {
    /// One of these words.
    values: Vec<String>,
    /// Or something of these kinds.
    kinds: Vec<String>,
    may_be_text: bool,
}

impl Samples {
    /// What the value at a pointer must be; `sent` is what stands there instead.
    pub(in super::super) fn requirement(&self, pointer: &str, sent: Option<&Value>) -> String {
        let mut forms = Forms::default();
        if let Some(schema) = self.schema_at(pointer) {
            self.collect(schema, &mut forms, DEPTH);
        }
        let mut words = forms.words();
        // What is shown of a text has no quotes, and so 5 looks like a number.
        let looks_right = sent.and_then(Value::as_str).is_some_and(|text| text.parse::<Value>().is_ok());
        if looks_right && !forms.may_be_text {
            words.push_str(", not a text");
        }
        words
    }

    /// The member of the object at a pointer that says which of its alternatives it is.
    pub(super) fn tag(&self, pointer: &str) -> Option<&str> {
        let schema = self.followed(self.schema_at(pointer)?)?;
        let own = std::iter::once(schema).chain(alternatives(schema));
        let members = own.filter_map(|one| self.followed(one)?.get("properties")?.as_object()).flatten();
        members.into_iter().find(|(_, member)| member.get("const").is_some()).map(|(name, _)| name.as_str())
    }

    fn collect(&self, schema: &Value, forms: &mut Forms, depth: usize) {
        let (Some(depth), Some(schema)) = (depth.checked_sub(1), self.followed(schema)) else { return };
        let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        let values: Vec<_> = schema.get("const").into_iter().chain(listed).filter(|v| !v.is_null()).collect();
        if !values.is_empty() {
            forms.may_be_text |= values.iter().any(|value| value.is_string());
            let words = values
                .into_iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            forms.values.extend(words);
            return;
        }
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => {
                let named: Vec<&str> =
                    alternatives(schema).filter_map(|one| only_member(self.followed(one)?)).collect();
                if !named.is_empty() {
                    forms.kinds.push(format!("an object with one of {}", named.join(", ")));
                }
                let others =
                    alternatives(schema).filter(|one| self.followed(one).and_then(only_member).is_none());
                return others.for_each(|one| self.collect(one, forms, depth));
            }
        };
        for kind in kinds {
            let Some(words) = kind_in_words(kind, schema) else { continue };
            forms.may_be_text |= kind == "string";
            if !forms.kinds.contains(&words) {
                forms.kinds.push(words);
            }
        }
    }
}

impl Forms {
    fn words(&self) -> String {
        let listed = match &self.values[..] {
            [] => None,
            [one] => Some(one.clone()),
            all if all.len() > LISTED => {
                Some(format!("one of {} and {} others", all[..LISTED].join(", "), all.len() - LISTED))
            }
            all => Some(format!("one of {}", all.join(", "))),
        };
        let forms: Vec<_> = listed.into_iter().chain(self.kinds.iter().cloned()).collect();
        match &forms[..] {
            [] => "must be of the form that the API's description shows".into(),
            forms => format!("must be {}", forms.join(" or ")),
        }
    }
}

/// The member that makes an object one of several kinds: it has no other.
fn only_member(schema: &Value) -> Option<&str> {
    let mut members = schema.get("properties")?.as_object()?.iter();
    let ((name, member), None) = (members.next()?, members.next()) else { return None };
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    (is_closed && member.get("const").is_none()).then_some(name.as_str())
}

/// A kind of value with an example of it; nothing for null.
fn kind_in_words(kind: &str, schema: &Value) -> Option<String> {
    let example = schema.get("examples").and_then(|all| all.get(0)).and_then(Value::as_str);
    Some(match (kind, schema.get("format").and_then(Value::as_str)) {
        ("string", Some("date-time")) => "a time such as 2026-01-15T15:00:00Z".into(),
        ("string", Some("date")) => "a date such as 2026-01-15".into(),
        ("string", Some("uuid")) => "a UUID such as 0b7e5f6c-3f0e-4c2a-9d51-7a1c2f8e9b34".into(),
        ("string", Some("uri")) => "a URL such as https://acme.example/hooks".into(),
        ("string", _) => {
            example.map_or_else(|| "a text".into(), |example| format!("a text such as {example}"))
        }
        ("integer", format) => whole_number(schema, format),
        ("number", _) => "a number".into(),
        ("boolean", _) => "true or false".into(),
        ("array", _) => "a list".into(),
        ("object", _) => "an object".into(),
        _ => return None,
    })
}

fn whole_number(schema: &Value, format: Option<&str>) -> String {
    let largest = match format {
        Some("uint8") => Some(u64::from(u8::MAX)),
        Some("uint16") => Some(u64::from(u16::MAX)),
        Some("uint32") => Some(u64::from(u32::MAX)),
        Some("int32") => u64::try_from(i32::MAX).ok(),
        _ => None,
    };
    let most = schema.get("maximum").and_then(Value::as_u64).or(largest);
    match (schema.get("minimum").and_then(Value::as_i64), most) {
        (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
        (Some(least), None) => format!("a whole number of at least {least}"),
        (None, Some(most)) => format!("a whole number of at most {most}"),
        (None, None) => "a whole number".into(),
    }
}
