//! What a tenant's configuration must satisfy, whoever gives it. Every fault is found, each with its place.

use domain::{
    error::Violation,
    formats,
    tenant::{EmailSender, InboundEmail, Mailbox, Senders, Settings, TextSender, TokenIssuer, Verification},
    update::Faults,
    vocabulary::{ProviderName, SendingChannel},
};
use platform::{
    mailbox::Address,
    pipeline::context::ON_RECORD,
    providers::sendgrid::signature::PublicKey,
    secrets::{self, SecretsOf},
};
use url::Url;

use crate::api_keys::NewApiKey;

/// The most entries of [`Settings::branding`], and the most characters of a name and of a value.
const BRANDING: (usize, usize, usize) = (50, 100, 500);
/// The most characters of the value called `logo`, which may be a `data:` image.
const LOGO: usize = 100_000;
/// The most addresses that nobody reads.
const UNMONITORED: usize = 100;
/// The most keys of SendGrid: one is in use, others are being rotated in or out.
const SENDGRID_KEYS: usize = 5;
/// The most messages a second that a rate permits: one counter is kept for an account, and DynamoDB takes a thousand writes a
/// second of it.
const MAX_PER_SECOND: u16 = 1_000;
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
    faults.expect(settings.suppression_hours <= most, "/suppressionHours", &format!("is at most {most}"));
    let (entries, name, value) = BRANDING;
    let fits = |(n, v): (&String, &String)| {
        let most = if n == "logo" { LOGO } else { value };
        (1..=name).contains(&n.chars().count()) && v.chars().count() <= most
    };
    faults.expect(settings.branding.len() <= entries && settings.branding.iter().all(fits), "/branding", &format!(
            "has at most {entries} entries, with names of 1 to {name} and values of at most {value} characters \
             (logo: {LOGO})"
        ));
    let ours = |name: &String| ON_RECORD.contains(&name.as_str());
    faults.expect(
        settings.context_overrides.iter().all(ours),
        "/contextOverrides",
        &format!("names variables of {}", ON_RECORD.join(", ")),
    );
    let unread = settings.unmonitored_addresses.iter().flatten();
    faults.expect(
        unread.clone().count() <= UNMONITORED
            && unread.clone().all(|address| formats::email(address).is_ok()),
        "/unmonitoredAddresses",
        &format!("must be e-mail addresses, such as no-reply@acme.example, at most {UNMONITORED}"),
    );
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
        &format!("is 1 to {most}, or null for conversations that stay open"),
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

/// What is wrong with where a tenant's messages come from, in an installation whose secrets' names begin with a prefix.
pub fn senders(senders: &Senders, secret_prefix: &str, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    let Senders { email, text } = senders;
    if let Some(EmailSender { transactional, conversational, configuration_set, event_topics, inbound }) =
        email
    {
        mailbox(&mut faults, "/email/transactional", transactional);
        mailbox(&mut faults, "/email/conversational", conversational);
        // As SES names them.
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        faults.expect(
            configuration_set.as_deref().is_none_or(is_name),
            "/email/configurationSet",
            "has 1 to 64 letters, digits, hyphens and underscores",
        );
        topics(&mut faults, "/email/eventTopics", event_topics);
        let InboundEmail { sendgrid_public_keys, topics: receipts } = inbound;
        topics(&mut faults, "/email/inbound/topics", receipts);
        faults.expect(
            sendgrid_public_keys.len() <= SENDGRID_KEYS,
            "/email/inbound/sendgridPublicKeys",
            &format!("has at most {SENDGRID_KEYS} keys: remove those that were rotated out"),
        );
        for (place, key) in sendgrid_public_keys.iter().enumerate() {
            faults.expect(
                PublicKey::parse(key).is_some(),
                &format!("/email/inbound/sendgridPublicKeys/{place}"),
                "is the public key of a SendGrid security policy: base64 of a P-256 key in DER, as SendGrid shows it, on \
                 one line",
            );
        }
    }
    if let Some(TextSender { provider, account_sid, auth_token_secret, from, max_per_second }) = text {
        serves(&mut faults, "/text/provider", *provider, SendingChannel::Text);
        faults.expect(is_sid(account_sid, "AC"), "/text/accountSid", "is AC and 32 hexadecimal digits");
        secret(&mut faults, "/text/authTokenSecret", auth_token_secret, SecretsOf::Providers, secret_prefix);
        let is_sender = is_sid(from, "MG") || formats::phone(from).is_ok();
        rate(&mut faults, "/text/maxPerSecond", *max_per_second);
        faults.expect(is_sender, "/text/from", "is a number in E.164, such as +13125550142, or a messaging service: MG and 32 hexadecimal digits");
    }
    faults.below(at)
}

