//! Postrider's own pages and the wordings to begin with, in every locale they may be read in.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test --package rendering` writes the snapshots anew.

use std::{collections::BTreeMap, path::Path};

use domain::vocabulary::{Channel, KnownSubject, Subject};
use rendering::{
    Part, Problem, Source,
    builtin::{self, Starter},
    email, limits,
    program::{Program, Settings, Undefined},
};
use serde_json::{Value, json};

const LOCALES: [&str; 8] = ["en-US", "es-US", "es-MX", "fr-CA", "de-DE", "pt-BR", "ja-JP", "en-IN"];

/// GSM-7's characters of one septet (3GPP TS 23.038, section 6.2.1).
const GSM7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Everything a starter can use.
fn complete(locale: &str) -> Value {
    json!({
        "borrower": {"name": "María O'Neil", "first_name": "María", "last_name": "O'Neil"},
        "loan": {
            "loan_number": "LN-0001",
            "currency": "USD",
            "balance": 9876.5,
            "days_past_due": 12,
        },
        "payment_amount": 312.50,
        "due_date": "2026-03-05",
        "today": "2026-02-20",
        "locale": locale,
        "tenant": {
            "name": "Acme Lending",
            "currency": "USD",
            "time_zone": "America/New_York",
            "branding": {
                "logo": "https://acme.example/logo.png",
                "color": "#1f6f5c",
                "address": "100 Main Street\nSuite 200\nSpringfield, IL 62701",
                "phone": "+1 800 555 0199",
                "email": "help@acme.example",
                "website": "https://acme.example/pay",
            },
        },
        "code": "493027",
        "subjectLine": "Your question of Monday",
        "contentHtml": "<p>The <em>insurance</em> was renewed.</p>",
        "contentText": "The insurance was renewed.",
    })
}

/// What every message has, and nothing else.
fn minimal() -> Value {
    json!({
        "borrower": {"name": "", "first_name": "", "last_name": ""},
        "loans": [],
        "locale": "en-US",
        "today": "2026-02-20",
        "tenant": {"name": "Acme Lending", "branding": {}},
    })
}

fn text_of(part: Part, source: &Source) -> Option<&String> {
    match part {
        Part::SubjectLine => source.subject_line.as_ref(),
        Part::ContentText => source.content_text.as_ref(),
        Part::ContentHtml => source.content_html.as_ref(),
    }
}

const PARTS: [Part; 3] = [Part::SubjectLine, Part::ContentText, Part::ContentHtml];

fn render(part: Part, template: &str, context: &Value, undefined: Undefined) -> Result<String, Problem> {
    let own = builtin::names().filter_map(|name| Some((name, builtin::source(name)?)));
    let sources: BTreeMap<_, _> = own
        .chain([(part.as_str(), template)])
        .map(|(name, source)| (name.to_owned(), source.to_owned()))
        .collect();
    let context = context.clone();
    limits::confined(move || {
        let settings = Settings { autoescape: part == Part::ContentHtml, ..Settings::default() };
        let program = Program::new(sources, settings).map_err(|(_, problem)| problem)?;
        program.check(part.as_str())?;
        program.render(part.as_str(), &context, undefined)
    })
}

fn rendered(part: Part, starter: &Starter, context: &Value, undefined: Undefined) -> Option<String> {
    let what = format!("{:?} {} {}", starter.subject, starter.channel, starter.language);
    let template = text_of(part, &starter.source)?;
    Some(
        render(part, template, context, undefined)
            .unwrap_or_else(|problem| panic!("{what}, {part}: {problem}")),
    )
}

fn html(content: &str, context: &Value) -> String {
    let template = format!(
        "{{% extends 'postrider/email.html' %}}{{% from 'postrider/macros.html' import address, button, lines, summary %}}\
         {{% block content %}}{content}{{% endblock %}}"
    );
    render(Part::ContentHtml, &template, context, Undefined::Strict)
        .unwrap_or_else(|problem| panic!("{content}: {problem}"))
}

