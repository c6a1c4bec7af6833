//! Jinja sources compiled and run: one environment of named templates, its settings, its errors as
//! [`Problem`]s.
//!
//! What the parts of a version are belongs to [`crate::version`]; what the language consists of to
//! [`crate::language`].

use std::{collections::BTreeMap, error::Error as _, sync::Arc};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind as JinjaErrorKind, UndefinedBehavior, Value, machinery::parse,
    syntax::SyntaxConfig,
};

use crate::{
    error::{ErrorKind, Problem},
    language, limits, names,
    rewrite::{self, Rewritten},
    value,
};

/// What an undefined variable does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undefined {
    /// Renders as nothing, has no attributes; Jinja2's default.
    #[default]
    Lenient,
    /// As `Lenient`, and its attributes are undefined too.
    Chainable,
    /// Is an error.
    Strict,
}

/// The settings of Jinja2's environment that change how a source reads, with Jinja2's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// Whether expressions are escaped for HTML.
    pub autoescape: bool,
    /// Whether the newline after a block tag is dropped.
    pub trim_blocks: bool,
    /// Whether white space before a block tag that begins its line is dropped.
    pub lstrip_blocks: bool,
    /// Whether the last newline of a source is kept.
    pub keep_trailing_newline: bool,
}

/// Templates that may include, import and extend one another by name. Each is compiled when it is first used.
///
/// Everything it does belongs inside [`limits::confined`], which has the stack and the time for it.
#[derive(Debug, Clone)]
pub struct Program {
    environment: Environment<'static>,
    sources: Arc<BTreeMap<String, Text>>,
}

/// One template's source.
#[derive(Debug)]
struct Text {
    original: String,
    rewritten: Rewritten,
}

impl Text {
    /// What the engine compiles. It must never run a source that we could not rewrite.
    fn load(&self, name: &str, settings: Settings) -> Result<String, Error> {
        let Some(refusal) = &self.rewritten.refusal else { return Ok(self.rewritten.text.clone()) };
        parse(&self.original, name, syntax(settings))?;
        Err(Error::new(JinjaErrorKind::SyntaxError, refusal.to_string()).with_source(refusal.clone()))
    }
}

impl Program {
    /// Takes named sources; compiles nothing yet.
    ///
    /// # Errors
    /// The name of the first template that is too large or uses a name that is Postrider's own, and why.
    pub fn new(sources: BTreeMap<String, String>, settings: Settings) -> Result<Self, (String, Problem)> {
        let syntax = syntax(settings);
        let text = |(name, source): (String, String)| {
            // As Jinja2 does: every line ends in one line feed.
            let original = source.replace("\r\n", "\n").replace('\r', "\n");
            match read(&original, &syntax) {
                Ok(rewritten) => Ok((name, Text { original, rewritten })),
                Err(problem) => Err((name, problem)),
            }
        };
        let sources: Arc<BTreeMap<_, _>> = Arc::new(sources.into_iter().map(text).collect::<Result<_, _>>()?);

        let mut environment = language::environment();
        environment.set_syntax(syntax);
        let escape = if settings.autoescape { AutoEscape::Html } else { AutoEscape::None };
        environment.set_auto_escape_callback(move |_| escape.clone());
        let loaded = Arc::clone(&sources);
        environment
            .set_loader(move |name| loaded.get(name).map(|text| text.load(name, settings)).transpose());
        environment.set_auto_reload(false);
        Ok(Self { environment, sources })
    }

    /// Compiles the template called `main`, so that it can be rendered. The names that it takes from its
    /// context, in alphabetical order.
    ///
    /// # Errors
    /// When it is not Jinja, or names what does not exist.
    pub fn check(&self, main: &str) -> Result<Vec<String>, Problem> {
        let template = self.environment.get_template(main).map_err(|error| self.problem(&error))?;
        let mut variables: Vec<_> = template.undeclared_variables(false).into_iter().collect();
        variables.retain(|name| self.environment.globals().all(|(global, _)| global != name));
        variables.sort();
        let is_template = |name: &str| self.sources.contains_key(name);
        match names::unknown(&template, &self.environment, &variables, is_template) {
            None => Ok(variables),
            Some(unknown) => Err(Problem {
                line: unknown.line,
                column: unknown.at.and_then(|at| self.column(main, at)),
                kind: ErrorKind::Unknown,
                message: unknown.message,
            }),
        }
    }

