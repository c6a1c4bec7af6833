//! Events as SendGrid's documentation prints them, cut to what differs.

use domain::{delivery::Retry, vocabulary::InteractionStatus};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::providers::fixtures::{INTERACTION, now};

fn demo() -> TenantId {
    "demo".parse().unwrap()
}

fn event(kind: &str, more: &Value) -> Value {
    let mut event = json!({
        "email": "john@borrower.example",
        "timestamp": 1_763_722_800,
        "smtp-id": format!("<{INTERACTION}@acme.example>"),
        "event": kind,
        "sg_event_id": "ZGVsaXZlcmVkLTA",
        "sg_message_id": "14c5d75ce93.recvd-5b8dd4b8f9-x2nlc-1-65A1-0.0",
        "tenant": "demo",
        "interaction": INTERACTION,
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn read_all(events: &[Value]) -> Vec<DeliveryEvent> {
    read(&json!(events).to_string(), &demo(), now()).unwrap()
}

fn news_of(kind: &str, more: &Value) -> Option<News> {
    read_all(&[event(kind, more)]).pop().map(|event| event.news)
}

#[test]
fn an_event_names_our_message_sendgrids_message_and_itself() {
    let [event] = &read_all(&[event("delivered", &json!({ "response": "250 OK", "ip": "192.0.2.1" }))])[..]
    else {
        panic!("one event")
    };
    assert_eq!(event.interaction_id, Some(INTERACTION.parse().unwrap()));
    assert_eq!((event.provider, event.reference.as_str()), (ProviderName::Sendgrid, "14c5d75ce93"));
    assert_eq!(event.event_id, "ZGVsaXZlcmVkLTA");
    assert_eq!(event.occurred_at, "2025-11-21T11:00:00Z".parse().unwrap());
}

#[test]
fn an_oddly_typed_member_costs_no_event_and_an_unreadable_event_costs_no_other() {
    for odd in [
        json!({ "sg_machine_open": null }),
        json!({ "timestamp": "1763722800" }),
        json!({ "timestamp": [] }),
        json!({ "status": 5.1 }),
        json!({ "sg_event_id": 7, "reason": {}, "type": null, "bounce_classification": false }),
        json!({ "smtp-id": 1 }),
    ] {
        let [event] = &read_all(&[event("delivered", &odd)])[..] else { panic!("{odd}") };
        let (delivered, reference) = (event.news.clone(), event.reference.as_str());
        assert_eq!(Some(delivered), news_of("delivered", &json!({})), "{odd}");
        assert_eq!(reference, "14c5d75ce93", "{odd}");
    }
    let Some(News::Failed(refusal)) = news_of("bounce", &json!({ "status": 5.1 })) else {
        panic!("a bounce")
    };
    assert_eq!(refusal.code.as_deref(), Some("5.1"));
    let odd = [json!(7), json!({ "event": null }), event("delivered", &json!({})), json!({})];
    assert_eq!(read_all(&odd).len(), 1);
}

#[test]
fn every_event_moves_a_message_as_the_provider_contract_says() {
    use InteractionStatus::{Attempted, Succeeded};
    for (kind, more, status, details) in [
        ("processed", json!({ "category": ["a"] }), Attempted, EmailSent),
        ("deferred", json!({ "attempt": "5", "response": "400 try again later" }), Attempted, EmailSent),
        ("delivered", json!({}), Succeeded, EmailDelivered),
        ("open", json!({ "useragent": "Mozilla/5.0", "sg_machine_open": false }), Succeeded, EmailOpened),
        (
            "click",
            json!({ "url": "https://acme.example/", "url_offset": { "index": 0 } }),
            Succeeded,
            EmailClick,
        ),
    ] {
        let expected = News::Progress { status, details: Some(details), effect: None };
        assert_eq!(news_of(kind, &more), Some(expected), "{kind}");
    }
    for (kind, more, details, effect, code) in [
        ("bounce", json!({ "type": "blocked", "status": "4.7.1" }), EmailBlocked, None, "blocked/4.7.1"),
        ("bounce", json!({ "type": "expired" }), EmailBlocked, None, "expired"),
        ("bounce", json!({ "type": "invented" }), EmailBlocked, None, "invented"),
        (
            "bounce",
            json!({ "type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address" }),
            EmailBounced,
            Some(Invalid),
            "bounce/5.1.1/Invalid Address",
        ),
        (
            "bounce",
            json!({ "status": "5.0.0", "reason": "500 unknown" }),
            EmailBounced,
            Some(Invalid),
            "5.0.0",
        ),
        (
            "dropped",
            json!({ "reason": "Bounced Address", "status": "5.0.0" }),
            EmailDropped,
            Some(Invalid),
            "5.0.0",
        ),
        ("dropped", json!({ "reason": "Invalid" }), EmailDropped, Some(Invalid), ""),
        ("dropped", json!({ "reason": "Unsubscribed Address" }), EmailDropped, Some(OptedOut), ""),
        ("dropped", json!({ "reason": "Spam Reporting Address" }), EmailDropped, Some(OptedOut), ""),
        ("dropped", json!({ "reason": "Spam Content" }), EmailDropped, None, ""),
        ("dropped", json!({ "reason": "Recipient List over Package Quota" }), EmailDropped, None, ""),
        ("dropped", json!({ "reason": "Invalid SMTPAPI header" }), EmailDropped, None, ""),
        ("dropped", json!({}), EmailDropped, None, ""),
        ("spamreport", json!({}), EmailReportedAsSpam, Some(OptedOut), ""),
        ("spam_report", json!({}), EmailReportedAsSpam, Some(OptedOut), ""),
    ] {
        let Some(News::Failed(refusal)) = news_of(kind, &more) else { panic!("{kind} {more}") };
        assert_eq!((refusal.details, refusal.effect), (Some(details), effect), "{kind} {more}");
        assert_eq!(refusal.retry, Retry::Never, "{kind}");
        assert_eq!(refusal.code.as_deref().unwrap_or_default(), code, "{kind} {more}");
    }
    for kind in ["unsubscribe", "group_unsubscribe"] {
        let expected = News::Progress { status: Attempted, details: None, effect: Some(OptedOut) };
        assert_eq!(news_of(kind, &json!({ "asm_group_id": 10 })), Some(expected), "{kind}");
    }
}

#[test]
fn what_no_person_did_or_nobody_knows_is_no_news() {
    for (kind, more) in [
        ("open", json!({ "sg_machine_open": true })),
        ("group_resubscribe", json!({ "asm_group_id": 10 })),
        ("account_status_change", json!({ "type": "compliance_suspend" })),
        ("pigeon", json!({})),
    ] {
        assert_eq!(news_of(kind, &more), None, "{kind}");
    }
}

#[test]
fn what_a_server_says_of_an_address_is_no_code() {
    let more = json!({ "type": "bounce", "status": "550 john@borrower.example", "reason": "550 no John" });
    let Some(News::Failed(refusal)) = news_of("bounce", &more) else { panic!() };
    assert_eq!(refusal.code.as_deref(), Some("bounce"));
}

#[test]
fn events_of_another_tenant_of_the_same_account_are_left_out_and_the_others_keep_their_order() {
    let read = read_all(&[
        event("processed", &json!({ "sg_event_id": "1" })),
        event("delivered", &json!({ "sg_event_id": "2", "tenant": "other" })),
        json!("no event"),
        json!({ "event": 7 }),
        json!({ "email": "john@borrower.example" }),
        event("delivered", &json!({ "sg_event_id": "3" })),
    ]);
    assert_eq!(read.iter().map(|event| event.event_id.as_str()).collect::<Vec<_>>(), ["1", "3"]);
}

#[test]
fn a_message_is_known_by_our_id_or_the_message_id_or_sendgrids_name_for_it() {
    let named = |more: Value| {
        let event = read_all(&[event("delivered", &more)]).pop()?;
        Some((event.interaction_id.map(|id| id.to_string()), event.reference))
    };
    let (id, name) = (Some(INTERACTION.to_owned()), "14c5d75ce93".to_owned());
    let (absent, nameless) = (json!(null), String::new());
    for (more, expected) in [
        (json!({ "interaction": absent }), Some((id.clone(), name.clone()))),
        (
            json!({ "interaction": absent, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>" }),
            Some((None, name)),
        ),
        // An asynchronous bounce has no name of SendGrid's.
        (json!({ "sg_message_id": absent }), Some((id.clone(), nameless.clone()))),
        (json!({ "sg_message_id": absent, "interaction": absent }), Some((id, nameless))),
        (json!({ "sg_message_id": absent, "interaction": absent, "smtp-id": absent }), None),
    ] {
        assert_eq!(named(more.clone()), expected, "{more}");
    }
}

#[test]
fn an_event_without_time_or_name_has_those_of_its_report() {
    let more = json!({ "timestamp": null, "sg_event_id": null });
    let event = read_all(&[event("delivered", &more)]).pop().unwrap();
    assert_eq!(event.occurred_at, now());
    assert_eq!(event.event_id, format!("14c5d75ce93:delivered:{}", now()));
}

#[test]
fn a_long_report_is_parted_and_says_the_same_in_its_pieces() {
    let events: Vec<Value> =
        (0..121).map(|at| event("delivered", &json!({ "sg_event_id": at.to_string() }))).collect();
    let whole = json!(events).to_string();
    let parted = pieces(whole.clone());
    assert_eq!(parted.len(), 3);
    let read_in = |body: &String| read(body, &demo(), now()).unwrap();
    assert_eq!(parted.iter().flat_map(read_in).collect::<Vec<_>>(), read_in(&whole));
    for short in ["[]", "<html>", "{}"] {
        assert_eq!(pieces(short.into()), [short]);
    }
}

proptest! {
    #[test]
    fn whatever_is_reported_is_read_or_left_out(
        kind in "[a-z_]{0,20}", id in "\\PC{0,40}", name in "\\PC{0,40}", reason in "\\PC{0,60}", at: i64,
    ) {
        let event = json!({
            "event": kind, "interaction": id, "sg_message_id": name, "smtp-id": reason, "reason": reason, "status": id,
            "type": name, "timestamp": at,
        });
        prop_assert!(read_all(&[event]).len() <= 1);
    }
}
