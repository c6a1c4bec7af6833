//! 002: templates.

use serde_json::json;

use crate::scenario::Scenario;

/// The document's requests, word for word but for ids.
pub async fn document_002_takes_a_template_from_draft_to_use(scenario: &Scenario) {
    let descriptor = json!({
        "subject": "annualPrivacyPolicyNotice",
        "channel": "voice",
        "language": "en",
        "productId": "LT-AAAA-BBBB",
        "sensitive": false,
        "enabled": true,
        "name": "string",
    });
    let descriptor = scenario.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"],
        "status": "draft",
        "subjectLineTemplate": "Hello {{foobar}}",
        "contentTextTemplate": "Hello {{foobar}}",
        "contentHtmlTemplate": "Hello,<br/><p>{{foobar}}</p>",
    });
    let version = scenario.post("/communicator/templates", version).await.expect(201);
    let path = format!("/communicator/templates/{}", version["id"].as_str().unwrap());
    let context = json!({ "context": { "foobar": "World" } });
    let rendered = scenario.post(&format!("{path}/render"), context).await.expect(200);
    for (part, text) in [
        ("subjectLine", "Hello World"),
        ("contentText", "Hello World"),
        ("contentHtml", "Hello,<br/><p>World</p>"),
    ] {
        assert_eq!(rendered[part], text, "{rendered:#}");
    }
    let active = scenario.post(&format!("{path}/activate"), json!({})).await.expect(200);
    assert_eq!(active["status"], "active", "{active:#}");
}
