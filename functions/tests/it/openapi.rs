//! The document as its readers rely on it: current, whole, and with examples that are true.

use std::collections::BTreeSet;

use functions::openapi::document;
use platform::http::problem;
use serde_json::{Value, json};

/// Every operation with the name of its function.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    operations.map(|operation| (operation["operationId"].as_str().unwrap(), operation))
}

/// Asserts that `example` is what `schema` of the document says.
fn fits(document: &Value, schema: &Value, example: &Value, what: &str) {
    let schema = json!({ "allOf": [schema], "components": document["components"] });
    let validator =
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).expect(what);
    let faults: Vec<_> =
        validator.iter_errors(example).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

#[test]
fn the_document_is_current() {
    let checked_in: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    assert!(checked_in == document(), "docs/openapi.json is out of date: run `make openapi`");
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = document();
    for (name, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap().iter();
        let bodies = responses.map(|(status, response)| (format!("{name} {status}"), response));
        for (what, body) in bodies.chain([(format!("{name} request"), &operation["requestBody"])]) {
            let media = &body["content"]["application/json"];
            if !media.is_null() {
                fits(&document, &media["schema"], &media["example"], &what);
            }
        }
    }
}

#[test]
fn every_problem_example_is_what_the_code_answers_and_what_the_schema_says() {
    let document = document();
    for (name, response) in document["components"]["responses"].as_object().unwrap() {
        let media = &response["content"]["application/problem+json"];
        for (slug, example) in media["examples"].as_object().unwrap() {
            fits(&document, &media["schema"], &example["value"], &format!("{name} {slug}"));
            assert_eq!(example["value"]["type"], format!("{}{slug}", problem::TYPE));
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn visit(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(to) = members.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                members.values().for_each(|member| visit(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| visit(document, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = document();
    visit(&document, &document);
}

#[test]
fn a_path_parameter_says_what_it_names() {
    let document = document();
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let is_named = parameter["in"] != "path" || parameter["schema"]["$ref"].is_string();
            assert!(is_named, "{name}: {parameter}; add its collection to `schema_of_one`");
        }
    }
}

#[test]
fn two_types_never_share_a_name_and_no_description_speaks_rust() {
    let document = document();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!name.ends_with(|last: char| last.is_ascii_digit()), "{name}: rename one of the types");
    }
    for rust in ["[`", "`]", "Self::", "crate::"] {
        assert!(!document.to_string().contains(rust), "{rust}");
    }
}

#[test]
fn every_description_says_more_than_a_name() {
    fn visit(name: &str, value: &Value, short: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(text) = members.get("description").and_then(Value::as_str) {
                    let letters =
                        |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
                    let is_name = letters(text).trim_start_matches("the") == letters(name);
                    if text.split_whitespace().count() < 3 || is_name {
                        short.push(format!("{name}: {text}"));
                    }
                }
                let all = members.iter().filter(|(name, _)| *name != "example" && *name != "examples");
                all.for_each(|(name, value)| visit(name, value, short));
            }
            Value::Array(values) => values.iter().for_each(|value| visit(name, value, short)),
            _ => {}
        }
    }
    let mut short = Vec::new();
    visit("", &document(), &mut short);
    assert!(short.is_empty(), "{short:#?}");
}

#[test]
fn a_type_read_otherwise_than_written_stands_twice() {
    let schemas = &document()["components"]["schemas"];
    let required = |name: &str| schemas[name]["required"].as_array().map_or(0, Vec::len);
    assert_eq!((required("SettingsInput"), required("Settings")), (0, 14));
    assert_eq!(schemas["AmountInput"]["type"], json!(["string", "number"]));
    assert_eq!(schemas["Amount"]["type"], json!(["string"]));
}

#[test]
fn what_is_done_once_for_each_idempotency_key_takes_one() {
    let document = document();
    let takes_key = |name: &str| {
        let (_, operation) = operations(&document).find(|(id, _)| *id == name).unwrap();
        operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|p| p["$ref"] == "#/components/parameters/IdempotencyKey")
    };
    assert!(takes_key("communications-send") && takes_key("people-create") && takes_key("api-keys-create"));
    assert!(!takes_key("communications-preview") && !takes_key("settings-update"));
}

#[test]
fn what_has_a_successor_is_deprecated() {
    let document = document();
    let deprecated: Vec<_> = operations(&document)
        .filter(|(_, operation)| operation["deprecated"] == true)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(deprecated, ["template-versions-list-all"]);
}

#[test]
fn an_enumeration_is_one_list_with_its_descriptions() {
    let role = &document()["components"]["schemas"]["Role"];
    assert_eq!(role["enum"], json!(["viewer", "loan_officer", "admin"]));
    assert!(role["description"].as_str().unwrap().contains("- `viewer`: Reads."));
}

#[test]
fn every_tag_is_described() {
    for tag in document()["tags"].as_array().unwrap() {
        let is_described = tag["description"].as_str().is_some_and(|words| words.ends_with('.'));
        assert!(is_described, "{}: add it to `openapi::tags`", tag["name"]);
    }
}

/// Texts of requests that may be anything, because nothing but what is stored tells what they may be.
const FREE: [&str; 7] = [
    "Enforcement/partOf",
    "LinkToken",
    "RuleId",
    "SettingsInput/branding",
    "SettingsInput/contextOverrides",
    "UnsubscribeForm/List-Unsubscribe",
    "UnsubscribeForm/choice",
];

/// Notes the places of texts in a request of which a schema says nothing but that they are texts.
fn note_unbounded(
    document: &Value,
    schema: &Value,
    place: &str,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    if let Some(to) = schema["$ref"].as_str() {
        let name = to.rsplit('/').next().unwrap().to_owned();
        if seen.insert(name.clone()) {
            note_unbounded(document, document.pointer(&to[1..]).unwrap(), &name, seen, found);
        }
        return;
    }
    let is_text = schema["type"] == "string"
        || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("string")));
    let says = ["enum", "pattern", "format", "maxLength", "const", "anyOf"];
    if is_text && says.iter().all(|word| schema.get(word).is_none()) {
        found.insert(place.to_owned());
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        note_unbounded(document, member, &format!("{place}/{name}"), seen, found);
    }
    for part in ["items", "additionalProperties"].iter().filter_map(|part| schema.get(part)) {
        note_unbounded(document, part, place, seen, found);
    }
    for alternatives in ["anyOf", "oneOf"] {
        for one in schema[alternatives].as_array().into_iter().flatten() {
            note_unbounded(document, one, place, seen, found);
        }
    }
}

#[test]
fn every_text_of_a_request_says_what_it_may_be() {
    let document = document();
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let place = format!("{name} ?{}", parameter["name"]);
            note_unbounded(&document, &parameter["schema"], &place, &mut seen, &mut found);
        }
        for (kind, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            note_unbounded(&document, &media["schema"], &format!("{name} {kind}"), &mut seen, &mut found);
        }
    }
    let unknown: Vec<_> = found.iter().filter(|place| !FREE.iter().any(|free| free == place)).collect();
    assert!(unknown.is_empty(), "give each a type of `domain::shape`: {unknown:#?}");
}

#[test]
fn a_file_has_a_schema_that_generators_of_clients_know() {
    let document = document();
    let (_, upload) = operations(&document).find(|(name, _)| *name == "documents-upload").unwrap();
    let kinds = upload["requestBody"]["content"].as_object().unwrap();
    assert!(kinds.contains_key("application/octet-stream"));
    assert!(kinds.values().all(|media| media["schema"]["format"] == "binary"), "{kinds:?}");
}
