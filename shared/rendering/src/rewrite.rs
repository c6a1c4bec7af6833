//! Operators, slices and loops as calls of our own functions, before the engine compiles a source.
//!
//! The engine calculates with its own integers and binary fractions only, repeats texts and lists up to 100 million
//! times, and does not know Jinja2's `%` on texts or a leading `+`. So `a + b * c` becomes
//! `__calculate(a, "+", __calculate(b, "*", c))` and so on; [`crate::operators`] says what the functions do. Passes of
//! loops and calls of macros are counted by a statement put before the tag that ends them.
//!
//! Text is only ever inserted or replaced within tags and without line breaks, so that lines stay what they were
//! and every column can be found again.

use std::borrow::Cow;

use minijinja::{
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

use crate::{
    error::{ErrorKind, Problem},
    growing,
};

/// The functions that rewritten sources call. Templates may not use these names themselves.
pub(crate) const COMPARE: &str = "__compare";
pub(crate) const CALCULATE: &str = "__calculate";
pub(crate) const CONCATENATE: &str = "__concatenate";
pub(crate) const NEGATE: &str = "__negate";
pub(crate) const SLICE: &str = "__slice";
pub(crate) const SPEND: &str = "__spend";
pub(crate) const INCLUDED: &str = "__included";
pub(crate) const BOUNDED: &str = "__bounded";
pub(crate) const KEY: &str = "__key";
pub(crate) const EACH: &str = "__each";
pub(crate) const GROWING: &str = "__growing";

/// All of them.
pub(crate) const RESERVED: [&str; 11] =
    [COMPARE, CALCULATE, CONCATENATE, NEGATE, SLICE, SPEND, INCLUDED, BOUNDED, KEY, EACH, GROWING];

/// As deep as the engine's parser goes; it refuses anything deeper itself, and says so better.
const DEPTH: usize = 150;
/// Operands in one call; the engine takes up to 2,000 arguments.
const OPERANDS: usize = 900;

/// A rewritten source, and the way back to the original.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// What the engine is to compile.
    pub text: String,
    /// Why the source cannot be taken, unless the engine knows better. Then `text` must not be run.
    pub refusal: Option<Problem>,
    edits: Vec<Edit>,
}

/// Some bytes of the original replaced.
#[derive(Debug, Clone)]
struct Edit {
    at: usize,
    removed: usize,
    inserted: Cow<'static, str>,
    place: Place,
}

/// The order of edits at one place of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Ends what is before it; the innermost first.
    Close,
    /// Begins what is after it; the outermost first.
    Open,
    /// Stands instead of a token.
    Instead,
}

/// Rewrites a source. One that cannot be read is left as it is, for the engine to say why.
///
/// # Errors
/// When it uses a name that is ours.
pub(crate) fn rewrite(source: &str, syntax: SyntaxConfig) -> Result<Rewritten, Problem> {
    let mut writer = Writer { tokens: Vec::new(), at: 0, depth: 0, edits: Vec::new(), open: Vec::new(), growing: false };
    for token in tokenize(source, false, syntax) {
        let Ok((token, span)) = token else { return Ok(Rewritten::refused(source, 0, Stop::UNREADABLE)) };
        if let Token::Ident(name) = token
            && RESERVED.contains(&name)
        {
            return Err(Problem {
                line: Some(span.start_line.into()),
                column: Some(usize::from(span.start_col) + 1),
                kind: ErrorKind::Syntax,
                message: format!("the name {name} is reserved"),
            });
        }
        writer.tokens.push((token, span.start_offset as usize, span.end_offset as usize));
    }
    writer.growing = writer.tokens.windows(2).any(|pair| {
        matches!(pair, [(Token::Dot, ..), (Token::Ident(method), ..)] if growing::METHODS.contains(method))
    });
    match writer.template() {
        Ok(()) => Ok(Rewritten::apply(source, writer.edits)),
        Err(stop) => Ok(Rewritten::refused(source, writer.start().unwrap_or(source.len()), stop)),
    }
}

