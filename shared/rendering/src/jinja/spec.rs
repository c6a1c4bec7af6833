//! How a place of a format is filled: `08.2f` of `%08.2f` or `{:08.2f}`.

use minijinja::Error;

use crate::values::invalid;

/// Widths and precisions beyond this are refused rather than written out.
const WIDEST: usize = 1000;

/// See the module documentation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spec {
    fill: Option<char>,
    align: Option<char>,
    /// What stands before a number that is not negative.
    pub(super) sign: &'static str,
    pub(super) alternate: bool,
    width: usize,
    grouping: Option<char>,
    pub(super) precision: Option<usize>,
    /// Whether the value is made a text first, as `%` does.
    pub(super) written: bool,
}

impl Spec {
    /// What follows a `%`, the letter it ends with, and what comes after.
    pub(super) fn percent(text: &str) -> Result<(Self, char, &str), Error> {
        let mut spec = Self { written: true, ..Self::default() };
        let mut rest = text;
        let (mut left, mut zero) = (false, false);
        while let Some(flag) = rest.chars().next().filter(|c| "-+ #0".contains(*c)) {
            match flag {
                '-' => left = true,
                '+' => spec.sign = "+",
                ' ' if spec.sign.is_empty() => spec.sign = " ",
                '#' => spec.alternate = true,
                '0' => zero = true,
                _ => {}
            }
            rest = &rest[1..];
        }
        (spec.width, rest) = number(rest)?.map_or((0, rest), |(width, rest)| (width, rest));
        if let Some(after) = rest.strip_prefix('.') {
            (spec.precision, rest) =
                number(after)?.map_or((Some(0), after), |(digits, rest)| (Some(digits), rest));
        }
        rest = rest.trim_start_matches(['h', 'l', 'L']);
        let mut characters = rest.chars();
        let kind = characters.next().ok_or_else(|| invalid("a format has no end"))?;
        if !"diouxXeEfFgGcrsa%".contains(kind) {
            return Err(invalid(format!("there is no format {kind:?}")));
        }
        let text = "rsac".contains(kind);
        spec.align = Some(if left {
            '<'
        } else if zero && !text {
            '='
        } else {
            '>'
        });
        spec.fill = (zero && !left && !text).then_some('0');
        if text || kind == 'c' {
            spec.sign = "";
        }
        Ok((spec, kind, characters.as_str()))
    }

    /// What follows the `:` in braces, and the letter it ends with or a blank.
    pub(super) fn brace(text: &str) -> Result<(Self, char), Error> {
        let mut spec = Self::default();
        let mut characters: Vec<char> = text.chars().collect();
        let align = |c: Option<&char>| c.copied().filter(|c| "<>=^".contains(*c));
        if let Some(found) = align(characters.get(1)) {
            (spec.fill, spec.align) = (characters.first().copied(), Some(found));
            characters.drain(..2);
        } else if let Some(found) = align(characters.first()) {
            spec.align = Some(found);
            characters.remove(0);
        }
        let rest: String = characters.into_iter().collect();
        let mut rest = rest.as_str();
        if let Some(sign) = rest.chars().next().filter(|c| "+- ".contains(*c)) {
            spec.sign = match sign {
                '+' => "+",
                ' ' => " ",
                _ => "",
            };
            rest = &rest[1..];
        }
        if let Some(after) = rest.strip_prefix('#') {
            (spec.alternate, rest) = (true, after);
        }
        if let Some(after) = rest.strip_prefix('0') {
            spec.fill = spec.fill.or(Some('0'));
            spec.align = spec.align.or(Some('='));
            rest = after;
        }
        (spec.width, rest) = number(rest)?.map_or((0, rest), |(width, rest)| (width, rest));
        if let Some(grouping) = rest.chars().next().filter(|c| ",_".contains(*c)) {
            (spec.grouping, rest) = (Some(grouping), &rest[1..]);
        }
        if let Some(after) = rest.strip_prefix('.') {
            let (digits, after) =
                number(after)?.ok_or_else(|| invalid("a format has a point without digits"))?;
            (spec.precision, rest) = (Some(digits), after);
        }
        let mut characters = rest.chars();
        let kind = characters.next().unwrap_or(' ');
        if !characters.as_str().is_empty() || !"bcdeEfFgGnosxX% ".contains(kind) {
            return Err(invalid(format!("there is no format {text:?}")));
        }
        Ok((spec, kind))
    }

    /// Whether it asks for nothing.
    pub(super) fn is_plain(&self) -> bool {
        self.width == 0 && self.align.is_none() && self.precision.is_none() && self.sign.is_empty()
    }

    /// Digits in groups of three before the point.
    pub(super) fn grouped(&self, digits: &str) -> String {
        let Some(separator) = self.grouping else { return digits.to_owned() };
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let mut grouped = String::new();
        for (index, digit) in digits[..end].chars().enumerate() {
            if index > 0 && (end - index).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped + &digits[end..]
    }

    /// `text`, that is `shown` characters wide with the sign before it, in the width asked for.
    pub(super) fn padded(&self, sign: &str, text: &str, shown: usize, default: char) -> String {
        let missing = self.width.saturating_sub(shown);
        let fill = self.fill.unwrap_or(' ').to_string();
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{text}{}", fill.repeat(missing)),
            '^' => format!("{}{sign}{text}{}", fill.repeat(missing / 2), fill.repeat(missing - missing / 2)),
            '=' => format!("{sign}{}{text}", fill.repeat(missing)),
            _ => format!("{}{sign}{text}", fill.repeat(missing)),
        }
    }
}

/// The number that a text begins with, and what comes after.
fn number(text: &str) -> Result<Option<(usize, &str)>, Error> {
    if text.starts_with(['*', '{']) {
        return Err(invalid("a format says itself how wide it is"));
    }
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 {
        return Ok(None);
    }
    match text[..end].parse() {
        Ok(number) if number <= WIDEST => Ok(Some((number, &text[end..]))),
        _ => Err(invalid(format!("a format may be at most {WIDEST} characters wide"))),
    }
}
