//! Facts that stop a message whatever the rules say.

use jiff::Timestamp;

use super::{Exemption, Facts, Reason, ReasonCode, ReasonKind, facts::Exemptions};
use crate::{
    person::{Affiliation, Contact, ContactStatus, ContactType, DoNotContact, PersonStatus},
    vocabulary::{Channel, Purpose},
};

/// Every fact against sending at `at`.
pub fn reasons(facts: &Facts<'_>, exempt: Exemptions, at: Timestamp) -> Vec<Reason> {
    let person = facts.person;
    let mut reasons = Vec::new();
    let mut add = |code, detail: String, until| reasons.push(stop(code, detail, until));

    match person.status {
        PersonStatus::Active => {}
        PersonStatus::Inactive => {
            add(
                ReasonCode::PersonInactive,
                "The person is inactive; set status to active first.".into(),
                None,
            );
        }
        PersonStatus::Deceased if is_for_the_estate(facts) => {}
        PersonStatus::Deceased => {
            add(
                ReasonCode::PersonDeceased,
                "The person is deceased; only an attorney or authorized third party may be contacted, to service the \
                 loan."
                    .into(),
                None,
            );
        }
    }
    if let Some(order) = person.do_not_contact.as_ref().filter(|order| in_force(order, at)) {
        add(ReasonCode::DoNotContact, describe("The person must not be contacted", order), order.until);
    }
    for case in &person.cases {
        if let Some(order) = case.do_not_interact.as_ref().filter(|order| in_force(order, at)) {
            let detail = describe(&format!("A {} case forbids contact", case.case_type), order);
            add(ReasonCode::CaseDoNotInteract, detail, order.until);
        }
    }
    let confirms = exempt.contains(Exemption::OptOutConfirmation);
    if person.communication_preference.opted_out.contains(&facts.channel) && !confirms {
        let detail = format!("The person opted out of {} messages.", facts.channel);
        add(ReasonCode::ChannelOptedOut, detail, None);
    }
    let revoked = person.consent_revoked(facts.channel, facts.contact.map(|contact| &contact.id));
    if let Some(consent) = revoked.filter(|_| !confirms) {
        let detail = format!("Consent was revoked at {} ({}).", consent.recorded_at, consent.source);
        add(ReasonCode::ConsentRevoked, detail, None);
    }
    match (facts.contact, ContactType::for_channel(facts.channel)) {
        (Some(contact), kind) => {
            if kind.is_some_and(|kind| kind != contact.contact_type) {
                let detail = format!("The contact is no {}; choose another.", address_of(facts.channel));
                add(ReasonCode::NoContact, detail, None);
            } else if facts.channel == Channel::Text && !contact.receive_text_messages && !confirms {
                let detail = "The number takes no text messages, or the person does not want them there; choose \
                              another, or set receiveTextMessages once the person agrees.";
                add(ReasonCode::ChannelOptedOut, detail.into(), None);
            }
            if !contact.valid || contact.status == ContactStatus::Archived {
                let detail = "The contact is marked invalid or archived; correct it or choose another.";
                add(ReasonCode::ContactInvalid, detail.into(), None);
            }
            if is_of_another(contact) {
                let detail = "The contact is not the person's own; have the person authorize it \
                              (authorizedThirdParty), or choose another.";
                add(ReasonCode::ContactOfAnother, detail.into(), None);
            }
        }
        (None, None) => {}
        (None, Some(_)) => add(ReasonCode::NoContact, missing(facts), None),
    }
    reasons
}

/// A reason that is no rule's.
pub fn stop(code: ReasonCode, detail: String, until: Option<Timestamp>) -> Reason {
    Reason {
        rule_id: format!("stop.{}", code.as_str()),
        kind: ReasonKind::Stop,
        jurisdiction: None,
        citation: None,
        confidence: None,
        tightened: false,
        code,
        detail,
        until,
    }
}

/// Whether the contact is somebody's to whom the borrower's affairs must not be told. An attorney speaks for the person.
fn is_of_another(contact: &Contact) -> bool {
    match contact.affiliation {
        Affiliation::SelfPerson | Affiliation::Attorney => false,
        Affiliation::Spouse | Affiliation::Other => !contact.authorized_third_party,
    }
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

/// What the channel needs an address of.
fn address_of(channel: Channel) -> &'static str {
    match ContactType::for_channel(channel) {
        Some(ContactType::Email) => "e-mail address",
        Some(ContactType::Phone) => "phone number",
        Some(ContactType::Address) => "postal address",
        Some(ContactType::Push) => "push token",
        None => "address",
    }
}

fn missing(facts: &Facts<'_>) -> String {
    let address = address_of(facts.channel);
    if facts.had_a_contact() {
        return format!("The {address} the message was written to is no longer the person's; send it anew.");
    }
    let texts = if facts.channel == Channel::Text { " with receiveTextMessages set" } else { "" };
    format!("The person has no valid {address} of their own{texts}.")
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
