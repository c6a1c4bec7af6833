//! `make cold`: how fast functions start and answer, as Lambda runs them: the release programs, each a process of its own that
//! asks a Runtime API for work. AWS is the emulator's answers, remembered ([`canned`]), so that what is measured is ours.
//!
//! The rounds of all programs are interleaved, so that a change of the machine's speed befalls all of them alike. What is not
//! here: the sandbox's own start, TLS to AWS, a fraction of a processor.

mod canned;
mod events;
mod http;
mod process;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use functions::catalog::ALL;
use local::Options;
use postrider_tests::TestApp;
use serde_json::{Value, json};

use crate::{
    canned::Canned,
    events::Caller,
    process::{PREFIX, Process},
};

/// Starts of each program.
const ROUNDS: usize = 20;
/// Further requests to each start.
const WARM: usize = 50;

/// What is started, what it is asked, and how long its start and first answer may take, as a part of Python's.
struct Case {
    name: &'static str,
    program: Vec<PathBuf>,
    event: Value,
    budget: Option<f64>,
}

/// Milliseconds, but for the last.
#[derive(Default)]
struct Times {
    init: Vec<f64>,
    first: Vec<f64>,
    warm: Vec<f64>,
    megabytes: Vec<f64>,
}

#[tokio::main]
async fn main() {
    let options = Options::for_test().await.expect("an emulator");
    let aws = options.aws.clone();
    let app = TestApp::over(options).await;
    let template = reminder(&app).await;
    let canned = Canned::start(&aws.endpoint);
    let environment = environment(&app, &aws.account, &canned);
    let cases = tokio::task::spawn_blocking({
        let environment = environment.clone();
        let webhooks = app.system.app().config.public_webhook_url.clone();
        move || cases(&environment, &template, &webhooks, &canned)
    });
    let cases = cases.await.expect("cases");
    let times =
        tokio::task::spawn_blocking(move || measure(&cases, &environment).map(|times| (cases, times)));
    match times.await.expect("measured") {
        Ok((cases, times)) => print(&cases, &times),
        Err(error) => panic!("{error}"),
    }
}

