//! Least privilege, proven: whatever functions do in scenarios is permitted (every scenario checks that at its end), and
//! whatever they are permitted, they do in some scenario.

use std::{collections::BTreeSet, fs, path::Path};

use functions::catalog::ALL;
use platform::needs::Need;

/// What functions may do and no scenario has them do. It may only shrink: a new permission is used by a scenario, or is
/// not needed.
const UNUSED: &str = include_str!("../unused-permissions.txt");

/// After a run of everything, as `make test` does it: in a part of the scenarios, most permissions are unused.
#[test]
#[ignore = "reads the record of a whole run of the scenarios: `make test`"]
fn every_permission_is_used_but_for_the_ones_listed() {
    let path =
        std::env::var("POSTRIDER_PERMISSIONS").expect("POSTRIDER_PERMISSIONS names the record of the run");
    let record = fs::read_to_string(Path::new(&path)).expect("the record of the run");
    let used: BTreeSet<&str> = record.lines().collect();
    let listed: BTreeSet<&str> = UNUSED.lines().filter(|line| !line.starts_with('#')).collect();
    let mut unused = BTreeSet::new();
    for function in ALL {
        // Lambda itself takes messages for a function, and running templates takes no permission.
        let by_calls = |need: &Need| !matches!(need, Need::Receive(_) | Need::Render);
        unused.extend(
            function.may().into_iter().filter(by_calls).map(|need| format!("{} {need:?}", function.name)),
        );
    }
    unused.retain(|permission| !used.contains(permission.as_str()));
    let unused: BTreeSet<&str> = unused.iter().map(String::as_str).collect();
    let new: Vec<_> = unused.difference(&listed).collect();
    assert!(
        new.is_empty(),
        "no scenario uses these: leave them out of NEEDS, or write one that does {new:#?}"
    );
    let gone: Vec<_> = listed.difference(&unused).collect();
    assert!(
        gone.is_empty(),
        "remove these from tests/unused-permissions.txt: used by now, or permitted no more {gone:#?}"
    );
}
