use std::collections::BTreeSet;

use domain::{
    compliance::ReasonCode,
    vocabulary::{Channel, CommunicationsApiChannel, StatusDetails, Theme},
};

use super::{words::WORDS, *};

/// Groups that are spoken by code, by a value that no template names.
const BY_CODE: [&str; 3] = ["done", "refused", "section"];

fn template_texts() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(_, text)| *text)
}

/// What stands between the quotes behind each `before`.
fn quoted(text: &str, before: &str) -> BTreeSet<String> {
    text.split(before).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[test]
fn everything_is_said_in_both_languages_with_the_same_arguments() {
    let arguments = |text: &str| quoted(&text.replace('{', "{\"").replace('}', "\"}"), "{\"");
    for (group, rows) in WORDS.as_ref().unwrap() {
        for (key, said) in rows {
            assert!(!said.en.trim().is_empty() && !said.es.trim().is_empty(), "{group}.{key}");
            assert_eq!(arguments(&said.en), arguments(&said.es), "{group}.{key}");
        }
    }
}

#[test]
fn every_word_that_templates_use_is_there_and_no_other() {
    let words = WORDS.as_ref().unwrap();
    let keys: BTreeSet<String> = template_texts().flat_map(|text| quoted(text, "t(key=\"")).collect();
    let groups: BTreeSet<String> = template_texts()
        .flat_map(|text| quoted(text, " of=\"").into_iter().chain(quoted(text, "(of=\"")))
        .collect();
    for key in &keys {
        let (group, name) = key.split_once('.').unwrap();
        assert!(has_word(group, name), "no words {key}");
    }
    for group in &groups {
        assert!(words.contains_key(group), "no group {group}");
    }
    let by_group = |group: &String| groups.contains(group) || BY_CODE.contains(&group.as_str());
    let unused: Vec<_> = words
        .iter()
        .filter(|(group, _)| !by_group(group))
        .flat_map(|(group, rows)| rows.keys().map(move |key| format!("{group}.{key}")))
        .filter(|key| !keys.contains(key))
        .collect();
    assert!(unused.is_empty(), "nobody says {unused:#?}");
}

#[test]
fn every_value_of_the_api_has_words() {
    fn all(group: &str, values: impl IntoIterator<Item = &'static str>) {
        for value in values {
            assert!(has_word(group, value), "{group}.{value}");
        }
    }
    all("channel", Channel::ALL.iter().map(|value| value.as_str()));
    all("channel", CommunicationsApiChannel::ALL.iter().map(|value| value.as_str()));
    all("theme", Theme::ALL.iter().map(|value| value.as_str()));
    all("details", StatusDetails::ALL.iter().map(|value| value.as_str()));
    all("reason", ReasonCode::ALL.iter().map(|value| value.as_str()));
    all("remedy", ReasonCode::ALL.iter().map(|value| value.as_str()));
    all("role", Role::ALL.iter().map(|value| value.as_str()));
    all("section", SECTIONS.iter().map(|(name, _)| *name));
}

fn shown_page(template: &str, data: Value) -> String {
    let visitor =
        Visitor { lender: "Acme <Lending>", time_zone: "America/Chicago", role: Role::Admin, stamp: "stamp" };
    let frame = Frame {
        language: Language::English,
        path: "/console/messages",
        visitor: Some(visitor),
        done: Some("resent"),
    };
    let Body::Text(html) = page(StatusCode::OK, template, &frame, data).unwrap().into_body() else {
        panic!("a page is text")
    };
    html
}

#[test]
fn nothing_that_a_page_shows_is_markup() {
    let html = shown_page("sign_in.html", json!({ "to": "\"><script>alert(1)</script>", "fault": null }));
    assert!(!html.contains("<script") && html.contains("Acme &lt;Lending&gt;"), "{html}");
    assert!(html.contains("aria-current=\"page\"") && html.contains("Sent again."), "{html}");
    assert!(!html.contains("style=") && !html.contains("onload"), "{html}");
}

#[test]
fn the_other_language_is_one_link_away_and_remembered() {
    let frame = |path| Frame { language: Language::Spanish, path, visitor: None, done: None };
    let answer = page(
        StatusCode::OK,
        "sign_in.html",
        &frame("/console/sign-in?to=%2Fconsole&language=es&done=x"),
        json!({ "to": "/console", "fault": null }),
    );
    let answer = answer.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("postrider-language=es; Path=/console;"), "{cookie}");
    let Body::Text(html) = answer.into_body() else { panic!("a page is text") };
    assert!(html.contains("lang=\"es\"") && html.contains("Iniciar sesión"));
    assert!(
        html.contains("?to=%2Fconsole&amp;language=en") || html.contains("?to=%2Fconsole&language=en"),
        "{html}"
    );
    assert!(
        page(StatusCode::OK, "sign_in.html", &frame("/console/sign-in"), json!({ "to": "", "fault": null }))
            .unwrap()
            .headers()
            .get(header::SET_COOKIE)
            .is_none()
    );
}

