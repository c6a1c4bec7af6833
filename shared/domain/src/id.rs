//! Identifiers: prefixed, sortable, and derivable from what the lender already has.
//!
//! Two shapes exist for every kind:
//!
//! - `IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H`: ten base-32 digits of the millisecond it was made, sixteen random ones.
//! - `BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST`: derived by hash from the tenant, the kind and the lender's own id (or an
//!   idempotency key). The same input names the same thing, so `ext-john` needs no look-up table and a repeated
//!   creation meets its first self under the same storage key.

mod short;

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use data_encoding::{Encoding, Specification};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
pub use short::Short;

/// What an id names. The prefix is part of the public contract.
pub trait Kind: 'static {
    /// Two capitals, as in `BO-…`.
    const PREFIX: &'static str;
    /// For error messages: "person", "loan".
    const NAME: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $prefix:literal $name:literal),* $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NAME: &'static str = $name;
            }
        )*
    };
}

kinds! {
    /// A lender, as the templates' document names it (002).
    Company "CP" "company",
    /// A borrower, co-borrower or other person messages are sent to.
    Person "BO" "person",
    /// A way to reach a person: e-mail address, phone number, postal address, push token.
    Contact "CT" "contact",
    /// A loan or line of credit.
    Loan "LN" "loan",
    /// A case such as a bankruptcy or a dispute.
    Case "CS" "case",
    /// What a person owed at the end of a period, as the lender stated it.
    Statement "SM" "statement",
    /// A file kept for a person.
    Document "DC" "document",
    /// What a template is for: subject, channel, language, product.
    Descriptor "TD" "template",
    /// One wording of a template.
    Version "TV" "template version",
    /// One message on one channel, in or out.
    Interaction "IN" "interaction",
    /// A batch.
    Batch "BU" "batch",
    /// Something one of the lender's people is to do.
    Task "TK" "task",
    /// A rule by which what comes in is answered.
    AutoResponse "AR" "auto-response",
    /// A URL of a lender's that hears of events.
    WebhookEndpoint "WE" "webhook endpoint",
    /// A rule by which an event makes messages.
    NotificationRule "NR" "notification rule",
    /// A place from which a lender reads what happened.
    EventSubscription "ES" "event subscription",
    /// Work on many messages at once.
    Operation "OP" "operation",
    /// A credential of a lender's system or user.
    ApiKey "AK" "API key",
}

/// Crockford's base 32 in lexical order: no I, L, O, U, and capitals sort after digits.
fn base32() -> Encoding {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    #[expect(clippy::expect_used, reason = "a constant alphabet of 32 distinct symbols is valid")]
    spec.encoding().expect("32 symbols")
}

/// An id of one kind. Ordering follows creation time for ids that were not derived.
pub struct Id<K> {
    text: String,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// A fresh id from the time (milliseconds since 1970) and 80 random bits.
    pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
        // 48 bits of milliseconds, shifted to fill ten base-32 digits (50 bits) from the left.
        let time = base32().encode(&(unix_ms << 16).to_be_bytes())[..10].to_owned();
        Self::trusted(format!("{}-{time}-{}", K::PREFIX, base32().encode(&random)))
    }

    /// The id of the thing that `tenant` calls `external`.
    pub fn external(tenant: &str, external: &str) -> Self {
        Self::derived("EXT", &[tenant, external])
    }

    /// The id of the `ordinal`-th thing of this kind made under one idempotency key or batch.
    pub fn keyed(tenant: &str, key: &str, ordinal: &str) -> Self {
        Self::derived("KEY", &[tenant, key, ordinal])
    }

    fn derived(family: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&K::PREFIX).chain(parts) {
            // Length first, so that ("ab","c") and ("a","bc") differ.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self::trusted(format!("{}-{family}-{}", K::PREFIX, base32().encode(&hash.finalize()[..16])))
    }

    fn trusted(text: String) -> Self {
        Self { text, kind: PhantomData }
    }

    /// The id as it stands in answers and storage keys.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(pub String);

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut parts = text.splitn(3, '-');
        let shape = |part: Option<&str>| {
            part.is_some_and(|p| {
                (1..=32).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            })
        };
        if parts.next() == Some(K::PREFIX) && shape(parts.next()) && shape(parts.next()) {
            Ok(Self::trusted(text.to_owned()))
        } else {
            Err(InvalidId(format!(
                "must be a {} id: {}-… as we returned it, or ext-… with your own id",
                K::NAME,
                K::PREFIX
            )))
        }
    }
}

/// A thing as callers name it: our id, or the lender's.
///
/// Accepted spellings: `BO-…`, `ext-<your id>`, and a bare UUID, which the Communications API (000) uses for things
/// that live in the lender's system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ref<K> {
    /// An id we gave.
    Id(Id<K>),
    /// The lender's id, without the `ext-` it is written with.
    External(ExternalId),
    /// The lender's id if it is a UUID and written bare.
    Uuid(ExternalId),
}

impl<K: Kind> Ref<K> {
    /// The id this names within `tenant`.
    pub fn resolve(&self, tenant: &str) -> Id<K> {
        match self {
            Self::Id(id) => id.clone(),
            Self::External(external) | Self::Uuid(external) => Id::external(tenant, external.as_str()),
        }
    }

    /// The lender's own id, if it is named by that.
    pub fn external(&self) -> Option<&ExternalId> {
        match self {
            Self::Id(_) => None,
            Self::External(external) | Self::Uuid(external) => Some(external),
        }
    }
}

