//! What a template may cost, so that no template harms the function that renders it.
//!
//! Templates are lenders' text: one careless loop must end as a message to its author, never as a dead or
//! stalled process. Whatever is not bounded by the engine itself (instructions, recursion) is counted here:
//! every operator, filter, method and pass of a loop says how much it handled.

mod threads;

use std::{
    cell::{Cell, RefCell},
    io,
    time::{Duration, Instant},
};

use minijinja::{Error, ErrorKind as JinjaErrorKind};

use self::threads::{Failure, Threads};
use crate::error::{ErrorKind, Problem};

/// Bytes of source of one template. The engine counts columns in 16 bits.
pub const SOURCE: usize = 64_000;
/// Bytes that one part may render to.
pub const OUTPUT: usize = 1024 * 1024;
/// Bytes of one string made inside a template.
pub const STRING: usize = 1024 * 1024;
/// Entries of one list made inside a template.
pub const LIST: usize = 100_000;
/// How deeply a context's lists and objects may be nested.
pub const CONTEXT_DEPTH: usize = 64;
/// Lists, objects and scalars of a context together.
pub const CONTEXT_NODES: usize = 200_000;
/// Engine instructions of one render: a statement of 10,000 rows stays below.
pub const FUEL: u64 = 3_000_000;
/// Bytes and list entries that the operations of one render may handle together; bounds its memory as well.
pub const WORK: usize = 64 * 1024 * 1024;
/// Wall-clock time of one render.
pub const TIME: Duration = Duration::from_millis(1500);

/// What is counted between two looks at the clock, which take as long as many a filter; a call counts as [`CALL`] of it.
const LOOK: usize = 4096;
const CALL: usize = 64;

static THREADS: Threads = Threads::new();

thread_local! {
    /// A render has its thread for itself, so its account can be reached from filters, iterators and
    /// writers alike.
    static ACCOUNT: Account = const { Account::new() };
}

struct Account {
    work: Cell<usize>,
    /// What has been counted since the last look at the clock.
    unseen: Cell<usize>,
    deadline: Cell<Option<Instant>>,
    breach: RefCell<Option<String>>,
}

impl Account {
    const fn new() -> Self {
        Self {
            work: Cell::new(0),
            unseen: Cell::new(0),
            deadline: Cell::new(None),
            breach: RefCell::new(None),
        }
    }

    /// Begins a job: nothing of the one before counts.
    fn open(&self, time: Duration) {
        self.work.set(0);
        self.unseen.set(0);
        self.deadline.set(Some(Instant::now() + time));
        self.breach.take();
    }
}

/// Runs `job`, the work of a template, on a thread that it has for itself, with room to recurse, within [`TIME`]. A panic
/// there ends the job, not the process.
///
/// # Errors
/// A limit when it took too long, a runtime fault when it could not be run at all.
pub fn confined<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    within(&THREADS, TIME, job)
}

fn within<T: Send + 'static>(
    threads: &Threads,
    time: Duration,
    job: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let outcome = threads.run(time, move || {
        ACCOUNT.with(|account| account.open(time));
        job()
    });
    let failed =
        |when: &str| Problem::new(ErrorKind::Runtime, format!("the template could not be rendered{when}"));
    outcome.unwrap_or_else(|failure| {
        Err(match failure {
            Failure::NotRun => failed(" just now"),
            Failure::TooSlow => Problem::new(ErrorKind::Limit, too_slow(time)),
            Failure::Panicked => failed(""),
        })
    })
}

fn too_slow(time: Duration) -> String {
    format!("the template takes longer than {} seconds", time.as_secs_f32())
}

/// Counts `units` bytes or entries about to be handled.
///
/// # Errors
/// When the render has used up its [`WORK`] or its [`TIME`].
pub(crate) fn spend(units: usize) -> Result<(), Error> {
    ACCOUNT.with(|account| {
        let work = account.work.get().saturating_add(units).saturating_add(1);
        account.work.set(work);
        if work > WORK {
            return Err(exceeded("the template handles too much data"));
        }
        let unseen = account.unseen.get().saturating_add(units).saturating_add(CALL);
        if unseen < LOOK {
            account.unseen.set(unseen);
            return Ok(());
        }
        account.unseen.set(0);
        match account.deadline.get() {
            Some(deadline) if Instant::now() > deadline => Err(exceeded(too_slow(TIME))),
            _ => Ok(()),
        }
    })
}

