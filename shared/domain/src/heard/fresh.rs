//! What is new in a message: without what it quotes and what programs and phones put under it.

use super::keywords;
use super::words::{Word, is_invisible, sentences};

/// How many letters and digits of the new text count. Ten text messages hold 1,530.
pub const LETTERS: usize = 2_000;

/// What mail programs put under a signature, as they write it.
const FOOTER: &str = "Unsubscribe";

/// The new text.
#[derive(Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Its lines, without blank ones at both ends.
    pub text: String,
    /// More of it follows.
    pub is_cut: bool,
}

/// The lines of `text` that the person wrote now.
pub fn fresh(text: &str) -> Fresh {
    let mut kept: Vec<&str> = Vec::new();
    let mut letters = 0;
    let mut is_cut = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let next = || lines.clone().map(str::trim).filter(|line| !line.is_empty());
        if line.starts_with('>') {
            continue;
        }
        let end = line.char_indices().filter(|(_, c)| c.is_alphanumeric()).nth(LETTERS - letters);
        let line = end.map_or(line, |(end, _)| &line[..end]);
        if begins_quotation(line, next()) || (is_signature_mark(line) && letters > 0) {
            break;
        }
        if let Some(Attribution { start, lines: more }) = attribution(line, next()) {
            kept.push(&line[..start]);
            letters += count_letters(&line[..start]);
            if next().nth(more).is_none_or(|line| !line.starts_with('>')) {
                break;
            }
            let mut passed = 0;
            while passed < more {
                passed += usize::from(lines.next().is_none_or(|line| !line.trim().is_empty()));
            }
            continue;
        }
        let line = &line[..device_signature(line).unwrap_or(line.len())];
        kept.push(line);
        letters += count_letters(line);
        is_cut = end.is_some();
        if is_cut {
            break;
        }
    }
    if is_footed(&kept) {
        kept.truncate(kept.iter().rposition(|line| *line == FOOTER).unwrap_or_default());
    }
    Fresh { text: kept.join("\n").trim().to_owned(), is_cut }
}

/// Whether nothing is left of `text` but what cannot be seen.
pub fn is_empty(text: &str) -> bool {
    fresh(text).text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Whether the last of `lines` is a link that a program put under the name of who wrote, and above them is more than
/// courtesies.
fn is_footed(lines: &[&str]) -> bool {
    let mut filled = lines.iter().copied().filter(|line| !line.is_empty());
    let (Some(FOOTER), Some(name)) = (filled.next_back(), filled.next_back()) else {
        return false;
    };
    let is_proper = |word: &str| {
        let letters = || word.chars().filter(|c| c.is_alphabetic());
        let is_lower_or_alone = letters().count() == 1 || letters().any(char::is_lowercase);
        letters().next().is_some_and(char::is_uppercase) && is_lower_or_alone
    };
    let is_initial = |word: &Word| word.text.chars().count() == 1;
    let words = sentences(name).concat();
    let above = filled.collect::<Vec<_>>().join("\n");
    (2..=4).contains(&name.split_whitespace().count())
        && name.split_whitespace().all(is_proper)
        && keywords::is_signature(&words.iter().filter(|word| !is_initial(word)).collect::<Vec<_>>())
        && !keywords::are_courtesies(&sentences(&above))
}

/// Words before a quotation that make it a reaction of a phone to a message: `Liked “…”`.
const REACTIONS: [&str; 24] = [
    "liked",
    "loved",
    "disliked",
    "laughed at",
    "emphasized",
    "emphasised",
    "questioned",
    "reacted to",
    "reacted with to",
    "reacted",
    "to",
    "removed a like from",
    "removed a heart from",
    "removed a dislike from",
    "removed a laugh from",
    "removed an exclamation from",
    "removed a question mark from",
    "removed an emphasis from",
    "removed from",
    "le gustó",
    "le encantó",
    "reaccionó a",
    "reaccionó con a",
    "a",
];

/// Whether a phone made `text` of a reaction and our own message, whose words are not the person's.
pub fn is_reaction(text: &str) -> bool {
    let quotes = ['“', '”', '"', '„', '«', '»'];
    let text = text.trim();
    let Some((before, quoted)) = text.split_once(quotes) else {
        return false;
    };
    if before.len() > 60 || !text.ends_with(quotes) || quoted.len() < 2 {
        return false;
    }
    let letters: String = before.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).collect();
    let words = letters.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    REACTIONS.contains(&&*words)
}

