//! `urlize`: the addresses in a text as links, by Jinja2's rules of what an address is.

use minijinja::{AutoEscape, Error, State, Value};

use crate::{
    jinja::{escape as escaping, text},
    limits,
    values::{bind, entries, invalid},
};

/// Bytes of an address that is made a link.
const LONGEST_ADDRESS: usize = 2000;

/// Top-level domains by which an address without scheme is known.
const KNOWN: [&str; 8] = ["com", "net", "int", "edu", "gov", "org", "info", "mil"];

/// How links are written.
struct Links {
    /// Relations and target.
    attributes: String,
    /// Characters of an address that are shown.
    limit: Option<usize>,
    /// What else an address may begin with.
    schemes: Vec<String>,
}

/// `urlize(trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none)`.
pub(super) fn urlize(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"];
    let [value, limit, nofollow, target, rel, schemes] = bind("urlize", parameters, arguments)?;
    let given = |value: Option<Value>| value.filter(|value| !value.is_none());
    let rel = given(rel).map_or(Ok(String::new()), |rel| text::of(&rel))?;
    let mut relations: Vec<&str> = rel.split_whitespace().chain(["noopener"]).collect();
    if nofollow.is_some_and(|nofollow| nofollow.is_true()) {
        relations.push("nofollow");
    }
    relations.sort_unstable();
    relations.dedup();
    let mut attributes = format!(" rel=\"{}\"", escaping::html(&relations.join(" ")));
    if let Some(target) = given(target) {
        attributes.push_str(&format!(" target=\"{}\"", escaping::html(&text::of(&target)?)));
    }
    let schemes = given(schemes).map_or(Ok(Vec::new()), |schemes| entries(&schemes))?;
    let schemes = schemes.iter().map(text::of).collect::<Result<Vec<_>, _>>()?;
    if let Some(wrong) = schemes.iter().find(|scheme| !is_scheme(scheme)) {
        return Err(invalid(format!("{wrong:?} is not what an address begins with, such as tel:")));
    }
    let links = Links { attributes, limit: given(limit).and_then(|limit| limit.as_usize()), schemes };

    let value = value.unwrap_or_default();
    let whole = if value.is_safe() { text::of(&value)? } else { escaping::html(&text::of(&value)?) };
    let mut markup = String::new();
    for piece in whole.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        // Longer than any address; matching its brackets would take too long.
        let (head, middle, tail) = if word.len() > LONGEST_ADDRESS { (word, "", "") } else { parts(word) };
        markup.push_str(head);
        links.write(&mut markup, middle);
        markup.push_str(tail);
        markup.push_str(&piece[word.len()..]);
        limits::spend(piece.len())?;
        limits::fits(markup.len())?;
    }
    let escapes = *state.auto_escape() != AutoEscape::None;
    Ok(if escapes { Value::from_safe_string(markup) } else { Value::from(markup) })
}

/// At least two letters, digits or `+-._` and a colon, with up to two slashes.
fn is_scheme(scheme: &str) -> bool {
    let Some((name, slashes)) = scheme.split_once(':') else { return false };
    name.chars().count() >= 2
        && name.chars().all(|c| is_word(c) || matches!(c, '.' | '+' | '-'))
        && ["", "/", "//"].contains(&slashes)
}

impl Links {
    fn write(&self, markup: &mut String, word: &str) {
        let attributes = &self.attributes;
        if is_web(word) {
            let scheme =
                if word.starts_with("http://") || word.starts_with("https://") { "" } else { "https://" };
            let shown = match self.limit {
                Some(limit) if word.chars().count() > limit => {
                    format!("{}...", word.chars().take(limit).collect::<String>())
                }
                _ => word.to_owned(),
            };
            markup.push_str(&format!("<a href=\"{scheme}{word}\"{attributes}>{shown}</a>"));
        } else if let Some(mail) = word.strip_prefix("mailto:").filter(|mail| is_mail(mail)) {
            markup.push_str(&format!("<a href=\"{word}\">{mail}</a>"));
        } else if !word.starts_with("www.") && !word.starts_with('@') && !word.contains(':') && is_mail(word)
        {
            markup.push_str(&format!("<a href=\"mailto:{word}\">{word}</a>"));
        } else if self.schemes.iter().any(|scheme| word != scheme && word.starts_with(scheme)) {
            markup.push_str(&format!("<a href=\"{word}\"{attributes}>{word}</a>"));
        } else {
            markup.push_str(word);
        }
    }
}

