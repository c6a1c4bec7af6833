//! The life of a message, written once for all channels and dialects.
//!
//! ```text
//!  resolve: what the caller names -> what it names
//!      |
//! accept (HTTP, batch)            dispatch (queue)                 settle (webhook, queue)
//!  guard: all reasons or none;     claim, if the message did not    find the message
//!    a refusal is kept on record     move and the guard's answer    move it on, never backwards
//!  compose; content is frozen        holds; else guard again:       learn about the contact
//!  enqueue                           go, wait or stop
//!      |                           hand to the provider, unless         |
//!      |                             an earlier attempt left            |
//!      |                               |                                |
//!  writer: message + place in the person's ledger, in one transaction: new, moved, ended, learned
//! ```
//!
//! Where the sender waits to hear what becomes of a message ([`fan_out`]), its dispatcher is invoked directly in place of the
//! queue.
//!
//! What a crash leaves behind is found again by [`release`], over the due index. What others did enters by [`record`]: it is
//! stored with its place in the ledger, and neither judged nor sent. What came in enters by [`receive`], whether the lender
//! tells of it or a provider brought it ([`inbound`]): what it asks of us is heeded before anything else, it is kept with a
//! task for the lender's people, and answered where the lender's rules or the law have it.

pub mod accept;
mod answer;
pub mod attach;
pub mod auto_response;
pub mod batch;
pub mod best;
pub mod code;
pub mod compose;
pub mod context;
mod conversation;
pub mod dispatch;
pub mod erase;
pub mod fan_out;
pub mod free_form;
mod hear;
pub mod heed;
mod holders;
pub mod inbound;
pub mod notices;
pub mod receive;
pub mod record;
pub mod release;
mod reply;
pub mod resend;
pub mod resolve;
pub mod settle;
pub mod strangers;
pub mod unsubscribe;
mod writer;

use jiff::SignedDuration;

/// How long to wait after attempt number `attempt` (from 1): 30 s, doubling, at most 30 min, and up to half as much
/// again at random so that messages refused together do not come back together.
fn backoff(attempt: u32) -> SignedDuration {
    let base = 30_i64 << attempt.saturating_sub(1).min(6);
    let base = base.min(30 * 60) * 1000;
    SignedDuration::from_millis(base + rand::random_range(0..=base / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_an_hour_and_differ() {
        for (attempt, least) in [(1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (50, 1800)] {
            let wait = backoff(attempt).as_secs();
            assert!((least..=least * 3 / 2).contains(&wait), "attempt {attempt}: {wait} s");
        }
    }
}
