//! The templates against the catalogue and each other, read as CloudFormation reads them.

use std::collections::{BTreeMap, BTreeSet};

use domain::vocabulary::ProviderName;
use functions::catalog::{ALL, Trigger};
use platform::queues::Queue;
use serde_json::{Value, json};

use crate::cloudformation::Template;

/// What calls a function, as the SAM template can say it.
#[derive(Debug, PartialEq, Eq)]
enum Caller {
    /// Method, path, and whether a credential is asked for.
    Routes(BTreeSet<(String, String, bool)>),
    FunctionUrl,
    Gateway,
    Queue(String),
    Changes(BTreeSet<String>),
    Schedule(String),
    Nobody,
}

fn expected(trigger: Trigger) -> Caller {
    match trigger {
        Trigger::Api(routes) => Caller::Routes(
            routes
                .iter()
                .map(|api| (api.method.to_string(), api.path.to_owned(), api.role.is_some()))
                .collect(),
        ),
        Trigger::Webhook(_) => Caller::FunctionUrl,
        Trigger::Authorizer(_) => Caller::Gateway,
        Trigger::Queue { queue, .. } => Caller::Queue(queue.name()),
        Trigger::Changes { of, .. } => Caller::Changes(of.iter().map(|&kind| kind.to_owned()).collect()),
        Trigger::Schedule { every: 60, .. } => Caller::Schedule("rate(1 minute)".into()),
        Trigger::Schedule { every, .. } => Caller::Schedule(format!("rate({} minutes)", every / 60)),
        Trigger::Invoke(_) => Caller::Nobody,
    }
}

