//! What `make run` compiles, `make test` takes over: for each crate of others both ask for the same features.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

#[test]
fn what_is_compiled_to_run_is_not_compiled_anew_to_test() {
    let run = units(&["build", "--bin", "local"]);
    let test = units(&["test", "--no-run"]);
    let anew: Vec<_> = run.difference(&test).collect();
    assert!(run.len() > 100, "{}", run.len());
    assert!(
        anew.is_empty(),
        "The tests' tools ask for other features; let infra/local/Cargo.toml ask for them, too: {anew:#?}"
    );
}

/// Every crate of others that a command of cargo's compiles: how, and with which features.
fn units(command: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(command)
        .args(["--offline", "--unit-graph", "-Zunstable-options"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let graph: Value = serde_json::from_slice(&output.stdout).expect("a graph");
    let units = graph["units"].as_array().expect("its units");
    units
        .iter()
        .filter(|unit| unit["pkg_id"].as_str().is_some_and(|id| id.starts_with("registry+")))
        .map(|unit| {
            let part = |name: &str| unit[name].to_string();
            ["pkg_id", "mode", "platform", "features"].map(part).join(" ")
                + &unit["target"]["kind"].to_string()
        })
        .collect()
}
