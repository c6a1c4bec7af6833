//! Tags: where their expressions are, and where passes of loops and calls of macros end.

use minijinja::machinery::Token;

use super::{
    calls::{BOUNDED, EACH, INCLUDED, SPEND},
    writer::{Body, Read, Stop, Writer},
};

impl Writer<'_> {
    /// The whole source.
    pub(super) fn template(&mut self) -> Read {
        while let Some((token, _, end)) = self.tokens.get(self.index()) {
            let end = *end;
            match token {
                Token::TemplateData(text) => {
                    let written = text.len();
                    let repeated = self.open.iter_mut().rev().find_map(|body| match body {
                        Body::Repeated(bytes) | Body::Loop(bytes) => Some(bytes),
                        Body::Once => None,
                    });
                    if let Some(bytes) = repeated {
                        *bytes += written;
                    }
                    self.advance()?;
                }
                Token::VariableStart => {
                    self.advance()?;
                    self.tuple()?;
                    self.expect(Token::VariableEnd)?;
                }
                Token::BlockStart => {
                    self.advance()?;
                    self.statement(end)?;
                    while !self.skip(Token::BlockEnd) {
                        self.advance()?;
                    }
                }
                _ => return Err(Stop::UNREADABLE),
            }
        }
        Ok(())
    }

    /// A tag up to where no more expressions are; `inside` is where its `{%` ends.
    fn statement(&mut self, inside: usize) -> Read {
        let keyword = self.word().ok_or(Stop::UNREADABLE)?;
        self.advance()?;
        match keyword {
            "for" => self.begin_loop(),
            "if" => {
                self.open.push(Body::Once);
                self.disjunction()
            }
            "elif" => self.disjunction(),
            "else" => {
                if matches!(self.open.last(), Some(Body::Loop(_))) {
                    self.end_pass(inside);
                    self.open.push(Body::Once);
                }
                Ok(())
            }
            "endif" | "endfor" | "endmacro" | "endcall" | "endblock" => {
                self.end_pass(inside);
                Ok(())
            }
            "continue" => {
                let bytes = self.open.iter().rev().find_map(|body| match body {
                    Body::Loop(bytes) => Some(*bytes),
                    Body::Repeated(_) | Body::Once => None,
                });
                self.count(inside, bytes.unwrap_or(0));
                Ok(())
            }
            "block" => {
                self.advance()?;
                self.skip_word("scoped");
                // A required block may hold nothing, not even what counts.
                self.open.push(if self.word() == Some("required") { Body::Once } else { Body::Repeated(0) });
                Ok(())
            }
            "set" => self.assignment(),
            "with" => self.assignments(),
            "macro" => self.begin_macro(),
            "call" => {
                self.open.push(Body::Repeated(0));
                if matches!(self.peek(), Some(Token::ParenOpen)) {
                    self.arguments()?;
                }
                self.expression()
            }
            "filter" => {
                self.filter()?;
                self.filters()
            }
            "include" | "import" | "extends" => self.included(),
            "from" => {
                self.included()?;
                if self.skip_word("import") && self.word().is_none() {
                    return Err(Stop("nothing is imported"));
                }
                Ok(())
            }
            "autoescape" | "do" => self.expression(),
            _ => Ok(()),
        }
    }

    /// The name of another template.
    fn included(&mut self) -> Read {
        let start = self.start()?;
        self.expression()?;
        self.wrap(start, INCLUDED);
        Ok(())
    }

    fn begin_loop(&mut self) -> Read {
        self.open.push(Body::Loop(0));
        while !self.skip_word("in") {
            self.advance()?;
        }
        let start = self.start()?;
        if self.list(Self::disjunction)? {
            self.enclose(start, "(", ")");
        }
        self.wrap(start, EACH);
        if self.skip_word("if") { self.expression() } else { Ok(()) }
    }

    fn begin_macro(&mut self) -> Read {
        self.open.push(Body::Repeated(0));
        self.advance()?;
        let first = self.index();
        self.arguments()?;
        let bare_caller = self.tokens[first..self.index()].windows(2).any(|pair| {
            matches!(pair, [(Token::Ident("caller"), ..), (Token::Comma | Token::ParenClose, ..)])
        });
        if bare_caller { Err(Stop("a parameter called caller needs a default")) } else { Ok(()) }
    }

    fn assignment(&mut self) -> Read {
        let mut attribute = false;
        while !matches!(self.peek(), Some(Token::Assign | Token::Pipe | Token::BlockEnd)) {
            attribute |= matches!(self.peek(), Some(Token::Dot));
            self.advance()?;
        }
        if !self.skip(Token::Assign) {
            return self.filters();
        }
        let start = self.start()?;
        self.tuple()?;
        if attribute {
            self.wrap(start, BOUNDED);
        }
        Ok(())
    }

    fn assignments(&mut self) -> Read {
        while !matches!(self.peek(), Some(Token::BlockEnd)) {
            while !self.skip(Token::Assign) {
                self.advance()?;
            }
            self.expression()?;
            if !self.skip(Token::Comma) {
                break;
            }
        }
        Ok(())
    }

    /// Counts a pass through the body that ends here.
    fn end_pass(&mut self, inside: usize) {
        match self.open.pop() {
            Some(Body::Repeated(bytes) | Body::Loop(bytes)) => self.count(inside, bytes),
            Some(Body::Once) | None => {}
        }
    }

    /// Makes of `{% endfor %}` a `{% do __spend(12) %}{% endfor %}`: marks that strip white space stay
    /// where they are.
    fn count(&mut self, inside: usize, bytes: usize) {
        self.insert(inside, format!(" do {SPEND}({bytes}) %}}{{%"));
    }
}
