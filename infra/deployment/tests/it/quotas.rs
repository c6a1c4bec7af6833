//! AWS's quotas, for what there is and for a third more functions of today's mix.

use domain::vocabulary::{Channel, SendingChannel};
use functions::catalog::{ALL, Trigger};
use serde_json::Value;

use crate::cloudformation::Template;

const COMING: usize = ALL.len() + ALL.len() / 3;

/// Resources a stack may have.
const RESOURCES: usize = 500;
/// Bytes of a template that is uploaded to S3, as `infra/deploy.sh` does, and of what the SAM transform makes of it.
const BODY: usize = 1024 * 1024;
/// Roles of an account.
const ROLES: usize = 1_000;
/// Routes of an HTTP API.
const ROUTES: usize = 300;
/// Characters of all inline policies of a role, white space apart.
const POLICY: usize = 10_240;
/// Managed policies of a role.
const POLICIES: usize = 10;

/// What the SAM transform makes of a function beside the function itself: the authorizer's permission; a function URL with
/// its permissions, of which newer transforms make two; an event source, of a queue or the table; a schedule's rule and
/// permission. API Gateway needs no permission for a route: it has a role.
fn besides(trigger: Trigger) -> usize {
    match trigger {
        Trigger::Authorizer(_) | Trigger::Queue { .. } | Trigger::Changes { .. } => 1,
        Trigger::Webhook(_) => 3,
        Trigger::Schedule { .. } => 2,
        Trigger::Api(_) | Trigger::Invoke(_) => 0,
    }
}

/// As many for them as there are for today's. That takes the mix of triggers to stay, and functions to share roles
/// as often as today. They will share more often: what one function needs, a later one is more likely to need than none.
fn coming(today: usize) -> usize {
    (today * COMING).div_ceil(ALL.len())
}

#[test]
fn resources_of_the_stack() {
    let template = Template::read("template.yaml");
    let functions = ALL.len() + ALL.iter().map(|function| besides(function.trigger)).sum::<usize>();
    let roles = template.resources("AWS::IAM::Role").count();
    // The API and its stage, two log groups, the policy of all.
    let shared = 5;
    let (today, coming) = (functions + roles + shared, coming(functions + roles) + shared);
    println!("{today} of {RESOURCES} resources, {roles} of them roles; {coming} with {COMING} functions");
    assert!(coming < RESOURCES, "{coming} with {COMING} functions");
    assert!(self::coming(roles) < ROLES, "{roles} roles of the account");
}

/// Queues and alarms grow with the channels we send on, at the most to all that the documents have, or with functions.
#[test]
fn resources_and_sizes_of_the_other_stacks() {
    for file in ["infra/storage.yaml", "infra/queues.yaml", "infra/alarms.yaml"] {
        let (template, today) = (Template::read(file), Template::read(file).size());
        let of_a_channel = ["AWS::SQS::Queue", "AWS::CloudWatch::Alarm"].into_iter().map(|kind| {
            template.resources(kind).filter(|(_, one)| one.to_string().contains("-dispatch-email")).count()
        });
        let channels = Channel::ALL.len() - SendingChannel::ALL.len();
        let resources = coming(today).max(today + of_a_channel.sum::<usize>() * channels);
        let bytes = template.bytes() * resources / today;
        println!("{file} has {today} resources, {resources} to come, in {bytes} bytes");
        assert!(resources < RESOURCES, "{file} may come to {resources} resources");
        assert!(bytes < BODY, "{file} may come to {bytes} bytes");
    }
}

#[test]
fn size_of_the_template_and_routes_of_the_api() {
    let files = deployment::files().unwrap();
    let (_, template) = files.iter().find(|(path, _)| path == "template.yaml").unwrap();
    assert!(coming(template.len()) < BODY, "{} bytes", template.len());
    // The transform writes the globals into every function, and drops comments and white space: it answers 1.5 times the bytes
    // (664,226 as compact JSON for 444,791, measured with 180 functions and 204 routes).
    assert!(coming(template.len()) * 3 / 2 < BODY, "{} bytes before the transform", template.len());
    let routes = template.matches("x-amazon-apigateway-integration").count();
    assert!(coming(routes) <= ROUTES, "{routes} routes");
}

#[test]
fn policies_of_each_role() {
    let template = Template::read("template.yaml");
    for (logical, role) in template.resources("AWS::IAM::Role") {
        let managed = role["ManagedPolicyArns"].as_array().map_or(0, Vec::len);
        assert!(managed <= POLICIES, "{logical} has {managed} managed policies");
        let inline = role["Policies"].as_array().into_iter().flatten();
        let size: usize = inline.map(|policy| characters(&policy["PolicyDocument"])).sum();
        assert!(size <= POLICY, "{logical} has inline policies of {size} characters");
    }
}

/// Quotes, a comma, and what a channel's name may be longer than today's.
const LONGER: usize = 3 + 20;

/// Who hands messages to all dispatchers names a queue more for each channel that comes.
fn dispatchers_to_come(document: &str) -> usize {
    let queues: Vec<&str> = document.split('"').filter(|text| text.contains("-dispatch-")).collect();
    let to_come = Channel::ALL.len() - SendingChannel::ALL.len();
    match queues.iter().max_by_key(|queue| queue.len()) {
        Some(longest) if queues.len() >= SendingChannel::ALL.len() => to_come * (longest.len() + LONGER),
        Some(_) | None => 0,
    }
}

/// As long as it can become: with all channels, a prefix of 27 characters, and the longest region and partition.
fn characters(document: &Value) -> usize {
    let longest = [
        ("${Prefix}", "p".repeat(27)),
        ("${SecretPrefix}", "s".repeat(128)),
        ("${AWS::AccountId}", "1".repeat(12)),
        ("${AWS::Region}", "ap-northeast-1-gov".to_owned()),
        ("${AWS::Partition}", "aws-us-gov".to_owned()),
    ];
    let mut text = document.to_string().replace(r#"{"Fn::Sub":"#, "");
    for (variable, value) in longest {
        text = text.replace(variable, &value);
    }
    text.chars().filter(|character| !character.is_whitespace()).count() + dispatchers_to_come(&text)
}
