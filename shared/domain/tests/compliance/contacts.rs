//! At which contact, and where: what a contact must be, whose it is, and what addresses tell of the place.

use domain::{
    compliance::{Facts, ReasonCode, decide},
    ledger::Outcome,
    person::{Affiliation, ConsentScope, ConsentStatus, ContactLabel, PersonStatus},
    vocabulary::{Channel, Purpose, Theme},
};

use crate::{
    stops::{NY, codes, collections, noon},
    world::{World, local},
};

#[test]
fn a_contact_that_does_not_fit_the_channel_is_not_used() {
    let world = |channel, contact| World {
        contact: Some(contact),
        purpose: Purpose::Servicing,
        ..collections("VT", channel)
    };
    for (channel, contact, code, words) in [
        (Channel::Email, 0, "stop.no_contact", "no e-mail address"),
        (Channel::Text, 1, "stop.no_contact", "no phone number"),
        (Channel::Voice, 2, "stop.no_contact", "no phone number"),
        (Channel::Mail, 0, "stop.no_contact", "no postal address"),
        (Channel::Push, 1, "stop.no_contact", "no push token"),
    ] {
        let decision = world(channel, contact).decide(noon());
        assert_eq!(decision.reasons[0].rule_id, code, "{channel}");
        assert!(decision.reasons[0].detail.contains(words), "{}", decision.reasons[0].detail);
    }
    let mut texts = world(Channel::Text, 0);
    assert_eq!(codes(&texts), []);
    texts.person.contacts[0].receive_text_messages = false;
    assert_eq!(codes(&texts), [("stop.channel_opted_out".to_owned(), ReasonCode::ChannelOptedOut)]);
    texts.channel = Channel::Voice;
    assert_eq!(codes(&texts), [], "calls are another matter");
}

#[test]
fn a_message_whose_address_is_no_longer_the_persons_says_so() {
    let mut world = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Email) };
    world.sent(noon(), Outcome::Attempted);
    let own = world.ledger.contacts.keys().next().cloned();
    let rules = world.rules();
    let detail = |interaction| {
        let facts = Facts {
            contact: None,
            interaction,
            ..Facts::new(&rules, &world.person, Channel::Email, &world.ledger)
        };
        let reasons = decide(&facts, noon()).reasons;
        assert_eq!((reasons.len(), reasons[0].code), (1, ReasonCode::NoContact));
        reasons[0].detail.clone()
    };
    assert!(detail(own.as_ref()).contains("no longer the person's"), "{}", detail(own.as_ref()));
    assert!(detail(None).contains("no valid e-mail address"), "{}", detail(None));
}

#[test]
fn of_a_deceased_person_only_the_estates_representative_is_contacted_and_only_to_service() {
    use Affiliation::{Attorney, Other, SelfPerson, Spouse};
    for (affiliation, authorized, theme, purpose, allowed) in [
        (SelfPerson, false, Theme::OpsServicing, Purpose::Servicing, false),
        (Other, true, Theme::OpsServicing, Purpose::Servicing, true),
        (Other, false, Theme::OpsServicing, Purpose::Servicing, false),
        (Spouse, true, Theme::OpsServicing, Purpose::Servicing, true),
        (Attorney, false, Theme::OpsServicing, Purpose::Servicing, true),
        (Attorney, false, Theme::OpsCollDebt, Purpose::Servicing, false),
        (Attorney, false, Theme::OpsServicing, Purpose::Marketing, false),
        (Attorney, false, Theme::OpsAccountCredentials, Purpose::Credentials, false),
    ] {
        let mut world =
            World { theme: Some(theme), purpose, contact: Some(1), ..collections("VT", Channel::Email) };
        world.person.status = PersonStatus::Deceased;
        world.person.contacts[1].affiliation = affiliation;
        world.person.contacts[1].authorized_third_party = authorized;
        let is_stopped = world.is_blocked_by("stop.person_deceased", noon());
        assert_eq!(is_stopped, !allowed, "{affiliation:?} {authorized} {theme} {purpose:?}");
    }
}

