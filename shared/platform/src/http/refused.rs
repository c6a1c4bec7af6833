//! What a request that failed leaves behind: to the log what helps us, to the caller what helps them.

use domain::Error;
use lambda_http::{Body, Response};

use super::problem;

/// Answers an error. If we are to blame, the log has the place and what caused it, and the answer neither.
pub(super) fn refuse(
    error: &Error,
    trace_id: &str,
    answer: impl FnOnce(&Error) -> Response<Body>,
) -> Response<Body> {
    match error.is_ours() {
        true => tracing::error!(%error, trace = trace_id, "failed"),
        false => tracing::info!(problem = problem::slug(error), trace = trace_id, "refused"),
    }
    answer(error)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex, PoisonError};

    use domain::error::{Cause, Ours as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged and what is answered.
    fn told(error: &Error) -> (String, String) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        let answer = tracing::subscriber::with_default(subscriber, || {
            refuse(error, "trace-1", |error| problem::answer(error, "trace-1"))
        });
        let Body::Text(answer) = answer.into_body() else { panic!("an answer in text") };
        let log = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (String::from_utf8(log).unwrap(), answer)
    }

    #[test]
    fn the_log_has_the_place_and_the_causes_of_our_failures_and_the_answer_neither() {
        let broken = || io::Error::new(io::ErrorKind::ConnectionReset, "the far side hung up");
        let unreadable = || Err::<(), _>(io::Error::other(broken()));
        for error in [
            unreadable().internal().unwrap_err(),
            unreadable().unavailable("DynamoDB").unwrap_err(),
            Error::Internal(Cause::of(broken()).about("stored person cannot be read")),
        ] {
            let (log, answer) = told(&error);
            for part in [concat!(file!(), ":"), "the far side hung up", "trace-1", "ERROR"] {
                assert!(log.contains(part), "{part}: {log}");
            }
            for part in ["refused.rs", "hung up", "DynamoDB", "stored person"] {
                assert!(!answer.contains(part), "{part}: {answer}");
            }
            assert!(answer.contains("trace-1"), "{answer}");
        }
    }

    #[test]
    fn what_a_caller_did_wrong_is_no_error_of_ours_and_is_logged_without_what_they_sent() {
        let (log, answer) = told(&Error::invalid("/value", "must be in E.164; 3125550142 was sent"));
        assert!(
            log.contains("invalid-request") && log.contains("INFO") && !log.contains("3125550142"),
            "{log}"
        );
        assert!(answer.contains("3125550142 was sent"), "{answer}");
    }
}
