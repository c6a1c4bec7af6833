//! Why something of ours failed: in words, at which place of the source, and what caused it.

use std::{error::Error as Source, fmt, panic::Location, sync::Arc};

use super::Error;

/// What the log must know of a failure of ours. It never goes to a caller.
///
/// Its text has the words, the errors that caused it from the last to the first, and the place.
#[derive(Debug, Clone)]
pub struct Cause {
    words: String,
    place: &'static Location<'static>,
    source: Option<Arc<dyn Source + Send + Sync>>,
}

impl Cause {
    /// Another error, at the place of the caller.
    #[track_caller]
    pub fn of(source: impl Source + Send + Sync + 'static) -> Self {
        Self { words: String::new(), place: Location::caller(), source: Some(Arc::new(source)) }
    }

    /// The same with what it happened to.
    #[must_use]
    pub fn about(self, words: impl fmt::Display) -> Self {
        Self { words: words.to_string(), ..self }
    }

    /// What happened, or what it happened to.
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl From<String> for Cause {
    #[track_caller]
    fn from(words: String) -> Self {
        Self { words, place: Location::caller(), source: None }
    }
}

impl From<&str> for Cause {
    #[track_caller]
    fn from(words: &str) -> Self {
        Self { words: words.to_owned(), place: Location::caller(), source: None }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        let mut told = self.words.clone();
        let mut next: Option<&(dyn Source + 'static)> = self.source.as_deref().map(|source| source as _);
        while let Some(source) = next {
            let words = source.to_string();
            // Some errors tell what caused them in their own text.
            if !told.contains(&words) {
                write!(f, "{}{words}", if told.is_empty() { "" } else { ": " })?;
                told = words;
            }
            next = source.source();
        }
        write!(f, " (at {}:{})", self.place.file(), self.place.line())
    }
}

/// Results of other libraries whose errors are no fault of a caller's.
pub trait Ours<T> {
    /// The same with a bug of ours as the error.
    ///
    /// # Errors
    /// [`Error::Internal`], with the place of the caller.
    #[track_caller]
    fn internal(self) -> Result<T, Error>;

    /// The same with a service that is busy or away as the error.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with the place of the caller.
    #[track_caller]
    fn unavailable(self, service: &str) -> Result<T, Error>;
}

impl<T, E: Source + Send + Sync + 'static> Ours<T> for Result<T, E> {
    #[track_caller]
    fn internal(self) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::Internal(Cause::of(error))),
        }
    }

    #[track_caller]
    fn unavailable(self, service: &str) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::Unavailable(Cause::of(error).about(service))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the item cannot be read")]
    struct Unreadable(#[source] serde_json::Error);

    fn unreadable() -> Result<(), Unreadable> {
        serde_json::from_str::<u8>("1 2").map(drop).map_err(Unreadable)
    }

    #[test]
    fn a_failure_of_ours_tells_its_place_and_all_that_caused_it() {
        let chain = "the item cannot be read: trailing characters at line 1 column 3";
        let (internal, line) = (unreadable().internal().unwrap_err(), line!());
        assert_eq!(internal.to_string(), format!("internal: {chain} (at {}:{line})", file!()));
        let (away, line) = (unreadable().unavailable("DynamoDB").unwrap_err(), line!());
        assert_eq!(away.to_string(), format!("unavailable: DynamoDB: {chain} (at {}:{line})", file!()));
        let (words, line) = (Error::Internal("nobody has it".into()), line!());
        assert_eq!(words.to_string(), format!("internal: nobody has it (at {}:{line})", file!()));
    }
}
