//! A table that was restored to an earlier instant, and `infra/restored.py`, which keeps it from sending again what has left since.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use local::{
    Options,
    aws::{Aws, REGION, SECRET},
};
use platform::store::keys::{BY_DUE, DUE_SHARDS, due_partition};
use postrider_tests::TestApp;
use serde_json::json;
use tokio::process::Command;

async fn start() -> (TestApp, Aws) {
    let options = Options::for_test().await.unwrap();
    let aws = options.aws.clone();
    let app = TestApp::over(options).await;
    app.set_clock("2026-01-05T15:00:00Z").await;
    (app, aws)
}

/// The table as it is now, in another one; returns its name.
async fn restored(app: &TestApp, client: &Client) -> String {
    let table = &app.system.app().config.table;
    let backup = client.create_backup().table_name(table).backup_name("before").send().await.unwrap();
    let backup = backup.backup_details.unwrap().backup_arn;
    let restored = format!("{table}-2");
    let restore = client.restore_table_from_backup().backup_arn(backup).target_table_name(&restored);
    restore.send().await.unwrap();
    restored
}

/// Which messages a table has on its due index.
async fn due(client: &Client, table: &str) -> BTreeSet<String> {
    let mut due = BTreeSet::new();
    for shard in 0..DUE_SHARDS {
        let query = client
            .query()
            .table_name(table)
            .index_name(BY_DUE.name)
            .key_condition_expression("due_pk = :shard");
        let shard = AttributeValue::S(due_partition(shard));
        let found = query.expression_attribute_values(":shard", shard).send().await.unwrap().items.unwrap();
        let id = |pk: &AttributeValue| pk.as_s().unwrap().rsplit('#').next().unwrap().to_owned();
        due.extend(
            found
                .iter()
                .filter(|item| item["sk"].as_s().unwrap() == "INTERACTION")
                .map(|item| id(&item["pk"])),
        );
    }
    due
}

/// Runs the script; returns what it printed.
async fn run(aws: &Aws, arguments: &[&str]) -> String {
    let venv = std::env::var("POSTRIDER_VENV").unwrap_or_else(|_| "../.local/venv".to_owned());
    let ran = Command::new(format!("{venv}/bin/python"))
        .arg("../infra/restored.py")
        .args(arguments)
        .envs([("AWS_ENDPOINT_URL", &*aws.endpoint), ("AWS_DEFAULT_REGION", REGION)])
        .envs([("AWS_ACCESS_KEY_ID", &*aws.account), ("AWS_SECRET_ACCESS_KEY", SECRET)])
        .output()
        .await
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[tokio::test]
async fn what_left_after_the_instant_does_not_leave_again() {
    let (app, aws) = start().await;
    let client = Client::new(app.system.sdk());
    let template = app.template("email", "welcome").await;
    let people = app.people(2).await;
    let leaves = app.sent(&template, &people[0]).await;
    let later =
        json!({ "template_id": template, "borrower_id": people[1], "send_at": "2026-01-06T15:00:00Z" });
    let later = app.post("/api/v1/communications/send", later).await.expect(202);
    let waits = later["communication_id"].as_str().unwrap().to_owned();

    let restored = restored(&app, &client).await;
    app.drain().await;
    let (old, both) = (&app.system.app().config.table, BTreeSet::from([leaves.clone(), waits.clone()]));
    assert_eq!(due(&client, &restored).await, both, "the sweep would send both");
    let printed = run(&aws, &[&restored, "--old", old]).await;
    assert!(printed.contains(&leaves) && !printed.contains(&waits), "{printed}");
    assert_eq!(due(&client, &restored).await, BTreeSet::from([waits.clone()]));
    assert_eq!(due(&client, old).await, BTreeSet::from([waits]), "the old table stays as it is");
    assert_eq!(
        run(&aws, &[&restored, "--old", old]).await.lines().count(),
        1,
        "again, there is nothing to do"
    );
}

/// The old table is gone, and the backup is older than the end of work.
#[tokio::test]
async fn without_the_old_table_what_was_due_before_the_end_of_work_does_not_leave_again() {
    let (app, aws) = start().await;
    let client = Client::new(app.system.sdk());
    let template = app.template("email", "welcome").await;
    let leaves = app.sent(&template, "ext-john").await;
    let later =
        json!({ "template_id": template, "borrower_id": "ext-maria", "send_at": "2026-01-06T15:00:00Z" });
    let later = app.post("/api/v1/communications/send", later).await.expect(202);

    let restored = restored(&app, &client).await;
    let printed = run(&aws, &[&restored, "--stopped", "2026-01-05T15:00:10Z"]).await;
    assert!(printed.contains(&leaves), "{printed}");
    let waits = later["communication_id"].as_str().unwrap().to_owned();
    assert_eq!(due(&client, &restored).await, BTreeSet::from([waits]));
}
