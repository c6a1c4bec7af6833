//! Changes that are made again because somebody else changed the same thing meanwhile: one budget, one way to wait.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use domain::Error;

/// How long a race is run at most: callers must get an answer well before API Gateway gives up (30 s).
const BUDGET: Duration = Duration::from_secs(15);
/// The longest wait grows by this much with each lost round …
const STEP: Duration = Duration::from_millis(20);
/// … up to this.
const LONGEST: Duration = Duration::from_millis(250);

/// A race for a thing that several writers change: read, change, write on the condition that nobody else wrote, and
/// [`Race::lost`] before the next round.
#[derive(Debug)]
pub struct Race {
    began: Instant,
    lost: u32,
}

impl Race {
    /// Begins.
    pub fn begin() -> Self {
        Self { began: Instant::now(), lost: 0 }
    }

    /// Waits a moment at random, longer the more rounds were lost, so that those who race do not meet again.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the budget is spent: `what` does not rest.
    pub async fn lost(&mut self, what: impl Display) -> Result<(), Error> {
        if self.began.elapsed() >= BUDGET {
            return Err(Error::Unavailable(format!("changed again and again meanwhile: {what}").into()));
        }
        self.lost += 1;
        let most = (STEP * self.lost).min(LONGEST);
        tokio::time::sleep(rand::random_range(Duration::ZERO..=most)).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_race_goes_on_until_its_budget_is_spent() {
        let mut race = Race::begin();
        assert!(race.lost("person BO-1-2").await.is_ok());
        let mut spent = Race { began: Instant::now() - BUDGET, lost: 3 };
        let error = spent.lost("person BO-1-2").await.expect_err("spent");
        assert!(
            matches!(&error, Error::Unavailable(cause) if cause.words() == "changed again and again meanwhile: person BO-1-2"),
            "{error}"
        );
    }
}
