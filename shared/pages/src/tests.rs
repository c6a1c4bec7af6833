//! Pages as a browser gets them.

use serde_json::json;

use super::*;

fn lender(name: &str, branding: serde_json::Value) -> Tenant {
    serde_json::from_value(json!({
        "id": "acme",
        "name": name,
        "settings": { "branding": branding },
        "senders": {},
    }))
    .unwrap()
}

fn shown(lender: &Tenant, language: Language, matter: Matter) -> (String, String) {
    let audience =
        Audience { lender, medium: Medium::Emails, address: "j•••@e•••.com", language };
    let response = show(StatusCode::OK, &audience, matter).unwrap();
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let Body::Text(html) = response.into_body() else { panic!("a page is text") };
    (html, policy)
}

const MATTERS: [Matter; 5] = [
    Matter::Choose,
    Matter::Unsubscribed { everything: false },
    Matter::Unsubscribed { everything: true },
    Matter::SubscribedAgain,
    Matter::SettledElsewhere,
];

#[test]
fn every_page_has_one_heading_a_language_and_words_of_its_own() {
    let acme = lender("Acme Lending", json!({}));
    let mut titles = std::collections::BTreeSet::new();
    for language in Language::ALL {
        for matter in MATTERS {
            let (html, _) = shown(&acme, language, matter);
            let tag = if language == Language::English { "en" } else { "es" };
            assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
            assert_eq!(html.matches("<h1>").count(), 1);
            assert!(html.contains("Acme Lending") && !html.contains("<script"));
            titles.insert(html.split("<h1>").nth(1).unwrap().split('<').next().unwrap().to_owned());
        }
    }
    assert_eq!(titles.len(), 8, "both ways to be unsubscribed have one title");
}

#[test]
fn every_option_has_a_label_and_every_form_one_button() {
    let acme = lender("Acme Lending", json!({}));
    for (matter, options, buttons) in
        [(MATTERS[0], 2, 1), (MATTERS[1], 0, 1), (MATTERS[2], 0, 0), (MATTERS[3], 0, 0), (MATTERS[4], 0, 0)]
    {
        let (html, _) = shown(&acme, Language::English, matter);
        assert_eq!(
            html.matches("<label><input type=\"radio\" name=\"choice\"").count(),
            options,
            "{matter:?}"
        );
        assert_eq!(html.matches("<button").count(), buttons, "{matter:?}");
    }
}

#[test]
fn hostile_branding_changes_nothing_but_the_letters_of_a_name() {
    let plain = shown(&lender("Acme", json!({})), Language::English, Matter::Choose).0;
    let hostile = json!({
        "color": "red;}</style><script>alert(1)</script>",
        "logo": "javascript:alert(1)//\"><img src=x onerror=alert(1)>",
    });
    let name = "</title><script>alert(1)</script>{{ 7 * 7 }}\"'&";
    let (html, policy) = shown(&lender(name, hostile), Language::English, Matter::Choose);
    assert!(!html.contains("<script") && !html.contains("onerror") && !html.contains("49"), "{html}");
    assert_eq!(html.matches('<').count(), plain.matches('<').count());
    assert!(!policy.contains("img-src"), "{policy}");
    assert!(html.contains("#1f4e79"));
}

#[test]
fn a_color_and_a_logo_show_and_the_policy_lets_that_logo_in_alone() {
    let branding = json!({ "color": "#ffe600", "logo": "https://cdn.acme.example/logo.png?v=2" });
    let (html, policy) = shown(&lender("Acme", branding), Language::English, Matter::Choose);
    assert!(html.contains("color: #000000; background: #ffe600"), "{html}");
    assert!(
        html.contains("src=\"https:&#x2F;&#x2F;cdn.acme.example&#x2F;logo.png?v=2\"")
            || html.contains("src=\"https://cdn.acme.example/logo.png?v=2\""),
        "{html}"
    );
    assert!(policy.contains("; img-src https://cdn.acme.example; form-action 'self';"), "{policy}");
}

#[test]
fn styles_are_let_in_by_a_number_used_once() {
    let acme = lender("Acme", json!({}));
    let nonce = || {
        let (html, policy) = shown(&acme, Language::English, Matter::Choose);
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        let stands = html.contains(&format!("<style nonce=\"{nonce}\">"));
        assert!(stands && !html.contains("style="), "{html}");
        nonce
    };
    assert_ne!(nonce(), nonce());
}

#[test]
fn a_refusal_is_a_page_in_both_languages_that_says_the_same_of_everything_unknown() {
    let text = |error: &Error| {
        let response = refuse(error, "t");
        let status = response.status().as_u16();
        let Body::Text(html) = response.into_body() else { panic!("a page is text") };
        let body = html.split("<body>").nth(1).unwrap().to_owned();
        (status, body)
    };
    assert_eq!(text(&Error::not_found("link", "a")), text(&Error::not_found("person", "John")));
    for (error, status, words) in [
        (Error::not_found("person", "John"), 404, "Este enlace no lleva"),
        (Error::TooLarge(4096), 413, "This could not be understood"),
        (Error::UnsupportedMediaType(String::new()), 415, "This could not be understood"),
        (Error::Unavailable("secret".into()), 503, "Something went wrong on our side"),
        (Error::Internal("secret".into()), 500, "Algo falló"),
    ] {
        let (found, body) = text(&error);
        assert_eq!(found, status);
        assert!(body.contains(words) && !body.contains("John") && !body.contains("secret"), "{body}");
        assert_eq!((body.matches("<h1>").count(), body.matches("<h2>").count()), (1, 1));
    }
}

#[test]
fn the_first_language_there_are_words_in_is_spoken() {
    for (tags, language) in [
        (vec!["es"], Language::Spanish),
        (vec!["es-MX", "en"], Language::Spanish),
        (vec!["fr", "ES_us", "en"], Language::Spanish),
        (vec!["", "zh-Hant", "en-US", "es"], Language::English),
        (vec!["fr"], Language::English),
        (vec![], Language::English),
    ] {
        assert_eq!(Language::first_of(tags.iter().copied()), language, "{tags:?}");
    }
}
