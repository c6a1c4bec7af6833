//! Sending, previews and the compliance question, in the dialect of the Communications API (000).

pub mod can_interact;
pub mod can_interact_batch;
pub mod dispatch;
pub mod preview;
pub mod send;
pub mod send_batch;