impl Rewritten {
    fn refused(source: &str, at: usize, stop: Stop) -> Self {
        let before = &source[..at];
        let refusal = Problem {
            line: Some(before.matches('\n').count() + 1),
            column: Some(before.chars().rev().take_while(|c| *c != '\n').count() + 1),
            kind: ErrorKind::Syntax,
            message: stop.0.to_owned(),
        };
        Self { text: source.to_owned(), refusal: Some(refusal), edits: Vec::new() }
    }

    fn apply(source: &str, mut edits: Vec<Edit>) -> Self {
        // What is opened later is around what was opened before.
        edits.reverse();
        edits.sort_by_key(|edit| (edit.at, edit.place));
        for group in edits.chunk_by_mut(|a, b| (a.at, a.place) == (b.at, b.place) && a.place == Place::Close) {
            group.reverse();
        }
        let mut text = String::with_capacity(source.len() * 2);
        let mut copied = 0;
        for edit in &edits {
            text.push_str(&source[copied..edit.at]);
            text.push_str(&edit.inserted);
            copied = edit.at + edit.removed;
        }
        text.push_str(&source[copied..]);
        Self { text, refusal: None, edits }
    }

    /// Where in the original the byte at `offset` of the rewritten source is from.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let (mut original, mut rewritten) = (0, 0);
        for edit in &self.edits {
            let start = rewritten + (edit.at - original);
            if offset < start {
                break;
            }
            if offset < start + edit.inserted.len() {
                return edit.at;
            }
            original = edit.at + edit.removed;
            rewritten = start + edit.inserted.len();
        }
        original + (offset - rewritten)
    }
}

