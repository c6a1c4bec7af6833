//! What the functions of a system do, told to somebody who watches: the suite learns so what it never tried.

use platform::needs::Need;

/// Something a function did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It answered a request.
    Answered {
        /// The route's name in the catalogue.
        route: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// It called AWS as it said it needs to.
    Permitted {
        /// The function's name in the catalogue.
        function: &'static str,
        /// Which of its needs.
        need: Need,
    },
}

/// Is told of each as it happens, on whatever thread it happens; it must not block.
pub type Watcher = fn(Seen);

/// Watches nothing.
pub fn nobody(_: Seen) {}
