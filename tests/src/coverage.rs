//! What the whole suite did, so that it can be asked what it never did.
//!
//! Scenarios run on many threads, and often only some of them: none can tell for all. So where `POSTRIDER_COVERAGE`
//! names a folder, each new fact becomes a line there; `make test` names one, and runs the questions of
//! `tests/coverage.rs` when all scenarios have passed. Without the variable nothing is written.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use local::watcher::Seen;

/// Statuses that functions answered with: name, status.
pub const ANSWERED: &str = "answered";
/// Permissions that functions used: name, need.
pub const PERMITTED: &str = "permitted";

/// Writes down what a scenario's system did.
pub(crate) fn note(seen: Seen) {
    match seen {
        Seen::Answered { route, status } => add(ANSWERED, &[route, &status.to_string()]),
        Seen::Permitted { function, need } => add(PERMITTED, &[function, &format!("{need:?}")]),
    }
}

/// Adds a fact of a kind, unless this process wrote it before. No field may hold a tab or a line's end.
fn add(kind: &str, fields: &[&str]) {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(folder) = folder() else { return };
    let line = format!("{}\n", fields.join("\t"));
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.insert(format!("{kind}\t{line}")) {
        fs::create_dir_all(&folder).expect("a folder for the facts");
        let file = OpenOptions::new().create(true).append(true).open(folder.join(kind));
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("a file that takes facts");
    }
}

/// Every fact of a kind that the suite wrote, as its fields.
pub fn facts(kind: &str) -> BTreeSet<Vec<String>> {
    let file = folder().expect("`make test` sets POSTRIDER_COVERAGE").join(kind);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os("POSTRIDER_COVERAGE").map(PathBuf::from)
}
