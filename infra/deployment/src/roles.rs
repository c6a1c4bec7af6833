//! Roles: functions that need the very same share one.

use std::collections::{BTreeMap, BTreeSet};

use functions::catalog::Function;
use platform::{
    needs::{Need, Permission, Resource},
    store::partitions::Pattern,
};
use serde::Serialize;

use crate::logical;

/// A role.
#[derive(Debug, Clone, Serialize)]
pub struct Role {
    /// Named after the first of its functions.
    pub logical: String,
    /// Who runs as it.
    pub functions: Vec<&'static str>,
    /// What it may do, in words.
    pub may: Vec<String>,
    /// The same in IAM's.
    pub statements: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Statement {
    actions: BTreeSet<&'static str>,
    /// ARNs, for `!Sub`.
    resources: BTreeSet<String>,
    like: BTreeSet<&'static str>,
    unlike: Option<&'static str>,
}

/// The roles that functions of a catalogue run as.
pub fn roles(catalog: &[Function]) -> Vec<Role> {
    let mut roles: Vec<(BTreeSet<Permission>, Role)> = Vec::new();
    for function in catalog {
        let needs = function.may();
        let permissions: BTreeSet<Permission> = needs.iter().flat_map(|need| need.permissions()).collect();
        match roles.iter_mut().find(|(others, _)| *others == permissions) {
            Some((_, role)) => role.functions.push(function.name),
            None => {
                let role = Role {
                    logical: format!("{}Role", logical(function.name)),
                    functions: vec![function.name],
                    may: words(&needs),
                    statements: statements(&permissions),
                };
                roles.push((permissions, role));
            }
        }
    }
    roles.into_iter().map(|(_, role)| role).collect()
}

/// As few statements as say the same: what may be done to the same things is one, and what the same may be done to.
fn statements(permissions: &BTreeSet<Permission>) -> Vec<Statement> {
    let mut actions = BTreeMap::<(String, Option<Pattern>), BTreeSet<&str>>::new();
    for permission in permissions {
        for arn in arns(permission.resource) {
            actions.entry((arn, keys(permission.resource))).or_default().extend(permission.actions);
        }
    }
    let mut merged = BTreeMap::<_, (BTreeSet<String>, BTreeSet<&str>)>::new();
    for ((resource, pattern), actions) in actions {
        // Keys of one table or index go together, and so do resources without keys.
        let together = pattern.map(|_| resource.clone());
        let unlike = pattern.and_then(|pattern| pattern.unlike.map(|unlike| (pattern.like, unlike)));
        let (resources, like) = merged.entry((actions, together, unlike)).or_default();
        resources.insert(resource);
        like.extend(pattern.map(|pattern| pattern.like));
    }
    let all = merged.into_iter().map(|((actions, _, unlike), (resources, like))| Statement {
        actions,
        resources,
        like,
        unlike: unlike.map(|(_, unlike)| unlike),
    });
    all.collect()
}

fn keys(resource: Resource) -> Option<Pattern> {
    match resource {
        Resource::Table(pattern) | Resource::Index(_, pattern) => Some(pattern),
        Resource::Objects(_)
        | Resource::Bucket
        | Resource::Queue(_)
        | Resource::DeadLetters(_)
        | Resource::Changes
        | Resource::PutAside
        | Resource::Function(_)
        | Resource::Bus
        | Resource::Senders
        | Resource::Secrets(_) => None,
    }
}

/// Names as `infra/storage.yaml` and `infra/queues.yaml` give them.
fn arns(resource: Resource) -> Vec<String> {
    let here = |service: &str, name: &str| {
        format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{name}")
    };
    let table = || here("dynamodb", "table/${Prefix}-${Records}");
    let bucket = || "arn:${AWS::Partition}:s3:::${Prefix}-bodies-${AWS::AccountId}-${AWS::Region}".to_owned();
    let one = match resource {
        Resource::Table(_) => table(),
        Resource::Index(name, _) => format!("{}/index/{name}", table()),
        Resource::Objects(pattern) => format!("{}/{pattern}", bucket()),
        Resource::Bucket => bucket(),
        Resource::Changes => format!("{}/stream/*", table()),
        Resource::PutAside => here("sqs", "${Prefix}-tell-dead"),
        Resource::Queue(queue) => here("sqs", &format!("${{Prefix}}-{}", queue.name())),
        Resource::DeadLetters(queue) => here("sqs", &format!("${{Prefix}}-{}-dead", queue.name())),
        Resource::Function(callee) => here("lambda", &format!("function:${{Prefix}}-{}", callee.name())),
        Resource::Bus => here("events", "event-bus/${Prefix}-tasks"),
        // SES asks for both where mail names a configuration set.
        Resource::Senders => return vec![here("ses", "identity/*"), here("ses", "configuration-set/*")],
        Resource::Secrets(of) => here("secretsmanager", &format!("secret:${{SecretPrefix}}{}*", of.folder())),
    };
    vec![one]
}

/// Needs in words: `reads people`, `keeps contents`.
fn words(needs: &BTreeSet<Need>) -> Vec<String> {
    let verb = |need: &Need| match need {
        Need::All(_) => "needs",
        Need::Read(_) => "reads",
        Need::List(_) => "lists",
        Need::Write(_) => "writes",
        Need::Amend(_) => "amends",
        Need::Delete(_) => "deletes",
        Need::Fetch(_) => "fetches",
        Need::Keep(_) => "keeps",
        Need::Remove(_) => "removes",
        Need::Dispatch => "sends to",
        Need::Send(_) => "sends to",
        Need::Receive(_) => "takes from",
        Need::Peek => "looks at",
        Need::Redrive => "sends back",
        Need::Follow => "follows",
        Need::Invoke(_) => "invokes",
        Need::Tell => "tells",
        Need::Mail => "sends",
        Need::Secrets(_) => "reads secrets of",
        Need::Provider(_) => "knows",
        Need::Render => "runs",
        Need::Print => "prints",
    };
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for need in needs.iter().filter(|need| !matches!(need, Need::Provider(_) | Need::Render | Need::Print)) {
        let what = match need {
            Need::Dispatch => "the dispatchers".to_owned(),
            Need::Mail => "mail".to_owned(),
            Need::Peek | Need::Redrive => "dead letters".to_owned(),
            Need::Follow => "changes of the table".to_owned(),
            Need::Invoke(callee) => callee.name(),
            Need::Tell => "the event bus".to_owned(),
            other => what(&format!("{other:?}")),
        };
        match all.iter_mut().find(|(known, _)| *known == verb(need)) {
            Some((_, list)) => list.push(what),
            None => all.push((verb(need), vec![what])),
        }
    }
    all.into_iter().map(|(verb, list)| format!("{verb} {}", list.join(", "))).collect()
}

/// `Read(SharedTemplates)` is about `shared templates`.
fn what(need: &str) -> String {
    let name = need.split_once('(').map_or(need, |(_, name)| name.trim_end_matches(')'));
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
