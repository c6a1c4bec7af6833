//! What the senders of a tenant must satisfy.

use domain::{
    error::Violation,
    formats,
    letter::{MailClass, PageSize},
    tenant::{
        EmailSender, InAppSender, InboundEmail, LetterSender, Mailbox, PushSender, Senders, SendgridAccount,
        SmtpAccount, TextSender, WebhookSender,
    },
    update::Faults,
    vocabulary::{ProviderName, SendingChannel},
};
use platform::{
    links::returns, mailbox::Address, providers::sendgrid::signature::PublicKey, secrets::SecretsOf,
};
use url::Host;

use super::secret;

/// The most keys of SendGrid of one kind: one is in use, others are being rotated in or out.
pub(super) const SENDGRID_KEYS: usize = 5;

/// The most messages a second that a rate permits: one counter is kept for an account, and DynamoDB takes a thousand writes a
/// second of it.
const MAX_PER_SECOND: u16 = 1_000;
/// The most characters before the `@` of an address that mail comes back to: with `+` and a message's name they are 64
/// (RFC 5321, section 4.5.3.1.1).
const LONGEST_BOUNCE: usize = 64 - 1 - returns::LONGEST;

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
        "must have 1 to 64 letters, digits, hyphens and underscores",
    );
    topics(faults, "/email/eventTopics", event_topics);
    let InboundEmail { sendgrid_public_keys, topics: receipts } = inbound;
    topics(faults, "/email/inbound/topics", receipts);
    public_keys(faults, "/email/inbound/sendgridPublicKeys", sendgrid_public_keys);
    if let Some(SendgridAccount { api_key_secret, eu: _, event_public_keys, max_per_second }) = sendgrid {
        secret(faults, "/email/sendgrid/apiKeySecret", api_key_secret, SecretsOf::Providers, secret_prefix);
        public_keys(faults, "/email/sendgrid/eventPublicKeys", event_public_keys);
        rate(faults, "/email/sendgrid/maxPerSecond", *max_per_second);
    }
    if let Some(account) = smtp {
        mail_server(faults, account, secret_prefix);
    }
    let has = |provider| match provider {
        ProviderName::Sendgrid => sendgrid.is_some(),
        ProviderName::Smtp => smtp.is_some(),
        // SES has the account that Postrider runs in; the others take no mail, which is a fault of its own.
        ProviderName::Ses
        | ProviderName::Twilio
        | ProviderName::Lob
        | ProviderName::Drop
        | ProviderName::Inbox
        | ProviderName::Fcm
        | ProviderName::Endpoint => true,
    };
    for (stream, Mailbox { provider, fallback, .. }) in
        [("transactional", transactional), ("conversational", conversational)]
    {
        for (named, is_what) in [(Some(provider), "provider"), (fallback.as_ref(), "fallback")] {
            let Some(named) = named else { continue };
            faults.expect(
                has(*named),
                &format!("/email/{named}"),
                &format!("must be there: it is the {is_what} of the {stream} mailbox"),
            );
        }
    }
}

fn mail_server(faults: &mut Faults, account: &SmtpAccount, secret_prefix: &str) {
    let SmtpAccount { host, port, security: _, credentials_secret, bounce_address, max_per_second } = account;
    rate(faults, "/email/smtp/maxPerSecond", *max_per_second);
    // An address has no certificate, and a name without a dot is one of this machine or its network.
    let is_name = matches!(Host::parse(host), Ok(Host::Domain(name)) if name == *host && name.contains('.'));
    faults.expect(is_name, "/email/smtp/host", "must be the name of a server, such as smtp.acme.example");
    faults.expect(
        !matches!(port, 0 | 25),
        "/email/smtp/port",
        "must be 587 for STARTTLS, 465 for TLS from the first byte, or another port but 25, which AWS lets nothing out to",
    );
    if let Some(credentials) = credentials_secret {
        secret(faults, "/email/smtp/credentialsSecret", credentials, SecretsOf::Providers, secret_prefix);
    }
    let is_bare = |address: &String| {
        let local = address.rsplit_once('@').map_or("", |(local, _)| local);
        Address::parse(address).is_some_and(|read| read.address == *address)
            && local.len() <= LONGEST_BOUNCE
            && !local.contains('+')
    };
    faults.expect(
        bounce_address.as_ref().is_none_or(is_bare),
        "/email/smtp/bounceAddress",
        &format!(
            "must be an address without a name, such as bounces@acme.example, with at most {LONGEST_BOUNCE} characters before \
             the @ and no +"
        ),
    );
}

