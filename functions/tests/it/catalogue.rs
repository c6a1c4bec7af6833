//! The list of functions is told several times: in the catalogue, as bins, in `template.yaml`, in the OpenAPI document. These tests
//! hold them together.

pub use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use functions::{
    catalog::{ALL, Function, Trigger},
    openapi,
};
use platform::queues::Queue;
use serde_json::Value;

use crate::cloudformation::Template;

fn names() -> BTreeSet<&'static str> {
    ALL.iter().map(|function| function.name).collect()
}

/// The routes of a kind of function: name, method, path, whether a credential is asked for.
fn routes() -> BTreeSet<(String, String, String, bool)> {
    ALL.iter()
        .filter_map(|function| match function.trigger {
            Trigger::Api(api) | Trigger::Webhook(api) => Some((
                function.name.to_owned(),
                api.method.to_string(),
                api.path.to_owned(),
                api.role.is_some(),
            )),
            Trigger::Authorizer | Trigger::Queue { .. } | Trigger::Schedule { .. } | Trigger::Invoke(_) => {
                None
            }
        })
        .collect()
}

#[test]
fn no_two_functions_share_a_name_or_a_route() {
    assert_eq!(names().len(), ALL.len());
    let places: BTreeSet<_> = routes().into_iter().map(|(_, method, path, _)| (method, path)).collect();
    assert_eq!(places.len(), routes().len());
}

#[test]
fn every_function_is_a_bin_that_runs_it_and_nothing_else_is_one() {
    let catalog = include_str!("../../src/catalog.rs");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let main = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap().to_owned();
        let constant = main.split_once("functions::serve::run(functions::catalog::");
        let constant = constant.and_then(|(_, rest)| rest.split_once(')')).expect(&name).0;
        assert!(catalog.contains(&format!("{constant} \"{name}\" ")), "{name} runs {constant}");
        files.insert(name);
    }
    assert_eq!(files.iter().map(String::as_str).collect::<BTreeSet<_>>(), names());

    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let this = packages.iter().find(|package| package["name"] == env!("CARGO_PKG_NAME")).unwrap();
    let bins = this["targets"].as_array().unwrap().iter().filter(|target| target["kind"][0] == "bin");
    let bins: BTreeSet<&str> = bins
        .map(|bin| {
            assert_eq!((&bin["test"], &bin["doc"]), (&Value::Bool(false), &Value::Bool(false)), "{bin:#}");
            bin["name"].as_str().unwrap()
        })
        .collect();
    assert_eq!(bins, names());
}

/// What calls a function, as the SAM template can say it.
#[derive(Debug, PartialEq, Eq)]
enum Caller {
    Route { method: String, path: String, credential: bool },
    FunctionUrl,
    Gateway,
    Queue(String),
    Schedule(String),
    Nobody,
}

fn expected(trigger: Trigger) -> Caller {
    match trigger {
        Trigger::Api(api) => Caller::Route {
            method: api.method.to_string(),
            path: api.path.into(),
            credential: api.role.is_some(),
        },
        Trigger::Webhook(_) => Caller::FunctionUrl,
        Trigger::Authorizer => Caller::Gateway,
        Trigger::Queue { queue, .. } => Caller::Queue(queue.name()),
        Trigger::Schedule { every: 60, .. } => Caller::Schedule("rate(1 minute)".into()),
        Trigger::Schedule { every, .. } => Caller::Schedule(format!("rate({} minutes)", every / 60)),
        Trigger::Invoke(_) => Caller::Nobody,
    }
}

#[test]
fn every_function_is_in_the_sam_template_with_what_calls_it() {
    let template = Template::read("template.yaml");
    let mut found = BTreeMap::new();
    for (logical, properties) in template.resources("AWS::Serverless::Function") {
        let name =
            properties["FunctionName"]["Fn::Sub"].as_str().and_then(|name| name.strip_prefix("${Prefix}-"));
        let name = name.expect(logical).to_owned();
        assert_eq!(properties["CodeUri"], format!("target/lambda/{name}/"));
        found.insert(name, called_by(&template, logical, properties));
    }
    let expected = ALL.iter().map(|function| (function.name.to_owned(), expected(function.trigger)));
    assert_eq!(found, expected.collect());
}

