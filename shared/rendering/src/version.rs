//! The templates of one version: subject line, text and HTML, checked and rendered together.

use std::{collections::BTreeMap, sync::Arc};

use domain::heading;
pub use domain::template::Source;
use minijinja::Value;
use quick_cache::sync::Cache;

use crate::{
    error::{Part, Problem, TemplateError},
    jinja::{
        lookups::Path,
        program::{Demands, Program, Settings, Text, Undefined},
    },
    library::Library,
    limits, values,
};

/// The rendered parts of a message; a part is there if the version has a template for it.
pub type Rendered = Source;

/// How to render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether a variable missing in the context is an error; else it renders as nothing (`strictUndefined`
    /// of 001).
    pub strict_undefined: bool,
}

/// The compiled templates of one version. Cheap to clone, safe to keep and share.
#[derive(Debug, Clone)]
pub struct Version {
    parts: Arc<Vec<(Part, Program)>>,
    demands: Arc<Demands>,
}

/// Compiles and renders a template that uses no shared ones of a lender. For a version that is rendered again and
/// again, keep a [`Version`].
///
/// # Errors
/// The first part that cannot be compiled or rendered.
pub fn render(
    source: &Source,
    context: &serde_json::Value,
    options: Options,
) -> Result<Rendered, TemplateError> {
    Version::compile(source, &Library::default())?.render(context, options)
}

impl Version {
    /// Compiles a version's templates, and whether it can be saved: this is the check.
    ///
    /// # Errors
    /// The first part that is not Jinja, names what does not exist, or exceeds a limit.
    pub fn compile(source: &Source, library: &Library) -> Result<Self, TemplateError> {
        let sources: Vec<_> = parts(source).map(|(part, text)| (part, text.to_owned())).collect();
        let first = sources.first().map_or(Part::ContentText, |(part, _)| *part);
        let library = library.clone();
        confined(first, move || {
            let (mut parts, mut all) = (Vec::new(), Demands::default());
            for (part, text) in sources {
                let (program, demands) =
                    compile(part, &text, &library).map_err(|problem| problem.in_part(part))?;
                parts.push((part, program));
                all.variables.extend(demands.variables);
                all.paths.extend(demands.paths);
                all.templates.extend(demands.templates);
            }
            Ok(Self { parts: Arc::new(parts), demands: Arc::new(all) })
        })
    }

    /// Renders all parts with one context, a JSON object.
    ///
    /// # Errors
    /// The first part that cannot be rendered.
    pub fn render(&self, context: &serde_json::Value, options: Options) -> Result<Rendered, TemplateError> {
        let Some((first, _)) = self.parts.first() else { return Ok(Rendered::default()) };
        let context = values::context(context).map_err(|problem| problem.in_part(*first))?;
        let parts = Arc::clone(&self.parts);
        confined(*first, move || {
            let mut rendered = Rendered::default();
            for (part, program) in parts.iter() {
                let text = render_part(*part, program, context.clone(), options)?;
                match part {
                    Part::SubjectLine => rendered.subject_line = Some(text),
                    Part::ContentText => rendered.content_text = Some(text),
                    Part::ContentHtml => rendered.content_html = Some(text),
                }
            }
            Ok(rendered)
        })
    }

    /// The context variables and shared templates that its parts use together.
    pub fn demands(&self) -> &Demands {
        &self.demands
    }

    /// What the templates look up and `context` does not have, such as `loan.balance`.
    pub fn undefined(&self, context: &serde_json::Value) -> impl Iterator<Item = &Path> {
        self.demands.paths.iter().filter(|path| !path.is_in(context))
    }
}

/// Compiled versions by a name that changes whenever what they are compiled from does; the least used leave first.
#[derive(Debug)]
pub struct Versions(Cache<String, Version>);

impl Versions {
    /// Keeps up to `capacity` versions.
    pub fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    /// The compiled version of this name, compiled from `source` and `library` if it is not at hand.
    ///
    /// # Errors
    /// As [`Version::compile`].
    pub fn get_or_compile(
        &self,
        name: &str,
        source: &Source,
        library: &Library,
    ) -> Result<Version, TemplateError> {
        self.0.get_or_insert_with(name, || Version::compile(source, library))
    }
}

fn parts(source: &Source) -> impl Iterator<Item = (Part, &str)> {
    [
        (Part::SubjectLine, &source.subject_line),
        (Part::ContentText, &source.content_text),
        (Part::ContentHtml, &source.content_html),
    ]
    .into_iter()
    .filter_map(|(part, text)| Some((part, text.as_deref()?)))
}

fn compile(part: Part, source: &str, library: &Library) -> Result<(Program, Demands), Problem> {
    let settings = Settings { autoescape: part == Part::ContentHtml, ..Settings::default() };
    let own = BTreeMap::from([(part.as_str().to_owned(), Text::read(source, settings)?)]);
    let program = library.program(own, settings);
    let demands = program.check(part.as_str())?;
    Ok((program, demands))
}

fn render_part(
    part: Part,
    program: &Program,
    context: Value,
    options: Options,
) -> Result<String, TemplateError> {
    let undefined = if options.strict_undefined { Undefined::Strict } else { Undefined::Lenient };
    let text = program.run(part.as_str(), context, undefined).map_err(|problem| problem.in_part(part))?;
    Ok(if part == Part::SubjectLine { heading::one_line(&text) } else { text })
}

/// Runs on a thread it has for itself; what befalls the thread is told of the first part.
fn confined<T: Send + 'static>(
    first: Part,
    job: impl FnOnce() -> Result<T, TemplateError> + Send + 'static,
) -> Result<T, TemplateError> {
    limits::confined(move || Ok(job())).unwrap_or_else(|problem: Problem| Err(problem.in_part(first)))
}
