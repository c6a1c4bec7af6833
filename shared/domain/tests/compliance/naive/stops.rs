//! What stops a message whatever the rules say.

use domain::{
    compliance::{
        ReasonCode,
        rule::{Exemption, Period, Rule},
    },
    person::{
        Affiliation, Consent, ConsentScope, ConsentStatus, Contact, ContactStatus, ContactType, DoNotContact,
        Person, PersonStatus,
    },
    vocabulary::{Channel, Purpose},
};
use jiff::Timestamp;

use super::{Digits, Opinion, are_open, rules::purposes_of};

/// What a person or a case orders.
pub fn orders(person: &Person) -> impl Iterator<Item = &DoNotContact> {
    person.do_not_contact.iter().chain(person.cases.iter().filter_map(|case| case.do_not_interact.as_ref()))
}

/// What a channel sends to.
pub fn kind_for(channel: Channel) -> Option<ContactType> {
    match channel {
        Channel::Voice | Channel::Text | Channel::Fax => Some(ContactType::Phone),
        Channel::Email => Some(ContactType::Email),
        Channel::Mail => Some(ContactType::Address),
        Channel::Push => Some(ContactType::Push),
        Channel::Chat
        | Channel::Gui
        | Channel::Document
        | Channel::Webhook
        | Channel::EventStream
        | Channel::Task => None,
    }
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
        // Of one instant, the revocation is the last word.
        speaking.sort_by_key(|record| (record.recorded_at, record.status == ConsentStatus::Revoked));
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
            PersonStatus::Deceased => {
                stops.extend((!self.is_for_the_estate()).then_some(ReasonCode::PersonDeceased));
            }
        }
        stops.extend(person.do_not_contact.iter().filter(is_on).map(|_| ReasonCode::DoNotContact));
        let by_case = person.cases.iter().filter_map(|case| case.do_not_interact.as_ref());
        stops.extend(by_case.filter(is_on).map(|_| ReasonCode::CaseDoNotInteract));
        if !self.is_exempt(Exemption::OptOutConfirmation, at) {
            let opted_out = person.communication_preference.opted_out.contains(&world.channel);
            stops.extend(opted_out.then_some(ReasonCode::ChannelOptedOut));
            let takes_no_texts =
                |number: &Contact| number.contact_type == ContactType::Phone && !number.receive_text_messages;
            let is_unwanted = world.channel == Channel::Text && self.contact.is_some_and(takes_no_texts);
            stops.extend(is_unwanted.then_some(ReasonCode::ChannelOptedOut));
            let revoked = self.newest(ConsentScope::Contact) == Some(ConsentStatus::Revoked);
            stops.extend(revoked.then_some(ReasonCode::ConsentRevoked));
        }
        // Chat and the lender's own pages need no address.
        let needs = kind_for(world.channel);
        let has = self.contact.map(|contact| contact.contact_type);
        stops.extend((needs.is_some() && has != needs).then_some(ReasonCode::NoContact));
        if let Some(contact) = self.contact {
            let is_usable = contact.valid && contact.status != ContactStatus::Archived;
            stops.extend((!is_usable).then_some(ReasonCode::ContactInvalid));
            let is_others = matches!(contact.affiliation, Affiliation::Spouse | Affiliation::Other);
            stops.extend(
                (is_others && !contact.authorized_third_party).then_some(ReasonCode::ContactOfAnother),
            );
        }
        stops.extend(self.is_nowhere(at).then_some(ReasonCode::LocationUnknown));
        stops.extend(self.is_inconvenient(at).then_some(ReasonCode::InconvenientTime));
        stops
    }

    /// Of a deceased person's loan, whoever may speak for the estate is told how it stands.
    fn is_for_the_estate(&self) -> bool {
        let is_servicing = purposes_of(self.world).iter().all(|of| *of == Purpose::Servicing);
        is_servicing
            && self.contact.is_some_and(|contact| {
                contact.affiliation == Affiliation::Attorney
                    || (contact.affiliation != Affiliation::SelfPerson && contact.authorized_third_party)
            })
    }

    fn is_inconvenient(&self, at: Timestamp) -> bool {
        if self.world.channel == Channel::Mail || !self.minds_stated_times(at) {
            return false;
        }
        let is_bad = |clock: Digits| {
            let is_convenient = self.convenient.is_empty() || are_open(&self.convenient, &clock);
            !is_convenient || are_open(&self.inconvenient, &clock)
        };
        self.zones.iter().any(|zone| self.clock(zone, at).any(is_bad))
    }

    /// Whether a rule that would speak of the message, were the person in the right place, asks what nobody knows.
    fn is_nowhere(&self, at: Timestamp) -> bool {
        let has_time = self.world.channel != Channel::Mail;
        let has_stated = !self.convenient.is_empty() || !self.inconvenient.is_empty();
        // A letter has no hour, and the days of its limits have 24 wherever it goes.
        let has_clock = |rule: &Rule| {
            let has_days = rule.caps.iter().any(|cap| matches!(cap.period, Period::Days(_)));
            has_time && (rule.hours.is_some() || has_days)
        };
        // What asks only for consents that were given, and forbids only what is not so, would say the same anywhere.
        let is_idle = |rule: &Rule| {
            let given = |scope| self.newest(scope) == Some(ConsentStatus::Consented);
            (rule.hours.is_none() || !has_time)
                && rule.caps.is_empty()
                && rule.consent.is_none_or(given)
                && !rule.forbids.iter().any(|condition| self.forbidden(*condition).is_some())
        };
        let no_zone = self.zones.is_empty();
        (no_zone && has_time && has_stated && self.minds_stated_times(at))
            || self.anywhere(at).map(|one| &one.rule).any(|rule| {
                let whose = rule.jurisdiction.as_str();
                let is_known = self.known.is_state_known;
                let is_of_another = is_known && !self.known.jurisdictions.contains(&whose);
                (no_zone && has_clock(rule) && !is_of_another)
                    || (!is_known && whose != "US" && !is_idle(rule))
            })
    }
}
