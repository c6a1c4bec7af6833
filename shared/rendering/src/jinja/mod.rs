//! The language of templates: Jinja2, read and rewritten, run by the engine with our operators, filters, tests and methods.
//!
//! [`program`] is what the rest of the crate uses. Sources go through [`rewrite`], which puts calls of [`operators`] in place of
//! what the engine does otherwise or without bounds; [`language`] lists all that templates may name, [`lookups`] finds what a
//! template looks up before anything is rendered.

mod escape;
mod filters;
mod format;
mod growing;
mod language;
pub mod lookups;
mod macros;
mod methods;
mod names;
mod operators;
mod predicates;
pub mod program;
pub(crate) mod rewrite;
mod spec;
mod text;
