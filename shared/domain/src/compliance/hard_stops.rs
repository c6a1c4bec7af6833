//! Facts that stop a message whatever the rules say: about the person, the consent, the contact, the person's own times,
//! and a place nobody knows.

use jiff::Timestamp;

use super::{
    Exemption, Facts, Place, Reason, ReasonCode, ReasonKind, Scrutiny,
    conditions::met,
    message::Message,
    place::Doubt,
    rule::{Jurisdiction, Period, Rule},
    windows::Stated,
};
use crate::{
    person::{Affiliation, Contact, ContactStatus, ContactType, DoNotContact, PersonStatus},
    vocabulary::{Channel, Purpose},
};

/// Every such fact against a message.
pub fn reasons(message: &Message<'_>) -> Vec<Reason> {
    let scrutiny = message.facts.circumstances.scrutiny;
    let mut reasons = Vec::new();
    if matches!(scrutiny, Scrutiny::Full | Scrutiny::Stops) {
        about_the_person(message, &mut reasons);
    }
    about_consent(message, &mut reasons);
    if scrutiny != Scrutiny::Requested {
        about_the_contact(message, &mut reasons);
    }
    if scrutiny.is_full() {
        reasons.extend(unknown_location(message));
        reasons.extend(inconvenient(message));
    }
    reasons
}

fn stop(code: ReasonCode, detail: impl Into<String>, until: Option<Timestamp>) -> Reason {
    Reason {
        rule_id: code.stop(),
        kind: ReasonKind::Stop,
        jurisdiction: None,
        citation: None,
        confidence: None,
        tightened: false,
        code,
        detail: detail.into(),
        until,
    }
}

fn about_the_person(message: &Message<'_>, reasons: &mut Vec<Reason>) {
    let person = message.facts.person;
    match person.status {
        PersonStatus::Active => {}
        PersonStatus::Inactive => {
            let detail = "The person is inactive; set status to active first.";
            reasons.push(stop(ReasonCode::PersonInactive, detail, None));
        }
        PersonStatus::Deceased if is_for_the_estate(message.facts) => {}
        PersonStatus::Deceased => {
            let detail = "The person is deceased; only an attorney or authorized third party may be contacted, to \
                          service the loan.";
            reasons.push(stop(ReasonCode::PersonDeceased, detail, None));
        }
    }
    let in_force = |order: &&DoNotContact| order.is_in_force(message.at);
    if let Some(order) = person.do_not_contact.as_ref().filter(in_force) {
        let detail = describe("The person must not be contacted", order);
        reasons.push(stop(ReasonCode::DoNotContact, detail, order.until));
    }
    for case in &person.cases {
        if let Some(order) = case.do_not_interact.as_ref().filter(in_force) {
            let detail = describe(&format!("A {} case forbids contact", case.case_type), order);
            reasons.push(stop(ReasonCode::CaseDoNotInteract, detail, order.until));
        }
    }
}

/// Whether the message serves the loan, and goes to whoever speaks for the estate.
fn is_for_the_estate(facts: &Facts<'_>) -> bool {
    let speaks_for_it = |contact: &Contact| match contact.affiliation {
        Affiliation::Attorney => true,
        Affiliation::Spouse | Affiliation::Other => contact.authorized_third_party,
        Affiliation::SelfPerson => false,
    };
    facts.purposes() == [Purpose::Servicing; 2] && facts.contact.is_some_and(speaks_for_it)
}

fn describe(what: &str, order: &DoNotContact) -> String {
    match (&order.reason, order.until) {
        (Some(reason), Some(until)) => format!("{what} until {until:.0}: {reason}."),
        (Some(reason), None) => format!("{what}: {reason}."),
        (None, Some(until)) => format!("{what} until {until:.0}."),
        (None, None) => format!("{what}."),
    }
}

fn about_consent(message: &Message<'_>, reasons: &mut Vec<Reason>) {
    if message.exempt.contains(Exemption::OptOutConfirmation) {
        return;
    }
    let Facts { person, channel, contact, .. } = message.facts;
    if person.communication_preference.opted_out.contains(channel) {
        let detail = format!("The person opted out of {channel} messages.");
        reasons.push(stop(ReasonCode::ChannelOptedOut, detail, None));
    }
    let is_requested = message.facts.circumstances.scrutiny == Scrutiny::Requested;
    if *channel == Channel::Text && !is_requested && contact.is_some_and(is_without_texts) {
        let detail = "The number takes no text messages, or the person does not want them there; choose another, or set \
                      receiveTextMessages once the person agrees.";
        reasons.push(stop(ReasonCode::ChannelOptedOut, detail, None));
    }
    if let Some(revoked) = message.facts.revoked() {
        let detail = format!("Consent was revoked at {:.0} ({}).", revoked.recorded_at, revoked.source);
        reasons.push(stop(ReasonCode::ConsentRevoked, detail, None));
    }
}

fn is_without_texts(contact: &Contact) -> bool {
    contact.contact_type == ContactType::Phone && !contact.receive_text_messages
}

