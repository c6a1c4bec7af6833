//! Templates that others include, import and extend by name: a lender's own, and Postrider's.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use crate::{
    builtin,
    error::Problem,
    jinja::program::{Program, Settings, Text},
    limits,
};

pub use crate::jinja::rewrite::MACROS;

/// What the names of Postrider's own shared templates begin with.
pub const BUILT_IN: &str = "postrider/";

/// The shared templates of one lender, read and ready to be used by any number of versions. Cheap to clone.
///
/// Built-in ones are always in it.
#[derive(Debug, Clone)]
pub struct Library {
    texts: Arc<BTreeMap<String, Arc<Text>>>,
}

/// A shared template that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SharedError {
    /// Which.
    pub name: String,
    /// Why.
    pub problem: Problem,
}

impl Library {
    /// Takes a lender's shared templates, source by name; compiles nothing yet.
    ///
    /// # Errors
    /// The first that is too large or uses a name that is Postrider's own.
    pub fn new(sources: BTreeMap<String, String>) -> Result<Self, SharedError> {
        confined(move || {
            let mut texts = BTreeMap::clone(&BUILT_INS);
            for (name, source) in sources {
                match Text::read(&source, Settings::default()) {
                    Ok(text) => texts.insert(name, Arc::new(text)),
                    Err(problem) => return Err(SharedError { name, problem }),
                };
            }
            let macros = texts.get(MACROS).map(|text| text.macros().clone()).unwrap_or_default();
            for (_, text) in texts.iter_mut().filter(|(name, _)| !does_without_macros(name)) {
                *text = Arc::new(Text::clone(text).importing(&macros));
            }
            Ok(Self { texts: Arc::new(texts) })
        })
    }

    /// Checks every shared template of the lender: its names, its parents, and that none comes back to itself.
    ///
    /// # Errors
    /// The first that could not be used.
    pub fn check(&self) -> Result<(), SharedError> {
        let library = self.clone();
        confined(move || {
            let program = library.program(BTreeMap::new(), Settings::default());
            let own = library.texts.keys().filter(|name| !name.starts_with(BUILT_IN));
            for name in own {
                program.check(name).map_err(|problem| SharedError { name: name.clone(), problem })?;
            }
            Ok(())
        })
    }

    /// Sources that may use the library's.
    pub(crate) fn program(&self, own: BTreeMap<String, Text>, settings: Settings) -> Program {
        let mut sources = BTreeMap::clone(&self.texts);
        let macros = self.texts.get(MACROS).map(|text| text.macros());
        for (name, text) in own {
            let text = match macros {
                Some(macros) => text.importing(macros),
                None => text,
            };
            sources.insert(name, Arc::new(text));
        }
        Program::of(sources, settings)
    }
}

impl Default for Library {
    fn default() -> Self {
        Self { texts: Arc::new(BUILT_INS.clone()) }
    }
}

/// Whether a shared template is not given the lender's macros: they themselves, and what is Postrider's.
fn does_without_macros(name: &str) -> bool {
    name == MACROS || name.starts_with(BUILT_IN)
}

/// Runs on a thread it has for itself; what befalls the thread is told of the macros, which every template reads.
fn confined<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, SharedError> + Send + 'static,
) -> Result<T, SharedError> {
    limits::confined(move || Ok(job()))
        .unwrap_or_else(|problem| Err(SharedError { name: MACROS.to_owned(), problem }))
}

static BUILT_INS: LazyLock<BTreeMap<String, Arc<Text>>> = LazyLock::new(|| {
    let read = |name: &'static str| {
        let text = Text::read(builtin::source(name)?, Settings::default()).ok()?;
        Some((name.to_owned(), Arc::new(text)))
    };
    builtin::names().filter_map(read).collect()
});
