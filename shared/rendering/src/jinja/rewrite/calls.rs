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
pub(crate) const KEPT: &str = "__kept";
pub(crate) const ESCAPES: &str = "__escapes";
pub(crate) const HIDDEN: &str = "__hidden";
pub(crate) const TAKES: &str = "__takes";
pub(crate) const BLOCK: &str = "__block";
pub(crate) const GROWING: &str = "__growing";

/// All of them.
pub(crate) const RESERVED: [&str; 17] = [
    COMPARE,
    CALCULATE,
    CONCATENATE,
    NEGATE,
    SLICE,
    SPEND,
    INCLUDED,
    BOUNDED,
    KEY,
    LOOKUP,
    EACH,
    KEPT,
    ESCAPES,
    HIDDEN,
    TAKES,
    BLOCK,
    GROWING,
];
