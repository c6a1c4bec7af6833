//! A bearer token to try the API with: of an issuer that the demo's first lender trusts.

use data_encoding::BASE64URL_NOPAD;
use domain::tenant::Verification;
use ring::hmac;
use serde_json::json;

use crate::Failure;
use crate::seed::Demo;

/// 2100-01-01: the local clock may be set to any day before.
const EXPIRES: i64 = 4_102_444_800;

/// A token for the role of a loan officer, signed by HS256 (RFC 7518, section 3.2). It is the same on every machine, as the demo's
/// keys are.
pub fn bearer(demo: &Demo) -> Result<String, Failure> {
    let issuer = demo.tenants.first().and_then(|tenant| tenant.issuers.first());
    let issuer = issuer.ok_or("lenders.json: the first tenant has no issuer")?;
    let Verification::SharedSecret(secret) = &issuer.verification else {
        return Err("lenders.json: the first issuer has no shared secret".into());
    };
    let claims = json!({
        "iss": issuer.issuer,
        "aud": issuer.audience,
        "sub": "demo-user",
        (issuer.role_claim.as_str()): "loan_officer",
        "exp": EXPIRES,
    });
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let signed = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes())).join(".");
    let key = hmac::Key::new(hmac::HMAC_SHA256, demo.secret(secret)?.as_bytes());
    let signature = BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
    Ok(format!("{signed}.{signature}"))
}