/// Whether all are keys that SendGrid signs with.
fn public_keys(faults: &mut Faults, at: &str, keys: &[String]) {
    faults.expect(
        keys.len() <= SENDGRID_KEYS,
        at,
        &format!("must have at most {SENDGRID_KEYS} keys: remove those that were rotated out"),
    );
    for (place, key) in keys.iter().enumerate() {
        faults.expect(
            PublicKey::parse(key).is_some(),
            &format!("{at}/{place}"),
            "must be a public key of SendGrid's: base64 of a P-256 key in DER, as SendGrid shows it, on one line",
        );
    }
}

fn text(faults: &mut Faults, sender: &TextSender, secret_prefix: &str) {
    let TextSender { provider, account_sid, auth_token_secret, from, by_country, max_per_second } = sender;
    serves(faults, "/text/provider", *provider, SendingChannel::Text);
    faults.expect(is_sid(account_sid, "AC"), "/text/accountSid", "must be AC and 32 hexadecimal digits");
    secret(faults, "/text/authTokenSecret", auth_token_secret, SecretsOf::Providers, secret_prefix);
    faults.expect(
        is_answerable(from),
        "/text/from",
        "must be a number in E.164, such as +13125550142, a short code of 5 or 6 digits, or a messaging service: MG and 32 \
         hexadecimal digits",
    );
    rate(faults, "/text/maxPerSecond", *max_per_second);
    for (country, sender) in by_country {
        let at = format!("/text/byCountry/{country}");
        faults.value(&at, Some(country), formats::country);
        let takes_names = !NO_NAMES.contains(&country.as_str());
        faults.expect(
            is_answerable(sender) || (takes_names && is_sender_name(sender)),
            &at,
            &format!(
                "must be a number, a short code or a messaging service; or, except in {}, a name of at most 11 letters, \
                 digits and blanks with at least one letter",
                NO_NAMES.join(", ")
            ),
        );
    }
}

/// Countries whose carriers take no names for senders: the US with its territories, and Canada.
const NO_NAMES: [&str; 7] = ["US", "AS", "GU", "MP", "PR", "VI", "CA"];

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
    let LetterSender {
        provider,
        name: _,
        return_address: _,
        page_size,
        color: _,
        double_sided: _,
        mail_class,
        extra_service,
        return_envelope: _,
        max_pages,
        lob,
        max_per_second,
    } = sender;
    rate(faults, "/letter/maxPerSecond", *max_per_second);
    serves(faults, "/letter/provider", *provider, SendingChannel::Mail);
    let from = sender.sender();
    for fault in from.faults().below("") {
        let at = if fault.pointer == "/name" { "/letter" } else { "/letter/returnAddress" };
        faults.expect(false, &format!("{at}{}", fault.pointer), &fault.message);
    }
    let is_at_lob = *provider == ProviderName::Lob;
    faults.expect(
        !is_at_lob || !from.is_abroad(),
        "/letter/returnAddress/country",
        "must be US: Lob returns letters to no other country",
    );
    faults.expect(
        !is_at_lob || *page_size == PageSize::Letter,
        "/letter/pageSize",
        "must be letter: Lob prints on no other paper",
    );
    faults.expect(
        extra_service.is_none() || *mail_class == MailClass::FirstClass,
        "/letter/extraService",
        "must be left out with mailClass standard: it is for First-Class Mail",
    );
    let most = LetterSender::MOST_PAGES;
    faults.expect(
        max_pages.is_none_or(|pages| (1..=most).contains(&pages)),
        "/letter/maxPages",
        &format!("must be 1 to {most}, or left out"),
    );
    faults.expect(lob.is_some() || !is_at_lob, "/letter/lob", "must be given with the provider lob");
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
    let PushSender { provider, service_account_secret, max_per_second } = sender;
    rate(faults, "/push/maxPerSecond", *max_per_second);
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
        faults.expect(
            is_topic,
            &format!("{at}/{place}"),
            "must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:ses-events",
        );
    }
}

fn mailbox(faults: &mut Faults, at: &str, mailbox: &Mailbox) {
    const MESSAGE: &str = "must be one address, such as Acme Lending <no-reply@acme.example>";
    let is_address = |text: &str| Address::parse(text).is_some();
    let Mailbox { from, reply_to, provider, fallback, max_per_second } = mailbox;
    serves(faults, &format!("{at}/provider"), *provider, SendingChannel::Email);
    if let Some(fallback) = fallback {
        serves(faults, &format!("{at}/fallback"), *fallback, SendingChannel::Email);
        faults.expect(
            fallback != provider,
            &format!("{at}/fallback"),
            "must be another provider than provider",
        );
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
        &format!("must be 1 to {MAX_PER_SECOND}, or left out for an account without a limit"),
    );
}

/// Whether a text is one of Twilio's identifiers of this kind.
fn is_sid(text: &str, kind: &str) -> bool {
    let digits = text.strip_prefix(kind).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
