//! Searches for communication messages (003): criteria and order.

use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    criterion::{self, Criterion, Kind, MOST_VALUES, Operator},
    id::{self, Id},
    interaction::EventKeys,
    shape,
    tenant::TenantId,
    update::Faults,
    vocabulary::{Event, FailureReason, MessageState, MessageType, WaitingReason, vocabulary},
};

vocabulary! {
    /// A member of a communication message.
    MessageField {
        Body "body",
        ClientKey "clientKey",
        CreationDate "creationDate",
        DepositAccountKey "depositAccountKey",
        Destination "destination",
        EncodedKey "encodedKey",
        Event "event",
        FailureCause "failureCause",
        FailureReason "failureReason",
        GroupKey "groupKey",
        LoanAccountKey "loanAccountKey",
        NumRetries "numRetries",
        ReferenceId "referenceId",
        RepaymentKey "repaymentKey",
        SendDate "sendDate",
        SenderKey "senderKey",
        State "state",
        Subject "subject",
        TemplateKey "templateKey",
        Type "type",
        UserKey "userKey",
        /// Beside the document's.
        WaitingReason "waitingReason",
    }
}

/// The words of a vocabulary.
macro_rules! words {
    ($name:ident) => {{
        const WORDS: &[&str] = &{
            let mut words = [""; $name::ALL.len()];
            let mut at = 0;
            while at < words.len() {
                words[at] = $name::ALL[at].as_str();
                at += 1;
            }
            words
        };
        WORDS
    }};
}

impl MessageField {
    /// Whether what it is equal to says where to look.
    const fn is_key(self) -> bool {
        matches!(self, Self::EncodedKey | Self::ClientKey)
    }

    /// What kind of value it has.
    pub const fn kind(self) -> Kind {
        match self {
            Self::CreationDate | Self::SendDate => Kind::Time,
            Self::NumRetries => Kind::Number,
            Self::Event => Kind::Word(words!(Event)),
            Self::FailureReason => Kind::Word(words!(FailureReason)),
            Self::State => Kind::Word(words!(MessageState)),
            Self::Type => Kind::Word(words!(MessageType)),
            Self::WaitingReason => Kind::Word(words!(WaitingReason)),
            Self::Body
            | Self::ClientKey
            | Self::DepositAccountKey
            | Self::Destination
            | Self::EncodedKey
            | Self::FailureCause
            | Self::GroupKey
            | Self::LoanAccountKey
            | Self::ReferenceId
            | Self::RepaymentKey
            | Self::SenderKey
            | Self::Subject
            | Self::TemplateKey
            | Self::UserKey => Kind::Text,
        }
    }
}

/// What is asked of one field.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct FilterCriterion {
    /// The field of the message that is compared.
    pub field: MessageField,
    /// The operator that compares the value.
    pub operator: Operator,
    /// The value to compare with.
    #[serde(default)]
    pub value: Option<Value>,
    /// The upper end of BETWEEN.
    #[serde(default)]
    pub second_value: Option<Value>,
    /// The choices of IN, 1 to 100.
    #[serde(default)]
    #[schemars(length(max = MOST_VALUES))]
    pub values: Vec<Value>,
}

/// What schemas say of the members together.
fn conditions(schema: &mut Schema) {
    let mut by_kind: Vec<(Kind, Vec<&str>)> = Vec::new();
    for field in MessageField::ALL {
        match by_kind.iter_mut().find(|(kind, _)| *kind == field.kind()) {
            Some((_, fields)) => fields.push(field.as_str()),
            None => by_kind.push((field.kind(), vec![field.as_str()])),
        }
    }
    criterion::schema::of_fields(schema, &by_kind);
    let keys = MessageField::ALL.iter().filter(|field| field.is_key()).map(|field| field.as_str());
    shape::hold_also(schema, criterion::schema::is_a_key(&keys.collect::<Vec<_>>()));
}

impl FilterCriterion {
    fn criterion(&self) -> Criterion {
        Criterion {
            operator: self.operator,
            value: self.value.clone(),
            second_value: self.second_value.clone(),
            values: self.values.clone(),
        }
    }

