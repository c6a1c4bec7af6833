//! Failures, and how they are handled.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::emulator::PREFIX;
use crate::scenario::Scenario;

/// A queue that no other scenario uses.
const QUEUE: &str = "dispatch-mail";

/// Enough for the longest lease and two sweeps.
const SWEPT: Duration = Duration::from_secs(240);

/// No other scenario uses FCM, so what it does to this one's messages it does to no other's.
pub async fn a_message_that_failed_or_may_have_left_is_tried_again(scenario: &Scenario) {
    let descriptor = json!({ "subject": "custom1", "channel": "push", "language": "en", "name": "Push" });
    let descriptor = scenario.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": "News", "contentTextTemplate": "Hello",
    });
    let version = scenario.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    scenario.post(&activate, json!({})).await.expect(200);
    let template = descriptor["id"].as_str().unwrap();

    let lost = push_that_goes_wrong(scenario, template, "unanswered", "drop_answer").await;
    let failed = push_that_goes_wrong(scenario, template, "failed", "error").await;
    let sent = async |id: &str| {
        let entry = || async { scenario.get(&format!("/api/v1/communication-logs/{id}")).await.expect(200) };
        scenario.within(SWEPT, entry, |entry| entry["status"] == "sent").await
    };
    let entry = sent(&failed).await;
    assert!(entry["timeline"].to_string().contains("retrying"), "{entry:#}");
    // FCM cannot be asked what it took, so this one may have left twice.
    sent(&lost).await;
    let log = scenario.installation.emulator.log(scenario.installation.begun).await;
    assert!(log.iter().any(|line| line.contains(r#""PossiblySentTwice":1"#)), "{log:#?}");
}

/// Sends a push notification while the next send to FCM goes wrong like this; returns its id after that.
async fn push_that_goes_wrong(scenario: &Scenario, template: &str, name: &str, mode: &str) -> String {
    let borrower = scenario.borrower(name).await;
    let device =
        json!({ "contacts": [{ "contactType": "push", "value": format!("fcm-{name}:APA91b-0001") }] });
    scenario.put(&format!("/people/{}", borrower.id), device).await.expect(200);
    let fault = json!({ "target": "fcm", "mode": mode, "times": 1 });
    scenario.put("/_local/faults", fault).await.expect(200);
    let id = scenario.sent(template, &borrower, json!({})).await;
    let pending = || async { scenario.get("/_local/faults").await.expect(200) };
    scenario.until(pending, |pending| !pending.to_string().contains("fcm")).await;
    id
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
