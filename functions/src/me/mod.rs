//! Who a credential is.

pub mod get;
