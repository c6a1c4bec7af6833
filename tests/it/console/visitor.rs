//! Somebody in front of a browser, without the browser.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::{Method, RequestBuilder};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// What a page may weigh over the wire.
const HEAVIEST: usize = 60 * 1024;

pub(super) struct Visitor<'a> {
    app: &'a TestApp,
    pub(super) cookie: Option<String>,
    language: &'static str,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(app: &'a TestApp) -> Self {
        Self { app, cookie: None, language: "en" }
    }

    /// Signed in with a key or a token.
    pub(super) async fn signed_in(app: &'a TestApp, credential: &str) -> Self {
        let mut visitor = Self::new(app);
        let led = visitor.sign_in(credential, "/console/messages").await;
        assert_eq!((led.status.as_u16(), location(&led)), (303, "/console/messages"), "{:#}", led.body);
        visitor
    }

    pub(super) async fn sign_in(&mut self, credential: &str, to: &str) -> Answer {
        let led = self.post("/console/sign-in", &[("credential", credential), ("to", to)]).await;
        if let Some(cookie) = led.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for said in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age="] {
                assert!(cookie.contains(said), "{cookie}");
            }
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        led
    }

    /// The same, whose browser sends another cookie.
    pub(super) fn with_cookie(&self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..*self }
    }

    /// The same, whose browser prefers another language.
    pub(super) fn reading(&self, language: &'static str) -> Self {
        Self { cookie: self.cookie.clone(), language, ..*self }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.app.anonymous(method, &format!("{}{path}", self.app.system.url()));
        let request = request.header("accept-language", self.language);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// A page, which is as light as it must be, and lets nothing in.
    #[track_caller]
    pub(super) fn page(&self, path: &str) -> impl Future<Output = String> {
        let asked = self.request(Method::GET, path);
        async move { page(answer(asked).await, 200) }
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", FORM);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        answer(request.body(body)).await
    }

    /// Sends the form of a page that has this action, with what is typed in.
    pub(super) async fn submit(&self, path: &str, action: &str, typed: &[(&str, &str)]) -> Answer {
        self.submit_to(path, path.split('?').next().unwrap(), action, typed).await
    }

    /// Sends a form of one page to another.
    pub(super) async fn submit_to(
        &self,
        from: &str,
        to: &str,
        action: &str,
        typed: &[(&str, &str)],
    ) -> Answer {
        self.post(to, &fields(&self.form(from, action).await, typed)).await
    }

    /// What stands hidden in the form of a page that has this action.
    pub(super) async fn form(&self, path: &str, action: &str) -> Vec<(&'static str, String)> {
        let html = self.page(path).await;
        let of_action = html.split(&format!("name=\"action\" value=\"{action}\"")).nth(1).unwrap_or(&html);
        let mut hidden = vec![("action", action.to_owned())];
        hidden.extend(["stamp", "once"].map(|name| (name, value_of(&html, name))));
        let form = of_action.split("</form>").next().unwrap();
        if form.contains("name=\"etag\"") {
            hidden.push(("etag", value_of(form, "etag").replace("&quot;", "\"")));
        }
        if form.contains("name=\"was\"") {
            hidden.push(("was", value_of(form, "was").replace("&quot;", "\"")));
        }
        hidden
    }

    /// That a page takes so many calls of AWS at most before its first byte, once who the lender is, is remembered.
    pub(super) async fn takes_calls(&self, path: &str, most: u64) {
        self.get(path).await;
        self.app.delete("/_local/calls").await;
        self.get(path).await;
        let calls = self.app.get("/_local/calls").await.expect(200);
        let count: u64 = calls.as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
        assert!(count <= most, "{path}: {calls:#}");
    }
}

/// What a form sends: what is hidden in it, and what is typed in.
pub(super) fn fields<'f>(
    hidden: &'f [(&'static str, String)],
    typed: &[(&'f str, &'f str)],
) -> Vec<(&'f str, &'f str)> {
    hidden.iter().map(|(name, value)| (*name, value.as_str())).chain(typed.iter().copied()).collect()
}

/// The first hidden value of this name in a page.
pub(super) fn value_of(html: &str, name: &str) -> String {
    let rest = html.split(&format!("name=\"{name}\" value=\"")).nth(1).expect(name);
    rest.split('"').next().unwrap().to_owned()
}

#[track_caller]
pub(super) fn location(answer: &Answer) -> &str {
    let to = answer.headers.get("location");
    to.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)).to_str().unwrap()
}

/// Where an answer leads, without the seal of what was done.
#[track_caller]
pub(super) fn leads(answer: &Answer) -> &str {
    let to = location(answer);
    to.rsplit_once('.').filter(|(bare, _)| bare.contains("done=")).map_or(to, |(bare, _)| bare)
}

#[track_caller]
pub(super) fn shows(html: &str, all: &[&str]) {
    for text in all {
        assert!(html.contains(text), "{text}: {html}");
    }
}

#[track_caller]
pub(super) fn page(answer: Answer, status: u16) -> String {
    let policy = answer.headers.get("content-security-policy");
    let policy = policy.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)).to_str().unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-src 'self'; base-uri \
         'none'; frame-ancestors 'none'"
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    let html = answer.expect(status).as_str().unwrap().to_owned();
    assert!(html.len() <= HEAVIEST, "{} bytes", html.len());
    assert_eq!(html.matches("<h1").count(), 1, "{html}");
    assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
    html
}
