//! Names that rewritten sources use.

/// The shared template whose macros every template may call without importing them, as in the document on templates
/// (002): `{{ SOME_MACRO() }}`.
pub const MACROS: &str = "macros";

/// The functions that rewritten sources call. Templates may not use these names themselves.
pub(crate) const COMPARE: &str = "__compare";
pub(crate) const CALCULATE: &str = "__calculate";
pub(crate) const CONCATENATE: &str = "__concatenate";
pub(crate) const NEGATE: &str = "__negate";
pub(crate) const SLICE: &str = "__slice";
pub(crate) const SPEND: &str = "__spend";
pub(crate) const INCLUDED: &str = "__included";
pub(crate) const BOUNDED: &str = "__bounded";
pub(crate) const KEY: &str = "__key";
pub(crate) const LOOKUP: &str = "__lookup";
pub(crate) const EACH: &str = "__each";
pub(crate) const GROWING: &str = "__growing";

/// All of them.
pub(crate) const RESERVED: [&str; 12] =
    [COMPARE, CALCULATE, CONCATENATE, NEGATE, SLICE, SPEND, INCLUDED, BOUNDED, KEY, LOOKUP, EACH, GROWING];
