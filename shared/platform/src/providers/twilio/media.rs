//! Pictures and other files of texts, which stand at Twilio.
//!
//! Their address comes from a form. All that is taken from it is the path, below the tenant's own account: what is fetched
//! is fetched from the API itself. From there Twilio sends us on to where the bytes lie, which need no credentials.

use domain::{Error, tenant::Tenant};
use reqwest::{Response, StatusCode, header};
use url::Url;

use super::Twilio;
use crate::outbound::{self, ReadError};

impl Twilio {
    pub(super) async fn media(&self, tenant: &Tenant, at: &Url, most: usize) -> Result<Vec<u8>, Error> {
        let sender = tenant.senders.text.as_ref();
        let sender =
            sender.ok_or_else(|| Error::Internal(format!("{} has no text account", tenant.id).into()))?;
        if !at.path().starts_with(&format!("/2010-04-01/Accounts/{}/", sender.account_sid)) {
            return Err(Error::Internal(format!("{}: a file of another account", tenant.id).into()));
        }
        let url = format!("{}{}", self.base_url, at.path());
        let token = self.token(sender).await?;
        let asked = self.outbound.get(&url)?.basic_auth(&sender.account_sid, Some(token));
        let mut answer = asked.send().await.map_err(lost)?;
        if answer.status().is_redirection() {
            answer = self.outbound.get(moved(&answer)?.as_str())?.send().await.map_err(lost)?;
        }
        match answer.status() {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Error::not_found("file", at.path())),
            status => return Err(Error::Unavailable(format!("file at Twilio: {status}").into())),
        }
        outbound::read_bounded(answer, most).await.map_err(|error| match error {
            ReadError::TooLong(most) => Error::TooLarge(most),
            ReadError::Broken(error) => lost(error),
        })
    }
}

/// Where an answer sends us on to.
fn moved(answer: &Response) -> Result<Url, Error> {
    let location = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
    let target = location.and_then(|location| answer.url().join(location).ok());
    target.ok_or_else(|| Error::Unavailable("Twilio does not say where a file lies".into()))
}

/// The URL holds the account, and that of the bytes a signature.
fn lost(error: reqwest::Error) -> Error {
    Error::Unavailable(format!("file at Twilio: {}", outbound::describe(&error.without_url())).into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        Router,
        http::HeaderMap,
        response::{IntoResponse, Redirect},
        routing::get,
    };
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        outbound::Outbound,
        providers::fixtures::{Message, OneSecret, StoppedClock},
    };

    const MEDIA: &str = "https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages/MM1/Media/";

    /// Sends on to the bytes whoever has the account's credentials, and tells what those bytes are asked for with.
    async fn twilio() -> Twilio {
        let authorized = |headers: &HeaderMap| headers.contains_key("authorization");
        let media = async move |headers: HeaderMap| match authorized(&headers) {
            true => Redirect::temporary("/bytes").into_response(),
            false => StatusCode::UNAUTHORIZED.into_response(),
        };
        let bytes = async move |headers: HeaderMap| match authorized(&headers) {
            true => StatusCode::BAD_REQUEST.into_response(),
            false => b"a picture".to_vec().into_response(),
        };
        let api = Router::new()
            .route("/2010-04-01/Accounts/AC0123/Messages/MM1/Media/ME1", get(media))
            .route("/bytes", get(bytes));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, api).await });
        Twilio::new(
            Outbound::new(),
            &url,
            "https://hooks.example",
            Arc::new(OneSecret),
            Arc::new(StoppedClock),
        )
        .unwrap()
    }

    async fn fetched(url: &str, most: usize) -> Result<Vec<u8>, Error> {
        twilio().await.media(&Message::text("Hi").tenant, &url.parse().unwrap(), most).await
    }

    #[tokio::test]
    async fn a_file_is_fetched_with_the_accounts_credentials_which_go_no_further() {
        assert_eq!(fetched(&format!("{MEDIA}ME1"), 9).await.unwrap(), b"a picture");
    }

    #[tokio::test]
    async fn whatever_host_the_form_names_the_api_is_asked() {
        let elsewhere = MEDIA.replace("api.twilio.com", "169.254.169.254");
        assert_eq!(fetched(&format!("{elsewhere}ME1"), 9).await.unwrap(), b"a picture");
    }

    #[tokio::test]
    async fn a_file_too_long_gone_or_of_another_account_is_refused() {
        assert!(matches!(fetched(&format!("{MEDIA}ME1"), 8).await, Err(Error::TooLarge(8))));
        assert!(matches!(fetched(&format!("{MEDIA}ME2"), 9).await, Err(Error::NotFound { .. })));
        for other in [
            MEDIA.replace("AC0123", "AC9999"),
            MEDIA.replace("AC0123", "AC0123/../AC9999"),
            "https://api.twilio.com/".into(),
        ] {
            assert!(matches!(fetched(&other, 9).await, Err(Error::Internal(_))), "{other}");
        }
    }
}
