//! Conditions that forbid contact while they hold.

use super::{Facts, ReasonCode, rule::Condition};
use crate::{
    id::{self, Id},
    person::{
        Affiliation, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus, ContactType,
    },
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
            "consent for calls or texts was revoked for a number, or the person opted out of one of them; record a new \
             consent for this number, or take back the opt-out.",
        ),
    };
    is_so.then(|| (code, detail.to_owned()))
}

/// An address that bounces ends no representation; an archived contact does.
fn is_attorney(contact: &Contact) -> bool {
    contact.affiliation == Affiliation::Attorney && contact.status != ContactStatus::Archived
}

/// Whether the last word on calls and texts, or on automated ones, at whatever number, is a revocation that no later
/// consent to the same for this channel and number overrules. An opted-out preference has no date, so none is later.
/// A contact or channel that is itself revoked is the stop's to tell.
fn is_revoked_elsewhere(facts: &Facts<'_>) -> bool {
    let Facts { person, channel, .. } = facts;
    let opted_out = &person.communication_preference.opted_out;
    if facts.revoked().is_some() || opted_out.contains(channel) {
        return false;
    }
    if opted_out.contains(&Channel::Text) || opted_out.contains(&Channel::Voice) {
        return true;
    }
    // A number that is no longer the person's may still be what was revoked.
    let is_number = |of: &Id<id::Contact>| {
        person.contact(of).is_none_or(|contact| contact.contact_type == ContactType::Phone)
    };
    let is_phone = |of: &Consent| {
        of.channel.is_none_or(|of| matches!(of, Channel::Text | Channel::Voice))
            && of.contact_id.as_ref().is_none_or(is_number)
    };
    [ConsentScope::Contact, ConsentScope::Autodialed].into_iter().any(|scope| {
        let of_scope = person.consents.iter().filter(|of| of.scope == scope && is_phone(of));
        let revoked =
            of_scope.filter(|of| of.status == ConsentStatus::Revoked).map(|of| of.last_said_at()).max();
        let consented = facts
            .consent(scope)
            .filter(|newest| newest.status == ConsentStatus::Consented)
            .map(|newest| newest.last_said_at());
        revoked.is_some_and(|revoked| consented.is_none_or(|consented| consented <= revoked))
    })
}
