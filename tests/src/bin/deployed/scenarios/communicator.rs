//! 001: Communicator, and interactions.

use serde_json::{Value, json};

use crate::scenario::Scenario;

pub async fn document_001_sends_and_shows_the_interaction(scenario: &Scenario) {
    let borrower = scenario.borrower("privacy").await;
    let descriptor = json!({ "subject": "annualPrivacyPolicyNotice", "channel": "email", "language": "en", "name": "Privacy" });
    let descriptor = scenario.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": "Our privacy policy",
        "contentTextTemplate": "Hello from {{lenderName}}!",
    });
    let version = scenario.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    scenario.post(&activate, json!({})).await.expect(200);

    let request = json!({
        "subject": "annualPrivacyPolicyNotice",
        "channel": "email",
        "theme": null,
        "personId": borrower.id,
        "context": {
            "dateSigned": "Aug 27, 2021",
            "lenderName": "Peachy Lender",
            "paymentMethod": "bankAccount",
            "paymentMethodLastFour": "1110",
            "supportEmail": "support@peach.com",
            "supportPhone": "888-888-8888",
        },
        "attachments": [],
        "supercaseBulkOperationId": "string",
        "isTransactional": true,
        "useTemplate": true,
        "interactionExternalId": "privacy-1",
        "sendAt": null,
        "sendJitter": 0,
        "strictUndefined": true,
    });
    // Functions remember for half a minute which templates there are.
    let sent = scenario
        .until(|| scenario.post("/communicator/send", request.clone()), |answer| answer.status == 202)
        .await;
    let sent = sent.expect(202);
    assert_eq!(sent["message"], "Accepted.");
    let path = format!("/interactions/{}", sent["data"]["id"].as_str().unwrap());
    let shown = || async {
        let answer = scenario.get(&path).await.expect(200);
        answer.get("data").unwrap_or(&answer).clone()
    };
    let shown = scenario.until(shown, |shown: &Value| shown["status"] == "attempted").await;
    for (field, value) in [
        ("externalId", "privacy-1"),
        ("subject", "annualPrivacyPolicyNotice"),
        ("theme", "opsServicing"),
        ("channel", "email"),
    ] {
        assert_eq!(shown[field], value, "{shown:#}");
    }
    let email = scenario.email(&borrower.email).await;
    assert_eq!(email["Subject"], "Our privacy policy");
    assert!(email["BodyText"].as_str().unwrap().contains("Hello from Peachy Lender!"), "{email:#}");
}

pub async fn document_001_records_an_interaction_that_others_had(scenario: &Scenario) {
    let borrower = scenario.borrower("called").await;
    let person = format!("/people/{}", borrower.id);
    let call = json!({
        "channel": "voice", "direction": "outbound", "subject": "loanOverdueFirstNotice", "status": "succeeded",
        "statusDetails": "voiceSpokeWithFirstParty", "agentOutcome": "voiceSpokeWithFirstParty",
    });
    let recorded = scenario.post(&format!("{person}/interactions"), call).await.expect(201);
    let listed = scenario.get(&format!("{person}/interactions")).await.expect(200);
    assert_eq!(listed["data"][0]["id"], recorded["data"]["id"], "{listed:#}");
    let ask = json!({ "channel": "voice", "theme": "opsCollDebt", "assumeNoon": true });
    let answer = scenario.post(&format!("{person}/can-interact"), ask).await.expect(200);
    let rules = answer["reasons"].to_string();
    assert!(answer["result"] == false && rules.contains("US-REGF-AFTERCONV"), "{answer:#}");
}
