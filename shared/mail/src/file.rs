//! Files that came with a mail.

use crate::{line::one_line, mime::Part};

/// Characters of a name.
const NAME: usize = 150;
/// Characters of a media type.
const MEDIA_TYPE: usize = 100;

/// A file that came with a mail: attached to it, or a picture within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Without path, control characters and those that turn the direction of writing; 1 to 150 characters.
    pub name: String,
    /// What the sender takes it for, such as `application/pdf`; in small letters, without parameters.
    pub media_type: String,
    /// As they are.
    pub bytes: Vec<u8>,
    /// By which HTML refers to it (`cid:`), without angle brackets.
    pub content_id: Option<String>,
}

impl Enclosure {
    /// As it may be kept, whatever it was called.
    pub(crate) fn cleaned(self) -> Self {
        let given = self.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_token = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let is_type = given.split_once('/').is_some_and(|(kind, of)| is_token(kind) && is_token(of));
        let media_type =
            if is_type && given.len() <= MEDIA_TYPE { given } else { "application/octet-stream".to_owned() };
        let content_id = self.content_id.map(|id| one_line(id.trim().trim_matches(['<', '>']), 998));
        let content_id = content_id.filter(|id| !id.is_empty());
        Self { name: name(&self.name, &media_type), media_type, bytes: self.bytes, content_id }
    }

    /// A part as a file.
    pub(crate) fn of(part: &Part, bytes: Vec<u8>) -> Self {
        let disposition = part.headers.parameters("content-disposition").unwrap_or_default();
        let named = disposition.named("filename").or_else(|| part.media.named("name")).map(str::to_owned);
        let name = named.or_else(|| subject(part, &bytes)).unwrap_or_default();
        let content_id = part.headers.first("content-id").map(str::to_owned);
        Self { name, media_type: part.media.value.clone(), bytes, content_id }.cleaned()
    }
}

/// An enclosed mail is called after its subject.
fn subject(part: &Part, bytes: &[u8]) -> Option<String> {
    if !matches!(&*part.media.value, "message/rfc822" | "message/global") {
        return None;
    }
    let header = &bytes[..bytes.len().min(crate::mime::HEADERS)];
    let (headers, _) = crate::headers::Headers::read(header, |_| false);
    let subject = headers.text("subject", NAME - ".eml".len())?;
    let subject = subject.replace(['/', '\\'], "-");
    (!subject.is_empty()).then(|| subject + ".eml")
}

/// A name without path. One that is too long keeps its ending, by which people and programs tell what it is.
fn name(given: &str, media_type: &str) -> String {
    let line = one_line(given, 4_000);
    let base = line.rsplit(['/', '\\']).map(str::trim).find(|base| !base.trim_matches(['.', ' ']).is_empty());
    let Some(base) = base else { return usual(media_type) };
    if base.chars().count() <= NAME {
        return base.to_owned();
    }
    let (stem, ending) = match base.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= 10 => (stem, format!(".{ending}")),
        _ => (base, String::new()),
    };
    let kept = NAME - ending.chars().count();
    stem.chars().take(kept).collect::<String>() + &ending
}

/// What a file without a name is called.
fn usual(media_type: &str) -> String {
    let ending = match media_type {
        "text/plain" => "txt",
        "text/calendar" => "ics",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" => return "delivery-status.txt".to_owned(),
        "message/disposition-notification" => return "read-receipt.txt".to_owned(),
        "text/rfc822-headers" => return "headers.txt".to_owned(),
        "image/jpeg" | "image/jpg" => "jpg",
        "image/svg+xml" => "svg",
        "image/tiff" => "tif",
        "application/ms-tnef" | "application/vnd.ms-tnef" => return "winmail.dat".to_owned(),
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => return "smime.p7s".to_owned(),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => return "smime.p7m".to_owned(),
        "application/pgp-signature" => return "signature.asc".to_owned(),
        other => match other.split_once('/') {
            // Most are called as their files end.
            Some((_, of)) if of.len() <= 5 && of.bytes().all(|byte| byte.is_ascii_alphanumeric()) => of,
            _ => return "file".to_owned(),
        },
    };
    let stem = if media_type.starts_with("message/rfc") { "message" } else { "file" };
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_and_nothing_else() {
        let long = "x".repeat(300);
        for (given, media_type, kept) in [
            ("a.pdf", "application/pdf", "a.pdf".to_owned()),
            ("../../etc/passwd", "text/plain", "passwd".to_owned()),
            ("C:\\temp\\a.pdf", "application/pdf", "a.pdf".to_owned()),
            ("a/", "application/pdf", "a".to_owned()),
            ("..", "application/pdf", "file.pdf".to_owned()),
            ("", "image/jpeg", "file.jpg".to_owned()),
            (" \r\n\0", "application/x-something-long", "file".to_owned()),
            ("", "application/ms-tnef", "winmail.dat".to_owned()),
            ("a\u{202e}fdp.exe", "application/pdf", "afdp.exe".to_owned()),
            ("a\r\nb.pdf", "application/pdf", "a b.pdf".to_owned()),
            (&format!("{long}.pdf"), "application/pdf", format!("{}.pdf", &long[..146])),
            (&long, "application/pdf", long[..150].to_owned()),
        ] {
            assert_eq!(name(given, media_type), kept, "{given}");
        }
    }

    #[test]
    fn a_media_type_that_is_none_becomes_the_one_of_any_file() {
        for (given, kept) in [
            ("Application/PDF; name=x", "application/pdf"),
            ("pdf", "application/octet-stream"),
            ("a/b c", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            let file = Enclosure {
                name: String::new(),
                media_type: given.into(),
                bytes: Vec::new(),
                content_id: None,
            };
            assert_eq!(file.cleaned().media_type, kept, "{given}");
        }
    }
}
