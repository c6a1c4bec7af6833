//! 000: the Communications API.

use serde_json::{Value, json};

use crate::scenario::Scenario;

/// "Create Template", word for word.
fn template() -> Value {
    json!({
      "name": "Payment Reminder",
      "template_type": "payment_reminder",
      "channel": "email",
      "language": "en",
      "program_id": "661f9511-f3ac-52e5-b827-557766551111",
      "subject": "Payment Due - {{ loan.loan_number }}",
      "body": "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}"
    })
}

const BODY: &str =
    "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending";

async fn created(scenario: &Scenario, name: &str) -> String {
    let mut template = template();
    template["external_id"] = json!(name);
    scenario.post("/api/v1/communication-templates", template).await.expect(201);
    format!("ext-{name}")
}

pub async fn document_000_previews_its_template_as_printed(scenario: &Scenario) {
    let template = created(scenario, "previewed").await;
    let request = json!({ "template_id": template, "borrower_id": "ext-john", "loan_id": "ext-LN-0001" });
    let preview = scenario.post("/api/v1/communications/preview", request).await.expect(200);
    assert_eq!(preview, json!({ "subject": "Payment Due - LN-0001", "body": BODY, "channel": "email" }));
}

pub async fn document_000_sends_and_the_email_leaves(scenario: &Scenario) {
    let request = json!({
        "template_id": created(scenario, "sent").await,
        "borrower_id": "ext-john",
        "loan_id": "ext-LN-0001",
        "channel": "email",
        "context": { "custom_field": "custom_value" },
    });
    let accepted = scenario.post("/api/v1/communications/send", request).await.expect(202);
    assert_eq!(accepted["status"], "queued", "{accepted:#}");
    let entry = scenario.logged(accepted["communication_id"].as_str().unwrap(), "sent").await;
    let email = scenario.email("john@example.com").await;
    assert_eq!((&email["Subject"], &entry["body"]), (&json!("Payment Due - LN-0001"), &json!(BODY)));
    assert!(email["BodyText"].as_str().unwrap().contains("$312.50 is due on January 15, 2026"), "{email:#}");
    let steps = entry["timeline"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap());
    assert_eq!(steps.collect::<Vec<_>>(), ["accepted", "claimed", "sent"]);
}

pub async fn document_000_answers_can_interact_as_printed(scenario: &Scenario) {
    let borrower = scenario.borrower("unwilling").await;
    let path = "/api/v1/communications/can-interact";
    let ask = || scenario.post(path, json!({ "borrower_id": borrower.id, "channel": "email" }));
    assert_eq!(ask().await.expect(200), json!({ "can_interact": true, "reasons": [] }));

    let person = format!("/people/{}", borrower.id);
    scenario.put(&format!("{person}/do-not-contact"), json!({})).await.expect(200);
    let preference = json!({ "optedOut": ["email"] });
    scenario.put(&format!("{person}/communication-preference"), preference).await.expect(200);
    let no = ask().await.expect(200);
    assert_eq!(no["can_interact"], false);
    assert_eq!(no["reasons"], json!(["do_not_contact", "channel_opted_out"]));
}
