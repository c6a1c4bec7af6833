//! Methods of texts.

use minijinja::{
    Error, ErrorKind, Value,
    value::{Tuple, ValueKind},
};

use super::place;
use crate::{
    jinja::{escape, filters::substitute, format, text},
    limits,
    values::{bind, described, entries, invalid, used},
};

/// All of them.
pub(super) const METHODS: [&str; 42] = [
    "capitalize",
    "casefold",
    "center",
    "count",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
];

/// `None` if texts have no such method.
pub(super) fn call(
    value: &Value,
    whole: &str,
    method: &str,
    arguments: &[Value],
) -> Result<Option<Value>, Error> {
    let text = Text { value, whole, method, arguments };
    Ok(Some(match method {
        "format" => format::braces(value, arguments)?,
        "join" => text.join()?,
        "replace" => text.replace()?,
        "center" | "ljust" | "rjust" | "zfill" => text.padded()?,
        "expandtabs" => text.without_tabs()?,
        "strip" | "lstrip" | "rstrip" => text.stripped()?,
        "split" | "rsplit" => text.split()?,
        "splitlines" => text.lines()?,
        "partition" | "rpartition" => text.parted()?,
        "removeprefix" | "removesuffix" => {
            let [affix] = text.bind(["affix"])?;
            let affix = text.part(affix)?;
            let kept = if method == "removeprefix" {
                whole.strip_prefix(affix.as_str())
            } else {
                whole.strip_suffix(affix.as_str())
            };
            text.like(kept.unwrap_or(whole).to_owned())
        }
        "startswith" | "endswith" => text.bounded()?,
        "find" | "rfind" | "index" | "rindex" | "count" => text.sought()?,
        "capitalize" | "casefold" | "lower" | "swapcase" | "title" | "upper" => {
            text.bind::<0>([])?;
            text.like(cased(whole, method))
        }
        _ if method.starts_with("is") => {
            let Some(holds) = is(whole, method) else { return Ok(None) };
            text.bind::<0>([])?;
            Value::from(holds)
        }
        _ => return Ok(None),
    }))
}

/// A method called on a text.
struct Text<'a> {
    value: &'a Value,
    whole: &'a str,
    method: &'a str,
    arguments: &'a [Value],
}

