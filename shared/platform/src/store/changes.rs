//! Changes of items, as DynamoDB's stream of the table tells them: how a thing was, and how it is.

use domain::{
    Error, circuit::Circuit, interaction::Interaction, tenant::TenantId, webhook_endpoint::WebhookEndpoints,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_dynamo::{AttributeValue, Item};

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

/// What the stream hands out at once, as Lambda hands it to a function. Items hold stranger numbers than JSON values take, so they
/// are read as items.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Records {
    /// In their order, each item's.
    #[serde(default)]
    pub records: Vec<Record>,
}

/// A change as the stream has it.
#[derive(Debug, Clone, Deserialize)]
pub struct Record {
    dynamodb: Images,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    #[serde(default)]
    old_image: Option<Item>,
    #[serde(default)]
    new_image: Option<Item>,
}

impl Record {
    /// Whether somebody is told of what changed.
    pub fn is_followed(&self) -> bool {
        let kind = self.dynamodb.new_image.as_ref().and_then(|item| text(item, "type"));
        kind.is_some_and(|kind| FOLLOWED.contains(&kind))
    }
}

/// What changed.
#[derive(Debug)]
pub enum Changed {
    /// A message; new where there was none.
    Message(Option<Box<Interaction>>, Box<Interaction>),
    /// What is known of an account.
    Circuit(Option<Box<Circuit>>, Box<Circuit>),
    /// A lender's webhook endpoints.
    Endpoints(Option<WebhookEndpoints>, WebhookEndpoints),
}

impl Change {
    /// A change out of a record of the stream.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is none of an item of a tenant's.
    pub fn read(record: Record) -> Result<Self, Error> {
        let Images { old_image, new_image } = record.dynamodb;
        let nobodys = || Error::Internal("a change of what is no tenant's".into());
        let after = new_image.ok_or_else(nobodys)?;
        let tenant =
            text(&after, "pk").and_then(|key| key.strip_prefix("T#")?.split('#').next()?.parse().ok());
        Ok(Self { tenant: tenant.ok_or_else(nobodys)?, before: old_image, after })
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
            MESSAGE => self.entities().map(|(before, after)| Changed::Message(before, after)),
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

    use super::*;

    fn record(kind: &str, pk: &str) -> Record {
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
        let records: Records = serde_json::from_str(&format!(r#"{{ "Records": [{text}] }}"#)).unwrap();
        records.records.into_iter().next().unwrap()
    }

    #[test]
    fn a_change_is_read_as_dynamodb_tells_it() {
        let record = record("circuit", "T#acme#CIRCUIT#00ff");
        assert!(record.is_followed());
        let change = Change::read(record).unwrap();
        assert_eq!(change.tenant.as_str(), "acme");
        let Changed::Circuit(None, circuit) = change.what().unwrap() else { panic!("no circuit") };
        assert_eq!((circuit.state, circuit.revision), (State::Closed, 3));
    }

    #[test]
    fn what_is_nobodys_or_unknown_is_told_as_such() {
        assert!(Change::read(record("circuit", "APIKEY#00ff")).is_err());
        let removed: Record = serde_json::from_str(r#"{ "eventName": "REMOVE", "dynamodb": {} }"#).unwrap();
        assert!(!removed.is_followed() && Change::read(removed).is_err());
        assert!(!record("told", "T#acme#IN-1").is_followed());
        assert!(Change::read(record("batch", "T#acme#BU-1")).unwrap().what().is_err());
        assert!(Change::read(record("interaction", "T#acme#IN-1")).unwrap().what().is_err());
    }
}
