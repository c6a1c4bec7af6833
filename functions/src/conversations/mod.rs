//! Conversations: what a person and the lender wrote to one another, by channel.

pub mod get;
