//! The one HTTPS client for everything outside AWS: text providers, SNS certificates, key sets of token issuers.
//!
//! What belongs here is how we leave the house: which roots we trust, how long we wait, how much we read. What is said
//! to whom belongs to the caller. This client trusts that the operator of the installation chose the address; for those a
//! *tenant* chooses there is [another](crate::tenant_outbound).

use std::{
    error::Error as _,
    sync::{Arc, OnceLock},
    time::Duration,
};

use domain::{Error, error::Cause};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// A server that takes longer to accept a connection will not serve the request either.
const CONNECT: Duration = Duration::from_secs(5);

/// From the first byte sent to the last byte read. Well under a consumer's visibility timeout.
const TOTAL: Duration = Duration::from_secs(15);

/// Sends requests outside. Clones share connections; a process needs one. What it sends them with is made for the first.
#[derive(Debug, Clone, Default)]
pub struct Outbound(Arc<OnceLock<Client>>);

impl Outbound {
    /// A client that follows no redirects (a signature or a password is meant for one host) and takes no proxy from
    /// the environment.
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self) -> Result<&Client, Error> {
        made_once(&self.0, || client(|builder| builder))
    }

    /// A GET request, to be completed and sent by the caller.
    ///
    /// # Errors
    /// [`Error::Internal`] when `url` is neither `https` nor `http` to this machine, or when the TLS configuration cannot be
    /// built, which no input can cause.
    pub fn get(&self, url: &str) -> Result<RequestBuilder, Error> {
        Ok(self.client()?.get(permitted(url)?))
    }

    /// A DELETE request, to be completed and sent by the caller.
    ///
    /// # Errors
    /// As [`Outbound::get`].
    pub fn delete(&self, url: &str) -> Result<RequestBuilder, Error> {
        Ok(self.client()?.delete(permitted(url)?))
    }

    /// A POST request, to be completed and sent by the caller.
    ///
    /// # Errors
    /// As [`Outbound::get`].
    pub fn post(&self, url: &str) -> Result<RequestBuilder, Error> {
        Ok(self.client()?.post(permitted(url)?))
    }
}

/// What `cell` holds, made by the first who asks.
pub(crate) fn made_once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(made) => Ok(made),
        None => make().map(|made| cell.get_or_init(|| made)),
    }
}

/// A client as every one of ours is, and as `more` has it.
pub(crate) fn client(more: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Client, Error> {
    let builder = Client::builder()
        .tls_backend_preconfigured(tls()?)
        .user_agent(concat!("Postrider/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL);
    more(builder).build().map_err(|error| Error::Internal(Cause::of(error).about("HTTPS client")))
}

/// Roots compiled in and named here: looking for the system's bundle is 65 % of a cold start.
fn tls() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Internal(Cause::of(error).about("TLS")))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// `https` anywhere, `http` only to this machine: stand-ins of providers have no certificate, and what stays on the
/// loopback interface cannot be read on the way.
fn permitted(url: &str) -> Result<Url, Error> {
    let refused = |why: &str| Error::Internal(format!("{url:?} {why}").into());
    let parsed = Url::parse(url).map_err(|error| refused(&format!("is no URL: {error}")))?;
    match (parsed.scheme(), parsed.host()) {
        ("https", Some(_)) => Ok(parsed),
        ("http", Some(host)) if is_this_machine(&host) => Ok(parsed),
        _ => Err(refused("is neither https nor http to this machine")),
    }
}

/// Whether what goes there stays on the loopback interface.
pub fn is_this_machine<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        // Always the loopback interface: RFC 6761, section 6.3.
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Why an answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The other side sends more than this many bytes.
    #[error("answer over {0} bytes")]
    TooLong(usize),
    /// The connection broke or took too long.
    #[error("{}", describe(.0))]
    Broken(#[from] reqwest::Error),
}

/// The body of `response`, at most `limit` bytes of it: what others send must not fill our memory.
///
/// # Errors
/// [`ReadError::TooLong`] as soon as the limit is passed, [`ReadError::Broken`] when the connection breaks.
pub async fn read_bounded(mut response: Response, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Err(ReadError::TooLong(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// An error with its causes, for logs: reqwest's own text stops at "error sending request".
pub fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::HeaderMap, response::Redirect, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    async fn server() -> String {
        let app = Router::new()
            .route(
                "/agent",
                get(|headers: HeaderMap| async move { headers["user-agent"].as_bytes().to_vec() }),
            )
            .route("/moved", get(|| async { Redirect::temporary("/agent") }))
            .route("/long", get(|| async { "x".repeat(1000) }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    }

    async fn fetch(path: &str) -> Response {
        Outbound::new().get(&(server().await + path)).unwrap().send().await.unwrap()
    }

    #[test]
    fn only_https_leaves_this_machine() {
        for url in [
            "https://api.twilio.com/2010-04-01",
            "https://10.0.0.1/",
            "http://127.0.0.1:4599/",
            "http://127.8.8.8/",
            "http://[::1]:8080/keys",
            "http://localhost:8080/keys",
        ] {
            assert!(permitted(url).is_ok(), "{url}");
        }
        for url in [
            "http://api.twilio.com/",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@api.example/",
            "http://[::2]/",
            "ftp://localhost/",
            "file:///etc/passwd",
            "localhost:8080",
            "",
        ] {
            assert!(permitted(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn servers_learn_who_we_are() {
        let answer = read_bounded(fetch("/agent").await, 100).await.unwrap();
        assert_eq!(answer, concat!("Postrider/", env!("CARGO_PKG_VERSION")).as_bytes());
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_not_followed() {
        assert_eq!(fetch("/moved").await.status(), 307);
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_the_limit() {
        assert_eq!(read_bounded(fetch("/long").await, 1000).await.unwrap().len(), 1000);
        assert!(matches!(read_bounded(fetch("/long").await, 999).await, Err(ReadError::TooLong(999))));
    }

    #[tokio::test]
    async fn a_refused_connection_is_described_to_its_cause() {
        let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let sent = Outbound::new().get(&format!("http://{unused}/")).unwrap().send().await;
        let error = sent.unwrap_err();
        assert!(error.is_connect());
        assert!(describe(&error).contains("refused"), "{}", describe(&error));
    }
}
