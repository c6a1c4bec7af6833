//! `POST /v1/letters`: makes a letter, and everything Lob refuses one for.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, HEXLOWER};
use domain::vocabulary::{ProviderName, SendingChannel};
use futures::stream;
use hayro::hayro_syntax::Pdf;
use serde_json::json;

use super::{Lob, LobAccount, events, resource};
use crate::faults::{Mode, Target};
use crate::outbox::{Attachment, Message};
use crate::standins::connection;

/// Whose account a letter was made with, among its tags.
pub const OWNER: &str = "account";
/// The idempotency key it was made with.
pub const KEY: &str = "idempotency_key";

/// Points that a page's edges may be off.
const TOLERANCE: f32 = 2.0;

/// Why Lob does not do what it is asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Lob's error code.
    pub code: &'static str,
    /// Lob's wording, or near it; clients go by the code.
    pub message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The request is wrong.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// There is no such letter.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "letter not found")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { status, code, message } = self;
        let error = json!({ "message": message, "status_code": status.as_u16(), "code": code });
        (status, Json(json!({ "error": error }))).into_response()
    }
}

impl Lob {
    /// The account whose key is the user name.
    pub(super) fn authenticate(&self, headers: &HeaderMap) -> Result<&LobAccount, Refusal> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Basic "));
        let given = given.and_then(|encoded| BASE64.decode(encoded.trim().as_bytes()).ok());
        let owner = self
            .config
            .accounts
            .iter()
            .find(|account| given.as_deref() == Some(format!("{}:", account.api_key).as_bytes()));
        owner.ok_or_else(|| {
            Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", "Your API key is not valid.")
        })
    }
}

/// Makes a letter, unless a fault is due. The same idempotency key is the same letter.
pub async fn create(
    State(lob): State<Arc<Lob>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let account = lob.authenticate(&headers)?.clone();
    let form = Form::read(&headers, body).await?;
    let pages = form.check()?;
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();

    let fault = lob.around.faults.take(Target::Provider(ProviderName::Lob));
    match fault {
        Some(Mode::Error) => {
            let message = "An internal server error occurred, please try again.";
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", message));
        }
        Some(Mode::Throttle) => {
            let limited =
                Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", "Rate limit exceeded.");
            return Ok(([("retry-after", "5")], limited).into_response());
        }
        Some(Mode::Timeout) => return Ok(connection::keep_waiting().await),
        Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
    }

    let before = lob
        .letters_of(&account.owner)
        .into_iter()
        .find(|letter| !key.is_empty() && letter.tags.get(KEY).is_some_and(|known| known == key));
    let letter = match before {
        Some(letter) => letter,
        None => {
            let letter = lob.around.outbox.add_letter(lob.letter(&account, key, &form, pages), form.file);
            events::deliver_by_itself(&lob, letter.clone());
            letter
        }
    };
    let answer = Json(resource::letter(&letter, lob.is_canceled(&letter))).into_response();
    Ok(lob.around.answer(fault, &letter, answer).await)
}

impl Lob {
    fn letter(&self, account: &LobAccount, key: &str, form: &Form, pages: usize) -> Message {
        let lines = |who: &str| {
            let names =
                ["name", "address_line1", "address_line2", "address_city", "address_state", "address_zip"];
            let values = names.iter().filter_map(|name| form.value(&format!("{who}[{name}]")));
            values.collect::<Vec<_>>().join(", ")
        };
        let mut tags = form.fields.clone();
        tags.insert(OWNER.to_owned(), account.owner.clone());
        tags.insert(KEY.to_owned(), key.to_owned());
        let raw: Vec<String> = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Lob,
            provider_message_id: format!("ltr_{}", HEXLOWER.encode(&rand::random::<[u8; 8]>())),
            channel: SendingChannel::Mail,
            to: lines("to"),
            from: lines("from"),
            subject: None,
            body: format!("A letter of {pages} pages"),
            html: None,
            headers: BTreeMap::new(),
            attachments: vec![Attachment {
                name: "letter.pdf".to_owned(),
                media_type: Some("application/pdf".to_owned()),
                size: Some(form.file.len()),
            }],
            tags,
            reports: Vec::new(),
            raw: raw.join("\n"),
        }
    }
}

/// A request's form.
struct Form {
    fields: BTreeMap<String, String>,
    file: Vec<u8>,
}