/// A template of the size of a usual mail.
async fn reminder(app: &TestApp) -> String {
    let body = json!({
        "name": "reminder", "template_type": "cold_start", "channel": "email", "language": "en",
        "subject": "Your payment of {{ amount }} is due",
        "body": include_str!("../../../../shared/rendering/examples/render_bench/reminder.html"),
    });
    let created = app.post("/api/v1/communication-templates", body).await.expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

/// What `template.yaml` and Lambda put into the environment.
fn environment(app: &TestApp, account: &str, canned: &Canned) -> Vec<(String, String)> {
    let config = &app.system.app().config;
    let mut all: BTreeMap<String, String> =
        config.queues.iter().map(|(queue, url)| (queue.variable(), url.clone())).collect();
    for (name, value) in [
        ("TABLE", config.table.as_str()),
        ("BUCKET", &config.bucket),
        ("ASIDE_QUEUE_URL", &config.aside_queue),
        ("FUNCTION_PREFIX", PREFIX),
        ("BUS", &config.bus),
        ("PUBLIC_WEBHOOK_URL", &config.public_webhook_url),
        ("PUBLIC_URL", config.public_url.as_deref().unwrap_or_default()),
        ("SECRET_PREFIX", &config.secret_prefix),
        ("SES_MAX_PER_SECOND", "0"),
        ("AWS_ENDPOINT_URL", canned.url()),
        ("AWS_REGION", local::aws::REGION),
        ("AWS_DEFAULT_REGION", local::aws::REGION),
        ("AWS_ACCESS_KEY_ID", account),
        ("AWS_SECRET_ACCESS_KEY", local::aws::SECRET),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    all.into_iter().collect()
}

/// What is measured. What one function hands to the next is taken from the one's answer: the caller from the authorizer's, the
/// queue's message from the sender's.
fn cases(environment: &[(String, String)], template: &str, webhooks: &str, canned: &Canned) -> Vec<Case> {
    let folder = std::env::current_exe().expect("a path");
    let folder = folder.parent().expect("a folder");
    let program = |name: &str| {
        let function = ALL.iter().find(|function| function.name == name).expect(name);
        let program = folder.join(function.program);
        assert!(program.exists(), "{} is missing: run `make cold`, which builds it", program.display());
        vec![program]
    };
    let once = |name: &str, event: &Value| {
        let mut process = Process::start(&program(name), name, environment).expect("it starts");
        process.ask(event).expect("it answers").0
    };
    let authorize = events::authorize();
    let caller = Caller::of(&once("authorizer", &authorize));
    let send = events::send(template, &caller);
    let sent = once("communications-send", &send);
    assert_eq!(sent["statusCode"], 202, "{sent}");
    let queued = canned.enqueued().unwrap_or_else(|| panic!("nothing was enqueued: {sent}"));
    let ours = [
        ("healthz-get", events::healthz(), None),
        ("authorizer", authorize, Some(80.0)),
        ("communications-send", send, Some(60.0)),
        ("dispatch-email", events::delivery(&queued), Some(65.0)),
        ("webhooks-delivery-status", events::report(webhooks), Some(80.0)),
    ];
    let mut all: Vec<Case> = ours
        .into_iter()
        .map(|(name, event, budget)| Case { name, program: program(name), event, budget })
        .collect();
    all.extend(python());
    all
}

/// The same work as sending, the least of it, as it is often written: boto3 and Jinja2. Nothing where they are not installed.
fn python() -> Option<Case> {
    let python = Path::new(&std::env::var("POSTRIDER_VENV").ok()?).join("bin/python");
    let has = std::process::Command::new(&python).args(["-c", "import boto3, jinja2"]).status().ok()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/cold/app.py");
    let event = json!({ "table": "none" });
    has.success().then(|| Case { name: PYTHON, program: vec![python, script], event, budget: None })
}

const PYTHON: &str = "Python, boto3 and Jinja2";

fn measure(cases: &[Case], environment: &[(String, String)]) -> Result<Vec<Times>, String> {
    let mut all: Vec<Times> = cases.iter().map(|_| Times::default()).collect();
    for _ in 0..ROUNDS {
        for (case, times) in cases.iter().zip(&mut all) {
            let about = |error: String| format!("{}: {error}", case.name);
            let mut process = Process::start(&case.program, case.name, environment).map_err(about)?;
            times.init.push(process.init());
            let (answer, took) = process.ask(&case.event).map_err(about)?;
            events::expect_success(&answer).map_err(about)?;
            times.first.push(took);
            for _ in 0..WARM {
                times.warm.push(process.ask(&case.event).map_err(about)?.1);
            }
            times.megabytes.push(process.most_memory());
        }
    }
    Ok(all)
}

fn print(cases: &[Case], all: &[Times]) {
    let cold = |times: &Times| median(&times.init) + median(&times.first);
    let of = |name: &str| cases.iter().position(|case| case.name == name).map(|at| cold(&all[at]));
    let (python, least) = (of(PYTHON), of("healthz-get").unwrap_or(f64::NAN));
    println!("Start to first answer, medians of {ROUNDS}, in ms; memory and size in MB\n");
    println!(
        "{:<26}{:>7}{:>7}{:>7}{:>9}{:>8}{:>7}{:>11}{:>11}",
        "", "init", "first", "cold", "warm p50", "memory", "size", "of healthz", "Python/it"
    );
    for (case, times) in cases.iter().zip(all) {
        let size = std::fs::metadata(&case.program[0]).map_or(f64::NAN, |file| megabytes(file.len()));
        let ratio = python.map(|python| python / cold(times));
        let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.0}"));
        let is_slow = python.zip(case.budget).is_some_and(|(python, budget)| python / cold(times) < budget);
        println!(
            "{:<26}{:>7.2}{:>7.2}{:>7.2}{:>9.3}{:>8.1}{:>7.1}{:>11.1}{:>11}{}",
            case.name,
            median(&times.init),
            median(&times.first),
            cold(times),
            median(&times.warm),
            median(&times.megabytes),
            size,
            cold(times) / least,
            ratio,
            case.budget
                .filter(|_| is_slow)
                .map_or_else(String::new, |budget| format!("   SLOW: less than {budget}"))
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
