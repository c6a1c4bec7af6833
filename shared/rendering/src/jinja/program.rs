//! Jinja sources compiled and run: one environment of named templates, its settings, its errors as
//! [`Problem`]s.
//!
//! What the parts of a version are belongs to [`crate::version`]; what the language consists of to
//! [`super::language`].

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as _,
    sync::Arc,
};

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind as JinjaErrorKind, UndefinedBehavior, Value, machinery::parse,
    syntax::SyntaxConfig,
};

use super::{
    language,
    lookups::{self, Path},
    names,
    rewrite::{self, MACROS, Rewritten, Use, calls::ESCAPES},
};
use crate::{
    error::{ErrorKind, Problem},
    limits, values,
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
    syntax: SyntaxConfig,
    sources: Arc<BTreeMap<String, Arc<Text>>>,
}

/// What a template and all that it includes, imports and extends ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// Names of context variables.
    pub variables: BTreeSet<String>,
    /// What is looked up in the context: `loan.balance`.
    pub paths: BTreeSet<Path>,
    /// Names of other templates.
    pub templates: BTreeSet<String>,
}

/// One template's source.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    original: String,
    rewritten: Rewritten,
    /// Put before the source, on its first line: imports that its author need not write.
    imports: String,
}

impl Text {
    /// Takes a source.
    ///
    /// # Errors
    /// When it is too large or uses a name that is Postrider's own.
    pub(crate) fn read(source: &str, settings: Settings) -> Result<Self, Problem> {
        if source.len() > limits::SOURCE {
            let message = format!("the template is larger than {} KB", limits::SOURCE / 1000);
            return Err(Problem::new(ErrorKind::Limit, message));
        }
        // As Jinja2 does: every line ends in one line feed.
        let original = match source.contains('\r') {
            true => source.replace("\r\n", "\n").replace('\r', "\n"),
            false => source.to_owned(),
        };
        let rewritten = rewrite::rewrite(&original, settings)?;
        Ok(Self { original, rewritten, imports: String::new() })
    }

    /// The same source, with those of a lender's `macros` imported that it calls.
    pub(crate) fn importing(mut self, macros: &BTreeSet<String>) -> Self {
        let called: Vec<_> = self.rewritten.outline.called.intersection(macros).cloned().collect();
        if !called.is_empty() {
            self.imports = format!("{{% from \"{MACROS}\" import {} %}}", called.join(", "));
        }
        self
    }

    /// The names of its macros.
    pub(crate) fn macros(&self) -> &BTreeSet<String> {
        &self.rewritten.outline.macros
    }

    /// What is compiled where the source can be taken.
    fn compiled(&self) -> String {
        format!("{}{}", self.imports, self.rewritten.text)
    }

    /// What the engine compiles. It must never run a source that we could not rewrite.
    fn load(&self, name: &str, settings: Settings) -> Result<String, Error> {
        let Some(refusal) = &self.rewritten.refusal else {
            return Ok(self.compiled());
        };
        parse(&self.original, name, syntax(settings))?;
        Err(Error::new(JinjaErrorKind::SyntaxError, refusal.to_string()).with_source(refusal.clone()))
    }

    /// Characters from the start of the line, from 1, of a byte of what was compiled.
    fn column(&self, at: usize) -> Option<usize> {
        let at = self.rewritten.original(at.saturating_sub(self.imports.len()));
        let before = self.original.get(..at)?;
        Some(before.chars().rev().take_while(|c| *c != '\n').count() + 1)
    }
}

impl Program {
    /// Takes named sources; compiles nothing yet.
    ///
    /// # Errors
    /// The name of the first template that is too large or uses a name that is Postrider's own, and why.
    pub fn new(sources: BTreeMap<String, String>, settings: Settings) -> Result<Self, (String, Problem)> {
        let read = |(name, source): (String, String)| match Text::read(&source, settings) {
            Ok(text) => Ok((name, Arc::new(text))),
            Err(problem) => Err((name, problem)),
        };
        Ok(Self::of(sources.into_iter().map(read).collect::<Result<_, _>>()?, settings))
    }

