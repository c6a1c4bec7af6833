//! Lender-authored templates: Jinja2, rendered safely and exactly.
//!
//! [`validate`] and [`render`] work on the templates of one version; [`Versions`] keeps compiled ones. Which
//! template a message uses and what its context holds is decided elsewhere.

mod amount;
mod arguments;
mod error;
mod escape;
mod filters;
mod growing;
mod language;
pub mod limits;
mod locale;
mod methods;
mod names;
mod operators;
mod predicates;
pub mod program;
mod rewrite;
mod text;
mod value;
mod version;

pub use error::{ErrorKind, Part, Problem, TemplateError};
pub use version::{Options, Rendered, Source, Version, Versions, render, undeclared, validate};
