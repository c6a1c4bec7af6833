//! Which tokens are good, and what is wrong with the others.

use serde_json::json;

use super::{
    signing::{ISSUER, IssuerKey, encode},
    *,
};
use crate::auth::token::verify;

const MINUTE: i64 = 60;

fn after(seconds: i64) -> serde_json::Value {
    json!(now().as_second() + seconds)
}

async fn check(token: &str, known: &Known) -> Result<Caller, Refusal> {
    verify(token, now(), known, &key_sets()).await.map(|proof| proof.caller)
}

async fn reason(token: &str, known: &Known) -> String {
    check(token, known).await.unwrap_err().to_string()
}

#[tokio::test]
async fn tokens_signed_in_each_of_the_three_ways_are_good() {
    let (ec, rsa) = (IssuerKey::ec("ec"), IssuerKey::rsa("rsa"));
    let server = KeyServer::publishing(&[&ec, &rsa]).await;
    let published = Known::trusting_keys_of(&server);
    for (token, known) in [
        (UnsignedToken::default().signed_with_secret(SECRET), &Known::sharing_a_secret()),
        (UnsignedToken::default().signed_by(&ec), &published),
        (UnsignedToken::default().signed_by(&rsa), &published),
    ] {
        assert_eq!(check(&token, known).await.unwrap().subject, "jane@acme.example");
    }
}