#[test]
fn every_refusal_is_in_words() {
    for status in ["400", "403", "404", "409", "413", "429", "500", "503", "form"] {
        assert!(has_word("refused", status) && has_word("refused_about", status), "{status}");
    }
    for language in Language::ALL {
        let frame = Frame { language, path: "/console/messages", visitor: None, done: None };
        let answer = refuse(StatusCode::NOT_FOUND, "1-trace", &frame);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let Body::Text(html) = answer.into_body() else { panic!("a page is text") };
        assert!(html.contains("1-trace") && html.matches("<h1>").count() == 1, "{html}");
    }
}

#[test]
fn a_form_that_is_not_taken_comes_back_with_what_was_typed() {
    let typed = json!({
        "action": "answer",
        "fields": [
            { "name": "reply_text", "text": "</textarea><b>", "rows": 1 },
            { "name": "<i>", "text": "\n", "rows": 2 },
        ],
        "is_all": false,
    });
    for (template, typed) in
        [("session_over.html", typed.clone()), ("session_over.html", Value::Null), ("refused.html", typed)]
    {
        let html = shown_page(
            template,
            json!({ "sign_in": "/", "status": "form", "trace_id": "1", "typed": typed }),
        );
        let fields = if typed.is_null() { 0 } else { 2 };
        assert_eq!(html.matches("<textarea").count(), fields, "{html}");
        assert_eq!(html.contains("too long for all of it"), fields > 0, "{html}");
        assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
    }
}

/// What the API answers, as much of it as there can be and as little.
fn messages() -> Vec<Value> {
    let least = json!({
        "id": "IN-1", "template_id": null, "template_type": null, "is_external": true, "channel": "voice",
        "direction": "inbound", "borrower_id": null, "borrower_external_id": null, "loan_ids": [],
        "loan_external_ids": [], "recipient": "", "status": "received", "attempts": 0, "timeline": [],
        "trace_id": "1-2", "theme": "inbOther", "created_at": "2026-01-05T15:00:00Z",
    });
    let most = json!({
        "id": "IN-2", "external_id": "a<b", "template_id": "TD-1", "template_type": "payment_reminder",
        "is_external": false, "channel": "email", "direction": "outbound", "borrower_id": "BO-1",
        "borrower_external_id": "john", "loan_ids": ["LN-1"], "loan_external_ids": ["LN-0001", null],
        "recipient": "john@example.com", "sender": "jane@example.com", "subject": "<b>Due</b>", "body": "<i>Hello</i>",
        "body_html": "<p>Hello</p>", "status": "failed", "status_details": "emailBounced",
        "failure": { "reason": "BOUNCED", "description": "No such mailbox", "code": "550" },
        "provider": "ses", "provider_reference": "ref", "segments": 2, "batch_id": "BU-1", "attempts": 12345,
        "send_at": "2026-01-05T15:00:00Z",
        "timeline": [{ "at": "2026-01-05T15:00:00Z", "what": "accepted" }, { "at": "2026-01-05T15:00:01Z", "what": "failed", "note": "550" }],
        "trace_id": "1-2", "theme": "opsServicing", "sensitive": true, "is_unproven": true,
        "letter": { "pages": 3 }, "attachments": [{ "fileName": "a<.pdf" }],
        "enclosures": [{ "name": "b<.pdf", "mediaType": "application/pdf" }],
        "created_at": "2026-01-05T15:00:00Z",
    });
    vec![least, most]
}