/// The septets a text is sent as, two for a character of the extension table; `None` where GSM-7 lacks one.
fn septets(text: &str) -> Option<usize> {
    text.chars().map(|c| if GSM7.contains(c) { Some(1) } else { "^{}\\[~]|€".contains(c).then_some(2) }).sum()
}

/// The locale of the wording's readers in full; of the others the lines that differ.
fn in_every_locale(starter: &Starter) -> String {
    let home = format!("{}-US", starter.language);
    let shown = |part, locale: &str| {
        let text = rendered(part, starter, &complete(locale), Undefined::Strict)?;
        // What stands before is the e-mail page's.
        Some(text.split_once("<body>").map_or(text.as_str(), |(_, body)| body).trim().to_owned())
    };
    let mut page = format!("{}\n", starter.name);
    for part in PARTS {
        let Some(first) = shown(part, &home) else { continue };
        page += &format!("\n=== {part}\n{first}\n");
        for locale in LOCALES.into_iter().filter(|locale| *locale != home) {
            let other = shown(part, locale).unwrap_or_default();
            assert_eq!(first.lines().count(), other.lines().count(), "{locale}");
            for (_, line) in first.lines().zip(other.lines()).filter(|(first, other)| first != other) {
                page += &format!("{locale}: {line}\n");
            }
        }
    }
    page
}

#[test]
fn starters_say_what_their_snapshots_show() {
    insta::glob!("../../src/builtin/starters", "*/*.jinja", |path| {
        let starter = of_file(path);
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(in_every_locale(&starter));
        });
    });
}

fn of_file(path: &Path) -> Starter {
    builtin::starters()
        .find(|starter| {
            let name = format!("{}/{}.{}.jinja", starter.language, starter.subject.as_str(), starter.channel);
            path.ends_with(&name)
        })
        .unwrap_or_else(|| panic!("{} is not listed", path.display()))
}

#[test]
fn a_starter_has_the_parts_of_its_channel_and_nothing_between_them() {
    for starter in builtin::starters() {
        let parts: Vec<Part> =
            PARTS.into_iter().filter(|part| text_of(*part, &starter.source).is_some()).collect();
        let expected: &[Part] = match starter.channel {
            Channel::Email => &PARTS,
            Channel::Text => &[Part::ContentText],
            Channel::Mail => &[Part::SubjectLine, Part::ContentHtml],
            other => panic!("no starters for {other}"),
        };
        assert_eq!(parts, expected, "{starter:?}");
        assert!(!starter.name.is_empty() && !starter.name.contains("---"), "{starter:?}");
        assert!(
            PARTS
                .iter()
                .filter_map(|part| text_of(*part, &starter.source))
                .all(|text| !text.contains("\n---"))
        );
    }
}

#[test]
fn every_subject_and_channel_has_both_languages() {
    let kinds = |language: &str| -> Vec<_> {
        builtin::starters()
            .filter(|starter| starter.language == language)
            .map(|starter| (starter.subject, starter.channel))
            .collect()
    };
    assert_eq!(kinds("en"), kinds("es"));
    assert_eq!(kinds("en").len() * 2, builtin::starters().count());
}

#[test]
fn a_lender_without_branding_can_use_every_starter_strictly() {
    let mut context = complete("en-US");
    context["tenant"]["branding"] = json!({});
    for starter in builtin::starters() {
        for part in PARTS {
            let text = rendered(part, &starter, &context, Undefined::Strict);
            assert!(text.is_none_or(|text| !text.contains("None") && !text.contains("http://")));
        }
    }
}

#[test]
fn a_message_without_a_loan_renders_when_it_may_lack_variables() {
    for starter in builtin::starters() {
        for part in PARTS {
            let text = rendered(part, &starter, &minimal(), Undefined::Lenient);
            assert!(text.is_none_or(|text| !text.contains("None")), "{starter:?}");
        }
    }
}

