//! CSS as the layout engine needs it: nothing from elsewhere, fonts and images that are there.
//!
//! What is read is written again token by token, so that everything else stays as its author wrote it.

use cssparser::{CowRcStr, Parser, ParserInput, Token, serialize_string};

use crate::{
    Refusal, fonts,
    images::Images,
    limits, measures,
    pages::{Pages, nested},
    romans,
};

/// `css`, the text of a `style` element or attribute, without `@import` and `@font-face`, with every font
/// mapped to one that is bundled and every `data:` image to its name among `images`.
///
/// # Errors
/// When it shows an image that cannot be resolved, or text that no font has, or is nested too deeply.
pub(crate) fn rewrite(css: &str, images: &mut Images, pages: &Pages) -> Result<String, Refusal> {
    let mut input = ParserInput::new(css);
    let mut writer =
        Writer { out: String::with_capacity(css.len()), images, pages, depth: 0, in_list_style: false };
    writer.copy(&mut Parser::new(&mut input))?;
    Ok(writer.out)
}

struct Writer<'a> {
    out: String,
    images: &'a mut Images,
    pages: &'a Pages,
    depth: usize,
    /// Whether a declaration of how lists are marked is being written.
    in_list_style: bool,
}

/// The properties whose value ends in names of fonts.
#[derive(Clone, Copy, PartialEq)]
enum FontProperty {
    Family,
    Shorthand,
}

impl FontProperty {
    fn of(name: &str) -> Option<Self> {
        match name {
            name if name.eq_ignore_ascii_case("font-family") => Some(Self::Family),
            name if name.eq_ignore_ascii_case("font") => Some(Self::Shorthand),
            _ => None,
        }
    }
}

