//! What a page asks of the API.

use std::collections::BTreeMap;

use domain::{
    Error,
    error::{Conflict, Ours as _},
};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use platform::{
    http::{self, Request, Route, problem},
    race::Race,
};
use serde_json::{Map, Value, json};

use super::{Form, Stop, Visit};
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

    /// What is wrong, by the fields that became the members it is wrong with.
    pub(crate) fn faults(&self) -> Map<String, Value> {
        let mut faults = Map::new();
        for fault in self.members["violations"].as_array().into_iter().flatten() {
            let pointer = fault["pointer"].as_str().unwrap_or_default();
            let name = pointer.trim_start_matches(['/', '?']).replace('/', ".");
            faults.entry(name).or_insert_with(|| fault["message"].clone());
        }
        faults
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
        Ok(self.ask_tagged(function, path, query).await?.0)
    }

    /// The same with the entity tag of the answer, for the forms that are made of it; null, if it has none.
    ///
    /// # Errors
    /// Those of the function.
    pub(crate) async fn ask_tagged(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
    ) -> Result<(Value, Value), Error> {
        let answer = self.call(function, path, query, None, &Form::default()).await?;
        match answer.status().is_success() {
            true => {
                let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
                Ok((read(&answer)?, json!(tag)))
            }
            false => Err(Error::Internal(format!("{} answered {}", function.name, answer.status()).into())),
        }
    }

    /// What a function of the API answers to a question that takes a body. Nothing is done by it.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub(crate) async fn ask_about(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        body: &Value,
    ) -> Result<Result<Value, Problem>, Stop> {
        self.told(self.call(function, path, &[], Some(body), &Form::default()).await)
    }

    /// Has a function of the API do what a form says. However often the form is sent, even twice at once, it is done once, and
    /// answered the same each time; but a secret is shown once. It is not done if the form was made of something that somebody
    /// changed since.
    ///
    /// # Errors
    /// [`Stop`] if we are to blame; the [`Problem`] is for whoever filled in the form.
    pub(crate) async fn tell(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        body: &Value,
        form: &Form,
    ) -> Result<Result<Value, Problem>, Stop> {
        self.have_done(function, path, &[], Some(body), form).await
    }

    /// The same for a form that acts on something else because of what its page showed, which has this entity tag now. It is not done if
    /// that is another than the page showed, unless it was done already and the form is sent again.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub(crate) async fn tell_if_seen(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        body: &Value,
        form: &Form,
        now: &str,
    ) -> Result<Result<Value, Problem>, Stop> {
        let (_, asked) = self.asked(function, path, &[], Some(body), form)?;
        if !form.saw(now) && !http::has_begun(self.app, &asked).await? {
            return Ok(Err(self.problem(&Error::PreconditionFailed(None))?));
        }
        self.tell(function, path, body, form).await
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
        form: &Form,
    ) -> Result<Result<Value, Problem>, Stop> {
        self.have_done(function, path, query, None, form).await
    }

    async fn have_done(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
        body: Option<&Value>,
        form: &Form,
    ) -> Result<Result<Value, Problem>, Stop> {
        let mut race = Race::begin();
        loop {
            match self.call(function, path, query, body, form).await {
                // Whoever clicks twice sees what is answered to the second click.
                Err(Error::Conflict { conflict: Conflict::StillRunning, .. }) => {
                    race.lost(format!("what {} does", function.name)).await?;
                }
                answer => return self.told(answer),
            }
        }
    }

    /// What a function of the API answers to a body, in another media type than JSON.
    ///
    /// # Errors
    /// As [`Self::tell`].
    pub(crate) async fn download(
        &self,
        function: &Function,
        body: &Value,
        media: &'static str,
    ) -> Result<Result<Response<Body>, Problem>, Stop> {
        let (route, mut asked) = self.asked(function, &[], &[], Some(body), &Form::default())?;
        asked.headers.insert(header::ACCEPT, HeaderValue::from_static(media));
        self.answered(http::answer_within(self.app, route, &asked).await)
    }

    /// What is answered, or what is wrong with what was asked.
    ///
    /// # Errors
    /// [`Stop`] if we are to blame.
    pub(super) fn told(&self, answer: Result<Response<Body>, Error>) -> Result<Result<Value, Problem>, Stop> {
        Ok(match self.answered(answer)? {
            Ok(answer) => Ok(read(&answer)?),
            Err(problem) => Err(problem),
        })
    }

    fn answered(
        &self,
        answer: Result<Response<Body>, Error>,
    ) -> Result<Result<Response<Body>, Problem>, Stop> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_ours() => return Err(error.into()),
            Err(error) => problem::answer(&error, &self.request.trace_id),
        };
        let status = answer.status();
        Ok(if status.is_success() { Ok(answer) } else { Err(Problem { status, members: read(&answer)? }) })
    }

    /// What the API would say of an error that the page finds itself.
    ///
    /// # Errors
    /// [`Error::Internal`], if it could not say it.
    pub(crate) fn problem(&self, error: &Error) -> Result<Problem, Error> {
        let answer = problem::answer(error, &self.request.trace_id);
        Ok(Problem { status: answer.status(), members: read(&answer)? })
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
        form: &Form,
    ) -> Result<Response<Body>, Error> {
        let (route, asked) = self.asked(function, path, query, body, form)?;
        http::answer_within(self.app, route, &asked).await
    }

    /// The request for it.
    fn asked(
        &self,
        function: &Function,
        path: &[(&str, &str)],
        query: &[(&str, String)],
        body: Option<&Value>,
        form: &Form,
    ) -> Result<(Route, Request), Error> {
        let [api] = function.routes() else {
            return Err(Error::Internal(format!("{} is no route", function.name).into()));
        };
        if let Some((name, _)) = path.iter().find(|(_, value)| value.is_empty()) {
            return Err(Error::invalid(format!("/{name}"), "must be given"));
        }
        let filled = path.iter().fold(api.path.to_owned(), |filled, (name, value)| {
            let value = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
            filled.replace(&format!("{{{name}}}"), &value)
        });
        let parameters: BTreeMap<_, _> =
            path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let asked = self.request.on_behalf(api.method.clone(), filled, parameters, query, body);
        let asked = asked.sent_as(form.once());
        let asked = match form.condition() {
            Some((header, tag)) => asked.on_condition(header, tag),
            None => asked,
        };
        Ok((api.route(), asked))
    }
}

/// The JSON of an answer; null if it has none.
fn read(answer: &Response<Body>) -> Result<Value, Error> {
    match answer.body() {
        Body::Text(text) if !text.is_empty() => serde_json::from_str(text).internal(),
        _ => Ok(json!(null)),
    }
}
