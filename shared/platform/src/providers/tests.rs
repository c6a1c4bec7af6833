//! What holds for every channel that is sent and for every provider, and what each proves of a call of our webhook.

use std::collections::BTreeSet;

use aws_config::BehaviorVersion;
use data_encoding::BASE64;
use domain::{
    delivery::News,
    error::{Conflict, TemplateFault},
    tenant::Senders,
    vocabulary::{Channel, FailureReason, InteractionStatus, SendingChannel, StatusDetails},
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde_json::json;
use url::Url;

use super::{
    fixtures::{INTERACTION, Message, OneSecret, StoppedClock, config, now},
    mapping::{Meaning, When},
    *,
};
use crate::{
    needs::flat,
    public_address::{NotPublic, check_url},
};

/// An SNS that nobody asks.
struct NoSns;

#[async_trait]
impl Sns for NoSns {
    async fn certificate(&self, url: &Url) -> Result<Arc<[u8]>, Error> {
        panic!("{url} read")
    }

    async fn confirm(&self, subscribe_url: &Url) -> Result<(), Error> {
        panic!("{subscribe_url} visited")
    }
}

fn providers() -> Providers {
    let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let outbound = Outbound::new();
    let given = Given {
        config: &config(),
        sdk: &sdk,
        outbound: &outbound,
        secrets: Arc::new(OneSecret),
        sns: Some(Arc::new(NoSns)),
        clock: Arc::new(StoppedClock),
    };
    Providers::new(&given, &EVERY_ADAPTER).unwrap()
}

/// The tenant of the fixtures, which has a sender on every channel.
fn tenant() -> Tenant {
    Message::text("Hi").tenant
}

fn headers(name: &'static str, value: &str) -> HeaderMap {
    [(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())].into_iter().collect()
}

/// The header by which each provider is known.
fn calling_card(provider: ProviderName) -> HeaderMap {
    match provider {
        ProviderName::Sendgrid => headers(sendgrid::signature::HEADER, "AAAA"),
        ProviderName::Ses => headers(sns::HEADER, "Notification"),
        ProviderName::Twilio => headers(twilio::signature::HEADER, "AAAA"),
        ProviderName::Lob => headers("lob-signature", "AAAA"),
        // Nobody calls for them.
        ProviderName::Smtp
        | ProviderName::Drop
        | ProviderName::Inbox
        | ProviderName::Fcm
        | ProviderName::Endpoint => HeaderMap::new(),
    }
}

#[test]
fn every_provider_is_found_by_its_own_name() {
    let providers = providers();
    for name in ProviderName::ALL {
        assert_eq!(providers.named(*name).unwrap().name(), *name);
    }
}

#[test]
fn those_who_call_our_webhooks_are_known_where_calls_are_read() {
    let providers = providers();
    let calling = providers.all().filter(|carrier| carrier.calls().is_some()).map(|carrier| carrier.name());
    assert_eq!(flat(CALLING), calling.map(Need::Provider).collect());
}

#[test]
fn every_channel_that_is_sent_is_served_by_a_provider_of_it() {
    let (providers, tenant) = (providers(), tenant());
    for channel in SendingChannel::ALL {
        for transactional in [true, false] {
            let provider = providers.serving(&tenant, (*channel).into(), transactional).unwrap();
            assert_eq!(provider.channel(), *channel);
        }
    }
}

#[test]
fn a_channel_that_is_not_sent_or_has_no_sender_is_a_conflict() {
    let providers = providers();
    let without = Tenant { senders: Senders::default(), ..tenant() };
    for channel in Channel::ALL {
        let expected = channel.sending().is_some();
        assert_eq!(providers.serving(&tenant(), *channel, true).is_ok(), expected, "{channel}");
        match providers.serving(&without, *channel, true) {
            Err(Error::Conflict { conflict: Conflict::ChannelNotConfigured, detail }) => {
                assert!(detail.contains(channel.as_str()), "{detail}");
            }
            other => panic!("{channel}: {other:?}"),
        }
    }
}

#[test]
fn a_call_is_recognized_by_the_provider_whose_header_it_has_and_by_no_other() {
    let providers = providers();
    for (webhook, callers) in [
        (
            Webhook::DeliveryStatus,
            &[ProviderName::Ses, ProviderName::Sendgrid, ProviderName::Twilio, ProviderName::Lob][..],
        ),
        (Webhook::InboundSms, &[ProviderName::Twilio]),
        (Webhook::InboundEmail, &[ProviderName::Ses, ProviderName::Sendgrid]),
    ] {
        for name in ProviderName::ALL {
            let card = calling_card(*name);
            let call = WebhookCall { webhook, domain: None, headers: &card, query: "", body: b"" };
            let recognized =
                ProviderName::ALL.iter().filter(|name| providers.named(**name).unwrap().recognizes(&call));
            let expected = Some(*name).filter(|name| callers.contains(name));
            assert_eq!(recognized.copied().collect::<Vec<_>>(), Vec::from_iter(expected));
            assert_eq!(providers.calling(&call).map(Provider::name), expected);
        }
        let nobodys = WebhookCall { webhook, domain: None, headers: &HeaderMap::new(), query: "", body: b"" };
        assert!(providers.calling(&nobodys).is_none());
    }
}

#[tokio::test]
async fn no_provider_believes_an_empty_call_whoever_the_tenant_is() {
    let providers = providers();
    let without = Tenant { senders: Senders::default(), ..tenant() };
    for name in ProviderName::ALL {
        for (tenant, webhook) in
            [&tenant(), &without].into_iter().flat_map(|tenant| Webhook::ALL.map(|one| (tenant, one)))
        {
            let card = calling_card(*name);
            let call = WebhookCall { webhook, domain: None, headers: &card, query: "tenant=demo", body: b"" };
            let verdict = providers.named(*name).unwrap().verify(tenant, &call).await;
            assert!(matches!(verdict, Err(Error::Unauthenticated)), "{name}: {verdict:?}");
        }
    }
}

const FORM: &str = "MessageSid=SM1&MessageStatus=delivered";

/// The call Twilio makes for [`FORM`] to a webhook, signed with the token of the fixtures' account.
fn twilio_signature(url: &str) -> HeaderMap {
    let signed = format!("{url}MessageSidSM1MessageStatusdelivered");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, OneSecret::VALUE.as_bytes());
    headers(twilio::signature::HEADER, &BASE64.encode(hmac::sign(&key, signed.as_bytes()).as_ref()))
}

