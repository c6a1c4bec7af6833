//! The HTTPS client for addresses that a *tenant* chooses. It reaches nothing that not everybody on the Internet reaches.
//!
//! A URL is [checked](crate::public_address) before each request. What its name leads to is found out once, by us, when the
//! connection is made: the connection gets the very addresses that were checked, so that a name which leads elsewhere a
//! moment later leads nowhere. Redirects are answers and not followed; no proxy is taken from the environment; the answer's
//! status and headers are read, and never its body, so that nobody learns by us what an address says.
//!
//! There is one door, and the operator of the installation alone has the key: if the
//! [configuration](crate::config::Config::endpoints) names an endpoint for the provider `endpoint`, requests to names within
//! `example.com` go there. RFC 2606 keeps that name for documents, so no lender has a server in it; the local system has one.

use std::{error::Error as _, io, net::IpAddr, net::SocketAddr, sync::Arc, sync::OnceLock, time::Duration};

use async_trait::async_trait;
use domain::Error;
use reqwest::{
    Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HOST,
};
use url::Url;

use crate::{
    outbound::{self, Outbound, made_once},
    public_address::{NotPublic, check_url, is_public},
};

/// How long a name is looked up while somebody registers a URL; one that takes longer counts as unknown.
const LOOK: Duration = Duration::from_secs(3);

/// Finds the addresses that a name leads to.
#[async_trait]
pub trait Names: Send + Sync {
    /// All of them.
    ///
    /// # Errors
    /// If there are none, or that could not be found out.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names that this machine knows, which are those of DNS.
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}

/// Sends requests to addresses that tenants choose. Clones share connections.
#[derive(Clone)]
pub struct TenantOutbound {
    client: Arc<OnceLock<Client>>,
    names: Arc<dyn Names>,
    stand_in: Option<StandIn>,
}

/// Who serves what is within [`StandIn::DOMAIN`], at an address that the configuration has.
#[derive(Clone)]
struct StandIn {
    outbound: Outbound,
    at: String,
}

impl StandIn {
    const DOMAIN: &str = "example.com";

    fn serves(url: &Url) -> bool {
        let below = url.domain().and_then(|name| name.strip_suffix(Self::DOMAIN));
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    }

    /// The same request, made there.
    fn post(&self, url: &Url) -> Result<RequestBuilder, Error> {
        let (path, query) = (url.path(), url.query().map(|query| format!("?{query}")).unwrap_or_default());
        let request = self.outbound.post(&format!("{}{path}{query}", self.at))?;
        Ok(request.header(HOST, url.host_str().unwrap_or_default()))
    }
}

impl TenantOutbound {
    /// A client that finds addresses by `names`. What is within `example.com` is served at `stand_in`, if there is one.
    pub fn new(names: Arc<dyn Names>, outbound: &Outbound, stand_in: Option<&str>) -> Self {
        let stand_in = stand_in
            .map(|at| StandIn { outbound: outbound.clone(), at: at.trim_end_matches('/').to_owned() });
        Self { client: Arc::default(), names, stand_in }
    }

    fn client(&self) -> Result<&Client, Error> {
        let checked = CheckedNames(self.names.clone());
        made_once(&self.client, || outbound::client(|builder| builder.https_only(true).dns_resolver(checked)))
    }

    /// A POST request, to be completed and sent by the caller.
    ///
    /// # Errors
    /// [`Refused::NotPublic`] for a URL that is not called whatever its name leads to; [`Refused::Ours`] if the
    /// configuration is at fault.
    pub fn post(&self, url: &str) -> Result<RequestBuilder, Refused> {
        let url = check_url(url)?;
        match self.stand_in_for(&url) {
            Some(stand_in) => Ok(stand_in.post(&url)?),
            None => Ok(self.client()?.post(url)),
        }
    }

    /// A URL that may be called as it says itself and by what its name leads to now. A name that leads nowhere is taken:
    /// it may do so later, and is looked up again whenever it is called.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, url: &str) -> Result<Url, NotPublic> {
        let url = check_url(url)?;
        let Some(name) = url.domain().filter(|_| self.stand_in_for(&url).is_none()) else { return Ok(url) };
        match tokio::time::timeout(LOOK, self.names.addresses(name)).await {
            Ok(Ok(found)) if !found.iter().all(|address| is_public(*address)) => Err(NotPublic::LeadsInside),
            Ok(Ok(_) | Err(_)) | Err(_) => Ok(url),
        }
    }

    fn stand_in_for(&self, url: &Url) -> Option<&StandIn> {
        self.stand_in.as_ref().filter(|_| StandIn::serves(url))
    }
}

/// Why no request is made.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The URL.
    #[error("the URL {0}")]
    NotPublic(#[from] NotPublic),
    /// Our own configuration.
    #[error(transparent)]
    Ours(#[from] Error),
}

/// Whether a request was not sent because its name leads to an address that is not public.
pub fn leads_inside(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<NotPublic>().is_some() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// Gives a connection only addresses that are public. A name with others beside them is given none: no honest one has both.
struct CheckedNames(Arc<dyn Names>);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.0.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            if !found.iter().all(|address| is_public(*address)) {
                return Err(NotPublic::LeadsInside.into());
            }
            // Port 0 stands for the URL's.
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