/// A word without the brackets around it and the punctuation after it; a bracket that belongs to an address
/// stays.
fn parts(word: &str) -> (&str, &str, &str) {
    let mut start = 0;
    while let Some(bracket) =
        ["(", "<", "&lt;"].into_iter().find(|bracket| word[start..].starts_with(bracket))
    {
        start += bracket.len();
    }
    let mut end = word.len();
    while let Some(mark) =
        [")", ">", "&gt;", ".", ","].into_iter().find(|mark| word[start..end].ends_with(mark))
    {
        end -= mark.len();
    }
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        let opened = word[start..end].matches(open).count();
        if opened > word[start..end].matches(close).count() {
            for _ in 0..opened {
                let Some(at) = word[end..].find(close) else { break };
                end += at + close.len();
            }
        }
    }
    (&word[..start], &word[start..end], &word[end..])
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a word is an address of the web: with a scheme or `www.`, of a known top-level domain, or an IP address.
fn is_web(word: &str) -> bool {
    let lower = word.to_lowercase();
    let scheme = ["https://", "http://"].into_iter().find_map(|scheme| lower.strip_prefix(scheme));
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| is_word(c) || matches!(c, '%' | '-'));
    let named = |rest: &str| {
        let (host, rest) = host(rest);
        let mut labels = host.split('.').rev();
        let top = labels.next().unwrap_or_default();
        let plain = (2..=63).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_lowercase());
        let idna = top.strip_prefix("xn--").is_some_and(|rest| {
            (2..=59).contains(&rest.chars().count()) && rest.chars().all(|c| is_word(c) || c == '%')
        });
        (plain || idna) && labels.all(label) && is_rest(rest)
    };
    if let Some(rest) = scheme {
        return named(rest) || is_number(rest);
    }
    if lower.strip_prefix("www.").is_some_and(named) {
        return true;
    }
    let (host, rest) = host(&lower);
    let Some((domain, top)) = host.rsplit_once('.') else { return false };
    let long = |part: &str| label(part) && (2..=63).contains(&part.chars().count());
    KNOWN.contains(&top) && domain.split('.').all(long) && is_rest(rest)
}

/// The host an address begins with, and what follows it.
fn host(address: &str) -> (&str, &str) {
    let end = address.find(|c: char| !(is_word(c) || matches!(c, '-' | '.' | '%'))).unwrap_or(address.len());
    address.split_at(end)
}

/// Whether what follows a host is a port, a path or nothing.
fn is_rest(rest: &str) -> bool {
    let rest = match rest.strip_prefix(':') {
        Some(port) => {
            let after = port.trim_start_matches(|c: char| c.is_numeric());
            if !(1..=5).contains(&port[..port.len() - after.len()].chars().count()) {
                return false;
            }
            after
        }
        None => rest,
    };
    rest.is_empty() || rest.starts_with(['/', '?', '#'])
}

/// Whether an address begins with an IP address.
fn is_number(rest: &str) -> bool {
    if let Some((inside, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let digits = |part: &str| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let groups = inside.split(':').count();
        return (3..=9).contains(&groups) && inside.split(':').all(digits) && is_rest(rest);
    }
    let (host, rest) = host(rest);
    let part = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    host.split('.').count() == 4 && host.split('.').all(part) && is_rest(rest)
}

fn is_mail(word: &str) -> bool {
    word.match_indices('@').any(|(at, _)| {
        let (name, domain) = (&word[..at], &word[at + 1..]);
        let Some((host, top)) = domain.rsplit_once('.') else { return false };
        !name.is_empty()
            && host.starts_with(is_word)
            && host.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
            && !top.is_empty()
            && top.chars().all(is_word)
    })
}
