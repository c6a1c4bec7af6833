//! What happened, as a system of the lender's reads it: in order, nothing left out, from where it was.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::{
    id::{self, Id},
    interaction::{Interaction, Origin, Outline},
    tenant::TenantId,
    vocabulary::{AnyEvent, Channel, Direction, Event, InteractionStatus, Theme},
};
use platform::{
    app::App,
    pipeline::tell::{News, Sink, tell},
    store::interactions::Beside,
};
use postrider_tests::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

const SUBSCRIPTIONS: &str = "/communications/events/subscriptions";

fn demo() -> TenantId {
    "demo".parse().unwrap()
}

/// Makes a subscription to loan approvals; its path.
async fn subscribe(app: &TestApp) -> String {
    let content = json!({ "name": "Loans", "events": ["LOAN_APPROVAL"] });
    let made = app.post(SUBSCRIPTIONS, content).await.expect(201);
    format!("{SUBSCRIPTIONS}/{}", made["id"].as_str().unwrap())
}

fn approval(app: &App, name: &str, data: Value) -> News {
    News {
        id: name.to_owned(),
        event: AnyEvent::Business(Event::LoanApproval),
        sink: Sink::Everywhere,
        at: app.now(),
        data,
    }
}

/// Tells of loan approvals of these names, in one call.
async fn approve(app: &App, names: &[&str]) {
    let news: Vec<News> = names.iter().map(|name| approval(app, name, json!({ "name": name }))).collect();
    tell(app, &demo(), &news).await.unwrap();
}

async fn read(app: &TestApp, path: &str, query: &str) -> Value {
    app.get(&format!("{path}/events{query}")).await.expect(200)
}

fn names(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|event| event["eventId"].as_str().unwrap()).collect()
}

fn cursor(answer: &Value) -> &str {
    answer["cursor"].as_str().unwrap()
}

async fn commit(app: &TestApp, path: &str, cursor: &str) {
    app.post(&format!("{path}/cursors"), json!({ "cursor": cursor })).await.expect(200);
}

