//! Shapes beside the rules they stand for: what a schema allows, its rule takes.

use domain::{
    document, formats,
    formats::Verdict,
    id::{self, ExternalId, Ref},
    money::{Amount, NotNegative},
    shape,
    vocabulary::{KnownSubject, Subject},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    string::string_regex,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().to_value()
}

fn parses<T: std::str::FromStr>(text: &str) -> Verdict {
    text.parse::<T>().map(drop).map_err(|_| format!("{text:?} is none"))
}

/// The shapes, their rules, and texts of which a good part has the shape.
/// A shape's name and schema, the rule that it mirrors, and a pattern of texts to try.
type Mirrored = (&'static str, Value, fn(&str) -> Verdict, &'static str);

fn all() -> Vec<Mirrored> {
    let line = "[ \t\r\n\u{0}\u{7f}\u{85}\u{a0}\u{ad}\u{115f}\u{200b}\u{2028}\u{3164}\u{ffa0}a-zé0-9]{0,12}";
    vec![
        ("line", schema::<shape::Line<10>>(), |text| formats::line(text, 10), line),
        ("text", schema::<shape::Text<10>>(), |text| formats::text(text, 10), line),
        ("file name", schema::<shape::FileName>(), document::file_name, "[ .:/\\\\\"\na-zé]{0,8}"),
        (
            "email",
            schema::<shape::Email>(),
            formats::email,
            "[a-z.+']{0,8}@[a-z-]{0,4}(\\.[a-z0-9-]{0,4}){0,3}",
        ),
        ("push token", schema::<shape::PushToken>(), formats::push_token, "[a-z:~./ -]{0,6}"),
        ("language", schema::<shape::Language>(), formats::language, "[a-zA-Z]{1,3}"),
        ("locale", schema::<shape::Locale>(), formats::locale, "[a-zA-Z]{1,4}(-[a-zA-Z0-9]{0,9}){0,4}"),
        ("currency", schema::<shape::Currency>(), formats::currency, "[a-zA-Z]{2,4}"),
        ("country", schema::<shape::Country>(), formats::country, "[A-Z]{2,3}"),
        (
            "time zone",
            schema::<shape::TimeZone>(),
            formats::time_zone,
            "(US|America|Etc)/[A-Z][a-z]{2,9}(\\+[0-9])?",
        ),
        ("external id", schema::<ExternalId>(), parses::<ExternalId>, "(ext-)?[ /\u{a0}\u{85}a-z]{0,6}"),
        (
            "reference",
            schema::<Ref<id::Person>>(),
            parses::<Ref<id::Person>>,
            "(ext-)?(ext-|BO-|LN-)?[A-Z0-9a-z-]{0,6}",
        ),
        ("subject", schema::<Subject>(), parses::<Subject>, "[a-zA-Z_][a-zA-Z0-9_]{0,70}"),
    ]
}

fn has_shape(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::options().build(schema).expect("a schema")
}

#[test]
fn what_has_a_shape_passes_its_rule() {
    for (name, schema, rule, texts) in all() {
        let shape = has_shape(&schema);
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (strategy, mut fitting) = (string_regex(texts).unwrap(), 0);
        for _ in 0..2_000 {
            let text = strategy.new_tree(&mut runner).unwrap().current();
            if shape.is_valid(&json!(text)) {
                fitting += 1;
                assert_eq!(rule(&text), Ok(()), "{name} {text:?}");
            }
        }
        let is_drawn = fitting > 0 || matches!(name, "time zone");
        assert!(is_drawn, "{name}: none of the texts has the shape");
    }
}