    /// Renders the template called `main` with a JSON object for its context.
    ///
    /// # Errors
    /// What went wrong in it or in what it includes.
    pub fn render(
        &self,
        main: &str,
        context: &serde_json::Value,
        undefined: Undefined,
    ) -> Result<String, Problem> {
        self.run(main, value::context(context)?, undefined)
    }

    /// As [`Self::render`], with a context that several templates share.
    pub(crate) fn run(&self, main: &str, context: Value, undefined: Undefined) -> Result<String, Problem> {
        let strict;
        let environment = match undefined {
            Undefined::Lenient => &self.environment,
            Undefined::Chainable | Undefined::Strict => {
                let mut copy = self.environment.clone();
                copy.set_undefined_behavior(match undefined {
                    Undefined::Strict => UndefinedBehavior::Strict,
                    _ => UndefinedBehavior::Chainable,
                });
                strict = copy;
                &strict
            }
        };
        let run = || {
            let mut page = limits::Page::default();
            environment.get_template(main)?.render_captured_to(context, &mut page)?;
            Ok(page.into_text())
        };
        run().map_err(|error: Error| self.problem(&error))
    }

    /// The engine's error as a template author needs it: the place in their own source, the innermost cause.
    fn problem(&self, error: &Error) -> Problem {
        let cause = innermost(error);
        if let Some(refusal) = cause.source().and_then(|source| source.downcast_ref::<Problem>()) {
            return refusal.clone();
        }
        let (kind, message) = match limits::breach() {
            Some(message) => (ErrorKind::Limit, message),
            None => (kind(cause), message(cause)),
        };
        let column = error.name().zip(error.range()).and_then(|(name, range)| self.column(name, range.start));
        Problem { line: error.line(), column, kind, message }
    }

    /// Characters from the start of the line, from 1, of a byte of what was compiled.
    fn column(&self, name: &str, at: usize) -> Option<usize> {
        let text = self.sources.get(name)?;
        let before = text.original.get(..text.rewritten.original(at))?;
        Some(before.chars().rev().take_while(|c| *c != '\n').count() + 1)
    }
}

fn read(source: &str, syntax: &SyntaxConfig) -> Result<Rewritten, Problem> {
    if source.len() > limits::SOURCE {
        let message = format!("the template is larger than {} KB", limits::SOURCE / 1000);
        return Err(Problem::new(ErrorKind::Limit, message));
    }
    rewrite::rewrite(source, syntax.clone())
}

fn syntax(settings: Settings) -> SyntaxConfig {
    SyntaxConfig::builder()
        .trim_blocks(settings.trim_blocks)
        .lstrip_blocks(settings.lstrip_blocks)
        .keep_trailing_newline(settings.keep_trailing_newline)
        .build()
        .unwrap_or_default()
}

fn kind(error: &Error) -> ErrorKind {
    match error.kind() {
        JinjaErrorKind::SyntaxError => ErrorKind::Syntax,
        JinjaErrorKind::UnknownFilter
        | JinjaErrorKind::UnknownTest
        | JinjaErrorKind::UnknownFunction
        | JinjaErrorKind::UnknownMethod
        | JinjaErrorKind::UnknownBlock
        | JinjaErrorKind::TemplateNotFound => ErrorKind::Unknown,
        JinjaErrorKind::UndefinedError => ErrorKind::Undefined,
        JinjaErrorKind::OutOfFuel => ErrorKind::Limit,
        _ => ErrorKind::Runtime,
    }
}

fn message(error: &Error) -> String {
    match error.kind() {
        JinjaErrorKind::OutOfFuel => "the template takes too many steps".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    }
}

fn innermost(error: &Error) -> &Error {
    let mut cause = error;
    while let Some(next) = cause.source().and_then(|source| source.downcast_ref::<Error>()) {
        cause = next;
    }
    cause
}
