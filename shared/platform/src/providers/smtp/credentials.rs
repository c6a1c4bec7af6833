//! How an account signs in.

use domain::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use serde::Deserialize;

/// A name, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// For the server.
    pub credentials: Credentials,
    /// The ways to present them, the best first.
    pub mechanisms: &'static [Mechanism],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    username: String,
    password: Option<String>,
    access_token: Option<String>,
}

impl Login {
    /// Reads a secret: `{"username": …, "password": …}`, or `accessToken` in place of the password for a server that takes
    /// OAuth. Whoever makes the token puts each new one into the secret.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is neither. Repeats nothing of it.
    pub fn read(secret: &str) -> Result<Self, Error> {
        let unreadable = || {
            Error::Internal("is not {\"username\": …, \"password\": …}, nor one with an accessToken".into())
        };
        let written: Written = serde_json::from_str(secret).map_err(|_| unreadable())?;
        let (proof, mechanisms) = match (written.password, written.access_token) {
            (Some(password), None) => (password, &[Mechanism::Plain, Mechanism::Login][..]),
            (None, Some(token)) => (token, &[Mechanism::Xoauth2][..]),
            _ => return Err(unreadable()),
        };
        Ok(Self { credentials: Credentials::new(written.username, proof), mechanisms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_name_and_one_proof() {
        let read = |secret| Login::read(secret).map(|login| login.mechanisms.len()).ok();
        for (secret, ways) in [
            (r#"{"username": "acme", "password": "x"}"#, Some(2)),
            (r#"{"username": "acme", "accessToken": "ya29"}"#, Some(1)),
            (r#"{"username": "acme"}"#, None),
            (r#"{"username": "acme", "password": "x", "accessToken": "ya29"}"#, None),
            (r#"{"username": "acme", "pasword": "x"}"#, None),
            ("acme:x", None),
            ("", None),
        ] {
            assert_eq!(read(secret), ways, "{secret}");
        }
        let refused = Login::read(r#"{"username": "acme", "pasword": "hush"}"#).unwrap_err();
        assert!(!refused.to_string().contains("hush"), "{refused}");
    }
}
