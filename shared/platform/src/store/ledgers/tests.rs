use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config},
};
use domain::{
    ledger::Outcome,
    vocabulary::{Channel, Direction, Theme},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

fn store() -> Store {
    let config = Config::builder().behavior_version(BehaviorVersion::latest()).build();
    Store::new(Client::from_conf(config), "table".into())
}

fn entry(n: u32) -> LedgerEntry {
    LedgerEntry {
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::from(n)),
        channel: Channel::Email,
        direction: Direction::Outbound,
        subject: None,
        theme: Theme::OpsServicing,
        purpose: None,
        loans: Vec::new(),
        contact: None,
        label: None,
        outcome: Outcome::Attempted,
        exempt: Vec::new(),
    }
}

fn message(n: u32) -> Id<id::Interaction> {
    Id::keyed("acme", "message", &n.to_string())
}

/// What a table holds of a ledger.
#[derive(Default, Clone)]
struct Table {
    latest: Option<Item>,
    earlier: Option<Item>,
}

impl Table {
    fn write(&mut self, ledger: &mut Ledger, before: u64) -> bool {
        let (tenant, person) = ("acme".parse().unwrap(), Id::external("acme", "john"));
        let LedgerWrite { first, second } = store().ledger_write(&tenant, &person, ledger, before).unwrap();
        self.latest = Some(first.item);
        let moved = second.is_some();
        self.earlier = second.map(|put| put.item).or(self.earlier.take());
        moved
    }

    fn read(&self) -> Option<Ledger> {
        let Self { latest, earlier } = self.clone();
        Stored { latest, earlier }.ledger().unwrap()
    }
}

fn now() -> Timestamp {
    entry(0).at
}

proptest! {
    /// Whatever is entered, settled and struck, by writers who read what the one before wrote or still have it.
    #[test]
    fn a_ledger_is_read_as_it_was_written(
        steps in prop::collection::vec((0..4u8, 0..60u32, any::<bool>()), 1..120),
    ) {
        let (mut table, mut ledger) = (Table::default(), Ledger::default());
        for (what, n, reads_again) in steps {
            if reads_again {
                ledger = table.read().expect("both items are of one version");
            }
            let before = ledger.version;
            match what {
                0 | 1 => ledger.enter(message(n), entry(n), now()),
                2 => ledger.settle([(&message(n), (entry(n).at, Outcome::Failed))]),
                _ => ledger.strike(&message(n)),
            }
            table.write(&mut ledger, before);
            let read = table.read().expect("both items are of one version");
            prop_assert_eq!((&read.contacts, read.version), (&ledger.contacts, ledger.version));
        }
    }
}

#[test]
fn the_item_that_each_message_writes_stays_below_1_kb_and_the_other_is_seldom_written() {
    let (mut table, mut ledger, mut moves) = (Table::default(), Ledger::default(), 0);
    for n in 0..500 {
        let before = ledger.version;
        ledger.enter(message(n), entry(n), now());
        moves += u32::from(table.write(&mut ledger, before));
        let bytes: usize =
            table.latest.as_ref().unwrap().iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!(bytes <= 1024, "{bytes}");
    }
    assert_eq!(table.read().unwrap().contacts.len(), 500);
    assert!(moves <= 500 / 15, "{moves}");
}

fn size(value: &aws_sdk_dynamodb::types::AttributeValue) -> usize {
    use aws_sdk_dynamodb::types::AttributeValue as A;
    match value {
        A::S(text) | A::N(text) => text.len(),
        A::B(bytes) => bytes.as_ref().len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn items_of_different_moments_are_no_ledger() {
    let (mut table, mut ledger) = (Table::default(), Ledger::default());
    let mut seen = Vec::new();
    for n in 0..100 {
        let before = ledger.version;
        ledger.enter(message(n), entry(n), now());
        if table.write(&mut ledger, before) {
            seen.push(table.clone());
        }
    }
    let [first, .., last] = &seen[..] else { panic!("moved less than twice") };
    for (latest, earlier) in [(first, last), (last, first)] {
        let mixed = Table { latest: latest.latest.clone(), earlier: earlier.earlier.clone() };
        assert_eq!(mixed.read(), None);
    }
    assert_eq!(Table { earlier: None, ..last.clone() }.read(), None);
}

#[test]
fn of_an_emptied_ledger_nothing_stays_apart() {
    let (mut table, mut ledger) = (Table::default(), Ledger::default());
    for n in 0..60 {
        let before = ledger.version;
        ledger.enter(message(n), entry(n), now());
        table.write(&mut ledger, before);
    }
    let before = ledger.version;
    let mut erased = Ledger { contacts: BTreeMap::new(), version: before + 1, apart: ledger.apart.clone() };
    assert!(table.write(&mut erased, before));
    let second: Earlier<LedgerEntry> = entity(table.earlier.clone().unwrap()).unwrap();
    assert_eq!(second.contacts, BTreeMap::new());
}
