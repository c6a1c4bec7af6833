//! Documents, and the files they hold.

use std::sync::Arc;

use domain::{
    id::{self, Id},
    tenant::TenantId,
    vocabulary::MediaType,
};
use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};

const JOHNS: &str = "/people/ext-john/documents";

/// Bytes of every value, so that nothing that takes them for text gets them through.
fn pdf(of: &str) -> Vec<u8> {
    [b"%PDF-1.7\n", of.as_bytes(), &(0..=255).collect::<Vec<u8>>()].concat()
}

async fn create(app: &TestApp, name: &str) -> String {
    let created = app.post(JOHNS, json!({ "externalId": name, "name": name })).await;
    assert_eq!(created.expect(201)["externalId"], name);
    format!("{JOHNS}/ext-{name}")
}

fn put(app: &TestApp, path: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> RequestBuilder {
    let request = app.request(Method::PUT, &format!("{path}/content"));
    request.header("content-type", media_type).body(bytes.into())
}

async fn upload(app: &TestApp, path: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    answer(put(app, path, media_type, bytes)).await
}

async fn download(app: &TestApp, path: &str) -> (HeaderMap, Vec<u8>) {
    let response = get(app, path).await;
    assert_eq!(response.status(), 200);
    (response.headers().clone(), response.bytes().await.unwrap().to_vec())
}

async fn get(app: &TestApp, path: &str) -> Response {
    app.request(Method::GET, &format!("{path}/content")).send().await.unwrap()
}

#[tokio::test]
async fn a_document_is_there_before_its_content() {
    let app = TestApp::start().await;
    let body = json!({ "externalId": "d1", "name": "Statement of December 2025", "type": "statement" });
    let created = app.post(JOHNS, body.clone()).await.expect(201);
    assert!(created["id"].as_str().unwrap().starts_with("DC-"), "{created:#}");
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(created[member], *value, "{member}");
    }
    assert_eq!(created["content"], Value::Null);
    assert_eq!(app.get(&format!("{JOHNS}/ext-d1")).await.expect(200), created);
    app.get(&format!("{JOHNS}/ext-d1/content")).await.problem(404, "not-found");
    app.post(JOHNS, body).await.problem(409, "duplicate-external-id");
}

