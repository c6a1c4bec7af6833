//! Letters, printed by a function of their own.

use serde_json::json;

use crate::scenario::Scenario;

pub async fn a_letter_is_printed_and_lob_takes_it(scenario: &Scenario) {
    let borrower = scenario.borrower("lettered").await;
    let address = json!({
        "addressLine1": "233 S Wacker Dr", "city": "Chicago", "state": "IL", "postalCode": "60606", "country": "US",
    });
    let address = json!({ "contacts": [{ "contactType": "address", "address": address }] });
    scenario.put(&format!("/people/{}", borrower.id), address).await.expect(200);
    let descriptor = json!({ "subject": "custom2", "channel": "mail", "language": "en", "name": "Letter" });
    let descriptor = scenario.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    // What shows in the windows of an envelope stays free.
    let html = "<div style=\"height: 3.5in\"></div><p>Dear {{ borrower.first_name }},</p>";
    let version = json!({ "descriptorId": descriptor["id"], "contentHtmlTemplate": html });
    let version = scenario.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    scenario.post(&activate, json!({})).await.expect(200);
    let id = scenario.sent(descriptor["id"].as_str().unwrap(), &borrower, json!({})).await;
    scenario.logged(&id, "sent").await;
    let taken = scenario.get("/_local/outbox?channel=mail").await.expect(200);
    assert_eq!(taken.as_array().unwrap().len(), 1, "{taken:#}");
}
