//! The one HTTPS client of all AWS clients.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    runtime_components::RuntimeComponents,
};
use domain::{
    Error,
    error::{Cause, Ours as _},
};

/// Amazon's roots, compiled in: looking for the system's and reading them all was 30 % of a cold start.
const AMAZON: &str = include_str!("../../data/amazon-roots.pem");

/// Names a PEM file of roots that are trusted besides, as it does for the AWS CLI: where a proxy looks into connections.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Trusts Amazon's roots and those of `AWS_CA_BUNDLE`; rustls with ring, whose first random number costs nothing, unlike
/// AWS-LC's (76 ms).
///
/// # Errors
/// [`Error::Internal`] where `AWS_CA_BUNDLE` names a file that cannot be read.
pub(super) fn client(connect_timeout: Duration) -> Result<SharedHttpClient, Error> {
    let mut roots = TrustStore::empty().with_pem_certificate(AMAZON);
    if let Some(path) = std::env::var_os(CA_BUNDLE).filter(|path| !path.is_empty()) {
        let pem = std::fs::read(&path)
            .map_err(|error| Error::Internal(Cause::of(error).about(format!("{CA_BUNDLE} {path:?}"))))?;
        roots.add_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(roots).build().internal()?;
    let settings = HttpConnectorSettings::builder().connect_timeout(connect_timeout).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    Ok(SharedHttpClient::new(Shared(SharedHttpConnector::new(connector))))
}

/// One connector, whatever client asks. The SDK's own HTTP client makes one more for each client, to see that it can be made.
#[derive(Debug)]
struct Shared(SharedHttpConnector);

impl HttpClient for Shared {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use rustls::{
        RootCertStore,
        pki_types::{CertificateDer, pem::PemObject},
    };

    use super::*;

    #[test]
    fn the_roots_compiled_in_are_amazons_as_mozilla_has_them() {
        let mut ours = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(AMAZON.as_bytes()) {
            ours.add(certificate.unwrap()).unwrap();
        }
        let of_amazon = |subject: &[u8]| {
            let subject = String::from_utf8_lossy(subject);
            subject.contains("Amazon Root CA") || subject.contains("Starfield Services Root")
        };
        let theirs: Vec<_> =
            webpki_roots::TLS_SERVER_ROOTS.iter().filter(|root| of_amazon(&root.subject)).collect();
        assert_eq!(ours.roots.len(), 5);
        assert_eq!(theirs.len(), 5);
        for root in theirs {
            assert!(ours.roots.contains(root), "{root:?}");
        }
    }
}
