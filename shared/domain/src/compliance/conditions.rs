//! What forbids contact while it is so.

use super::{Facts, ReasonCode, rule::Condition};
use crate::{
    person::{Affiliation, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus},
    vocabulary::Channel,
};

/// The short code of a condition that is so, with what would remove it.
pub(super) fn met(condition: Condition, facts: &Facts<'_>) -> Option<(ReasonCode, String)> {
    let person = facts.person;
    let is_at_work = facts.contact.is_some_and(|contact| contact.label == ContactLabel::Work);
    let newest = |scope| facts.consent(scope).map(|consent| consent.status);
    let (is_so, code, detail) = match condition {
        Condition::Case(case_type) => {
            let detail = format!("a {case_type} case is open; close it when it has ended.");
            let is_open = person.cases.iter().any(|case| case.case_type == case_type);
            return is_open.then_some((ReasonCode::CaseOpen, detail));
        }
        Condition::Represented => (
            person.contacts.iter().any(is_attorney)
                && newest(ConsentScope::Represented) != Some(ConsentStatus::Consented),
            ReasonCode::AttorneyRepresented,
            "the person has an attorney; contact the attorney.",
        ),
        Condition::AtWork => {
            (is_at_work, ReasonCode::WorkContact, "the contact is at work; choose another contact.")
        }
        Condition::WorkRevoked => (
            is_at_work && newest(ConsentScope::Work) == Some(ConsentStatus::Revoked),
            ReasonCode::WorkContact,
            "contact at work was forbidden; choose another contact.",
        ),
        Condition::WorkUnconsented => (
            is_at_work && newest(ConsentScope::Work) != Some(ConsentStatus::Consented),
            ReasonCode::WorkContact,
            "the contact is at work, without consent of scope work; choose another contact.",
        ),
        Condition::RevokedElsewhere => (
            is_revoked_elsewhere(facts),
            ReasonCode::ConsentRevoked,
            "consent for calls or texts was revoked for a number; record a new consent for this one.",
        ),
    };
    is_so.then(|| (code, detail.to_owned()))
}

/// An address that bounces ends no representation; an archived contact does.
fn is_attorney(contact: &Contact) -> bool {
    contact.affiliation == Affiliation::Attorney && contact.status != ContactStatus::Archived
}

/// Whether the last word on calls and texts, or on automated ones, at whatever number, is a revocation that no later
/// consent to the same for this channel and number overrules. A contact that is itself revoked is the stop's to tell.
fn is_revoked_elsewhere(facts: &Facts<'_>) -> bool {
    if facts.revoked().is_some() {
        return false;
    }
    let is_phone = |of: Option<Channel>| of.is_none_or(|of| matches!(of, Channel::Text | Channel::Voice));
    [ConsentScope::Contact, ConsentScope::Autodialed].into_iter().any(|scope| {
        let of_scope = facts.person.consents.iter().filter(|of| of.scope == scope && is_phone(of.channel));
        let revoked =
            of_scope.filter(|of| of.status == ConsentStatus::Revoked).map(|of| of.recorded_at).max();
        let consented = facts
            .consent(scope)
            .filter(|newest| newest.status == ConsentStatus::Consented)
            .map(|newest| newest.recorded_at);
        revoked.is_some_and(|revoked| consented.is_none_or(|consented| consented <= revoked))
    })
}
