//! Messages for later.

use std::time::Duration;

use domain::interaction::Interaction;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::scenario::Scenario;

/// Later than a queue delays a message: the sweep, which a schedule runs, enqueues it.
const LATER: SignedDuration = SignedDuration::from_secs(Interaction::GRACE.as_secs() + 5);

pub async fn a_scheduled_message_waits_for_the_sweep_and_leaves_at_its_time(scenario: &Scenario) {
    let borrower = scenario.borrower("later").await;
    let template = scenario.template("email", "later").await;
    let at = Timestamp::now() + LATER;
    let id = scenario.sent(&template, &borrower, json!({ "send_at": at })).await;
    scenario.logged(&id, "scheduled").await;
    let emails = || scenario.installation.emulator.emails(&borrower.email);
    scenario.within(Duration::from_secs(240), emails, |emails| !emails.is_empty()).await;
    assert!(Timestamp::now() >= at, "it left before {at}");
    scenario.logged(&id, "sent").await;
}
