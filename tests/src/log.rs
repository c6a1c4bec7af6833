//! A log that a scenario reads.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::subscriber::{DefaultGuard, NoSubscriber, set_default};
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::fmt::MakeWriter;

/// Lines of a log, kept.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// While it is there, what this thread does is logged.
pub struct Logging {
    _subscriber: DefaultGuard,
    // While there is one subscriber alone, `tracing` asks that of whichever thread comes first to a line whether the line is of
    // interest, and remembers the answer for all. A thread of another scenario, which has none, would say no.
    _another: Dispatch,
}

impl Logging {
    /// Has a subscriber log what this thread does.
    pub fn to(subscriber: impl Subscriber + Send + Sync + 'static) -> Self {
        Self { _subscriber: set_default(subscriber), _another: Dispatch::new(NoSubscriber::new()) }
    }
}

impl Log {
    /// What was written so far.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
