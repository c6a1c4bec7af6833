//! A document that takes too long leaves nothing behind: no process, no thread, no memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    time::{Duration, Instant},
};

use domain::letter::Sheet;

fn main() {
    letters::attend();
    let sheet = Sheet::default();
    assert!(letters::print("<p>Dear Pat", &sheet).unwrap().starts_with(b"%PDF"), "a letter is printed");
    assert_eq!(
        letters::print("<img src=a.png>", &sheet).unwrap_err().0.split(':').next(),
        Some("the image “a.png” cannot be printed")
    );
    let threads = count("/proc/self/task");
    let long = "lorem ipsum dolor ".repeat(5_000);
    let started = Instant::now();
    for _ in 0..3 {
        let refusal = letters::print_within(&long, &sheet, Duration::from_millis(100)).unwrap_err();
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

fn count(folder: &str) -> usize {
    fs::read_dir(folder).unwrap().count()
}
