//! `postrider/letter.html`, the layout that lenders' letters extend.

use std::collections::BTreeMap;

use domain::letter::Sheet;
use rendering::{
    limits,
    program::{Program, Settings, Undefined},
};
use serde_json::{Value, json};

use crate::{
    looks::{assert_looks_like, drawn},
    text,
};

const LAYOUT: &str = include_str!("../../../rendering/src/builtin/letter.html");
const LOGO: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='220' height='56'%3E%3Crect width='220' \
    height='56' rx='8' fill='%23104070'/%3E%3Ccircle cx='30' cy='28' r='16' fill='%23f0b429'/%3E%3C/svg%3E";
const LETTER: &str = r#"{% extends "postrider/letter.html" %}
{% block content %}
<p>{{ greeting }}</p>
{% for _ in range(paragraphs) %}<p>{{ paragraph }}</p>{% endfor %}
<table><tr><th>1</th><td>$383.93</td></tr><tr><th>2</th><td>$383.93</td></tr></table>
{% endblock %}
{% block closing %}<p>Northfield Lending</p>{% endblock %}
{% block enclosures %}1/1{% endblock %}"#;

fn letter(changes: Value) -> Vec<u8> {
    let mut context = json!({
        "tenant": {"name": "Northfield Lending, LLC", "branding": {}},
        "borrower": {"name": "John Doe", "address": {
            "addressLine1": "742 Evergreen Terrace", "city": "Springfield", "state": "IL", "postalCode": "62704-1234", "country": "US",
        }},
        "today": "2026-11-21",
        "locale": "en-US",
        "greeting": "Dear John Doe:",
        "paragraph": "Your payment of $383.93 was due on November 15, 2026. Please pay it by December 1, 2026. If you have paid it already, we thank you and you need not answer this letter.",
        "paragraphs": 2,
    });
    merge(&mut context, changes);
    let html = limits::confined(move || {
        let sources = [("postrider/letter.html", LAYOUT), ("letter", LETTER)];
        let sources: BTreeMap<_, _> =
            sources.map(|(name, source)| (name.to_owned(), source.to_owned())).into();
        let settings = Settings { autoescape: true, ..Settings::default() };
        let program = Program::new(sources, settings).map_err(|(_, problem)| problem)?;
        program.render("letter", &context, Undefined::Strict)
    });
    letters::print(&html.unwrap(), &Sheet::default()).unwrap()
}

/// Sets what `changes` holds; null removes.
fn merge(context: &mut Value, changes: Value) {
    match (context, changes) {
        (Value::Object(context), Value::Object(changes)) => {
            for (name, change) in changes {
                if change.is_null() {
                    context.remove(&name);
                } else {
                    merge(context.entry(name).or_insert(Value::Null), change);
                }
            }
        }
        (context, change) => *context = change,
    }
}

fn branding() -> Value {
    json!({
        "logo": LOGO, "address": "1200 Market Street, Suite 400\nWilmington, DE 19801", "phone": "(800) 555-0142",
        "email": "help@northfield.example", "website": "northfield.example", "color": "#104070",
    })
}

/// The part of the first page where there is ink between two heights: inches from the left and the top, and
/// from these to the right and the bottom.
fn ink(pdf: &[u8], from: f32, to: f32) -> [f32; 4] {
    let page = drawn(pdf).swap_remove(0);
    let rows = (from * 72.0) as u32..(to * 72.0) as u32;
    let dark = page.enumerate_pixels().filter(|(_, y, shade)| rows.contains(y) && shade.0[0] < 200);
    let edges = dark.fold([f32::MAX, f32::MAX, 0.0, 0.0], |[left, top, right, bottom], (x, y, _)| {
        let (x, y) = (x as f32, y as f32);
        [x.min(left), y.min(top), (x + 1.0).max(right), (y + 1.0).max(bottom)]
    });
    edges.map(|edge| edge / 72.0)
}

#[test]
fn a_letter_with_a_logo_in_english() {
    let pdf = letter(
        json!({"tenant": {"branding": branding()}, "subjectLine": "Your payment is past due", "paragraphs": 9}),
    );
    assert_looks_like(&pdf, "letter-en");
    assert_eq!(letters::page_count(&pdf).unwrap(), 2);
    assert!(text(&pdf).contains("Page 1 of 2"), "{}", text(&pdf));
}

#[test]
fn a_letter_without_a_logo_in_spanish_to_a_long_address() {
    let pdf = letter(json!({
        "locale": "es-US",
        "greeting": "Estimada señora Núñez:",
        "borrower": {"name": "María José Núñez Álvarez de la Concepción", "address": {
            "addressLine2": "Apartment 9, Building C", "country": "Mexico"}},
    }));
    assert_looks_like(&pdf, "letter-es");
    let text = text(&pdf);
    assert!(text.contains("Página 1 de 1") && text.contains("21 de noviembre de 2026"), "{text}");
}

#[test]
fn the_address_stands_inside_the_window() {
    for address in [
        json!({}),
        json!({"addressLine2": "Apt 9"}),
        json!({"addressLine2": "Apartment 9, Building C, Entrance 4", "country": "Mexico"}),
        json!({"addressLine1": "1234 North Very Long Street Name Boulevard East, Suite 5678, c/o Springfield Property Management"}),
    ] {
        let pdf =
            letter(json!({"tenant": {"branding": branding()}, "borrower": {"address": address.clone()}}));
        // From below the letterhead to the fold.
        let [left, top, right, bottom] = ink(&pdf, 1.9, 3.667);
        assert!(left >= 0.99 && right <= 4.25, "{address}: from {left} to {right} in across");
        assert!(top >= 2.17 && bottom <= 3.05, "{address}: from {top} to {bottom} in down");
    }
}

#[test]
fn a_letter_needs_no_branding_and_no_subject() {
    let bare = text(&letter(json!({"tenant": {"branding": null}})));
    assert!(bare.contains("Northfield Lending, LLC") && bare.contains("Dear John Doe:"), "{bare}");
    let remote = letter(json!({"tenant": {"branding": {"logo": "https://northfield.example/logo.png"}}}));
    assert!(text(&remote).contains("Northfield Lending, LLC"), "a logo from elsewhere gives way to the name");
}
