//! 000 · Process delivery status.
//!
//! The URL names the tenant (`?tenant=…`), whose credentials or topics prove the call. The provider is told by its
//! signature header. An unproven call is answered 401 and leaves nothing behind.

use domain::{Error, tenant::Tenant};
use platform::{
    app::App,
    aws::DELIVERY_STATUS,
    http::{Request, no_content},
    idempotency::digest,
    needs::{Bodies, Items, Need},
    providers::{Secrets, ses, sns, twilio},
    queues::Queue,
    queues::RawReport,
};

use crate::{catalog::Answer, openapi::Operation};

/// SNS says what it posts in this header.
const SNS_HEADER: &str = "x-amz-sns-message-type";

/// Verifies, stores, enqueues.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let named: Option<domain::tenant::TenantId> =
        request.query("tenant").map_err(|_| Error::Unauthenticated)?;
    let tenant = app.tenant(&named.ok_or(Error::Unauthenticated)?).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::Unauthenticated,
        error => error,
    })?;
    let report = if let Some(signature) = request.header(twilio::signature::HEADER) {
        verify_twilio(app, request, &tenant, signature).await?;
        Some((twilio::NAME, text(request)?))
    } else if request.header(SNS_HEADER).is_some() {
        open_sns(app, request, &tenant).await?.map(|message| (ses::NAME, message))
    } else {
        return Err(Error::Unauthenticated);
    };
    let Some((provider, body)) = report else { return Ok(no_content()) };
    let report = RawReport {
        tenant: tenant.id.clone(),
        provider: provider.to_owned(),
        query: request.raw_query.clone(),
        body,
        received_at: app.now(),
    };
    // The same report delivered twice is stored once.
    let key = format!("{}/reports/{provider}/{}.json", tenant.id, digest(&[&report.query, &report.body]));
    let raw = serde_json::to_vec(&report).map_err(|e| Error::Internal(e.to_string()))?;
    app.objects.put(&key, raw).await?;
    app.queues.settle(&report).await?;
    Ok(no_content())
}

fn text(request: &Request) -> Result<String, Error> {
    String::from_utf8(request.body.clone()).map_err(|_| Error::invalid("", "the body is not UTF-8"))
}

/// Proves that Twilio posted this form with the account's token, over our public URL and never the `Host` header's.
async fn verify_twilio(app: &App, request: &Request, tenant: &Tenant, signature: &str) -> Result<(), Error> {
    let sender = tenant.senders.text.as_ref().ok_or(Error::Unauthenticated)?;
    let token = app.secrets.secret(&sender.auth_token_secret).await?;
    let url = format!("{}{DELIVERY_STATUS}?{}", app.config.public_webhook_url, request.raw_query);
    let form = form(&request.body);
    if twilio::signature::is_valid(&token, &url, twilio::signature::Body::Form(&form), signature) {
        Ok(())
    } else {
        tracing::warn!(tenant = %tenant.id, "Twilio signature does not match; is PUBLIC_WEBHOOK_URL right?");
        Err(Error::Unauthenticated)
    }
}

/// Opens an SNS delivery of one of the tenant's topics. A subscription is confirmed here and is no report.
async fn open_sns(app: &App, request: &Request, tenant: &Tenant) -> Result<Option<String>, Error> {
    let topics = tenant.senders.email.as_ref().map(|sender| &sender.event_topics[..]).unwrap_or_default();
    let delivery = sns::open(&request.body, topics, app.now(), &*app.sns).await.map_err(|refusal| {
        tracing::warn!(tenant = %tenant.id, %refusal, "SNS delivery not believed");
        refusal
    })?;
    match delivery.content {
        sns::Content::Notification { message } => Ok(Some(message)),
        sns::Content::SubscriptionConfirmation { subscribe_url } => {
            app.sns.confirm(&subscribe_url).await?;
            tracing::info!(topic = delivery.topic, "subscription confirmed");
            Ok(None)
        }
        sns::Content::UnsubscribeConfirmation => {
            tracing::warn!(
                topic = delivery.topic,
                "unsubscribed: delivery events of this topic no longer arrive"
            );
            Ok(None)
        }
    }
}

/// A form's fields in the order they came.
pub(crate) fn form(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Keep(Bodies::Reports), Need::Send(Queue::Settlements), Need::Secrets];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhooks", "Process delivery status")
        .about(
            "For providers, on a function URL of its own: Twilio status callbacks (X-Twilio-Signature) and SES events by \
             SNS (signature versions 1 and 2). The URL carries ?tenant=….",
        )
        .query("tenant", "Whose account the provider reports about.")
        .query("interaction", "The message, in the callback URL we gave to Twilio.")
        .empty(204, "Stored")
        .problems(&[401])
}
