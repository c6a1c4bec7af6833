//! Address lists (RFC 5322, section 3.4), as they are written in practice.

use crate::{
    Mailbox,
    line::{one_line, steers},
    words,
};

/// Bytes of a list that are read.
const LONGEST: usize = 64_000;
/// Characters of a name that are kept.
const NAME: usize = 200;
/// Bytes of an address: 64 before the `@` and 255 after it (RFC 5321, section 4.5.3.1).
const ADDRESS: usize = 320;

/// The mailboxes of a list, at most `most`; those of groups among them. What is no address is passed over.
pub(crate) fn mailboxes(list: &str, most: usize) -> Vec<Mailbox> {
    let list = &list[..list.floor_char_boundary(LONGEST)];
    let found = Reader::default().read(list, most);
    // Some programs encode name and address together.
    if found.is_empty() && list.contains("=?") {
        return Reader::default().read(&words::decoded(list), most);
    }
    found
}

/// What was read of one entry.
#[derive(Default)]
struct Reader {
    /// All but comments and what is in angle brackets, as it is written and without its quotes.
    written: String,
    phrase: String,
    comment: String,
    address: Option<String>,
    /// What stood before a comma and has no address: a name with a comma in it that nobody quoted.
    surname: String,
    found: Vec<Mailbox>,
}

impl Reader {
    fn read(mut self, list: &str, most: usize) -> Vec<Mailbox> {
        let mut rest = list;
        while let Some(c) = rest.chars().next()
            && self.found.len() < most
        {
            if let Some(length) = words::length(rest) {
                self.phrase.push_str(&rest[..length]);
                self.written.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '"' => {
                    let (inside, after) = closed(after, '"');
                    self.written.extend(['"']);
                    self.written.push_str(&inside);
                    self.written.extend(['"']);
                    self.phrase.push_str(&inside);
                    after
                }
                '(' => {
                    let (inside, after) = closed(after, ')');
                    self.comment.push_str(&inside);
                    after
                }
                '<' => {
                    let (inside, after) = closed(after, '>');
                    self.address.get_or_insert(inside);
                    after
                }
                // What stood before it is the name of a group.
                ':' => {
                    (self.written, self.phrase, self.surname) = Default::default();
                    after
                }
                ',' | ';' => {
                    self.end(c == ',');
                    after
                }
                c => {
                    self.written.push(c);
                    self.phrase.push(c);
                    after
                }
            };
        }
        if self.found.len() < most {
            self.end(false);
        }
        self.found
    }

    /// Ends an entry.
    fn end(&mut self, goes_on: bool) {
        let (written, phrase) = (std::mem::take(&mut self.written), std::mem::take(&mut self.phrase));
        let (comment, inside) = (std::mem::take(&mut self.comment), self.address.take());
        let surname = std::mem::take(&mut self.surname);
        let (address, name) = match inside {
            Some(inside) => {
                (address(&inside), if surname.is_empty() { phrase } else { format!("{surname},{phrase}") })
            }
            None if written.contains("\"@") => (address(&written), String::new()),
            None => {
                match phrase.split_whitespace().find(|word| word.contains('@') && !word.starts_with("=?")) {
                    Some(word) => (address(word), phrase.replacen(word, "", 1)),
                    None => {
                        if goes_on {
                            self.surname =
                                if surname.is_empty() { phrase } else { format!("{surname},{phrase}") };
                        }
                        return;
                    }
                }
            }
        };
        let display_name =
            |text: &str| Some(one_line(&words::decoded(text), NAME)).filter(|name| !name.is_empty());
        if let Some(address) = address {
            self.found
                .push(Mailbox { name: display_name(&name).or_else(|| display_name(&comment)), address });
        }
    }
}

