//! Scenarios over the whole system, as the source documents and their readers expect it to behave.

#![allow(clippy::unwrap_used, reason = "a scenario ends where something is missing")]

mod access;
mod address_book;
mod administration;
mod answering;
mod auto_responses;
mod bad_input;
mod batches;
mod can_interact;
mod cases;
mod communications_api;
mod communicator_batches;
mod communicator_send;
mod compliance;
mod compliance_rules;
mod confirmation_codes;
mod consents;
mod contacts;
mod conversations;
mod crashes;
mod delivery;
mod documents;
mod erasing_people;
mod finding_people;
mod free_form;
mod idempotency;
mod in_app;
mod inbound_webhooks;
mod interactions;
mod interactions_counted;
mod loans;
mod opting_out;
mod people;
mod pushing;
mod races;
mod receiving;
mod rendering;
mod resending;
mod scheduling;
mod statements;
mod subjects;
mod templates;
mod tours;
mod unbound_interactions;
mod unsubscribing;