    /// Takes sources as they were read; compiles nothing yet.
    pub(crate) fn of(sources: BTreeMap<String, Arc<Text>>, settings: Settings) -> Self {
        let sources = Arc::new(sources);
        let mut environment = language::environment();
        environment.set_syntax(syntax(settings));
        let escape = if settings.autoescape { AutoEscape::Html } else { AutoEscape::None };
        environment.add_function(ESCAPES, move || settings.autoescape);
        environment.set_auto_escape_callback(move |_| escape.clone());
        let loaded = Arc::clone(&sources);
        environment
            .set_loader(move |name| loaded.get(name).map(|text| text.load(name, settings)).transpose());
        environment.set_auto_reload(false);
        Self { environment, syntax: syntax(settings), sources }
    }

    /// Compiles the template called `main` and all that it includes, imports and extends, so that it can be rendered.
    ///
    /// # Errors
    /// When one is not Jinja, names what does not exist, or comes back to itself.
    pub fn check(&self, main: &str) -> Result<Demands, Problem> {
        let mut visit = Visit {
            program: self,
            main,
            trail: Vec::new(),
            given: BTreeSet::new(),
            visited: BTreeMap::new(),
        };
        visit.template(main)?;
        let visited = visit.visited.into_keys();
        let (templates, others): (Vec<_>, Vec<_>) =
            visited.map(|name| (self.sources[&name].compiled(), name)).unzip();
        let parsed = templates.iter().zip(&others);
        let trees = parsed.map(|(text, name)| Ok((name.clone(), parse(text, name, self.syntax.clone())?)));
        let trees = trees.collect::<Result<_, Error>>().map_err(|error| self.problem(&error, main))?;
        let globals = self.environment.globals().map(|(name, _)| name.to_owned()).collect();
        let paths = lookups::find(main, &trees, globals);
        Ok(Demands {
            variables: paths.iter().map(|path| path.variable().to_owned()).collect(),
            paths,
            templates: others.iter().filter(|name| *name != main).cloned().collect(),
        })
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
        self.run(main, values::context(context)?, undefined)
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
        values::set_strict(undefined == Undefined::Strict);
        let run = || {
            let template = environment.get_template(main)?;
            let mut page = limits::Page::of(template.source().len());
            template.render_captured_to(context, &mut page)?;
            Ok(page.into_text())
        };
        run().map_err(|error: Error| self.problem(&error, main))
    }

    /// The engine's error as the author of `main` needs it: the place in their own source, the innermost cause.
    fn problem(&self, error: &Error, main: &str) -> Problem {
        let cause = innermost(error);
        if let Some(refusal) = cause.source().and_then(|source| source.downcast_ref::<Problem>()) {
            return refusal.clone();
        }
        let (kind, message) = match limits::breach() {
            Some(message) => (ErrorKind::Limit, message),
            None => (kind(cause), message(cause)),
        };
        // The outermost error is where the author's own template went elsewhere; the cause is where that failed.
        let location = |error: &Error| {
            let text = self.sources.get(error.name()?)?;
            Some((error.line(), error.range().and_then(|range| text.column(range.start))))
        };
        let own = Some(error).filter(|error| error.name() == Some(main)).and_then(location);
        let (line, column) = own.unwrap_or_default();
        let problem = Problem { line, column, kind, message };
        match cause.name() {
            Some(name) if name != main && self.sources.contains_key(name) => {
                problem.within(name, cause.line())
            }
            _ => problem,
        }
    }
}

/// A walk from a template through all that it includes, imports and extends.
struct Visit<'a> {
    program: &'a Program,
    main: &'a str,
    /// From the first template to the one visited.
    trail: Vec<String>,
    /// What has a value if the template visited is used.
    given: BTreeSet<String>,
    /// By template visited: what had a value each time.
    visited: BTreeMap<String, Vec<BTreeSet<String>>>,
}

