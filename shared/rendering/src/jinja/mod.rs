//! The language of templates: Jinja2, read and rewritten, run by the engine with our operators, filters, tests and methods.
//!
//! [`program`] is what the rest of the crate uses. Sources go through [`rewrite`], which puts calls of [`operators`] in place of
//! what the engine does otherwise or without bounds; [`language`] lists all that templates may name.

mod escape;
mod filters;
mod format;
mod growing;
mod language;
mod macros;
mod methods;
mod names;
mod operators;
mod predicates;
pub mod program;
pub(crate) mod rewrite;
mod spec;
mod text;
