//! AWS's quotas, for what there is and for what is coming: 160 functions of today's mix.

use functions::catalog::{ALL, Trigger};
use serde_json::Value;

use crate::cloudformation::Template;

const COMING: usize = 160;

/// Resources a stack may have.
const RESOURCES: usize = 500;
/// Bytes of a template that is uploaded to S3.
const BODY: usize = 1024 * 1024;
/// Routes of an HTTP API.
const ROUTES: usize = 300;
/// Characters of all inline policies of a role, white space apart.
const POLICY: usize = 10_240;
/// Managed policies of a role.
const POLICIES: usize = 10;

/// What the SAM transform makes of a function beside the function itself: a route's permission; a function URL with its
/// permissions, of which newer transforms make two; an event source; a schedule's rule and permission.
fn besides(trigger: Trigger) -> usize {
    match trigger {
        Trigger::Api(_) | Trigger::Authorizer | Trigger::Queue { .. } => 1,
        Trigger::Webhook(_) => 3,
        Trigger::Schedule { .. } => 2,
        Trigger::Invoke(_) => 0,
    }
}

/// As many for 160 functions as there are for today's.
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
}

#[test]
fn size_of_the_template_and_routes_of_the_api() {
    let files = deployment::files().unwrap();
    let (_, template) = files.iter().find(|(path, _)| path == "template.yaml").unwrap();
    assert!(coming(template.len()) < BODY, "{} bytes", template.len());
    let routes = ALL.iter().filter(|function| matches!(function.trigger, Trigger::Api(_))).count();
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

/// As long as it can become: with a prefix of 28 characters, and the longest region and partition.
fn characters(document: &Value) -> usize {
    let longest = [
        ("${Prefix}", "p".repeat(28)),
        ("${SecretPrefix}", "s".repeat(128)),
        ("${AWS::AccountId}", "1".repeat(12)),
        ("${AWS::Region}", "ap-northeast-1-gov".to_owned()),
        ("${AWS::Partition}", "aws-us-gov".to_owned()),
    ];
    let mut text = document.to_string().replace(r#"{"Fn::Sub":"#, "");
    for (variable, value) in longest {
        text = text.replace(variable, &value);
    }
    text.chars().filter(|character| !character.is_whitespace()).count()
}
