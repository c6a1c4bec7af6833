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
//! If the sender waits to hear what becomes of a message ([`fan_out`]), its dispatcher is invoked directly in place of the
//! queue.
//!
//! What a crash leaves behind is found again by [`sweep`], over the due index. What others did enters by [`record`]: it is
//! stored with its place in the ledger, and neither judged nor sent. What came in enters by [`receive`], whether the lender
//! tells of it or a provider brought it ([`inbound`]): what it asks of us is applied before anything else, it is kept with a
//! task for the lender's people, and answered if the lender's rules or the law have it. Mail of ours that comes back is no
//! message: [`returned`] settles what it is about.

pub mod accept;
mod answer;
pub mod attach;
pub mod auto_response;
pub mod batch;
pub mod best;
pub mod changes;
pub mod circuit;
pub mod code;
pub mod compose;
pub mod context;
mod conversation;
pub mod counts;
pub mod dispatch;
pub mod drop_reports;
pub mod endpoints;
pub mod erase;
pub mod event_log;
pub mod event_stream;
pub mod events;
pub mod fan_out;
pub mod free_form;
mod hear;
pub mod heed;
pub mod holders;
pub mod inbound;
pub mod letters;
pub mod notices;
pub mod rate;
pub mod receive;
pub mod record;
mod reply;
pub mod resend;
pub mod resolve;
pub mod returned;
pub mod settle;
pub mod strangers;
pub mod sweep;
pub mod tell;
pub mod unsubscribe;
mod writer;

use domain::vocabulary::Channel;
use jiff::SignedDuration;

/// How long to wait after attempt number `attempt` (from 1), by chance between what the channel's
/// [`backoff`](domain::vocabulary::SendingChannel::backoff) has. What is not sent is not tried again.
fn backoff(channel: Channel, attempt: u32) -> SignedDuration {
    let (least, most) = channel.sending().map(|channel| channel.backoff(attempt)).unwrap_or_default();
    let (least, most) = (least.as_secs() * 1_000, most.as_secs() * 1_000);
    SignedDuration::from_millis(rand::random_range(least..=most))
}