impl Text<'_> {
    fn bind<const N: usize>(&self, parameters: [&str; N]) -> Result<[Option<Value>; N], Error> {
        bind(self.method, parameters, self.arguments)
    }

    /// The result is markup if the value was.
    fn like(&self, text: String) -> Value {
        if self.value.is_safe() { Value::from_safe_string(text) } else { Value::from(text) }
    }

    /// An argument that must be a text.
    fn part(&self, argument: Option<Value>) -> Result<String, Error> {
        let argument = argument.ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
        used(&argument)?;
        argument
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| invalid(format!("{} needs a text, not {}", self.method, described(&argument))))
    }

    /// A text that goes into the value: into markup escaped.
    fn put(&self, part: &Value) -> Result<String, Error> {
        let text = text::of(part)?;
        Ok(if self.value.is_safe() && !part.is_safe() { escape::html(&text) } else { text })
    }

    fn join(&self) -> Result<Value, Error> {
        let [list] = self.bind(["iterable"])?;
        let list = entries(&list.unwrap_or_default())?;
        let markup = self.value.is_safe();
        if let Some(other) = list.iter().find(|entry| !markup && entry.as_str().is_none()) {
            return Err(invalid(format!("only texts can be joined, not {}", described(other))));
        }
        let text = text::join(self.value, &list, markup)?;
        Ok(text)
    }

    fn replace(&self) -> Result<Value, Error> {
        let [old, new, count] = self.bind(["old", "new", "count"])?;
        let old = self.part(old)?;
        let new = new.ok_or_else(|| Error::from(ErrorKind::MissingArgument))?;
        self.part(Some(new.clone()))?;
        let count = count.and_then(|count| count.as_usize()).unwrap_or(usize::MAX);
        substitute(self.whole, &old, &self.put(&new)?, count).map(|text| self.like(text))
    }

    fn padded(&self) -> Result<Value, Error> {
        let [width, fill] = self.bind(["width", "fillchar"])?;
        let width = width
            .and_then(|width| width.as_i64())
            .map(|width| usize::try_from(width).unwrap_or(0))
            .ok_or_else(|| invalid("a width is a whole number"))?;
        let default = if self.method == "zfill" { "0" } else { " " };
        let fill = fill.map_or(Ok(default.to_owned()), |fill| self.put(&fill))?;
        if fill.chars().count() != 1 {
            return Err(invalid("what fills a text up is one character"));
        }
        limits::spend_string(width.saturating_mul(fill.len()))?;
        let missing = width.saturating_sub(self.whole.chars().count());
        let (sign, digits) = match self.whole.strip_prefix(['-', '+']) {
            Some(digits) if self.method == "zfill" => self.whole.split_at(self.whole.len() - digits.len()),
            _ => ("", self.whole),
        };
        let before = match self.method {
            "center" => missing / 2 + (missing & width & 1),
            "ljust" => 0,
            _ => missing,
        };
        Ok(self.like(format!("{sign}{}{digits}{}", fill.repeat(before), fill.repeat(missing - before))))
    }

    fn without_tabs(&self) -> Result<Value, Error> {
        let [size] = self.bind(["tabsize"])?;
        let size = size.map_or(Some(8), |size| size.as_usize()).unwrap_or(0).min(100);
        limits::spend_string(
            self.whole.matches('\t').count().saturating_mul(size).saturating_add(self.whole.len()),
        )?;
        let (mut text, mut column) = (String::new(), 0);
        for c in self.whole.chars() {
            match c {
                '\t' if size > 0 => {
                    let spaces = size - column % size;
                    text.push_str(&" ".repeat(spaces));
                    column += spaces;
                }
                '\t' => {}
                _ => {
                    text.push(c);
                    column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
                }
            }
        }
        Ok(self.like(text))
    }

    fn stripped(&self) -> Result<Value, Error> {
        let [characters] = self.bind(["chars"])?;
        let characters = characters.filter(|characters| !characters.is_none());
        let characters = characters.map(|characters| self.part(Some(characters))).transpose()?;
        let outside = |c: char| characters.as_ref().map_or_else(|| c.is_whitespace(), |set| set.contains(c));
        let mut kept = self.whole;
        if self.method != "rstrip" {
            kept = kept.trim_start_matches(outside);
        }
        if self.method != "lstrip" {
            kept = kept.trim_end_matches(outside);
        }
        Ok(self.like(kept.to_owned()))
    }

    fn split(&self) -> Result<Value, Error> {
        let [separator, most] = self.bind(["sep", "maxsplit"])?;
        let most = most.and_then(|most| most.as_usize()).unwrap_or(usize::MAX);
        let separator = separator.filter(|separator| !separator.is_none());
        let from_end = self.method == "rsplit";
        let mut parts: Vec<&str> = Vec::new();
        match separator.map(|separator| self.part(Some(separator))).transpose()? {
            Some(separator) if separator.is_empty() => {
                return Err(invalid("an empty text separates nothing"));
            }
            Some(separator) if from_end => {
                parts.extend(self.whole.rsplitn(most.saturating_add(1), separator.as_str()));
                parts.reverse();
            }
            Some(separator) => parts.extend(self.whole.splitn(most.saturating_add(1), separator.as_str())),
            None => {
                let mut rest = self.whole.trim();
                while !rest.is_empty() && parts.len() < most {
                    let at = if from_end {
                        rest.rfind(char::is_whitespace)
                    } else {
                        rest.find(char::is_whitespace)
                    };
                    let Some(at) = at else { break };
                    let space = rest[at..].chars().next().map_or(1, char::len_utf8);
                    let (before, after) = (&rest[..at], &rest[at + space..]);
                    parts.push(if from_end { after } else { before });
                    rest = if from_end { before.trim_end() } else { after.trim_start() };
                }
                parts.extend(Some(rest).filter(|rest| !rest.is_empty()));
                if from_end {
                    parts.reverse();
                }
            }
        }
        limits::spend_list(parts.len())?;
        Ok(parts.into_iter().map(|part| self.like(part.to_owned())).collect())
    }

    fn lines(&self) -> Result<Value, Error> {
        let [keep] = self.bind(["keepends"])?;
        let keep = keep.is_some_and(|keep| keep.is_true());
        let mut lines = Vec::new();
        let mut end = 0;
        let starts: Vec<usize> = text::lines(self.whole)
            .map(|line| line.as_ptr() as usize - self.whole.as_ptr() as usize)
            .collect();
        for (index, line) in text::lines(self.whole).enumerate() {
            let next = starts.get(index + 1).copied().unwrap_or(self.whole.len());
            lines.push(self.like(if keep { self.whole[end..next].to_owned() } else { line.to_owned() }));
            end = next;
        }
        limits::spend_list(lines.len())?;
        Ok(Value::from(lines))
    }

    fn parted(&self) -> Result<Value, Error> {
        let [separator] = self.bind(["sep"])?;
        let separator = self.part(separator)?;
        let parts = if self.method == "partition" {
            self.whole.split_once(&separator).map_or([self.whole, "", ""], |(a, b)| [a, &separator, b])
        } else {
            self.whole.rsplit_once(&separator).map_or(["", "", self.whole], |(a, b)| [a, &separator, b])
        };
        Ok(Value::from(Tuple::from(parts.map(|part| self.like(part.to_owned())))))
    }

    /// The text between two places, and how many characters are before it.
    fn between(&self, start: Option<Value>, end: Option<Value>) -> Result<(&str, usize), Error> {
        let given = |index: Option<Value>| index.filter(|index| !index.is_none());
        let (start, end) = (given(start), given(end));
        if start.is_none() && end.is_none() {
            return Ok((self.whole, 0));
        }
        let length = self.whole.chars().count();
        let start = start.map_or(Ok(0), |start| place(&start, length))?;
        let end = end.map_or(Ok(length), |end| place(&end, length))?;
        let byte = |index: usize| self.whole.char_indices().nth(index).map_or(self.whole.len(), |(at, _)| at);
        Ok((self.whole.get(byte(start)..byte(end)).unwrap_or_default(), start))
    }

    fn bounded(&self) -> Result<Value, Error> {
        let [affix, start, end] = self.bind(["prefix", "start", "end"])?;
        let affix = affix.unwrap_or_default();
        let (within, _) = self.between(start, end)?;
        let affixes = if affix.kind() == ValueKind::Seq { entries(&affix)? } else { vec![affix] };
        for affix in affixes {
            let affix = self.part(Some(affix))?;
            let holds = if self.method == "startswith" {
                within.starts_with(&affix)
            } else {
                within.ends_with(&affix)
            };
            if holds {
                return Ok(Value::from(true));
            }
        }
        Ok(Value::from(false))
    }

    fn sought(&self) -> Result<Value, Error> {
        let [part, start, end] = self.bind(["sub", "start", "end"])?;
        let part = self.part(part)?;
        let (within, before) = self.between(start, end)?;
        if self.method == "count" {
            return Ok(Value::from(within.matches(&part).count()));
        }
        let found = if self.method.starts_with('r') { within.rfind(&part) } else { within.find(&part) };
        match found {
            Some(at) => Ok(Value::from(before + within[..at].chars().count())),
            None if self.method.ends_with("index") => Err(invalid("the text does not occur")),
            None => Ok(Value::from(-1)),
        }
    }
}

