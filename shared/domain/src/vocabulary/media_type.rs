//! What files may be: those that a person can open without harm, and that mail and letters can carry.

vocabulary! {
    /// The kind of a document's content.
    MediaType {
        Pdf "application/pdf",
        Png "image/png",
        Jpeg "image/jpeg",
        /// In UTF-8.
        Text "text/plain",
        /// In UTF-8.
        Html "text/html",
    }
}

impl MediaType {
    /// What a `Content-Type` names that leaves the kind to the file.
    pub const ANY: &str = "application/octet-stream";

    /// The kind of a file whose `Content-Type` this is; one that is left to the file is seen from it.
    pub fn of_file(content_type: &str, bytes: &[u8]) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.eq_ignore_ascii_case(Self::ANY) {
            true => [Self::Pdf, Self::Png, Self::Jpeg, Self::Text].into_iter().find(|kind| kind.fits(bytes)),
            false => Self::of(content_type),
        }
    }

    /// The kind a `Content-Type` names, whatever its parameters.
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(essence))
    }

    /// As a `Content-Type`: texts with their encoding.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf | Self::Png | Self::Jpeg => self.as_str(),
            Self::Text => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// What its files' names end in, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }

    /// Whether a file begins as its kind does (ISO 32000-2, 7.5.2; PNG, 5.2; JPEG, B.1.1.3), and a text is UTF-8.
    pub fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Pdf => bytes.starts_with(b"%PDF-"),
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Self::Text | Self::Html => std::str::from_utf8(bytes).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_read_whatever_its_case_and_parameters() {
        for (text, expected) in [
            ("application/pdf", Some(MediaType::Pdf)),
            ("Text/HTML; charset=utf-8", Some(MediaType::Html)),
            (" image/png ", Some(MediaType::Png)),
            ("application/zip", None),
            ("text/plainer", None),
            ("", None),
        ] {
            assert_eq!(MediaType::of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_is_sent_as_any_is_what_it_begins_as() {
        for (content_type, bytes, expected) in [
            ("application/octet-stream", &b"%PDF-1.7\n"[..], Some(MediaType::Pdf)),
            ("Application/Octet-Stream; a=b", b"\xff\xd8\xff\xe0", Some(MediaType::Jpeg)),
            ("application/octet-stream", b"<p>Hello", Some(MediaType::Text)),
            ("application/octet-stream", b"PK\xff", None),
            ("text/html", b"<p>Hello", Some(MediaType::Html)),
            ("application/zip", b"%PDF-1.7\n", None),
        ] {
            assert_eq!(MediaType::of_file(content_type, bytes), expected, "{content_type} {bytes:?}");
        }
    }

    #[test]
    fn a_file_that_is_something_else_does_not_fit() {
        for (kind, bytes, fits) in [
            (MediaType::Pdf, &b"%PDF-1.7\n"[..], true),
            (MediaType::Pdf, b"<html>", false),
            (MediaType::Png, b"\x89PNG\r\n\x1a\n\0", true),
            (MediaType::Png, b"\x89PNG", false),
            (MediaType::Jpeg, b"\xff\xd8\xff\xe0", true),
            (MediaType::Jpeg, b"\x89PNG\r\n\x1a\n", false),
            (MediaType::Text, "Grüße".as_bytes(), true),
            (MediaType::Text, b"Gr\xfc\xdfe", false),
            (MediaType::Html, b"\xff\xd8\xff", false),
        ] {
            assert_eq!(kind.fits(bytes), fits, "{kind} {bytes:?}");
        }
    }
}
