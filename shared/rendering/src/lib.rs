//! Lender-authored templates: Jinja2, rendered safely and exactly.
//!
//! A [`Version`] is compiled from the templates of its parts and a [`Library`] of shared ones; [`Versions`] keeps
//! compiled ones. Which template a message uses and what its context holds is decided elsewhere.
//!
//! Templates read and render as in Jinja2 3.1 with its default settings, `do`, `break` and `continue`
//! included. On purpose it is different where
//!
//! - decimals of the context are exact: `312.50` prints as it came, and 0.1 + 0.2 of the context is 0.3;
//! - something would grow or take time without end ([`limits`]);
//! - something would not be the same twice: `random`, `lipsum`;
//! - it would be Python: attributes of classes, `varargs` and `kwargs` of macros, methods of numbers;
//! - a filter, test or function does not exist: then the version cannot be saved, even from a branch.

pub mod builtin;
pub mod email;
mod error;
mod jinja;
pub mod library;
pub mod limits;
pub mod locale;
pub mod untrusted;
mod values;
mod version;

pub use error::{ErrorKind, Part, Problem, TemplateError};
pub use jinja::{
    lookups::{Path, Step, is_method_of_mappings},
    program,
};
pub use library::Library;
pub use values::aliases::other_name;
pub use version::{Options, Rendered, Source, Version, Versions, render};