    /// Notes what is no key, if one is asked for that says where to look.
    fn check_key(&self, faults: &mut Faults, place: &str) {
        use Operator as O;
        if self.field.is_key() && matches!(self.operator, O::Equals | O::EqualsCaseSensitive | O::In) {
            let value = self.value.iter().map(|value| (format!("{place}/value"), value));
            let values = self.values.iter().enumerate();
            let values = values.map(|(at, value)| (format!("{place}/values/{at}"), value));
            for (place, value) in value.chain(values) {
                faults.expect(value.is_string(), &place, "must be a key, which is a text");
            }
        }
    }

    fn holds(&self, message: &Map<String, Value>, tenant: &TenantId, now: &Zoned) -> bool {
        let (found, asked) = (message.get(self.field.as_str()), self.criterion());
        if !self.compares_people() {
            return asked.holds(found, now);
        }
        let person = |value: &Value| {
            let named = value.as_str().and_then(EventKeys::person);
            named.map_or_else(|| value.clone(), |named| named.resolve(tenant.as_str()).as_str().into())
        };
        let asked = Criterion {
            value: asked.value.as_ref().map(person),
            values: asked.values.iter().map(person).collect(),
            ..asked
        };
        asked.holds(found.map(person).as_ref(), now)
    }

    /// Whether it asks who somebody is, rather than how a key is written: a person has several.
    fn compares_people(&self) -> bool {
        use MessageField as F;
        use Operator as O;
        matches!(self.field, F::ClientKey | F::GroupKey | F::UserKey)
            && matches!(self.operator, O::Equals | O::EqualsCaseSensitive | O::DifferentThan | O::In)
    }
}

vocabulary! {
    /// The direction of a sorted list.
    Order {
        Ascending "ASC",
        Descending "DESC",
    }
}

/// In what order messages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SortingCriteria {
    /// The field of the message to sort by.
    pub field: MessageField,
    /// In which direction; ASC by default.
    #[serde(default = "ascending")]
    pub order: Order,
}

fn ascending() -> Order {
    Order::Ascending
}

/// The criteria that messages are searched by.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageSearch {
    /// What must hold, all of it; up to 20.
    #[schemars(length(max = Self::MOST))]
    pub filter_criteria: Vec<FilterCriterion>,
    /// In what order; the newest first by default.
    pub sorting_criteria: Option<SortingCriteria>,
}

impl MessageSearch {
    /// The most criteria of one search.
    pub const MOST: usize = 20;

    /// Notes what cannot be asked; `within` is the place of the criteria.
    pub fn check(&self, faults: &mut Faults, within: &str) {
        let count = self.filter_criteria.len();
        let message = format!("must have at most {} criteria; {count} were sent", Self::MOST);
        faults.expect(count <= Self::MOST, within, &message);
        for (at, one) in self.filter_criteria.iter().enumerate().take(Self::MOST) {
            let place = format!("{within}/{at}");
            one.criterion().check(one.field.kind(), faults, &place);
            one.check_key(faults, &place);
        }
    }

    /// Whether a tenant's message, shown as 003 has it, is asked for.
    pub fn holds(&self, message: &Map<String, Value>, tenant: &TenantId, now: &Zoned) -> bool {
        self.filter_criteria.iter().all(|one| one.holds(message, tenant, now))
    }

    /// The keys that alone can be meant, if they are named.
    pub fn keys(&self) -> Option<Vec<String>> {
        self.named(MessageField::EncodedKey)
    }

    /// The clients that alone can be meant, if they are named, each once; `None` also if one is named as nobody can be.
    pub fn clients(&self, tenant: &TenantId) -> Option<BTreeSet<Id<id::Person>>> {
        let named = self.named(MessageField::ClientKey)?;
        named.iter().map(|key| Some(EventKeys::person(key)?.resolve(tenant.as_str()))).collect()
    }

