//! Versions of templates, with the documents' own examples.

use rendering::{ErrorKind, Options, Part, Rendered, Source, render, validate};
use serde_json::{Value, json};

/// `Create Template` of the document on communications (000).
fn payment_reminder() -> Source {
    Source {
        subject_line: Some("Payment Due - {{ loan.loan_number }}".into()),
        content_text: Some(
            "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on \
             {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}"
                .into(),
        ),
        content_html: None,
    }
}

/// The context that gives `Preview`'s answer there.
fn john() -> Value {
    serde_json::from_str(
        r#"{
            "borrower": {"first_name": "John"},
            "loan": {"loan_number": "LN-0001"},
            "payment_amount": 312.50,
            "due_date": "2026-01-15",
            "tenant": {"name": "Acme Lending"},
            "locale": "en-US"
        }"#,
    )
    .unwrap()
}

#[test]
fn the_documents_template_renders_to_the_documents_answer() {
    let rendered = render(&payment_reminder(), &john(), Options::default()).unwrap();
    let expected = Rendered {
        subject_line: Some("Payment Due - LN-0001".into()),
        content_text: Some(
            "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending".into(),
        ),
        content_html: None,
    };
    assert_eq!(rendered, expected);
}
