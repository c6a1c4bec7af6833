//! A form as browsers and mailboxes post it.

use domain::Error;
use lambda_http::http::{HeaderMap, header};
use url::form_urlencoded;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// Its members, in order. Mailboxes may use either media type (RFC 8058, section 3.2).
///
/// # Errors
/// [`Error::UnsupportedMediaType`].
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Vec<(String, String)>, Error> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    members(media.unwrap_or_default(), body)
}

fn members(content_type: &str, body: &[u8]) -> Result<Vec<(String, String)>, Error> {
    let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match media.trim().to_ascii_lowercase().as_str() {
        URLENCODED => Ok(form_urlencoded::parse(body).into_owned().collect()),
        MULTIPART => Ok(parameter(parameters, "boundary").map(|of| parts(&of, body)).unwrap_or_default()),
        _ => Err(Error::UnsupportedMediaType(format!("{URLENCODED} or {MULTIPART}"))),
    }
}

/// The texts in a multipart body (RFC 7578). What is no text of a name is left out.
fn parts(boundary: &str, body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    // Every boundary but the first stands after a line break, which belongs to it.
    let (text, boundary) = (format!("\r\n{text}"), format!("\r\n--{boundary}"));
    let parts = text.split(&boundary).skip(1);
    let read = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split("\r\n").find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.trim().eq_ignore_ascii_case("content-disposition").then(|| parameter(value, "name"))?
        });
        Some((name?, value.to_owned()))
    };
    parts.filter_map(read).collect()
}

/// `name="value"` among the parameters of a header.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    parameters.split(';').find_map(|pair| {
        let (known, value) = pair.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (known.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn both_media_types_say_the_same() {
        let multipart = "--b1\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b1\r\n\
                         content-disposition: form-data; name=choice\r\nContent-Type: text/plain\r\n\r\nall\r\n--b1--\r\n";
        let expected = vec![pair("List-Unsubscribe", "One-Click"), pair("choice", "all")];
        for (content_type, body) in [
            (URLENCODED, "List-Unsubscribe=One-Click&choice=all"),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "List-Unsubscribe=One%2dClick&choice=all"),
            ("multipart/form-data; boundary=b1", multipart),
            ("multipart/form-data; charset=utf-8; Boundary=\"b1\"", multipart),
        ] {
            assert_eq!(members(content_type, body.as_bytes()).unwrap(), expected, "{content_type}");
        }
    }

    #[test]
    fn what_is_no_form_has_no_members_or_is_refused() {
        for (content_type, body) in [
            (URLENCODED, &b""[..]),
            ("multipart/form-data", b"--b\r\n\r\n"),
            ("multipart/form-data; boundary=", b"--\r\n\r\n"),
            ("multipart/form-data; boundary=b", b"--b\r\n\r\nOne-Click\r\n--b--"),
            ("multipart/form-data; boundary=b", b"\xff\xfe--b"),
        ] {
            assert_eq!(members(content_type, body).unwrap(), [], "{content_type}");
        }
        for content_type in ["", "application/json", "text/plain"] {
            assert!(matches!(members(content_type, b"choice=all"), Err(Error::UnsupportedMediaType(_))));
        }
    }
}
