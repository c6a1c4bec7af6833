//! Whether a message of a large batch costs what one of a small batch does: calls to AWS, units and the processor's time for each,
//! from a batch's request to the report of each message's provider. And what one sweep hands out.
//!
//! A chunk's messages leave, and their providers report, before the next chunk is accepted: no turn lies minutes ahead of what this
//! machine does, and the outbox still knows them.

use std::time::{Duration, Instant};

use domain::id::{self, Id};
use domain::tenant::TenantId;
use domain::vocabulary::SendingChannel;
use local::aws::Used;
use platform::queues::Queue;
use postrider_tests::TestApp;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use super::costs;

/// Sizes of batches if none are named.
pub const SIZES: [usize; 2] = [1_000, 10_000];
/// How far a message may cost more in the largest batch than in the smallest.
const FLAT: f64 = 1.1;
/// Partitions shown.
const HOTTEST: usize = 12;
/// Messages after which a line says what they used so far.
const SHOWN: usize = 10_000;

/// What a step used.
#[derive(Default)]
struct Step {
    calls: u64,
    used: Used,
    processor: Duration,
    took: Duration,
}

impl Step {
    async fn goes_on(&mut self, app: &TestApp, work: impl Future<Output = ()>) {
        app.system.reset_calls();
        app.system.units().take();
        let (start, before) = (Instant::now(), processor());
        work.await;
        self.processor += processor() - before;
        self.took += start.elapsed();
        self.used += app.system.units().take();
        self.calls += super::ours(app, 0).iter().map(|(_, calls)| calls).sum::<u64>();
    }

    /// For each message: calls, write units, read units, queue requests, and milliseconds of the processor.
    #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
    fn each(&self, messages: usize) -> [f64; 5] {
        let Used { writes, reads, queue_requests, .. } = self.used;
        let processor = self.processor.as_secs_f64() * 1000.0;
        [self.calls as f64, writes, reads, queue_requests, processor].map(|all| all / messages as f64)
    }
}

/// What all functions of this process took of its processors. The emulator is a process of its own.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// Prints what messages of batches of these sizes use. Returns whether that is flat.
pub async fn show(sizes: &[usize]) -> bool {
    println!("\nWhat a message of a batch uses, by the size of the batch\n");
    println!(
        "{:<26}{:>8}{:>8}{:>8}{:>8}{:>10}{:>10}",
        "", "calls", "writes", "reads", "SQS", "CPU ms", "seconds"
    );
    let mut first = None::<[f64; 5]>;
    let mut flat = true;
    for &size in sizes {
        let steps = batch(size).await;
        for (name, step) in &steps {
            line(&format!("{size}, {name}"), step.each(size), step.took);
        }
        let (all, took) = in_all(steps.each_ref().map(|(_, step)| step), size);
        line(&format!("{size}, in all"), all, took);
        if let Some(first) = first {
            let ratios: Vec<f64> = all.iter().zip(first).map(|(now, then)| now / then).collect();
            let text: String = ratios.iter().map(|ratio| format!("{ratio:>8.2}")).collect();
            println!("{:<26}{text}", "  as many times as the first");
            flat &= ratios.iter().all(|ratio| *ratio <= FLAT);
        }
        first.get_or_insert(all);
    }
    flat
}

/// What all steps used for each message, and how long they took.
fn in_all(steps: [&Step; 4], messages: usize) -> ([f64; 5], Duration) {
    let mut all = [0.0; 5];
    for step in steps {
        all.iter_mut().zip(step.each(messages)).for_each(|(all, each)| *all += each);
    }
    (all, steps.iter().map(|step| step.took).sum())
}

fn line(name: &str, [calls, writes, reads, queue, processor]: [f64; 5], took: Duration) {
    println!(
        "{name:<26}{calls:>8.2}{writes:>8.2}{reads:>8.2}{queue:>8.2}{processor:>10.2}{:>10.1}",
        took.as_secs_f64()
    );
}