#[tokio::test]
async fn twilios_call_is_its_form_as_signed_over_the_webhooks_public_url_or_the_functions_own() {
    const OWN: &str = "abcdef.lambda-url.us-east-1.on.aws";
    let providers = providers();
    let query = format!("tenant=demo&interaction={INTERACTION}");
    let twilio = providers.named(ProviderName::Twilio).unwrap();
    for webhook in [Webhook::DeliveryStatus, Webhook::InboundSms] {
        for host in ["hooks.example", OWN] {
            let signed = twilio_signature(&format!("https://{host}{}?{query}", webhook.path()));
            let call = WebhookCall {
                webhook,
                domain: Some(OWN),
                headers: &signed,
                query: &query,
                body: FORM.as_bytes(),
            };
            assert_eq!(twilio.verify(&tenant(), &call).await.unwrap().as_deref(), Some(FORM.as_bytes()));

            let other = match webhook {
                Webhook::InboundSms => Webhook::DeliveryStatus,
                Webhook::DeliveryStatus | Webhook::InboundEmail => Webhook::InboundSms,
            };
            for forged in [
                WebhookCall { query: "tenant=demo", ..call },
                WebhookCall { body: b"MessageSid=SM1&MessageStatus=failed", ..call },
                WebhookCall { webhook: other, ..call },
            ] {
                assert!(matches!(twilio.verify(&tenant(), &forged).await, Err(Error::Unauthenticated)));
            }
            let unknown = WebhookCall { domain: Some("elsewhere.example"), ..call };
            assert_eq!(twilio.verify(&tenant(), &unknown).await.is_ok(), host != OWN);
        }
    }
}

#[test]
fn twilios_report_is_about_the_message_its_url_names() {
    let query = format!("tenant=demo&interaction={INTERACTION}");
    let events = read(ProviderName::Twilio, &query, FORM).unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.interaction_id.as_ref().map(domain::id::Id::as_str), Some(INTERACTION));
    assert_eq!((event.provider, event.reference.as_str()), (ProviderName::Twilio, "SM1"));
    assert!(matches!(event.news, News::Progress { .. }));
    assert_eq!(read(ProviderName::Twilio, &query, "MessageSid=SM1&MessageStatus=queued").unwrap(), []);
}

#[test]
fn ses_reports_of_other_tenants_on_a_shared_topic_are_left_out() {
    for (tags, events) in [
        (json!({ "tenant": ["demo"], "interaction": [INTERACTION] }), 1),
        // Identity feedback has no tags; the topic is the tenant's own.
        (json!({}), 1),
        (json!({ "tenant": ["other"], "interaction": [INTERACTION] }), 0),
    ] {
        let mail = json!({ "messageId": "0100", "timestamp": now(), "tags": tags });
        let body = json!({ "eventType": "Delivery", "mail": mail, "delivery": { "timestamp": now() } });
        assert_eq!(read(ProviderName::Ses, "", &body.to_string()).unwrap().len(), events, "{tags}");
    }
}

#[test]
fn the_document_of_what_providers_say_is_current() {
    let checked_in = include_str!("../../../../docs/providers.md");
    let document = mapping::document::document(&providers()).unwrap();
    assert!(checked_in == document, "docs/providers.md is out of date: run `make openapi`");
}