impl Form {
    async fn read(headers: &HeaderMap, body: Bytes) -> Result<Self, Refusal> {
        let malformed = |error: multer::Error| Refusal::invalid("invalid", error.to_string());
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(malformed)?;
        let mut parts = multer::Multipart::new(stream::once(async { Ok::<_, Infallible>(body) }), boundary);
        let mut form = Self { fields: BTreeMap::new(), file: Vec::new() };
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() && name == "file" {
                form.file = part.bytes().await.map_err(malformed)?.to_vec();
            } else {
                form.fields.insert(name, part.text().await.map_err(malformed)?);
            }
        }
        Ok(form)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn one_of(&self, name: &str, allowed: &[&str]) -> Result<(), Refusal> {
        match self.value(name) {
            Some(value) if !allowed.contains(&value) => {
                Err(Refusal::invalid("invalid", format!("{name} must be one of [{}]", allowed.join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// Looks through it as Lob does. Returns how many pages the letter has.
    fn check(&self) -> Result<usize, Refusal> {
        for who in ["to", "from"] {
            self.check_address(who)?;
        }
        if self.value("from[address_country]").is_some_and(|country| country != "US") {
            return Err(Refusal::invalid("foreign_return_address", "from must be a US address"));
        }
        if self.value("color").is_none() {
            return Err(Refusal::invalid("invalid", "color is required"));
        }
        for flag in ["color", "double_sided", "return_envelope"] {
            self.one_of(flag, &["true", "false"])?;
        }
        self.one_of("address_placement", &["top_first_page", "insert_blank_page", "bottom_first_page"])?;
        self.one_of("mail_type", &["usps_first_class", "usps_standard"])?;
        self.one_of("use_type", &["marketing", "operational"])?;
        self.one_of("extra_service", &["certified", "certified_return_receipt", "registered"])?;
        if self.value("return_envelope") == Some("true") && self.value("perforated_page").is_none() {
            let message = "perforated_page is required with return_envelope";
            return Err(Refusal::invalid("invalid_perforation_return_envelope", message));
        }
        let is_standard = self.value("mail_type") == Some("usps_standard");
        if is_standard && self.value("extra_service").is_some() {
            return Err(Refusal::invalid("invalid", "extra_service is not available for usps_standard"));
        }
        if is_standard && self.is_abroad() {
            let message = "usps_standard is not available for international letters";
            return Err(Refusal::invalid("invalid_international_feature", message));
        }
        self.check_pages()
    }

    fn is_abroad(&self) -> bool {
        self.value("to[address_country]").is_some_and(|country| country != "US")
    }

    fn check_address(&self, who: &str) -> Result<(), Refusal> {
        let part = |name: &str| self.value(&format!("{who}[{name}]"));
        let missing = |name: &str| Refusal::invalid("invalid", format!("{who}[{name}] is required"));
        let is_us = part("address_country").is_none_or(|country| country == "US");
        let name = part("name").ok_or_else(|| missing("name"))?;
        let line = part("address_line1").ok_or_else(|| missing("address_line1"))?;
        if is_us {
            for needed in ["address_city", "address_state", "address_zip"] {
                part(needed).ok_or_else(|| missing(needed))?;
            }
        }
        let longest = [(name, 40), (line, 64), (part("address_line2").unwrap_or_default(), 64)];
        if longest.iter().any(|(text, most)| text.chars().count() > *most) {
            let message = format!("{who} is longer than its lines");
            return Err(Refusal::invalid("address_length_exceeds_limit", message));
        }
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        let is_zip = |zip: &str| match zip.split_once('-') {
            Some((five, four)) => digits(five, 5) && digits(four, 4),
            None => digits(zip, 5),
        };
        if is_us && !part("address_zip").is_some_and(is_zip) {
            let message = format!("{who}[address_zip] must be in a valid zip format");
            return Err(Refusal::invalid("invalid", message));
        }
        if line.contains("UNDELIVERABLE") {
            let message = "address is not deliverable under the account's strictness";
            return Err(Refusal::invalid("failed_deliverability_strictness", message));
        }
        Ok(())
    }

    fn check_pages(&self) -> Result<usize, Refusal> {
        let pdf = Pdf::new(self.file.clone())
            .map_err(|_| Refusal::invalid("invalid_file", "file must be a PDF that can be read"))?;
        let pages = pdf.pages();
        let is_letter = |(width, height): (f32, f32)| {
            (width - 612.0).abs() <= TOLERANCE && (height - 792.0).abs() <= TOLERANCE
        };
        if !pages.iter().all(|page| is_letter(page.render_dimensions())) {
            return Err(Refusal::invalid("invalid_file_dimensions", "file pages must be 8.5x11 inches"));
        }
        let sheets = if self.is_abroad() { 6 } else { 60 };
        let most = if self.value("double_sided") == Some("false") { sheets } else { 2 * sheets };
        match pages.len() {
            0 => Err(Refusal::invalid("file_pages_below_min", "file has no page")),
            count if count > most => {
                Err(Refusal::invalid("file_pages_exceed_max", format!("file has more than {most} pages")))
            }
            count => Ok(count),
        }
    }
}
