//! What came, told with each fault: here alone, so that a check only says what must be.

use domain::{Error, error::Violation};
use serde_json::Value;

use super::Request;

/// Characters of a text that are shown.
const SHOWN: usize = 40;
/// Members of an object whose names are shown.
const NAMED: usize = 4;
/// Parts of names, in small letters, of what is never shown.
const SECRET: [&str; 7] =
    ["secret", "token", "password", "credential", "apikey", "privatekey", "confirmationcode"];
/// Names of what people wrote, of which the length is told.
const WRITTEN: [&str; 13] = [
    "body",
    "body_html",
    "content",
    "contentHtml",
    "contentPlain",
    "contentText",
    "contentHtmlTemplate",
    "contentTextTemplate",
    "note",
    "reply_text",
    "text",
    "wording",
    "cursor",
];

/// Names of what holds members of the lender's own, which may be anything: codes, numbers of accounts.
const FREE: [&str; 6] = ["attributes", "context", "custom_args", "metaData", "meta_data", "substitutions"];

impl Request {
    /// A refusal of this request with what was sent, if that is short and no secret.
    #[must_use]
    pub fn tell(&self, error: Error) -> Error {
        let Error::Invalid(faults) = error else { return error };
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let tell = |fault: Violation| {
            // What stands in a field that nobody knows may be anything, and some checks tell themselves what they counted.
            let is_open = fault.message.starts_with("must ") && !fault.message.ends_with(" sent");
            match self.sent(&fault.pointer, &body).filter(|_| is_open) {
                Some(sent) => Violation::new(fault.pointer, format!("{}; {sent} was sent", fault.message)),
                None => fault,
            }
        };
        Error::Invalid(faults.into_iter().map(tell).collect())
    }

    /// What was sent at a pointer.
    fn sent(&self, pointer: &str, body: &Value) -> Option<String> {
        let parameter = match (pointer.strip_prefix('?'), pointer.strip_prefix('{')) {
            (Some(name), _) => Some((name, self.query.get(name)?)),
            (None, Some(name)) => {
                let name = name.strip_suffix('}')?;
                Some((name, self.path_parameters.get(name)?))
            }
            (None, None) => None,
        };
        if let Some((name, text)) = parameter {
            return shown(name, &Value::from(text.as_str())).filter(|_| !is_secret(name));
        }
        // Of the whole body nothing is shown: what is wrong with it is at one of its members.
        let value = body.pointer(pointer).filter(|_| pointer.starts_with('/'))?;
        let names = || pointer.split('/').skip(1);
        let member = names().filter(|name| name.parse::<usize>().is_err()).last().unwrap_or_default();
        shown(member, value).filter(|_| !names().any(|name| is_secret(name) || FREE.contains(&name)))
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "");
    name == "code" || SECRET.iter().any(|part| name.contains(part))
}

/// A value as its sender knows it.
fn shown(name: &str, value: &Value) -> Option<String> {
    let count = |count: usize, of: &str| format!("{count} {of}{}", if count == 1 { "" } else { "s" });
    Some(match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) => Some(number.to_string()).filter(|digits| digits.len() <= SHOWN)?,
        Value::Array(entries) => match entries.len() {
            0 => "an empty list".into(),
            1 => "a list of 1 entry".into(),
            many => format!("a list of {many} entries"),
        },
        Value::Object(members) => match &members.keys().collect::<Vec<_>>()[..] {
            [] => "an empty object".into(),
            names if names.len() <= NAMED && names.iter().all(|name| name.len() <= SHOWN) => {
                let names: Vec<String> = names.iter().map(|name| printable(name)).collect();
                format!("an object with {}", names.join(", "))
            }
            names => format!("an object with {}", count(names.len(), "member")),
        },
        Value::String(text) if text.is_empty() => "an empty text".into(),
        Value::String(text) if text.trim().is_empty() => "a text of blanks".into(),
        Value::String(text) => {
            let length = text.chars().count();
            // A long word without blanks is a key, a token, or the like.
            let is_opaque = length > SHOWN && !text.contains(' ');
            // The value of a contact is an address, a number, or a device's token, which is a secret.
            let is_token = name == "value" && !text.contains('@') && text.chars().any(char::is_alphabetic);
            match WRITTEN.contains(&name) || is_opaque || is_token || has_credentials(text) {
                true => format!("a text of {}", count(length, "character")),
                false if length > SHOWN => {
                    let start: String = text.chars().take(SHOWN).collect();
                    format!("{}… ({})", printable(start.trim_end()), count(length, "character"))
                }
                false => printable(text),
            }
        }
    })
}

/// Whether it is a URL with a name, a password, or parameters within.
fn has_credentials(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains(['@', '?']))
}

/// The same with what cannot be seen, or turns what follows, written out.
pub(super) fn printable(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            ' '..='~' => written.push(c),
            _ if c.is_alphanumeric() => written.push(c),
            _ => written.extend(c.escape_debug()),
        }
    }
    written
}
