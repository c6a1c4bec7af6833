//! The whole system on one machine: every function of the catalogue behind one port, the AWS resources in ministack,
//! stand-ins for the providers outside, and controls under `/_local/` to watch and disturb it all.
//!
//! [`System`] is the system; the binary `local` keeps one running, tests start one each. What an event does is decided
//! in `functions` and below: here is only what AWS would do to bring the event there.

pub mod aws;
pub mod bus;
mod changes;
mod clock;
mod controls;
pub mod faults;
mod gateway;
mod invocations;
mod lambda;
pub mod layout;
pub mod ministack;
pub mod outbox;
pub mod problem;
mod queues;
mod schedules;
mod seed;
pub mod standins;
mod system;
mod token;
pub mod watcher;

pub use self::invocations::Ended;
pub use self::queues::{Depth, Drained};
pub use self::seed::Demo;
pub use self::standins::http_client;
pub use self::system::{Options, System, Work};

/// Why the system could not be started or asked something, for the person at the terminal.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
