//! Letters, for functions that neither print nor know a provider: they invoke these.

pub mod print;
pub mod recall;
