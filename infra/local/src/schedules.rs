//! What EventBridge does: start the functions that run by the clock.

use std::sync::Arc;
use std::time::Duration;

use domain::Error;
use functions::catalog::{self, Function, ScheduleHandler, Trigger};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::lambda::Lambda;

/// How often the clock is looked at; it may be set at any time.
const LOOK: Duration = Duration::from_millis(200);

/// The functions that run by the clock.
#[derive(Clone)]
pub struct Schedules {
    clock: Arc<Clock>,
    lambda: Arc<Lambda>,
}

/// One of them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Schedule {
    /// The function's name.
    pub name: &'static str,
    /// Seconds of the app's clock between two runs.
    pub every: u32,
}

impl Schedules {
    /// By this clock.
    pub fn new(clock: Arc<Clock>, lambda: Arc<Lambda>) -> Self {
        Self { clock, lambda }
    }

    /// All of them.
    pub fn list(&self) -> Vec<Schedule> {
        scheduled().map(|(function, every, _)| Schedule { name: function.name, every }).collect()
    }

    /// Runs one now.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a name that is none of them, or what the function ran into.
    pub async fn run(&self, name: &str) -> Result<(), Error> {
        let (function, _, handler) = scheduled()
            .find(|(function, ..)| function.name == name)
            .ok_or_else(|| Error::not_found("schedule", name))?;
        self.lambda.run(function, |app| async move { handler(&app).await }).await.flatten()
    }

    /// Runs them by the clock until told to stop, each at once for the first time.
    pub async fn keep(self, stop: watch::Receiver<bool>) {
        let mut last: Vec<(&'static Function, u32, Option<Timestamp>)> =
            scheduled().map(|(function, every, _)| (function, every, None)).collect();
        while !*stop.borrow() {
            let now = self.clock.now();
            for (function, every, last) in &mut last {
                if last.is_none_or(|last| is_due(last, *every, now)) {
                    *last = Some(now);
                    if let Err(error) = self.run(function.name).await {
                        tracing::error!(%error, function = function.name, "failed");
                    }
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Whether a period passed; a clock set back starts a new one.
fn is_due(last: Timestamp, every: u32, now: Timestamp) -> bool {
    now < last || now.duration_since(last) >= SignedDuration::from_secs(every.into())
}

fn scheduled() -> impl Iterator<Item = (&'static Function, u32, ScheduleHandler)> {
    catalog::ALL.iter().filter_map(|function| match function.trigger {
        Trigger::Schedule { every, handler } => Some((function, every, handler)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedule_is_due_when_its_period_passed_or_the_clock_jumped() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let last = at("2026-01-15T14:00:00Z");
        for (now, due) in [
            ("2026-01-15T14:00:00Z", false),
            ("2026-01-15T14:00:59Z", false),
            ("2026-01-15T14:01:00Z", true),
            ("2026-03-01T00:00:00Z", true),
            ("2026-01-15T13:59:59Z", true),
        ] {
            assert_eq!(is_due(last, 60, at(now)), due, "{now}");
        }
    }
}
