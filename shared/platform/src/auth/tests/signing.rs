//! Tokens as issuers make them, good ones and spoiled ones, signed with real keys.

use data_encoding::BASE64URL_NOPAD;
use ring::{hmac, rand::SystemRandom, rsa, signature};
use serde_json::{Value, json};

use super::now;

pub const ISSUER: &str = "https://id.acme.example/";

/// A token before it is signed; the default is a good one of a loan officer, good for another hour.
#[derive(Clone)]
pub struct UnsignedToken {
    pub header: Value,
    pub claims: Value,
}

impl Default for UnsignedToken {
    fn default() -> Self {
        let now = now().as_second();
        Self {
            header: json!({"typ": "at+jwt"}),
            claims: json!({
                "iss": ISSUER, "aud": "postrider", "sub": "jane@acme.example", "role": "loan_officer",
                "iat": now, "nbf": now, "exp": now + 3600,
            }),
        }
    }
}

impl UnsignedToken {
    pub fn with(mut self, claim: &str, value: Value) -> Self {
        self.claims[claim] = value;
        self
    }

    pub fn without(mut self, claim: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(claim);
        self
    }

    pub fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    /// `header.claims.signature` with whatever `sign` makes of the first two.
    pub fn signed(mut self, algorithm: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        if self.header.get("alg").is_none() {
            self.header["alg"] = json!(algorithm);
        }
        let message = format!("{}.{}", encode(self.header.to_string()), encode(self.claims.to_string()));
        let signature = sign(message.as_bytes());
        format!("{message}.{}", encode(signature))
    }

    pub fn signed_with_secret(self, secret: impl AsRef<[u8]>) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
        self.signed("HS256", |message| hmac::sign(&key, message).as_ref().to_vec())
    }

    pub fn signed_by(self, key: &IssuerKey) -> String {
        self.header("kid", json!(key.kid)).signed_namelessly_by(key)
    }

    /// Without saying which key it was.
    pub fn signed_namelessly_by(self, key: &IssuerKey) -> String {
        match &key.pair {
            Pair::Ec(pair) => self.signed("ES256", |message| {
                pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }),
            Pair::Rsa(pair) => self.signed("RS256", |message| {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .unwrap();
                signature
            }),
        }
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

/// A key of an issuer, with the name it is published under.
pub struct IssuerKey {
    pub kid: String,
    pair: Pair,
}

enum Pair {
    Ec(Box<signature::EcdsaKeyPair>),
    Rsa(Box<rsa::KeyPair>),
}

impl IssuerKey {
    pub fn ec(kid: &str) -> Self {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = signature::EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self { kid: kid.into(), pair: Pair::Ec(Box::new(pair)) }
    }

    /// Always the same key, made for these tests: making one takes seconds.
    pub fn rsa(kid: &str) -> Self {
        let pair = rsa::KeyPair::from_der(include_bytes!("rsa.der")).unwrap();
        Self { kid: kid.into(), pair: Pair::Rsa(Box::new(pair)) }
    }

    /// The public half as anyone can read it, in the encoding it is published in.
    pub fn public(&self) -> Vec<u8> {
        use signature::KeyPair;
        match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// As in a key set (RFC 7517).
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(_) => {
                let point = self.public();
                json!({"kid": self.kid, "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Pair::Rsa(pair) => {
                let public = rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kid": self.kid, "kty": "RSA", "n": encode(public.n), "e": encode(public.e)})
            }
        }
    }
}