/// Why the source cannot be taken.
struct Stop(&'static str);

impl Stop {
    /// It is not what the grammar says; the engine tells better what is missing.
    const UNREADABLE: Self = Self("the template cannot be read from here on");
}

type Read = Result<(), Stop>;

/// A construct whose body may run more than once, or whose `else` must be told from a loop's.
struct Body {
    keyword: &'static str,
    /// Bytes of plain text in it, which each pass writes.
    text: usize,
}

struct Writer<'a> {
    tokens: Vec<(Token<'a>, usize, usize)>,
    at: usize,
    depth: usize,
    edits: Vec<Edit>,
    open: Vec<Body>,
    /// Whether the template adds to lists or objects somewhere.
    growing: bool,
}

impl<'a> Writer<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at).map(|(token, ..)| token)
    }

    fn ident(&self) -> Option<&'a str> {
        match self.peek() {
            Some(Token::Ident(name)) => Some(name),
            _ => None,
        }
    }

    fn is(&self, wanted: &str) -> bool {
        self.ident() == Some(wanted)
    }

    fn skip(&mut self, wanted: &str) -> bool {
        let found = self.is(wanted);
        self.at += usize::from(found);
        found
    }

    fn skip_token(&mut self, wanted: fn(&Token<'_>) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: fn(&Token<'_>) -> bool) -> Read {
        if self.skip_token(wanted) { Ok(()) } else { Err(Stop::UNREADABLE) }
    }

    /// Where the token to come begins, and where the last one ended.
    fn start(&self) -> Result<usize, Stop> {
        self.tokens.get(self.at).map(|(_, start, _)| *start).ok_or(Stop::UNREADABLE)
    }

    fn end(&self) -> usize {
        self.tokens[..self.at].last().map_or(0, |(.., end)| *end)
    }

    fn edit(&mut self, at: usize, removed: usize, inserted: impl Into<Cow<'static, str>>, place: Place) {
        self.edits.push(Edit { at, removed, inserted: inserted.into(), place });
    }

    /// Puts what was read since `start` into a call.
    fn wrap(&mut self, start: usize, function: &'static str) {
        self.edit(start, 0, format!("{function}("), Place::Open);
        self.edit(self.end(), 0, ")", Place::Close);
    }

    /// Replaces the token just read.
    fn replace(&mut self, inserted: impl Into<Cow<'static, str>>) {
        if let Some((_, start, end)) = self.tokens[..self.at].last() {
            self.edit(*start, end - start, inserted, Place::Instead);
        }
    }

    fn template(&mut self) -> Read {
        while let Some((token, start, end)) = self.tokens.get(self.at) {
            let (start, end) = (*start, *end);
            match token {
                Token::TemplateData(text) => {
                    let bytes = text.len();
                    if let Some(body) = self.open.iter_mut().rev().find(|body| body.keyword != "if") {
                        body.text += bytes;
                    }
                    self.at += 1;
                }
                Token::VariableStart => {
                    self.at += 1;
                    self.tuple()?;
                    self.expect(|token| matches!(token, Token::VariableEnd))?;
                }
                Token::BlockStart => {
                    self.at += 1;
                    self.statement(end)?;
                    while !self.skip_token(|token| matches!(token, Token::BlockEnd)) {
                        self.start()?;
                        self.at += 1;
                    }
                }
                _ => {
                    let _ = start;
                    return Err(Stop::UNREADABLE);
                }
            }
        }
        Ok(())
    }

    /// A statement up to where no more expressions are; `tag` is the end of `{%`.
    fn statement(&mut self, tag: usize) -> Read {
        let keyword = self.ident().ok_or(Stop::UNREADABLE)?;
        self.at += 1;
        match keyword {
            "for" => {
                self.enter("for");
                while !self.skip("in") {
                    self.start()?;
                    self.at += 1;
                }
                self.loop_source()?;
                if self.skip("if") {
                    self.expression()?;
                }
            }
            "if" => {
                self.enter("if");
                self.disjunction()?;
            }
            "elif" => self.disjunction()?,
            "else" => {
                if self.open.last().is_some_and(|body| body.keyword == "for") {
                    self.count(tag);
                    // Without passes left to count, `endfor` ends an `if` in all but name.
                    self.enter("if");
                }
            }
            "endif" => {
                self.open.pop();
            }
            "endfor" | "endmacro" | "endcall" => self.count(tag),
            "continue" => self.count_again(tag),
            "block" => {
                self.at += 1;
                self.skip("scoped");
                if !self.is("required") {
                    self.enter("block");
                } else {
                    self.enter("if");
                }
            }
            "endblock" => self.count(tag),
            "set" => {
                let mut attribute = false;
                while !matches!(self.peek(), Some(Token::Assign | Token::Pipe | Token::BlockEnd)) {
                    self.start()?;
                    attribute |= matches!(self.peek(), Some(Token::Dot));
                    self.at += 1;
                }
                if self.skip_token(|token| matches!(token, Token::Assign)) {
                    let start = self.start()?;
                    self.tuple()?;
                    if attribute {
                        self.wrap(start, BOUNDED);
                    }
                } else {
                    self.filters()?;
                }
            }
            "with" => {
                while !matches!(self.peek(), Some(Token::BlockEnd)) {
                    while !self.skip_token(|token| matches!(token, Token::Assign)) {
                        self.start()?;
                        self.at += 1;
                    }
                    self.expression()?;
                    if !self.skip_token(|token| matches!(token, Token::Comma)) {
                        break;
                    }
                }
            }
            "macro" => {
                self.enter("macro");
                self.at += 1;
                let parameters = self.at;
                self.arguments()?;
                if self.tokens[parameters..self.at].windows(2).any(|pair| {
                    matches!(pair, [(Token::Ident("caller"), ..), (Token::Comma | Token::ParenClose, ..)])
                }) {
                    return Err(Stop("a parameter called caller needs a default"));
                }
            }
            "call" => {
                self.enter("call");
                if matches!(self.peek(), Some(Token::ParenOpen)) {
                    self.arguments()?;
                }
                self.expression()?;
            }
            "filter" => {
                self.filter()?;
                self.filters()?;
            }
            "include" => {
                let start = self.start()?;
                self.expression()?;
                self.wrap(start, INCLUDED);
            }
            "from" => {
                self.expression()?;
                if self.skip("import") && self.ident().is_none() {
                    return Err(Stop("nothing is imported"));
                }
            }
            "import" | "extends" | "autoescape" | "do" => self.expression()?,
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, keyword: &'static str) {
        self.open.push(Body { keyword, text: 0 });
    }

    /// Counts a pass through the body that the tag ends.
    fn count(&mut self, tag: usize) {
        if let Some(body) = self.open.pop()
            && body.keyword != "if"
        {
            self.edit(tag, 0, format!(" do {SPEND}({}) %}}{{%", body.text), Place::Open);
        }
    }

    /// Counts a pass that ends early.
    fn count_again(&mut self, tag: usize) {
        if let Some(body) = self.open.iter().rev().find(|body| body.keyword == "for") {
            self.edit(tag, 0, format!(" do {SPEND}({}) %}}{{%", body.text), Place::Open);
        }
    }

    /// Expressions with commas between them, as Jinja2 allows without parentheses.
    fn tuple(&mut self) -> Read {
        let start = self.start()?;
        if self.list()? {
            self.edit(start, 0, "(", Place::Open);
            self.edit(self.end(), 0, ")", Place::Close);
        }
        Ok(())
    }

    /// Expressions with commas between them; whether there is a comma.
    fn list(&mut self) -> Result<bool, Stop> {
        let mut commas = false;
        loop {
            self.expression()?;
            if !self.skip_token(|token| matches!(token, Token::Comma)) {
                return Ok(commas);
            }
            commas = true;
            if matches!(self.peek(), Some(Token::VariableEnd | Token::BlockEnd)) {
                return Ok(commas);
            }
        }
    }

    /// What a loop goes through: its `if` is not a conditional expression's.
    fn loop_source(&mut self) -> Read {
        let start = self.start()?;
        let mut commas = false;
        loop {
            self.disjunction()?;
            if !self.skip_token(|token| matches!(token, Token::Comma)) {
                break;
            }
            commas = true;
        }
        if commas {
            self.edit(start, 0, "(", Place::Open);
            self.edit(self.end(), 0, ")", Place::Close);
        }
        self.wrap(start, EACH);
        Ok(())
    }

    fn expression(&mut self) -> Read {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::UNREADABLE);
        }
        self.disjunction()?;
        while self.skip("if") {
            self.disjunction()?;
            if self.skip("else") {
                self.expression()?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn disjunction(&mut self) -> Read {
        loop {
            while self.skip("not") {}
            self.comparison()?;
            if !self.skip("and") && !self.skip("or") {
                return Ok(());
            }
        }
    }

    fn comparison(&mut self) -> Read {
        let start = self.start()?;
        self.sum()?;
        let mut compared = false;
        loop {
            let operator = match self.peek() {
                Some(Token::Eq) => ", \"==\", ",
                Some(Token::Ne) => ", \"!=\", ",
                Some(Token::Lt) => ", \"<\", ",
                Some(Token::Lte) => ", \"<=\", ",
                Some(Token::Gt) => ", \">\", ",
                Some(Token::Gte) => ", \">=\", ",
                Some(Token::Ident("in")) => ", \"in\", ",
                Some(Token::Ident("not")) if matches!(self.tokens.get(self.at + 1), Some((Token::Ident("in"), ..))) => {
                    self.at += 1;
                    self.replace("");
                    ", \"not in\", "
                }
                _ => break,
            };
            compared = true;
            self.at += 1;
            self.replace(operator);
            self.sum()?;
        }
        if compared {
            self.wrap(start, COMPARE);
        }
        Ok(())
    }

    fn sum(&mut self) -> Read {
        self.chain(Self::concatenation, CALCULATE, |token| match token {
            Token::Plus => Some(", \"+\", "),
            Token::Minus => Some(", \"-\", "),
            _ => None,
        })
    }

    fn concatenation(&mut self) -> Read {
        self.chain(Self::product, CONCATENATE, |token| matches!(token, Token::Tilde).then_some(", "))
    }

    fn product(&mut self) -> Read {
        self.chain(Self::power, CALCULATE, |token| match token {
            Token::Mul => Some(", \"*\", "),
            Token::Div => Some(", \"/\", "),
            Token::FloorDiv => Some(", \"//\", "),
            Token::Mod => Some(", \"%\", "),
            _ => None,
        })
    }

    fn power(&mut self) -> Read {
        self.chain(Self::operand, CALCULATE, |token| matches!(token, Token::Pow).then_some(", \"**\", "))
    }

    /// Operands of one precedence; the functions take them from the left, as many as there are.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Read,
        function: &'static str,
        operator: fn(&Token<'_>) -> Option<&'static str>,
    ) -> Read {
        let start = self.start()?;
        operand(self)?;
        let mut operands = 1;
        while let Some(operator) = self.peek().and_then(operator) {
            if operands == OPERANDS {
                self.wrap(start, function);
                operands = 1;
            }
            operands += 1;
            self.at += 1;
            self.replace(operator);
            operand(self)?;
        }
        if operands > 1 {
            self.wrap(start, function);
        }
        Ok(())
    }

    fn operand(&mut self) -> Read {
        self.signed()?;
        self.filters()
    }

    fn signed(&mut self) -> Read {
        let start = self.start()?;
        match self.peek() {
            Some(Token::Plus) => {
                self.at += 1;
                self.replace(" ");
                self.nested_sign()
            }
            Some(Token::Minus)
                if matches!(
                    self.tokens.get(self.at + 1),
                    Some((Token::Int(_) | Token::Int128(_) | Token::Float(_), ..))
                ) =>
            {
                self.at += 2;
                Ok(())
            }
            Some(Token::Minus) => {
                self.at += 1;
                self.replace(" ");
                self.nested_sign()?;
                self.wrap(start, NEGATE);
                Ok(())
            }
            _ => {
                self.primary()?;
                self.postfix(start)
            }
        }
    }

    fn nested_sign(&mut self) -> Read {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::UNREADABLE);
        }
        self.signed()?;
        self.depth -= 1;
        Ok(())
    }

    fn primary(&mut self) -> Read {
        let start = self.start()?;
        let close: fn(&Token<'_>) -> bool = match self.peek().ok_or(Stop::UNREADABLE)? {
            Token::Str(_) | Token::String(_) => {
                while self.skip_token(|token| matches!(token, Token::Str(_) | Token::String(_))) {}
                return Ok(());
            }
            Token::Ident(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => {
                self.at += 1;
                return Ok(());
            }
            Token::ParenOpen => |token| matches!(token, Token::ParenClose),
            Token::BracketOpen => |token| matches!(token, Token::BracketClose),
            Token::BraceOpen => return self.object(),
            _ => return Err(Stop::UNREADABLE),
        };
        self.at += 1;
        while !self.skip_token(close) {
            self.expression()?;
            self.skip_token(|token| matches!(token, Token::Comma));
        }
        if self.growing && matches!(self.tokens.get(self.at - 1), Some((Token::BracketClose, ..))) {
            self.wrap(start, GROWING);
        }
        Ok(())
    }

    fn object(&mut self) -> Read {
        let start = self.start()?;
        self.at += 1;
        while !self.skip_token(|token| matches!(token, Token::BraceClose)) {
            self.key()?;
            self.expect(|token| matches!(token, Token::Colon))?;
            self.expression()?;
            self.skip_token(|token| matches!(token, Token::Comma));
        }
        if self.growing {
            self.wrap(start, GROWING);
        }
        Ok(())
    }

    fn key(&mut self) -> Read {
        let (start, first) = (self.start()?, self.at);
        self.expression()?;
        let literal = self.at == first + 1
            && matches!(self.tokens.get(first), Some((Token::Str(_) | Token::String(_) | Token::Int(_), ..)));
        if !literal {
            self.wrap(start, KEY);
        }
        Ok(())
    }

    fn postfix(&mut self, start: usize) -> Read {
        loop {
            match self.peek() {
                Some(Token::Dot) => {
                    self.at += 1;
                    let compares = self.is("changed");
                    self.at += 1;
                    if compares && matches!(self.peek(), Some(Token::ParenOpen)) {
                        self.compared()?;
                    }
                }
                Some(Token::ParenOpen) => self.arguments()?,
                Some(Token::BracketOpen) => self.subscript(start)?,
                _ => return Ok(()),
            }
        }
    }

    /// The arguments of `loop.changed()`, which the engine compares by itself.
    fn compared(&mut self) -> Read {
        self.at += 1;
        while !self.skip_token(|token| matches!(token, Token::ParenClose)) {
            let start = self.start()?;
            self.expression()?;
            self.wrap(start, BOUNDED);
            self.skip_token(|token| matches!(token, Token::Comma));
        }
        Ok(())
    }

    /// `[key]`, or `[start:stop:step]` as a call with `none` for what is left out.
    fn subscript(&mut self, start: usize) -> Read {
        self.at += 1;
        let bracket = self.at;
        let mut colons = 0;
        let mut given = false;
        loop {
            match self.peek() {
                Some(Token::BracketClose) => break,
                Some(Token::Colon) => {
                    colons += 1;
                    self.at += 1;
                    self.replace(if given { ", " } else { "none, " });
                    given = false;
                }
                Some(Token::Comma) => return Err(Stop::UNREADABLE),
                _ => {
                    self.key()?;
                    given = true;
                }
            }
        }
        self.at += 1;
        if colons > 0 {
            self.replace(if given { ")" } else { "none)" });
            if let Some((_, at, end)) = self.tokens.get(bracket - 1) {
                let (at, end) = (*at, *end);
                self.edit(at, end - at, ", ", Place::Instead);
            }
            self.edit(start, 0, format!("{SLICE}("), Place::Open);
        }
        Ok(())
    }

    /// Arguments of a call, or parameters of a macro.
    fn arguments(&mut self) -> Read {
        self.expect(|token| matches!(token, Token::ParenOpen))?;
        let (mut list_spread, mut object_spread) = (false, false);
        while !self.skip_token(|token| matches!(token, Token::ParenClose)) {
            if self.skip_token(|token| matches!(token, Token::Mul)) {
                if list_spread || object_spread {
                    return Err(Stop("only one list can be spread into arguments, before any object"));
                }
                list_spread = true;
            } else if self.skip_token(|token| matches!(token, Token::Pow)) {
                if object_spread {
                    return Err(Stop("only one object can be spread into arguments"));
                }
                object_spread = true;
            } else if matches!(self.tokens.get(self.at + 1), Some((Token::Assign, ..))) {
                if object_spread {
                    return Err(Stop("no argument can follow an object spread into arguments"));
                }
                self.at += 2;
            } else if list_spread || object_spread {
                return Err(Stop("no argument can follow what is spread into arguments"));
            }
            self.expression()?;
            self.skip_token(|token| matches!(token, Token::Comma));
        }
        Ok(())
    }

    /// Filters and tests after an operand.
    fn filters(&mut self) -> Read {
        loop {
            if self.skip_token(|token| matches!(token, Token::Pipe)) {
                self.filter()?;
            } else if self.skip("is") {
                self.skip("not");
                self.name()?;
                self.test_argument()?;
            } else {
                return Ok(());
            }
        }
    }

    fn filter(&mut self) -> Read {
        self.name()?;
        if matches!(self.peek(), Some(Token::ParenOpen)) { self.arguments() } else { Ok(()) }
    }

    fn name(&mut self) -> Read {
        self.expect(|token| matches!(token, Token::Ident(_)))?;
        while self.skip_token(|token| matches!(token, Token::Dot)) {
            self.expect(|token| matches!(token, Token::Ident(_)))?;
        }
        Ok(())
    }

    /// A test may have one argument without parentheses.
    fn test_argument(&mut self) -> Read {
        match self.peek() {
            Some(Token::ParenOpen) => self.arguments(),
            Some(Token::Ident("is")) => Err(Stop("tests cannot be chained; put the first one in parentheses")),
            Some(Token::Ident("and" | "or" | "else")) => Ok(()),
            Some(
                Token::Ident(_)
                | Token::Str(_)
                | Token::String(_)
                | Token::Int(_)
                | Token::Int128(_)
                | Token::Float(_)
                | Token::Plus
                | Token::Minus
                | Token::BracketOpen
                | Token::BraceOpen,
            ) => self.signed(),
            _ => Ok(()),
        }
    }
}
