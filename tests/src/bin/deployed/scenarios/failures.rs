//! Failures, and how they are handled.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::emulator::PREFIX;
use crate::scenario::Scenario;

/// A queue that no other scenario uses.
const QUEUE: &str = "dispatch-mail";

/// Enough for two sweeps after the first pause.
const SWEPT: Duration = Duration::from_secs(240);

/// No other scenario uses FCM, so its first answer can be an error.
pub async fn a_message_that_fails_at_first_is_tried_again(scenario: &Scenario) {
    let borrower = scenario.borrower("retried").await;
    let device = json!({ "contacts": [{ "contactType": "push", "value": "fcm-pats-phone:APA91b-0001" }] });
    scenario.put(&format!("/people/{}", borrower.id), device).await.expect(200);
    let descriptor = json!({ "subject": "custom1", "channel": "push", "language": "en", "name": "Push" });
    let descriptor = scenario.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": "News", "contentTextTemplate": "Hello",
    });
    let version = scenario.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    scenario.post(&activate, json!({})).await.expect(200);

    let fault = json!({ "target": "fcm", "mode": "error", "times": 1 });
    scenario.put("/_local/faults", fault).await.expect(200);
    let id = scenario.sent(descriptor["id"].as_str().unwrap(), &borrower, json!({})).await;
    let path = format!("/api/v1/communication-logs/{id}");
    let entry = || async { scenario.get(&path).await.expect(200) };
    let entry = scenario.within(SWEPT, entry, |entry| entry["status"] == "sent").await;
    assert!(entry["timeline"].to_string().contains("retrying"), "{entry:#}");
}

pub async fn a_message_that_cannot_be_read_becomes_a_dead_letter(scenario: &Scenario) {
    let emulator = &scenario.installation.emulator;
    let queue = emulator.queue(&format!("{PREFIX}-{QUEUE}")).await;
    let dead = emulator.queue(&format!("{PREFIX}-{QUEUE}-dead")).await;
    // Otherwise it returns every six minutes, five times.
    let soon = emulator.sqs.set_queue_attributes().queue_url(&queue);
    soon.attributes(QueueAttributeName::VisibilityTimeout, "1").send().await.unwrap();
    emulator.sqs.send_message().queue_url(&queue).message_body("no message of ours").send().await.unwrap();
    scenario.until(|| emulator.depth(&dead), |depth| *depth == 1).await;
    let log = emulator.log(scenario.installation.begun).await;
    assert!(log.iter().any(|line| line.contains("comes back") && line.contains("queue message")), "{log:#?}");
    emulator.sqs.purge_queue().queue_url(&dead).send().await.unwrap();
}
