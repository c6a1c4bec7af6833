//! What a source names for others: its macros, what it gives a value, which templates it uses, and what it calls.

use std::collections::BTreeSet;

use minijinja::machinery::Token;

use super::{calls::MACROS, writer::Placed};

/// See the module documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Names of macros defined anywhere in it.
    pub macros: BTreeSet<String>,
    /// Every name it gives a value anywhere.
    pub defined: BTreeSet<String>,
    /// What it calls as `name(…)`.
    pub called: BTreeSet<String>,
    /// Tags that include, import or extend.
    pub uses: Vec<Use>,
}

/// A tag that includes, imports or extends.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// Every text written out in its name: of `'a' if es else 'b'` both.
    pub names: Vec<String>,
    /// What its name is made with: `es`.
    pub asked: BTreeSet<String>,
    /// What has a value there, and so is not taken from the context by the template used.
    pub given: BTreeSet<String>,
    /// Whether it is a parent.
    pub extends: bool,
}

impl Use {
    /// The import of a lender's macros that nobody had to write.
    pub(crate) fn macros() -> Self {
        Self {
            names: vec![MACROS.to_owned()],
            asked: BTreeSet::new(),
            given: BTreeSet::new(),
            extends: false,
        }
    }
}

/// A tag's tokens after its keyword.
type Tag<'t, 'a> = [&'t Token<'a>];

impl Outline {
    pub(super) fn read(tokens: &[Placed<'_>]) -> Self {
        let mut outline = Self::default();
        // What has a value: in the whole template, then in each body open.
        let mut scopes = vec![BTreeSet::new()];
        let mut rest = tokens;
        while let [(first, ..), after @ ..] = rest {
            match (first, after) {
                (Token::BlockStart, [(Token::Ident(keyword), ..), tag @ ..]) => {
                    let tokens = tag.iter().map(|(token, ..)| token);
                    let tag: Vec<_> = tokens.take_while(|token| !matches!(token, Token::BlockEnd)).collect();
                    outline.tag(keyword, &tag, &mut scopes);
                }
                (Token::Ident(name), [(Token::ParenOpen, ..), ..]) => {
                    outline.called.insert((*name).to_owned());
                }
                _ => {}
            }
            rest = after;
        }
        // A parent runs when all of the template has.
        for parent in outline.uses.iter_mut().filter(|parent| parent.extends) {
            parent.given.clone_from(&scopes[0]);
        }
        outline
    }

    fn tag(&mut self, keyword: &str, tag: &Tag<'_, '_>, scopes: &mut Vec<BTreeSet<String>>) {
        match keyword {
            "macro" => {
                let own = names(&tag[..tag.len().min(1)]);
                self.macros.extend(own.iter().cloned());
                self.define(own, scopes);
                scopes.push(BTreeSet::new());
                self.define(names(tag), scopes);
            }
            "for" => {
                scopes.push(BTreeSet::new());
                self.define(names(until(tag, |token| matches!(token, Token::Ident("in")))), scopes);
            }
            "with" => {
                scopes.push(BTreeSet::new());
                for pair in tag.windows(2).filter(|pair| matches!(pair[1], Token::Assign)) {
                    self.define(names(&pair[..1]), scopes);
                }
            }
            "call" | "block" => scopes.push(BTreeSet::new()),
            "endmacro" | "endfor" | "endwith" | "endcall" | "endblock" if scopes.len() > 1 => {
                scopes.pop();
            }
            "set" => {
                let ends = |token: &Token<'_>| matches!(token, Token::Assign | Token::Pipe);
                self.define(names(until(tag, ends)), scopes);
            }
            "include" | "extends" => self.uses(tag, keyword == "extends", scopes),
            "import" | "from" => {
                let used = until(tag, |token| matches!(token, Token::Ident("import" | "as")));
                self.uses(used, false, scopes);
                self.define(names(&tag[used.len()..]), scopes);
            }
            _ => {}
        }
    }

    fn define(&mut self, names: BTreeSet<String>, scopes: &mut [BTreeSet<String>]) {
        self.defined.extend(names.iter().cloned());
        if let Some(scope) = scopes.last_mut() {
            scope.extend(names);
        }
    }

    fn uses(&mut self, tag: &Tag<'_, '_>, extends: bool, scopes: &[BTreeSet<String>]) {
        let texts = tag.iter().filter_map(|token| match token {
            Token::Str(text) => Some((*text).to_owned()),
            Token::String(text) => Some(text.to_string()),
            _ => None,
        });
        let given: BTreeSet<String> = scopes.iter().flatten().cloned().collect();
        let asked = asked(tag).difference(&given).cloned().collect();
        self.uses.push(Use { names: texts.collect(), asked, given, extends });
    }
}

/// The variables of an expression: no words of the language, attributes, filters or tests.
fn asked(tag: &Tag<'_, '_>) -> BTreeSet<String> {
    const WORDS: [&str; 15] = [
        "if", "else", "and", "or", "not", "in", "is", "ignore", "missing", "with", "without", "context",
        "true", "false", "none",
    ];
    let mut asked = BTreeSet::new();
    for (place, token) in tag.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| tag[before]);
        let is_part = matches!(before, Some(Token::Dot | Token::Pipe | Token::Ident("is")));
        match token {
            Token::Ident(name) if !is_part && !WORDS.contains(&name.to_ascii_lowercase().as_str()) => {
                asked.insert((*name).to_owned());
            }
            _ => {}
        }
    }
    asked
}

fn until<'s, 't, 'a>(tag: &'s Tag<'t, 'a>, ends: impl Fn(&Token<'a>) -> bool) -> &'s Tag<'t, 'a> {
    let end = tag.iter().position(|token| ends(token)).unwrap_or(tag.len());
    &tag[..end]
}

fn names(tokens: &Tag<'_, '_>) -> BTreeSet<String> {
    let name = |token: &&Token<'_>| match token {
        Token::Ident(name) => Some((*name).to_owned()),
        _ => None,
    };
    tokens.iter().filter_map(name).collect()
}