/// What names one thing of a kind: an id of ours, or a reference, which shows in errors as its author wrote it.
pub trait Names<K: Kind>: fmt::Display {
    /// The id it names within `tenant`.
    fn id_within(&self, tenant: &str) -> Id<K>;
}

impl<K: Kind> Names<K> for Id<K> {
    fn id_within(&self, _: &str) -> Id<K> {
        self.clone()
    }
}

impl<K: Kind> Names<K> for Ref<K> {
    fn id_within(&self, tenant: &str) -> Id<K> {
        self.resolve(tenant)
    }
}

impl<K: Kind> FromStr for Ref<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.strip_prefix("ext-") {
            Some(external) => external.parse().map(Self::External),
            None if is_uuid(text) => text.parse().map(Self::Uuid),
            None => text.parse().map(Self::Id),
        }
    }
}

impl<K: Kind> fmt::Display for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::External(external) => write!(f, "ext-{}", external.as_str()),
            Self::Uuid(external) => f.write_str(external.as_str()),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The lender's own identifier: 1 to 255 printable characters without `ext-` in front (001, `externalId`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ExternalId(String);

impl ExternalId {
    /// As the lender wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = (1..=255).contains(&text.chars().count());
        if text.starts_with("ext-") {
            Err(InvalidId("must be the external id without ext- in front".into()))
        } else if fits && !text.chars().any(|c| c.is_control() || c == '/' || c.is_whitespace()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId(
                "must have 1 to 255 characters, without spaces, control characters and slashes".into(),
            ))
        }
    }
}

impl<'de> Deserialize<'de> for ExternalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

// Written out rather than derived: a derive would ask the kind itself for these traits.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Ref<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<K: Kind> Serialize for Ref<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<K: Kind> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Id", type_name::<K>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": format!("The id that Postrider gave the {}.", K::NAME),
            "pattern": format!("^{}$", id_pattern::<K>()),
            "examples": [format!("{}-01JD3V9K2M-8ZQ4T6WX1N3F5G7H", K::PREFIX)],
        })
    }
}

impl<K: Kind> JsonSchema for Ref<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Reference", type_name::<K>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let uuid = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
        json_schema!({
            "type": "string",
            "description": format!("The id of the {}: ours, yours with ext- in front, or yours alone if it is a UUID.", K::NAME),
            "pattern": format!("^({}|ext-{}|{uuid})$", id_pattern::<K>(), crate::shape::external()),
            "examples": ["ext-1042", format!("{}-01JD3V9K2M-8ZQ4T6WX1N3F5G7H", K::PREFIX)],
        })
    }
}

impl JsonSchema for ExternalId {
    fn schema_name() -> Cow<'static, str> {
        "ExternalId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Your own id, without ext- in front.",
            "pattern": format!("^{}$", crate::shape::external()),
            "examples": ["1042"],
        })
    }
}

fn id_pattern<K: Kind>() -> String {
    format!("{}-[0-9A-Z]{{1,32}}-[0-9A-Z]{{1,32}}", K::PREFIX)
}

/// `TemplateVersion` from "template version".
fn type_name<K: Kind>() -> String {
    let capitalized = |word: &str| word[..1].to_ascii_uppercase() + &word[1..].to_ascii_lowercase();
    K::NAME.split([' ', '-']).map(capitalized).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_carry_their_prefix_and_read_back() {
        let id = Id::<Interaction>::new(1_763_722_800_000, [7; 10]);
        assert!(id.as_str().starts_with("IN-"), "{id}");
        assert_eq!(id.as_str().parse::<Id<Interaction>>(), Ok(id.clone()));
        assert!(id.as_str().parse::<Id<Person>>().is_err());
    }

    #[test]
    fn the_same_external_id_names_the_same_thing_within_a_tenant_only() {
        let john = Id::<Person>::external("demo", "john");
        assert_eq!(john, Id::external("demo", "john"));
        assert_ne!(john, Id::external("other", "john"));
        assert_ne!(john.as_str()[3..], Id::<Loan>::external("demo", "john").as_str()[3..]);
        assert_eq!("ext-john".parse::<Ref<Person>>().unwrap().resolve("demo"), john);
    }

    #[test]
    fn a_bare_uuid_is_the_lenders_id() {
        let bare: Ref<Person> = "661f9511-f3ac-52e5-b827-557766551111".parse().unwrap();
        let prefixed: Ref<Person> = "ext-661f9511-f3ac-52e5-b827-557766551111".parse().unwrap();
        assert_eq!(bare.resolve("demo"), prefixed.resolve("demo"));
        assert_eq!(bare.external(), prefixed.external());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "BO",
            "BO-",
            "BO-1",
            "BO--1",
            "bo-1-2",
            "LN-1-2",
            "ext-",
            "BO-1-2/..",
            "BO-1-2 ",
            "ext-a/b",
            "ext-ext-a",
        ] {
            assert!(text.parse::<Ref<Person>>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn later_ids_sort_after_earlier_ones(a in 0u64..1 << 47, b in 0u64..1 << 47, x: [u8; 10], y: [u8; 10]) {
            prop_assume!(a < b);
            prop_assert!(Id::<Interaction>::new(a, x) < Id::new(b, y));
        }

        #[test]
        fn parsing_never_panics_and_round_trips(text in ".{0,40}") {
            if let Ok(reference) = text.parse::<Ref<Person>>() {
                prop_assert_eq!(reference.to_string().parse::<Ref<Person>>().unwrap(), reference);
            }
        }
    }
}
