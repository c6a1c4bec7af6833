//! Somebody in front of a browser, without the browser.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::{Method, RequestBuilder};

/// What a page may weigh over the wire.
const HEAVIEST: usize = 60 * 1024;

pub(crate) struct Visitor<'a> {
    app: &'a TestApp,
    cookie: String,
    language: &'static str,
}

impl<'a> Visitor<'a> {
    /// Signed in with a key or a token.
    pub(crate) async fn signed_in(app: &'a TestApp, credential: &str) -> Self {
        let mut visitor = Self { app, cookie: String::new(), language: "en" };
        let led = visitor.post("/console/sign-in", &[("credential", credential)]).await;
        let cookie = led.headers["set-cookie"].to_str().unwrap();
        visitor.cookie = cookie.split(';').next().unwrap().to_owned();
        visitor
    }

    /// The same, reading Spanish.
    pub(crate) fn in_spanish(self) -> Self {
        Self { language: "es", ..self }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.app.anonymous(method, &format!("{}{path}", self.app.system.url()));
        request.header("accept-language", self.language).header("cookie", &self.cookie)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// A page, which is as light as it must be, and lets nothing in.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> impl Future<Output = String> {
        let asked = self.request(Method::GET, path);
        async move { page(answer(asked).await, 200) }
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request =
            self.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        answer(request.body(body)).await
    }

    /// Sends the form of a page that has this action, with what is typed in.
    pub(crate) async fn submit(&self, path: &str, action: &str, typed: &[(&str, &str)]) -> Answer {
        self.submit_to(path, path.split('?').next().unwrap(), action, typed).await
    }

    /// Sends a form of one page to another.
    pub(crate) async fn submit_to(
        &self,
        from: &str,
        to: &str,
        action: &str,
        typed: &[(&str, &str)],
    ) -> Answer {
        let html = self.page(from).await;
        let (stamp, once) = (value_of(&html, "stamp"), value_of(&html, "once"));
        let mut fields = vec![("action", action), ("stamp", &stamp), ("once", &once)];
        fields.extend(typed);
        self.post(to, &fields).await
    }

    /// That a page takes three calls of AWS at most before its first byte, once who the lender is, is remembered.
    pub(crate) async fn takes_three_calls(&self, path: &str) {
        self.takes_calls(path, 3).await;
    }

    /// The same, for what cannot do with three.
    pub(crate) async fn takes_calls(&self, path: &str, most: u64) {
        self.page(path).await;
        self.app.delete("/_local/calls").await;
        self.page(path).await;
        let calls = self.app.get("/_local/calls").await.expect(200);
        let count: u64 = calls.as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
        assert!(count <= most, "{path}: {calls:#}");
    }
}

/// The first hidden value of this name in a page.
pub(crate) fn value_of(html: &str, name: &str) -> String {
    let rest = html.split(&format!("name=\"{name}\" value=\"")).nth(1).expect(name);
    rest.split('"').next().unwrap().to_owned()
}

#[track_caller]
pub(crate) fn location(answer: &Answer) -> &str {
    let to = answer.headers.get("location");
    to.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)).to_str().unwrap()
}

#[track_caller]
pub(crate) fn shows(html: &str, all: &[&str]) {
    for text in all {
        assert!(html.contains(text), "{text}: {html}");
    }
}

#[track_caller]
pub(crate) fn page(answer: Answer, status: u16) -> String {
    let policy = answer.headers.get("content-security-policy");
    let policy = policy.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)).to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let html = answer.expect(status).as_str().unwrap().to_owned();
    assert!(html.len() <= HEAVIEST, "{} bytes", html.len());
    assert_eq!(html.matches("<h1>").count(), 1, "{html}");
    assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
    html
}