#[tokio::test]
async fn a_file_comes_back_byte_for_byte_under_its_name() {
    let app = TestApp::start().await;
    let path = create(&app, "agreement").await;
    let text = "\u{feff}Grüße, \"John\"\r\n".as_bytes().to_vec();
    let png = [b"\x89PNG\r\n\x1a\n", &pdf("")[..]].concat();
    let jpeg = [b"\xff\xd8\xff\xe0", &pdf("")[..]].concat();
    for (media_type, bytes, answered, name) in [
        ("application/pdf", pdf("first"), "application/pdf", "agreement.pdf"),
        ("image/png", png, "image/png", "agreement.png"),
        ("image/jpeg", jpeg, "image/jpeg", "agreement.jpg"),
        ("text/plain; charset=utf-8", text.clone(), "text/plain; charset=utf-8", "agreement.txt"),
        ("text/html", text, "text/html; charset=utf-8", "agreement.html"),
    ] {
        let stored = upload(&app, &path, media_type, bytes.clone()).await.expect(200);
        assert_eq!(stored["content"]["bytes"], bytes.len(), "{media_type}");
        assert_eq!(stored["content"]["fileName"], name);
        assert_eq!(app.get(&path).await.expect(200), stored);
        let (headers, read) = download(&app, &path).await;
        assert_eq!(read, bytes, "{media_type}");
        assert_eq!(headers["content-type"], answered);
        let disposition = headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with(&format!("attachment; filename=\"{name}\"")), "{disposition}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn new_content_takes_the_place_of_the_old() {
    let app = TestApp::start().await;
    let path = create(&app, "letter").await;
    let first = upload(&app, &path, "application/pdf", pdf("first")).await.expect(200);
    let named = app.request(Method::PUT, &format!("{path}/content?fileName=Gr%C3%BC%C3%9Fe.html"));
    let second = answer(named.header("content-type", "text/html").body("<p>second</p>")).await.expect(200);
    assert_eq!((&first["revision"], &second["revision"]), (&json!(2), &json!(3)));
    assert_ne!(first["content"]["sha256"], second["content"]["sha256"]);
    let (headers, read) = download(&app, &path).await;
    assert_eq!(read, b"<p>second</p>");
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(disposition.ends_with("filename*=UTF-8''Gr%C3%BC%C3%9Fe%2Ehtml"), "{disposition}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_files_uploaded_at_the_same_time_one_stays_whole() {
    let app = TestApp::start().await;
    let path = create(&app, "race").await;
    let files: Vec<_> = (0..5).map(|n| pdf(&n.to_string())).collect();
    for told in join_all(files.iter().map(|file| upload(&app, &path, "application/pdf", file.clone()))).await
    {
        told.expect(200);
    }
    let (_, read) = download(&app, &path).await;
    assert!(files.contains(&read));
    let document = app.get(&path).await.expect(200);
    assert_eq!(document["revision"], 6);
    assert_eq!(document["content"]["bytes"], read.len());
}

#[tokio::test]
async fn content_too_large_for_an_answer_is_fetched_from_the_bucket() {
    let app = TestApp::start().await;
    let path = create(&app, "large").await;
    let inner: &Arc<platform::app::App> = app.system.app();
    let tenant: TenantId = "demo".parse().unwrap();
    let id: Id<id::Document> = app.get(&path).await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let document = inner.store.document(&tenant, &id).await.unwrap();
    let bytes = [pdf("large"), vec![7; 5_000_000]].concat();
    let name = "large.pdf".to_owned();
    platform::documents::write(inner, &tenant, &document, bytes.clone(), MediaType::Pdf, name).await.unwrap();

    let redirect = get(&app, &path).await;
    assert_eq!(redirect.status(), 302);
    assert_eq!(redirect.headers()["cache-control"], "no-store");
    let address = redirect.headers()["location"].to_str().unwrap();
    assert!(address.contains("X-Amz-Expires=60&"), "{address}");
    let fetched = local::standins::http_client().get(address).send().await.unwrap();
    assert_eq!(fetched.status(), 200);
    assert_eq!(fetched.headers()["content-type"], "application/pdf");
    let disposition = fetched.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"large.pdf\""), "{disposition}");
    assert_eq!(fetched.bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn documents_are_listed_newest_first_and_page_by_page() {
    let app = TestApp::start().await;
    for name in ["one", "two", "three"] {
        create(&app, name).await;
        app.advance(1).await;
    }
    app.post("/people/ext-maria/documents", json!({ "name": "hers" })).await.expect(201);
    let first = app.get(&format!("{JOHNS}?limit=2")).await.expect(200);
    let next = format!("{JOHNS}?limit=2&cursor={}", first["nextCursor"].as_str().unwrap());
    let second = app.get(&next).await.expect(200);
    let pages = [&first, &second].map(|page| page["data"].as_array().unwrap().clone());
    let names: Vec<_> = pages.iter().flatten().map(|document| &document["name"]).collect();
    assert_eq!(names, ["three", "two", "one"]);
    assert_eq!(second["nextCursor"], Value::Null);
    upload(&app, &format!("{JOHNS}/ext-one"), "text/plain", "later").await.expect(200);
    let again = app.get(&format!("{JOHNS}?limit=2")).await.expect(200);
    assert_eq!(again["data"], first["data"], "new content moves nothing");
}

#[tokio::test]
async fn a_document_belongs_to_one_person_of_one_lender() {
    let app = TestApp::start().await;
    let path = create(&app, "private").await;
    let kept = upload(&app, &path, "text/plain", "private").await.expect(200);
    let (john, id) = (kept["personId"].as_str().unwrap(), kept["id"].as_str().unwrap());
    let other = app.seen_by(Some("other-admin"));
    for path in
        [format!("/people/ext-maria/documents/{id}"), "/people/ext-maria/documents/ext-private".into()]
    {
        app.get(&path).await.problem(404, "not-found");
        app.get(&format!("{path}/content")).await.problem(404, "not-found");
        upload(&app, &path, "text/plain", "mine").await.problem(404, "not-found");
    }
    for path in [format!("/people/{john}/documents"), format!("/people/{john}/documents/{id}")] {
        other.get(&path).await.problem(404, "not-found");
    }
    other.get(&format!("/people/{john}/documents/{id}/content")).await.problem(404, "not-found");
    other.post(&format!("/people/{john}/documents"), json!({ "name": "x" })).await.problem(404, "not-found");
    assert_eq!(download(&app, &path).await.1, b"private");
}

#[tokio::test]
async fn loan_officers_keep_documents_and_viewers_read_them() {
    let app = TestApp::start().await;
    let (officer, viewer) = (app.seen_by(Some("demo-loan-officer")), app.seen_by(Some("demo-viewer")));
    let created = officer.post(JOHNS, json!({ "name": "scan" })).await.expect(201);
    let path = format!("{JOHNS}/{}", created["id"].as_str().unwrap());
    viewer.post(JOHNS, json!({ "name": "scan" })).await.problem(403, "forbidden");
    viewer.put(&format!("{path}/content"), json!("x")).await.problem(403, "forbidden");
    upload(&app, &path, "text/plain", "scanned").await.expect(200);
    assert_eq!(viewer.get(&format!("{path}/content")).await.expect(200), "scanned");
}

#[tokio::test]
async fn a_document_is_made_once_under_an_idempotency_key() {
    let app = TestApp::start().await;
    let create = || async {
        let request = app.request(Method::POST, JOHNS).header("idempotency-key", "k1");
        answer(request.json(&json!({ "name": "once" }))).await.expect(201)
    };
    assert_eq!(create().await, create().await);
    assert_eq!(app.get(JOHNS).await.expect(200)["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_nothing_is_stored() {
    let app = TestApp::start().await;
    for (body, expected) in [
        (json!({}), vec!["/name"]),
        (json!({ "name": "a\nb" }), vec!["/name"]),
        (json!({ "name": "x".repeat(201), "type": "" }), vec!["/name", "/type"]),
        (json!({ "name": "a", "externalId": "a b" }), vec!["/externalId"]),
        (json!({ "name": "a", "content": "x" }), vec!["/content"]),
    ] {
        assert_eq!(app.post(JOHNS, body.clone()).await.violations(), expected, "{body}");
    }
    app.post("/people/ext-nobody/documents", json!({ "name": "a" })).await.problem(404, "not-found");
    assert_eq!(app.get(JOHNS).await.expect(200)["data"], json!([]));

    let path = create(&app, "empty").await;
    for (media_type, bytes) in [
        ("application/pdf", b"<html>".to_vec()),
        ("image/png", pdf("")),
        ("text/html", vec![0xff, 0xfe]),
        ("text/plain", vec![]),
    ] {
        assert_eq!(upload(&app, &path, media_type, bytes).await.violations(), [""], "{media_type}");
    }
    for media_type in ["application/zip", "application/json", "multipart/form-data; boundary=x"] {
        upload(&app, &path, media_type, "x").await.problem(415, "unsupported-media-type");
    }
    let without_type = app.request(Method::PUT, &format!("{path}/content")).body("x");
    answer(without_type).await.problem(415, "unsupported-media-type");
    for name in ["..%2Fsecret", "%22", "", "a%0D%0Ab"] {
        let named = app.request(Method::PUT, &format!("{path}/content?fileName={name}"));
        let told = answer(named.header("content-type", "text/plain").body("x")).await;
        assert_eq!(told.violations(), ["?fileName"], "{name}");
    }
    let most = 4 * 1024 * 1024;
    upload(&app, &path, "text/plain", vec![b'x'; most + 1]).await.problem(413, "body-too-large");
    assert_eq!(app.get(&path).await.expect(200)["content"], Value::Null);
    upload(&app, &path, "text/plain", vec![b'x'; most]).await.expect(200);
    assert_eq!(download(&app, &path).await.1.len(), most);
    upload(&app, &format!("{JOHNS}/ext-none"), "text/plain", "x").await.problem(404, "not-found");
}
