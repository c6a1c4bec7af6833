//! Requests and the callers they prove.

mod key_server;
mod key_sets;
mod signing;
mod tokens;

use std::collections::HashMap;

use domain::tenant::Verification;
use lambda_http::http::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use self::{key_server::KeyServer, signing::UnsignedToken};
use super::*;
use crate::outbound::Outbound;

const NOW: &str = "2025-11-21T12:00:00Z";
const SECRET: &str = "a shared secret of at least 32 bytes";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn key_sets() -> KeySets {
    KeySets::new(Outbound::new())
}

/// What a store would know, in memory.
#[derive(Default)]
struct Known {
    grants: HashMap<KeyHash, Grant>,
    issuers: HashMap<String, (TenantId, TokenIssuer)>,
    secrets: HashMap<String, String>,
    sessions: HashMap<KeyHash, Session>,
}

impl Known {
    fn with_key(mut self, key: &str, tenant: &str, role: Role, revoked: bool) -> Self {
        let id = Id::external(tenant, key);
        let grant = Grant { id, tenant: tenant.parse().unwrap(), role, agent: false, revoked };
        self.grants.insert(api_key::hash_key(key), grant);
        self
    }

    /// Tenant `acme` trusts `name`; audience and claim are those of [`Draft`].
    fn trusting(mut self, name: &str, verification: Verification) -> Self {
        let issuer = TokenIssuer {
            issuer: name.into(),
            audience: "postrider".into(),
            verification,
            role_claim: "role".into(),
        };
        self.issuers.insert(name.into(), ("acme".parse().unwrap(), issuer));
        self
    }

    fn with_secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.into(), value.into());
        self
    }

    fn sharing_a_secret() -> Self {
        Self::default()
            .trusting(signing::ISSUER, Verification::SharedSecret("jwt".into()))
            .with_secret("jwt", SECRET)
    }

    fn trusting_keys_of(server: &KeyServer) -> Self {
        Self::default().trusting(signing::ISSUER, Verification::Jwks(server.url.clone()))
    }
}

#[async_trait]
impl Credentials for Known {
    async fn grant(&self, hash: &KeyHash) -> Result<Option<Grant>, Error> {
        Ok(self.grants.get(hash).cloned())
    }

    async fn session(&self, ticket: &Ticket) -> Result<(Option<Session>, Option<Standing>), Error> {
        let standing = match ticket.voucher() {
            Voucher::Key(hash) => self.grants.get(hash).cloned().map(Standing::Granted),
            Voucher::Issuer(name) => self.issuers.get(name).map(|(of, _)| Standing::Trusted(of.clone())),
        };
        Ok((self.sessions.get(&ticket.digest()).cloned(), standing))
    }

