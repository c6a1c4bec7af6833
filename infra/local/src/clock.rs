//! The clock the local system runs by, which a person or a test can set.
//!
//! What measures a span (time-outs, delays between provider reports) uses the machine's clock, not this one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::problem::Control;

/// A clock that runs with the machine's until it is set, and on from there afterwards.
#[derive(Debug, Default)]
pub struct Clock {
    /// How far the set time is ahead of the machine's; `None` while running free.
    ahead: Mutex<Option<SignedDuration>>,
}

impl Clock {
    /// The time now. Stops at the end of representable time instead of failing.
    pub fn now(&self) -> Timestamp {
        let machine = Timestamp::now();
        self.ahead().map_or(machine, |ahead| machine.checked_add(ahead).unwrap_or(Timestamp::MAX))
    }

    /// Makes it `now`; the clock runs on from there.
    pub fn set(&self, now: Timestamp) {
        *self.ahead() = Some(now.duration_since(Timestamp::now()));
    }

    /// Goes back to the machine's clock.
    pub fn run_free(&self) {
        *self.ahead() = None;
    }

    /// `true` unless the clock was set.
    pub fn is_free(&self) -> bool {
        self.ahead().is_none()
    }

    fn ahead(&self) -> MutexGuard<'_, Option<SignedDuration>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET`, `PUT` and `DELETE /_local/clock`; each answers what the clock shows afterwards.
pub fn routes(clock: Arc<Clock>) -> Router {
    Router::new().route("/_local/clock", get(show).put(set).delete(run_free)).with_state(clock)
}

#[derive(Serialize)]
struct Reading {
    now: Timestamp,
    free: bool,
}

impl Reading {
    fn of(clock: &Clock) -> Json<Self> {
        Json(Self { now: clock.now(), free: clock.is_free() })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    now: Timestamp,
}

async fn show(State(clock): State<Arc<Clock>>) -> Json<Reading> {
    Reading::of(&clock)
}

async fn set(State(clock): State<Arc<Clock>>, Control(setting): Control<Setting>) -> Json<Reading> {
    clock.set(setting.now);
    Reading::of(&clock)
}

async fn run_free(State(clock): State<Arc<Clock>>) -> Json<Reading> {
    clock.run_free();
    Reading::of(&clock)
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::Value;

    use super::*;
    use crate::standins::testbed::{client, serve};

    #[test]
    fn free_clock_shows_the_machine_s_time() {
        let clock = Clock::default();
        assert!(clock.is_free());
        assert!(Timestamp::now().duration_since(clock.now()).abs() < SignedDuration::from_secs(1));
    }

    #[test]
    fn set_clock_runs_on_from_where_it_was_set() {
        let clock = Clock::default();
        let set: Timestamp = "2026-01-15T14:00:00Z".parse().unwrap();
        clock.set(set);
        std::thread::sleep(std::time::Duration::from_millis(20));
        let passed = clock.now().duration_since(set);
        assert!(
            passed >= SignedDuration::from_millis(20) && passed < SignedDuration::from_secs(5),
            "{passed:?}"
        );
    }

    #[test]
    fn clock_set_to_the_end_of_time_stays_there() {
        let clock = Clock::default();
        clock.set(Timestamp::MAX);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[tokio::test]
    async fn clock_is_set_and_set_free_over_http() {
        let clock = Arc::new(Clock::default());
        let url = format!("{}/_local/clock", serve(routes(Arc::clone(&clock))).await);
        let set = client().put(&url).body(r#"{"now": "2026-01-15T14:00:00Z"}"#).send().await.unwrap();
        let reading: Value = serde_json::from_str(&set.text().await.unwrap()).unwrap();
        assert!(reading["now"].as_str().unwrap().starts_with("2026-01-15T14:00:0"), "{reading}");
        assert_eq!(reading["free"], false);

        let unreadable = client().put(&url).body(r#"{"now": "tomorrow"}"#).send().await.unwrap();
        assert_eq!(unreadable.status(), StatusCode::BAD_REQUEST);
        assert_eq!(unreadable.headers()["content-type"], "application/problem+json");
        assert!(!clock.is_free());

        client().delete(&url).send().await.unwrap();
        assert!(clock.is_free());
    }
}