impl Writer<'_> {
    fn copy(&mut self, input: &mut Parser<'_, '_>) -> Result<(), Refusal> {
        // A declaration, or a rule, begins here.
        let mut begins = true;
        loop {
            let start = input.position();
            let Ok(token) = input.next_including_whitespace_and_comments() else { return Ok(()) };
            let token = token.clone();
            let began = begins;
            begins = match token {
                Token::Semicolon | Token::CurlyBracketBlock => true,
                Token::WhiteSpace(_) | Token::Comment(_) => begins,
                _ => false,
            };
            match token {
                // Instead of a comment, which may hide anything: one that holds nothing.
                Token::Comment(_) => self.out.push_str("/**/"),
                Token::AtKeyword(name) if is_foreign(&name) => {
                    skip_rule(input);
                    begins = true;
                }
                Token::AtKeyword(name) if name.eq_ignore_ascii_case("page") => {
                    self.copy_page(input)?;
                    begins = true;
                }
                Token::Ident(name) if began => match FontProperty::of(&name) {
                    Some(property) if self.copy_font(property, input) => {}
                    _ => {
                        self.out.push_str(input.slice_from(start));
                        self.in_list_style = is_list_style(&name);
                        if self.in_list_style {
                            check_markers(input)?;
                        }
                        measures::check(&name, input)?;
                    }
                },
                Token::Ident(name) if self.in_list_style && romans::instead(&name).is_some() => {
                    self.out.push_str(romans::instead(&name).unwrap_or_default());
                }
                Token::UnquotedUrl(url) => self.put_url(&url)?,
                Token::Function(name)
                    if name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("src") =>
                {
                    let url = nested(input, |inner| {
                        Ok(inner.expect_string_cloned().unwrap_or_else(|_| CowRcStr::from("")))
                    })?;
                    self.put_url(&url)?;
                }
                Token::QuotedString(text) => {
                    fonts::check(&text)?;
                    self.out.push_str(input.slice_from(start));
                }
                Token::BadUrl(_) | Token::BadString(_) => {}
                Token::Function(_) | Token::ParenthesisBlock => self.copy_block(start, input, ")")?,
                Token::SquareBracketBlock => self.copy_block(start, input, "]")?,
                Token::CurlyBracketBlock => self.copy_block(start, input, "}")?,
                _ => self.out.push_str(input.slice_from(start)),
            }
        }
    }

    fn copy_block(
        &mut self,
        start: cssparser::SourcePosition,
        input: &mut Parser<'_, '_>,
        end: &str,
    ) -> Result<(), Refusal> {
        self.out.push_str(input.slice_from(start));
        self.depth += 1;
        if self.depth > limits::DEPTH {
            let message = format!("the CSS is nested deeper than {} levels", limits::DEPTH);
            return Err(Refusal::new(message));
        }
        nested(input, |inner| self.copy(inner))?;
        self.depth -= 1;
        self.out.push_str(end);
        Ok(())
    }

    /// An `@page` rule whose margin boxes have the alignment that CSS Paged Media 3 gives them, which the
    /// layout engine does not: towards their side of the page, and halfway up the margin.
    fn copy_page(&mut self, input: &mut Parser<'_, '_>) -> Result<(), Refusal> {
        let start = input.position();
        while input.next().is_ok_and(|token| *token != Token::CurlyBracketBlock) {}
        let prelude = input.slice_from(start);
        let selector = prelude.trim_end_matches('{').trim();
        self.out.push_str("@page ");
        self.out.push_str(selector);
        self.out.push('{');
        nested(input, |inner| {
            loop {
                let start = inner.position();
                let Ok(token) = inner.next_including_whitespace_and_comments() else { return Ok(()) };
                match token.clone() {
                    Token::AtKeyword(name) => {
                        let alignment = self.pages.alignment(selector, &name);
                        while inner.next().is_ok_and(|token| *token != Token::CurlyBracketBlock) {}
                        self.out.push_str(&format!("@{name}{{{alignment}"));
                        nested(inner, |declarations| self.copy(declarations))?;
                        self.out.push('}');
                    }
                    Token::CurlyBracketBlock => self.copy_block(start, inner, "}")?,
                    Token::Comment(_) => {}
                    _ => self.out.push_str(inner.slice_from(start)),
                }
            }
        })?;
        self.out.push('}');
        Ok(())
    }

    /// Writes the declaration of a font whose property name was just read. Not if it turns out to be none, or
    /// names no font: then nothing more is read or written.
    fn copy_font(&mut self, property: FontProperty, input: &mut Parser<'_, '_>) -> bool {
        let state = input.state();
        let declaration = font_declaration(property, input);
        match declaration {
            Some((before, families, important)) => {
                let name = match property {
                    FontProperty::Family => "font-family:",
                    FontProperty::Shorthand => "font:",
                };
                self.out.push_str(name);
                self.out.push_str(before);
                self.out.push_str(&families);
                self.out.push_str(if important { "!important" } else { "" });
                true
            }
            None => {
                input.reset(&state);
                false
            }
        }
    }

    fn put_url(&mut self, url: &str) -> Result<(), Refusal> {
        let url = url.trim();
        // A gradient or clip of the same document.
        let name = if url.starts_with('#') || url.is_empty() {
            url.to_owned()
        } else {
            self.images.resolve(url)?.name
        };
        self.out.push_str("url(");
        // Writing to a `String` does not fail.
        let _ = serialize_string(&name, &mut self.out);
        self.out.push(')');
        Ok(())
    }
}

/// Rules that fetch something.
fn is_foreign(name: &str) -> bool {
    ["import", "font-face", "namespace", "charset"].iter().any(|foreign| name.eq_ignore_ascii_case(foreign))
}

fn skip_rule(input: &mut Parser<'_, '_>) {
    while input.next().is_ok_and(|token| !matches!(token, Token::Semicolon | Token::CurlyBracketBlock)) {}
}

