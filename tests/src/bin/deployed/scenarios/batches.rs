//! Many at once (000).

use serde_json::json;

use crate::scenario::Scenario;

pub async fn document_000_sends_a_batch_and_each_borrower_gets_one(scenario: &Scenario) {
    let mut borrowers = Vec::new();
    for name in ["batch-1", "batch-2", "batch-3"] {
        borrowers.push(scenario.borrower(name).await);
    }
    let ids: Vec<&str> =
        borrowers.iter().map(|borrower| borrower.id.as_str()).chain(["ext-nobody"]).collect();
    let template = scenario.template("email", "news").await;
    let request = json!({ "template_id": template, "borrower_ids": ids, "channel": "email" });
    let batch = scenario.post("/api/v1/communications/send-batch", request).await.expect(202);

    let path = format!("/api/v1/communications/batches/{}", batch["batch_id"].as_str().unwrap());
    let progress = || async { scenario.get(&path).await.expect(200) };
    let done = scenario.until(progress, |batch| batch["status"] == "completed").await;
    assert_eq!((&done["accepted"], &done["failed"]), (&json!(3), &json!(1)), "{done:#}");
    let results = scenario.get(&format!("{path}/results")).await.expect(200);
    let outcomes =
        results["data"].as_array().unwrap().iter().map(|result| result["outcome"].as_str().unwrap());
    assert_eq!(outcomes.collect::<Vec<_>>(), ["accepted", "accepted", "accepted", "failed"], "{results:#}");
    for borrower in &borrowers {
        assert_eq!(scenario.email(&borrower.email).await["Subject"], "Hello Pat");
    }
}
