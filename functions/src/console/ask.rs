//! What a page asks of the API.

use std::collections::BTreeMap;

use domain::{Error, error::Ours as _};
use lambda_http::{Body, Response, http::StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use platform::http::{self, problem};
use serde_json::{Value, json};

use super::{Stop, Visit};
use crate::catalog::Function;

/// What the API says in the place of an answer (RFC 9457).
#[derive(Debug)]
pub(crate) struct Problem {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// Its members.
    pub(crate) members: Value,
}

impl Problem {
    /// The last part of its type.
    pub(crate) fn slug(&self) -> &str {
        let kind = self.members["type"].as_str().unwrap_or_default();
        kind.strip_prefix(problem::TYPE).unwrap_or(kind)
    }
}

impl Visit<'_> {
    /// Whether the visitor's role may call a function of the API: what it may not is not offered.
    pub(crate) fn may(&self, function: &Function) -> bool {
        let [api] = function.routes() else { return false };
        let role = self.request.caller().map(|caller| caller.role).ok();
        role >= api.role
    }

    /// What a function of the API answers to GET. What is wrong becomes the page.
    ///
    /// # Errors
    /// Those of the function.
    pub(crate) async fn ask(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
    ) -> Result<Value, Error> {
        let answer = self.call(function, path, query, None, None).await?;
        match answer.status().is_success() {
            true => read(&answer),
            false => Err(Error::Internal(format!("{} answered {}", function.name, answer.status()).into())),
        }
    }

    /// Has a function of the API do something. `once` is the form's: what takes its ids from it, as messages do, is made once however
    /// often the form is sent. Nothing else is answered as before, because a page keeps no answers.
    ///
    /// # Errors
    /// [`Stop`] if we are to blame; the [`Problem`] is for whoever filled in the form.
    pub(crate) async fn tell(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        body: &Value,
        once: Option<&str>,
    ) -> Result<Result<Value, Problem>, Stop> {
        self.told(self.call(function, path, &[], Some(body), once).await)
    }

    /// The same for what is removed, of which the query says more.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub(crate) async fn remove(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
    ) -> Result<Result<Value, Problem>, Stop> {
        self.told(self.call(function, path, query, None, None).await)
    }

    fn told(&self, answer: Result<Response<Body>, Error>) -> Result<Result<Value, Problem>, Stop> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_ours() => return Err(error.into()),
            Err(error) => problem::answer(&error, &self.request.trace_id),
        };
        let (status, members) = (answer.status(), read(&answer)?);
        Ok(if status.is_success() { Ok(members) } else { Err(Problem { status, members }) })
    }

    /// The answer of a function of the API as it is.
    ///
    /// # Errors
    /// Those of the function.
    pub(crate) async fn call(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Result<Response<Body>, Error> {
        let [api] = function.routes() else {
            return Err(Error::Internal(format!("{} is no route", function.name).into()));
        };
        let filled = path.iter().fold(api.path.to_owned(), |filled, (name, value)| {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
            filled.replace(&format!("{{{name}}}"), &value)
        });
        let parameters: BTreeMap<_, _> =
            path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let once = once.map(str::to_owned);
        let asked = self.request.on_behalf(api.method.clone(), filled, parameters, query, body, once);
        http::answer_within(self.app, api.route(), &asked).await
    }
}

/// The JSON of an answer; null if it has none.
fn read(answer: &Response<Body>) -> Result<Value, Error> {
    match answer.body() {
        Body::Text(text) if !text.is_empty() => serde_json::from_str(text).internal(),
        _ => Ok(json!(null)),
    }
}