/// Eight processes write 20,000 events, while a reader dies again and again: before it did anything with what it read, or before
/// it said so.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_at_the_same_time_nothing_is_left_out_and_each_ones_order_is_kept() {
    const WRITERS: u64 = 8;
    const CALLS: u64 = 25;
    const IN_A_CALL: u64 = 100;
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let began = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let process = app.system.another_process().unwrap();
        tokio::spawn(async move {
            for call in 0..CALLS {
                let news: Vec<News> = (0..IN_A_CALL)
                    .map(|place| {
                        let number = call * IN_A_CALL + place;
                        let data = json!({ "writer": writer, "number": number });
                        approval(&process, &format!("{writer}-{number}"), data)
                    })
                    .collect();
                tell(&process, &demo(), &news).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();

    let all = usize::try_from(WRITERS * CALLS * IN_A_CALL).unwrap();
    let mut seen = BTreeMap::<u64, (u64, u64)>::new();
    let (mut reads, mut crashes) = (0, 0);
    while seen.len() < all {
        assert!(began.elapsed() < Duration::from_secs(60), "{} of {all} seen", seen.len());
        let answer = read(&app, &path, "?limit=500&waitSeconds=1").await;
        reads += 1;
        let dies = reads % 3 == 1;
        if dies && reads % 2 == 1 {
            crashes += 1;
            continue;
        }
        let events = answer["events"].as_array().unwrap();
        let sequences: Vec<u64> = events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
        assert!(sequences.is_sorted_by(|one, next| one < next), "in the order of their numbers");
        for (event, sequence) in events.iter().zip(sequences) {
            let of = |name: &str| event["data"][name].as_u64().unwrap();
            let event = (of("writer"), of("number"));
            assert_eq!(*seen.entry(sequence).or_insert(event), event, "a number is one event's for good");
        }
        if dies {
            crashes += 1;
            continue;
        }
        commit(&app, &path, cursor(&answer)).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    println!("{all} events, {reads} reads, {crashes} crashes, {:?}", began.elapsed());
    let mut next = [0; 8];
    for (writer, number) in seen.into_values() {
        let next = &mut next[usize::try_from(writer).unwrap()];
        assert_eq!(number, *next, "in the order of writer {writer}");
        *next += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_waits_hears_as_soon_as_something_happens() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let began = Instant::now();
    assert_eq!(names(&read(&app, &path, "").await), Vec::<&str>::new());
    assert!(began.elapsed() < Duration::from_secs(5), "who does not wait is answered at once");
    let process = app.system.another_process().unwrap();
    let happens = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        approve(&process, &["one"]).await;
    };
    let (answer, ()) = tokio::join!(read(&app, &path, "?waitSeconds=20"), happens);
    assert_eq!(names(&answer), ["one"]);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let answer = read(&app, &path, &format!("?waitSeconds=1&cursor={}", cursor(&answer))).await;
    assert_eq!(names(&answer), Vec::<&str>::new());
}

#[tokio::test]
async fn a_reader_goes_on_from_where_it_committed_and_back_to_where_it_was() {
    let app = TestApp::start().await;
    let process = app.system.another_process().unwrap();
    let nobody = subscribe(&app).await;
    approve(&process, &["before"]).await;
    let path = subscribe(&app).await;
    let first = read(&app, &path, "").await;
    assert_eq!(names(&first), Vec::<&str>::new(), "it begins with what happens from then on");
    approve(&process, &["one", "two", "three"]).await;
    approve(&process, &["four", "five"]).await;

    let two = read(&app, &path, "?limit=2").await;
    assert_eq!(names(&two), ["one", "two"]);
    assert_eq!(names(&read(&app, &path, "?limit=2").await), ["one", "two"], "nothing was committed");
    let event = &two["events"][0];
    assert_eq!((&event["event"], &event["data"]), (&json!("LOAN_APPROVAL"), &json!({ "name": "one" })));
    let ahead = read(&app, &path, &format!("?limit=2&cursor={}", cursor(&two))).await;
    assert_eq!(names(&ahead), ["three", "four"], "read ahead of what was committed");
    commit(&app, &path, cursor(&two)).await;
    let rest = read(&app, &path, "").await;
    assert_eq!(names(&rest), ["three", "four", "five"]);
    commit(&app, &path, cursor(&rest)).await;
    assert_eq!(names(&read(&app, &path, "").await), Vec::<&str>::new());
    commit(&app, &path, cursor(&first)).await;
    assert_eq!(names(&read(&app, &path, "").await), ["one", "two", "three", "four", "five"]);

    assert_eq!(names(&read(&app, &nobody, "?limit=1").await), ["before"], "each subscription is where it is");
    app.delete(&path).await.expect(204);
    app.get(&path).await.problem(404, "not-found");
    app.get(&format!("{path}/events")).await.problem(404, "not-found");
    let listed = app.get(SUBSCRIPTIONS).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cursor_before_the_beginning_of_the_subscription_is_refused() {
    let app = TestApp::start().await;
    let process = app.system.another_process().unwrap();
    let first = subscribe(&app).await;
    approve(&process, &["before"]).await;
    let path = subscribe(&app).await;
    let before = read(&app, &first, "").await["events"][0]["sequence"].as_u64().unwrap();
    let id: Id<id::EventSubscription> = path.rsplit_once('/').unwrap().1.parse().unwrap();
    for at in [json!({ "n": 0, "p": 0 }), json!({ "n": before, "p": before })] {
        let forged = platform::http::encode_cursor(&json!({ "s": id, "at": at })).unwrap();
        let answer = app.get(&format!("{path}/events?cursor={forged}")).await;
        assert_eq!(answer.violations(), ["?cursor"], "{at}");
    }
    let own = read(&app, &path, "").await;
    read(&app, &path, &format!("?cursor={}", cursor(&own))).await;
}

#[tokio::test]
async fn a_cursor_that_is_none_of_the_subscription_is_refused() {
    let app = TestApp::start().await;
    let process = app.system.another_process().unwrap();
    let (path, other) = (subscribe(&app).await, subscribe(&app).await);
    approve(&process, &["one"]).await;
    let mine = read(&app, &path, "").await;
    let others = read(&app, &other, "").await;
    let id: Id<id::EventSubscription> = path.rsplit_once('/').unwrap().1.parse().unwrap();
    let sequence = mine["events"][0]["sequence"].as_u64().unwrap();
    let forged = |at: Value| platform::http::encode_cursor(&json!({ "s": id, "at": at })).unwrap();
    for given in [
        "forged",
        cursor(&others),
        &forged(json!({ "n": sequence + 2, "p": sequence })),
        &forged(json!({ "n": sequence, "p": sequence + 1 })),
        &forged(json!({ "n": -1, "p": 0 })),
    ] {
        let refused = app.post(&format!("{path}/cursors"), json!({ "cursor": given })).await;
        assert_eq!(refused.violations(), ["/cursor"], "{given}");
        let refused = app.get(&format!("{path}/events?cursor={given}")).await;
        assert_eq!(refused.violations(), ["?cursor"], "{given}");
    }
    for (query, place) in [("limit=0", "?limit"), ("limit=501", "?limit"), ("waitSeconds=21", "?waitSeconds")]
    {
        assert_eq!(app.get(&format!("{path}/events?{query}")).await.violations(), [place]);
    }
    let bad = json!({ "name": "x", "events": ["message.eaten"] });
    assert_eq!(app.post(SUBSCRIPTIONS, bad).await.violations(), ["/events/0"]);
}

#[tokio::test]
async fn a_subscription_is_its_lenders_and_each_role_does_its_part() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let events = format!("{path}/events");
    let cursor = read(&app, &path, "").await["cursor"].clone();
    let content = json!({ "name": "Mine", "events": ["LOAN_APPROVAL"] });

    let other = app.seen_by(Some("other-admin"));
    other.get(&path).await.problem(404, "not-found");
    other.get(&events).await.problem(404, "not-found");
    other.post(&format!("{path}/cursors"), json!({ "cursor": cursor })).await.problem(404, "not-found");
    other.delete(&path).await.problem(404, "not-found");
    assert_eq!(other.get(SUBSCRIPTIONS).await.expect(200)["data"], json!([]));

    let viewer = app.seen_by(Some("demo-viewer"));
    viewer.get(SUBSCRIPTIONS).await.expect(200);
    viewer.get(&path).await.expect(200);
    viewer.get(&events).await.problem(403, "forbidden");
    let officer = app.seen_by(Some("demo-loan-officer"));
    officer.get(&events).await.expect(200);
    officer.post(&format!("{path}/cursors"), json!({ "cursor": cursor })).await.expect(200);
    officer.post(SUBSCRIPTIONS, content).await.problem(403, "forbidden");
    officer.delete(&path).await.problem(403, "forbidden");
}

/// Where nothing happened at a lender's for a month, the log goes on further up, at one place for all who write.
#[tokio::test]
async fn numbers_never_begin_anew_below_what_was_read() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    approve(&app.system.another_process().unwrap(), &["one", "two"]).await;
    let before = read(&app, &path, "?limit=1").await;
    assert_eq!(names(&before), ["one"]);
    commit(&app, &path, cursor(&before)).await;

    // Pages that are there may go at any moment from now on.
    app.advance(29 * 24 * 3_600 + 60).await;
    let processes: Vec<App> = (0..4).map(|_| app.system.another_process().unwrap()).collect();
    let approved = processes.iter().zip(["a", "b", "c", "d"]).map(async |(process, name)| {
        approve(process, &[name]).await;
    });
    futures::future::join_all(approved).await;
    let after = read(&app, &path, "").await;
    let mut found = names(&after);
    assert_eq!(found.remove(0), "two");
    found.sort_unstable();
    assert_eq!(found, ["a", "b", "c", "d"]);
    let sequence = |event: &Value| event["sequence"].as_u64().unwrap();
    let all: Vec<u64> = after["events"].as_array().unwrap().iter().map(sequence).collect();
    let then = (app.system.app().now() - jiff::SignedDuration::from_hours(1)).as_microsecond().unsigned_abs();
    assert!(all[1] > then && all[0] < then, "{all:?}: a new base");
    assert!(all[1..].windows(2).all(|pair| pair[0] + 1 == pair[1]), "{all:?}: one for all");

    // Where all of it is gone, the place of a reader that waited still is one.
    commit(&app, &path, cursor(&after)).await;
    app.advance(29 * 24 * 3_600 + 60).await;
    approve(&app.system.another_process().unwrap(), &["late"]).await;
    assert_eq!(names(&read(&app, &path, "").await), ["late"]);
}

#[tokio::test]
async fn a_message_of_the_stream_is_sent_when_it_is_first_read() {
    let app = TestApp::start().await;
    let path = subscribe(&app).await;
    let own = app.system.app();
    let outline = Outline {
        id: own.new_id(),
        tenant: demo(),
        person_id: None,
        channel: Channel::EventStream,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: "1-0-0".into(),
    };
    let message = Interaction::begin(outline, Origin::Sent, own.now());
    own.store.accept_unbound(&message, Beside::default()).await.unwrap();
    let process = app.system.another_process().unwrap();
    let sink = Sink::Log(message.id.clone());
    let news = News { sink, ..approval(&process, "approved-7", json!({ "amount": 1200 })) };
    tell(&process, &demo(), &[news]).await.unwrap();
    let stands = async || own.store.interaction(&demo(), &message.id).await.unwrap();
    assert_eq!(stands().await.state.status, None);
    for _ in 0..2 {
        let answer = read(&app, &path, "").await;
        assert_eq!(names(&answer), ["approved-7"]);
        assert_eq!(answer["events"][0]["encodedKey"], json!(message.id));
        let sent = stands().await;
        assert_eq!((sent.state.status, sent.revision), (Some(InteractionStatus::Succeeded), 2));
    }
    app.call(Method::DELETE, &path).await.expect(204);
}
