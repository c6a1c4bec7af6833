//! What stops a message whatever the rules say.

use domain::{
    compliance::{
        ReasonCode,
        rule::{Exemption, Period, Rule},
    },
    person::{
        Affiliation, Consent, ConsentScope, ConsentStatus, ContactType, DoNotContact, Person, PersonStatus,
    },
    vocabulary::{Channel, Purpose},
};
use jiff::Timestamp;

use super::Opinion;

/// What a person or a case orders.
pub fn orders(person: &Person) -> impl Iterator<Item = &DoNotContact> {
    person.do_not_contact.iter().chain(person.cases.iter().filter_map(|case| case.do_not_interact.as_ref()))
}

impl Opinion<'_> {
    /// The newest record that speaks of this scope and of the channel and contact in question.
    pub(super) fn last_word(&self, scope: ConsentScope) -> Option<&Consent> {
        let contact = self.contact.map(|contact| &contact.id);
        let mut speaking: Vec<_> = self
            .person
            .consents
            .iter()
            .filter(|record| record.scope == scope)
            .filter(|record| record.channel.is_none() || record.channel == Some(self.world.channel))
            .filter(|record| record.contact_id.is_none() || record.contact_id.as_ref() == contact)
            .collect();
        speaking.sort_by_key(|record| record.recorded_at);
        speaking.pop()
    }

    pub(super) fn newest(&self, scope: ConsentScope) -> Option<ConsentStatus> {
        self.last_word(scope).map(|record| record.status)
    }

    /// Whether the message minds the times the person named: all does that the person did not just ask for.
    pub(super) fn minds_stated_times(&self, at: Timestamp) -> bool {
        let asked_for = [
            Exemption::OneTimeCode,
            Exemption::OptOutConfirmation,
            Exemption::PriorConsent,
            Exemption::Reply,
        ];
        !asked_for.into_iter().any(|exemption| self.is_exempt(exemption, at))
    }

    pub(super) fn stops(&self, at: Timestamp) -> Vec<ReasonCode> {
        let (world, person) = (self.world, self.person);
        let is_on = |order: &&DoNotContact| order.until.is_none_or(|until| at < until);
        let mut stops = Vec::new();
        match person.status {
            PersonStatus::Active => {}
            PersonStatus::Inactive => stops.push(ReasonCode::PersonInactive),
            PersonStatus::Deceased => stops.push(ReasonCode::PersonDeceased),
        }
        stops.extend(person.do_not_contact.iter().filter(is_on).map(|_| ReasonCode::DoNotContact));
        let by_case = person.cases.iter().filter_map(|case| case.do_not_interact.as_ref());
        stops.extend(by_case.filter(is_on).map(|_| ReasonCode::CaseDoNotInteract));
        if !self.is_exempt(Exemption::OptOutConfirmation, at) {
            let opted_out = person.communication_preference.opted_out.contains(&world.channel);
            stops.extend(opted_out.then_some(ReasonCode::ChannelOptedOut));
            let revoked = self.newest(ConsentScope::Contact) == Some(ConsentStatus::Revoked);
            stops.extend(revoked.then_some(ReasonCode::ConsentRevoked));
        }
        match self.contact {
            Some(contact) => {
                stops.extend((!contact.valid).then_some(ReasonCode::ContactInvalid));
                let is_others = match contact.affiliation {
                    Affiliation::SelfPerson | Affiliation::Attorney => false,
                    Affiliation::Spouse | Affiliation::Other => !contact.authorized_third_party,
                };
                stops.extend(is_others.then_some(ReasonCode::ContactOfAnother));
            }
            None => {
                let is_missing = ContactType::for_channel(world.channel).is_some();
                stops.extend(is_missing.then_some(ReasonCode::NoContact));
            }
        }
        if world.channel.reaches_person() && world.purpose != Purpose::Agent {
            stops.extend(self.is_nowhere(at).then_some(ReasonCode::LocationUnknown));
            stops.extend(self.is_inconvenient(at).then_some(ReasonCode::InconvenientTime));
        }
        stops
    }

    fn is_inconvenient(&self, at: Timestamp) -> bool {
        let margin = u32::from(self.world.profile.safety_margin_minutes);
        if self.world.channel == Channel::Mail || !self.minds_stated_times(at) {
            return false;
        }
        self.zones.iter().any(|zone| {
            let clock = self.clock(zone, at);
            let is_convenient = self.convenient.iter().any(|span| span.is_open(&clock, margin));
            let is_not = self.inconvenient.iter().any(|span| {
                span.from <= clock.minute + margin && clock.minute < span.to && span.is_on(clock.day)
            });
            (!self.convenient.is_empty() && !is_convenient) || is_not
        })
    }

    /// Whether a rule that would speak of the message, were the person in the right place, asks what nobody knows.
    fn is_nowhere(&self, at: Timestamp) -> bool {
        let has_time = self.world.channel != Channel::Mail;
        let has_stated = !self.convenient.is_empty() || !self.inconvenient.is_empty();
        let has_clock = |rule: &Rule| {
            (rule.hours.is_some() && has_time)
                || rule.caps.iter().any(|cap| matches!(cap.period, Period::Days(_)))
        };
        let no_zone = self.zones.is_empty();
        (no_zone && has_time && has_stated)
            || self.anywhere(at).map(|one| &one.rule).any(|rule| {
                let is_of_state = rule.jurisdiction.as_str() != "US";
                (no_zone && has_clock(rule)) || (!self.known.is_state_known && is_of_state)
            })
    }
}
