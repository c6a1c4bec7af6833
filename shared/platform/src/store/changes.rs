//! Changes of items, as DynamoDB's stream of the table tells them: how a thing was, and how it is.

use domain::{
    Error, circuit::Circuit, interaction::Interaction, tenant::TenantId, webhook_endpoint::WebhookEndpoints,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_dynamo::{AttributeValue, Item};
use serde_json::Value;

use super::{circuits::CIRCUIT, interactions::MESSAGE, webhook_endpoints::ENDPOINTS};

/// The types of items whose changes are told of. Whoever follows the stream asks for no others.
pub const FOLLOWED: [&str; 3] = [MESSAGE, CIRCUIT, ENDPOINTS];

/// A change of one item. What was removed is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whose.
    pub tenant: TenantId,
    before: Option<Item>,
    after: Item,
}

/// A change as it is told.
#[derive(Deserialize)]
struct Record {
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    #[serde(default)]
    old_image: Option<Item>,
    new_image: Item,
}

/// What changed.
#[derive(Debug)]
pub enum Changed {
    /// A message; new where there was none.
    Message(Option<Box<Interaction>>, Box<Interaction>),
    /// What is known of an account.
    Circuit(Option<Circuit>, Circuit),
    /// A lender's webhook endpoints.
    Endpoints(Option<WebhookEndpoints>, WebhookEndpoints),
}

impl Change {
    /// A change out of a record of the stream, as Lambda hands it to a function.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is none of an item of a tenant's.
    pub fn read(record: &Value) -> Result<Self, Error> {
        let unreadable = |why: String| Error::Internal(format!("a change that cannot be read: {why}"));
        let Record { dynamodb: Images { old_image, new_image } } =
            Record::deserialize(record).map_err(|e| unreadable(e.to_string()))?;
        let tenant =
            text(&new_image, "pk").and_then(|key| key.strip_prefix("T#")?.split('#').next()?.parse().ok());
        let tenant = tenant.ok_or_else(|| unreadable("it is of no tenant".into()))?;
        Ok(Self { tenant, before: old_image, after: new_image })
    }

    /// Whether a message changed.
    pub fn is_of_message(&self) -> bool {
        self.kind() == MESSAGE
    }

    /// What changed.
    ///
    /// # Errors
    /// [`Error::Internal`] where that cannot be read, or is none of [`FOLLOWED`].
    pub fn what(self) -> Result<Changed, Error> {
        match self.kind() {
            MESSAGE => {
                let (before, after) = self.entities()?;
                Ok(Changed::Message(before.map(Box::new), Box::new(after)))
            }
            CIRCUIT => self.entities().map(|(before, after)| Changed::Circuit(before, after)),
            ENDPOINTS => self.entities().map(|(before, after)| Changed::Endpoints(before, after)),
            other => Err(Error::Internal(format!("of the change of a {other} nobody is told"))),
        }
    }

    fn kind(&self) -> &str {
        text(&self.after, "type").unwrap_or_default()
    }

    fn entities<T: DeserializeOwned>(self) -> Result<(Option<T>, T), Error> {
        let kind = self.kind().to_owned();
        let read = |mut item: Item| match item.remove("data") {
            Some(data) => serde_dynamo::from_attribute_value(data)
                .map_err(|e| Error::Internal(format!("stored {kind} cannot be read: {e}"))),
            None => Err(Error::Internal(format!("stored {kind} has no data"))),
        };
        Ok((self.before.map(&read).transpose()?, read(self.after)?))
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
    use serde_json::json;

    use super::*;

    fn record(kind: &str, pk: &str) -> Value {
        json!({
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": "1",
                "NewImage": {
                    "pk": { "S": pk },
                    "type": { "S": kind },
                    "data": { "M": {
                        "account": { "S": "ses" },
                        "state": { "M": { "is": { "S": "closed" } } },
                        "since": { "S": "2026-01-05T15:00:00Z" },
                        "revision": { "N": "3" },
                    } },
                },
            },
        })
    }

    #[test]
    fn a_change_is_read_as_dynamodb_tells_it() {
        let change = Change::read(&record("circuit", "T#acme#CIRCUIT#00ff")).unwrap();
        assert_eq!(change.tenant.as_str(), "acme");
        let Changed::Circuit(None, circuit) = change.what().unwrap() else { panic!("no circuit") };
        assert_eq!((circuit.state, circuit.revision), (State::Closed, 3));
    }

    #[test]
    fn what_is_nobodys_or_unknown_is_told_as_such() {
        assert!(Change::read(&record("circuit", "APIKEY#00ff")).is_err());
        assert!(Change::read(&json!({ "dynamodb": {} })).is_err());
        assert!(Change::read(&record("batch", "T#acme#BU-1")).unwrap().what().is_err());
        assert!(Change::read(&record("interaction", "T#acme#IN-1")).unwrap().what().is_err());
    }
}
