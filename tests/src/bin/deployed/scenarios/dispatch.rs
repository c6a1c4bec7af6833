//! 004: dispatch.

use functions::communications::dispatch::example_answer;
use serde_json::json;

use crate::scenario::Scenario;

/// The function invokes the dispatchers and waits for them.
pub async fn document_004_is_answered_as_printed(scenario: &Scenario) {
    let request = json!({
      "subject": "System maintenance",
      "body": "A scheduled maintenance window starts at 22:00 UTC.",
      "channels": ["Email", "Sms", "InApp"],
      "emailAddress": "user@example.com",
      "phoneNumber": "+97455555555",
      "userId": "3f45ef0f-39d1-4d65-8eaa-5db7c0b8f763",
      "pushToken": null,
      "webhookUrl": null,
      "isHtml": false
    });
    let answer = scenario.post("/api/v1/communications/send", request).await.expect(200);
    assert_eq!(answer, example_answer());
    assert_eq!(scenario.email("user@example.com").await["Subject"], "System maintenance");
    let texts = scenario.texts("+97455555555").await;
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert_eq!(texts[0]["body"], "A scheduled maintenance window starts at 22:00 UTC.");
}
