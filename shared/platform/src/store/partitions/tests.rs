use domain::{
    account::Account,
    id::{self, Id},
    interaction::Notice,
    person::BookAddress,
};

use super::*;
use crate::store::keys;

fn address() -> BookAddress {
    BookAddress::email("john@example.com").unwrap()
}

fn account() -> Account {
    serde_json::from_str(r#""ses""#).unwrap()
}

/// A key of each kind, as the store makes them.
fn items() -> Vec<(Items, String)> {
    let tenant = "acme".parse().unwrap();
    fn any<K: id::Kind>() -> Id<K> {
        Id::new(1, [7; 10])
    }
    vec![
        (Items::Tenants, keys::tenant(&tenant).pk),
        (Items::Tenants, keys::subjects(&tenant).pk),
        (Items::WebhookEndpoints, keys::webhook_endpoints(&tenant).pk),
        (Items::NotificationRules, keys::notification_rules(&tenant).pk),
        (Items::Occurrences, keys::occurrence(&tenant, "1").pk),
        (Items::EventSubscriptions, keys::event_subscriptions(&tenant).pk),
        (Items::EventCursors, keys::event_cursor(&tenant, &any()).pk),
        (Items::EventLog, keys::event_page(&tenant, 7).pk),
        (Items::EventLog, keys::event_base(&tenant).pk),
        (Items::Counts, keys::hour(&tenant, jiff::Timestamp::UNIX_EPOCH).pk),
        (Items::Counts, keys::counted(&tenant, jiff::Timestamp::UNIX_EPOCH, "00ff").pk),
        (Items::Redrives, keys::redrive(&tenant, "settlements.1").pk),
        (Items::RuleChanges, keys::rule_change(&tenant, jiff::Timestamp::UNIX_EPOCH, "1-0").pk),
        (Items::RuleChanges, keys::sign_off(&tenant, jiff::Timestamp::UNIX_EPOCH, "1-0").pk),
        (Items::People, keys::person(&tenant, &any()).pk),
        (Items::People, keys::ledger(&tenant, &any()).pk),
        (Items::Erasures, keys::erasure(&tenant, jiff::Timestamp::UNIX_EPOCH, &any()).pk),
        (Items::AddressBook, keys::listing(&tenant, &address(), &any()).pk),
        (Items::Statements, keys::statement(&tenant, &any()).pk),
        (Items::Documents, keys::document(&tenant, &any()).pk),
        (Items::Interactions, keys::interaction(&tenant, &any()).pk),
        (Items::Templates, keys::descriptor(&tenant, &any()).pk),
        (Items::Versions, keys::version(&tenant, &any()).pk),
        (Items::SharedTemplates, keys::shared_templates(&tenant).pk),
        (Items::Batches, keys::batch(&tenant, &any()).pk),
        (Items::Batches, keys::chunk(&tenant, &any(), 0).pk),
        (Items::Operations, keys::operation(&tenant, &any()).pk),
        (Items::Tasks, keys::task(&tenant, &any()).pk),
        (Items::Usage, keys::usage(Some(&tenant), "codes", "BO-1-2").pk),
        (Items::Usage, keys::usage(None, "sign-in", "192.0.2.1").pk),
        (Items::Codes, keys::code(&tenant, &any(), &address()).pk),
        (Items::Replies, keys::replies(&tenant, &address()).pk),
        (Items::Circuits, keys::circuit(&tenant, &account()).pk),
        (Items::Rates, keys::rate(Some(&tenant), &account()).pk),
        (Items::Rates, keys::rate(None, &account()).pk),
        (Items::Answers, keys::answer(&tenant, "00ff").pk),
        (Items::ApiKeys, keys::api_key("00ff").pk),
        (Items::Sessions, keys::session("00ff").pk),
        (Items::Issuers, keys::issuer("https://id.example").pk),
        (Items::Origins, keys::origin("https://app.acme.example", &tenant).pk),
    ]
}

#[test]
fn every_key_is_of_one_kind() {
    for (kind, key) in items() {
        let matching: Vec<_> = Items::ALL.into_iter().filter(|items| items.pattern().matches(&key)).collect();
        assert_eq!(matching, [kind], "{key}");
    }
    let shown: Vec<_> = items().into_iter().map(|(kind, _)| kind).collect();
    assert!(Items::ALL.iter().all(|kind| shown.contains(kind)), "a kind without a key here");
}

/// A tenant's day is the one list whose index holds nothing else, so that it need not tell itself from others.
#[test]
fn every_list_is_of_one_kind() {
    let tenant = "acme".parse().unwrap();
    let (person, descriptor) = (Id::new(1, [7; 10]), Id::new(1, [7; 10]));
    let shown = [
        (List::People, keys::of_tenant(&tenant, "PEOPLE")),
        (List::Erasures, keys::of_tenant(&tenant, "ERASED-PEOPLE")),
        (List::Interactions, keys::of_person(&tenant, &person)),
        (List::InteractionsOfDay, keys::day_shard(&tenant, jiff::civil::date(2026, 1, 5), "IN-1")),
        (List::UnboundInteractions, keys::unbound(&tenant)),
        (List::InteractionByReference, keys::reference(&tenant, "ses", "0100018f")),
        (List::Notices, keys::notices(&tenant, &person, Notice::Unread)),
        (List::Batches, keys::of_tenant(&tenant, "BATCHES")),
        (List::Tasks, keys::of_tenant(&tenant, "TASKS")),
        (List::TasksByStatus, keys::tasks(&tenant, domain::task::TaskStatus::Open)),
        (List::Templates, keys::of_tenant(&tenant, "TEMPLATES")),
        (
            List::Candidates,
            keys::selection(&tenant, &"paymentReminder".parse().unwrap(), domain::vocabulary::Channel::Email),
        ),
        (List::Versions, keys::of_tenant(&tenant, "VERSIONS")),
        (List::VersionsOfTemplate, keys::of_descriptor(&tenant, &descriptor)),
        (List::Statements, keys::kept_for(&tenant, &person, "STATEMENTS")),
        (List::Documents, keys::kept_for(&tenant, &person, "DOCUMENTS")),
        (List::ApiKeys, keys::of_tenant(&tenant, "APIKEYS")),
        (List::RuleChanges, keys::of_tenant(&tenant, "RULE-CHANGES")),
        (List::SignOffs, keys::of_tenant(&tenant, "SIGN-OFFS")),
        (List::Redrives, keys::of_tenant(&tenant, "REDRIVES")),
        (List::Circuits, keys::of_tenant(&tenant, "CIRCUITS")),
        (List::Due, keys::due_partition(7)),
    ];
    for (list, partition) in &shown {
        let same_index = List::ALL.into_iter().filter(|other| other.index() == list.index());
        let matching: Vec<_> = same_index.filter(|other| other.pattern().matches(partition)).collect();
        assert_eq!(matching, [*list], "{partition}");
    }
    assert_eq!(shown.map(|(list, _)| list), List::ALL);
}

#[test]
fn no_address_stands_in_a_key() {
    let key = keys::listing(&"acme".parse().unwrap(), &address(), &Id::new(1, [7; 10]));
    assert!(!format!("{key:?}").contains("john"), "{key:?}");
}

#[test]
fn a_star_stands_for_any_characters() {
    for (text, pattern, fits) in [
        ("T#acme", "T#acme", true),
        ("T#acme", "T#*", true),
        ("T#acme#BO-1", "T#*#BO-*", true),
        ("T#acme#BO-1#DOCUMENTS", "T#*#BO-*#DOCUMENTS", true),
        ("T#acme#BO-1#DOCUMENTS", "T#*#BO-*#STATEMENTS", false),
        ("T#", "T#*", true),
        ("", "*", true),
        ("T#acmé", "*é", true),
        ("DUE#07", "T#*", false),
    ] {
        assert_eq!(looks_like(text, pattern), fits, "{text} {pattern}");
    }
}
