use functions::catalog::{self, Trigger};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn every_route_of_the_catalogue_is_served_and_asks_who_is_calling() {
    let bench = Bench::start().await;
    for (function, api) in catalog::routes() {
        // A webhook is called by a provider, who signs what it says.
        let is_open = api.role.is_none() && !matches!(function.trigger, Trigger::Webhook(_));
        let expected = if is_open { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        let path = api.path.replace(['{', '}'], "");
        let (status, answer) = bench.call(api.method.clone(), &path, "", &Value::Null).await;
        if path == "/proxy+" {
            // Asks for a path by a method, as browsers do before they call it.
            continue;
        }
        if path.starts_with("/u/") {
            // A link that we did not make asks nobody who they are, and leads nowhere.
            assert!(status.is_client_error() && status != StatusCode::UNAUTHORIZED, "{status} {answer}");
            continue;
        }
        if !api.is_published {
            // A page of the console, which leads to where one signs in, or says what is wrong with an empty form.
            assert!(
                status == expected || status.is_redirection() || status == StatusCode::BAD_REQUEST,
                "{path} {status}"
            );
            continue;
        }
        let is_answered = status == expected || (path == "/" && status.is_redirection());
        assert!(is_answered, "{} {status} {answer}", api.name);
    }
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem() {
    let bench = Bench::start().await;
    let cases = [
        (Method::GET, "/nowhere", "demo-admin", 404, "not-found"),
        (Method::GET, "/_local/nowhere", "", 404, "not-found"),
        (Method::DELETE, "/people/ext-john/loans", "demo-admin", 405, "method-not-allowed"),
        (Method::GET, "/people/ext-john", "", 401, "unauthenticated"),
        (Method::GET, "/people/ext-john", "wrong", 401, "unauthenticated"),
        (Method::PUT, "/people/ext-john", "demo-viewer", 403, "forbidden"),
        (Method::GET, "/people/ext-maria", "other-admin", 404, "not-found"),
    ];
    for (method, path, key, status, slug) in cases {
        let answer = bench.call(method, path, key, &Value::Null).await;
        assert_eq!(answer.0.as_u16(), status, "{path} {}", answer.1);
        assert!(answer.1["type"].as_str().unwrap().ends_with(slug), "{}", answer.1);
        assert!(answer.1["traceId"].as_str().unwrap().starts_with("1-"), "{}", answer.1);
    }
}

#[tokio::test]
async fn refused_method_is_told_the_allowed_ones() {
    let bench = Bench::start().await;
    let url = format!("{}/people/bulk", bench.system.url());
    let answer = http_client().delete(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.headers()["allow"].to_str().unwrap().contains("POST"), "{:?}", answer.headers());
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

/// The client is answered before it sent anything of a body that says it is too large.
#[tokio::test]
async fn too_large_body_is_refused_unread() {
    let bench = Bench::start().await;
    let address = bench.system.url().strip_prefix("http://").unwrap();
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/communications/send HTTP/1.1\r\nhost: {address}\r\nx-api-key: demo-admin\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        7 << 20
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn path_parameters_are_decoded() {
    let bench = Bench::start().await;
    let person = bench.get("/people/ext%2Djohn").await;
    assert_eq!(person["firstName"], "John");
}

#[tokio::test]
async fn given_trace_goes_through_to_the_answer() {
    let bench = Bench::start().await;
    let trace = "1-67891233-abcdef012345678912345678";
    for path in ["/healthz", "/nowhere"] {
        let request = http_client().get(format!("{}{path}", bench.system.url()));
        let answer =
            request.header("x-amzn-trace-id", format!("Root={trace};Sampled=1")).send().await.unwrap();
        let header = answer.headers().get("x-trace-id").map(|value| value.to_str().unwrap().to_owned());
        let body = answer.text().await.unwrap();
        assert!(header.as_deref() == Some(trace) || body.contains(trace), "{path} {header:?} {body}");
    }
}
