//! Calls from providers, on function URLs. Each is verified, stored as it came, enqueued and answered; the work happens
//! in a consumer.

pub mod delivery_status;
