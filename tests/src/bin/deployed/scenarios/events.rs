//! 003: events of the core system, and subscriptions to what happened.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::PREFIX;
use crate::scenario::Scenario;

/// Functions remember a lender's subscriptions for half a minute.
const KNOWN_EVERYWHERE: Duration = Duration::from_secs(31);

pub async fn document_003_makes_a_message_of_an_event(scenario: &Scenario) {
    let borrower = scenario.borrower("payer").await;
    let template = scenario.template("email", "repayment_received").await;
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": template });
    scenario.post("/communications/notification-rules", rule).await.expect(201);
    let event = json!({
        "event": "LOAN_REPAYMENT", "eventId": "repayment-1", "clientKey": borrower.id, "loanAccountKey": "LN-7",
        "depositAccountKey": "DA-7", "repaymentKey": "77812", "context": { "amount": "312.50" },
    });
    let taken = scenario.post("/communications/events", event).await.expect(202);
    let key = taken["messages"][0]["encodedKey"].as_str().unwrap_or_else(|| panic!("{taken:#}"));
    let path = format!("/communications/messages/{key}");
    let message = || async { scenario.get(&path).await.expect(200) };
    let shown = scenario.until(message, |message| message["state"] == "SENT").await;
    let expected = json!({
        "body": "Hello Pat",
        "clientKey": shown["clientKey"],
        "creationDate": shown["creationDate"],
        "depositAccountKey": "DA-7",
        "destination": borrower.email,
        "encodedKey": key,
        "event": "LOAN_REPAYMENT",
        "loanAccountKey": "LN-7",
        "numRetries": 0,
        "referenceId": shown["referenceId"],
        "repaymentKey": "77812",
        "sendDate": shown["sendDate"],
        "state": "SENT",
        "subject": "Hello Pat",
        "templateKey": template,
        "type": "EMAIL",
    });
    assert_eq!(shown, expected, "every field it has a value for, and no other");
    scenario.email(&borrower.email).await;
}

/// As core systems tell it that have no key of the API.
pub async fn an_event_on_the_bus_makes_a_message(scenario: &Scenario) {
    let borrower = scenario.borrower("approved").await;
    let template = scenario.template("email", "loan_approved").await;
    let rule = json!({ "event": "LOAN_APPROVAL", "type": "EMAIL", "templateKey": template });
    scenario.post("/communications/notification-rules", rule).await.expect(201);
    let event = json!({
        "tenant": "demo", "event": "LOAN_APPROVAL", "eventId": "approval-1", "clientKey": borrower.id,
        "loanAccountKey": "LN-8",
    });
    let entry = json!({
        "EventBusName": format!("{PREFIX}-events"), "Source": "core", "DetailType": "event",
        "Detail": event.to_string(),
    });
    let emulator = &scenario.installation.emulator;
    let put = emulator.call("events", "AWSEvents.PutEvents", json!({ "Entries": [entry] })).await;
    assert_eq!(put["FailedEntryCount"], 0, "{put:#}");
    scenario.email(&borrower.email).await;
}

/// Through the table's stream.
pub async fn a_subscription_reads_what_became_of_a_message(scenario: &Scenario) {
    let borrower = scenario.borrower("followed").await;
    let template = scenario.template("email", "followed").await;
    let subscription = json!({ "name": "Loan system", "events": ["message.sent"] });
    let subscription = scenario.post("/communications/events/subscriptions", subscription).await.expect(201);
    tokio::time::sleep(KNOWN_EVERYWHERE).await;
    let id = scenario.sent(&template, &borrower, json!({})).await;
    let path =
        format!("/communications/events/subscriptions/{}/events", subscription["id"].as_str().unwrap());
    let events = || async { scenario.get(&path).await.expect(200)["events"].as_array().unwrap().clone() };
    let is_about_it = |event: &Value| event["event"] == "message.sent" && event.to_string().contains(&id);
    scenario.until(events, |events| events.iter().any(is_about_it)).await;
}
