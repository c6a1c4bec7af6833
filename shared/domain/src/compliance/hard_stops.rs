//! Facts that stop a message whatever the rules say.

use jiff::Timestamp;

use super::{Facts, Reason, ReasonCode};
use crate::person::{ContactStatus, ContactType, DoNotContact, PersonStatus};

/// Every fact against sending at `at`.
pub fn reasons(facts: &Facts<'_>, at: Timestamp) -> Vec<Reason> {
    let person = facts.person;
    let mut reasons = Vec::new();
    let mut stop = |code: ReasonCode, detail: String, until: Option<Timestamp>| {
        let rule_id = format!("stop.{}", code.as_str());
        reasons.push(Reason { rule_id, code, detail, until });
    };

    match person.status {
        PersonStatus::Active => {}
        PersonStatus::Inactive => {
            stop(
                ReasonCode::PersonInactive,
                "The person is inactive; set status to active first.".into(),
                None,
            );
        }
        PersonStatus::Deceased => {
            stop(
                ReasonCode::PersonDeceased,
                "The person is deceased; write to the estate's representative.".into(),
                None,
            );
        }
    }
    if let Some(order) = person.do_not_contact.as_ref().filter(|order| in_force(order, at)) {
        stop(ReasonCode::DoNotContact, describe("The person must not be contacted", order), order.until);
    }
    for case in &person.cases {
        if let Some(order) = case.do_not_interact.as_ref().filter(|order| in_force(order, at)) {
            let detail = describe(&format!("A {} case forbids contact", case.case_type), order);
            stop(ReasonCode::CaseDoNotInteract, detail, order.until);
        }
    }
    if person.communication_preference.opted_out.contains(&facts.channel) {
        let detail = format!("The person opted out of {} messages.", facts.channel);
        stop(ReasonCode::ChannelOptedOut, detail, None);
    }
    if let Some(consent) = person.consent_revoked(facts.channel, facts.contact.map(|contact| &contact.id)) {
        let detail = format!("Consent was revoked at {} ({}).", consent.recorded_at, consent.source);
        stop(ReasonCode::ConsentRevoked, detail, None);
    }
    match (facts.contact, ContactType::for_channel(facts.channel)) {
        (Some(contact), _) if !contact.valid || contact.status == ContactStatus::Archived => {
            let detail =
                "The contact is marked invalid or archived; correct it or choose another.".to_owned();
            stop(ReasonCode::ContactInvalid, detail, None);
        }
        (Some(_), _) | (None, None) => {}
        (None, Some(kind)) => stop(ReasonCode::NoContact, missing(kind, facts), None),
    }
    reasons
}

fn in_force(order: &DoNotContact, at: Timestamp) -> bool {
    order.until.is_none_or(|until| at < until)
}

fn describe(what: &str, order: &DoNotContact) -> String {
    match (&order.reason, order.until) {
        (Some(reason), Some(until)) => format!("{what} until {until}: {reason}."),
        (Some(reason), None) => format!("{what}: {reason}."),
        (None, Some(until)) => format!("{what} until {until}."),
        (None, None) => format!("{what}."),
    }
}

fn missing(kind: ContactType, facts: &Facts<'_>) -> String {
    match kind {
        ContactType::Email => "The person has no valid e-mail address of their own.".into(),
        ContactType::Phone if facts.channel == crate::vocabulary::Channel::Text => {
            "The person has no valid phone number of their own with receiveTextMessages set.".into()
        }
        ContactType::Phone => "The person has no valid phone number of their own.".into(),
        ContactType::Address => "The person has no valid postal address of their own.".into(),
        ContactType::Push => "The person has no valid push token.".into(),
    }
}
