//! Values, whoever handles them: what they are, how they compare, amounts with their digits, arguments by name.

pub(crate) mod aliases;
pub(crate) mod amount;
mod arguments;
mod comparison;
mod context;
mod kinds;
mod number;

pub(crate) use self::{
    arguments::{Arguments, bind},
    comparison::{compare, equal, hashable, order},
    context::context,
    kinds::{defined, described, entries, invalid, is_list, is_mapping, set_strict, used},
    number::{Number, with_point},
};
