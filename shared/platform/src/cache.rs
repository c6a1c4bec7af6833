//! What a function may remember between requests: configuration, for a short while. People are never remembered.

use std::{
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::Error;

/// A bounded memory with an age limit. Failures are not remembered.
pub struct Cache<K, V> {
    entries: quick_cache::sync::Cache<K, (Instant, Arc<V>)>,
    max_age: Duration,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    const CAPACITY: usize = 1_000;

    /// A memory that reaches back this far.
    pub fn new(max_age: Duration) -> Self {
        Self { entries: quick_cache::sync::Cache::new(Self::CAPACITY), max_age }
    }

    /// The remembered value, or a newly loaded one.
    pub async fn get_or_load<F: Future<Output = Result<V, Error>>>(
        &self,
        key: K,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<V>, Error> {
        // Age is measured by the machine, not by `Clock`: it bounds staleness, it is no business fact.
        if let Some((at, value)) = self.entries.get(&key)
            && at.elapsed() < self.max_age
        {
            return Ok(value);
        }
        let value = Arc::new(load().await?);
        self.entries.insert(key, (Instant::now(), value.clone()));
        Ok(value)
    }

    /// Forgets one value.
    pub fn forget(&self, key: &K) {
        self.entries.remove(key);
    }
}
