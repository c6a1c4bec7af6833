//! Browsers: pages of other origins that call the API, and people who open it.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const APP: &str = "https://app.acme.example";
const ALLOWED: &str = "access-control-allow-origin";

async fn list(app: &TestApp, key: &'static str, origins: Value) -> Answer {
    app.seen_by(Some(key)).put("/settings", json!({ "allowedOrigins": origins })).await
}

/// What a browser asks before a page's call.
async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let url = format!("{}{path}", app.system.url());
    let request = app.anonymous(Method::OPTIONS, &url).header("origin", origin);
    answer(request.header("access-control-request-method", "PUT")).await
}

async fn call(app: &TestApp, key: &str, origin: &str) -> Answer {
    let url = format!("{}/me", app.system.url());
    answer(app.anonymous(Method::GET, &url).header("origin", origin).header("x-api-key", key)).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_page_of_an_origin_calls_the_api_once_its_lender_lists_it() {
    let app = TestApp::start().await;
    for path in ["/people/ext-john", "/api/v1/communications/send", "/settings"] {
        let asked = preflight(&app, path, APP).await;
        assert_eq!((asked.status.as_u16(), header(&asked, ALLOWED)), (204, None), "{path}");
        assert_eq!(header(&asked, "vary"), Some("Origin"));
    }
    list(&app, "demo-admin", json!([APP, "http://localhost:3000"])).await.expect(200);
    for origin in [APP, "http://localhost:3000"] {
        let asked = preflight(&app, "/people/ext-john", origin).await;
        assert_eq!((asked.status.as_u16(), header(&asked, ALLOWED)), (204, Some(origin)));
        let (methods, headers) =
            (header(&asked, "access-control-allow-methods"), header(&asked, "access-control-allow-headers"));
        assert!(["GET", "POST", "PUT", "DELETE"].iter().all(|method| methods.unwrap().contains(method)));
        let ours = ["authorization", "content-type", "idempotency-key", "if-match", "x-api-key"];
        assert!(ours.iter().all(|name| headers.unwrap().to_lowercase().contains(name)));
        assert!(header(&asked, "access-control-max-age").is_some());
        assert_eq!(header(&asked, "access-control-allow-credentials"), None);

        let called = call(&app, "demo-viewer", origin).await;
        assert_eq!((called.status.as_u16(), header(&called, ALLOWED)), (200, Some(origin)));
        let readable = header(&called, "access-control-expose-headers").unwrap();
        assert!(["ETag", "Location", "Retry-After", "X-Trace-Id"].iter().all(|name| readable.contains(name)));
    }
    // Neighbors of a listed origin are others.
    for origin in
        ["https://app.acme.example:8443", "http://app.acme.example", "https://acme.example", "null", "*", ""]
    {
        assert_eq!(header(&preflight(&app, "/settings", origin).await, ALLOWED), None, "{origin}");
        assert_eq!(header(&call(&app, "demo-viewer", origin).await, ALLOWED), None, "{origin}");
    }
}

#[tokio::test]
async fn any_list_answers_a_preflight_and_the_callers_own_the_call() {
    let app = TestApp::start().await;
    list(&app, "other-admin", json!([APP])).await.expect(200);
    assert_eq!(header(&preflight(&app, "/me", APP).await, ALLOWED), Some(APP));
    let others = call(&app, "other-admin", APP).await;
    assert_eq!((others.status.as_u16(), header(&others, ALLOWED)), (200, Some(APP)));
    let foreign = call(&app, "demo-admin", APP).await;
    assert_eq!((foreign.status.as_u16(), header(&foreign, ALLOWED)), (200, None));
    assert_eq!(header(&foreign, "vary"), Some("Origin"));
    // Why there is no caller, a page may read that anybody lists.
    let nobody = call(&app, "no-such-key", APP).await;
    assert_eq!(header(&nobody, ALLOWED), Some(APP));
    assert!(header(&nobody, "access-control-expose-headers").unwrap().contains("WWW-Authenticate"));
    nobody.problem(401, "unauthenticated");
    assert_eq!(header(&call(&app, "no-such-key", "https://elsewhere.example").await, ALLOWED), None);
}

#[tokio::test]
async fn an_origin_that_is_listed_no_longer_is_let_in_no_longer() {
    let app = TestApp::start().await;
    for key in ["demo-admin", "other-admin"] {
        list(&app, key, json!([APP])).await.expect(200);
    }
    list(&app, "demo-admin", json!([])).await.expect(200);
    assert_eq!(header(&call(&app, "demo-admin", APP).await, ALLOWED), None);
    assert_eq!(header(&preflight(&app, "/me", APP).await, ALLOWED), Some(APP), "the other still lists it");
    list(&app, "other-admin", json!([])).await.expect(200);
    assert_eq!(header(&preflight(&app, "/me", APP).await, ALLOWED), None);
}

#[tokio::test]
async fn what_is_no_origin_is_not_listed() {
    let app = TestApp::start().await;
    for wrong in [
        "*",
        "https://*.acme.example",
        "http://app.acme.example",
        "https://app.acme.example/",
        "https://app.acme.example/path",
        "https://App.acme.example",
        "https://app.acme.example:443",
        "https://user@app.acme.example",
        "https://app.acme.example?a",
        "http://localhost:80",
        "http://localhost.evil.example",
        "http://127.0.0.1:3000",
        "ftp://app.acme.example",
        "app.acme.example",
        "null",
        "",
    ] {
        let refused = list(&app, "demo-admin", json!([wrong])).await;
        let body = refused.problem(400, "invalid-request");
        assert_eq!(body["violations"][0]["pointer"], "/allowedOrigins", "{wrong}");
        assert!(body["violations"][0]["message"].as_str().unwrap().contains("must hold origins"), "{body:#}");
        assert!(!body.to_string().contains("user"), "{body:#}");
    }
    let many: Vec<String> = (0..21).map(|n| format!("https://a{n}.example")).collect();
    assert_eq!(list(&app, "demo-admin", json!(many)).await.violations(), ["/allowedOrigins"]);
    list(&app, "demo-admin", json!(many[..20])).await.expect(200);
    list(&app, "demo-admin", json!(many[1..])).await.expect(200);
}

#[tokio::test]
async fn whoever_opens_the_api_finds_the_console_and_the_documentation() {
    let app = TestApp::start().await;
    let url = app.system.url();
    let home = answer(app.anonymous(Method::GET, &format!("{url}/?utm=x"))).await;
    assert_eq!((home.status.as_u16(), header(&home, "location")), (302, Some("/console")));
    let page = answer(app.anonymous(Method::GET, &format!("{url}/docs"))).await;
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    let html = page.expect(200);
    let html = html.as_str().unwrap();
    for shown in ["href=\"/openapi.json\"", "/people/{id}", "id=\"communications-send\"", "X-Trace-Id"] {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(!html.contains("<script"));
}

#[tokio::test]
async fn the_local_system_has_a_bearer_token_to_try() {
    let app = TestApp::start().await;
    let url = app.system.url();
    let token = answer(app.anonymous(Method::GET, &format!("{url}/_local/token"))).await.expect(200);
    assert_eq!(token, app.system.token());
    let with = |token: &str| {
        app.anonymous(Method::GET, &format!("{url}/me")).header("authorization", format!("Bearer {token}"))
    };
    let me = answer(with(token.as_str().unwrap())).await.expect(200);
    let expected =
        json!({ "tenant": "demo", "role": "loan_officer", "agent": false, "subject": "demo-user" });
    assert_eq!(me, expected);
    let mut forged = token.as_str().unwrap().to_owned();
    forged.pop();
    answer(with(&forged)).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn whoever_runs_the_installation_lists_origins_too() {
    let app = TestApp::start().await;
    let tenant = app.system.app().store.tenant(&"demo".parse().unwrap()).await.unwrap();
    for (origins, allowed) in [(json!([APP]), Some(APP)), (json!([]), None)] {
        let wanted = json!({
            "id": "demo", "name": tenant.name, "senders": tenant.senders, "issuers": tenant.issuers,
            "settings": { "allowedOrigins": origins },
        });
        app.post("/_local/functions/tenants-provision", wanted).await.expect(200);
        assert_eq!(header(&call(&app, "demo-admin", APP).await, ALLOWED), allowed);
    }
}
