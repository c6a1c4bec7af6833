//! How Twilio signs what it sends us: `X-Twilio-Signature`.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The signature of a form POST: base64 of HMAC-SHA1, keyed with the account's auth token, over the address followed by
/// each parameter's name and value in the order of both, repeated pairs once.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>
pub fn signature(auth_token: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, value) in parameters.iter().collect::<BTreeSet<_>>() {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64.encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The example of Twilio's documentation.
    #[test]
    fn documented_request_gets_the_documented_signature() {
        let parameters = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &parameters),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        );
    }

    #[test]
    fn order_and_repetition_of_parameters_do_not_matter() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sorted = [pair("A", "1"), pair("A", "2"), pair("B", "0")];
        let shuffled = [pair("B", "0"), pair("A", "2"), pair("A", "1"), pair("A", "2")];
        assert_eq!(signature("t", "https://a/", &sorted), signature("t", "https://a/", &shuffled));
    }
}
