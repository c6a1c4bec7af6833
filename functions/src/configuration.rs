//! What a tenant's configuration must satisfy, whoever gives it. Every fault is found, each with its place.

mod senders;

use domain::{
    error::Violation,
    formats,
    tenant::{Settings, TokenIssuer, Verification},
    update::Faults,
};
use platform::secrets::{self, SecretsOf};
use url::Url;

pub use self::senders::senders;

use crate::api_keys::NewApiKey;

/// The most entries of [`Settings::branding`], and the most characters of a name and of a value.
const BRANDING: (usize, usize, usize) = (50, 100, 500);
/// The most characters of the value called `logo`, which may be a `data:` image.
const LOGO: usize = 100_000;
/// The longest name Secrets Manager takes; its ARNs are shorter.
const SECRET_NAME: usize = 512;

/// What is wrong with what a tenant's admins set.
pub fn settings(settings: &Settings, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    faults.value("/locale", Some(&settings.locale), formats::locale);
    faults.value("/language", Some(&settings.language), formats::language);
    faults.value("/currency", Some(&settings.currency), formats::currency);
    faults.value("/timeZone", Some(&settings.time_zone), formats::time_zone);
    let most = Settings::MAX_SUPPRESSION_HOURS;
    faults.expect(
        settings.suppression_hours <= most,
        "/suppressionHours",
        &format!("must be at most {most}"),
    );
    let (entries, name, value) = BRANDING;
    let fits = |(n, v): (&String, &String)| {
        let most = if n == "logo" { LOGO } else { value };
        formats::line(n, name).is_ok() && (v.is_empty() || formats::text(v, most).is_ok())
    };
    faults.expect(settings.branding.len() <= entries && settings.branding.iter().all(fits), "/branding", &format!(
            "must have at most {entries} entries, with names of 1 to {name} and values of at most {value} characters \
             (logo: {LOGO}), and no control characters"
        ));
    let ours = Settings::ON_RECORD;
    for name in &settings.context_overrides {
        let message = format!("must be one of {}; {name:?} was sent", ours.join(", "));
        faults.expect(ours.contains(&name.as_str()), "/contextOverrides", &message);
    }
    let most = Settings::MAX_UNMONITORED_ADDRESSES;
    if let Some(unread) = &settings.unmonitored_addresses {
        let message = format!("must have at most {most} addresses");
        faults.expect(unread.len() <= most, "/unmonitoredAddresses", &message);
        unread
            .iter()
            .take(most)
            .for_each(|one| faults.value("/unmonitoredAddresses", Some(one), formats::email));
    }
    let most = Settings::MAX_ALLOWED_ORIGINS;
    faults.expect(
        settings.allowed_origins.len() <= most,
        "/allowedOrigins",
        &format!("must have at most {most} origins"),
    );
    // A set has no places, so the fault is that of the list.
    let wrong = settings.allowed_origins.iter().find(|origin| formats::origin(origin).is_err());
    faults.value("/allowedOrigins", wrong, formats::origin);
    faults.within("/officeHours", Faults::of_spans(&settings.office_hours.0));
    faults.value("/helpText", settings.help_text.as_ref(), |text| {
        if text.trim().is_empty() {
            return Err("must not be empty; null leaves HELP to the provider".into());
        }
        formats::text(text, Settings::MAX_HELP_TEXT)
    });
    let most = Settings::MAX_CONVERSATION_TIMEOUT_MINUTES;
    faults.expect(
        settings.conversation_timeout_minutes.is_none_or(|minutes| (1..=most).contains(&minutes)),
        "/conversationTimeoutMinutes",
        &format!("must be 1 to {most}, or null for conversations that stay open"),
    );
    let mut found = faults.below(at);
    found.extend(settings.compliance.violations(&format!("{at}/compliance")));
    found
}

/// What is wrong with an API key to be made.
pub fn api_key(key: &NewApiKey, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    faults.line("/name", Some(&key.name), 100);
    faults.below(at)
}

/// What is wrong with whose tokens are to speak for a tenant, in such an installation.
pub fn issuers(issuers: &[TokenIssuer], secret_prefix: &str, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    for (place, TokenIssuer { issuer, audience, verification, role_claim }) in issuers.iter().enumerate() {
        faults.line(&format!("/{place}/issuer"), Some(issuer), 255);
        let is_first = issuers[..place].iter().all(|before| before.issuer != *issuer);
        faults.expect(is_first, &format!("/{place}/issuer"), "must be in the list once");
        faults.line(&format!("/{place}/audience"), Some(audience), 255);
        faults.line(&format!("/{place}/roleClaim"), Some(role_claim), 100);
        match verification {
            Verification::SharedSecret(name) => {
                let at = format!("/{place}/verification/sharedSecret");
                secret(&mut faults, &at, name, SecretsOf::Issuers, secret_prefix);
            }
            Verification::Jwks(url) => {
                let is_https =
                    Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.host().is_some());
                faults.expect(is_https, &format!("/{place}/verification/jwks"), "must be an https URL");
            }
        }
    }
    faults.below(at)
}

/// Whether a secret stands where functions are permitted to read those of its kind.
fn secret(faults: &mut Faults, at: &str, secret: &str, of: SecretsOf, prefix: &str) {
    let is_readable = secrets::below(prefix, secret).is_some_and(|name| of.has(name));
    faults.expect(
        is_readable && formats::line(secret, SECRET_NAME).is_ok(),
        at,
        &format!(
            "must be the name or the ARN of a secret below {prefix}{}, of at most {SECRET_NAME} characters",
            of.folder()
        ),
    );
}

#[cfg(test)]
mod tests;
