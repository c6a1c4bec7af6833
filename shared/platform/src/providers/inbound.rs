//! What borrowers write, as every provider's reader gives it.

use domain::vocabulary::{InboundChannel, ProviderName};
use mail::{Enclosure, Mail, Report};
use url::Url;

/// The most addresses a message is taken to have come to.
const MOST_ADDRESSES: usize = 100;

/// The longest id of a mail that is taken for one (RFC 5322, section 2.1.1: a line has at most 998 characters).
const LONGEST_ID: usize = 998;

/// A message of a borrower, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Who brought it.
    pub provider: ProviderName,
    /// By which channel it came, and can be answered.
    pub channel: InboundChannel,
    /// Names it at its provider, the same when it is delivered again: Twilio's MessageSid, or a mail's Message-ID.
    pub reference: String,
    /// Where it came from, as written: a number, or the address of a mail's From; "" if the mail names nobody.
    pub from: String,
    /// The numbers or addresses it came to, as written; those of a mail's envelope first.
    pub to: Vec<String>,
    /// A mail's subject.
    pub subject_line: Option<String>,
    /// What the borrower wrote newly.
    pub text: String,
    /// What stood below it: the mail it answers, a signature.
    pub quoted: Option<String>,
    /// A mail's whole HTML, harmless.
    pub html: Option<String>,
    /// Message-IDs of the mails it answers, the nearest first.
    pub answers: Vec<String>,
    /// What came with it.
    pub files: Vec<Enclosed>,
    /// Whether a machine wrote it, so that no machine may answer.
    pub automatic: bool,
    /// Whether it really comes from where it says: so do texts, and mail that its sender's domain vouches for.
    pub is_proven: bool,
    /// A keyword that the provider took, acted on and answered itself.
    pub keyword: Option<Keyword>,
    /// What a mail system reports of mail of ours, if it is that. Anybody may write such a mail.
    pub returned: Option<Report>,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// What its sender calls it.
    pub name: String,
    /// What it is said to be: `image/jpeg`.
    pub media_type: String,
    /// What it holds, or where that is.
    pub what: What,
}

/// What a file holds, or where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The content.
    Bytes(Vec<u8>),
    /// Its address at the provider, from which [`Provider::fetch`](super::Provider::fetch) has it.
    At(Url),
}

/// A word that a provider takes for a wish of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Who is this?
    Help,
}

/// What a provider says of a mail, beside the mail itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Whom bounces go to; `None` for mail that is a bounce itself (RFC 5321, section 4.5.5).
    pub from: Option<String>,
    /// Whom it was handed over for.
    pub to: Vec<String>,
    /// What names the mail if it has no Message-ID.
    pub reference: String,
    /// Whether its sender's domain vouches for it.
    pub vouched: Vouched,
}

/// What of a mail is proven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Vouched {
    /// DMARC failed: whoever owns the domain of From disowns the mail.
    #[default]
    Disowned,
    /// DMARC passed: the domain of From vouches for it (RFC 7489).
    Owned,
    /// Its domain has no DMARC. These domains vouch for it, by SPF or DKIM.
    By(Vec<String>),
}

impl Inbound {
    /// A mail as its envelope and it itself say.
    pub fn of_mail(provider: ProviderName, mail: Mail, envelope: Envelope) -> Self {
        let from = mail.from.map(|from| from.address);
        let is_proven = from.as_deref().is_some_and(|from| envelope.vouched.is_for(from));
        let is_id = |id: &String| (1..=LONGEST_ID).contains(&id.len());
        let mut to: Vec<String> = Vec::new();
        let named = mail.to.into_iter().chain(mail.cc).map(|mailbox| mailbox.address);
        for address in envelope.to.into_iter().chain(mail.delivered_to).chain(named) {
            if to.len() < MOST_ADDRESSES && !to.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
                to.push(address);
            }
        }
        Self {
            provider,
            channel: InboundChannel::Email,
            reference: mail.message_id.filter(is_id).unwrap_or(envelope.reference),
            automatic: mail.automatic.is_some() || envelope.from.is_none(),
            from: from.or(envelope.from).unwrap_or_default(),
            to,
            subject_line: Some(mail.subject).filter(|subject| !subject.is_empty()),
            text: mail.text,
            quoted: mail.quoted,
            html: mail.html,
            answers: mail.answers,
            files: mail.files.into_iter().map(Enclosed::from).collect(),
            is_proven,
            keyword: None,
            returned: mail.report,
        }
    }
}

