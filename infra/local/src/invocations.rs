//! Invocations of functions, each a task of its own: one that panics or is made to crash takes nothing else with it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use functions::catalog::Function;
use futures::future::{AbortHandle, Aborted, abortable};
use tokio::sync::Notify;
use tracing::Instrument;

/// How an invocation ended that gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The function panicked.
    Panicked,
    /// A fault made its process die.
    Crashed,
}

/// The invocations running now.
#[derive(Debug, Default)]
pub struct Invocations {
    running: Mutex<BTreeMap<u64, Running>>,
    started: AtomicU64,
    ended: Notify,
}

#[derive(Debug)]
struct Running {
    function: &'static str,
    process: AbortHandle,
}

tokio::task_local! {
    /// The process this code runs in, as far as faults and permissions go.
    static PROCESS: Process;
}

#[derive(Clone)]
struct Process {
    function: Function,
    handle: AbortHandle,
}

/// Makes the invocation this is called in die.
pub fn crash_this_one() {
    // Outside of any, as in a test that uses the app itself, there is nothing to die.
    let _ = PROCESS.try_with(|process| process.handle.abort());
}

/// The function whose invocation this is called in.
pub fn running_here() -> Option<Function> {
    PROCESS.try_with(|process| process.function).ok()
}

impl Invocations {
    /// Invokes a function. It runs to its end even when nobody waits for its answer any more, as in Lambda.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        function: &Function,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Ended> {
        let (work, handle) = abortable(work);
        let place = self.enter(function.name, handle.clone());
        let process = Process { function: *function, handle };
        let span = tracing::info_span!("invocation", function = function.name);
        let task = tokio::spawn(
            PROCESS
                .scope(process, async move {
                    let ended = work.await;
                    drop(place);
                    ended
                })
                .instrument(span),
        );
        match task.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Aborted)) => Err(Ended::Crashed),
            Err(_) => Err(Ended::Panicked),
        }
    }

    /// Makes all running invocations of a function die.
    pub fn crash(&self, function: &Function) {
        for running in self.running().values().filter(|running| running.function == function.name) {
            running.process.abort();
        }
    }

    /// Waits until none is running.
    pub async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.running().is_empty() {
                return;
            }
            ended.await;
        }
    }

    fn enter(self: &Arc<Self>, function: &'static str, process: AbortHandle) -> Registration {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        self.running().insert(number, Running { function, process });
        Registration { invocations: Arc::clone(self), number }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An invocation's place among the running ones; given up however it ends.
struct Registration {
    invocations: Arc<Invocations>,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.invocations.running().remove(&self.number);
        self.invocations.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use functions::catalog::named;

    use super::*;

    const DISPATCH_EMAIL: Function = named("dispatch-email");
    const DISPATCH_TEXT: Function = named("dispatch-text");

    #[tokio::test]
    async fn answer_of_an_invocation_is_given_back() {
        let invocations = Arc::<Invocations>::default();
        assert_eq!(invocations.run(&DISPATCH_TEXT, async { 7 }).await, Ok(7));
        assert!(invocations.running().is_empty());
    }

    #[tokio::test]
    async fn panic_ends_one_invocation_only() {
        let invocations = Arc::<Invocations>::default();
        let ended = invocations.run(&DISPATCH_TEXT, async { panic!("on purpose") }).await;
        assert_eq!(ended, Err::<(), _>(Ended::Panicked));
        assert_eq!(invocations.run(&DISPATCH_TEXT, async { 7 }).await, Ok(7));
        assert!(invocations.running().is_empty());
    }

    #[tokio::test]
    async fn crash_ends_the_running_invocations_of_one_function() {
        let invocations = Arc::<Invocations>::default();
        let crash = async {
            tokio::task::yield_now().await;
            invocations.crash(&DISPATCH_TEXT);
        };
        let (text, email, ()) = tokio::join!(
            invocations.run(&DISPATCH_TEXT, std::future::pending::<()>()),
            invocations.run(&DISPATCH_EMAIL, async {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }),
            crash,
        );
        assert_eq!((text, email), (Err(Ended::Crashed), Ok(())));
    }

    #[tokio::test]
    async fn invocation_that_makes_itself_crash_gets_no_further() {
        let invocations = Arc::<Invocations>::default();
        let ended = invocations.run(&DISPATCH_TEXT, async {
            crash_this_one();
            tokio::task::yield_now().await;
            7
        });
        assert_eq!(ended.await, Err(Ended::Crashed));
    }

    #[tokio::test]
    async fn invocation_nobody_waits_for_is_waited_for_at_the_end() {
        let invocations = Arc::<Invocations>::default();
        let slow = invocations.run(&DISPATCH_TEXT, tokio::time::sleep(std::time::Duration::from_millis(30)));
        assert!(tokio::time::timeout(std::time::Duration::from_millis(5), slow).await.is_err());
        assert_eq!(invocations.running().len(), 1);
        invocations.all_ended().await;
        assert!(invocations.running().is_empty());
    }
}