#[test]
fn a_contact_at_work_is_used_as_far_as_law_and_employer_allow() {
    for (state, channel, status, expected) in [
        ("VT", Channel::Voice, None, vec![]),
        ("VT", Channel::Voice, Some(ConsentStatus::Revoked), vec!["US-REGF-WORK"]), // 15 USC 1692c(a)(3)
        ("VT", Channel::Text, Some(ConsentStatus::Revoked), vec!["US-REGF-WORK"]),
        ("VT", Channel::Email, None, vec!["US-REGF-WORKEMAIL"]), // 12 CFR 1006.22(f)(3)
        ("VT", Channel::Email, Some(ConsentStatus::Consented), vec![]),
        // 23 NYCRR 1.6: consent to write, and never to what the employer owns, whatever was consented to.
        ("NY", Channel::Text, None, vec!["NY-DFS-EMAIL", "NY-DFS-EMAIL"]),
        ("NY", Channel::Text, Some(ConsentStatus::Consented), vec!["NY-DFS-EMAIL", "NY-DFS-EMAIL"]),
    ] {
        let mut world = collections(state, channel);
        world.person.contacts.iter_mut().for_each(|contact| contact.label = ContactLabel::Work);
        if let Some(status) = status {
            world.consents(ConsentScope::Work, status, "2026-10-01T00:00:00Z");
        }
        assert_eq!(world.blocked_by(noon()), expected, "{state} {channel} {status:?}");
    }
}

#[test]
fn somebody_elses_contact_needs_the_persons_authority() {
    for (affiliation, authorized, blocked) in [
        (Affiliation::Other, false, true),
        (Affiliation::Other, true, false),
        (Affiliation::Spouse, false, true),
        (Affiliation::Spouse, true, false),
        (Affiliation::Attorney, false, false),
        (Affiliation::SelfPerson, false, false),
    ] {
        let mut world = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Email) };
        world.person.contacts[1].affiliation = affiliation;
        world.person.contacts[1].authorized_third_party = authorized;
        world.contact = Some(1);
        assert_eq!(
            world.is_blocked_by("stop.contact_of_another", noon()),
            blocked,
            "{affiliation:?} {authorized}"
        );
    }
}

#[test]
fn an_address_marked_invalid_does_not_tell_which_states_rules_hold() {
    let mut world = collections("PA", Channel::Email);
    world.person.contacts[0].value = "+18025550123".into();
    assert_eq!(codes(&world), []);
    world.person.contacts[2].valid = false;
    let decision = world.decide(noon());
    assert_eq!(decision.reasons[0].rule_id, "stop.location_unknown");
    assert!(decision.reasons[0].detail.contains("marked invalid"), "{}", decision.reasons[0].detail);
    let night = world.blocked_by(local(NY, "2026-11-10T03:00"));
    assert!(night.contains(&"PA-FCEUA".to_owned()), "its states' rules are held to still: {night:?}");
    let servicing = World { purpose: Purpose::Servicing, ..world.clone() };
    assert_eq!(codes(&servicing), [], "no state's rule asks");
    world.person.contacts.remove(2);
    assert_eq!(codes(&world), [], "without any address the phone tells");
}

#[test]
fn an_address_abroad_tells_no_time_until_the_person_does() {
    for (state, country) in [("AE", "US"), ("", "DE")] {
        let mut world = collections("VT", Channel::Email);
        world.person.time_zone = None;
        world.person.contacts[0].value = "+18025550123".into();
        let address = world.person.contacts[2].address.as_mut().unwrap();
        address.country = country.into();
        address.state = (!state.is_empty()).then(|| state.into());
        let decision = world.decide(noon());
        assert_eq!(decision.reasons[0].rule_id, "stop.location_unknown", "{country}");
        assert!(
            decision.reasons[0].detail.contains("record the time zone"),
            "{}",
            decision.reasons[0].detail
        );
        assert_eq!(decision.time_zones, Vec::<String>::new(), "the phone does not overrule it");
        world.person.time_zone = Some("Europe/Berlin".into());
        assert_eq!(codes(&world), [], "{country}");
    }
}