/// A batch to so many, from its request to the report of each message.
async fn batch(size: usize) -> [(&'static str, Step); 4] {
    let app = TestApp::start().await;
    let people = super::people(&app, size).await;
    let template = costs::template(&app, "scale").await;
    app.system.units().start();
    costs::warm(&app, &template, "ext-john").await;
    let [mut accept, mut dispatch, mut webhook, mut settle] = [(); 4].map(|()| Step::default());

    let list: String = people.iter().map(|person| format!("{person}\n")).collect();
    let list = app.system.app().objects.put("demo/lists/scale.jsonl", list.into_bytes());
    list.await.expect("the list is put");
    let mut path = String::new();
    accept
        .goes_on(&app, async {
            let body = json!({ "template_id": template, "borrower_ids_s3_key": "demo/lists/scale.jsonl" });
            let batch = app.post("/api/v1/communications/send-batch", body).await.expect(202);
            path = format!("/api/v1/communications/batches/{}", batch["batch_id"].as_str().expect("an id"));
        })
        .await;
    let batch_id = path.rsplit('/').next().unwrap_or_default();
    let mut reported = 0;
    while reported < size {
        accept
            .goes_on(&app, async {
                assert!(app.system.work_off_one(Queue::Batches).await.expect("work"), "no chunk is left");
            })
            .await;
        while !super::are_empty(&app).await {
            dispatch.goes_on(&app, drain(&app, Queue::Dispatch(SendingChannel::Email))).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let accepted = app.get(&path).await.expect(200)["accepted"].as_u64().expect("a count");
        let accepted = usize::try_from(accepted).expect("not more than there are");
        webhook.goes_on(&app, reports(&app, batch_id, &people[reported..accepted])).await;
        settle.goes_on(&app, drain(&app, Queue::Settlements)).await;
        if reported / SHOWN < accepted / SHOWN {
            let (each, took) = in_all([&accept, &dispatch, &webhook, &settle], accepted);
            line(&format!("{size}, the first {accepted}"), each, took);
        }
        reported = accepted;
    }
    assert_eq!(app.get(&path).await.expect(200)["status"], "completed");

    println!(
        "{size}: the partitions written most, by units for each message; a partition takes 1,000 a second"
    );
    for (partition, units) in app.system.units().hottest(HOTTEST) {
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let each = units / size as f64;
        println!("  {partition:<60}{each:>8.3}");
    }
    pages_of_the_log(&app).await;
    [("accept", accept), ("dispatch", dispatch), ("report, taken", webhook), ("report, settled", settle)]
}

async fn drain(app: &TestApp, queue: Queue) {
    app.system.drain_queue(queue).await.expect("the queue can be worked off");
}

/// The report of each of these people's messages of a batch, as its provider tells it.
async fn reports(app: &TestApp, batch: &str, people: &[String]) {
    let tenant: TenantId = "demo".parse().expect("a tenant");
    for person in people {
        let person: Id<id::Person> = Id::external("demo", person.trim_start_matches("ext-"));
        let message: Id<id::Interaction> = Id::keyed(tenant.as_str(), batch, person.as_str());
        let report = json!({ "message": message, "event": "Delivery" });
        app.post("/_local/providers/ses/status", report).await.expect(200);
    }
}

/// What a page of the log takes, of a day with so many messages.
async fn pages_of_the_log(app: &TestApp) {
    let mut page = Step::default();
    page.goes_on(app, async {
        let found = app.get("/api/v1/communication-logs?limit=50").await.expect(200);
        assert_eq!(found["data"].as_array().map(Vec::len), Some(50));
    })
    .await;
    line("a page of 50 of the log", page.each(1), page.took);
}

async fn takes_a_thousand_a_second(app: &TestApp) {
    let (store, tenant) = (&app.system.app().store, "demo".parse().expect("a tenant"));
    let mut tenant = store.tenant(&tenant).await.expect("the tenant");
    let email = tenant.senders.email.as_mut().expect("it sends mail");
    email.transactional.max_per_second = Some(1_000);
    store.save_tenant(&mut tenant, &Default::default(), None).await.expect("it is saved");
}

/// So many messages that are due, handed out by one sweep.
pub async fn sweep(due: usize) {
    let app = TestApp::start().await;
    takes_a_thousand_a_second(&app).await;
    let people = super::people(&app, due).await;
    let template = costs::template(&app, "swept").await;
    app.system.units().start();
    costs::warm(&app, &template, "ext-john").await;
    for people in people.chunks(10_000) {
        let body =
            json!({ "template_id": template, "borrower_ids": people, "send_at": "2026-01-05T17:00:00Z" });
        app.post("/api/v1/communications/send-batch", body).await.expect(202);
        app.drain_batches().await;
    }
    // Before the first of them leaves, and less than a minute before the last.
    app.set_clock("2026-01-05T16:59:30Z").await;
    let mut sweep = Step::default();
    sweep
        .goes_on(&app, async {
            app.post("/_local/schedules/sweep", json!({})).await.expect(200);
        })
        .await;
    let queues = app.system.queues().await.expect("queues can be asked");
    let queued: u32 = queues.iter().map(|queue| queue.depth + queue.delayed).sum();
    println!("\nOne sweep of {due} messages that are due; {queued} of them are in their queue after it\n");
    line("handed out", sweep.each(due), sweep.took);
}