#[test]
fn emails_show_how_to_unsubscribe_where_there_is_a_link_and_nothing_where_there_is_none() {
    let link = "https://go.acme.example/u/acme/token";
    let mut context = complete("en-US");
    context["unsubscribe_url"] = json!(link);
    for starter in builtin::starters().filter(|starter| starter.channel == Channel::Email) {
        let words = if starter.language == "es" { "Cancelar suscripción" } else { "Unsubscribe" };
        let html = rendered(Part::ContentHtml, &starter, &context, Undefined::Strict).unwrap();
        // Codes are transactional whoever sends them, and so are answers by a machine.
        let always_transactional =
            [KnownSubject::ConfirmationCode, KnownSubject::UnmonitoredEmailAddress].map(Subject::Known);
        if !always_transactional.contains(&starter.subject) {
            assert!(html.contains(&format!("<a href=\"{link}\" target=\"_blank\">{words}</a>")), "{html}");
        }
        let html = rendered(Part::ContentHtml, &starter, &complete("en-US"), Undefined::Strict).unwrap();
        assert!(!html.contains(words), "{html}");
    }
    for starter in
        builtin::starters().filter(|starter| starter.subject == KnownSubject::LoanOverdueFirstNotice.into())
    {
        if let (Channel::Email, Some(text)) =
            (starter.channel, rendered(Part::ContentText, &starter, &context, Undefined::Strict))
        {
            assert!(text.trim_end().ends_with(link), "{text}");
        }
    }
}

#[test]
fn a_borrowers_name_is_no_markup() {
    let mut context = complete("en-US");
    let hostile = "</p><script>alert(1)</script><a href='https://evil.example'>\"&amp;";
    context["borrower"] = json!({"name": hostile, "first_name": hostile, "last_name": hostile});
    let mut greeted = 0;
    for starter in builtin::starters() {
        let Some(html) = rendered(Part::ContentHtml, &starter, &context, Undefined::Strict) else { continue };
        assert!(!html.contains("<script") && !html.contains("evil.example'"), "{html}");
        greeted += usize::from(html.contains("&lt;/p&gt;&lt;script&gt;"));
    }
    let htmls = builtin::starters().filter(|starter| starter.source.content_html.is_some()).count();
    // A free-form message greets as its writer likes, if at all.
    assert_eq!(greeted, htmls - 2);
}

#[test]
fn emails_have_their_style_in_their_elements_once_inlined() {
    for starter in builtin::starters().filter(|starter| starter.channel == Channel::Email) {
        let html = rendered(Part::ContentHtml, &starter, &complete("en-US"), Undefined::Strict).unwrap();
        let inlined = email::inline(html).unwrap();
        assert!(inlined.contains("<td class=\"content\" style=\"font-family: -apple-system"), "{inlined}");
        assert!(inlined.contains("@media (prefers-color-scheme: dark)"));
        // Gmail cuts a message off at 102 KB.
        assert!(inlined.len() < 16_000);
        assert_eq!(email::inline(inlined.clone()).unwrap(), inlined);
    }
}

#[test]
fn texts_are_at_most_three_parts_in_the_locales_of_their_languages() {
    for starter in builtin::starters().filter(|starter| starter.channel == Channel::Text) {
        for locale in LOCALES {
            let text = rendered(Part::ContentText, &starter, &complete(locale), Undefined::Strict).unwrap();
            // The name is the borrower's, not the wording's.
            let wording = text.replace("María", "Maria");
            match septets(&wording) {
                Some(septets) => assert!(septets <= 3 * 153, "{locale}: {wording}"),
                // Amounts and dates of other locales have characters that GSM-7 lacks.
                None => {
                    assert!(!matches!(locale, "en-US" | "es-US" | "en-IN"), "{locale}: {wording}");
                    assert!(wording.encode_utf16().count() <= 4 * 67, "{locale}: {wording}");
                }
            }
            assert!(text.starts_with("Acme Lending: "));
        }
    }
}

