//! A thread for each document, with room to recurse and an end.

use std::{sync::mpsc, thread};

use crate::{Refusal, limits};

/// Runs `job` on a thread of its own, within [`limits::TIME`]. A panic there ends the job, not the process.
///
/// # Errors
/// When it took too long, panicked, or could not be run at all.
pub(crate) fn alone<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, outcome) = mpsc::sync_channel(1);
    // Nobody listens any more when the time was over; then there is nobody to tell.
    let run = move || drop(done.send(job()));
    let thread = thread::Builder::new()
        .name("letter".into())
        .stack_size(limits::STACK)
        .spawn(run)
        .map_err(|_| Refusal::new("the document could not be printed just now"))?;
    let outcome = outcome.recv_timeout(limits::TIME);
    if !matches!(outcome, Err(mpsc::RecvTimeoutError::Timeout)) {
        // Only waits for its end. Were it left to itself, glibc might read its memory once more after it is gone
        // (bug 19951).
        let _ = thread.join();
    }
    match outcome {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            let seconds = limits::TIME.as_secs();
            Err(Refusal::new(format!("the document takes longer than {seconds} seconds to print")))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Refusal::new("the document could not be printed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_the_job_and_not_the_process() {
        let refusal = alone::<()>(|| panic!("of a library")).unwrap_err();
        assert_eq!(refusal.0, "the document could not be printed");
    }
}