#[test]
fn every_function_is_in_the_sam_template_with_what_calls_it() {
    let template = Template::read("template.yaml");
    // By these two each program knows which function it is.
    assert_eq!(template.environment()["FUNCTION_PREFIX"], json!({ "Fn::Sub": "${Prefix}-" }));
    let mut found = BTreeMap::new();
    for (logical, properties) in template.resources("AWS::Serverless::Function") {
        let name =
            properties["FunctionName"]["Fn::Sub"].as_str().and_then(|name| name.strip_prefix("${Prefix}-"));
        let name = name.expect(logical).to_owned();
        let function = ALL.iter().find(|function| function.name == name).expect(&name);
        assert_eq!(properties["CodeUri"], format!("target/lambda/{}/", function.program));
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
    let routes = routes(template, logical);
    if !routes.is_empty() {
        return Caller::Routes(routes);
    }
    let Some(events) = properties["Events"].as_object() else { return Caller::Nobody };
    assert_eq!(events.len(), 1, "{logical}");
    let event = events.values().next().unwrap();
    let given = &event["Properties"];
    match event["Type"].as_str().unwrap() {
        "SQS" => {
            assert_eq!(given["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{logical}");
            let arn = given["Queue"]["Fn::ImportValue"]["Fn::Sub"].as_str().unwrap();
            Caller::Queue(arn.strip_prefix("${Prefix}-").unwrap().strip_suffix("-arn").unwrap().into())
        }
        "DynamoDB" => {
            assert_eq!(given["BisectBatchOnFunctionError"], true, "{logical}");
            let pattern = given["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap();
            let pattern: Value = serde_json::from_str(pattern).unwrap();
            let kinds = pattern["dynamodb"]["NewImage"]["type"]["S"].as_array().unwrap();
            Caller::Changes(kinds.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect())
        }
        "Schedule" => Caller::Schedule(given["Schedule"].as_str().unwrap().into()),
        other => panic!("{logical} is called by {other}"),
    }
}

/// The routes of the API that a function answers, each as the role that may invoke it.
fn routes(template: &Template, logical: &str) -> BTreeSet<(String, String, bool)> {
    let function = format!("/functions/${{{logical}.Arn}}/invocations");
    let paths = template.resource("Api")["DefinitionBody"]["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, route)| (path, method, route))
    });
    let ours = routes.filter(|(_, _, route)| {
        let uri = route["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"].as_str();
        uri.expect("a function").ends_with(&function)
    });
    ours.map(|(path, method, route)| {
        let integration = &route["x-amazon-apigateway-integration"];
        assert_eq!(integration["credentials"]["Fn::GetAtt"], "ApiRole.Arn", "{path}");
        assert_eq!(integration["payloadFormatVersion"], "2.0", "{path}");
        let credential = match route["security"].as_array().map(Vec::as_slice) {
            None => true,
            Some([only]) if only.get("NONE").is_some() => false,
            Some(other) => panic!("{path}: {other:?}"),
        };
        (method.to_ascii_uppercase(), path.clone(), credential)
    })
    .collect()
}

/// A flood of calls that nobody has proven yet must not take the account's runs from whatever sends.
#[test]
fn what_the_public_reaches_at_function_urls_runs_apart_from_the_rest() {
    let template = Template::read("template.yaml");
    let default = &template.parameter("PublicConcurrency")["Default"];
    assert!(default.as_u64().is_some_and(|runs| (1..=50).contains(&runs)), "{default}");
    for (logical, properties) in template.resources("AWS::Serverless::Function") {
        let reserved = &properties["ReservedConcurrentExecutions"];
        match called_by(&template, logical, properties) {
            Caller::FunctionUrl => assert_eq!(reserved["Ref"], "PublicConcurrency", "{logical}"),
            Caller::Routes(_)
            | Caller::Gateway
            | Caller::Queue(_)
            | Caller::Changes(_)
            | Caller::Schedule(_)
            | Caller::Nobody => assert!(reserved.is_null(), "{logical}"),
        }
    }
}

#[test]
fn templates_import_what_those_before_them_export() {
    let exports: BTreeSet<String> = ["infra/storage.yaml", "infra/queues.yaml"]
        .into_iter()
        .flat_map(|file| Template::read(file).exports())
        .collect();
    let imports = Template::read("template.yaml").imports();
    assert!(imports.len() > 5 && imports.is_subset(&exports), "{:?}", imports.difference(&exports));
    let exports = Template::read("template.yaml").exports();
    for file in ["infra/alarms.yaml", "infra/domains.yaml"] {
        let imports = Template::read(file).imports();
        assert!(!imports.is_empty() && imports.is_subset(&exports), "{file}: {imports:?}");
    }
}

/// One prefix names everything, so each template must take what the others take.
#[test]
fn all_templates_take_the_same_prefix() {
    let prefix = |file| Template::read(file).parameter("Prefix").clone();
    let taken = prefix("template.yaml");
    let longest = ALL.iter().map(|function| function.name.len()).max().unwrap();
    assert_eq!(taken["AllowedPattern"], "[a-z][a-z0-9-]{0,25}[a-z0-9]");
    assert!(27 + "-".len() + longest <= 64, "a function's name of {longest} characters");
    let others =
        ["storage", "queues", "alarms", "domains", "pipeline"].map(|name| format!("infra/{name}.yaml"));
    for file in &others {
        for member in ["Type", "Default", "AllowedPattern", "ConstraintDescription"] {
            assert_eq!(prefix(file)[member], taken[member], "{file}");
        }
    }
}

/// A role that names what there is not gives no right to anything, and only AWS would notice.
#[test]
fn roles_name_the_table_the_bucket_and_the_queues_as_their_templates_do() {
    let (storage, queues) = (Template::read("infra/storage.yaml"), Template::read("infra/queues.yaml"));
    let names = |template: &Template, kind: &str, member: &str| -> Vec<String> {
        let all = template.resources(kind);
        all.map(|(logical, one)| one[member]["Fn::Sub"].as_str().expect(logical).to_owned()).collect()
    };
    let here = |service: &str, name: &str| format!("{service}:${{AWS::Region}}:${{AWS::AccountId}}:{name}");
    let mut there = BTreeSet::new();
    for (logical, table) in storage.resources("AWS::DynamoDB::Table") {
        let name = table["TableName"]["Fn::Sub"].as_str().expect(logical);
        // The functions' stack can be told the name of a restored one.
        let records = Template::read("template.yaml").parameter("Records")["Default"].clone();
        let named = name.strip_suffix(records.as_str().unwrap()).expect(name);
        let arn = here("dynamodb", &format!("table/{named}${{Records}}"));
        let indexes = table["GlobalSecondaryIndexes"].as_array().expect(logical);
        there.extend(
            indexes.iter().map(|index| format!("{arn}/index/{}", index["IndexName"].as_str().unwrap())),
        );
        let is_followed = table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES";
        there.extend(is_followed.then(|| format!("{arn}/stream/*")));
        there.insert(arn);
    }
    there.extend(names(&storage, "AWS::S3::Bucket", "BucketName").iter().map(|name| format!("s3:::{name}")));
    there.extend(names(&queues, "AWS::SQS::Queue", "QueueName").iter().map(|name| here("sqs", name)));
    let buses = names(&queues, "AWS::Events::EventBus", "Name");
    there.extend(buses.iter().map(|name| here("events", &format!("event-bus/{name}"))));
    let functions = names(&Template::read("template.yaml"), "AWS::Serverless::Function", "FunctionName");
    // API Gateway's role invokes all of them.
    let functions: BTreeSet<String> = functions
        .iter()
        .map(String::as_str)
        .chain(["${Prefix}-*"])
        .map(|name| here("lambda", &format!("function:{name}")))
        .collect();

    let mut named = BTreeSet::new();
    for (_, role) in Template::read("template.yaml").resources("AWS::IAM::Role") {
        let policies = role["Policies"].as_array().into_iter().flatten();
        for statement in policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        {
            let one = std::slice::from_ref(&statement["Resource"]);
            for resource in statement["Resource"].as_array().map_or(one, Vec::as_slice) {
                let arn = resource["Fn::Sub"].as_str().unwrap();
                let arn = arn.strip_prefix("arn:${AWS::Partition}:").expect(arn);
                named.insert(match arn.split(':').next().unwrap() {
                    "dynamodb" | "sqs" | "events" => arn.to_owned(),
                    // The keys of objects are no matter of the bucket's template.
                    "s3" => arn.split('/').next().unwrap().to_owned(),
                    // Most functions are invoked by no other.
                    "lambda" if functions.contains(arn) => continue,
                    "ses" | "secretsmanager" => continue,
                    _ => panic!("{arn}"),
                });
            }
        }
    }
    assert_eq!(named.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new());
    // Dead letters are an operator's to take, and events are for the lender's core system to put.
    let of_others = |arn: &&String| arn.ends_with("-dead") || arn.ends_with(":event-bus/${Prefix}-events");
    let unnamed: Vec<_> = there.difference(&named).filter(|arn| !of_others(arn)).collect();
    assert_eq!(unnamed, Vec::<&String>::new());
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

/// EventBridge drops what it could not hand over for a day, unless it may put it with the queue's dead letters.
#[test]
fn what_the_bus_cannot_hand_over_stands_with_dead_letters() {
    let queues = Template::read("infra/queues.yaml");
    let (_, rule) = queues.resources("AWS::Events::Rule").next().unwrap();
    let target = &rule["Targets"][0];
    assert_eq!(target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"], "EventsDead.Arn");
    let (_, policy) = queues.resources("AWS::SQS::QueuePolicy").next().unwrap();
    let may: Vec<_> = policy["Queues"].as_array().unwrap().iter().map(|queue| &queue["Ref"]).collect();
    assert_eq!(may, ["Events", "EventsDead"]);
    let allowed = policy["PolicyDocument"]["Statement"][0]["Resource"].as_array().unwrap();
    let allowed: Vec<_> = allowed.iter().map(|queue| &queue["Fn::GetAtt"]).collect();
    assert_eq!(allowed, ["Events.Arn", "EventsDead.Arn"]);
}

#[test]
fn every_function_runs_as_a_role_of_the_template() {
    let template = Template::read("template.yaml");
    let roles: BTreeSet<&str> = template.resources("AWS::IAM::Role").map(|(logical, _)| logical).collect();
    // API Gateway is the one that is no function.
    let mut used = BTreeSet::from(["ApiRole"]);
    for (logical, properties) in template.resources("AWS::Serverless::Function") {
        let role = properties["Role"]["Fn::GetAtt"].as_str().and_then(|role| role.strip_suffix(".Arn"));
        used.insert(role.expect(logical));
    }
    assert_eq!(used, roles);
}

/// What has nobody waiting for it must ring by itself: dead letters and old messages of each queue, crashes and throttles
/// of each function without a caller, schedules that do not run, and accounts at providers that take no messages.
#[test]
fn everything_that_fails_in_silence_has_an_alarm() {
    let template = Template::read("infra/alarms.yaml");
    let alarms: BTreeSet<String> = template
        .resources("AWS::CloudWatch::Alarm")
        .map(|(logical, alarm)| {
            assert_eq!(alarm["AlarmActions"][0]["Ref"], "Alarms", "{logical} calls nobody");
            // The last: of an index, that is the index, and not its table.
            let dimensions = alarm["Dimensions"].as_array();
            let dimension = dimensions.map_or(&Value::Null, |all| &all.last().unwrap()["Value"]);
            let watched = match (dimension.is_null(), dimension.as_str().or(dimension["Fn::Sub"].as_str())) {
                (true, _) => "the installation",
                (false, None) => "the API",
                (false, Some(watched)) => watched,
            };
            format!(
                "{} {}",
                alarm["MetricName"].as_str().expect(logical),
                watched.trim_start_matches("${Prefix}-")
            )
        })
        .collect();
    let mut wanted = BTreeSet::from(
        [
            "5xx the API",
            "Overdue the installation",
            "Reputation.BounceRate the installation",
            "Reputation.ComplaintRate the installation",
            "ReadThrottleEvents ${Records}",
            "WriteThrottleEvents ${Records}",
        ]
        .map(str::to_owned),
    );
    for (_, table) in Template::read("infra/storage.yaml").resources("AWS::DynamoDB::Table") {
        for index in table["GlobalSecondaryIndexes"].as_array().unwrap() {
            let name = index["IndexName"].as_str().unwrap();
            wanted.extend(["Read", "Write"].map(|metric| format!("{metric}ThrottleEvents {name}")));
        }
    }
    // A lender's own endpoint is the lender's to mend; the rest is the table, or the bucket.
    for provider in ProviderName::ALL {
        match provider {
            ProviderName::Drop | ProviderName::Inbox | ProviderName::Endpoint => continue,
            _ => wanted.insert(format!("AccountOutOfOrder {provider}")),
        };
    }
    for queue in Queue::ALL {
        wanted.insert(format!("ApproximateNumberOfMessagesVisible {}-dead", queue.name()));
        wanted.insert(format!("ApproximateAgeOfOldestMessage {}", queue.name()));
    }
    for function in ALL {
        match function.trigger {
            Trigger::Api(_) | Trigger::Invoke(_) => continue,
            Trigger::Changes { .. } => {
                wanted.insert(format!("ApproximateNumberOfMessagesVisible {}-dead", function.name));
                wanted.insert(format!("IteratorAge {}", function.name));
            }
            Trigger::Schedule { .. } => {
                wanted.insert(format!("Invocations {}", function.name));
            }
            Trigger::Webhook(_) | Trigger::Authorizer(_) | Trigger::Queue { .. } => {}
        }
        wanted.extend(["Errors", "Throttles"].map(|metric| format!("{metric} {}", function.name)));
    }
    assert_eq!(alarms, wanted);
}

/// So that whoever may deploy a stage cannot make an administrator.
#[test]
fn no_role_may_get_more_than_the_pipeline_lets_it() {
    let pipeline = Template::read("infra/pipeline.yaml");
    let statements =
        pipeline.resource("Deployer")["Policies"][0]["PolicyDocument"]["Statement"].as_array().unwrap();
    let grants =
        ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
    let (_, theirs) = Template::read("template.yaml")
        .resources("AWS::IAM::Role")
        .map(|(logical, role)| (logical.to_owned(), role["PermissionsBoundary"].clone()))
        .reduce(|one, other| {
            assert_eq!(one.1, other.1, "{} and {}", one.0, other.0);
            other
        })
        .unwrap();
    for grant in grants {
        let may: Vec<&Value> = statements
            .iter()
            .filter(|one| one["Action"].to_string().contains(&format!("{grant}\"")))
            .collect();
        assert_eq!(may.len(), 1, "{grant}");
        assert_eq!(may[0]["Condition"]["StringEquals"]["iam:PermissionsBoundary"], theirs, "{grant}");
    }
    let denied = statements.iter().find(|one| one["Effect"] == "Deny").unwrap();
    assert!(denied["Resource"].to_string().ends_with("role/${Prefix}-pipeline-*\"}"), "{denied}");
}
