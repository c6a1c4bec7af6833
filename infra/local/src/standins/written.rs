//! Mail that somebody writes to a lender of the demo, whoever brings it.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use domain::tenant::Tenant;
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_parser::{Address, MessageParser};
use serde::Deserialize;

use super::ses::bare;
use crate::problem::Problem;

/// What a control is told of a mail: its parts, or `raw` with all of it.
#[derive(Deserialize)]
pub struct Written {
    /// `John <john@example.com>`
    from: Option<String>,
    /// The lender's address, or several after commas; where left out, the one that answers go to.
    to: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    body: String,
    html: Option<String>,
    #[serde(default)]
    files: Vec<WrittenFile>,
    /// The Message-ID it answers.
    in_reply_to: Option<String>,
    /// More headers, or others instead: `Message-ID`, `Auto-Submitted`.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A whole mail, as text or, where it is no text, in base64. Then `from` and `to` are its envelope only.
    raw: Option<String>,
}

/// A file that comes with a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenFile {
    /// What it is called.
    pub name: Option<String>,
    /// `application/pdf`
    pub media_type: String,
    /// What it holds, as text.
    content: Option<String>,
    /// The same in base64.
    base64: Option<String>,
}

impl WrittenFile {
    /// What it holds.
    pub fn bytes(&self) -> Result<Vec<u8>, Problem> {
        match (&self.content, &self.base64) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(text)) => BASE64
                .decode(text.as_bytes())
                .map_err(|error| Problem::bad_request(format!("a file's base64: {error}"))),
            _ => Err(Problem::bad_request("a file has either content or base64")),
        }
    }
}

/// A mail on its way.
pub struct Posted {
    /// Whom bounces go to, without a name.
    pub from: String,
    /// Whom it is for, without names.
    pub to: Vec<String>,
    /// As it stands on the wire.
    pub raw: Vec<u8>,
}

impl Written {
    /// A whole mail, which comes back to `from` and goes to `to`.
    pub fn on_the_wire(from: &str, to: &str, raw: String) -> Self {
        Self {
            from: Some(from.to_owned()),
            to: Some(to.to_owned()),
            subject: None,
            body: String::new(),
            html: None,
            files: Vec::new(),
            in_reply_to: None,
            headers: BTreeMap::new(),
            raw: Some(raw),
        }
    }

    /// The mail, written at `at`, and the lender it is for.
    pub fn post<A>(self, addressees: &[A], at: Timestamp) -> Result<(Posted, &A), Problem>
    where
        A: AsRef<Addressee>,
    {
        let raw = self.raw.as_deref().map(decoded).transpose()?;
        let parsed = raw.as_deref().and_then(|raw| MessageParser::default().parse(raw));
        let listed = |address: Option<&Address<'_>>| -> Vec<String> {
            let all = address.into_iter().flat_map(|all| all.iter());
            all.filter_map(|one| one.address().map(str::to_owned)).collect()
        };
        let to = match (&self.to, &parsed) {
            (Some(to), _) => to.split(',').map(|one| bare(one).to_owned()).collect(),
            (None, Some(parsed)) => listed(parsed.to()),
            (None, None) => addressees.first().map(|one| one.as_ref().default.clone()).into_iter().collect(),
        };
        let is_for = |one: &&A| to.iter().any(|address| one.as_ref().has(address));
        let addressee = addressees.iter().find(is_for).ok_or_else(|| {
            let domains = addressees.iter().flat_map(|one| one.as_ref().domains.clone());
            Problem::not_found(format!(
                "no mail is taken for {}; domains of lenders: {}",
                to.join(", "),
                domains.collect::<Vec<_>>().join(", ")
            ))
        })?;
        let from = self.from.clone().or_else(|| listed(parsed.as_ref()?.from()).into_iter().next());
        let from = from.ok_or_else(|| Problem::bad_request("missing field `from`"))?;
        let raw = match raw {
            Some(raw) => raw,
            None => self.compose(&from, &to, at)?,
        };
        Ok((Posted { from: bare(&from).to_owned(), to, raw }, addressee))
    }

    fn compose(self, from: &str, to: &[String], at: Timestamp) -> Result<Vec<u8>, Problem> {
        let domain = bare(from).rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned();
        let given = |name: &str| self.headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        let mut mail = MessageBuilder::new()
            .header("From", Raw::new(from.to_owned()))
            .header("To", Raw::new(to.join(", ")))
            .date(at.as_second());
        if !given("Message-ID") {
            mail = mail.message_id(format!("{:032x}@{domain}", rand::random::<u128>()));
        }
        if let Some(subject) = self.subject {
            mail = mail.subject(subject);
        }
        if let Some(id) = self.in_reply_to {
            mail = mail.header("In-Reply-To", Raw::new(format!("<{}>", id.trim_matches(['<', '>']))));
        }
        for (name, value) in self.headers {
            mail = mail.header(name, Raw::new(value));
        }
        mail = mail.text_body(self.body);
        if let Some(html) = self.html {
            mail = mail.html_body(html);
        }
        for (file, at) in self.files.iter().zip(1..) {
            let name = file.name.clone().unwrap_or_else(|| format!("file-{at}"));
            mail = mail.attachment(file.media_type.clone(), name, file.bytes()?);
        }
        mail.write_to_vec().map_err(|error| Problem::bad_request(error.to_string()))
    }
}

/// A header has a colon, which base64 has not.
fn decoded(raw: &str) -> Result<Vec<u8>, Problem> {
    if raw.contains(':') {
        return Ok(raw.as_bytes().to_vec());
    }
    let base64: String = raw.split_whitespace().collect();
    BASE64
        .decode(base64.as_bytes())
        .map_err(|error| Problem::bad_request(format!("raw is neither a mail nor its base64: {error}")))
}

/// The addresses of a lender that mail is taken for: all of its senders' domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    domains: Vec<String>,
    default: String,
}

impl Addressee {
    /// Those of a tenant; `None` for one without e-mail.
    pub fn of(tenant: &Tenant) -> Option<Self> {
        let email = tenant.senders.email.as_ref()?;
        let [transactional, conversational] = [&email.transactional, &email.conversational];
        let default = conversational.reply_to.as_ref().unwrap_or(&conversational.from);
        let all = [Some(default), Some(&transactional.from), transactional.reply_to.as_ref()];
        let domain = |address: &String| Some(bare(address).rsplit_once('@')?.1.to_owned());
        let mut domains: Vec<String> = all.into_iter().flatten().filter_map(domain).collect();
        domains.sort();
        domains.dedup();
        Some(Self { domains, default: bare(default).to_owned() })
    }

    /// Whether an address is one of the lender's.
    pub fn has(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }
}