    async fn issuer(&self, issuer: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error> {
        Ok(self.issuers.get(issuer).cloned())
    }

    async fn secret(&self, name: &str) -> Result<String, Error> {
        self.secrets.get(name).cloned().ok_or_else(|| Error::Internal(format!("no secret {name}").into()))
    }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

async fn call(known: &Known, lines: &[(&'static str, &str)]) -> Result<Caller, Refusal> {
    authenticate(&headers(lines), now(), known, &key_sets()).await
}

fn acme_with_keys() -> Known {
    Known::sharing_a_secret()
        .with_key("demo-viewer", "acme", Role::Viewer, false)
        .with_key("demo-admin", "acme", Role::Admin, false)
        .with_key("old-admin", "acme", Role::Admin, true)
        .with_key("other-admin", "other", Role::Admin, false)
}

#[tokio::test]
async fn an_api_key_opens_its_tenant_with_its_role() {
    let known = acme_with_keys();
    for (key, tenant, role) in [
        ("demo-viewer", "acme", Role::Viewer),
        ("demo-admin", "acme", Role::Admin),
        ("other-admin", "other", Role::Admin),
    ] {
        let caller = call(&known, &[("x-api-key", key)]).await.unwrap();
        assert_eq!((caller.tenant.as_str(), caller.role), (tenant, role), "{key}");
        assert!(
            caller.subject.starts_with("AK-"),
            "the subject is the key's id, not the key: {}",
            caller.subject
        );
    }
}

#[tokio::test]
async fn a_token_opens_the_tenant_that_trusts_its_issuer() {
    let token = UnsignedToken::default().signed_with_secret(SECRET);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller =
            call(&acme_with_keys(), &[("authorization", &format!("{scheme} {token}"))]).await.unwrap();
        let expected = Caller {
            tenant: "acme".parse().unwrap(),
            role: Role::LoanOfficer,
            agent: false,
            subject: "jane@acme.example".into(),
        };
        assert_eq!(caller, expected);
    }
}

#[tokio::test]
async fn the_word_agent_beside_a_role_marks_an_agents_token() {
    for (roles, agent) in [
        (json!("loan_officer"), false),
        (json!("agent loan_officer"), true),
        (json!(["viewer", "agent"]), true),
    ] {
        let token = UnsignedToken::default().with("role", roles).signed_with_secret(SECRET);
        let caller = call(&acme_with_keys(), &[("authorization", &format!("Bearer {token}"))]).await.unwrap();
        assert_eq!(caller.agent, agent);
    }
    let token = UnsignedToken::default().with("role", json!("agent")).signed_with_secret(SECRET);
    let refused = call(&acme_with_keys(), &[("authorization", &format!("Bearer {token}"))]).await;
    assert!(matches!(refused, Err(Refusal::NoRole(_))), "the mark is no role");
}

#[tokio::test]
async fn anything_but_one_good_credential_is_refused() {
    let bearer = format!("Bearer {}", UnsignedToken::default().signed_with_secret(SECRET));
    let long = format!("Bearer {}", "x".repeat(9000));
    let requests: &[(&[(&'static str, &str)], &str)] = &[
        (&[], "no credential"),
        (&[("cookie", "key=demo-admin")], "no credential"),
        (&[("x-api-key", "demo-admin"), ("authorization", &bearer)], "more than one credential"),
        (&[("x-api-key", ""), ("authorization", &bearer)], "more than one credential"),
        (&[("x-api-key", "demo-admin"), ("x-api-key", "demo-admin")], "more than one credential"),
        (&[("authorization", &bearer), ("authorization", &bearer)], "more than one credential"),
        (&[("x-api-key", "")], "malformed credential: empty API key"),
        (&[("x-api-key", "d\u{e9}mo-admin")], "malformed credential: header is not ASCII"),
        (&[("x-api-key", "demo-adminn")], "unknown API key"),
        (&[("x-api-key", "DEMO-ADMIN")], "unknown API key"),
        (&[("x-api-key", &bearer)], "unknown API key"),
        (&[("authorization", "")], "malformed credential: the Authorization header has no bearer token"),
        (
            &[("authorization", "Bearer")],
            "malformed credential: the Authorization header has no bearer token",
        ),
        (
            &[("authorization", "Basic amFuZTpzZWNyZXQ=")],
            "malformed credential: the Authorization header has no",
        ),
        (
            &[("authorization", &bearer[7..])],
            "malformed credential: the Authorization header has no bearer token",
        ),
        (&[("authorization", "Bearer demo-admin")], "token refused: InvalidToken"),
        (&[("authorization", &long)], "malformed credential: token too long"),
    ];
    for (lines, reason) in requests {
        let refusal = call(&acme_with_keys(), lines).await.unwrap_err();
        assert!(refusal.to_string().starts_with(reason), "{lines:?}: {refusal}");
        assert!(matches!(Error::from(refusal), Error::Unauthenticated), "{lines:?}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_named_by_its_id_in_the_log() {
    let refusal = call(&acme_with_keys(), &[("x-api-key", "old-admin")]).await.unwrap_err();
    let log = refusal.to_string();
    assert!(log.starts_with("API key AK-") && log.ends_with("is revoked"), "{log}");
    assert!(!log.contains("old-admin"), "{log}");
    assert!(matches!(Error::from(refusal), Error::Unauthenticated));
}

#[tokio::test]
async fn a_store_that_is_away_is_no_bad_credential() {
    struct Away;
    #[async_trait]
    impl Credentials for Away {
        async fn grant(&self, _: &KeyHash) -> Result<Option<Grant>, Error> {
            Err(Error::Unavailable("throttled".into()))
        }
        async fn session(&self, _: &Ticket) -> Result<(Option<Session>, Option<Standing>), Error> {
            Err(Error::Unavailable("throttled".into()))
        }
        async fn issuer(&self, _: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error> {
            Err(Error::Unavailable("throttled".into()))
        }
        async fn secret(&self, _: &str) -> Result<String, Error> {
            Err(Error::Unavailable("throttled".into()))
        }
    }
    let bearer = format!("Bearer {}", UnsignedToken::default().signed_with_secret(SECRET));
    for line in [("x-api-key", "demo-admin"), ("authorization", bearer.as_str())] {
        let refusal = authenticate(&headers(&[line]), now(), &Away, &key_sets()).await.unwrap_err();
        assert!(matches!(Error::from(refusal), Error::Unavailable(_)));
    }
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_its_key() {
    let now = now();
    let mut known = acme_with_keys();
    let proof = prove("demo-viewer", now, &known, &key_sets()).await.unwrap();
    let key = api_key::hash_key("demo-viewer");
    assert_eq!(proof.voucher, Voucher::Key(key.clone()));
    let ticket = Ticket::new([1; 32], proof.voucher.clone());
    known.sessions.insert(ticket.digest(), Session::begin(&proof, now));
    let cookie = pair(&ticket);
    let at = |seconds: i64| now + jiff::SignedDuration::from_secs(seconds);
    let lines: &[(&'static str, &str)] = &[("cookie", &cookie)];
    let caller = session::verify(&headers(lines), at(8 * 3600 - 1), &known).await.unwrap();
    assert_eq!(caller, proof.caller);
    let late = session::verify(&headers(lines), at(8 * 3600), &known).await;
    assert!(matches!(late, Err(Refusal::Over)));

    // The same token, as if it had been begun with another key, or with a token.
    for voucher in [Voucher::Issuer(signing::ISSUER.into()), Voucher::Key(api_key::hash_key("demo-admin"))] {
        let other = pair(&Ticket::new([1; 32], voucher));
        let refused = session::verify(&headers(&[("cookie", &other)]), now, &known).await;
        assert!(matches!(refused, Err(Refusal::UnknownSession)));
    }
    known.grants.get_mut(&key).unwrap().revoked = true;
    let refused = session::verify(&headers(lines), now, &known).await;
    assert!(matches!(refused, Err(Refusal::RevokedKey(_))));
    known.grants.clear();
    let refused = session::verify(&headers(lines), now, &known).await;
    assert!(matches!(refused, Err(Refusal::UnknownKey)));
    known.sessions.clear();
    let refused = session::verify(&headers(lines), now, &known).await;
    assert!(matches!(refused, Err(Refusal::UnknownSession)));
}

#[tokio::test]
async fn a_session_ends_with_the_trust_in_its_issuer() {
    let mut known = Known::sharing_a_secret();
    let token = UnsignedToken::default().signed_with_secret(SECRET);
    let proof = prove(&token, now(), &known, &key_sets()).await.unwrap();
    let ticket = Ticket::new([1; 32], proof.voucher.clone());
    known.sessions.insert(ticket.digest(), Session::begin(&proof, now()));
    let cookie = pair(&ticket);
    let lines: &[(&'static str, &str)] = &[("cookie", &cookie)];
    assert_eq!(session::verify(&headers(lines), now(), &known).await.unwrap(), proof.caller);

    // The same token, as if it had been begun with that of another issuer, or with a key.
    known = known.trusting("https://other.example", Verification::SharedSecret("jwt".into()));
    known = known.with_key("demo-admin", "acme", Role::Admin, false);
    for voucher in
        [Voucher::Issuer("https://other.example".into()), Voucher::Key(api_key::hash_key("demo-admin"))]
    {
        let other = pair(&Ticket::new([1; 32], voucher));
        let refused = session::verify(&headers(&[("cookie", &other)]), now(), &known).await;
        assert!(matches!(refused, Err(Refusal::UnknownSession)));
    }
    // It speaks for another tenant by now; and for nobody.
    known.issuers.get_mut(signing::ISSUER).unwrap().0 = "other".parse().unwrap();
    let refused = session::verify(&headers(lines), now(), &known).await;
    assert!(matches!(refused, Err(Refusal::UnknownIssuer(_))));
    known.issuers.clear();
    let refused = session::verify(&headers(lines), now(), &known).await;
    assert!(matches!(refused, Err(Refusal::UnknownIssuer(name)) if name == signing::ISSUER));
}

/// The cookie that a browser sends.
fn pair(ticket: &Ticket) -> String {
    ticket.cookie(session::LASTS).split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_does_not_outlive_the_token_it_was_begun_with() {
    let known = Known::sharing_a_secret();
    let token = UnsignedToken::default().signed_with_secret(SECRET);
    for typed in [token.clone(), format!("  Bearer {token} ")] {
        let proof = prove(&typed, now(), &known, &key_sets()).await.unwrap();
        assert_eq!(proof.caller.subject, "jane@acme.example");
        assert_eq!(proof.voucher, Voucher::Issuer(signing::ISSUER.into()));
        let session = Session::begin(&proof, now());
        assert_eq!(session.ends_at, proof.ends_at.unwrap().min(now() + session::LASTS));
        assert!(session.ends_at < now() + session::LASTS, "tokens of the tests end within the hour");
    }
    for typed in ["", " ", "eyJ.x.y", "no-such-key"] {
        assert!(prove(typed, now(), &known, &key_sets()).await.is_err(), "{typed}");
    }
}

proptest! {
    #[test]
    fn whatever_stands_in_the_headers_nobody_gets_in(key in "[ -~]{0,60}", authorization in "(Bearer )?[ -~]{0,120}") {
        let known = acme_with_keys();
        prop_assume!(!known.grants.contains_key(&api_key::hash_key(&key)));
        for line in [("x-api-key", key.as_str()), ("authorization", authorization.as_str())] {
            prop_assert!(block_on(call(&known, &[line])).is_err());
        }
    }
}

/// For look-ups in memory, which never wait.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
