//! `make deployed`: deploys an installation to an emulator of AWS by the templates that deploy it to AWS, and runs scenarios
//! through API Gateway, authorizer, queues, the table's stream, schedules and function URLs. IAM is enforced.
//!
//! The functions are the real programs, each in its own process. `infra/deployed/shims.py` works around what the emulator does
//! differently from AWS; `docs/deployed.md` lists what it cannot show.

#![allow(clippy::unwrap_used, reason = "a scenario ends where something is missing")]

mod alarms;
mod emulator;
mod front;
mod installation;
mod scenario;
mod scenarios;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use functions::catalog::ALL;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};

use self::installation::Installation;
use self::scenario::Scenario;
use self::scenarios::{
    access, batches, communications, communicator, dispatch, events, failures, later, letters, templates,
    texts,
};

/// How many scenarios run at a time: each starts functions, and they share the processors.
const AT_ONCE: usize = 8;

/// A scenario and its name, which says what is expected.
type Named = (&'static str, fn(Arc<Scenario>) -> BoxFuture<'static, ()>);

macro_rules! scenarios {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$((stringify!($name), |scenario| Box::pin(async move { $module::$name(&scenario).await }))),*]
    };
}

/// They run several at a time, for each has its own borrowers. Those that mostly wait come first.
const SCENARIOS: &[Named] = scenarios![
    failures::a_message_that_failed_or_may_have_left_is_tried_again,
    later::a_scheduled_message_waits_for_the_sweep_and_leaves_at_its_time,
    events::a_subscription_reads_what_became_of_a_message,
    access::a_wrong_key_is_answered_401_with_a_problem,
    access::a_key_says_who_calls,
    access::a_function_is_refused_what_its_role_does_not_permit,
    access::somebody_signs_in_to_the_console_and_opens_a_message,
    communications::document_000_previews_its_template_as_printed,
    communications::document_000_sends_and_the_email_leaves,
    communications::document_000_answers_can_interact_as_printed,
    batches::document_000_sends_a_batch_and_each_borrower_gets_one,
    communicator::document_001_sends_and_shows_the_interaction,
    communicator::document_001_records_an_interaction_that_others_had,
    templates::document_002_takes_a_template_from_draft_to_use,
    events::document_003_makes_a_message_of_an_event,
    events::an_event_on_the_bus_makes_a_message,
    letters::a_letter_is_printed_and_lob_takes_it,
    texts::a_delivery_report_that_twilio_signed_is_believed,
    texts::a_text_that_was_blocked_fails_with_its_reason,
    texts::a_report_that_nobody_signed_is_refused,
    texts::a_borrower_who_texts_stop_gets_no_more,
    failures::a_message_that_cannot_be_read_becomes_a_dead_letter,
];

/// They run one by one after all others: the first has ten seconds to be answered, the second stops texts, the third reads the logs of
/// the whole run, and the last breaks functions.
const AFTERWARDS: &[Named] = scenarios![
    dispatch::document_004_is_answered_as_printed,
    texts::a_text_that_carriers_filter_puts_its_account_out_of_order,
    alarms::the_dashboard_shows_what_functions_count,
    alarms::every_alarm_rings_and_is_heard,
];

#[tokio::main]
async fn main() -> ExitCode {
    // The place and the message say enough; a backtrace through the runtime adds nothing.
    std::panic::set_hook(Box::new(|failure| eprintln!("\n{failure}")));
    let begun = Instant::now();
    let installation = match Installation::start().await {
        Ok(installation) => Arc::new(installation),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{} functions deployed in {:.0} s\n", ALL.len(), begun.elapsed().as_secs_f32());

    let only = std::env::var("ONLY").unwrap_or_default();
    let chosen = |list: &'static [Named]| list.iter().filter(|(name, _)| name.contains(&only));
    let mut failed = Vec::new();
    let mut running =
        stream::iter(chosen(SCENARIOS)).map(|named| run(named, &installation)).buffer_unordered(AT_ONCE);
    while let Some(ended) = running.next().await {
        failed.extend(ended);
    }
    for named in chosen(AFTERWARDS) {
        failed.extend(run(named, &installation).await);
    }
    let count = chosen(SCENARIOS).chain(chosen(AFTERWARDS)).count();
    println!(
        "\n{} of {count} scenarios passed, {:.0} s in all",
        count - failed.len(),
        begun.elapsed().as_secs_f32()
    );
    if failed.is_empty() && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a scenario and prints how it ended; its name where it failed.
async fn run((name, scenario): &Named, installation: &Arc<Installation>) -> Option<&'static str> {
    let context = Arc::new(Scenario::new(Arc::clone(installation)));
    let ended = tokio::spawn(scenario(Arc::clone(&context))).await;
    let seconds = context.seconds();
    match ended {
        Ok(()) => {
            println!("ok      {seconds:>6.1} s  {name}");
            None
        }
        Err(_) => {
            println!("FAILED  {seconds:>6.1} s  {name}\n{}", context.log().await);
            Some(name)
        }
    }
}
