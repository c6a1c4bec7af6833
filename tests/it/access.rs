//! Who may do what: 401, 403, 404, for every route of the catalogue.

use domain::vocabulary::Role;
use functions::catalog::{self, Api, Function, Trigger};
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::json;

fn path_of(template: &str) -> String {
    let names = [("{id}", "ext-john"), ("{subject}", "statement")];
    let path = names.into_iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value));
    let parts = path.split('/').map(|part| if part.starts_with('{') { "ext-x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// All but webhooks, whose callers sign what they say.
fn routes() -> impl Iterator<Item = (&'static Function, &'static Api)> {
    catalog::routes().filter(|(function, _)| !matches!(function.trigger, Trigger::Webhook(_)))
}

#[tokio::test]
async fn every_route_with_a_role_refuses_callers_without_a_credential() {
    let app = TestApp::start().await;
    for (_, api) in routes() {
        let nobody = app.seen_by(None).call(api.method.clone(), &path_of(api.path), None).await;
        match api.role {
            // Whoever sends a form of the console sees again what they typed, and whoever opens a page is led to where one signs in.
            Some(_)
                if !api.is_published && *api.method == Method::POST && !api.path.ends_with("/sign-out") =>
            {
                let challenge = nobody.headers["www-authenticate"].to_str().unwrap();
                assert!(nobody.status == 401 && challenge.starts_with("Cookie realm="), "{}", api.name);
            }
            Some(_) if !api.is_published => {
                let to = nobody.headers["location"].to_str().unwrap();
                assert!(nobody.status == 303 && to.starts_with("/console/sign-in?to="), "{}: {to}", api.name);
            }
            Some(_) => {
                let challenges = nobody.headers["www-authenticate"].to_str().unwrap().to_owned();
                assert!(challenges.starts_with("Bearer realm=") && challenges.contains(", ApiKey realm="));
                drop(nobody.problem(401, "unauthenticated"));
            }
            // Who opens a page of a borrower's has a link, which this one is not.
            None if api.path.starts_with("/u/") => {
                assert!(nobody.status.is_client_error(), "{}", api.name)
            }
            None if api.is_preflight() || ["/", "/console"].contains(&api.path) => {}
            // Nobody signs in with nothing.
            None if !api.is_published && *api.method == Method::POST => assert_eq!(nobody.status, 400),
            None => assert_eq!(nobody.status, 200, "{}", api.name),
        }
    }
}

/// A misspelt filter must not widen a list, nor a misspelt condition be no condition.
#[tokio::test]
async fn every_route_refuses_query_parameters_it_does_not_know() {
    let app = TestApp::start().await;
    for (_, api) in routes() {
        if api.query.is_none() {
            // A page: others add to its address what they like.
            continue;
        }
        let path = format!("{}?limti=1&trace=x", path_of(api.path));
        let refused = app.call(api.method.clone(), &path).await;
        assert_eq!(refused.violations(), ["?limti", "?trace"], "{}", api.name);
    }
    let problem = app.get("/people/ext-john?fields=firstName").await.problem(400, "invalid-request");
    let told = &problem["violations"][0]["message"];
    assert_eq!(told, "is not a known parameter; it must be left out, as this route has none");
    let problem = app.get("/people/ext-john/statements?page=2").await.problem(400, "invalid-request");
    let told = &problem["violations"][0]["message"];
    assert_eq!(told, "is not a known parameter; a parameter must be one of limit, cursor");
}

#[tokio::test]
async fn every_route_refuses_roles_below_its_own() {
    let app = TestApp::start().await;
    for (_, api) in routes() {
        for (key, role) in [("demo-viewer", Role::Viewer), ("demo-loan-officer", Role::LoanOfficer)] {
            // A key is no credential of the console, whose scenarios ask the same with a session.
            if api.is_published && api.role.is_some_and(|needed| role < needed) {
                let caller = app.seen_by(Some(key));
                caller.call(api.method.clone(), &path_of(api.path), None).await.problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test]
async fn the_documents_permissions_hold() {
    // "Base permission: IsViewerOrAbove (read), IsLoanOfficerOrAbove (write)"; templates: IsAdminOrAbove to change.
    for (method, path, role) in [
        (Method::GET, "/api/v1/communication-templates", Role::Viewer),
        (Method::GET, "/api/v1/communication-templates/{id}", Role::Viewer),
        (Method::POST, "/api/v1/communication-templates", Role::Admin),
        (Method::PUT, "/api/v1/communication-templates/{id}", Role::Admin),
        (Method::DELETE, "/api/v1/communication-templates/{id}", Role::Admin),
        (Method::POST, "/api/v1/communications/send", Role::LoanOfficer),
        (Method::POST, "/api/v1/communications/send-batch", Role::LoanOfficer),
        (Method::POST, "/api/v1/communications/preview", Role::Viewer),
        (Method::POST, "/api/v1/communications/can-interact", Role::Viewer),
        (Method::GET, "/api/v1/communication-logs", Role::Viewer),
        (Method::GET, "/api/v1/communication-logs/{id}", Role::Viewer),
    ] {
        let mut found = routes().filter(|(_, api)| *api.method == method && api.path == path);
        let found = found.next().map(|(_, api)| api.role);
        assert_eq!(found, Some(Some(role)), "{method} {path}");
    }
}

#[tokio::test]
async fn another_tenants_things_do_not_exist() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let message = app.sent(&template, "ext-john").await;
    let batch = json!({ "template_id": template, "borrower_ids": ["ext-maria"] });
    let batch = app.post("/api/v1/communications/send-batch", batch).await.expect(202);
    let john = app.get("/people/ext-john").await.expect(200)["id"].as_str().unwrap().to_owned();

    let other = app.seen_by(Some("other-admin"));
    for path in [
        format!("/api/v1/communication-templates/{template}"),
        format!("/api/v1/communication-logs/{message}"),
        format!("/api/v1/communications/batches/{}", batch["batch_id"].as_str().unwrap()),
        format!("/people/{john}"),
        "/people/ext-maria".to_owned(),
    ] {
        let problem = other.get(&path).await.problem(404, "not-found");
        let id = path.rsplit('/').next().unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(id), "the id as it was written: {problem:#}");
    }
    let send = json!({ "template_id": template, "borrower_id": john });
    other.post("/api/v1/communications/send", send).await.problem(404, "not-found");
    assert_eq!(other.get("/api/v1/communication-logs").await.expect(200)["data"], json!([]));
    let list = other.get(&format!("/api/v1/communication-logs?borrower_id={john}")).await.expect(200);
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn a_cursor_of_another_tenant_opens_nothing() {
    let app = TestApp::start().await;
    for name in ["one", "two"] {
        app.template("email", name).await;
    }
    let page = app.get("/api/v1/communication-templates?limit=1").await.expect(200);
    let path =
        format!("/api/v1/communication-templates?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(app.seen_by(Some("other-admin")).get(&path).await.violations(), ["?cursor"]);
}

#[tokio::test]
async fn a_key_works_from_its_making_to_its_revocation() {
    let app = TestApp::start().await;
    let made = app.post("/api-keys", json!({ "name": "loan system", "role": "viewer" })).await.expect(201);
    let secret = made["key"].as_str().unwrap();
    let with_key = || app.request(Method::GET, "/people/ext-john").header("x-api-key", secret);
    // The demo admin's header is there too: two credentials are never guessed between.
    assert_eq!(answer(with_key()).await.status, 401);
    let client = local::standins::http_client();
    let own = || client.get(format!("{}/people/ext-john", app.system.url())).header("x-api-key", secret);
    assert_eq!(answer(own()).await.status, 200);

    let listed = app.get("/api-keys").await.expect(200).to_string();
    assert!(!listed.contains(secret));
    app.delete(&format!("/api-keys/{}", made["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(answer(own()).await.status, 401);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let app = TestApp::start().await;
    app.get("/api/v1/nothing").await.problem(404, "not-found");
    app.call(Method::PATCH, "/people/ext-john").await.problem(405, "method-not-allowed");
}