#[test]
fn what_is_wrong_with_a_field_is_of_a_kind_that_has_words() {
    for (message, kind) in [
        ("must be given", "missing"),
        ("must not be empty; null leaves HELP to the provider", "missing"),
        ("must have 1 to 100 characters", "size"),
        ("must be one of email, sms; fax was sent", "choice"),
        ("must stay as it is; leave it out", "unwanted"),
        ("must be left out for a rule of your own; remove the rule instead", "unwanted"),
        ("must be an IANA time zone, such as America/New_York", "other"),
        ("unknown filter: curency", "other"),
    ] {
        assert_eq!(words::kind_of_fault(message), kind, "{message}");
        assert!(has_word("fault", kind), "{kind}");
    }
}

#[test]
fn a_list_and_a_message_show_whatever_the_api_answers() {
    for form in [
        json!({ "action": "", "values": {}, "faults": {} }),
        json!({ "action": "", "values": { "q": "\"><" }, "faults": { "q": "must" } }),
    ] {
        for (people, list, next) in [
            (Value::Null, json!([]), Value::Null),
            (Value::Null, json!(messages()), json!("/console/messages?cursor=a")),
            (json!([]), json!([]), Value::Null),
            (
                json!([{ "first_name": "", "last_name": "", "external_id": null, "path": "/" }, { "first_name": "<", "last_name": "", "external_id": "j", "path": "/" }]),
                json!([]),
                Value::Null,
            ),
        ] {
            let html = shown_page(
                "messages.html",
                json!({
                    "form": form, "by": "loan", "ways": ["borrower", "loan"], "channels": ["email"], "statuses": ["sent"],
                    "is_narrowed": false, "messages": list, "next": next, "first": next, "people": people,
                }),
            );
            assert!(html.contains("<option value=\"loan\" selected>"), "{html}");
        }
    }
    let decision = json!({
        "allowed": false, "evaluatedAt": "2026-01-05T15:00:00Z", "nextAllowableAt": "2026-01-06T15:00:00Z",
        "reasons": [
            { "ruleId": "stop.do_not_contact", "kind": "stop", "code": "do_not_contact", "detail": "<no>" },
            { "ruleId": "US-REGF-TIME", "kind": "law", "code": "outside_hours", "detail": "late", "jurisdiction": "US",
              "citation": "12 CFR", "confidence": "verified", "tightened": true, "until": "2026-01-06T15:00:00Z" },
        ],
        "timeZones": ["America/Chicago"], "jurisdictions": ["US", "IL"], "ruleSet": "r",
        "signOff": { "ruleSet": "r", "counsel": "J. Doe", "signedOn": "2026-01-01", "at": "2026-01-01T00:00:00Z" },
    });
    let least = json!({ "allowed": true, "reasons": [], "evaluatedAt": "2026-01-05T15:00:00Z", "timeZones": [], "jurisdictions": [], "ruleSet": "r", "signOff": null });
    let bands = json!([{ "zone": "America/Chicago", "at": 540, "allowed": [{ "from": 480, "width": 780 }], "is_allowed": true }]);
    let rules = json!([{ "rule": { "id": "A", "title": "B<", "citation": "C", "confidence": "house" }, "standing": "enforced" }]);
    let refused = json!({
        "action": "resend", "values": { "overrideReason": "<" }, "faults": { "overrideReason": "must" },
        "problem": { "slug": "forbidden", "detail": "No", "reasons": null, "send_at": null, "trace_id": "1" },
    });
    for message in messages() {
        for (why, rules, bands, form) in [
            (Value::Null, json!([]), json!([]), json!({ "action": "", "values": {}, "faults": {} })),
            (
                json!({ "decision": decision, "overridden": { "by": "AK-1", "reason": "<" }, "earlier": [decision, least] }),
                rules.clone(),
                bands.clone(),
                refused.clone(),
            ),
            (
                json!({ "decision": least }),
                json!([]),
                json!([]),
                json!({ "action": "", "values": {}, "faults": {} }),
            ),
        ] {
            let html = shown_page(
                "message.html",
                json!({
                    "names": { "AK-1": "Servicing" }, "pages": [1, 2],
                    "message": message, "why": why, "rules": rules, "bands": bands, "form": form,
                    "offers": { "resend": true, "override": true, "cancel": true },
                }),
            );
            for markup in ["<b>Due", "<i>", "<no>", "a<b", "a<.pdf", "b<.pdf", " style=", "<script"] {
                assert!(!html.contains(markup), "{markup}: {html}");
            }
        }
    }
}

