//! What a tenant's configuration must satisfy, whoever gives it. Every fault is found, each with its place.

use domain::{
    error::Violation,
    formats::{self, Verdict},
    tenant::{EmailSender, Mailbox, Senders, Settings, TextSender, TokenIssuer, Verification},
    vocabulary::{ProviderName, SendingChannel},
};
use platform::{pipeline::context::ON_RECORD, providers::ses::address::Address};
use url::Url;

use crate::api_keys::NewApiKey;

/// The most entries of [`Settings::branding`], and the most characters of a name and of a value.
const BRANDING: (usize, usize, usize) = (50, 100, 500);
/// The most characters of the value called `logo`, which may be a `data:` image.
const LOGO: usize = 100_000;
/// The longest name Secrets Manager takes; its ARNs are shorter.
const SECRET_NAME: usize = 512;

/// Faults found below one place of a request.
struct Faults<'a> {
    at: &'a str,
    found: Vec<Violation>,
}

impl<'a> Faults<'a> {
    fn below(at: &'a str) -> Self {
        Self { at, found: Vec::new() }
    }

    fn rule(&mut self, pointer: &str, verdict: Verdict) {
        if let Err(message) = verdict {
            self.found.push(Violation::new(format!("{}{pointer}", self.at), message));
        }
    }

    fn expect(&mut self, pointer: &str, holds: bool, otherwise: &str) {
        self.rule(pointer, if holds { Ok(()) } else { Err(otherwise.to_owned()) });
    }
}

/// What is wrong with what a tenant's admins set.
pub fn settings(settings: &Settings, at: &str) -> Vec<Violation> {
    let mut faults = Faults::below(at);
    faults.rule("/locale", formats::locale(&settings.locale));
    faults.rule("/language", formats::language(&settings.language));
    faults.rule("/currency", formats::currency(&settings.currency));
    faults.rule("/timeZone", formats::time_zone(&settings.time_zone));
    let most = Settings::MAX_SUPPRESSION_HOURS;
    faults.expect("/suppressionHours", settings.suppression_hours <= most, &format!("is at most {most}"));
    let (entries, name, value) = BRANDING;
    let fits = |(n, v): (&String, &String)| {
        let most = if n == "logo" { LOGO } else { value };
        (1..=name).contains(&n.chars().count()) && v.chars().count() <= most
    };
    faults.expect(
        "/branding",
        settings.branding.len() <= entries && settings.branding.iter().all(fits),
        &format!(
            "has at most {entries} entries, with names of 1 to {name} and values of at most {value} characters \
             (logo: {LOGO})"
        ),
    );
    let ours = |name: &String| ON_RECORD.contains(&name.as_str());
    faults.expect(
        "/contextOverrides",
        settings.context_overrides.iter().all(ours),
        &format!("names variables of {}", ON_RECORD.join(", ")),
    );
    faults.found.extend(settings.compliance.violations(&format!("{at}/compliance")));
    faults.found
}

/// What is wrong with an API key to be made.
pub fn api_key(key: &NewApiKey, at: &str) -> Vec<Violation> {
    let mut faults = Faults::below(at);
    faults.rule("/name", formats::line(&key.name, 100));
    faults.found
}

/// What is wrong with where a tenant's messages come from.
pub fn senders(senders: &Senders, at: &str) -> Vec<Violation> {
    let mut faults = Faults::below(at);
    let Senders { email, text } = senders;
    if let Some(EmailSender { transactional, conversational, configuration_set, event_topics }) = email {
        mailbox(&mut faults, "/email/transactional", transactional);
        mailbox(&mut faults, "/email/conversational", conversational);
        // As SES names them.
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        faults.expect(
            "/email/configurationSet",
            configuration_set.as_deref().is_none_or(is_name),
            "has 1 to 64 letters, digits, hyphens and underscores",
        );
        for (place, topic) in event_topics.iter().enumerate() {
            let is_topic = matches!(topic.split(':').collect::<Vec<_>>()[..], ["arn", _, "sns", _, _, _]);
            faults.expect(&format!("/email/eventTopics/{place}"), is_topic, "is the ARN of an SNS topic");
        }
    }
    if let Some(TextSender { provider, account_sid, auth_token_secret, from }) = text {
        serves(&mut faults, "/text/provider", *provider, SendingChannel::Text);
        faults.expect("/text/accountSid", is_sid(account_sid, "AC"), "is AC and 32 hexadecimal digits");
        faults.rule("/text/authTokenSecret", formats::line(auth_token_secret, SECRET_NAME));
        let is_sender = is_sid(from, "MG") || formats::phone(from).is_ok();
        faults.expect(
            "/text/from",
            is_sender,
            "is a number in E.164, such as +13125550142, or a messaging service: MG and 32 hexadecimal digits",
        );
    }
    faults.found
}

/// What is wrong with whose tokens are to speak for a tenant.
pub fn issuers(issuers: &[TokenIssuer], at: &str) -> Vec<Violation> {
    let mut faults = Faults::below(at);
    for (place, TokenIssuer { issuer, audience, verification, role_claim }) in issuers.iter().enumerate() {
        faults.rule(&format!("/{place}/issuer"), formats::line(issuer, 255));
        let is_first = issuers[..place].iter().all(|before| before.issuer != *issuer);
        faults.expect(&format!("/{place}/issuer"), is_first, "is in the list twice");
        faults.rule(&format!("/{place}/audience"), formats::line(audience, 255));
        faults.rule(&format!("/{place}/roleClaim"), formats::line(role_claim, 100));
        match verification {
            Verification::SharedSecret(name) => {
                faults.rule(&format!("/{place}/verification/sharedSecret"), formats::line(name, SECRET_NAME));
            }
            Verification::Jwks(url) => {
                let is_https =
                    Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.host().is_some());
                faults.expect(&format!("/{place}/verification/jwks"), is_https, "is an https URL");
            }
        }
    }
    faults.found
}

/// Whether a provider takes messages of the channel it is named for.
fn serves(faults: &mut Faults<'_>, at: &str, provider: ProviderName, channel: SendingChannel) {
    let names: Vec<&str> = ProviderName::of(channel).map(ProviderName::as_str).collect();
    faults.expect(
        at,
        provider.channel() == channel,
        &format!(
            "must be a provider that takes {channel}: {}; {provider} takes {}",
            names.join(", "),
            provider.channel()
        ),
    );
}

fn mailbox(faults: &mut Faults<'_>, at: &str, mailbox: &Mailbox) {
    const MESSAGE: &str = "is one address, such as Acme Lending <no-reply@acme.example>";
    let is_address = |text: &str| Address::parse(text).is_some();
    serves(faults, &format!("{at}/provider"), mailbox.provider, SendingChannel::Email);
    faults.expect(&format!("{at}/from"), is_address(&mailbox.from), MESSAGE);
    faults.expect(&format!("{at}/replyTo"), mailbox.reply_to.as_deref().is_none_or(is_address), MESSAGE);
}

/// Whether a text is one of Twilio's identifiers of this kind.
fn is_sid(text: &str, kind: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
