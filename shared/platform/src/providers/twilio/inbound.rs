//! A text, or a text with pictures, that somebody sent to a number of ours.
//! <https://www.twilio.com/docs/messaging/guides/webhook-request>

use std::collections::HashMap;

use domain::vocabulary::{InboundChannel, ProviderName};
use url::Url;

use crate::providers::{
    Malformed,
    inbound::{Enclosed, Inbound, Keyword, What},
};

/// Twilio joins at most ten files to a message.
const MOST_FILES: usize = 10;

/// Reads the form Twilio posts.
pub fn read(form: Vec<(String, String)>) -> Result<Inbound, Malformed> {
    let mut fields = HashMap::new();
    for (name, value) in form {
        fields.entry(name).or_insert(value);
    }
    let mut required = |name: &str| {
        let value = fields.remove(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Malformed(format!("no {name}")))
    };
    let (reference, from, to) = (required("MessageSid")?, required("From")?, required("To")?);
    let files = files(&fields, &reference);
    let keyword = match fields.get("OptOutType").map(String::as_str) {
        Some("STOP") => Some(Keyword::Stop),
        Some("START") => Some(Keyword::Start),
        Some("HELP") => Some(Keyword::Help),
        // Of one that is not known the text says what it asks.
        Some(_) | None => None,
    };
    Ok(Inbound {
        provider: ProviderName::Twilio,
        channel: InboundChannel::Sms,
        reference,
        from,
        to: vec![to],
        subject_line: None,
        text: fields.remove("Body").unwrap_or_default(),
        quoted: None,
        html: None,
        answers: Vec::new(),
        files,
        automatic: false,
        is_proven: true,
        keyword,
        returned: None,
    })
}

/// Twilio's files have no names: they are called by the message and their place in it.
/// What is said of a file that cannot be had is left out: the text beside it may say STOP.
fn files(fields: &HashMap<String, String>, reference: &str) -> Vec<Enclosed> {
    let count: usize = fields.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0);
    let file = |at: usize| {
        let url = fields.get(&format!("MediaUrl{at}")).and_then(|url| Url::parse(url).ok())?;
        let media_type = fields.get(&format!("MediaContentType{at}")).cloned().unwrap_or_default();
        Some(Enclosed { name: format!("{reference}-{}", at + 1), media_type, what: What::At(url) })
    };
    (0..count.min(MOST_FILES)).filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(more: &[(&str, &str)]) -> Vec<(String, String)> {
        let all = [
            ("ToCountry", "US"),
            ("SmsMessageSid", "SM0123"),
            ("NumMedia", "0"),
            ("FromState", "IL"),
            ("SmsStatus", "received"),
            ("Body", "Can I pay on the 20th?"),
            ("To", "+13125550100"),
            ("NumSegments", "1"),
            ("MessageSid", "SM0123"),
            ("AccountSid", "AC0123"),
            ("From", "+13125550101"),
            ("ApiVersion", "2010-04-01"),
        ];
        let given = all.iter().filter(|(name, _)| more.iter().all(|(other, _)| name != other)).chain(more);
        given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_text_is_read_with_its_numbers() {
        let read = read(form(&[])).unwrap();
        assert_eq!(
            (read.reference.as_str(), read.from.as_str(), &read.to[..], read.text.as_str()),
            ("SM0123", "+13125550101", &["+13125550100".to_owned()][..], "Can I pay on the 20th?")
        );
        assert!(read.is_proven && !read.automatic && read.keyword.is_none() && read.files.is_empty());
    }

    #[test]
    fn a_picture_without_a_word_is_a_message() {
        let media = "https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages/MM0123/Media/ME0123";
        let read = read(form(&[
            ("Body", ""),
            ("NumMedia", "2"),
            ("MediaUrl0", media),
            ("MediaContentType0", "image/jpeg"),
            ("MediaUrl1", media),
            ("MediaContentType1", "application/pdf"),
        ]));
        let read = read.unwrap();
        assert_eq!(read.text, "");
        let enclosed = |name: &str, media_type: &str| Enclosed {
            name: name.into(),
            media_type: media_type.into(),
            what: What::At(media.parse().unwrap()),
        };
        assert_eq!(read.files, [enclosed("SM0123-1", "image/jpeg"), enclosed("SM0123-2", "application/pdf")]);
    }

    #[test]
    fn what_twilio_made_of_a_keyword_is_told() {
        for (word, expected) in [
            ("", None),
            ("STOP", Some(Keyword::Stop)),
            ("START", Some(Keyword::Start)),
            ("HELP", Some(Keyword::Help)),
        ] {
            assert_eq!(read(form(&[("OptOutType", word)])).unwrap().keyword, expected, "{word}");
        }
    }

    #[test]
    fn a_form_that_is_no_text_is_malformed() {
        for wrong in [("MessageSid", ""), ("From", ""), ("To", "")] {
            assert!(read(form(&[wrong])).is_err(), "{wrong:?}");
        }
        assert!(read(Vec::new()).is_err());
    }

    #[test]
    fn what_is_said_amiss_beside_a_text_does_not_spoil_it() {
        for amiss in [("NumMedia", "many"), ("NumMedia", "1"), ("OptOutType", "MAYBE")] {
            let read = read(form(&[amiss])).unwrap();
            assert_eq!((read.files.len(), read.keyword, read.text.is_empty()), (0, None, false), "{amiss:?}");
        }
    }

    #[test]
    fn ten_thousand_fields_and_a_thousand_files_are_bounded() {
        let mut many = form(&[("NumMedia", "1000")]);
        many.extend((0..10_000).map(|n| (format!("MediaUrl{n}"), "https://api.twilio.com/m".to_owned())));
        assert_eq!(read(many).unwrap().files.len(), MOST_FILES);
    }
}
