use std::path::{Path, PathBuf};

use super::*;
use crate::ministack::Ministack;

#[tokio::test]
async fn text_is_sent_and_its_delivery_settled() {
    let bench = Bench::start().await;
    let id = bench.text().await;
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (0, "queued"));
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (1, "sent"));
    assert_eq!(bench.report("twilio", json!({ "message": id, "status": "delivered" })).await, 204);
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!(bench.status(&id).await, "delivered");
}

#[tokio::test]
async fn email_is_sent_and_its_delivery_settled() {
    let bench = Bench::start().await;
    let id = bench.email().await;
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!(bench.status(&id).await, "sent");
    assert_eq!(bench.report("ses", json!({ "message": id, "event": "Delivery" })).await, 204);
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!(bench.status(&id).await, "delivered");
}

#[tokio::test]
async fn subscription_to_our_topic_is_confirmed() {
    let bench = Bench::start().await;
    let (_, answer) = bench.call(Method::POST, "/_local/providers/ses/subscribe", "", &json!({})).await;
    assert_eq!(answer["confirmed"], true, "{answer}");
}

#[tokio::test]
async fn calls_to_aws_are_counted_by_operation() {
    let bench = Bench::start().await;
    bench.email().await;
    let calls = bench.system.calls();
    assert_eq!((calls["dynamodb.PutItem"], calls["sqs.SendMessageBatch"]), (2, 1), "{calls:?}");
    bench.system.reset_calls();
    bench.drain().await;
    assert_eq!(bench.system.calls()["ses.SendEmail"], 1);
}

#[tokio::test]
async fn functions_remember_for_themselves_until_somebody_changes_it() {
    let bench = Bench::start().await;
    let app = |name| bench.system.machine.lambda.app(&catalog::named(name)).unwrap();
    let (reader, other) = (app("settings-get"), app("compliance-rules-list"));
    assert!(!Arc::ptr_eq(&reader, &other) && !Arc::ptr_eq(&reader, bench.system.app()));
    bench.get("/settings").await;
    bench.get("/people/ext-john").await;
    assert!(Arc::ptr_eq(&reader, &app("settings-get")));

    let path = "/settings?reason=test";
    let (status, _) = bench.call(Method::PUT, path, "demo-admin", &json!({ "currency": "EUR" })).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!Arc::ptr_eq(&reader, &app("settings-get")));
    assert_eq!(bench.get("/settings").await["currency"], "EUR");
}

#[tokio::test]
async fn only_functions_that_need_a_printer_have_one() {
    let bench = Bench::start().await;
    for (name, prints) in
        [("communicator-render", true), ("communicator-preview", false), ("healthz-get", false)]
    {
        let app = bench.system.machine.lambda.app(&catalog::named(name)).unwrap();
        let sheet = domain::letter::Sheet::default();
        let printed = app.printer.print("<!doctype html><title>Hi</title><p>Hi</p>".into(), sheet).await;
        assert_eq!(printed.is_ok(), prints, "{name} {:?}", printed.err());
    }
}

#[tokio::test]
async fn tenant_is_provisioned_by_a_direct_call_only() {
    let bench = Bench::start().await;
    assert!(matches!(bench.system.invoke("healthz-get", json!({})).await, Err(Error::NotFound { .. })));
    let (status, _) = bench.call(Method::POST, "/_local/functions/tenants-provision", "", &json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn schedule_that_does_not_exist_is_not_found() {
    let bench = Bench::start().await;
    let (status, _) = bench.call(Method::POST, "/_local/schedules/nothing", "", &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, answer) = bench.call(Method::POST, "/_local/schedules/sweep", "", &Value::Null).await;
    assert_eq!((status, &answer["schedule"]), (StatusCode::OK, &json!("sweep")));
}

#[tokio::test]
async fn running_system_sends_by_itself_and_follows_its_clock() {
    let options = Options::for_test().await.unwrap();
    let deliver = Some(Duration::from_millis(10));
    let bench = Bench::with(Options { work: Work::ByItself, deliver, ..options }).await;
    let at_once = bench.email().await;
    let in_a_day = bench.now() + SignedDuration::from_hours(24);
    let tomorrow = bench.send("ext-payment-reminder", "ext-theo", json!({ "send_at": in_a_day })).await;
    wait_for(async || bench.status(&at_once).await == "delivered").await;
    assert_eq!(bench.status(&tomorrow).await, "scheduled");

    bench.system.clock().set(in_a_day + SignedDuration::from_secs(1));
    wait_for(async || bench.status(&tomorrow).await == "delivered").await;
    bench.system.stop().await;
}

#[tokio::test]
async fn state_and_outbox_outlive_a_restart() {
    let folder = Folder::new("restart");
    let id = {
        let (ministack, bench) = start_over(&folder).await;
        let id = bench.text().await;
        assert_eq!(bench.drain().await, (1, 0));
        bench.send("ext-payment-reminder", "ext-maria", json!({})).await;
        bench.system.stop().await;
        ministack.stop().await.unwrap();
        id
    };
    let (ministack, bench) = start_over(&folder).await;
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (1, "sent"));
    assert_eq!(bench.drain().await, (1, 0), "the queues keep what is in them");
    bench.report("twilio", json!({ "message": id, "status": "delivered" })).await;
    bench.drain().await;
    assert_eq!(bench.status(&id).await, "delivered");
    bench.system.stop().await;
    ministack.stop().await.unwrap();
}

#[tokio::test]
async fn ministack_left_by_a_killed_system_is_taken_over() {
    let folder = Folder::new("killed");
    let (ministack, bench) = start_over(&folder).await;
    let id = bench.text().await;
    let endpoint = ministack.endpoint();
    drop((ministack, bench));

    let (ministack, bench) = start_over(&folder).await;
    assert_eq!(ministack.endpoint(), endpoint);
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!(bench.status(&id).await, "sent");
    drop(bench);
    Ministack::wipe(folder.path()).await.unwrap();
    assert!(!folder.path().exists());
    assert!(ministack.stop().await.is_err(), "it is gone");
}

/// A system over a folder, and the ministack beneath it.
async fn start_over(folder: &Folder) -> (Ministack, Bench) {
    let ministack = Ministack::start(folder.path(), folder.ports[0]).await.unwrap();
    let options = Options {
        port: folder.ports[1],
        aws: Aws::account_of_its_own(ministack.endpoint()),
        work: Work::WhenAsked,
        deliver: None,
        clock: Arc::default(),
        outbox: Outbox::open(folder.path().join("outbox.jsonl")).unwrap(),
        watcher: watcher::nobody,
    };
    (ministack, Bench::with(options).await)
}

async fn wait_for(mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain");
}

/// A folder of one test, with whatever runs over it.
struct Folder {
    path: PathBuf,
    /// Of ministack and of the system: the same at each start, as with `make run`.
    ports: [u16; 2],
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("postrider-{name}-{}", std::process::id()));
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self { path, ports: [free(), free()].map(|free| free.local_addr().unwrap().port()) }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Where the test failed, its ministack still runs.
        let noted = std::fs::read_to_string(self.path.join("ministack.process")).unwrap_or_default();
        if let Some((process, _)) = noted.split_once(' ') {
            let _ = std::process::Command::new("kill").args(["-9", process]).status();
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
