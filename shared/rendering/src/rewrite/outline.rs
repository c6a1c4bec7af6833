//! What a source names for others: its macros, what it sets for the templates it includes, what it calls.

use std::collections::BTreeSet;

use minijinja::machinery::Token;

use super::writer::Placed;

/// See the module documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Names of macros defined anywhere in it.
    pub macros: BTreeSet<String>,
    /// Every name it gives a value: what it includes or extends may read it.
    pub defined: BTreeSet<String>,
    /// What it calls as `name(…)`.
    pub called: BTreeSet<String>,
}

impl Outline {
    pub(super) fn read(tokens: &[Placed<'_>]) -> Self {
        let mut outline = Self::default();
        let mut rest = tokens;
        while let [(first, ..), after @ ..] = rest {
            match (first, after) {
                (Token::BlockStart, [(Token::Ident(keyword), ..), tag @ ..]) => outline.tag(keyword, tag),
                (Token::Ident(name), [(Token::ParenOpen, ..), ..]) => {
                    outline.called.insert((*name).to_owned());
                }
                _ => {}
            }
            rest = after;
        }
        outline
    }

    fn tag(&mut self, keyword: &str, tag: &[Placed<'_>]) {
        let tag = tag.iter().map(|(token, ..)| token).take_while(|token| !matches!(token, Token::BlockEnd));
        let tag: Vec<_> = tag.collect();
        match keyword {
            "macro" => {
                if let Some(Token::Ident(name)) = tag.first() {
                    self.macros.insert((*name).to_owned());
                }
                self.define(&tag);
            }
            "set" => {
                let ends = |token: &&&Token<'_>| !matches!(token, Token::Assign | Token::Pipe);
                self.define(&tag.iter().take_while(ends).copied().collect::<Vec<_>>());
            }
            "for" => {
                let ends = |token: &&&Token<'_>| !matches!(token, Token::Ident("in"));
                self.define(&tag.iter().take_while(ends).copied().collect::<Vec<_>>());
            }
            "with" => {
                for pair in tag.windows(2).filter(|pair| matches!(pair[1], Token::Assign)) {
                    self.define(&pair[..1]);
                }
            }
            "import" | "from" => {
                let begins = |token: &&&Token<'_>| !matches!(token, Token::Ident("import" | "as"));
                self.define(&tag.iter().skip_while(begins).copied().collect::<Vec<_>>());
            }
            _ => {}
        }
    }

    fn define(&mut self, tokens: &[&Token<'_>]) {
        self.defined.extend(tokens.iter().filter_map(|token| match token {
            Token::Ident(name) => Some((*name).to_owned()),
            _ => None,
        }));
    }
}
