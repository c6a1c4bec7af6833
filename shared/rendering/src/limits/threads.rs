//! Threads with room to recurse, for the work of templates. They are kept: making one takes longer than most renders.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, SyncSender},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

/// Parser, compiler and value tree recurse over the source; 64 KB of any flat chain fits in this.
const STACK: usize = 64 * 1024 * 1024;
/// When to give up on a job that has not noticed that its time is over.
const GRACE: Duration = Duration::from_millis(300);
/// Threads kept while they have nothing to do: a Lambda renders one version at a time, a server one for each processor.
const KEPT: usize = 8;
/// A thread whose job took longer is not kept, because what a job touches of its stack stays in memory as long as the thread
/// does. Nobody notices then what a new thread takes.
const QUICK: Duration = Duration::from_millis(2);

type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for jobs.
#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<Vec<Thread>>);

/// Why a job has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The system gives no thread.
    NotRun,
    /// It was given up.
    TooSlow,
    /// A panic.
    Panicked,
}

impl Threads {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// What `job` comes to on one of the threads, which nothing else uses meanwhile.
    pub(super) fn run<T: Send + 'static>(
        &self,
        time: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let (done, outcome) = mpsc::sync_channel(1);
        let job = Box::new(move || {
            // Nobody listens any more when the time was over; then there is nobody to tell.
            let _ = done.send(job());
        });
        let thread = match self.waiting().pop() {
            Some(thread) => thread,
            None => Thread::start().ok_or(Failure::NotRun)?,
        };
        thread.jobs.send(job).map_err(|_| Failure::NotRun)?;
        match outcome.recv_timeout(time + GRACE) {
            Ok(outcome) => {
                if started.elapsed() < QUICK {
                    self.keep(thread);
                } else {
                    thread.end();
                }
                Ok(outcome)
            }
            // Left to itself, it ends with its job.
            Err(RecvTimeoutError::Timeout) => Err(Failure::TooSlow),
            Err(RecvTimeoutError::Disconnected) => {
                thread.end();
                Err(Failure::Panicked)
            }
        }
    }

    fn keep(&self, thread: Thread) {
        let mut waiting = self.waiting();
        if waiting.len() < KEPT {
            waiting.push(thread);
        } else {
            drop(waiting);
            thread.end();
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Thread>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Thread {
    jobs: SyncSender<Job>,
    handle: JoinHandle<()>,
}

impl Thread {
    fn start() -> Option<Self> {
        let (jobs, next) = mpsc::sync_channel::<Job>(1);
        let run = move || next.into_iter().for_each(|job| job());
        let handle = Builder::new().name("template".into()).stack_size(STACK).spawn(run).ok()?;
        Some(Self { jobs, handle })
    }

    /// Waits for its end. Were it left to itself, glibc might read its memory once more after it is gone (bug 19951).
    fn end(self) {
        drop(self.jobs);
        let _ = self.handle.join();
    }
}
