//! How large a push notification may be.

use serde_json::json;

use crate::template::Source;

/// The most its words may take: what Firebase Cloud Messaging carries (4,096 bytes, keys and values), without what is kept free
/// for what goes with them.
pub const MAX_BYTES: usize = 4096 - 96;

/// What is wrong with one that is larger.
pub const TOO_LARGE: &str = "The notification is larger than the 4,000 bytes its title and text may take together, as JSON in \
                             UTF-8. Shorten the message, or its template.";

/// What the words of a notification take: title and text, as JSON in UTF-8.
pub fn bytes(words: &Source) -> usize {
    let title = words.subject_line.as_deref();
    json!({ "title": title, "body": words.content_text }).to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_they_travel() {
        let of = |title: &str, text: &str| {
            bytes(&Source {
                subject_line: Some(title.into()),
                content_text: Some(text.into()),
                ..Source::default()
            })
        };
        const FRAME: usize = r#"{"title":"","body":""}"#.len();
        for (title, text, more) in
            [("", "", 0), ("Hi", "John", 6), ("", "é", 2), ("", "🏦", 4), ("", "a \"b\"", 7), ("", "a\nb", 4)]
        {
            assert_eq!(of(title, text), FRAME + more, "{title} {text}");
        }
    }
}
