//! Hearing: what a message that came in asks of us, by its words, by what its provider made of them, and by how it came.

use domain::{
    heard::{Asks, Heard, channels, heard, says_nothing_new},
    interaction::NewInteraction,
    vocabulary::Channel,
};
use rendering::untrusted;

use super::receive::Came;

/// What somebody wrote.
pub(super) struct Words {
    /// Its subject line; empty if it has none.
    pub subject_line: String,
    /// What is new in it.
    pub body: String,
}

impl Words {
    /// Of what was said.
    pub fn of(new: &NewInteraction) -> Self {
        let member = |name: &str| new.content.as_ref()?.get(name)?.as_str();
        let first =
            |names: &[&str]| names.iter().find_map(|name| member(name)).unwrap_or_default().to_owned();
        let body = first(&["body", "contentText"]);
        let html = first(&["bodyHtml", "contentHtml"]);
        let body = if body.trim().is_empty() && !html.is_empty() { untrusted::text(&html) } else { body };
        Self { subject_line: first(&["subjectLine"]), body }
    }

    /// By which they are known: what is new, or else the subject line.
    pub fn wording(&self) -> &str {
        let body = self.body.trim();
        if body.is_empty() { self.subject_line.trim() } else { body }
    }

    /// By which ways they ask not to be contacted any more: by those they name; and by the one they came by, unless they only
    /// speak of it as the way that is left.
    pub fn channels(&self, by: Channel) -> Vec<Channel> {
        let text = format!("{}\n{}", self.subject_line, self.body);
        let named = channels(&text);
        let all = [
            (named.voice || named.all, Channel::Voice),
            (named.text || named.all, Channel::Text),
            (named.email || named.all, Channel::Email),
            (named.mail, Channel::Mail),
        ];
        let mut asked: Vec<Channel> =
            all.into_iter().filter_map(|(is, channel)| is.then_some(channel)).collect();
        let words: &[&str] = match by {
            Channel::Text => &["text", "sms", "mensaje"],
            Channel::Email => &["mail", "correo"],
            _ => &[],
        };
        let lower = text.to_lowercase();
        let is_left_open = !asked.is_empty() && words.iter().any(|word| lower.contains(word));
        if !asked.contains(&by) && !is_left_open {
            asked.push(by);
        }
        asked
    }
}

/// What it asks of us. A machine asks for nothing, unless it follows our own way out by mail (RFC 2369), whose subject line
/// names the message.
pub(super) fn hear(words: &Words, channel: Channel, came: &Came) -> Heard {
    match channel {
        Channel::Text
        | Channel::Email
        | Channel::Chat
        | Channel::Fax
        | Channel::Mail
        | Channel::Gui
        | Channel::Document => {}
        // What is kept of a call is what an agent noted.
        Channel::Voice | Channel::Push | Channel::Webhook | Channel::EventStream | Channel::Task => {
            return Heard::NOTHING;
        }
    }
    let brought = came.brought.as_ref();
    if let Some(done) = brought.and_then(|brought| brought.done) {
        return Heard { asks: done, ..Heard::NOTHING };
    }
    let first_word = words.subject_line.split_whitespace().next().unwrap_or_default();
    let is_way_out = channel == Channel::Email
        && heard(first_word).asks == Asks::OptOut
        && brought.is_some_and(|brought| brought.names.is_some());
    if is_way_out {
        return Heard { asks: Asks::OptOut, ..Heard::NOTHING };
    }
    if brought.is_some_and(|brought| brought.is_automatic) {
        return Heard::NOTHING;
    }
    let is_proven = brought.is_none_or(|brought| brought.is_proven);
    match by_words(words, channel) {
        // Whoever is not proven to be there may say less of it, and not more.
        Heard { asks: Asks::OptIn, .. } if !is_proven => Heard::NOTHING,
        heard => heard,
    }
}

fn by_words(words: &Words, channel: Channel) -> Heard {
    let in_body = heard(&words.body);
    if in_body != Heard::NOTHING || channel != Channel::Email {
        return in_body;
    }
    // Some write what they want into the subject line alone. That of an answer is ours.
    let is_answer = words.subject_line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    match heard(&words.subject_line) {
        // Above words of their own it may be about something else.
        Heard { asks: Asks::OptOut, wrong_person } if !says_nothing_new(&words.body) => {
            Heard { asks: Asks::ProbableOptOut, wrong_person }
        }
        of_subject @ Heard { asks: Asks::OptOut, .. } => of_subject,
        of_subject if !is_answer => of_subject,
        _ => Heard::NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use domain::vocabulary::Theme;
    use jiff::Timestamp;
    use serde_json::{Map, Value};

    use super::*;

    fn mail(subject_line: &str, body: &str) -> Asks {
        let content: [(&str, Value); 2] = [("subjectLine", subject_line.into()), ("body", body.into())];
        let content: Map<String, Value> =
            content.into_iter().map(|(name, of)| (name.to_owned(), of)).collect();
        let new = NewInteraction::inbound(Channel::Email, Theme::InbUnknown, content, Timestamp::UNIX_EPOCH);
        hear(&Words::of(&new), Channel::Email, &Came::default()).asks
    }

    #[test]
    fn what_our_own_mail_says_below_an_answer_asks_nothing() {
        let ours = "On Mon, Jan 5, 2026 at 10:00 AM Acme Lending <care@acme.example> wrote:\n> Your payment is due.\n\
                    > Reply STOP to opt out, or unsubscribe: https://acme.example/u/1\n";
        let unmarked = "________________________________\nFrom: Acme Lending <care@acme.example>\nSent: Monday\n\
                        To: John\nSubject: Payment\n\nYour payment is due. Reply STOP to opt out. Unsubscribe: https://acme.example/u/1\n";
        for (subject_line, body, expected) in [
            ("Re: Payment", format!("Thanks, paid.\n\n{ours}"), Asks::Nothing),
            ("Re: Payment", ours.to_owned(), Asks::Nothing),
            ("Re: Payment", unmarked.to_owned(), Asks::Nothing),
            ("STOP", ours.to_owned(), Asks::OptOut),
            ("Cancel", "I would like to cancel my autopay please.".to_owned(), Asks::ProbableOptOut),
            ("Re: Payment", format!("stop\n\n{ours}"), Asks::OptOut),
            ("unsubscribe", String::new(), Asks::OptOut),
            ("please stop writing to me", String::new(), Asks::ProbableOptOut),
            ("please stop writing to me", "see subject".to_owned(), Asks::ProbableOptOut),
            ("How do I stop autopay?", "see subject".to_owned(), Asks::Nothing),
        ] {
            assert_eq!(mail(subject_line, &body), expected, "{subject_line} / {body}");
        }
    }

    #[test]
    fn free_words_stop_the_ways_they_name_and_the_one_they_came_by_unless_that_is_left_open() {
        use Channel::{Email, Text, Voice};
        for (by, body, expected) in [
            (Text, "please don't text me any more", vec![Text]),
            (Text, "Stop calling me", vec![Voice, Text]),
            (Text, "don't call me, text me", vec![Voice]),
            (Text, "do not call or text me", vec![Voice, Text]),
            (Text, "leave me alone", vec![Voice, Text, Email]),
            (Email, "stop texting me", vec![Text, Email]),
        ] {
            let words = Words { subject_line: String::new(), body: body.to_owned() };
            assert_eq!(words.channels(by), expected, "{body}");
        }
    }
}