impl Visit<'_> {
    /// How many uses of templates are followed: a hundred shared ones with ten uses each.
    const MOST: usize = 1_000;

    fn template(&mut self, name: &str) -> Result<(), Problem> {
        let before = self.visited.entry(name.to_owned()).or_default();
        if before.iter().any(|given| given.is_subset(&self.given)) {
            return Ok(());
        }
        before.push(self.given.clone());
        if self.visited.values().map(Vec::len).sum::<usize>() > Self::MOST {
            return Err(Problem::new(ErrorKind::Limit, "the template uses too many others"));
        }
        let program = self.program;
        let environment = &program.environment;
        let template = environment.get_template(name).map_err(|error| program.problem(&error, self.main))?;
        let globals: BTreeSet<&str> = environment.globals().map(|(global, _)| global).collect();
        let undeclared = template.undeclared_variables(false).into_iter();
        let functions = undeclared.filter(|function| {
            !self.given.contains(function)
                && !globals.contains(function.as_str())
                && !self.may_define(name, function)
        });
        let functions = functions.collect();
        if let Some(unknown) = names::unknown(&template, environment, &functions) {
            return Err(self.at(name, unknown.location, unknown.message));
        }
        let references = names::references(&template);
        for reference in references.iter().filter(|reference| reference.required) {
            if !reference.names.iter().any(|other| program.sources.contains_key(other)) {
                let message = format!("there is no shared template called {}", reference.names.join(" or "));
                return Err(self.at(name, reference.location, message));
            }
        }
        let location = |other: &String| {
            let reference = references.iter().find(|reference| reference.names.contains(other));
            reference.map_or(names::Location { line: None, at: None }, |reference| reference.location)
        };
        self.trail.push(name.to_owned());
        let text = &program.sources[name];
        let macros = (!text.imports.is_empty()).then(Use::macros);
        for used in macros.iter().chain(&text.rewritten.outline.uses) {
            let given = self.given.union(&used.given).cloned().collect();
            let outer = std::mem::replace(&mut self.given, given);
            for other in used.names.iter().filter(|other| program.sources.contains_key(*other)) {
                if self.trail.contains(other) {
                    let message = format!("{} comes back to {other}", self.trail.join(" uses "));
                    return Err(self.at(name, location(other), message));
                }
                self.template(other).map_err(|problem| match name == self.main {
                    true => self.moved(problem, location(other)),
                    false => problem,
                })?;
            }
            self.given = outer;
        }
        self.trail.pop();
        Ok(())
    }

    /// Whether a template or one of those it extends gives `name` a value, perhaps only in a branch.
    fn may_define(&self, template: &str, name: &str) -> bool {
        let (mut next, mut seen) = (vec![template], BTreeSet::new());
        while let Some(template) = next.pop() {
            let Some(text) = self.program.sources.get(template).filter(|_| seen.insert(template)) else {
                continue;
            };
            let outline = &text.rewritten.outline;
            if outline.defined.contains(name) {
                return true;
            }
            next.extend(
                outline
                    .uses
                    .iter()
                    .filter(|used| used.extends)
                    .flat_map(|used| &used.names)
                    .map(String::as_str),
            );
        }
        false
    }

    /// A fault found in the template visited.
    fn at(&self, name: &str, location: names::Location, message: String) -> Problem {
        let problem = Problem { line: location.line, column: None, kind: ErrorKind::Unknown, message };
        if name == self.main { self.moved(problem, location) } else { problem.within(name, location.line) }
    }

    /// The same fault told of a place in the author's own template.
    fn moved(&self, problem: Problem, location: names::Location) -> Problem {
        let column = location.at.and_then(|at| self.program.sources[self.main].column(at));
        Problem { line: location.line, column, ..problem }
    }
}

pub(super) fn syntax(settings: Settings) -> SyntaxConfig {
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
