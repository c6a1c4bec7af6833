//! What the senders of a tenant must satisfy.

use domain::{
    error::Violation,
    formats,
    tenant::{
        EmailSender, InAppSender, InboundEmail, LetterSender, Mailbox, PushSender, Senders, SendgridAccount,
        SmtpAccount, TextSender, WebhookSender,
    },
    update::Faults,
    vocabulary::{ProviderName, SendingChannel},
};
use platform::{mailbox::Address, providers::sendgrid::signature::PublicKey, secrets::SecretsOf};

use super::secret;

/// The most keys of SendGrid of one kind: one is in use, others are being rotated in or out.
pub(super) const SENDGRID_KEYS: usize = 5;

/// What is wrong with where a tenant's messages come from, in an installation whose secrets' names begin with a prefix.
pub fn senders(senders: &Senders, secret_prefix: &str, at: &str) -> Vec<Violation> {
    let mut faults = Faults::default();
    let Senders {
        email: mail,
        text: texts,
        letter: letters,
        in_app: notices,
        push: notifications,
        webhook: calls,
    } = senders;
    if let Some(sender) = mail {
        email(&mut faults, sender, secret_prefix);
    }
    if let Some(sender) = texts {
        text(&mut faults, sender, secret_prefix);
    }
    if let Some(sender) = letters {
        letter(&mut faults, sender, secret_prefix);
    }
    if let Some(sender) = notices {
        in_app(&mut faults, sender);
    }
    if let Some(sender) = notifications {
        push(&mut faults, sender, secret_prefix);
    }
    if let Some(WebhookSender {}) = calls {}
    faults.below(at)
}

fn email(faults: &mut Faults, sender: &EmailSender, secret_prefix: &str) {
    let EmailSender {
        transactional,
        conversational,
        configuration_set,
        event_topics,
        inbound,
        sendgrid,
        smtp,
    } = sender;
    mailbox(faults, "/email/transactional", transactional);
    mailbox(faults, "/email/conversational", conversational);
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
    topics(faults, "/email/eventTopics", event_topics);
    let InboundEmail { sendgrid_public_keys, topics: receipts } = inbound;
    topics(faults, "/email/inbound/topics", receipts);
    public_keys(faults, "/email/inbound/sendgridPublicKeys", sendgrid_public_keys);
    if let Some(SendgridAccount { api_key_secret, eu: _, event_public_keys }) = sendgrid {
        secret(faults, "/email/sendgrid/apiKeySecret", api_key_secret, SecretsOf::Providers, secret_prefix);
        public_keys(faults, "/email/sendgrid/eventPublicKeys", event_public_keys);
    }
    if let Some(SmtpAccount { host: _, port: _, security: _, credentials_secret: Some(credentials) }) = smtp {
        secret(faults, "/email/smtp/credentialsSecret", credentials, SecretsOf::Providers, secret_prefix);
    }
}

/// Whether all are keys that SendGrid signs with.
fn public_keys(faults: &mut Faults, at: &str, keys: &[String]) {
    faults.expect(
        keys.len() <= SENDGRID_KEYS,
        at,
        &format!("has at most {SENDGRID_KEYS} keys: remove those that were rotated out"),
    );
    for (place, key) in keys.iter().enumerate() {
        faults.expect(
            PublicKey::parse(key).is_some(),
            &format!("{at}/{place}"),
            "is a public key of SendGrid's: base64 of a P-256 key in DER, as SendGrid shows it, on one line",
        );
    }
}

fn text(faults: &mut Faults, sender: &TextSender, secret_prefix: &str) {
    let TextSender { provider, account_sid, auth_token_secret, from, by_country } = sender;
    serves(faults, "/text/provider", *provider, SendingChannel::Text);
    faults.expect(is_sid(account_sid, "AC"), "/text/accountSid", "is AC and 32 hexadecimal digits");
    secret(faults, "/text/authTokenSecret", auth_token_secret, SecretsOf::Providers, secret_prefix);
    faults.expect(
        is_answerable(from),
        "/text/from",
        "must be a number in E.164, such as +13125550142, a short code of 5 or 6 digits, or a messaging service: MG and 32 \
         hexadecimal digits",
    );
    for (country, sender) in by_country {
        let at = format!("/text/byCountry/{country}");
        faults.value(&at, Some(country), formats::country);
        let takes_names = !NO_NAMES.contains(&country.as_str());
        faults.expect(
            is_answerable(sender) || (takes_names && is_sender_name(sender)),
            &at,
            &format!(
                "must be a number, a short code or a messaging service; or, but in {}, a name of at most 11 letters, \
                 digits and blanks with at least one letter",
                NO_NAMES.join(" and ")
            ),
        );
    }
}