/// What is wrong with whose tokens are to speak for a tenant, in such an installation.
pub fn issuers(issuers: &[TokenIssuer], secret_prefix: &str, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    for (place, TokenIssuer { issuer, audience, verification, role_claim }) in issuers.iter().enumerate() {
        faults.line(&format!("/{place}/issuer"), Some(issuer), 255);
        let is_first = issuers[..place].iter().all(|before| before.issuer != *issuer);
        faults.expect(is_first, &format!("/{place}/issuer"), "is in the list twice");
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
                faults.expect(is_https, &format!("/{place}/verification/jwks"), "is an https URL");
            }
        }
    }
    faults.below(at)
}

/// Whether a provider takes messages of the channel it is named for.
fn serves(faults: &mut Faults, at: &str, provider: ProviderName, channel: SendingChannel) {
    let names: Vec<&str> = ProviderName::of(channel).map(ProviderName::as_str).collect();
    let takes = match provider.channel() {
        Some(takes) => format!("{provider} takes {takes}"),
        None => format!("{provider} brings mail and takes none yet"),
    };
    faults.expect(
        provider.channel() == Some(channel),
        at,
        &format!("must be a provider that takes {channel}: {}; {takes}", names.join(", ")),
    );
}

/// Whether all are topics.
fn topics(faults: &mut Faults, at: &str, topics: &[String]) {
    for (place, topic) in topics.iter().enumerate() {
        let is_topic = matches!(topic.split(':').collect::<Vec<_>>()[..], ["arn", _, "sns", _, _, _]);
        faults.expect(is_topic, &format!("{at}/{place}"), "is the ARN of an SNS topic");
    }
}

/// Whether a secret stands where functions are permitted to read those of its kind.
fn secret(faults: &mut Faults, at: &str, secret: &str, of: SecretsOf, prefix: &str) {
    let is_readable = secrets::below(prefix, secret).is_some_and(|name| of.has(name));
    faults.expect(
        is_readable && formats::line(secret, SECRET_NAME).is_ok(),
        at,
        &format!(
            "is the name or the ARN of a secret below {prefix}{}, of at most {SECRET_NAME} characters",
            of.folder()
        ),
    );
}

fn mailbox(faults: &mut Faults, at: &str, mailbox: &Mailbox) {
    const MESSAGE: &str = "is one address, such as Acme Lending <no-reply@acme.example>";
    let is_address = |text: &str| Address::parse(text).is_some();
    let Mailbox { from, reply_to, provider, fallback, max_per_second } = mailbox;
    serves(faults, &format!("{at}/provider"), *provider, SendingChannel::Email);
    if let Some(fallback) = fallback {
        serves(faults, &format!("{at}/fallback"), *fallback, SendingChannel::Email);
        faults.expect(fallback != provider, &format!("{at}/fallback"), "is another provider than provider");
    }
    rate(faults, &format!("{at}/maxPerSecond"), *max_per_second);
    faults.expect(is_address(from), &format!("{at}/from"), MESSAGE);
    faults.expect(reply_to.as_deref().is_none_or(is_address), &format!("{at}/replyTo"), MESSAGE);
}

/// Whether it is a rate that an account can have.
fn rate(faults: &mut Faults, at: &str, max_per_second: Option<u16>) {
    faults.expect(
        max_per_second.is_none_or(|most| (1..=MAX_PER_SECOND).contains(&most)),
        at,
        &format!("is 1 to {MAX_PER_SECOND}, or left out for an account without a limit"),
    );
}

/// Whether a text is one of Twilio's identifiers of this kind.
fn is_sid(text: &str, kind: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
