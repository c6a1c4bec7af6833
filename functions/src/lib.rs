//! The functions of the system. One file a handler; [`catalog`] lists them; [`serve`] runs one as a Lambda.

pub mod admin;
pub mod authorizer;
pub mod catalog;
pub mod communications;
pub mod communicator;
pub mod compliance;
pub mod consumers;
pub mod documents;
pub mod envelope;
pub mod interactions;
pub mod logs;
pub mod openapi;
pub mod people;
pub mod schedules;
pub mod serve;
pub mod shared_templates;
pub mod statements;
pub mod subjects;
pub mod template_descriptors;
pub mod template_versions;
pub mod templates;
pub mod webhooks;
