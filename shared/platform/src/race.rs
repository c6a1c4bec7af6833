//! Changes that are made again because somebody else changed the same thing meanwhile: one budget, one way to wait, and
//! a line for those who would only get in each other's way.

use std::{
    collections::HashMap,
    fmt::Display,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
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
/// For how long nobody has come where those who give way go.
const GIVES_WAY: Duration = Duration::from_millis(50);

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
    pub async fn turn<K: Eq + Hash, V>(
        &mut self,
        lines: &Lines<K, V>,
        thing: K,
        what: impl Display,
    ) -> Result<Turn<V>, Error> {
        self.within(lines.turn(thing), what).await
    }

    /// The same for what nobody waits for, behind all others.
    ///
    /// # Errors
    /// As [`Race::turn`].
    pub async fn give_way<K: Eq + Hash, V>(
        &mut self,
        lines: &Lines<K, V>,
        thing: K,
        what: impl Display,
    ) -> Result<Turn<V>, Error> {
        self.within(lines.give_way(thing), what).await
    }

    async fn within<V>(
        &mut self,
        turn: impl Future<Output = Turn<V>>,
        what: impl Display,
    ) -> Result<Turn<V>, Error> {
        let left = BUDGET.saturating_sub(self.began.elapsed());
        let turn = tokio::time::timeout(left, turn).await.map_err(|_| restless(what))?;
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
pub struct Lines<K, V>(Mutex<HashMap<K, Weak<Line<V>>>>);

#[derive(Debug)]
struct Line<V> {
    /// How many wait who go before those that [`give_way`](Lines::give_way).
    waiting: AtomicUsize,
    /// How many of these had their turn.
    turns: AtomicUsize,
    /// What the thing is, as whoever was first before knows it.
    known: Arc<tokio::sync::Mutex<Option<V>>>,
}

/// Being first in line, until it is dropped.
#[derive(Debug)]
pub struct Turn<V> {
    known: OwnedMutexGuard<Option<V>>,
    /// Whether others were first before: what was read by then is old.
    pub waited: bool,
    // Keeps the line as long as somebody is in it.
    _line: Arc<Line<V>>,
}

impl<V> Turn<V> {
    /// What the one before left, which may be old if others changed the thing.
    pub fn take(&mut self) -> Option<V> {
        self.known.take()
    }

    /// Tells whoever is next what the thing has become.
    pub fn leave(&mut self, known: V) {
        *self.known = Some(known);
    }
}

impl<K, V> Default for Lines<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Lines<K, V> {
    /// Waits until nobody is before us in the line for this thing.
    async fn turn(&self, thing: K) -> Turn<V> {
        let line = self.line(thing);
        line.turns.fetch_add(1, Ordering::Relaxed);
        if let Ok(known) = line.known.clone().try_lock_owned() {
            return Turn { known, waited: false, _line: line };
        }
        let waiting = Waiting::new(&line);
        let known = line.known.clone().lock_owned().await;
        drop(waiting);
        Turn { known, waited: true, _line: line }
    }

    /// The same behind everybody who waits, or comes while those before us still do.
    async fn give_way(&self, thing: K) -> Turn<V> {
        let (line, mut seen) = (self.line(thing), None);
        loop {
            let known = line.known.clone().lock_owned().await;
            let turns = line.turns.load(Ordering::Relaxed);
            let is_quiet = Arc::strong_count(&line) == 1 || seen == Some(turns);
            if is_quiet && line.waiting.load(Ordering::Relaxed) == 0 {
                return Turn { known, waited: true, _line: line };
            }
            drop(known);
            seen = Some(turns);
            tokio::time::sleep(GIVES_WAY).await;
        }
    }

    fn line(&self, thing: K) -> Arc<Line<V>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&thing).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Line {
            waiting: AtomicUsize::new(0),
            turns: AtomicUsize::new(0),
            known: Arc::default(),
        });
        lines.insert(thing, Arc::downgrade(&line));
        line
    }
}

/// One that waits, for as long as it does: callers may go away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new<V>(line: &'a Line<V>) -> Self {
        line.waiting.fetch_add(1, Ordering::Relaxed);
        Self(&line.waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
        let lines = Lines::<&str, u32>::default();
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
    async fn the_next_learns_what_the_one_before_left_and_those_who_give_way_come_last() {
        let lines = Lines::<&str, u32>::default();
        let mut first = lines.turn("BO-1").await;
        assert_eq!(first.take(), None);
        first.leave(7);
        let last = async { lines.give_way("BO-1").await.take() };
        let next = async {
            let mut next = lines.turn("BO-1").await;
            let left = next.take();
            next.leave(8);
            left
        };
        let (last, next, ()) = tokio::join!(last, next, async { drop(first) });
        assert_eq!((next, last), (Some(7), Some(8)));
    }

    #[tokio::test]
    async fn nobody_stands_in_line_beyond_the_budget() {
        let lines = Lines::<&str, u32>::default();
        let _first = lines.turn("BO-1").await;
        let began = Instant::now() - BUDGET;
        let mut spent = Race { began, round: began, lost: 0 };
        assert!(matches!(spent.turn(&lines, "BO-1", "person BO-1").await, Err(Error::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_line_in_which_nobody_stands_is_forgotten() {
        let lines = Lines::<u32, u32>::default();
        for thing in 0..1000 {
            lines.turn(thing).await;
        }
        assert_eq!(lines.0.lock().unwrap().len(), 1);
    }
}