fn called_by(template: &Template, logical: &str, properties: &Value) -> Caller {
    if properties["FunctionUrlConfig"]["AuthType"] == "NONE" {
        return Caller::FunctionUrl;
    }
    let auth = &template.resource("Api")["Auth"];
    let default = auth["DefaultAuthorizer"].as_str().unwrap();
    if auth["Authorizers"][default]["FunctionArn"]["Fn::GetAtt"] == format!("{logical}.Arn") {
        return Caller::Gateway;
    }
    let Some(events) = properties["Events"].as_object() else { return Caller::Nobody };
    assert_eq!(events.len(), 1, "{logical}");
    let event = events.values().next().unwrap();
    let given = &event["Properties"];
    match event["Type"].as_str().unwrap() {
        "HttpApi" => {
            assert_eq!(given["ApiId"]["Ref"], "Api", "{logical}");
            Caller::Route {
                method: given["Method"].as_str().unwrap().into(),
                path: given["Path"].as_str().unwrap().into(),
                credential: given["Auth"]["Authorizer"] != "NONE",
            }
        }
        "SQS" => {
            assert_eq!(given["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{logical}");
            let arn = given["Queue"]["Fn::ImportValue"]["Fn::Sub"].as_str().unwrap();
            Caller::Queue(arn.strip_prefix("${Prefix}-").unwrap().strip_suffix("-arn").unwrap().into())
        }
        "Schedule" => Caller::Schedule(given["Schedule"].as_str().unwrap().into()),
        other => panic!("{logical} is called by {other}"),
    }
}

/// A POST that changes something may carry an `Idempotency-Key`, and its answer is then remembered. What a viewer may
/// call is a question, to be answered anew each time.
#[test]
fn what_changes_something_by_post_may_remember_its_answer_and_nothing_else_may() {
    let template = Template::read("template.yaml");
    for (logical, properties) in template.resources("AWS::Serverless::Function") {
        let Caller::Route { method, path, credential: true } = called_by(&template, logical, properties)
        else {
            continue;
        };
        let is_question = ALL.iter().any(|function| match function.trigger {
            Trigger::Api(api) => {
                (api.method.as_str(), api.path) == (&*method, &*path) && api.route().is_question()
            }
            _ => false,
        });
        let policies = properties["Policies"].as_array().into_iter().flatten();
        let remembers = policies.into_iter().any(|policy| policy["Ref"] == "RememberAnswers");
        assert_eq!(remembers, method == "POST" && !is_question, "{logical}");
    }
}

#[test]
fn the_sam_template_imports_what_the_other_templates_export() {
    let exports: BTreeSet<String> = ["infra/storage.yaml", "infra/queues.yaml"]
        .into_iter()
        .flat_map(|file| Template::read(file).exports())
        .collect();
    let imports = Template::read("template.yaml").imports();
    assert!(imports.len() > 5 && imports.is_subset(&exports), "{:?}", imports.difference(&exports));
}

/// As Lambda asks of its event sources: else a message is delivered again while it is still being worked on.
#[test]
fn queues_hide_a_message_six_times_as_long_as_its_consumer_may_take() {
    let (functions, queues) = (Template::read("template.yaml"), Template::read("infra/queues.yaml"));
    for (logical, properties) in functions.resources("AWS::Serverless::Function") {
        let Caller::Queue(name) = called_by(&functions, logical, properties) else { continue };
        let timeout = properties["Timeout"].as_i64().expect(logical);
        let named = format!("${{Prefix}}-{name}");
        let queue =
            queues.resources("AWS::SQS::Queue").find(|(_, queue)| queue["QueueName"]["Fn::Sub"] == named);
        let (_, queue) = queue.expect(&named);
        assert_eq!(queue["VisibilityTimeout"], timeout * 6, "{name}");
    }
}

#[test]
fn every_route_is_in_the_openapi_document() {
    let document = openapi::document();
    let mut found = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let credential = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
            found.insert((id.to_owned(), method.to_ascii_uppercase(), path.clone(), credential));
        }
    }
    assert_eq!(found, routes());
}

#[test]
fn every_queue_has_its_variable_its_alarm_and_one_consumer() {
    let (functions, queues) = (Template::read("template.yaml"), Template::read("infra/queues.yaml"));
    let exports = queues.exports();
    let alarms = Template::read("infra/alarms.yaml");
    let watched: BTreeSet<&str> = alarms
        .resources("AWS::CloudWatch::Alarm")
        .filter_map(|(_, alarm)| alarm["Dimensions"][0]["Value"]["Fn::Sub"].as_str())
        .collect();
    for queue in Queue::ALL {
        let url = format!("${{Prefix}}-{}-url", queue.name());
        let variable = queue.variable();
        let imported =
            functions.environment().get(&variable).map(|value| &value["Fn::ImportValue"]["Fn::Sub"]);
        assert_eq!(imported.and_then(Value::as_str), Some(&*url), "{variable}");
        assert!(exports.contains(&url), "{url}");
        assert!(watched.contains(&*format!("${{Prefix}}-{}-dead", queue.name())), "{}", queue.name());
        let consumes = |function: &&Function| matches!(function.trigger, Trigger::Queue { queue: of, .. } if of == queue);
        assert_eq!(ALL.iter().filter(consumes).count(), 1, "{}", queue.name());
    }
}
