use serde_json::json;

use super::*;

fn now() -> Timestamp {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

fn update(value: Value) -> NotificationRuleUpdate {
    serde_json::from_value(value).unwrap()
}

fn rule(value: Value) -> Result<NotificationRule, Vec<String>> {
    let update = update(value);
    let checked = update.check().and_then(|()| NotificationRule::new(Id::new(1, [1; 10]), &update, now()));
    checked.map_err(|error| match error {
        Error::Invalid(all) => all.into_iter().map(|one| one.pointer).collect(),
        other => panic!("{other}"),
    })
}

#[test]
fn a_rule_that_cannot_make_its_message_is_refused() {
    for (value, faults) in [
        (json!({ "event": "LOAN_APPROVAL", "type": "EMAIL", "templateKey": "ext-welcome" }), vec![]),
        (json!({ "event": "LOAN_APPROVAL", "type": "EVENT_STREAM" }), vec![]),
        (json!({ "event": "LOAN_APPROVAL", "type": "TASK" }), vec![]),
        (
            json!({ "event": "LOAN_APPROVAL", "type": "WEB_HOOK", "url": "https://hooks.example.com/" }),
            vec![],
        ),
        (json!({}), vec!["/event", "/type"]),
        (json!({ "event": "MANUAL", "type": "TASK" }), vec!["/event"]),
        (json!({ "event": "LOAN_APPROVAL", "type": "EMAIL" }), vec!["/templateKey"]),
        (
            json!({ "event": "LOAN_APPROVAL", "type": "SMS", "url": "https://hooks.example.com/" }),
            vec!["/templateKey", "/url"],
        ),
        (json!({ "event": "LOAN_APPROVAL", "type": "WEB_HOOK" }), vec!["/url"]),
        (
            json!({ "event": "LOAN_APPROVAL", "type": "EVENT_STREAM", "templateKey": "ext-a" }),
            vec!["/templateKey"],
        ),
        (json!({ "event": "LOAN_APPROVAL", "type": "TASK", "delayMinutes": 10_081 }), vec!["/delayMinutes"]),
        (
            json!({ "event": "LOAN_APPROVAL", "type": "TASK", "conditions": [{ "path": "", "operator": "IN" }] }),
            vec!["/conditions/0/path", "/conditions/0/values"],
        ),
    ] {
        assert_eq!(rule(value.clone()).err().unwrap_or_default(), faults, "{value}");
    }
}

#[test]
fn a_rule_fires_where_all_its_conditions_hold() {
    let rule = rule(json!({
        "event": "LOAN_REPAYMENT", "type": "TASK",
        "conditions": [
            { "path": "repayment.amount", "operator": "MORE_THAN", "value": 100 },
            { "path": "tags.0", "operator": "EQUALS", "value": "web" },
        ],
    }));
    let rule = rule.unwrap();
    let at = now().to_zoned(jiff::tz::TimeZone::UTC);
    for (context, fires) in [
        (json!({ "repayment": { "amount": "312.50" }, "tags": ["Web", "x"] }), true),
        (json!({ "repayment": { "amount": "99" }, "tags": ["web"] }), false),
        (json!({ "repayment": { "amount": 312.5 } }), false),
        (json!({}), false),
    ] {
        let occurrence = |event: &str| -> Occurrence {
            serde_json::from_value(
                json!({ "event": event, "eventId": "1", "context": context, "takenAt": now() }),
            )
            .unwrap()
        };
        assert_eq!(rule.fires(&occurrence("LOAN_REPAYMENT"), &at), fires, "{context}");
        assert!(!rule.fires(&occurrence("LOAN_REPAYMENT_REVERSAL"), &at));
    }
    assert!(!rule.with(&update(json!({ "enabled": false })), now()).unwrap().enabled);
}

#[test]
fn rules_of_a_lender_are_bounded() {
    let one = rule(json!({ "event": "LOAN_REPAYMENT", "type": "TASK" })).unwrap();
    let mut rules = NotificationRules::default();
    for at in 0..NotificationRules::MOST {
        rules.put(NotificationRule { id: Id::external("demo", &at.to_string()), ..one.clone() }).unwrap();
    }
    let again = NotificationRule { id: Id::external("demo", "0"), ..one.clone() };
    rules.clone().put(again).unwrap();
    assert!(rules.put(one).is_err());
}