#[test]
fn collection_wordings_say_so_and_how_to_stop_them() {
    for starter in builtin::starters().filter(|starter| starter.subject.as_str() == "loanOverdueFirstNotice")
    {
        let all: Vec<_> = PARTS
            .into_iter()
            .filter_map(|part| Some((part, rendered(part, &starter, &complete("en-US"), Undefined::Strict)?)))
            .collect();
        let purpose = if starter.language == "en" {
            "an attempt to collect a debt"
        } else {
            "un intento de cobrar una deuda"
        };
        for (part, text) in all {
            match part {
                // Others may see it; it tells them of no debt (15 U.S.C. 1692f(8) holds envelopes to the same).
                Part::SubjectLine => assert!(!text.contains("overdue") && !text.contains("venc"), "{text}"),
                Part::ContentText | Part::ContentHtml => {
                    assert!(text.contains(purpose), "{text}");
                    assert_eq!(text.contains("STOP"), starter.channel != Channel::Mail, "{text}");
                }
            }
        }
    }
}

#[test]
fn only_postriders_own_names_are_known() {
    assert_eq!(
        builtin::names().filter(|name| builtin::source(name).is_some()).count(),
        builtin::names().count()
    );
    assert!(builtin::names().all(|name| name.starts_with("postrider/")));
    assert_eq!(builtin::source("email.html"), None);
}

#[test]
fn the_email_page_shows_what_the_lender_has() {
    let page = html("<p>Hello</p>", &complete("en-US"));
    let inlined = email::inline(page).unwrap();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(inlined) });

    let bare = html("", &json!({"tenant": {"name": "A & B", "branding": {}}, "locale": "en-US"}));
    for absent in ["<img", "tel:", "mailto:", "target="] {
        assert!(!bare.contains(absent), "{absent}");
    }
    assert_eq!(bare.matches("A &amp; B").count(), 3);
}

#[test]
fn a_logo_is_loaded_from_https_or_comes_with_the_email() {
    for (logo, shown) in [
        ("https://acme.example/logo.png", true),
        ("data:image/png;base64,iVBORw0KGgo=", true),
        ("http://acme.example/logo.png", false),
        ("javascript:alert(1)", false),
        ("data:text/html,<script>", false),
        ("", false),
    ] {
        let context = json!({"tenant": {"name": "Acme", "branding": {"logo": logo}}, "locale": "en-US"});
        assert_eq!(html("", &context).contains("<img"), shown, "{logo}");
    }
}

#[test]
fn macros_write_what_there_is() {
    let context = json!({
        "tenant": {"name": "Acme", "branding": {}},
        "locale": "en-US",
        "place": {"address_line1": "1 Elm St", "address_line2": null, "city": "Reno", "state": "NV", "postal_code": "89501"},
        "older": {"addressLine1": "1 Elm St", "addressLine2": "Apt 2", "city": "Reno", "postalCode": "89501"},
        "nothing": null,
    });
    for (call, expected) in [
        ("lines('a & b\nc')", "a &amp; b<br>c"),
        ("lines(nothing)", ""),
        ("lines(missing)", ""),
        ("address(place)", "1 Elm St<br>\nReno, NV 89501"),
        ("address(older)", "1 Elm St<br>\nApt 2<br>\nReno 89501"),
        ("address(nothing)", ""),
        ("button('Pay', missing)", ""),
        ("button('Pay', '')", ""),
    ] {
        let html = html(&format!("[{{{{ {call} }}}}]"), &context);
        assert!(html.contains(&format!("[{expected}]")), "{call}: {html}");
    }
    let html = html(
        "{{ button('Pay <now>', 'acme.example') }}{{ summary([['A', 0.5], ['B', nothing], ['C', missing]]) }}",
        &context,
    );
    assert!(
        html.contains("<a href=\"https://acme.example\" target=\"_blank\">Pay &lt;now&gt;</a>"),
        "{html}"
    );
    assert_eq!(html.matches("scope=\"row\"").count(), 1);
}
