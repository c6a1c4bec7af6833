//! Letters printed in a process of their own, as functions print them. One that takes too long leaves nothing behind: no
//! process, no thread, no memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    time::{Duration, Instant},
};

use domain::letter::Sheet;
use letters::Unprinted;
use rendering::{
    limits::confined,
    program::{Program, Settings, Undefined},
};
use serde_json::json;

const BUILT_IN: &str = include_str!("../../rendering/src/builtin/letter.html");
const STATEMENT: &str = include_str!("printing/cases/statement.html");

fn main() {
    letters::attend();
    let sheet = Sheet::default();
    for (name, html) in [
        ("a paragraph", "<p>Dear Pat".to_owned()),
        ("a running foot", "<style>@page{@bottom-center{content:'foot'}}</style><p>Dear Pat".to_owned()),
        ("a statement", STATEMENT.to_owned()),
        ("the built-in letter", built_in()),
    ] {
        let pdf = letters::print(&html, &sheet).unwrap_or_else(|unprinted| panic!("{name}: {unprinted}"));
        assert!(letters::page_count(&pdf).unwrap() >= 1, "{name}");
    }
    println!("letters are printed whatever the engine tells its terminal ... ok");
    match letters::print("<img src=a.png>", &sheet) {
        Err(Unprinted::Refused(refusal)) => {
            assert!(refusal.0.starts_with("the image “a.png” cannot be printed"), "{refusal}");
        }
        other => panic!("{other:?}"),
    }
    let threads = count("/proc/self/task");
    let long = "lorem ipsum dolor ".repeat(5_000);
    let started = Instant::now();
    for _ in 0..3 {
        let unprinted = letters::print_within(&long, &sheet, Duration::from_millis(100)).unwrap_err();
        let Unprinted::Refused(refusal) = unprinted else { panic!("{unprinted}") };
        assert_eq!(refusal.0, "the document takes longer than 0.1 seconds to print");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "it is ended when its time is over");
    let children =
        fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id())).unwrap_or_default();
    assert_eq!(children, "", "no process is left");
    // The thread that reads the answer ends a moment after its process.
    let deadline = Instant::now() + Duration::from_secs(5);
    while count("/proc/self/task") > threads {
        assert!(Instant::now() < deadline, "a thread is left");
        std::thread::sleep(Duration::from_millis(10));
    }
    println!("what takes too long is ended ... ok");
}

fn built_in() -> String {
    let context = json!({
        "tenant": { "name": "Northfield Lending, LLC", "branding": {} },
        "borrower": { "name": "John Doe" },
        "today": "2026-11-21",
        "locale": "en-US",
    });
    let html = confined(move || {
        let sources = [("postrider/letter.html".to_owned(), BUILT_IN.to_owned())].into();
        let settings = Settings { autoescape: true, ..Settings::default() };
        let program = Program::new(sources, settings).map_err(|(_, problem)| problem)?;
        program.render("postrider/letter.html", &context, Undefined::Lenient)
    });
    html.unwrap()
}

fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}