/// What a page may weigh over the wire.
const HEAVIEST: usize = 60 * 1024;

/// What the guard says of a thousand people, as much of it as a page shows.
fn forecast(people: u64) -> Value {
    let blocker = |place: usize| {
        json!({
            "ruleId": if place == 0 { "OWN-WHAT-IF".to_owned() } else { format!("US-REGF-{place}") },
            "kind": if place == 1 { "stop" } else { "law" }, "code": "outside_hours", "people": people, "alone": place,
            "title": if place == 1 { Value::Null } else { json!("<b>No more than so many messages in so many days, with <i> and so on") },
        })
    };
    let hours: Vec<_> =
        (0..48).map(|_| json!({ "date": "2026-01-05", "time": "09:00", "people": 20 })).collect();
    let days: Vec<_> = (0..15).map(|_| json!({ "date": "2026-01-05", "people": 60 })).collect();
    let span = |is_all: bool| json!({ "from": "08:00", "to": "21:00", "people": 7, "isAll": is_all });
    let day = json!({ "weekday": "mon", "day": 5, "all": "M8 1h13", "some": "M7 1h1M21 1h1", "spans": [span(false), span(true), span(false)] });
    let week = |zones: Value| json!({ "timeZones": zones, "people": 250, "days": vec![day.clone(); 7] });
    json!({
        "numbers": { "allowed": people - 900, "later": 600, "notByWaiting": 300 },
        "people": people,
        "hours": { "bars": "M0.5 40v-40".repeat(48), "slots": 49, "rows": hours },
        "days": { "bars": "M0.5 40v-40".repeat(15), "slots": 15, "rows": days },
        "blockers": (0..10).map(blocker).collect::<Vec<_>>(),
        "blockersMore": 3,
        "zones": [week(json!([])), week(json!(["America/Chicago", "America/New_York"])), week(json!(["America/Denver"])), week(json!(["America/Los_Angeles"]))],
        "zonesMore": 2,
    })
}