/// How each mail program begins what it quotes below.
fn begins_quotation<'a>(line: &str, mut next: impl Iterator<Item = &'a str>) -> bool {
    let holds = |words: &[&str]| words.iter().any(|word| contains(line, word));
    let is_ruled = line.starts_with("---") && holds(&["message", "mensaje"]);
    let is_underscored = line.len() > 9 && line.bytes().all(|b| b == b'_');
    let is_forwarded = starts(line, "begin forwarded message");
    let is_header =
        |line: &str, names: &[&str]| names.iter().any(|name| starts(line.trim_start_matches('*'), name));
    let below =
        ["sent:", "date:", "to:", "subject:", "enviado:", "enviado el:", "fecha:", "para:", "asunto:"];
    let is_headed = is_header(line, &["from:", "de:"])
        && next.next().is_some_and(|line| is_header(line, &below))
        && next.next().is_some_and(|line| is_header(line, &below));
    is_ruled || is_underscored || is_forwarded || is_headed
}

/// "On Mon, Jan 5, 2026 at 9:00 AM Lender <a@b> wrote:", on this line and perhaps the next two.
struct Attribution {
    /// Where it begins in the line, in bytes.
    start: usize,
    /// How many lines that are not blank it takes after this one.
    lines: usize,
}

fn attribution<'a>(line: &str, next: impl Iterator<Item = &'a str>) -> Option<Attribution> {
    const VERBS: [&str; 4] = ["wrote:", "escribió:", "escribiÓ:", "escribio:"];
    let start = date_start(line)?;
    let ends = |line: &str| {
        let line = line.to_ascii_lowercase();
        VERBS.iter().any(|verb| line.ends_with(verb))
    };
    if VERBS.iter().any(|verb| contains(&line[start..], verb)) {
        return Some(Attribution { start, lines: 0 });
    }
    let more = next.take(2).position(ends)?;
    Some(Attribution { start, lines: more + 1 })
}

/// Where "On " or "El " stands before a day, a month or a number.
fn date_start(line: &str) -> Option<usize> {
    const DATES: [&str; 28] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul",
        "aug", "sep", "oct", "nov", "dec", "lun", "mié", "mie", "jue", "vie", "sáb", "sab", "dom", "ene",
    ];
    let bytes = line.as_bytes();
    let is_at = |at: usize| {
        let opens = at == 0 || bytes[at - 1].is_ascii_whitespace();
        let Some(word) = line.get(at..at + 3) else {
            return false;
        };
        let rest = &line[at + 3..];
        let is_date =
            rest.starts_with(|c: char| c.is_ascii_digit()) || DATES.iter().any(|date| starts(rest, date));
        opens && ["on ", "el "].iter().any(|on| on.eq_ignore_ascii_case(word)) && is_date
    };
    (0..line.len()).find(|at| is_at(*at))
}

/// The line that separates a signature (RFC 3676, section 4.3).
fn is_signature_mark(line: &str) -> bool {
    line == "--"
}

/// Where a phone's or program's own line begins: "Sent from my iPhone".
fn device_signature(line: &str) -> Option<usize> {
    const OPENINGS: [&str; 8] = [
        "sent from ",
        "sent via ",
        "get outlook for ",
        "enviado desde ",
        "enviado de ",
        "enviado con ",
        "descargar outlook para ",
        "obtener outlook para ",
    ];
    const DEVICES: [&str; 27] = [
        "iphone",
        "ipad",
        "ios",
        "android",
        "phone",
        "galaxy",
        "samsung",
        "smartphone",
        "device",
        "mobile",
        "t-mobile",
        "verizon",
        "at&t",
        "pixel",
        "motorola",
        "blackberry",
        "windows",
        "mail",
        "outlook",
        "yahoo",
        "gmail",
        "aol",
        "móvil",
        "movil",
        "celular",
        "teléfono",
        "telefono",
    ];
    let lower = line.to_ascii_lowercase();
    let start = OPENINGS.iter().filter_map(|opening| lower.rfind(opening)).max()?;
    let rest = lower[start..].split('<').next().unwrap_or_default();
    let last = rest.trim_end_matches(|c: char| !c.is_alphabetic()).split_whitespace().next_back()?;
    (rest.len() <= 70 && DEVICES.contains(&last)).then_some(start)
}

fn count_letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn starts(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn contains(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(part)
}
