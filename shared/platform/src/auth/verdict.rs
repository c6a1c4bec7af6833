//! What the authorizer found, on its way to the function of the route: as the context that API Gateway hands over.
//!
//! The authorizer lets every request pass and says who sent it, or why nobody did. The frame of the function reads that
//! before anything else. What cannot be read, or is not there, is nobody.

use domain::{Error, caller::Caller, vocabulary::Role};
use serde_json::{Map, Value, json};

/// Where a refusal stands.
const REFUSAL: &str = "refusal";
/// Where an origin stands that may read the answer.
const ORIGIN: &str = "origin";

/// Who sent a request, and which page may read the answer.
#[derive(Debug)]
pub struct Verdict {
    /// Whoever the credential proves, or what is answered instead.
    pub caller: Result<Caller, Error>,
    /// The request's `Origin`, if its caller lists it; without a caller, if anybody does.
    pub origin: Option<String>,
}

impl Verdict {
    /// As the authorizer's context: strings, which API Gateway hands over as they are.
    pub fn into_context(self) -> Map<String, Value> {
        let mut context = Map::new();
        let mut say = |name: &str, value: Value| context.insert(name.to_owned(), value);
        match self.caller {
            Ok(Caller { tenant, role, agent, subject }) => {
                say("tenant", json!(tenant));
                say("role", json!(role.as_str()));
                say("agent", json!(agent.to_string()));
                say("subject", json!(subject));
            }
            Err(error) => {
                say(REFUSAL, json!(word(&error)));
            }
        }
        if let Some(origin) = self.origin {
            say(ORIGIN, json!(origin));
        }
        context
    }

    /// What a context says.
    pub fn read<'a>(field: impl Fn(&str) -> Option<&'a Value>) -> Self {
        let text = |name: &str| field(name).and_then(Value::as_str);
        let caller = match field(REFUSAL) {
            Some(word) => Err(refused(word.as_str())),
            None => named(text).ok_or(Error::Unauthenticated),
        };
        Self { caller, origin: text(ORIGIN).map(str::to_owned) }
    }

    /// Of a request that no authorizer saw.
    pub fn nobody() -> Self {
        Self { caller: Err(Error::Unauthenticated), origin: None }
    }
}

fn named<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Option<Caller> {
    Some(Caller {
        tenant: text("tenant")?.parse().ok()?,
        role: text("role")?.parse().ok()?,
        agent: text("agent")?.parse().ok()?,
        subject: text("subject").filter(|subject| !subject.is_empty())?.to_owned(),
    })
}

const UNAUTHENTICATED: &str = "unauthenticated";
const FORBIDDEN: &str = "forbidden";
const UNAVAILABLE: &str = "unavailable";

/// The word for an error. What is wrong on our side, the authorizer has logged.
fn word(error: &Error) -> &'static str {
    match error {
        Error::Forbidden(_) => FORBIDDEN,
        error if error.is_ours() => UNAVAILABLE,
        _ => UNAUTHENTICATED,
    }
}

fn refused(word: Option<&str>) -> Error {
    match word {
        // A valid token that names no role: the least would do.
        Some(FORBIDDEN) => Error::Forbidden(Role::Viewer),
        Some(UNAVAILABLE) => Error::Unavailable("the authorizer could not find out who is calling".into()),
        Some(_) | None => Error::Unauthenticated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(context: &Value) -> Verdict {
        Verdict::read(|name| context.get(name))
    }

    fn caller() -> Caller {
        Caller { tenant: "acme".parse().unwrap(), role: Role::Admin, agent: true, subject: "AK-1".to_owned() }
    }

    #[test]
    fn what_the_authorizer_found_reaches_the_function_as_it_was() {
        for (caller, origin) in [
            (Ok(caller()), None),
            (Ok(Caller { agent: false, role: Role::Viewer, ..caller() }), Some("https://app.acme.example")),
        ] {
            let verdict = Verdict { caller: caller.clone(), origin: origin.map(str::to_owned) };
            let found = read(&Value::Object(verdict.into_context()));
            assert_eq!((found.caller.ok(), found.origin.as_deref()), (caller.ok(), origin));
        }
        for (error, slug) in [
            (Error::Unauthenticated, "unauthenticated"),
            (Error::Forbidden(Role::Viewer), "forbidden"),
            (Error::Unavailable("DynamoDB: secret words".into()), "unavailable"),
            (Error::Internal("secret words".into()), "unavailable"),
            (Error::MethodNotAllowed, "unauthenticated"),
        ] {
            let context = Verdict { caller: Err(error), origin: None }.into_context();
            assert!(context.values().all(Value::is_string), "{context:?}");
            let found = read(&Value::Object(context)).caller.unwrap_err();
            assert_eq!(crate::http::problem::slug(&found), slug);
            assert!(!found.to_string().contains("secret words"));
        }
    }

    #[test]
    fn a_context_that_names_no_whole_caller_is_nobody() {
        let whole = json!({ "tenant": "acme", "role": "admin", "agent": "true", "subject": "AK-1" });
        assert_eq!(read(&whole).caller.unwrap(), caller());
        for (member, value) in [
            ("tenant", Value::Null),
            ("tenant", json!("")),
            ("tenant", json!("Acme#1")),
            ("tenant", json!(["acme"])),
            ("role", Value::Null),
            ("role", json!("root")),
            ("role", json!("Admin")),
            ("subject", Value::Null),
            ("subject", json!("")),
            ("refusal", json!("unauthenticated")),
            ("refusal", json!("")),
            ("refusal", json!("a word of tomorrow's")),
            ("refusal", json!(true)),
            ("refusal", Value::Null),
        ] {
            let mut context = whole.clone();
            context[member] = value.clone();
            assert!(matches!(read(&context).caller, Err(Error::Unauthenticated)), "{member}: {value}");
        }
        assert!(matches!(read(&json!({})).caller, Err(Error::Unauthenticated)));
        assert!(matches!(Verdict::nobody().caller, Err(Error::Unauthenticated)));
    }
}