#[test]
fn what_people_write_has_its_shape() {
    for (schema, texts) in [
        (schema::<shape::Line<100>>(), &["Ada", "Zoë Müller", " John", "你好"][..]),
        (schema::<shape::LineOrEmpty<100>>(), &["", "Ada"]),
        (schema::<shape::Text<100>>(), &["one\ntwo", "\n\tHello"]),
        (schema::<shape::Keyword<100>>(), &["payoff", "¿cuánto?", "余额"]),
        (schema::<shape::Email>(), &["john@example.com", "j.o'neil+loans@mail.example.co.uk"]),
        (schema::<shape::Phone>(), &["+13125550142", "+442079460018"]),
        (schema::<shape::Locale>(), &["en-US", "zh-Hant-TW", "th-TH-u-ca-gregory"]),
        (schema::<shape::TimeZone>(), &["America/Chicago", "America/Indiana/Knox", "UTC", "Etc/GMT+5"]),
        (schema::<shape::HttpsUrl>(), &["https://lender.example/hooks", "https://a.lender.example/x/y?z=1"]),
        (schema::<Ref<id::Person>>(), &["ext-john", "BO-1-2", "661f9511-f3ac-52e5-b827-557766551111"]),
        (schema::<Subject>(), &["payment_reminder", "autopayReminder"]),
    ] {
        let shape = has_shape(&schema);
        for text in texts {
            assert!(shape.is_valid(&json!(text)), "{text:?} {schema}");
        }
    }
    let subject = has_shape(&schema::<Subject>());
    for known in KnownSubject::ALL {
        assert!(subject.is_valid(&json!(known.as_str())), "{known:?}");
    }
}

#[test]
fn an_amount_that_has_its_shape_is_read() {
    for (schema, amounts) in [
        (
            schema::<Amount>(),
            [json!("-312.50"), json!(1e-300), json!(-5.5), json!("99999999999999.00000000000001")],
        ),
        (
            schema::<NotNegative>(),
            [json!("0.0725"), json!(0), json!(1.25e-40), json!(99_999_999_999_999_i64)],
        ),
    ] {
        let shape = has_shape(&schema);
        for amount in amounts {
            assert!(shape.is_valid(&amount), "{amount}");
            assert!(serde_json::from_value::<Amount>(amount.clone()).is_ok(), "{amount}");
        }
    }
    assert!(!has_shape(&schema::<NotNegative>()).is_valid(&json!("-1")));
    assert!(!has_shape(&schema::<Amount>()).is_valid(&json!(1e30)));
}

