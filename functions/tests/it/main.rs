//! The functions as a whole: one list told in several places, one document, one of them run as Lambda runs it.

mod catalogue;
mod cloudformation;
mod lambda;
mod openapi;