    fn named(&self, field: MessageField) -> Option<Vec<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.filter_criteria.iter().filter(|one| one.field == field).find_map(|one| match one.operator {
            Operator::Equals | Operator::EqualsCaseSensitive => one.value.iter().map(text).collect(),
            Operator::In => one.values.iter().map(text).collect(),
            _ => None,
        })
    }

    /// When the messages that can be meant were created, from the first instant to the last; `None` for no bound.
    pub fn span(&self, now: &Zoned) -> (Option<Timestamp>, Option<Timestamp>) {
        let created = self.filter_criteria.iter().filter(|one| one.field == MessageField::CreationDate);
        created.map(|one| one.criterion().span(now)).fold((None, None), |(from, to), (later, earlier)| {
            (from.max(later), to.into_iter().chain(earlier).min())
        })
    }

    /// Puts messages in order: by the field, if that is the same or absent by their creation.
    pub fn sort(&self, messages: &mut [Map<String, Value>]) {
        let Some(SortingCriteria { field, order }) = self.sorting_criteria else { return };
        let value = |message: &Map<String, Value>| message.get(field.as_str()).cloned();
        messages.sort_by(|one, other| {
            let compared = match (value(one), value(other)) {
                (Some(Value::Number(one)), Some(Value::Number(other))) => {
                    one.as_f64().unwrap_or_default().total_cmp(&other.as_f64().unwrap_or_default())
                }
                (Some(Value::String(one)), Some(Value::String(other))) if field.kind() == Kind::Time => {
                    one.parse::<Timestamp>().ok().cmp(&other.parse::<Timestamp>().ok())
                }
                (Some(Value::String(one)), Some(Value::String(other))) => {
                    one.to_lowercase().cmp(&other.to_lowercase())
                }
                // What has no value comes last, whichever the direction.
                (Some(_), None) => return std::cmp::Ordering::Less,
                (None, Some(_)) => return std::cmp::Ordering::Greater,
                _ => std::cmp::Ordering::Equal,
            };
            match order {
                Order::Ascending => compared,
                Order::Descending => compared.reverse(),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn now() -> Zoned {
        "2026-01-07T12:00:00-06:00[America/Chicago]".parse().unwrap()
    }

    fn search(criteria: Value) -> MessageSearch {
        serde_json::from_value(json!({ "filterCriteria": criteria })).unwrap()
    }

    fn message(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn all_criteria_must_hold() {
        let asked = search(json!([
            { "field": "state", "operator": "IN", "values": ["FAILED", "WAITING"] },
            { "field": "numRetries", "operator": "MORE_THAN", "value": 1 },
            { "field": "creationDate", "operator": "LAST_DAYS", "value": 7 },
        ]));
        let mut faults = Faults::default();
        asked.check(&mut faults, "");
        assert!(faults.none().is_ok());
        let good = json!({ "state": "FAILED", "numRetries": 2, "creationDate": "2026-01-05T15:00:00Z" });
        assert!(asked.holds(&message(good.clone()), &"demo".parse().unwrap(), &now()));
        for (field, value) in [
            ("state", json!("SENT")),
            ("numRetries", json!(1)),
            ("creationDate", json!("2025-12-05T15:00:00Z")),
        ] {
            let mut other = good.clone();
            other[field] = value;
            assert!(!asked.holds(&message(other), &"demo".parse().unwrap(), &now()), "{field}");
        }
    }

    #[test]
    fn a_search_says_where_to_look() {
        let asked = search(json!([
            { "field": "creationDate", "operator": "AFTER", "value": "2026-01-05T00:00:00Z" },
            { "field": "creationDate", "operator": "BEFORE", "value": "2026-01-06T00:00:00Z" },
            { "field": "clientKey", "operator": "EQUALS", "value": "john" },
            { "field": "encodedKey", "operator": "IN", "values": ["IN-1-1", "IN-1-2"] },
        ]));
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(asked.span(&now()), (at("2026-01-05T00:00:00Z"), at("2026-01-06T00:00:00Z")));
        let tenant = "demo".parse().unwrap();
        let john = Id::external("demo", "john");
        assert_eq!(asked.clients(&tenant), Some(BTreeSet::from([john.clone()])));
        let both =
            json!([{ "field": "clientKey", "operator": "IN", "values": ["john", "maria", "ext-john"] }]);
        let maria = Id::external("demo", "maria");
        assert_eq!(search(both).clients(&tenant), Some(BTreeSet::from([john, maria])));
        assert_eq!(asked.keys(), Some(vec!["IN-1-1".to_owned(), "IN-1-2".to_owned()]));
        assert_eq!(search(json!([])).span(&now()), (None, None));
        assert_eq!(
            search(json!([{ "field": "clientKey", "operator": "STARTS_WITH", "value": "j" }]))
                .clients(&tenant),
            None
        );
    }

    proptest! {
        #[test]
        fn what_a_search_by_time_means_lies_within_its_span(
            operator in proptest::sample::select(&[
                "EQUALS", "MORE_THAN", "LESS_THAN", "BETWEEN", "ON", "AFTER", "AFTER_INCLUSIVE", "BEFORE", "BEFORE_INCLUSIVE", "IN",
            ][..]),
            field in proptest::sample::select(&["creationDate", "sendDate"][..]),
            shown in 0..=1_000_000_000_000i64,
            apart in proptest::sample::select(&[-1_000_000i64, -1_000, -1, 0, 1, 1_000, 1_000_000][..]),
        ) {
            let at = |nanoseconds: i64| {
                Timestamp::from_nanosecond(1_767_600_000_000_000_000 + i128::from(nanoseconds)).unwrap()
            };
            let (found, asked) = (at(shown), at(shown + apart));
            let mut criterion = json!({ "field": field, "operator": operator });
            match operator {
                "IN" => criterion["values"] = json!([asked]),
                "BETWEEN" => (criterion["value"], criterion["secondValue"]) = (json!(at(shown - 5)), json!(asked)),
                _ => criterion["value"] = json!(asked),
            }
            let search = search(json!([criterion]));
            let holds = search.holds(&message(json!({ field: found })), &"demo".parse().unwrap(), &now());
            let expected = match operator {
                "EQUALS" | "IN" => apart == 0,
                "MORE_THAN" | "AFTER" => apart < 0,
                "LESS_THAN" | "BEFORE" => apart > 0,
                "AFTER_INCLUSIVE" => apart <= 0,
                "BEFORE_INCLUSIVE" | "BETWEEN" => apart >= 0,
                _ => found.to_zoned(now().time_zone().clone()).date() == asked.to_zoned(now().time_zone().clone()).date(),
            };
            prop_assert_eq!(holds, expected, "{} {} {}", found, operator, asked);
            let (from, to) = search.span(&now());
            let lies = from.is_none_or(|from| from <= found) && to.is_none_or(|to| found <= to);
            prop_assert!(lies || !holds || field == "sendDate", "{} {} {}", found, operator, asked);
        }
    }

    #[test]
    fn a_key_is_a_text() {
        for field in ["encodedKey", "clientKey"] {
            for (criterion, wrong) in [
                (json!({ "operator": "IN", "values": ["IN-1-1", 5] }), Some("/0/values/1")),
                (json!({ "operator": "IN", "values": ["IN-1-1", "5"] }), None),
                (json!({ "operator": "EQUALS", "value": 5 }), Some("/0/value")),
                (json!({ "operator": "EQUALS", "value": "5" }), None),
                (json!({ "operator": "DIFFERENT_THAN", "value": 5 }), None),
            ] {
                let mut asked = criterion.clone();
                asked["field"] = json!(field);
                let mut faults = Faults::default();
                search(json!([asked])).check(&mut faults, "");
                let found = match faults.none() {
                    Ok(()) => None,
                    Err(crate::Error::Invalid(faults)) => Some(faults[0].pointer.clone()),
                    Err(other) => panic!("{other}"),
                };
                assert_eq!(found.as_deref(), wrong, "{field} {criterion}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_time_there_is_may_be_asked_about(
            operator in proptest::sample::select(Operator::ALL),
            first in 0..EXTREMES.len(),
            second in 0..EXTREMES.len(),
            shown in 0..EXTREMES.len(),
        ) {
            use Operator as O;
            let (mut one, two) = (EXTREMES[first.min(second)], EXTREMES[first.max(second)]);
            let mut criterion = json!({ "field": "creationDate", "operator": operator });
            match operator {
                O::Between => (criterion["value"], criterion["secondValue"]) = (json!(one), json!(two)),
                O::In => criterion["values"] = json!([one, two]),
                O::LastDays => criterion["value"] = json!(3_660),
                O::Today | O::ThisWeek | O::ThisMonth | O::ThisYear | O::Empty | O::NotEmpty => one = "",
                _ => criterion["value"] = json!(one),
            }
            let search = search(json!([criterion]));
            let found = EXTREMES[shown].parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
            let shown = message(json!({ "creationDate": found }));
            for zone in ["America/Chicago", "Pacific/Kiritimati", "UTC"] {
                let now = now().in_tz(zone).unwrap();
                let holds = search.holds(&shown, &"demo".parse().unwrap(), &now);
                let (from, to) = search.span(&now);
                let lies = from.is_none_or(|from| from <= found) && to.is_none_or(|to| found <= to);
                prop_assert!(lies || !holds, "{} {} {} {}: {:?} {:?}", found, operator, one, two, from, to);
            }
        }
    }

    /// The first and the last instants and days there are, in their order, and those next to them.
    const EXTREMES: &[&str] = &[
        "-009999-01-01",
        "-009999-01-02",
        "-009999-01-02T01:59:59Z",
        "-009999-01-02T02:00:00Z",
        "-009999-01-03",
        "0000-01-01",
        "1970-01-01T00:00:00Z",
        "2026-01-07",
        "9999-12-30T00:00:00Z",
        "9999-12-30T22:00:00.999999999Z",
        "9999-12-30",
        "9999-12-31",
    ];

    #[test]
    fn whoever_is_named_is_meant_by_whichever_name() {
        let john: Id<id::Person> = Id::external("demo", "john");
        let names = ["john".to_owned(), "ext-john".to_owned(), john.to_string()];
        for field in ["clientKey", "groupKey", "userKey"] {
            for shown in &names {
                let shown = message(json!({ field: shown }));
                let holds = |criterion: Value| {
                    search(json!([criterion])).holds(&shown, &"demo".parse().unwrap(), &now())
                };
                for asked in &names {
                    for operator in ["EQUALS", "EQUALS_CASE_SENSITIVE"] {
                        assert!(
                            holds(json!({ "field": field, "operator": operator, "value": asked })),
                            "{asked}"
                        );
                    }
                    assert!(
                        holds(json!({ "field": field, "operator": "IN", "values": ["jane", asked] })),
                        "{asked}"
                    );
                    assert!(
                        !holds(json!({ "field": field, "operator": "DIFFERENT_THAN", "value": asked })),
                        "{asked}"
                    );
                }
                for other in ["JOHN", "jane", "what no id can be: #"] {
                    assert!(
                        !holds(json!({ "field": field, "operator": "EQUALS", "value": other })),
                        "{other}"
                    );
                    assert!(
                        holds(json!({ "field": field, "operator": "DIFFERENT_THAN", "value": other })),
                        "{other}"
                    );
                }
            }
            let nobody = message(json!({ field: "what no id can be: #" }));
            let same = json!([{ "field": field, "operator": "EQUALS", "value": "what no id can be: #" }]);
            assert!(search(same).holds(&nobody, &"demo".parse().unwrap(), &now()));
        }
        let words = json!([{ "field": "clientKey", "operator": "STARTS_WITH", "value": "ext-" }]);
        assert!(search(words.clone()).holds(
            &message(json!({ "clientKey": "ext-john" })),
            &"demo".parse().unwrap(),
            &now()
        ));
        assert!(!search(words).holds(
            &message(json!({ "clientKey": "john" })),
            &"demo".parse().unwrap(),
            &now()
        ));
    }

    #[test]
    fn messages_are_sorted_by_any_field_what_lacks_it_last() {
        let sorted = |field: &str, order: &str| {
            let asked: MessageSearch =
                serde_json::from_value(json!({ "sortingCriteria": { "field": field, "order": order } }))
                    .unwrap();
            let mut all: Vec<_> = [
                json!({ "encodedKey": "a", "subject": "beta", "numRetries": 10, "sendDate": "2026-01-05T16:00:00Z" }),
                json!({ "encodedKey": "b", "subject": "Alpha", "numRetries": 9, "sendDate": "2026-01-05T11:00:00-06:00" }),
                json!({ "encodedKey": "c" }),
            ]
            .into_iter()
            .map(message)
            .collect();
            asked.sort(&mut all);
            all.iter().map(|one| one["encodedKey"].as_str().unwrap().to_owned()).collect::<String>()
        };
        for (field, ascending, descending) in
            [("subject", "bac", "abc"), ("numRetries", "bac", "abc"), ("sendDate", "abc", "bac")]
        {
            assert_eq!(
                (sorted(field, "ASC"), sorted(field, "DESC")),
                (ascending.into(), descending.into()),
                "{field}"
            );
        }
    }
}
