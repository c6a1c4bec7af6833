//! How a lender's pages look, as far as its branding can be trusted: what is no color or no picture is left out.

use domain::tenant::Tenant;
use serde::Serialize;
use url::{Host, Url};

/// A lender's color and logo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Of the button: `#rrggbb`.
    color: String,
    /// What can be read on it.
    on_color: &'static str,
    /// An `https` URL.
    logo: Option<String>,
}

/// That of the built-in e-mail.
const COLOR: &str = "#1f4e79";
const DARK: &str = "#000000";
const LIGHT: &str = "#ffffff";
/// Characters of a logo's URL.
const LONGEST: usize = 2_000;

impl Default for Look {
    fn default() -> Self {
        Self { color: COLOR.into(), on_color: LIGHT, logo: None }
    }
}

impl Look {
    /// A lender's.
    pub fn of(lender: &Tenant) -> Self {
        let branding = |name: &str| lender.settings.branding.get(name).map(|value| value.trim());
        let color = branding("color").and_then(|color| Some((color.to_owned(), luminance(color)?)));
        let logo = branding("logo").and_then(logo).map(String::from);
        match color {
            Some((color, luminance)) => Self { on_color: readable_on(luminance), color, logo },
            None => Self { logo, ..Self::default() },
        }
    }

    /// Where the logo comes from, as a content security policy names it.
    pub fn logo_origin(&self) -> Option<String> {
        let logo = Url::parse(self.logo.as_ref()?).ok()?;
        Some(logo.origin().ascii_serialization())
    }
}

/// Black or white, whichever contrasts more: one of them always does with 4.5 at least (WCAG 2.2, 1.4.3).
fn readable_on(luminance: f64) -> &'static str {
    let (with_dark, with_light) = ((luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05));
    if with_dark > with_light { DARK } else { LIGHT }
}

/// The relative luminance of `#rrggbb` (WCAG 2.2); `None` if it is none.
fn luminance(color: &str) -> Option<f64> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * part(0)? + 0.7152 * part(2)? + 0.0722 * part(4)?)
}

/// A picture on a named host. What else a host may be called would say something else in a policy, such as `a;b`.
fn logo(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| text.len() <= LONGEST && url.scheme() == "https")?;
    let plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let is_named = matches!(url.host(), Some(Host::Domain(host)) if plain(host));
    (is_named && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_every_color_something_can_be_read() {
        for gray in 0..=u8::MAX {
            for color in [
                format!("#{gray:02x}{gray:02x}{gray:02x}"),
                format!("#{gray:02X}00ff"),
                format!("#00{gray:02x}00"),
            ] {
                let own = luminance(&color).unwrap();
                let other = luminance(readable_on(own)).unwrap();
                let contrast = (own.max(other) + 0.05) / (own.min(other) + 0.05);
                assert!(contrast >= 4.5, "{color}: {contrast}");
            }
        }
    }

    #[test]
    fn what_is_no_color_is_none() {
        for text in [
            "",
            "red",
            "#fff",
            "#12345g",
            "#+12345",
            "#1234567",
            "#é2345",
            "1f4e79",
            "#1f4e79;}body{display:none",
        ] {
            assert_eq!(luminance(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_picture_on_a_named_host_is_none() {
        for text in [
            "",
            "logo.png",
            "http://acme.example/logo.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://user:pass@acme.example/logo.png",
            "https://10.0.0.1/logo.png",
            "https://a;script-src/logo.png",
            "https://a,b/logo.png",
            "https://a'b/logo.png",
            &format!("https://acme.example/{}", "x".repeat(2_000)),
        ] {
            assert_eq!(logo(text), None, "{text}");
        }
        let written = logo("https://acme.example:8443/a b\"onload=.png?x='<>").unwrap();
        assert_eq!(written.as_str(), "https://acme.example:8443/a%20b%22onload=.png?x=%27%3C%3E");
    }
}
