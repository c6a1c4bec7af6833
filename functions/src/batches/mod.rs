//! Messages to many borrowers: how far they are, what became of each, and the work itself.

pub mod cancel;
pub mod get;
pub mod results;
pub mod work;