#[test]
fn what_would_be_is_shown_for_a_thousand_people_and_for_nobody() {
    let rules: Vec<_> = (0..86)
        .map(|place| json!({ "id": format!("US-RULE-{place}"), "title": "<b>At most 7 collection calls in 7 days about a debt" }))
        .collect();
    let numbers = json!({ "allowed": 100, "later": 600, "notByWaiting": 300 });
    let nothing = json!({
        "numbers": { "allowed": 0, "later": 0, "notByWaiting": 0 }, "people": 0,
        "hours": { "bars": "", "slots": 49, "rows": [] }, "days": { "bars": "", "slots": 15, "rows": [] },
        "blockers": [], "blockersMore": 0, "zones": [], "zonesMore": 0,
    });
    let base = json!({
        "form": { "action": "ask", "values": { "personIds": "john<b>", "by.email": "1", "change": "add", "ruleId": "US-RULE-3" }, "faults": {} },
        "channels": ["voice", "email", "text"], "themes": ["opsCollDebt", "opsServicing"], "changes": ["tighten", "add"],
        "rules": rules, "added": "OWN-WHAT-IF", "chosen": null,
        "reaching": ["voice", "email", "text"], "purposes": ["collections"], "scopes": ["person"], "counted": ["placed"],
    });
    let with = |more: Value| {
        let mut data = base.clone();
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let html = shown_page("what_if.html", data);
        assert!(!html.contains("<b>") && !html.contains(" style=") && !html.contains("<script"), "{html}");
        assert!(html.len() < HEAVIEST, "{} bytes", html.len());
        html
    };
    assert!(with(json!({})).contains("Nothing was asked yet"));
    let answer = |outcome: &Value, unchanged: &Value, unknown: Value| {
        json!({
            "chosen": "text", "at": "2026-01-05T15:00:00Z", "people": 1000, "unknown": unknown, "unknown_more": 2, "is_address": true,
            "numbers": [{ "channel": "text", "numbers": numbers, "unchanged": numbers }, { "channel": "email", "numbers": numbers, "unchanged": null }],
            "outcome": outcome, "unchanged": unchanged,
        })
    };
    let html = with(answer(&forecast(1000), &forecast(1000), json!(vec!["ext-nobody<b>"; 20])));
    assert!(html.contains("with the change") && html.contains("as the rules are"), "{html}");
    let html = with(answer(&nothing, &Value::Null, json!([])));
    assert!(
        html.contains("Nobody is blocked by time alone.") && html.contains("Nothing is in anybody"),
        "{html}"
    );
    let fault = json!({
        "action": "ask", "values": {}, "faults": { "channels": "must", "ruleId": "must<b>", "isAutodialed": "must", "tightened": "must", "rule": "must" },
        "problem": { "slug": "invalid-request", "detail": "<b>", "reasons": null, "trace_id": "1" },
    });
    let html = with(json!({ "form": fault }));
    for field in ["channels", "ruleId", "isAutodialed"] {
        assert!(html.contains(&format!("id=\"f-{field}-fault\"")), "{field}: {html}");
    }
}

#[test]
fn how_messages_fared_is_shown_for_a_busy_month_and_for_a_quiet_one() {
    let measures = ["sent", "delivered", "blocked", "failed", "canceled", "received"];
    let of_channel = |channel: &str| {
        let mut total: Map<_, _> =
            measures.iter().map(|measure| ((*measure).to_owned(), json!(123_456))).collect();
        total.insert("channel".to_owned(), json!(channel));
        Value::from(total)
    };
    let rows: Vec<_> = measures
        .iter()
        .map(|measure| json!({ "measure": measure, "total": 123_456, "most": 9_999, "bars": "M10.5 40v-40".repeat(30) }))
        .collect();
    let days: Vec<_> = (0..30)
        .map(|_| json!({ "date": "2026-01-05", "counts": [9999, 9999, 9999, 9999, 9999, 9999] }))
        .collect();
    let channels = ["email", "text", "mail", "gui", "push", "voice"];
    let shown = |channel: &&str| json!({ "channel": channel, "measures": rows, "slots": 30, "days": days });
    let account = json!({
        "account": "ses<b>", "state": "outOfOrder", "since": "2026-01-05T15:00:00Z", "triedAt": "2026-01-05T15:02:00Z",
        "description": "<b>Paused", "code": "<b>",
    });
    let data = json!({
        "span": 30, "spans": [7, 14, 30], "from": "2025-12-07", "to": "2026-01-05", "measures": measures,
        "total": channels.map(of_channel), "channels": channels.iter().map(shown).collect::<Vec<_>>(),
        "senders": [{ "channel": "email", "provider": "ses", "from": "Acme <b>" }], "accounts": [account], "is_in_order": false,
    });
    let html = shown_page("health.html", data.clone());
    assert!(!html.contains("<b>") && !html.contains(" style="), "{html}");
    assert!(html.len() < HEAVIEST, "{} bytes", html.len());
    let mut quiet = data;
    for name in ["total", "channels", "senders", "accounts"] {
        quiet[name] = json!([]);
    }
    quiet["is_in_order"] = json!(true);
    let html = shown_page("health.html", quiet);
    assert!(html.contains("Nothing happened") && html.contains("All accounts are working"), "{html}");
}