#[test]
fn whatever_a_provider_says_means_what_001_and_003_have_for_its_channel() {
    for name in ProviderName::ALL {
        let channel = Channel::from(name.channel());
        for Mapping { word, given, meaning, .. } in providers().named(*name).unwrap().mappings() {
            let what = format!("{name} {word} {given:?}");
            assert!(!word.is_empty() || given.is_some(), "{what}");
            let Meaning::News(news) = meaning else { continue };
            let (status, details) = match &news {
                News::Progress { status, details, .. } => (*status, *details),
                News::Failed(refusal) => (InteractionStatus::Failed, refusal.details),
            };
            assert!(details.is_none_or(|details| details.status() == Some(status)), "{what}");
            let of = details.and_then(StatusDetails::channel);
            assert!(of.is_none_or(|of| of == channel), "{what}");
            if let News::Failed(refusal) = &news {
                assert!(refusal.description.ends_with(|last: char| ".…".contains(last)), "{what}");
            }
        }
    }
}

#[test]
fn after_a_lost_answer_a_provider_is_asked_or_knows_repeats_or_may_send_twice() {
    for name in ProviderName::ALL {
        let provider = providers();
        let provider = provider.named(*name).unwrap();
        let expected = match name {
            ProviderName::Twilio | ProviderName::Lob => (true, false),
            ProviderName::Drop | ProviderName::Inbox | ProviderName::Endpoint => (false, true),
            ProviderName::Ses | ProviderName::Sendgrid | ProviderName::Smtp | ProviderName::Fcm => {
                (false, false)
            }
        };
        assert_eq!((provider.can_be_asked(), provider.knows_repeats()), expected, "{name}");
    }
}

#[test]
fn a_provider_reports_by_a_webhook_or_as_its_documents_say() {
    for name in ProviderName::ALL {
        let provider = providers();
        let provider = provider.named(*name).unwrap();
        let reports = provider.mappings().iter().any(|row| row.when != When::Sending);
        let is_called =
            provider.calls().is_some_and(|calls| calls.webhooks.contains(&Webhook::DeliveryStatus));
        // A print house lays its reports into the bucket, and a mail server sends mail.
        let otherwise = matches!(name, ProviderName::Drop | ProviderName::Smtp);
        assert_eq!(reports, is_called || otherwise, "{name}");
    }
}

#[test]
fn a_report_that_is_not_its_providers_is_malformed() {
    for name in ProviderName::ALL {
        assert!(read(*name, "", "<html>").is_err(), "{name}");
    }
}

fn read(provider: ProviderName, query: &str, body: &str) -> Result<Vec<DeliveryEvent>, Malformed> {
    let report = RawReport {
        tenant: tenant().id,
        provider,
        query: query.into(),
        body: body.into(),
        received_at: now(),
        kept: false,
    };
    providers().named(provider).unwrap().read(&report)
}

/// The other way round, each failure has one reason: `FailureReason::of` and its siblings are functions over all there is.
#[test]
fn every_reason_of_003_stands_for_something_that_can_happen() {
    let providers = providers();
    let refused = ProviderName::ALL.iter().flat_map(|name| providers.named(*name).unwrap().mappings());
    let refused = refused.filter_map(|row| match row.meaning {
        Meaning::News(News::Failed(refusal)) => Some(refusal.reason),
        Meaning::News(News::Progress { .. }) | Meaning::NoNews | Meaning::ByCode | Meaning::InDoubt => None,
    });
    let details = Channel::ALL.iter().flat_map(|channel| {
        StatusDetails::ALL.iter().filter_map(|details| FailureReason::of(*details, *channel))
    });
    let unmade = Channel::ALL.iter().flat_map(|channel| {
        let conflicts =
            [Conflict::TemplateNotActive, Conflict::ChannelNotConfigured, Conflict::MessageTooLarge];
        let fault = TemplateFault { part: String::new(), line: None, column: None, message: String::new() };
        let errors = conflicts
            .map(|conflict| Error::conflict(conflict, ""))
            .into_iter()
            .chain([Error::Template(fault)]);
        let reasons: Vec<_> = errors.map(|error| FailureReason::of_error(&error, *channel)).collect();
        [FailureReason::no_answer_on(*channel), FailureReason::no_recipient(*channel)]
            .into_iter()
            .chain(reasons)
    });
    let urls = ["http://hooks.example.com/", "https://127.0.0.1/"];
    let urls = urls.iter().filter_map(|url| check_url(url).err()).map(NotPublic::reason);
    let reached: BTreeSet<FailureReason> = refused.chain(details).chain(unmade).chain(urls).collect();
    let missing: Vec<_> = FailureReason::ALL.iter().filter(|reason| !reached.contains(reason)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