/// What stands before an unescaped `close`, and what follows it. Parentheses nest.
fn closed(text: &str, close: char) -> (String, &str) {
    let mut inside = String::new();
    let (mut is_escaped, mut open) = (false, 1u32);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut is_escaped) {
            inside.push(c);
            continue;
        }
        match c {
            '\\' => {
                is_escaped = true;
                continue;
            }
            '(' if close == ')' => open += 1,
            c if c == close => open -= 1,
            _ => {}
        }
        if open == 0 {
            return (inside, &text[at + c.len_utf8()..]);
        }
        inside.push(c);
    }
    (inside, "")
}

/// `local@domain`, or none.
fn address(text: &str) -> Option<String> {
    // Blanks belong to it only in quotes.
    let is_quoted = text.trim_start().starts_with('"');
    let kept: String = text
        .trim()
        .chars()
        .filter(|c| !steers(*c) && (!c.is_whitespace() || is_quoted && *c == ' '))
        .collect();
    let kept = kept.trim_matches(['<', '>', '\'']);
    let kept = kept.strip_prefix("mailto:").unwrap_or(kept);
    // A route is obsolete and says nothing of whom it leads to (RFC 5322, section 4.4).
    let kept =
        if kept.starts_with('@') { kept.split_once(':').map_or("", |(_, target)| target) } else { kept };
    let (local, domain) = kept.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty() && kept.len() <= ADDRESS).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read_as_people_and_programs_write_them() {
        for (list, read) in [
            ("ada@x.example", "ada@x.example"),
            ("<ada@x.example>", "ada@x.example"),
            ("Ada Byron <ada@x.example>", "Ada Byron|ada@x.example"),
            ("\"Byron, Ada\" <ada@x.example>", "Byron, Ada|ada@x.example"),
            ("Byron, Ada <ada@x.example>", "Byron, Ada|ada@x.example"),
            ("\"Ada \\\"Countess\\\" Byron\" <ada@x.example>", "Ada \"Countess\" Byron|ada@x.example"),
            ("ada@x.example (Ada Byron)", "Ada Byron|ada@x.example"),
            ("Ada (at home (again)) <ada@x.example>", "Ada|ada@x.example"),
            ("=?utf-8?Q?Jos=C3=A9_N=C3=BA=C3=B1ez?= <jose@x.example>", "José Núñez|jose@x.example"),
            ("=?utf-8?Q?N=C3=BA=C3=B1ez,_Jos=C3=A9?= <jose@x.example>", "Núñez, José|jose@x.example"),
            ("\"=?utf-8?Q?Jos=C3=A9?=\" <jose@x.example>", "José|jose@x.example"),
            ("=?utf-8?Q?Ada_<ada@x.example>?=", "Ada|ada@x.example"),
            ("a@x.example, B <b@x.example>,, c@x.example", "a@x.example; B|b@x.example; c@x.example"),
            ("undisclosed-recipients:;", ""),
            (
                "Friends: a@x.example, B <b@x.example>;, c@x.example",
                "a@x.example; B|b@x.example; c@x.example",
            ),
            ("\"john doe\"@x.example", "\"john doe\"@x.example"),
            ("\"ada@x.example\"", "ada@x.example"),
            ("'ada@x.example' <ada@x.example>", "'ada@x.example'|ada@x.example"),
            ("<@relay.example:ada@x.example>", "ada@x.example"),
            ("Ada <mailto:ada@x.example>", "Ada|ada@x.example"),
            ("Ada <ada@x.example", "Ada|ada@x.example"),
            ("Ada\u{202e} \u{0}B <ada\u{200f}@x.example>", "Ada B|ada@x.example"),
            ("Ada", ""),
            ("<>", ""),
            ("", ""),
        ] {
            let read_back: Vec<String> = mailboxes(list, 100)
                .into_iter()
                .map(|one| match one.name {
                    Some(name) => format!("{name}|{}", one.address),
                    None => one.address,
                })
                .collect();
            assert_eq!(read_back.join("; "), read, "{list}");
        }
        assert_eq!(mailboxes(&"a@x.example,".repeat(200), 100).len(), 100);
    }
}