/// What stands before the families, the families to use instead, and whether it is important.
fn font_declaration<'i>(
    property: FontProperty,
    input: &mut Parser<'i, '_>,
) -> Option<(&'i str, String, bool)> {
    input.expect_colon().ok()?;
    let start = input.position();
    let mut before = (property == FontProperty::Family).then_some("");
    let mut names: Vec<String> = vec![String::new()];
    let (mut important, mut slash) = (false, false);
    loop {
        let at = input.state();
        let Ok(token) = input.next() else { break };
        let token = token.clone();
        match token {
            Token::Semicolon => {
                input.reset(&at);
                break;
            }
            // Not a declaration but a rule for elements of that name.
            Token::CurlyBracketBlock => return None,
            Token::Delim('!') => important = true,
            _ if important => {}
            Token::Comma => names.push(String::new()),
            Token::Delim('/') => slash = true,
            Token::QuotedString(name) => names.push(name.to_string()),
            Token::Ident(name) if before.is_none() || slash => {
                if slash || is_size(&name) {
                    before = Some(input.slice_from(start));
                    names = vec![String::new()];
                    slash = false;
                } else if let Some(last) = names.last_mut() {
                    append(last, &name);
                }
            }
            Token::Ident(name) => {
                if let Some(last) = names.last_mut() {
                    append(last, &name);
                }
            }
            // A size or a height of line; or a variable, of which there is no telling.
            _ if property == FontProperty::Shorthand => {
                before = Some(input.slice_from(start));
                names = vec![String::new()];
                slash = false;
            }
            _ => {}
        }
    }
    let inherits = |name: &String| name.eq_ignore_ascii_case("inherit") || name.eq_ignore_ascii_case("unset");
    if names.iter().any(inherits) {
        return None;
    }
    let families = fonts::families(names.iter().map(String::as_str));
    // `font: initial` and the like: no size, so all of it is replaced.
    Some((before.unwrap_or("medium "), format!(" {families}"), important))
}

fn is_list_style(name: &str) -> bool {
    ["list-style", "list-style-type"].iter().any(|property| name.eq_ignore_ascii_case(property))
}

/// Looks ahead whether the lists are numbered in a way that the layout engine knows; of any other it makes
/// decimals.
///
/// # Errors
/// When they are not.
fn check_markers(input: &mut Parser<'_, '_>) -> Result<(), Refusal> {
    let state = input.state();
    let mut unknown = None;
    if input.expect_colon().is_ok() {
        loop {
            match input.next() {
                Ok(Token::Ident(name)) if !is_marker(name) => unknown = Some(name.to_string()),
                Ok(Token::QuotedString(text)) => unknown = Some(text.to_string()),
                // Not a declaration but a rule for elements of that name.
                Ok(Token::CurlyBracketBlock) => unknown = None,
                Ok(Token::Semicolon) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
    input.reset(&state);
    unknown.map_or(Ok(()), |name| Err(unknown_marker(&name)))
}

/// What is reported about a way to mark the items of lists that the layout engine does not know.
pub(crate) fn unknown_marker(name: &str) -> Refusal {
    let message = format!("lists can be marked with {}, not with `{name}`", MARKERS.join(", "));
    Refusal::new(message)
}

const MARKERS: [&str; 9] = [
    "disc",
    "circle",
    "square",
    "decimal",
    "lower-alpha",
    "upper-alpha",
    "lower-roman",
    "upper-roman",
    "none",
];

fn is_marker(name: &str) -> bool {
    let others = ["inside", "outside", "inherit", "initial", "unset", "revert", "important"];
    MARKERS.iter().chain(&others).any(|known| name.eq_ignore_ascii_case(known))
}

fn append(name: &mut String, word: &str) {
    if !name.is_empty() {
        name.push(' ');
    }
    name.push_str(word);
}

fn is_size(name: &str) -> bool {
    [
        "xx-small",
        "x-small",
        "small",
        "medium",
        "large",
        "x-large",
        "xx-large",
        "xxx-large",
        "smaller",
        "larger",
    ]
    .iter()
    .any(|size| name.eq_ignore_ascii_case(size))
}
