//! Changes that are made again because somebody else changed the same thing meanwhile: one budget, one way to wait, and
//! a line for those who would only get in each other's way.

use std::{
    collections::HashMap,
    fmt::Display,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use domain::Error;
use tokio::sync::OwnedMutexGuard;

/// How long a race is run at most: callers must get an answer well before API Gateway gives up (30 s).
const BUDGET: Duration = Duration::from_secs(15);
/// The wait after a lost round is at most as long as the round took, doubled with each one lost, up to this power: racers
/// spread until the table keeps up with them, be it fast or slow …
const DOUBLINGS: u32 = 6;
/// … but no wait is longer than this.
const LONGEST: Duration = Duration::from_secs(2);

/// A race for a thing that several writers change: read, change, write on the condition that nobody else wrote, and
/// [`Race::lost`] before the next round.
#[derive(Debug)]
pub struct Race {
    began: Instant,
    round: Instant,
    lost: u32,
}

impl Race {
    /// Begins.
    pub fn begin() -> Self {
        let began = Instant::now();
        Self { began, round: began, lost: 0 }
    }

    /// Waits a moment at random, longer the more rounds were lost, so that those who race do not meet again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the budget is spent: `what` does not rest.
    pub async fn lost(&mut self, what: impl Display) -> Result<(), Error> {
        if self.began.elapsed() >= BUDGET {
            return Err(restless(what));
        }
        self.lost += 1;
        let most = self.round.elapsed().saturating_mul(1 << self.lost.min(DOUBLINGS)).min(LONGEST);
        tokio::time::sleep(rand::random_range(Duration::ZERO..=most)).await;
        self.round = Instant::now();
        Ok(())
    }

    /// Waits for its turn in a line, as long as the budget allows.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the budget is spent: too many stand before us for `what`.
    pub async fn turn<K: Eq + Hash>(
        &mut self,
        lines: &Lines<K>,
        thing: K,
        what: impl Display,
    ) -> Result<Turn, Error> {
        let left = BUDGET.saturating_sub(self.began.elapsed());
        let turn = tokio::time::timeout(left, lines.turn(thing)).await.map_err(|_| restless(what))?;
        self.round = Instant::now();
        Ok(turn)
    }
}

#[track_caller]
fn restless(what: impl Display) -> Error {
    Error::Unavailable(format!("changed again and again meanwhile: {what}").into())
}

/// Lines in which those who would change the same thing wait for each other within this process. Others still race with
/// them: only the table's conditions keep what is written right.
#[derive(Debug)]
pub struct Lines<K>(Mutex<HashMap<K, Weak<tokio::sync::Mutex<()>>>>);

/// Being first in line, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _first: OwnedMutexGuard<()>,
    /// Whether others were first before: what was read by then is old.
    pub waited: bool,
}

impl<K> Default for Lines<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Lines<K> {
    /// Waits until nobody is before us in the line for this thing.
    async fn turn(&self, thing: K) -> Turn {
        let line = self.line(thing);
        match line.clone().try_lock_owned() {
            Ok(first) => Turn { _first: first, waited: false },
            Err(_) => Turn { _first: line.lock_owned().await, waited: true },
        }
    }

    fn line(&self, thing: K) -> Arc<tokio::sync::Mutex<()>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&thing).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::default();
        lines.insert(thing, Arc::downgrade(&line));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_race_goes_on_until_its_budget_is_spent() {
        let mut race = Race::begin();
        assert!(race.lost("person BO-1-2").await.is_ok());
        let began = Instant::now() - BUDGET;
        let mut spent = Race { began, round: began, lost: 3 };
        let error = spent.lost("person BO-1-2").await.expect_err("spent");
        assert!(
            matches!(&error, Error::Unavailable(cause) if cause.words() == "changed again and again meanwhile: person BO-1-2"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn those_in_one_line_go_one_after_the_other_and_know_whether_they_waited() {
        let lines = Lines::<&str>::default();
        let first = lines.turn("BO-1").await;
        assert!(!first.waited);
        assert!(!lines.turn("BO-2").await.waited, "another line");
        let second = lines.turn("BO-1");
        let (second, ()) = tokio::join!(second, async { drop(first) });
        assert!(second.waited);
        drop(second);
        assert!(!lines.turn("BO-1").await.waited, "nobody was left in it");
    }

    #[tokio::test]
    async fn nobody_stands_in_line_beyond_the_budget() {
        let lines = Lines::<&str>::default();
        let _first = lines.turn("BO-1").await;
        let began = Instant::now() - BUDGET;
        let mut spent = Race { began, round: began, lost: 0 };
        assert!(matches!(spent.turn(&lines, "BO-1", "person BO-1").await, Err(Error::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_line_in_which_nobody_stands_is_forgotten() {
        let lines = Lines::<u32>::default();
        for thing in 0..1000 {
            lines.turn(thing).await;
        }
        assert_eq!(lines.0.lock().unwrap().len(), 1);
    }
}
