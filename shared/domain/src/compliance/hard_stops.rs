//! Facts that stop a message whatever the rules say.

use jiff::Timestamp;

use super::{Exemption, Facts, Reason, ReasonCode, ReasonKind, facts::Exemptions};
use crate::{
    person::{Affiliation, Contact, ContactStatus, ContactType, DoNotContact, PersonStatus},
    vocabulary::Channel,
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
        PersonStatus::Deceased => {
            add(
                ReasonCode::PersonDeceased,
                "The person is deceased; write to the estate's representative.".into(),
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
        (Some(contact), _) => {
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
        (None, Some(kind)) => add(ReasonCode::NoContact, missing(kind, facts), None),
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

fn missing(kind: ContactType, facts: &Facts<'_>) -> String {
    match kind {
        ContactType::Email => "The person has no valid e-mail address of their own.".into(),
        ContactType::Phone if facts.channel == Channel::Text => {
            "The person has no valid phone number of their own with receiveTextMessages set.".into()
        }
        ContactType::Phone => "The person has no valid phone number of their own.".into(),
        ContactType::Address => "The person has no valid postal address of their own.".into(),
        ContactType::Push => "The person has no valid push token.".into(),
    }
}
