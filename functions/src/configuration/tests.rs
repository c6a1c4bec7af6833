//! Configuration as a table: what is wrong, and where that is said.

use domain::{compliance::Profile, error::Violation, tenant::Senders};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{senders::SENDGRID_KEYS, *};

/// A key as SendGrid shows it.
const SENDGRID_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDSGbgNPeCgIlw/docnQ3Y9KEOXbB0+79VMBT4UJaeBh4Ji16CKRrop0yM75knNjWVzmoXAsd0OGywrc5vysSMQ==";

/// What the names of secrets begin with.
const PREFIX: &str = "postrider/";

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn pointers(faults: &[Violation]) -> Vec<&str> {
    faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

/// `whole` with the member at `pointer` replaced.
fn with(mut whole: Value, pointer: &str, value: &Value) -> Value {
    *whole.pointer_mut(pointer).expect(pointer) = value.clone();
    whole
}

fn acme() -> Value {
    json!({
        "email": {
            "transactional": { "from": "Acme Lending <no-reply@acme.example>", "replyTo": null, "provider": "ses", "fallback": null },
            "conversational": { "from": "service@acme.example", "replyTo": "Acme <service@acme.example>", "provider": "ses" },
            "configurationSet": "acme-events",
            "eventTopics": ["arn:aws:sns:us-east-1:123456789012:acme-events"],
            "inbound": {
                "sendgridPublicKeys": [SENDGRID_KEY],
                "topics": ["arn:aws:sns:us-east-1:123456789012:acme-mail"],
            },
            "sendgrid": {
                "apiKeySecret": "postrider/providers/acme/sendgrid",
                "eu": true,
                "eventPublicKeys": [SENDGRID_KEY],
            },
            "smtp": {
                "host": "smtp.acme.example",
                "port": 587,
                "security": "starttls",
                "credentialsSecret": "postrider/providers/acme/smtp",
                "bounceAddress": "bounces@acme.example",
            },
        },
        "text": {
            "provider": "twilio",
            "accountSid": "AC0123456789abcdef0123456789abcdef",
            "authTokenSecret": "postrider/providers/acme/twilio",
            "from": "+13125550142",
        },
        "letter": {
            "provider": "lob",
            "name": "Acme Lending",
            "returnAddress": {
                "addressLine1": "1 Main St", "city": "Austin", "state": "TX", "postalCode": "78701", "country": "US",
            },
            "pageSize": "letter",
            "mailClass": "firstClass",
            "extraService": "certified",
            "maxPages": 12,
            "lob": {
                "apiKeySecret": "postrider/providers/acme/lob",
                "webhookSecret": "postrider/providers/acme/lob-webhook",
            },
        },
    })
}

fn token_issuers() -> Value {
    json!([
        {
            "issuer": "https://login.acme.example",
            "audience": "postrider",
            "verification": { "jwks": "https://login.acme.example/.well-known/jwks.json" },
        },
        {
            "issuer": "loan-system",
            "audience": "postrider",
            "verification": { "sharedSecret": "postrider/issuers/acme/loan-system" },
            "roleClaim": "postrider_role",
        },
    ])
}

#[test]
fn default_settings_and_full_senders_have_no_fault() {
    assert_eq!(settings(&Settings::default(), ""), []);
    assert_eq!(senders(&read(acme()), PREFIX, ""), []);
    assert_eq!(senders(&Senders::default(), PREFIX, ""), []);
    assert_eq!(issuers(&read::<Vec<_>>(token_issuers()), PREFIX, ""), []);
}

#[test]
fn a_mailbox_names_a_provider_that_the_tenant_has_an_account_with() {
    for provider in ["sendgrid", "smtp"] {
        for role in ["provider", "fallback"] {
            let chosen = with(acme(), &format!("/email/transactional/{role}"), &json!(provider));
            assert_eq!(senders(&read(chosen.clone()), PREFIX, ""), []);
            let account = format!("/email/{provider}");
            let without = with(chosen, &account, &Value::Null);
            assert_eq!(pointers(&senders(&read(without), PREFIX, "")), [account], "{role}");
        }
    }
}

#[test]
fn every_wrong_setting_is_named() {
    let wrong = Settings {
        unmonitored_addresses: Some(["nobody".to_owned()].into()),
        context_overrides: ["borower".to_owned()].into(),
        locale: "english".into(),
        language: "EN".into(),
        currency: "dollars".into(),
        time_zone: "America/Springfield".into(),
        suppression_hours: Settings::MAX_SUPPRESSION_HOURS + 1,
        compliance: Profile { safety_margin_minutes: 61, ..Profile::default() },
        office_hours: read(json!([{ "from": "17:00", "to": "09:00" }])),
        help_text: Some(" ".to_owned()),
        conversation_timeout_minutes: Some(0),
        branding: [(String::new(), String::new())].into(),
        ..Settings::default()
    };
    let all = [
        "/locale",
        "/language",
        "/currency",
        "/timeZone",
        "/suppressionHours",
        "/branding",
        "/contextOverrides",
        "/unmonitoredAddresses",
        "/officeHours/0/to",
        "/helpText",
        "/conversationTimeoutMinutes",
        "/compliance/safetyMarginMinutes",
    ];
    assert_eq!(pointers(&settings(&wrong, "")), all);
    assert_eq!(settings(&wrong, "/settings")[0].pointer, "/settings/locale");
}

#[test]
fn branding_has_bounds() {
    let branded = |entries: usize, name: usize, value: usize| Settings {
        branding: (0..entries).map(|n| (format!("{n:0>name$}"), "x".repeat(value))).collect(),
        ..Settings::default()
    };
    assert_eq!(settings(&branded(50, 100, 500), ""), []);
    for (entries, name, value) in [(51, 100, 500), (50, 101, 500), (50, 100, 501)] {
        assert_eq!(pointers(&settings(&branded(entries, name, value), "")), ["/branding"]);
    }
}

#[test]
fn what_is_said_for_help_and_how_long_conversations_stay_open_have_bounds() {
    let settings_of = |help: usize, minutes: u32| Settings {
        help_text: Some("é".repeat(help)),
        conversation_timeout_minutes: Some(minutes),
        ..Settings::default()
    };
    for (help, minutes, faults) in [
        (1, 1, &[][..]),
        (320, 43_200, &[]),
        (0, 43_201, &["/helpText", "/conversationTimeoutMinutes"]),
        (321, 0, &["/helpText", "/conversationTimeoutMinutes"]),
    ] {
        assert_eq!(pointers(&settings(&settings_of(help, minutes), "")), faults, "{help} {minutes}");
    }
}

#[test]
fn a_wrong_sender_is_named() {
    for (pointer, wrong) in [
        ("/email/transactional/from", json!("Acme Lending")),
        ("/email/transactional/from", json!("a@acme.example, b@acme.example")),
        ("/email/transactional/from", json!("a@acme.example\r\nBcc: b@acme.example")),
        ("/email/conversational/replyTo", json!("service@")),
        ("/email/transactional/provider", json!("twilio")),
        ("/email/conversational/provider", json!("twilio")),
        ("/email/configurationSet", json!("acme events")),
        ("/email/inbound/sendgridPublicKeys/0", json!("")),
        ("/email/inbound/sendgridPublicKeys/0", json!(SENDGRID_KEY[4..])),
        ("/email/inbound/sendgridPublicKeys/0", json!(SENDGRID_KEY.replace("MFkw", "MFkx"))),
        ("/email/inbound/sendgridPublicKeys", json!(vec![SENDGRID_KEY; SENDGRID_KEYS + 1])),
        ("/email/inbound/topics/0", json!("arn:aws:sqs:us-east-1:123456789012:acme")),
        ("/email/eventTopics/0", json!("arn:aws:sqs:us-east-1:123456789012:acme")),
        ("/email/sendgrid/apiKeySecret", json!("postrider/issuers/acme/loan-system")),
        ("/email/sendgrid/eventPublicKeys/0", json!(SENDGRID_KEY[4..])),
        ("/email/sendgrid/eventPublicKeys", json!(vec![SENDGRID_KEY; SENDGRID_KEYS + 1])),
        ("/email/smtp/host", json!("smtp")),
        ("/email/smtp/host", json!("192.0.2.1")),
        ("/email/smtp/host", json!("smtp.acme.example:587")),
        ("/email/smtp/host", json!("https://smtp.acme.example")),
        ("/email/smtp/port", json!(0)),
        ("/email/smtp/port", json!(25)),
        ("/email/smtp/credentialsSecret", json!("hush")),
        ("/email/smtp/bounceAddress", json!("Bounces <bounces@acme.example>")),
        ("/email/smtp/bounceAddress", json!("bounces+x@acme.example")),
        ("/email/smtp/bounceAddress", json!("undeliverable-mail@acme.example")),
        ("/text/provider", json!("ses")),
        ("/text/accountSid", json!("AC123")),
        ("/text/accountSid", json!("SK0123456789abcdef0123456789abcdef")),
        ("/text/authTokenSecret", json!(" ")),
        ("/text/authTokenSecret", json!("postrider/acme/twilio")),
        ("/text/authTokenSecret", json!("postrider/issuers/acme/loan-system")),
        ("/text/authTokenSecret", json!(format!("postrider/providers/{}", "x".repeat(SECRET_NAME)))),
        ("/text/from", json!("312-555-0142")),
        ("/text/from", json!("AC0123456789abcdef0123456789abcdef")),
        ("/letter/provider", json!("twilio")),
        ("/letter/name", json!("x".repeat(41))),
        ("/letter/name", json!("東京貸付")),
        ("/letter/returnAddress/state", json!("Texas")),
        ("/letter/returnAddress/postalCode", json!("787")),
        ("/letter/returnAddress/country", json!("DE")),
        ("/letter/pageSize", json!("a4")),
        ("/letter/maxPages", json!(0)),
        ("/letter/maxPages", json!(119)),
        ("/letter/lob", json!(null)),
        ("/letter/lob/apiKeySecret", json!("postrider/acme/lob")),
        ("/letter/lob/webhookSecret", json!("")),
    ] {
        let faults = senders(&read(with(acme(), pointer, &wrong)), PREFIX, "/senders");
        assert_eq!(pointers(&faults), [format!("/senders{pointer}")], "{wrong}");
    }
    let service = json!("MG0123456789abcdef0123456789abcdef");
    assert_eq!(senders(&read(with(acme(), "/text/from", &service)), PREFIX, ""), []);
}

#[test]
fn a_country_of_texts_is_one_that_there_is_and_takes_names_unless_it_is_under_rules_of_the_us_or_canada() {
    for (country, sender, is_right) in [
        ("GB", "ACME", true),
        ("JM", "ACME", true),
        ("PR", "+17875550100", true),
        ("PR", "24725", true),
        ("XX", "ACME", false),
        ("ZZ", "+13125550142", false),
        ("gb", "ACME", false),
        ("US", "ACME", false),
        ("CA", "ACME", false),
        ("PR", "ACME", false),
        ("VI", "ACME", false),
        ("GU", "ACME", false),
        ("AS", "ACME", false),
        ("MP", "ACME", false),
    ] {
        let mut acme = acme();
        acme["text"]["byCountry"] = json!({ country: sender });
        let at = format!("/text/byCountry/{country}");
        let expected: &[&str] = if is_right { &[] } else { &[&at] };
        assert_eq!(pointers(&senders(&read(acme), PREFIX, "")), expected, "{country} {sender}");
    }
}

#[test]
fn a_print_house_takes_any_paper_and_has_no_account_and_extra_services_are_first_class() {
    let dropped = with(with(acme(), "/letter/provider", &json!("drop")), "/letter/lob", &json!(null));
    assert_eq!(senders(&read(with(dropped, "/letter/pageSize", &json!("a4"))), PREFIX, ""), []);
    let standard = with(acme(), "/letter/mailClass", &json!("standard"));
    assert_eq!(pointers(&senders(&read(standard), PREFIX, "")), ["/letter/extraService"]);
}

#[test]
fn a_wrong_token_issuer_is_named() {
    for (pointer, wrong) in [
        ("/0/issuer", json!("")),
        ("/1/issuer", json!("https://login.acme.example")),
        ("/0/audience", json!("a\nb")),
        ("/0/verification/jwks", json!("http://login.acme.example/jwks.json")),
        ("/0/verification/jwks", json!("login.acme.example")),
        ("/1/verification/sharedSecret", json!("")),
        ("/1/verification/sharedSecret", json!("postrider/providers/acme/twilio")),
        ("/1/roleClaim", json!("")),
    ] {
        let faults = issuers(&read::<Vec<_>>(with(token_issuers(), pointer, &wrong)), PREFIX, "/issuers");
        assert_eq!(pointers(&faults), [format!("/issuers{pointer}")], "{wrong}");
    }
}

#[test]
fn an_api_key_needs_a_name() {
    for (name, faults) in [("Loan system", vec![]), ("", vec!["/name"]), ("a\nb", vec!["/name"])] {
        let key = read(json!({ "name": name, "role": "viewer" }));
        assert_eq!(pointers(&api_key(&key, "")), faults, "{name:?}");
    }
}
