//! What the documents show is what comes of it.

use std::fs;
use std::path::Path;

use postrider_tests::{TestApp, tour};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn document(path: &str) -> String {
    fs::read_to_string(Path::new(REPOSITORY).join(path)).unwrap()
}

/// Runs a document against a system that works by itself, as `make run-fresh` does, in a folder that has `docs` in it.
async fn toured(name: &str, document: String) {
    let app = TestApp::working_by_itself().await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(Path::new(REPOSITORY).join("docs"), folder.join("docs")).unwrap();
    let url = app.system.url().to_owned();
    let tour = tokio::task::spawn_blocking(move || tour::run(&document, &folder, &url));
    tour.await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
}

#[tokio::test]
async fn the_tour_of_the_readme_answers_what_it_shows() {
    let readme = document("README.md");
    let (_, tour) = readme.split_once("\n## A five-minute tour\n").unwrap();
    let (tour, _) = tour.split_once("\n## ").unwrap();
    toured("readme", tour.to_owned()).await;
}

#[tokio::test]
async fn the_document_on_templates_answers_what_it_shows() {
    toured("templates", document("docs/templates.md")).await;
}

#[tokio::test]
async fn the_document_on_communicator_answers_what_it_shows() {
    toured("communicator", document("docs/communicator.md")).await;
}

#[tokio::test]
async fn the_document_on_auto_responses_answers_what_it_shows() {
    toured("auto-responses", document("docs/auto-responses.md")).await;
}

#[test]
fn an_answer_fits_where_only_what_is_left_out_differs() {
    for (shown, answered, fits) in [
        (r#"{ "a": 1 }"#, r#"{"a":1}"#, true),
        (r#"{ "a": 1 }"#, r#"{"a":2}"#, false),
        (r#"{ "a": 1 }"#, r#"{"a":1,"b":2}"#, false),
        (r#"{ "a": 1, … }"#, r#"{"b":2,"a":1}"#, true),
        (r#"{ … "a": { "b": 1 } … "c": 3 }"#, r#"{"x":0,"a":{"b":1},"c":3}"#, true),
        (r#"{ … "a": 1 }"#, r#"{"b":1}"#, false),
        (r#"{ "a": … }"#, r#"{"a":[1]}"#, true),
        ("[1, …, 4]", "[1,2,3,4]", true),
        ("[1, … ]", "[1]", true),
        ("[1, …, 4]", "[1,2,3]", false),
        ("[1]", "[1,2]", false),
        (r#"["a…c…e"]"#, r#"["abcde"]"#, true),
        (r#"["a…c"]"#, r#"["abcd"]"#, false),
        (r#"["say \"…\" {"]"#, r#"["say \"x\" {"]"#, true),
        (r#"["2026-01-05T15:00:00.12Z"]"#, r#"["2027-02-06T16:00:00Z"]"#, true),
        (r#"["2026-01-05T15:00:00.12Z"]"#, r#"["soon"]"#, false),
        (r#"["2026-01-05T15:00:00Z"]"#, r#"["2026-01-05T15:00:01Z"]"#, false),
        ("1\n2", "1 2", true),
        ("1\n2", "1", false),
    ] {
        assert_eq!(tour::fits(shown, answered).is_ok(), fits, "{shown} and {answered}");
    }
}
