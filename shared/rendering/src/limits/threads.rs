//! Threads with room to recurse, for the work of templates. They are kept: making one takes longer than most renders.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError, SyncSender},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// Parser, compiler and value tree recurse over the source; 64 KB of any flat chain fits in this.
const STACK: usize = 64 * 1024 * 1024;
/// When to give up on a job that has not noticed that its time is over.
const GRACE: Duration = Duration::from_millis(300);
/// Threads kept while they have nothing to do: a Lambda renders one version at a time, a server one for each processor.
const KEPT: usize = 8;
/// A thread whose job took more of a processor is not kept, because what a job touches of its stack stays in memory as long
/// as the thread does. Nobody notices then what a new thread takes.
const QUICK: Duration = Duration::from_millis(2);

type Job = Box<dyn FnOnce(&mut Laps) + Send>;

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
        let (done, outcome) = mpsc::sync_channel(1);
        let job = Box::new(move |laps: &mut Laps| {
            let came_to = job();
            // Nobody listens any more when the time was over; then there is nobody to tell.
            let _ = done.send((came_to, laps.next() < QUICK));
        });
        let thread = match self.waiting().pop() {
            Some(thread) => thread,
            None => Thread::start().ok_or(Failure::NotRun)?,
        };
        thread.jobs.send(job).map_err(|_| Failure::NotRun)?;
        match outcome.recv_timeout(time + GRACE) {
            Ok((outcome, is_quick)) => {
                if is_quick {
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

    fn waiting(&self) -> MutexGuard<'_, Vec<Thread>> {
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
        let run = move || {
            let mut laps = Laps::default();
            next.into_iter().for_each(|job| job(&mut laps));
        };
        let handle = Builder::new().name("template".into()).stack_size(STACK).spawn(run).ok()?;
        Some(Self { jobs, handle })
    }

    /// Waits for its end. Were it left to itself, glibc might read its memory once more after it is gone (bug 19951).
    fn end(self) {
        drop(self.jobs);
        let _ = self.handle.join();
    }
}

/// The processor's time that this thread has had when its last job ended.
#[derive(Debug, Default)]
struct Laps(Duration);

impl Laps {
    /// What it has had since.
    fn next(&mut self) -> Duration {
        let now = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or(self.0);
        now.saturating_sub(std::mem::replace(&mut self.0, now))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Barrier},
        thread::{self, ThreadId},
    };

    use super::*;

    const MOMENT: Duration = Duration::from_millis(50);
    /// More than anything here takes that ends.
    const LONG: Duration = Duration::from_secs(60);

    fn id(threads: &Threads) -> ThreadId {
        threads.run(LONG, || thread::current().id()).expect("it ends")
    }

    /// The job ends in a failure or not, and whether its thread is used again.
    #[test]
    fn a_thread_is_kept_after_a_quick_job_only() {
        let nothing: fn() = || {};
        let panics: fn() = || panic!("of a library");
        let hangs: fn() = || {
            loop {
                thread::park();
            }
        };
        let works: fn() = || {
            let mut laps = Laps::default();
            let mut had = laps.next();
            let end = had + 2 * QUICK;
            while had < end {
                had += laps.next();
            }
        };
        let waits: fn() = || thread::sleep(4 * QUICK);
        for (job, time, outcome, is_kept) in [
            (nothing, LONG, Ok(()), true),
            (waits, LONG, Ok(()), true),
            (works, LONG, Ok(()), false),
            (panics, LONG, Err(Failure::Panicked), false),
            (hangs, MOMENT, Err(Failure::TooSlow), false),
        ] {
            let threads = Threads::new();
            let first = id(&threads);
            assert_eq!(threads.run(time, job), outcome);
            assert_eq!(threads.waiting().len(), usize::from(is_kept));
            assert_eq!(id(&threads) == first, is_kept, "{outcome:?}");
        }
    }

    #[test]
    fn many_jobs_run_at_once_and_a_few_threads_are_kept() {
        const JOBS: usize = 4 * KEPT;
        let threads = Threads::new();
        let all_run = Arc::new(Barrier::new(JOBS));
        thread::scope(|scope| {
            for _ in 0..JOBS {
                let (threads, all_run) = (&threads, Arc::clone(&all_run));
                scope.spawn(move || threads.run(LONG, move || all_run.wait().is_leader()));
            }
        });
        assert_eq!(threads.waiting().len(), KEPT);
    }
}
