//! Decisions a second on one core, for a person with 50 contacts in the ledger and all rules:
//! `cargo run --release -p domain --example guard_bench`.

use std::{hint::black_box, time::Instant};

use domain::{
    compliance::{Facts, Profile, RuleSet, decide, rule::Party},
    id::Id,
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{
        Address, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactType, Loan, Person,
    },
    tenant::Settings,
    vocabulary::{Channel, Direction, KnownSubject, Subject, Theme},
};
use jiff::{SignedDuration, Timestamp};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Noon in New York, and an hour before its day begins.
    let noon: Timestamp = "2026-11-10T17:00:00Z".parse()?;
    let early: Timestamp = "2026-11-10T12:00:00Z".parse()?;
    let (person, loans) = borrower();
    let settings = Settings {
        suppression_hours: 24,
        compliance: Profile { party: Party::Collector, ..Profile::default() },
        ..Settings::default()
    };
    let start = Instant::now();
    let rules = RuleSet::for_tenant(&settings);
    println!(
        "{:>9.1} ms for the first rule set, which reads the file",
        start.elapsed().as_secs_f64() * 1000.0
    );
    let subject = Subject::Known(KnownSubject::LoanOverdueFirstNotice);

    let far = ledger(&person, &loans, noon, SignedDuration::from_hours(24 * 8));
    let near = ledger(&person, &loans, noon, SignedDuration::from_hours(1));
    for (what, ledger, at, allowed) in [
        ("allowed", &far, noon, true),
        ("blocked by hours, with search", &far, early, false),
        ("blocked by hours and limits, with search", &near, early, false),
    ] {
        let facts = Facts {
            subject: Some(&subject),
            theme: Some(Theme::OpsCollDebt),
            loans: &loans,
            ..Facts::new(&rules, &person, Channel::Email, ledger)
        };
        let decision = decide(&facts, at);
        assert_eq!(decision.allowed, allowed, "{decision}");
        println!(
            "{:>9.0}/s  {what} ({})",
            per_second(|| drop(black_box(decide(black_box(&facts), at)))),
            decision
        );
    }
    println!(
        "{:>9.0}/s  rule sets made",
        per_second(|| drop(black_box(RuleSet::for_tenant(black_box(&settings)))))
    );
    Ok(())
}

/// How often something can be done a second, measured for a second after a warm-up.
fn per_second(mut act: impl FnMut()) -> f64 {
    (0..100).for_each(|_| act());
    let (start, mut times) = (Instant::now(), 0u32);
    while start.elapsed().as_millis() < 1000 {
        (0..50).for_each(|_| act());
        times += 50;
    }
    f64::from(times) / start.elapsed().as_secs_f64()
}

/// Of New York City, with a number of Florida's panhandle: five jurisdictions and two zones.
fn borrower() -> (Person, Vec<Id<domain::id::Loan>>) {
    let mut person = Person::new(Id::external("demo", "john"), None, Timestamp::UNIX_EPOCH);
    let contact = |kind, value: &str| Contact::new(Id::external("demo", value), kind, value);
    let address = Address {
        address_line1: "1 Main St".into(),
        address_line2: None,
        city: "Brooklyn".into(),
        state: Some("NY".into()),
        postal_code: Some("11201".into()),
        country: "US".into(),
    };
    person.contacts = vec![
        contact(ContactType::Email, "john@example.com"),
        contact(ContactType::Phone, "+18505550123"),
        Contact { address: Some(address), value: String::new(), ..contact(ContactType::Address, "home") },
    ];
    person.consents = vec![Consent {
        scope: ConsentScope::Contact,
        channel: None,
        contact_id: None,
        status: ConsentStatus::Consented,
        recorded_at: Timestamp::UNIX_EPOCH,
        source: "web form".into(),
        wording: None,
        provisional: false,
        repeated_at: None,
    }];
    person.loans = vec![Loan::new(Id::external("demo", "L1"), None)];
    let loans = person.loans.iter().map(|loan| loan.id.clone()).collect();
    (person, loans)
}

/// Fifty contacts about the loan, an hour apart, the newest so long before `now`.
fn ledger(person: &Person, loans: &[Id<domain::id::Loan>], now: Timestamp, newest: SignedDuration) -> Ledger {
    let mut ledger = Ledger::default();
    for n in 0..50 {
        let entry = LedgerEntry {
            at: now - newest - SignedDuration::from_hours(n),
            channel: if n % 2 == 0 { Channel::Email } else { Channel::Voice },
            direction: Direction::Outbound,
            subject: Some(KnownSubject::LoanOverdueFirstNotice.into()),
            theme: Theme::OpsCollDebt,
            purpose: None,
            loans: loans.to_vec(),
            contact: person.contacts.first().map(|contact| contact.id.clone()),
            label: Some(ContactLabel::Personal),
            outcome: Outcome::Attempted,
            exempt: Vec::new(),
        };
        ledger.enter(Id::external("demo", &n.to_string()), entry, now);
    }
    ledger
}
