//! A request as handlers see it.

use std::{borrow::Cow, collections::BTreeMap, net::IpAddr, str::FromStr};

use domain::{
    Error,
    caller::Caller,
    id::{ExternalId, Id, Kind, Ref},
    tenant::TenantId,
};
use lambda_http::{
    Body, Request as LambdaRequest, RequestExt,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    request::RequestContext,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use super::{body, etag};
use crate::{app::App, digest::digest};

/// An authenticated request.
pub struct Request {
    caller: Option<Caller>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    /// As it stood in the URL.
    pub raw_query: String,
    /// The address it came from, as AWS says and whatever a header says.
    pub source: Option<IpAddr>,
    /// The domain it came by, as AWS says and whatever its `Host` header says.
    pub domain: Option<String>,
    /// All of them.
    pub headers: HeaderMap,
    /// As it came.
    pub body: Vec<u8>,
    /// Given by the caller with `Idempotency-Key`.
    idempotency_key: Option<String>,
    /// Joins logs from this request to the last webhook about what it caused.
    pub trace_id: String,
}

impl Request {
    pub(super) fn read(
        request: LambdaRequest,
        caller: Option<Caller>,
        trace_id: String,
        max_body: usize,
    ) -> Result<Self, Error> {
        let parameters = |map: lambda_http::aws_lambda_events::query_map::QueryMap| {
            map.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect::<BTreeMap<_, _>>()
        };
        let key =
            request.headers().get("idempotency-key").map(|value| value.to_str().unwrap_or_default().trim());
        let idempotency_key = match key {
            None => None,
            Some(key)
                if (1..=255).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b' '..=b'~')) =>
            {
                Some(key.to_owned())
            }
            Some(_) => {
                return Err(Error::invalid(
                    "Idempotency-Key",
                    "must have 1 to 255 printable ASCII characters",
                ));
            }
        };
        let (path_parameters, query) =
            (parameters(request.path_parameters()), parameters(request.query_string_parameters()));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let raw_query = request.uri().query().unwrap_or_default().to_owned();
        let (domain, source) = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                let source = context.http.source_ip.as_ref().and_then(|address| address.parse().ok());
                (context.domain_name.clone(), source)
            }
            _ => (None, None),
        };
        let headers = request.headers().clone();
        let body = bytes(request.into_body());
        if body.len() > max_body {
            return Err(Error::TooLarge(max_body));
        }
        Ok(Self {
            caller,
            method,
            path,
            path_parameters,
            query,
            raw_query,
            source,
            domain,
            headers,
            body,
            idempotency_key,
            trace_id,
        })
    }

    /// A request for the same caller in the same trace: what a page asks of the API.
    #[must_use]
    pub fn on_behalf(
        &self,
        method: Method,
        path: String,
        path_parameters: BTreeMap<String, String>,
        query: BTreeMap<String, String>,
        body: Option<&Value>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Self {
            caller: self.caller.clone(),
            method,
            path,
            path_parameters,
            raw_query: form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish(),
            query,
            source: self.source,
            domain: self.domain.clone(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            idempotency_key: None,
            trace_id: self.trace_id.clone(),
        }
    }

    /// The same request under this name, its idempotency key: it is done once, however often it is sent.
    #[must_use]
    pub fn sent_as(self, name: Option<&str>) -> Self {
        Self { idempotency_key: name.map(str::to_owned), ..self }
    }

    /// The same request on a condition, such as `If-Match`. What cannot be an entity tag is that of nothing.
    #[must_use]
    pub fn on_condition(mut self, header: HeaderName, tag: &str) -> Self {
        let tag = HeaderValue::from_str(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        self.headers.insert(header, tag);
        self
    }

    /// Its path, without the query.
    pub fn own_path(&self) -> &str {
        &self.path
    }

    /// All query parameters.
    pub fn query_pairs(&self) -> &BTreeMap<String, String> {
        &self.query
    }

    /// Who is calling.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] on routes that ask for no role.
    pub fn caller(&self) -> Result<&Caller, Error> {
        self.caller.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Whose data this is about.
    pub fn tenant(&self) -> Result<&TenantId, Error> {
        Ok(&self.caller()?.tenant)
    }

    /// The body, a JSON object.
    pub fn json<T: DeserializeOwned + JsonSchema>(&self) -> Result<T, Error> {
        body::read(self.json_bytes()?)
    }

    /// The body, a JSON object whose values pass a check. What is wrong with values is told together with what is mistyped or
    /// missing elsewhere.
    pub fn json_checked<T: DeserializeOwned + JsonSchema>(
        &self,
        check: impl Fn(&T) -> Result<(), Error>,
    ) -> Result<T, Error> {
        body::read_checked(self.json_bytes()?, check)
    }

    /// The body, a JSON array.
    pub fn json_list<T: DeserializeOwned + JsonSchema>(&self) -> Result<Vec<T>, Error> {
        body::read_list(self.json_bytes()?)
    }

    fn json_bytes(&self) -> Result<&[u8], Error> {
        let media =
            self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(Error::UnsupportedMediaType("application/json".into()));
        }
        Ok(&self.body)
    }

    /// A header, if it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A parameter in the path.
    pub fn path(&self, name: &str) -> &str {
        self.path_parameters.get(name).map_or("", String::as_str)
    }

    /// Holds a change to the revision its caller saw, if they say so with `If-Match`.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when it is another by now.
    pub fn expect_revision(&self, revision: u64) -> Result<(), Error> {
        let Some(header) = self.condition(header::IF_MATCH) else { return Ok(()) };
        let own = etag(revision);
        if header.split(',').map(str::trim).any(|given| given == "*" || given == own) {
            Ok(())
        } else {
            Err(Error::PreconditionFailed(Some(revision)))
        }
    }

    /// The same about what may be made, and then has no revision: `If-Match` says that it is there.
    ///
    /// # Errors
    /// As [`Self::expect_revision`], and where there is nothing.
    pub fn expect_existing(&self, revision: Option<u64>) -> Result<(), Error> {
        match revision {
            Some(revision) => self.expect_revision(revision),
            None if self.headers.contains_key(header::IF_MATCH) => Err(Error::PreconditionFailed(None)),
            None => Ok(()),
        }
    }

    /// The same about one of several that share a revision: `If-Match: *` says that this one is there.
    ///
    /// # Errors
    /// As there.
    pub fn expect_among(&self, revision: u64, is_there: bool) -> Result<(), Error> {
        match self.condition(header::IF_MATCH).is_some_and(|tag| tag.trim() == "*") && !is_there {
            true => Err(Error::PreconditionFailed(None)),
            false => self.expect_revision(revision),
        }
    }

    /// Holds a request to making something new, if its caller says so with `If-None-Match: *`.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when there is one already, in this revision.
    pub fn expect_new(&self, existing: Option<u64>) -> Result<(), Error> {
        match existing.filter(|_| self.condition(header::IF_NONE_MATCH).is_some_and(|tag| tag.trim() == "*"))
        {
            Some(revision) => Err(Error::PreconditionFailed(Some(revision))),
            None => Ok(()),
        }
    }

    /// What a change is held to. What is no text holds it all the same, and to nothing that there is.
    fn condition(&self, name: HeaderName) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The id in the path, ours or the lender's.
    pub fn path_ref<K: Kind>(&self, name: &str) -> Result<Ref<K>, Error> {
        let text = self.path(name);
        // What cannot be an id of ours names nothing: 404 rather than 400, as for any unknown resource.
        Ref::from_str(text).map_err(|_| Error::not_found(K::NAME, text.chars().take(80).collect::<String>()))
    }

    /// The id of a thing this request creates: fresh, or derived from the idempotency key, so that the request sent
    /// again after a crash meets what it already made.
    pub fn new_id<K: Kind>(&self, app: &App) -> Result<Id<K>, Error> {
        Ok(match &self.idempotency_key {
            Some(key) => Id::keyed(self.tenant()?.as_str(), &self.digest_of(key), K::PREFIX),
            None => app.new_id(),
        })
    }

    /// The same if its caller may name the thing: then the id follows from that name, so that no other gets it.
    ///
    /// # Errors
    /// As there.
    pub fn id_named<K: Kind>(&self, app: &App, name: Option<&ExternalId>) -> Result<Id<K>, Error> {
        match name {
            Some(name) => Ok(Id::external(self.tenant()?.as_str(), name.as_str())),
            None => self.new_id(app),
        }
    }

    /// Names this request if it names itself by an idempotency key: the same when it is sent again.
    pub fn own_name(&self) -> Option<String> {
        self.idempotency_key.as_deref().map(|key| self.digest_of(key))
    }

    /// Names an idempotency key on this route.
    fn digest_of(&self, key: &str) -> String {
        digest(&[self.method.as_str(), &self.path, key])
    }

    /// The storage name of this request's idempotency key, and the digest of what it says.
    pub(crate) fn idempotency(&self) -> Option<(String, String)> {
        let key = self.idempotency_key.as_deref()?;
        let body = body::canonical(&self.body);
        let said = |name: HeaderName| Some(format!("{name}: {}", self.condition(name.clone())?));
        let conditions = [header::IF_MATCH, header::IF_NONE_MATCH].map(said);
        let mut parts = vec![self.method.as_str(), &self.path, &self.raw_query, &body];
        parts.extend(conditions.iter().flatten().map(String::as_str));
        Some((self.digest_of(key), digest(&parts)))
    }
}

/// A body as it came.
pub(super) fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}
