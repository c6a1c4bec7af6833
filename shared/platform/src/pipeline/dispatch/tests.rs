use std::future::{pending, ready};

use domain::delivery::Receipt;

use super::*;

#[tokio::test(start_paused = true)]
async fn an_attempt_that_does_not_end_leaves_its_message_in_doubt_while_its_function_runs() {
    let begun = Instant::now();
    let outcome = in_time(begun + LONGEST, pending()).await;
    assert_eq!(outcome, SendOutcome::Unknown { description: "not finished within 40 s".into() });
    assert!(begun.elapsed() < Duration::from_secs(45), "a dispatcher has 60 s");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_ends_in_time_says_what_became_of_it() {
    let sent = SendOutcome::Sent(Receipt { reference: "SM1".into(), segments: None });
    assert_eq!(in_time(Instant::now() + LONGEST, ready(sent.clone())).await, sent);
}
