//! Expressions, by the engine's grammar: which operands an operator has.

use minijinja::machinery::Token;

use super::{
    calls::{BOUNDED, CALCULATE, COMPARE, CONCATENATE, GROWING, KEY, NEGATE, SLICE},
    writer::{Read, Stop, Writer},
};

/// Operands in one call; the engine takes up to 2,000 arguments.
const OPERANDS: usize = 900;

impl Writer<'_> {
    /// One expression, or several with commas between them, which Jinja2 takes without parentheses.
    pub(super) fn tuple(&mut self) -> Read {
        let start = self.start()?;
        if self.list(Self::expression)? {
            self.enclose(start, "(", ")");
        }
        Ok(())
    }

    /// Expressions with commas between them; whether there is a comma.
    pub(super) fn list(&mut self, expression: fn(&mut Self) -> Read) -> Result<bool, Stop> {
        let mut commas = false;
        loop {
            expression(self)?;
            if !self.skip(Token::Comma) {
                return Ok(commas);
            }
            commas = true;
            if matches!(self.peek(), Some(Token::VariableEnd | Token::BlockEnd)) {
                return Ok(commas);
            }
        }
    }

    pub(super) fn expression(&mut self) -> Read {
        self.nested(|this| {
            this.disjunction()?;
            while this.skip_word("if") {
                this.disjunction()?;
                if this.skip_word("else") {
                    this.expression()?;
                }
            }
            Ok(())
        })
    }

    /// An expression without `if`, as in a loop's source, where `if` is something else.
    pub(super) fn disjunction(&mut self) -> Read {
        loop {
            while self.skip_word("not") {}
            self.comparison()?;
            if !self.skip_word("and") && !self.skip_word("or") {
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
                Some(Token::Ident("not")) if matches!(self.ahead(1), Some(Token::Ident("in"))) => {
                    self.advance()?;
                    self.replace("");
                    ", \"not in\", "
                }
                _ => break,
            };
            compared = true;
            self.advance()?;
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

    /// Operands of one precedence, in one call for all of them: as nested calls, long sums would be too deep.
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
            self.advance()?;
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
        match (self.peek(), self.ahead(1)) {
            (Some(Token::Plus), _) => {
                self.advance()?;
                self.replace(" ");
                self.nested(Self::signed)
            }
            (Some(Token::Minus), Some(Token::Int(_) | Token::Int128(_) | Token::Float(_))) => {
                self.advance()?;
                self.advance()
            }
            (Some(Token::Minus), _) => {
                self.advance()?;
                self.replace(" ");
                self.nested(Self::signed)?;
                self.wrap(start, NEGATE);
                Ok(())
            }
            _ => {
                self.primary()?;
                self.postfix(start)
            }
        }
    }

    fn primary(&mut self) -> Read {
        match self.peek() {
            Some(Token::Str(_) | Token::String(_)) => {
                while matches!(self.peek(), Some(Token::Str(_) | Token::String(_))) {
                    self.advance()?;
                }
                Ok(())
            }
            Some(Token::Ident(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_)) => self.advance(),
            Some(Token::ParenOpen) => self.entries(|| Token::ParenClose),
            Some(Token::BracketOpen) => {
                let start = self.start()?;
                self.entries(|| Token::BracketClose)?;
                self.grows(start);
                Ok(())
            }
            Some(Token::BraceOpen) => self.object(),
            _ => Err(Stop::UNREADABLE),
        }
    }

    fn entries(&mut self, close: fn() -> Token<'static>) -> Read {
        self.advance()?;
        while !self.skip(close()) {
            self.expression()?;
            self.skip(Token::Comma);
        }
        Ok(())
    }

    fn object(&mut self) -> Read {
        let start = self.start()?;
        self.advance()?;
        while !self.skip(Token::BraceClose) {
            self.key()?;
            self.expect(Token::Colon)?;
            self.expression()?;
            self.skip(Token::Comma);
        }
        self.grows(start);
        Ok(())
    }

    /// A list or object that the template may add to.
    fn grows(&mut self, start: usize) {
        if self.growing {
            self.wrap(start, GROWING);
        }
    }

    fn key(&mut self) -> Read {
        let (start, first) = (self.start()?, self.index());
        self.expression()?;
        let alone = self.index() == first + 1;
        if !alone
            || !matches!(self.tokens.get(first), Some((Token::Str(_) | Token::String(_) | Token::Int(_), ..)))
        {
            self.wrap(start, KEY);
        }
        Ok(())
    }

    fn postfix(&mut self, start: usize) -> Read {
        loop {
            match self.peek() {
                Some(Token::Dot) => {
                    self.advance()?;
                    let compares = self.word() == Some("changed");
                    self.advance()?;
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
        self.advance()?;
        while !self.skip(Token::ParenClose) {
            let start = self.start()?;
            self.expression()?;
            self.wrap(start, BOUNDED);
            self.skip(Token::Comma);
        }
        Ok(())
    }

    /// `[key]`, or `[start:stop:step]` as a call with `none` for what is left out.
    fn subscript(&mut self, start: usize) -> Read {
        let bracket = self.index();
        self.advance()?;
        let (mut slice, mut given) = (false, false);
        while !self.skip(Token::BracketClose) {
            if self.skip(Token::Colon) {
                self.replace(if given { ", " } else { "none, " });
                (slice, given) = (true, false);
            } else {
                self.key()?;
                given = true;
            }
        }
        if slice {
            self.replace(if given { ")" } else { "none)" });
            self.replace_at(bracket, ", ");
            self.insert(start, format!("{SLICE}("));
        }
        Ok(())
    }

    /// Arguments of a call, or parameters of a macro; refused in an order that Jinja2 refuses.
    pub(super) fn arguments(&mut self) -> Read {
        self.expect(Token::ParenOpen)?;
        let (mut list_spread, mut object_spread) = (false, false);
        while !self.skip(Token::ParenClose) {
            if self.skip(Token::Mul) {
                if list_spread || object_spread {
                    return Err(Stop("only one list can be spread into arguments, before any object"));
                }
                list_spread = true;
            } else if self.skip(Token::Pow) {
                if object_spread {
                    return Err(Stop("only one object can be spread into arguments"));
                }
                object_spread = true;
            } else if matches!(self.ahead(1), Some(Token::Assign)) {
                if object_spread {
                    return Err(Stop("no argument can follow an object spread into arguments"));
                }
                self.advance()?;
                self.advance()?;
            } else if list_spread || object_spread {
                return Err(Stop("no argument can follow what is spread into arguments"));
            }
            self.expression()?;
            self.skip(Token::Comma);
        }
        Ok(())
    }

    /// Filters and tests after an operand.
    pub(super) fn filters(&mut self) -> Read {
        loop {
            if self.skip(Token::Pipe) {
                self.filter()?;
            } else if self.skip_word("is") {
                self.skip_word("not");
                self.name()?;
                self.test_argument()?;
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn filter(&mut self) -> Read {
        self.name()?;
        if matches!(self.peek(), Some(Token::ParenOpen)) { self.arguments() } else { Ok(()) }
    }

    fn name(&mut self) -> Read {
        self.expect(Token::Ident(""))?;
        while self.skip(Token::Dot) {
            self.expect(Token::Ident(""))?;
        }
        Ok(())
    }

    /// A test may have one argument without parentheses.
    fn test_argument(&mut self) -> Read {
        match self.peek() {
            Some(Token::ParenOpen) => self.arguments(),
            Some(Token::Ident("is")) => {
                Err(Stop("tests cannot be chained; put the first one in parentheses"))
            }
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