fn about_the_contact(message: &Message<'_>, reasons: &mut Vec<Reason>) {
    let facts = message.facts;
    let kind = ContactType::for_channel(facts.channel);
    let Some(contact) = facts.contact else {
        let is_needed = facts.circumstances.scrutiny.is_full() || facts.had_a_contact();
        if let Some(kind) = kind.filter(|_| is_needed) {
            reasons.push(stop(ReasonCode::NoContact, missing(facts, kind), None));
        }
        return;
    };
    if let Some(kind) = kind.filter(|kind| *kind != contact.contact_type) {
        let detail = format!("The contact is no {}; choose another.", kind.in_words());
        reasons.push(stop(ReasonCode::NoContact, detail, None));
    }
    if !contact.valid || contact.status == ContactStatus::Archived {
        let detail = "The contact is marked invalid or archived; correct it or choose another.";
        reasons.push(stop(ReasonCode::ContactInvalid, detail, None));
    }
    if is_of_another(contact) {
        let detail = "The contact is not the person's own; have the person authorize it (authorizedThirdParty), or \
                      choose another.";
        reasons.push(stop(ReasonCode::ContactOfAnother, detail, None));
    }
}

/// Whether the contact is somebody's to whom the borrower's affairs must not be told. An attorney speaks for the person.
fn is_of_another(contact: &Contact) -> bool {
    match contact.affiliation {
        Affiliation::SelfPerson | Affiliation::Attorney => false,
        Affiliation::Spouse | Affiliation::Other => !contact.authorized_third_party,
    }
}

fn missing(facts: &Facts<'_>, kind: ContactType) -> String {
    let kind = kind.in_words();
    if facts.had_a_contact() {
        return format!("The {kind} the message was written to is no longer the person's; send it anew.");
    }
    let texts = if facts.channel == Channel::Text { " with receiveTextMessages set" } else { "" };
    format!("The person has no valid {kind} of their own{texts}.")
}

/// Where the person is decides on hours and states' rules. If that is unknown and some rule needs it, nobody guesses. The stop
/// names no end, be it that the rules which ask have one: a place is to be found out and not waited for.
fn unknown_location(message: &Message<'_>) -> Option<Reason> {
    let Place { zones, jurisdictions, is_state_known, doubt } = message.place;
    if !zones.is_empty() && *is_state_known {
        return None;
    }
    let has_clock = |rule: &Rule| {
        let has_days = rule.caps.iter().any(|cap| matches!(cap.period, Period::Days(_)));
        message.has_a_time_of_day() && (rule.hours.is_some() || has_days)
    };
    // Which rules hold somewhere else is of no interest where the state is known.
    let may_hold = |rule: &Rule| !is_state_known || jurisdictions.contains(&rule.jurisdiction);
    let asks = |rule: &Rule| {
        (zones.is_empty() && may_hold(rule) && has_clock(rule))
            || (!is_state_known && rule.jurisdiction != Jurisdiction::US && may_object(rule, message))
    };
    let mut in_force = message.bound_by().filter(|one| one.is_in_force(message.at));
    let is_asked =
        (zones.is_empty() && message.is_held_to_stated_times()) || in_force.any(|one| asks(&one.rule));
    let detail = match (doubt, zones.is_empty(), is_state_known) {
        (Some(Doubt::InvalidAddress), ..) => {
            "The person's address is marked invalid, so nothing tells which state's rules hold; correct the address."
        }
        (Some(Doubt::Abroad), ..) => {
            "The person's address is abroad or a military post office, which tells no time zone; record the time zone \
             the person states."
        }
        (None, true, true) => {
            "No time zone of the person is known; add a valid US address or phone number, or the time zone the person \
             stated."
        }
        (None, true, false) => {
            "Nothing tells the person's state and time zone; add a valid US address with state and ZIP code."
        }
        (None, false, _) => {
            "Nothing tells which state's rules hold; add a valid US address with state and ZIP code."
        }
    };
    is_asked.then(|| stop(ReasonCode::LocationUnknown, detail, None))
}

/// Whether a rule could have anything against the message, did it hold where the person is. One that asks only for a consent
/// that is there, or for no case that is not open, has nothing wherever that is.
fn may_object(rule: &Rule, message: &Message<'_>) -> bool {
    let facts = message.facts;
    let has_hours = rule.hours.is_some() && message.has_a_time_of_day();
    let lacks_consent = rule.consent.is_some_and(|scope| !facts.consented(scope));
    let mut forbids = rule.forbids.iter();
    has_hours || !rule.caps.is_empty() || lacks_consent || forbids.any(|of| met(*of, facts).is_some())
}

/// Whether it is known where the person is, if a rule must know, and it is a time the person takes contacts.
pub fn is_timely(message: &Message<'_>) -> bool {
    let Facts { person, rules, .. } = message.facts;
    let stated = Stated { times: &person.contact_times, margin: rules.margin_minutes() };
    let suits =
        || !message.is_held_to_stated_times() || message.over(&stated, &message.place.zones).is_none();
    unknown_location(message).is_none() && suits()
}

fn inconvenient(message: &Message<'_>) -> Option<Reason> {
    if !message.is_held_to_stated_times() {
        return None;
    }
    let Facts { person, rules, .. } = message.facts;
    let stated = Stated { times: &person.contact_times, margin: rules.margin_minutes() };
    let zones = &message.place.zones;
    let closed = message.closed(&stated, zones, None)?;
    let detail = format!("The person named other times: {}{}", closed.clock(), closed.wait(zones));
    Some(stop(ReasonCode::InconvenientTime, detail, closed.until))
}
