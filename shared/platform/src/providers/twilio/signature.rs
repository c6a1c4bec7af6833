//! Proof that a webhook call comes from Twilio: `X-Twilio-Signature`.
//!
//! Base64 of an HMAC-SHA1, keyed with the account's auth token, over the URL as Twilio called it followed by every
//! form parameter, sorted, each name before its value. A JSON body is not part of that text; its SHA-256 stands in the
//! URL's query as `bodySHA256`.

use std::collections::BTreeSet;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::{digest, hmac};

/// The header that carries the signature.
pub const HEADER: &str = "x-twilio-signature";

/// What Twilio posted.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// All received parameters, known or not: Twilio adds new ones without notice.
    Form(&'a [(String, String)]),
    /// The raw bytes.
    Json(&'a [u8]),
}

/// Whether `signature` is Twilio's for this call. `url` is our public URL with path and query as received, never built
/// from a `Host` header.
pub fn is_valid(auth_token: &str, url: &str, body: Body<'_>, signature: &str) -> bool {
    let Ok(signature) = BASE64.decode(signature.trim().as_bytes()) else { return false };
    let parameters = match body {
        Body::Form(pairs) => concatenated(pairs),
        Body::Json(bytes) if is_digest_of(bytes, url) => String::new(),
        Body::Json(_) => return false,
    };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    spellings(url)
        .iter()
        .any(|url| hmac::verify(&key, (url.clone() + &parameters).as_bytes(), &signature).is_ok())
}

/// Sorted by name, then value; a repeated pair counts once.
fn concatenated(pairs: &[(String, String)]) -> String {
    let sorted: BTreeSet<_> = pairs.iter().collect();
    sorted.into_iter().flat_map(|(name, value)| [name.as_str(), value]).collect()
}

/// Twilio signs with the port in the URL or without it, not always as it was configured.
fn spellings(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let with_port = |host: &str, port: &str| format!("{scheme}://{host}:{port}{tail}");
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            vec![with_port(host, port), format!("{scheme}://{host}{tail}")]
        }
        _ => vec![url.to_owned(), with_port(authority, if scheme == "http" { "80" } else { "443" })],
    }
}

fn is_digest_of(body: &[u8], url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "bodySHA256")
        .and_then(|(_, hex)| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
        // No secret is compared here: whoever knows the body knows its digest.
        .is_some_and(|claimed| digest::digest(&digest::SHA256, body).as_ref() == claimed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The example of Twilio's security documentation and of its libraries' tests.
    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    const JSON: &[u8] = br#"{"property": "value", "boolean": true}"#;
    const JSON_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2\
        &bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const JSON_SIGNATURE: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

    fn form() -> Vec<(String, String)> {
        [
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    fn sign(url: &str, parameters: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
        BASE64.encode(hmac::sign(&key, format!("{url}{parameters}").as_bytes()).as_ref())
    }

    #[test]
    fn the_documented_form_example_is_valid() {
        assert!(is_valid(TOKEN, URL, Body::Form(&form()), SIGNATURE));
    }

    #[test]
    fn the_documented_json_example_is_valid() {
        assert!(is_valid(TOKEN, JSON_URL, Body::Json(JSON), JSON_SIGNATURE));
    }

    #[test]
    fn anything_changed_makes_it_invalid() {
        let mut altered = form();
        altered[3].1 = "1235".into();
        let mut longer = form();
        longer.push(("Injected".into(), "1".into()));
        for (token, url, body, signature) in [
            ("12346", URL, Body::Form(&form()), SIGNATURE),
            (TOKEN, "https://mycompany.com/myapp.php?foo=1&bar=3", Body::Form(&form()), SIGNATURE),
            (TOKEN, "http://mycompany.com/myapp.php?foo=1&bar=2", Body::Form(&form()), SIGNATURE),
            (TOKEN, URL, Body::Form(&altered), SIGNATURE),
            (TOKEN, URL, Body::Form(&longer), SIGNATURE),
            (TOKEN, URL, Body::Form(&form()[1..]), SIGNATURE),
            (TOKEN, URL, Body::Form(&form()), "RSOYDt4T1cUTdK1PDd93/VVr8B9="),
            (TOKEN, URL, Body::Form(&form()), "RSOYDt4T1cUTdK1PDd93"),
            (TOKEN, URL, Body::Form(&form()), "not base64"),
            (TOKEN, URL, Body::Form(&form()), ""),
            (TOKEN, JSON_URL, Body::Json(b"{}"), JSON_SIGNATURE),
        ] {
            assert!(!is_valid(token, url, body, signature), "{token} {url} {body:?} {signature}");
        }
    }

    #[test]
    fn a_json_body_without_its_digest_in_the_url_is_unsigned() {
        assert!(!is_valid(TOKEN, URL, Body::Json(JSON), &sign(URL, "")));
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        for (called, signed) in [
            ("https://hooks.example/t", "https://hooks.example:443/t"),
            ("https://hooks.example:443/t?a=b:1", "https://hooks.example/t?a=b:1"),
            ("https://hooks.example?a=1", "https://hooks.example:443?a=1"),
            ("http://hooks.example/t", "http://hooks.example:80/t"),
            ("http://127.0.0.1:8080/t", "http://127.0.0.1:8080/t"),
            ("http://127.0.0.1:8080/t", "http://127.0.0.1/t"),
            ("https://[2001:db8::1]:8443/t", "https://[2001:db8::1]/t"),
            ("https://[2001:db8::1]/t", "https://[2001:db8::1]/t"),
        ] {
            assert!(is_valid(TOKEN, called, Body::Form(&[]), &sign(signed, "")), "{called} {signed}");
        }
        assert!(!is_valid(
            TOKEN,
            "https://hooks.example/t",
            Body::Form(&[]),
            &sign("https://hooks.example:8443/t", "")
        ));
    }

    #[test]
    fn repeated_names_are_sorted_by_value_and_counted_once() {
        let form = [("b", "2"), ("a", "9"), ("b", "1"), ("b", "2"), ("B", "0")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(is_valid(TOKEN, URL, Body::Form(&form), &sign(URL, "B0a9b1b2")));
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic_or_accept(url in ".{0,80}", signature in ".{0,40}", value in ".{0,9}") {
            prop_assert!(!is_valid(TOKEN, &url, Body::Form(&[("Body".into(), value.clone())]), &signature));
            prop_assert!(!is_valid(TOKEN, &url, Body::Json(value.as_bytes()), &signature));
        }
    }
}