/// Counts a string of `bytes` about to be made.
///
/// # Errors
/// When it is longer than [`STRING`], or as [`spend`].
pub(crate) fn spend_string(bytes: usize) -> Result<(), Error> {
    fits(bytes)?;
    spend(bytes)
}

/// Whether a text of `bytes` may be, without counting it.
///
/// # Errors
/// When it is longer than [`STRING`].
pub(crate) fn fits(bytes: usize) -> Result<(), Error> {
    if bytes > STRING {
        return Err(exceeded(format!("the template makes a text of more than {} KB", STRING / 1024)));
    }
    Ok(())
}

/// Counts a list of `entries` about to be made.
///
/// # Errors
/// When it is longer than [`LIST`], or as [`spend`].
pub(crate) fn spend_list(entries: usize) -> Result<(), Error> {
    if entries > LIST {
        return Err(exceeded(format!("the template makes a list of more than {LIST} entries")));
    }
    // An entry of a list takes about as much as a short text.
    spend(entries.saturating_mul(32))
}

/// The error for a limit that was met; remembered, because the engine may wrap or replace what it is given.
pub(crate) fn exceeded(message: impl Into<String>) -> Error {
    let message = message.into();
    ACCOUNT.with(|account| {
        account.breach.borrow_mut().get_or_insert_with(|| message.clone());
    });
    Error::new(JinjaErrorKind::InvalidOperation, message)
}

/// The limit this render has met, if any.
pub(crate) fn breach() -> Option<String> {
    ACCOUNT.with(|account| account.breach.borrow().clone())
}

/// Collects a part's output up to [`OUTPUT`] bytes.
pub(crate) struct Page(Vec<u8>);

impl Page {
    /// One that will probably hold so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes.min(OUTPUT)))
    }

    pub(crate) fn into_text(self) -> String {
        // The engine writes whole strings, so this never replaces anything.
        String::from_utf8(self.0)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT {
            let error = exceeded(format!("the template renders to more than {} KB", OUTPUT / 1024));
            return Err(io::Error::other(error));
        }
        self.0.extend_from_slice(bytes);
        spend(0).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(50);

    #[test]
    fn a_panic_ends_the_job_and_not_the_process() {
        let problem = confined::<()>(|| panic!("of a library")).unwrap_err();
        assert_eq!(problem.message, "the template could not be rendered");
    }

    #[test]
    fn a_job_that_does_not_end_is_given_up() {
        let problem = within::<()>(&THREADS, MOMENT, || {
            loop {
                thread::park()
            }
        })
        .unwrap_err();
        assert_eq!(problem.message, "the template takes longer than 0.05 seconds");
        assert_eq!(problem.kind, ErrorKind::Limit);
    }

    #[test]
    fn nothing_of_a_job_counts_for_the_next_on_its_thread() {
        let threads = Threads::new();
        let on = |job: fn() -> Option<String>| {
            within(&threads, TIME, move || Ok((thread::current().id(), job()))).expect("it ends")
        };
        let just_enough = || {
            let _ = spend(WORK - 1);
            breach()
        };
        let too_much = || {
            let _ = spend(WORK);
            breach()
        };
        let too_late = || {
            ACCOUNT.with(|account| account.open(Duration::ZERO));
            let _ = spend(LOOK);
            breach()
        };
        let (first, breach) = on(just_enough);
        assert_eq!(breach, None);
        for (job, message) in [
            (too_much as fn() -> _, "the template handles too much data"),
            (too_late, "the template takes longer than 1.5 seconds"),
        ] {
            assert_eq!(on(job), (first, Some(message.to_owned())));
            assert_eq!(on(just_enough), (first, None));
        }
    }

    #[test]
    fn whoever_goes_on_after_the_deadline_is_stopped_soon_however_little_each_step_is() {
        for units in [0, 1, 1_000] {
            ACCOUNT.with(|account| account.open(Duration::ZERO));
            assert!((0..LOOK / CALL).any(|_| spend(units).is_err()), "{units}");
        }
    }
}