#[tokio::test]
async fn claims_decide_as_rfc_7519_says() {
    let good = UnsignedToken::default;
    let tokens: [(&str, UnsignedToken, &str); 29] = [
        ("as it should be", good(), "ok"),
        ("one of several audiences", good().with("aud", json!(["crm", "postrider"])), "ok"),
        ("no nbf", good().without("nbf"), "ok"),
        (
            "times with fractions",
            good().with("exp", json!(1.7637276005e9)).with("nbf", json!(1763726400.5)),
            "ok",
        ),
        ("forever", good().with("exp", json!(u64::MAX)), "ok"),
        ("expired within the leeway", good().with("exp", after(-MINUTE + 1)), "ok"),
        ("expired", good().with("exp", after(-MINUTE)), "token expired"),
        ("expired long ago", good().with("exp", json!(0)), "token expired"),
        ("expired before 1970", good().with("exp", json!(i64::MIN)), "token expired"),
        ("no exp", good().without("exp"), "token claim exp is missing or malformed"),
        ("exp as text", good().with("exp", json!("2099-01-01")), "token claim exp is missing or malformed"),
        ("exp null", good().with("exp", json!(null)), "token claim exp is missing or malformed"),
        ("early within the leeway", good().with("nbf", after(MINUTE)), "ok"),
        ("early", good().with("nbf", after(MINUTE + 1)), "token not valid yet"),
        ("nbf as text", good().with("nbf", json!("now")), "token claim nbf is missing or malformed"),
        ("another audience", good().with("aud", json!("crm")), "token refused: InvalidAudience"),
        ("no audience among none", good().with("aud", json!([])), "token refused: InvalidAudience"),
        ("no aud", good().without("aud"), "token refused: Missing required claim: aud"),
        ("another issuer", good().with("iss", json!("https://id.evil.example/")), "unknown token issuer"),
        (
            "an issuer that looks alike",
            good().with("iss", json!("https://id.acme.example")),
            "unknown token issuer",
        ),
        ("no iss", good().without("iss"), "token refused: JSON error: missing field `iss`"),
        ("several issuers", good().with("iss", json!([ISSUER])), "token refused: JSON error: invalid type"),
        ("an empty iss", good().with("iss", json!("")), "token claim iss is missing or malformed"),
        (
            "an endless iss",
            good().with("iss", json!("x".repeat(513))),
            "token claim iss is missing or malformed",
        ),
        ("no sub", good().without("sub"), "token refused: Missing required claim: sub"),
        ("an empty sub", good().with("sub", json!("")), "token claim sub is missing or malformed"),
        (
            "an endless sub",
            good().with("sub", json!("x".repeat(256))),
            "token claim sub is missing or malformed",
        ),
        ("sub as number", good().with("sub", json!(42)), "token refused: Missing required claim: sub"),
        (
            "a line break in sub",
            good().with("sub", json!("jane\nadmin")),
            "token claim sub is missing or malformed",
        ),
    ];
    for (what, token, expected) in tokens {
        let outcome = match check(&token.signed_with_secret(SECRET), &Known::sharing_a_secret()).await {
            Ok(_) => "ok".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        assert!(outcome.starts_with(expected), "{what}: {outcome}");
    }
}

#[tokio::test]
async fn the_highest_of_our_roles_counts() {
    for (value, role) in [
        (json!("viewer"), Some(Role::Viewer)),
        (json!("openid viewer  admin"), Some(Role::Admin)),
        (json!(["viewer", "loan_officer", "underwriter"]), Some(Role::LoanOfficer)),
        (json!(["admin", 7, null]), Some(Role::Admin)),
        (json!(["viewer admin"]), None),
        (json!("Admin"), None),
        (json!("administrator"), None),
        (json!(""), None),
        (json!([]), None),
        (json!(3), None),
        (json!(true), None),
        (json!(null), None),
        (json!({"admin": true}), None),
    ] {
        let token = UnsignedToken::default().with("role", value.clone()).signed_with_secret(SECRET);
        let outcome = check(&token, &Known::sharing_a_secret()).await;
        assert_eq!(outcome.as_ref().ok().map(|caller| caller.role), role, "{value}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_user_without_a_role_is_known_but_forbidden() {
    let token = UnsignedToken::default().without("role").signed_with_secret(SECRET);
    let refusal = check(&token, &Known::sharing_a_secret()).await.unwrap_err();
    assert_eq!(refusal.to_string(), r#"token claim "role" names none of our roles"#);
    assert!(matches!(Error::from(refusal), Error::Forbidden(Role::Viewer)));
}

#[tokio::test]
async fn the_role_is_read_from_the_claim_the_issuer_uses() {
    let mut known = Known::sharing_a_secret();
    known.issuers.get_mut(ISSUER).unwrap().1.role_claim = "https://acme.example/roles".into();
    let token = UnsignedToken::default()
        .with("https://acme.example/roles", json!(["admin"]))
        .signed_with_secret(SECRET);
    assert_eq!(check(&token, &known).await.unwrap().role, Role::Admin);
}

#[tokio::test]
async fn an_issuer_opens_only_the_tenant_that_trusts_it() {
    let mut known = Known::sharing_a_secret();
    let (_, mut issuer) = known.issuers[ISSUER].clone();
    issuer.issuer = "https://id.other.example/".into();
    issuer.verification = Verification::SharedSecret("other".into());
    known.issuers.insert(issuer.issuer.clone(), ("other".parse().unwrap(), issuer));
    let known = known.with_secret("other", "another secret of more than 32 bytes");

    let foreign = UnsignedToken::default()
        .with("iss", json!("https://id.other.example/"))
        .with("tenant", json!("acme"));
    let own = foreign.clone().signed_with_secret("another secret of more than 32 bytes");
    assert_eq!(check(&own, &known).await.unwrap().tenant.as_str(), "other");
    assert_eq!(reason(&foreign.signed_with_secret(SECRET), &known).await, "token refused: InvalidSignature");
}

#[tokio::test]
async fn the_issuer_decides_how_a_signature_is_checked_not_the_token() {
    let (ec, rsa) = (IssuerKey::ec("ec"), IssuerKey::rsa("rsa"));
    let server = KeyServer::publishing(&[&ec, &rsa]).await;
    let published = Known::trusting_keys_of(&server);
    let shared = Known::sharing_a_secret();
    let unsigned = |algorithm: &str| {
        UnsignedToken::default().header("kid", json!("rsa")).signed(algorithm, |_| Vec::new())
    };
    let relabelled = |key: &IssuerKey, algorithm: &str| {
        UnsignedToken::default().header("alg", json!(algorithm)).signed_by(key)
    };

    for (what, token, known, expected) in [
        ("none", unsigned("none"), &published, "token refused: JSON error: unknown variant `none`"),
        ("None", unsigned("None"), &shared, "token refused: JSON error: unknown variant `None`"),
        (
            "no algorithm",
            UnsignedToken::default().header("alg", json!(null)).signed("", |_| vec![]),
            &shared,
            "token refused: JSON",
        ),
        (
            "an RSA public key as secret",
            UnsignedToken::default().signed_with_secret(rsa.public()),
            &published,
            "token signed with HS256",
        ),
        (
            "an EC public key as secret",
            UnsignedToken::default().signed_with_secret(ec.public()),
            &published,
            "token signed with HS256",
        ),
        (
            "a published key where a secret is shared",
            UnsignedToken::default().signed_by(&rsa),
            &shared,
            "token signed with RS256",
        ),
        (
            "RS256 that names the EC key",
            relabelled(&ec, "RS256"),
            &published,
            "the issuer's key set has no key Some(\"ec\")",
        ),
        (
            "ES256 that names the RSA key",
            relabelled(&rsa, "ES256"),
            &published,
            "the issuer's key set has no key Some(\"rsa\")",
        ),
        ("HS512", unsigned("HS512"), &shared, "token signed with HS512"),
        ("PS256", unsigned("PS256"), &published, "token signed with PS256"),
        ("EdDSA", unsigned("EdDSA"), &published, "token signed with EdDSA"),
        ("HS256 without signature", unsigned("HS256"), &shared, "token refused: InvalidSignature"),
        ("RS256 without signature", unsigned("RS256"), &published, "token refused: InvalidSignature"),
        (
            "another secret",
            UnsignedToken::default().signed_with_secret([7; 32]),
            &shared,
            "token refused: InvalidSignature",
        ),
        (
            "another key of that name",
            UnsignedToken::default().signed_by(&IssuerKey::ec("ec")),
            &published,
            "token refused: InvalidSignature",
        ),
    ] {
        let reason = reason(&token, known).await;
        assert!(reason.starts_with(expected), "{what}: {reason}");
    }
}

#[tokio::test]
async fn keys_and_extensions_a_token_brings_along_count_for_nothing() {
    let (ours, theirs) = (IssuerKey::ec("ec"), IssuerKey::ec("ec"));
    let trusted = KeyServer::publishing(&[&ours]).await;
    let evil = KeyServer::publishing(&[&theirs]).await;
    let known = Known::trusting_keys_of(&trusted);
    let token = UnsignedToken::default()
        .header("jku", json!(evil.url))
        .header("jwk", theirs.jwk())
        .signed_by(&theirs);
    assert_eq!(reason(&token, &known).await, "token refused: InvalidSignature");
    assert_eq!(evil.asked(), 0);

    let token =
        UnsignedToken::default().header("crit", json!(["b64"])).header("b64", json!(false)).signed_by(&ours);
    assert_eq!(reason(&token, &known).await, "malformed credential: token with critical extensions");
}

#[tokio::test]
async fn a_secret_short_enough_to_guess_is_our_fault() {
    let known = Known::sharing_a_secret().with_secret("jwt", "hunter2");
    let refusal = check(&UnsignedToken::default().signed_with_secret("hunter2"), &known).await.unwrap_err();
    assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
    assert!(matches!(Error::from(refusal), Error::Internal(_)));
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let good = UnsignedToken::default().signed_with_secret(SECRET);
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let seconds = encode("[]");
    for token in [
        "",
        ".",
        "..",
        "a.b.c",
        header,
        &format!("{header}.{claims}"),
        &format!("{header}.{claims}."),
        &format!("{good}."),
        &format!(".{good}"),
        &format!("{good}={good}"),
        &format!("{header}.{signature}.{claims}"),
        &format!("{header}.{claims}.{signature}.{header}.{claims}"),
        &format!("{header}.{seconds}.{signature}"),
        &format!("{header}.{claims}.{signature}="),
    ] {
        assert!(check(token, &Known::sharing_a_secret()).await.is_err(), "{token}");
    }
}

#[tokio::test]
async fn no_part_of_a_token_can_be_exchanged() {
    let jane = UnsignedToken::default().signed_with_secret(SECRET);
    let admin = UnsignedToken::default()
        .with("role", json!("admin"))
        .signed_with_secret("a secret of someone else entirely");
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (jane, admin) = (parts(&jane), parts(&admin));
    let mixed = format!("{}.{}.{}", jane[0], admin[1], jane[2]);
    assert_eq!(reason(&mixed, &Known::sharing_a_secret()).await, "token refused: InvalidSignature");
}

proptest! {
    #[test]
    fn no_character_of_a_token_can_be_changed(at: prop::sample::Index, to in "[A-Za-z0-9_.=-]") {
        let good = UnsignedToken::default().signed_with_secret(SECRET);
        let at = at.index(good.len());
        let mut spoiled = good.clone();
        spoiled.replace_range(at..=at, &to);
        let outcome = block_on(check(&spoiled, &Known::sharing_a_secret()));
        prop_assert_eq!(outcome.is_ok(), spoiled == good);
    }
}
