//! What stands behind the question mark of a URL.

use std::{collections::BTreeSet, str::FromStr};

use domain::{Error, error::Violation};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    Request,
    body::{Samples, misplaced},
    decode_cursor,
};
use crate::store::Edge;

impl Request {
    /// Refuses query parameters that are not among these, so that a misspelt filter never widens a list.
    pub(super) fn expect_query(&self, known: fn() -> Vec<&'static str>) -> Result<(), Error> {
        if self.query.is_empty() {
            return Ok(());
        }
        let known = known();
        let remedy = match known.as_slice() {
            [] => "it must be left out, as this route has none".to_owned(),
            known => format!("a parameter must be one of {}", known.join(", ")),
        };
        let mut seen = BTreeSet::new();
        let repeated = form_urlencoded::parse(self.raw_query.as_bytes())
            .filter(|(name, _)| !seen.insert(name.clone()))
            .map(|(name, _)| Violation::new(format!("?{name}"), "must be given once"));
        let unknown = self.query.keys().filter(|name| !known.contains(&name.as_str()));
        let violations: Vec<_> = unknown
            .map(|name| Violation::new(format!("?{name}"), format!("is not a known parameter; {remedy}")))
            .chain(repeated)
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
    }

    /// A query parameter.
    pub fn query<T: FromStr<Err: std::fmt::Display> + JsonSchema>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.query.get(name) else { return Ok(None) };
        let own_words = match text.parse() {
            Ok(read) if misplaced::<T>(&Value::from(text.as_str())).is_empty() => return Ok(Some(read)),
            Ok(_) => None,
            Err(error) => Some(error.to_string()).filter(|words| words.starts_with("must ")),
        };
        let words = own_words.unwrap_or_else(|| Samples::of_type::<T>().requirement("", None));
        Err(Error::invalid(format!("?{name}"), words))
    }

    /// `limit` of a list: 1 to 100, 25 if absent.
    pub fn limit(&self) -> Result<i32, Error> {
        match self.query::<i32>("limit")? {
            None => Ok(25),
            Some(limit @ 1..=100) => Ok(limit),
            Some(_) => Err(Error::invalid("?limit", "must be 1 to 100")),
        }
    }

    /// `cursor` of a list.
    pub fn cursor<T: DeserializeOwned + Serialize>(&self) -> Result<Option<T>, Error> {
        self.query.get("cursor").map(|text| decode_cursor(text, "?cursor")).transpose()
    }

    /// `startingAfter` or `endingBefore` of a list (001, 002): a side of the entry with that id, whose place `find` knows.
    /// The latter goes first if both are given.
    ///
    /// # Errors
    /// 400 for an id that is not in the list.
    pub async fn edge<P, F: Future<Output = Result<P, Error>>>(
        &self,
        find: impl FnOnce(String) -> F,
    ) -> Result<Option<Edge<P>>, Error> {
        let given = |name: &'static str| Some((name, self.query.get(name)?.clone()));
        let Some((name, id)) = given("endingBefore").or_else(|| given("startingAfter")) else {
            return Ok(None);
        };
        let position = find(id).await.map_err(|error| match error {
            Error::NotFound { what, .. } => Error::invalid(
                format!("?{name}"),
                format!("must be an id from this list: no {what} of it has this one"),
            ),
            error => error,
        })?;
        Ok(Some(if name == "endingBefore" { Edge::Before(position) } else { Edge::After(position) }))
    }
}