impl From<Enclosure> for Enclosed {
    fn from(Enclosure { name, media_type, bytes, .. }: Enclosure) -> Self {
        Self { name, media_type, what: What::Bytes(bytes) }
    }
}

impl Vouched {
    /// Whether an address is its sender's.
    fn is_for(&self, address: &str) -> bool {
        match self {
            Self::Disowned => false,
            Self::Owned => true,
            Self::By(domains) => domains.iter().any(|domain| is_within(domain_of(address), domain)),
        }
    }
}

/// The domain of an address; "" if it has none.
pub fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('.'))
}

/// Whether a domain is another or below it. Not the other way around, though DMARC takes that too: without a list of public
/// suffixes, whoever has a site under `pages.example` would vouch for all of that domain.
fn is_within(domain: &str, other: &str) -> bool {
    let (domain, other) = (domain.to_ascii_lowercase(), other.trim_end_matches('.').to_ascii_lowercase());
    let above = domain.strip_suffix(&other);
    other.contains('.') && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(from: &str) -> Mail {
        mail::read(
            format!("From: {from}\r\nTo: a@acme.example\r\nMessage-ID: <1@x.example>\r\n\r\nHi").as_bytes(),
        )
        .unwrap()
    }

    fn read(from: &str, envelope: Envelope) -> Inbound {
        Inbound::of_mail(ProviderName::Ses, mail(from), envelope)
    }

    #[test]
    fn a_mail_is_proven_only_by_the_domain_of_its_from() {
        let by = |domains: &[&str]| Vouched::By(domains.iter().map(|domain| (*domain).to_owned()).collect());
        for (from, vouched, expected) in [
            ("john@example.com", Vouched::Owned, true),
            ("john@example.com", Vouched::Disowned, false),
            ("john@example.com", by(&[]), false),
            ("john@example.com", by(&["example.com"]), true),
            ("john@Example.COM", by(&["other.example", "example.com."]), true),
            ("john@mail.example.com", by(&["example.com"]), true),
            ("john@example.com", by(&["mail.example.com"]), false),
            ("john@notexample.com", by(&["example.com"]), false),
            ("john@example.com", by(&["com"]), false),
            ("john@example.com", by(&[""]), false),
            ("undisclosed", by(&["example.com"]), false),
        ] {
            let envelope = Envelope { vouched: vouched.clone(), ..Envelope::default() };
            assert_eq!(read(from, envelope).is_proven, expected, "{from} {vouched:?}");
        }
    }

    #[test]
    fn it_came_to_the_envelopes_addresses_first_and_to_each_once() {
        let envelope =
            Envelope { to: vec!["A@acme.example".into(), "b@acme.example".into()], ..Envelope::default() };
        assert_eq!(read("john@example.com", envelope).to, ["A@acme.example", "b@acme.example"]);
    }

    #[test]
    fn a_mail_with_no_return_path_is_a_machines() {
        for (from, automatic) in [(None, true), (Some("john@example.com".to_owned()), false)] {
            assert_eq!(
                read("john@example.com", Envelope { from, ..Envelope::default() }).automatic,
                automatic
            );
        }
    }

    #[test]
    fn a_mail_without_an_id_is_named_by_its_provider() {
        let envelope = Envelope { reference: "0100".into(), ..Envelope::default() };
        let nameless = Mail { message_id: None, ..mail("john@example.com") };
        assert_eq!(Inbound::of_mail(ProviderName::Ses, nameless, envelope.clone()).reference, "0100");
        assert_eq!(read("john@example.com", envelope).reference, "1@x.example");
    }
}