fn cased(whole: &str, method: &str) -> String {
    let upper = |c: char| c.to_uppercase().collect::<String>();
    let lower = |c: char| c.to_lowercase().collect::<String>();
    match method {
        "upper" => whole.to_uppercase(),
        "lower" => whole.to_lowercase(),
        "casefold" => whole.to_lowercase().replace('ß', "ss"),
        "swapcase" => whole.chars().map(|c| if c.is_lowercase() { upper(c) } else { lower(c) }).collect(),
        "capitalize" => {
            let mut characters = whole.chars();
            let first = characters.next().map(upper).unwrap_or_default();
            first + &characters.as_str().to_lowercase()
        }
        // Every letter after anything but a letter begins a word.
        _ => {
            let mut inside = false;
            let mut title = String::with_capacity(whole.len());
            for c in whole.chars() {
                title.push_str(&if inside { lower(c) } else { upper(c) });
                inside = c.is_alphabetic();
            }
            title
        }
    }
}

/// `None` if there is no such question.
pub(super) fn is(whole: &str, question: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !whole.is_empty() && whole.chars().all(test);
    let cased = || whole.chars().any(|c| c.is_lowercase() || c.is_uppercase());
    Some(match question {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => whole.is_ascii(),
        "isdecimal" | "isdigit" => all(|c| c.is_ascii_digit()),
        "isnumeric" => all(char::is_numeric),
        "isidentifier" => {
            whole.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && whole.chars().all(|c| c.is_alphanumeric() || c == '_')
        }
        "islower" => cased() && !whole.chars().any(char::is_uppercase),
        "isupper" => cased() && !whole.chars().any(char::is_lowercase),
        "isprintable" => !whole.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' '),
        "isspace" => all(char::is_whitespace),
        "istitle" => cased() && self::cased(whole, "title") == whole,
        _ => return None,
    })
}
