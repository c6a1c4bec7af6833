//! A rendered template as a file to download.

use std::str::FromStr;

use domain::{
    Error,
    error::{Conflict, Ours as _},
    template::Descriptor,
    vocabulary::MediaType,
};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use platform::{app::App, documents, http::Request, pipeline::compose};
use schemars::JsonSchema;

use super::Page;
use crate::{catalog::Answer, openapi::Operation};

/// What a template is rendered to: `fmt` of 001 and 002.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum Format {
    /// The text part.
    Text,
    /// The HTML part, or the text as a letter.
    Html,
    /// The same on pages.
    Pdf,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "html" => Ok(Self::Html),
            "pdf" => Ok(Self::Pdf),
            _ => Err("must be one of text, html, pdf"),
        }
    }
}

impl Format {
    /// The one asked for; HTML if none is.
    pub fn asked_for(request: &Request) -> Result<Self, Error> {
        Ok(request.query("fmt")?.unwrap_or(Self::Html))
    }

    /// The kind of file it makes.
    pub fn media_type(self) -> MediaType {
        match self {
            Self::Text => MediaType::Text,
            Self::Html => MediaType::Html,
            Self::Pdf => MediaType::Pdf,
        }
    }
}

/// The content of the file.
///
/// # Errors
/// [`Conflict::PartMissing`], [`Error::Template`].
pub(super) async fn content(app: &App, format: Format, page: &Page) -> Result<Vec<u8>, Error> {
    let rendered = &page.composed.rendered;
    match format {
        Format::Text => match &rendered.content_text {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Err(missing(page.descriptor(), "text", "html or pdf")),
        },
        Format::Html => html(page).await.map(String::into_bytes),
        Format::Pdf => app.printer.print(html(page).await?, compose::sheet(&page.composed)).await,
    }
}

async fn html(page: &Page) -> Result<String, Error> {
    let html = compose::printable(&page.composed).await?;
    html.ok_or_else(|| missing(page.descriptor(), "HTML or text", "another template"))
}

fn missing(descriptor: &Descriptor, part: &str, instead: &str) -> Error {
    let detail = format!("The template {} has no {part} part; ask for {instead}.", descriptor.name);
    Error::conflict(Conflict::PartMissing, detail)
}

/// The answer: the file, to be saved under a name that says what it is.
pub(crate) async fn attachment(app: &App, format: Format, page: &Page) -> Answer {
    let bytes = content(app, format, page).await?;
    if bytes.len() as u64 > documents::MAX_ANSWER {
        let detail = "The file is larger than one answer holds; render it to a document and download that.";
        return Err(Error::conflict(Conflict::LimitReached, detail));
    }
    let mut response = Response::new(match format {
        Format::Text | Format::Html => Body::Text(String::from_utf8(bytes).unwrap_or_default()),
        Format::Pdf => Body::Binary(bytes),
    });
    let name = file_name(page.descriptor(), format);
    let fallbacks: Vec<_> = page.chosen.fallbacks.iter().map(|fallback| fallback.as_str()).collect();
    let headers = response.headers_mut();
    let mut insert = |header: header::HeaderName, value: &str| {
        HeaderValue::from_str(value).map(|value| drop(headers.insert(header, value)))
    };
    let told = insert(header::CONTENT_TYPE, format.media_type().content_type())
        .and_then(|()| insert(header::CONTENT_DISPOSITION, &documents::disposition(&name)))
        .and_then(|()| insert(header::CONTENT_LANGUAGE, &page.descriptor().language))
        // It holds a borrower's data, and lender's HTML is not to run in the API's origin.
        .and_then(|()| insert(header::CACHE_CONTROL, "no-store"))
        .and_then(|()| insert(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .and_then(|()| insert(header::CONTENT_SECURITY_POLICY, "sandbox"))
        .and_then(|()| insert(VERSION, page.chosen.version.id.as_str()))
        .and_then(|()| match fallbacks.is_empty() {
            true => Ok(()),
            false => insert(FALLBACK, &fallbacks.join(", ")),
        });
    told.internal()?;
    Ok(response)
}

/// Which version was rendered.
const VERSION: header::HeaderName = header::HeaderName::from_static("postrider-template-version");
/// In what the template is not quite what was asked for: `language`, `product`.
const FALLBACK: header::HeaderName = header::HeaderName::from_static("postrider-template-fallback");

/// `payment-reminder.pdf` for a template called "Payment Reminder".
pub(super) fn file_name(descriptor: &Descriptor, format: Format) -> String {
    let slug = |text: &str| {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
        let words: String = text.chars().take(80).map(plain).collect();
        words.split_whitespace().collect::<Vec<_>>().join("-")
    };
    let name = slug(&descriptor.name);
    let name = if name.is_empty() { slug(descriptor.subject.as_str()) } else { name };
    format!("{name}.{}", format.media_type().extension())
}

/// What the OpenAPI document says about an answer that is a file.
pub(crate) fn describe(operation: Operation) -> Operation {
    operation
        .about(
            "The answer is the file itself, as an attachment named after the template. HTML and PDF of a template without \
             an HTML part show its text as a letter. The header Postrider-Template-Version names the version, and \
             Postrider-Template-Fallback tells where it is not quite what was asked for: language, product.",
        )
        .query_as::<Format>("fmt", "text, html (the default) or pdf.")
        .file(200, "The file, as an attachment", &[MediaType::Text, MediaType::Html, MediaType::Pdf])
}
