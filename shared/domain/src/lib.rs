//! What Postrider knows about messages to borrowers, independent of any transport, store or provider.
//!
//! Pure code: no I/O, no async, no clock. Everything here can be read and tested with a pencil.

pub mod account;
pub mod auto_response;
pub mod batch;
pub mod caller;
pub mod circuit;
pub mod compliance;
pub mod confirmation;
pub mod criterion;
pub mod delivery;
pub mod document;
pub mod error;
pub mod event_subscription;
pub mod formats;
pub mod free_json;
pub mod heading;
pub mod heard;
pub mod id;
pub mod interaction;
pub mod ledger;
pub mod letter;
pub mod limit;
pub mod message_search;
pub mod money;
pub mod notification;
pub mod notification_rule;
pub mod occurrence;
pub mod office_hours;
pub mod person;
pub mod rate;
pub mod replies;
pub mod schedule;
pub mod segments;
pub mod shape;
pub mod statement;
pub mod subjects;
pub mod task;
pub mod template;
pub mod tenant;
pub mod typography;
pub mod update;
pub mod vocabulary;
pub mod webhook_endpoint;

pub use error::Error;