/// Every request made of these members, each with each: what its schema allows, its rule takes. How many both take is the answer.
fn agree(
    schema: &Value,
    members: &[(&str, Vec<Value>)],
    rule: impl Fn(&Value) -> Verdict,
    and_back: impl Fn(&Value) -> bool,
) -> usize {
    let shape = has_shape(schema);
    let count: usize = members.iter().map(|(_, values)| values.len() + 1).product();
    let request = |mut at: usize| {
        let mut request = serde_json::Map::new();
        for (name, values) in members {
            let value = values.get(at % (values.len() + 1));
            at /= values.len() + 1;
            request.extend(value.map(|value| ((*name).to_owned(), value.clone())));
        }
        Value::Object(request)
    };
    let mut taken = 0;
    for request in (0..count).map(request) {
        match (shape.is_valid(&request), rule(&request)) {
            (true, verdict) => {
                taken += 1;
                assert_eq!(verdict, Ok(()), "{request} has the shape");
            }
            (false, Ok(())) if and_back(&request) => panic!("{request} is taken and has not the shape"),
            (false, _) => {}
        }
    }
    taken
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

fn verdict(checked: Result<(), domain::Error>) -> Verdict {
    checked.map_err(|error| format!("{error:?}"))
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<Value> {
    all.iter().map(|one| json!(word(*one))).collect()
}

#[test]
fn a_criterion_that_has_its_shape_can_be_asked() {
    use domain::{
        criterion::{Criterion, Kind, Operator},
        message_search::{FilterCriterion, MessageField, MessageSearch},
        update::Faults,
    };
    let values = [
        json!("FAILED"),
        json!("2026-01-05"),
        json!("2026-01-05T15:00:00Z"),
        json!(7),
        json!("7"),
        json!(0),
        json!(1.5),
        json!(true),
        json!(""),
        json!("x".repeat(256)),
        json!(null),
        json!([1]),
        json!({ "a": 1 }),
    ];
    let some = [json!(7), json!("2026-01-05"), json!(null)];
    let lists = [json!([]), json!(["FAILED"]), json!([1, "2026-01-05"]), json!([""]), json!([null])];
    let operators = words(Operator::ALL, Operator::as_str);
    let fields = words(MessageField::ALL, MessageField::as_str);
    let members = [
        ("operator", operators),
        ("value", values.into()),
        ("secondValue", some.into()),
        ("values", lists.into()),
    ];
    // That the upper end is not the lower one no schema says.
    let is_downwards =
        |request: &Value| request["operator"] == "BETWEEN" && request["value"] != request["secondValue"];
    let any = |request: &Value| {
        let mut faults = Faults::default();
        read::<Criterion>(request)?.check(Kind::Any, &mut faults, "");
        if is_downwards(request) { Ok(()) } else { verdict(faults.none()) }
    };
    let taken = agree(&schema::<Criterion>(), &members, any, |request| !is_downwards(request));
    assert!(taken > 50, "{taken}");
    let of_field = |request: &Value| {
        let search = read::<MessageSearch>(&json!({ "filterCriteria": [request] }))?;
        let mut faults = Faults::default();
        search.check(&mut faults, "");
        if is_downwards(request) { Ok(()) } else { verdict(faults.none()) }
    };
    let members = [&[("field", fields)][..], &members].concat();
    let taken = agree(&schema::<FilterCriterion>(), &members, of_field, |request| !is_downwards(request));
    assert!(taken > 1_000, "{taken}");
}

#[test]
fn a_recorded_interaction_that_has_its_shape_can_be_true() {
    use domain::{
        interaction::NewInteraction,
        vocabulary::{AgentOutcome, Channel, Direction, InteractionStatus, StatusDetails},
    };
    let now = "2026-01-05T15:00:00Z".parse().unwrap();
    let rule = |request: &Value| verdict(read::<NewInteraction>(request)?.check(now));
    let stands = [
        ("channel", words(Channel::ALL, Channel::as_str)),
        ("status", words(InteractionStatus::ALL, InteractionStatus::as_str)),
        ("statusDetails", words(StatusDetails::ALL, StatusDetails::as_str)),
        ("direction", [words(Direction::ALL, Direction::as_str), vec![json!(null)]].concat()),
        ("scheduledAtFrom", vec![json!("2026-01-06")]),
    ];
    assert!(agree(&schema::<NewInteraction>(), &stands, rule, |_| true) > 500);
    let came_of_it = [
        ("channel", vec![json!("voice"), json!("text")]),
        ("status", words(InteractionStatus::ALL, InteractionStatus::as_str)),
        ("agentOutcome", words(AgentOutcome::ALL, AgentOutcome::as_str)),
        ("direction", words(Direction::ALL, Direction::as_str)),
        ("scheduledAtFrom", vec![json!("2026-01-02"), json!(null)]),
        ("endedAt", vec![json!("2026-01-05T15:00:00Z")]),
    ];
    assert!(agree(&schema::<NewInteraction>(), &came_of_it, rule, |_| true) > 100);
    let others = [
        ("channel", vec![json!("voice")]),
        ("status", vec![json!("scheduled"), json!("succeeded")]),
        ("startedAt", vec![json!("2026-01-02"), json!(null)]),
        ("scheduledAtFrom", vec![json!("2026-01-02"), json!(null)]),
        ("scheduledAtTo", vec![json!("2026-01-03"), json!(null)]),
        ("contactId", vec![json!("ext-a"), json!(null)]),
        ("contactExternalId", vec![json!("a"), json!(null)]),
        ("isExternal", vec![json!(true), json!(false), json!(null)]),
        ("purpose", vec![json!("marketing"), json!(null)]),
        ("subject", vec![json!("payoff"), json!(null)]),
    ];
    assert!(agree(&schema::<NewInteraction>(), &others, rule, |_| true) > 500);
}
