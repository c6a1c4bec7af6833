//! Changes of items, from the table's DynamoDB stream: how an item was, and how it is.

use domain::{
    Error, circuit::Circuit, error::Cause, interaction::Interaction, tenant::TenantId,
    webhook_endpoint::WebhookEndpoints,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_dynamo::{AttributeValue, Item};

use super::{circuits::CIRCUIT, interactions::MESSAGE, packed, webhook_endpoints::ENDPOINTS};

/// The types of items whose changes are reported. The stream is filtered by them.
pub const FOLLOWED: [&str; 3] = [MESSAGE, CIRCUIT, ENDPOINTS];

/// A change of one item. What was removed is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whose.
    pub tenant: TenantId,
    raw: RawChange,
}

/// A change that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// It, as it came.
    pub raw: RawChange,
    /// Why.
    pub why: Error,
}

/// What the stream hands out at once, as Lambda hands it to a function. Items hold stranger numbers than JSON values take, so they
/// are read as items.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeBatch {
    /// In their order, each item's.
    #[serde(rename = "Records", default)]
    pub changes: Vec<RawChange>,
}

/// A change as the stream has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawChange {
    dynamodb: Images,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    keys: Option<Item>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sequence_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    old_image: Option<Item>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    new_image: Option<Item>,
}

impl RawChange {
    /// Whether this change is reported.
    pub fn is_followed(&self) -> bool {
        let kind = self.after().and_then(|item| text(item, "type"));
        kind.is_some_and(|kind| FOLLOWED.contains(&kind))
    }

    /// Where it stands, without what changed.
    #[must_use]
    pub fn without_images(&self) -> Self {
        Self { dynamodb: Images { old_image: None, new_image: None, ..self.dynamodb.clone() } }
    }

    fn after(&self) -> Option<&Item> {
        self.dynamodb.new_image.as_ref()
    }

    fn tenant(&self) -> Option<TenantId> {
        text(self.after()?, "pk")?.strip_prefix("T#")?.split('#').next()?.parse().ok()
    }
}

/// What changed.
#[derive(Debug)]
pub enum Changed {
    /// A message; new if there was none.
    Message(Option<Box<Interaction>>, Box<Interaction>),
    /// What is known of an account.
    Circuit(Option<Box<Circuit>>, Box<Circuit>),
    /// A lender's webhook endpoints.
    Endpoints(Option<WebhookEndpoints>, WebhookEndpoints),
}

impl Change {
    /// A change, from what the stream has of it.
    ///
    /// # Errors
    /// [`Unreadable`] if it is none of an item of a tenant's.
    pub fn read(raw: RawChange) -> Result<Self, Box<Unreadable>> {
        match raw.tenant() {
            Some(tenant) => Ok(Self { tenant, raw }),
            None => {
                let why = Error::Internal("a change of what is no tenant's".into());
                Err(Box::new(Unreadable { raw, why }))
            }
        }
    }

    /// The same, of which it turned out that it cannot be read.
    pub fn unreadable(self, why: Error) -> Unreadable {
        Unreadable { raw: self.raw, why }
    }

    /// What changed.
    ///
    /// # Errors
    /// [`Error::Internal`] if that cannot be read, or is none of [`FOLLOWED`].
    pub fn what(&self) -> Result<Changed, Error> {
        match self.kind() {
            MESSAGE => self.entities().map(|(before, after)| Changed::Message(before, after)),
            CIRCUIT => self.entities().map(|(before, after)| Changed::Circuit(before, after)),
            ENDPOINTS => self.entities().map(|(before, after)| Changed::Endpoints(before, after)),
            other => Err(Error::Internal(format!("of the change of a {other} nobody is told").into())),
        }
    }

    fn kind(&self) -> &str {
        self.raw.after().and_then(|item| text(item, "type")).unwrap_or_default()
    }

    fn entities<T: DeserializeOwned>(&self) -> Result<(Option<T>, T), Error> {
        let kind = self.kind();
        let nothing = || Error::Internal(format!("stored {kind} has no data").into());
        let read = |item: &Item| {
            let unreadable =
                |cause: Cause| Error::Internal(cause.about(format!("stored {kind} cannot be read")));
            match item.get("data").ok_or_else(nothing)? {
                AttributeValue::B(packed) => packed::unpack(packed).map_err(|e| unreadable(Cause::of(e))),
                data => {
                    serde_dynamo::from_attribute_value(data.clone()).map_err(|e| unreadable(Cause::of(e)))
                }
            }
        };
        let Images { old_image, new_image, .. } = &self.raw.dynamodb;
        let before = old_image.as_ref().map(read).transpose()?;
        Ok((before, read(new_image.as_ref().ok_or_else(nothing)?)?))
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::circuit::State;

    use super::*;

    fn raw(kind: &str, pk: &str) -> RawChange {
        let text = format!(
            r#"{{ "eventName": "INSERT", "dynamodb": {{ "SequenceNumber": "1", "NewImage": {{
                "pk": {{ "S": "{pk}" }},
                "type": {{ "S": "{kind}" }},
                "data": {{ "M": {{
                    "account": {{ "S": "ses" }},
                    "state": {{ "M": {{ "is": {{ "S": "closed" }} }} }},
                    "since": {{ "S": "2026-01-05T15:00:00Z" }},
                    "revision": {{ "N": "3" }},
                    "amount": {{ "M": {{ "$serde_json::private::Number": {{ "S": "12.50" }} }} }}
                }} }}
            }} }} }}"#
        );
        let changes: ChangeBatch = serde_json::from_str(&format!(r#"{{ "Records": [{text}] }}"#)).unwrap();
        changes.changes.into_iter().next().unwrap()
    }

    #[test]
    fn a_change_is_read_as_dynamodb_tells_it() {
        let raw = raw("circuit", "T#acme#CIRCUIT#00ff");
        assert!(raw.is_followed());
        let change = Change::read(raw).unwrap();
        assert_eq!(change.tenant.as_str(), "acme");
        let Changed::Circuit(None, circuit) = change.what().unwrap() else { panic!("no circuit") };
        assert_eq!((circuit.state, circuit.revision), (State::Closed, 3));
    }

    #[test]
    fn a_change_is_written_as_it_was_read() {
        let written = serde_json::json!({ "dynamodb": {
            "Keys": { "pk": { "S": "T#acme#IN-1" }, "sk": { "S": "INTERACTION" } },
            "SequenceNumber": "1",
            "OldImage": { "amount": { "N": "12.50" }, "is": { "BOOL": true } },
            "NewImage": { "list": { "L": [{ "M": {} }, { "NULL": true }] } },
        } });
        let raw: RawChange = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&raw).unwrap(), written);
        let stands = serde_json::to_value(raw.without_images()).unwrap();
        let members: Vec<_> = stands["dynamodb"].as_object().unwrap().keys().collect();
        assert_eq!(members, ["Keys", "SequenceNumber"]);
    }

    #[test]
    fn what_is_nobodys_or_unknown_is_told_as_such() {
        assert!(Change::read(raw("circuit", "APIKEY#00ff")).is_err());
        let removed: RawChange =
            serde_json::from_str(r#"{ "eventName": "REMOVE", "dynamodb": {} }"#).unwrap();
        assert!(!removed.is_followed() && Change::read(removed).is_err());
        assert!(!raw("told", "T#acme#IN-1").is_followed());
        assert!(Change::read(raw("batch", "T#acme#BU-1")).unwrap().what().is_err());
        assert!(Change::read(raw("interaction", "T#acme#IN-1")).unwrap().what().is_err());
    }
}
