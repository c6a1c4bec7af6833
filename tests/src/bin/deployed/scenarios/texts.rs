//! Texts, and Twilio's calls to the function URLs.

use local::standins::twilio::signature;
use platform::providers::Webhook;
use reqwest::Method;
use serde_json::{Value, json};

use crate::scenario::{Borrower, Scenario};

/// Sends a text; returns its id and Twilio's.
async fn text(scenario: &Scenario, borrower: &Borrower, name: &str) -> (String, String) {
    let template = scenario.template("sms", name).await;
    let id = scenario.sent(&template, borrower, json!({})).await;
    scenario.logged(&id, "sent").await;
    let texts = scenario.texts(&borrower.phone).await;
    assert_eq!((texts.len(), &texts[0]["body"]), (1, &json!("Hello Pat")), "{texts:#?}");
    (id, texts[0]["provider_message_id"].as_str().unwrap().to_owned())
}

/// Makes Twilio call a webhook, which must accept the call.
async fn twilio(scenario: &Scenario, control: &str, asked: Value) {
    let answer = scenario.post(&format!("/_local/providers/twilio/{control}"), asked).await.expect(200);
    assert!(matches!(answer["status"].as_u64(), Some(200 | 204)), "{answer:#}");
}

pub async fn a_delivery_report_that_twilio_signed_is_believed(scenario: &Scenario) {
    let borrower = scenario.borrower("delivered").await;
    let (id, _) = text(scenario, &borrower, "delivered").await;
    twilio(scenario, "status", json!({ "message": id, "status": "delivered" })).await;
    scenario.logged(&id, "delivered").await;
}

pub async fn a_text_that_was_blocked_fails_with_its_reason(scenario: &Scenario) {
    let borrower = scenario.borrower("blocked").await;
    let (id, _) = text(scenario, &borrower, "blocked").await;
    let report = json!({ "message": id, "status": "undelivered", "error_code": 30004 });
    twilio(scenario, "status", report).await;
    assert_eq!(scenario.logged(&id, "failed").await["status_details"], "textMessageBlocked");
}

/// Carriers that filter a sender's texts do so whatever the next one says: its account waits, and so would all later texts of a run.
pub async fn a_text_that_carriers_filter_puts_its_account_out_of_order(scenario: &Scenario) {
    let borrower = scenario.borrower("filtered").await;
    let (id, _) = text(scenario, &borrower, "filtered").await;
    let report = json!({ "message": id, "status": "undelivered", "error_code": 30007 });
    twilio(scenario, "status", report).await;
    assert_eq!(scenario.logged(&id, "failed").await["status_details"], "textCarrierViolation");
    let counted = || scenario.installation.emulator.log(scenario.installation.begun);
    let is_counted = |line: &String| line.contains(r#""AccountOutOfOrder":1"#) && line.contains("twilio");
    scenario.until(counted, |log| log.iter().any(is_counted)).await;
}

pub async fn a_report_that_nobody_signed_is_refused(scenario: &Scenario) {
    let borrower = scenario.borrower("forged").await;
    let (id, reference) = text(scenario, &borrower, "forged").await;
    let form: Vec<(String, String)> = [("MessageSid", reference.as_str()), ("MessageStatus", "failed")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let path = format!("{}?tenant=demo&interaction={id}", Webhook::DeliveryStatus.path());
    let forged =
        signature("no token of the lender's", &format!("{}{path}", scenario.installation.url), &form);
    let call = scenario.anonymous(Method::POST, &path).form(&form);
    scenario.call(call.header("x-twilio-signature", forged)).await.problem(401, "unauthenticated");
    scenario.logged(&id, "sent").await;
}

pub async fn a_borrower_who_texts_stop_gets_no_more(scenario: &Scenario) {
    let borrower = scenario.borrower("stop").await;
    text(scenario, &borrower, "before").await;
    twilio(scenario, "inbound", json!({ "from": borrower.phone, "body": "STOP" })).await;
    let path = format!("/people/{}/consents", borrower.id);
    let consents = || async { scenario.get(&path).await.expect(200).to_string() };
    scenario.until(consents, |consents| consents.contains(r#""status":"revoked""#)).await;
    let template = scenario.template("sms", "after").await;
    let request = json!({ "template_id": template, "borrower_id": borrower.id });
    scenario.post("/api/v1/communications/send", request).await.problem(409, "consent-revoked");
}