/// Countries whose carriers take no names for senders.
const NO_NAMES: [&str; 2] = ["US", "CA"];

/// Whether what a text comes from can be texted back.
fn is_answerable(sender: &str) -> bool {
    let is_short_code = matches!(sender.len(), 5 | 6) && sender.bytes().all(|b| b.is_ascii_digit());
    is_short_code || is_sid(sender, "MG") || formats::phone(sender).is_ok()
}

/// Whether it is an alphanumeric sender id, as Twilio takes them.
fn is_sender_name(sender: &str) -> bool {
    sender.len() <= 11
        && sender.trim() == sender
        && sender.bytes().any(|b| b.is_ascii_alphabetic())
        && sender.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
}

fn letter(faults: &mut Faults, sender: &LetterSender, secret_prefix: &str) {
    let LetterSender { provider, name, return_address: _, lob } = sender;
    serves(faults, "/letter/provider", *provider, SendingChannel::Mail);
    faults.line("/letter/name", Some(name), 40);
    if let Some(lob) = lob {
        secret(faults, "/letter/lob/apiKeySecret", &lob.api_key_secret, SecretsOf::Providers, secret_prefix);
        secret(faults, "/letter/lob/webhookSecret", &lob.webhook_secret, SecretsOf::Providers, secret_prefix);
    }
}

fn in_app(faults: &mut Faults, sender: &InAppSender) {
    let InAppSender { expires_after_days } = sender;
    let is_span = expires_after_days.is_none_or(|days| (1..=365).contains(&days));
    faults.expect(is_span, "/inApp/expiresAfterDays", "must be 1 to 365, or left out");
}

fn push(faults: &mut Faults, sender: &PushSender, secret_prefix: &str) {
    let PushSender { provider, service_account_secret } = sender;
    serves(faults, "/push/provider", *provider, SendingChannel::Push);
    secret(faults, "/push/serviceAccountSecret", service_account_secret, SecretsOf::Providers, secret_prefix);
}

/// Whether a provider takes messages of the channel it is named for.
fn serves(faults: &mut Faults, at: &str, provider: ProviderName, channel: SendingChannel) {
    let names: Vec<&str> = ProviderName::of(channel).map(ProviderName::as_str).collect();
    let takes = provider.channel();
    faults.expect(
        takes == channel,
        at,
        &format!("must be a provider that takes {channel}: {}; {provider} takes {takes}", names.join(", ")),
    );
}

/// Whether all are topics.
fn topics(faults: &mut Faults, at: &str, topics: &[String]) {
    for (place, topic) in topics.iter().enumerate() {
        let is_topic = matches!(topic.split(':').collect::<Vec<_>>()[..], ["arn", _, "sns", _, _, _]);
        faults.expect(is_topic, &format!("{at}/{place}"), "is the ARN of an SNS topic");
    }
}

fn mailbox(faults: &mut Faults, at: &str, mailbox: &Mailbox) {
    const MESSAGE: &str = "is one address, such as Acme Lending <no-reply@acme.example>";
    let is_address = |text: &str| Address::parse(text).is_some();
    serves(faults, &format!("{at}/provider"), mailbox.provider, SendingChannel::Email);
    faults.expect(is_address(&mailbox.from), &format!("{at}/from"), MESSAGE);
    faults.expect(mailbox.reply_to.as_deref().is_none_or(is_address), &format!("{at}/replyTo"), MESSAGE);
}

/// Whether a text is one of Twilio's identifiers of this kind.
fn is_sid(text: &str, kind: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
