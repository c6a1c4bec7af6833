//! The catalogue by itself, and beside the OpenAPI document.

use std::{collections::BTreeSet, process::Command};

use domain::vocabulary::{Channel, DispatchChannel};
use functions::{
    catalog::{self, ALL, Function, Trigger},
    openapi,
};
use platform::{
    invoke::Callee,
    needs::{Items, List, Need, SecretsOf},
    providers::Webhook,
    queues::Queue,
};

fn names() -> BTreeSet<&'static str> {
    ALL.iter().map(|function| function.name).collect()
}

/// What a client of the API may ask: name, method, path, whether a credential is asked for.
fn published() -> BTreeSet<(String, String, String, bool)> {
    let routes = catalog::routes().filter(|(_, api)| api.is_published && !api.is_preflight());
    routes
        .map(|(_, api)| {
            (api.name.to_owned(), api.method.to_string(), api.path.to_owned(), api.role.is_some())
        })
        .collect()
}

#[test]
fn no_two_functions_share_a_name_or_a_route() {
    assert_eq!(names().len(), ALL.len());
    let routes: Vec<_> = catalog::routes().map(|(_, api)| api).collect();
    let places: BTreeSet<_> = routes.iter().map(|api| (api.method.as_str(), api.path)).collect();
    let names: BTreeSet<_> = routes.iter().map(|api| api.name).collect();
    assert_eq!((places.len(), names.len()), (routes.len(), routes.len()));
}

#[test]
fn a_function_is_named_after_its_family_and_what_it_does() {
    for function in ALL {
        let is_name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(function.name.split('-').all(is_name), "{}", function.name);
        // AWS takes 64 characters, of which the prefix of template.yaml has up to 27 and a hyphen.
        assert!(function.name.len() <= 64 - 28, "{}", function.name);
    }
}

/// Credentials are read where one shows them, and issuers set by whoever runs the installation alone. What pages may do is told
/// apart, because they may what the functions may whom they ask.
#[test]
fn who_comes_near_a_credential() {
    let all = |need: Need| -> Vec<&str> {
        ALL.iter().filter(|function| function.may().contains(&need)).map(|function| function.name).collect()
    };
    let pages = |need: Need| -> Vec<&str> {
        all(need).into_iter().filter(|name| name.starts_with("console-")).collect()
    };
    let who = |need: Need| -> Vec<&str> {
        all(need).into_iter().filter(|name| !name.starts_with("console-")).collect()
    };
    assert_eq!(who(Need::Read(Items::ApiKeys)), ["authorizer"]);
    assert_eq!(who(Need::Read(Items::Issuers)), ["authorizer"]);
    for read in [Need::Read(Items::ApiKeys), Need::Read(Items::Issuers), Need::Secrets(SecretsOf::Issuers)] {
        assert_eq!(pages(read), ["console-session"]);
    }
    for need in [Need::Write(Items::Issuers), Need::Delete(Items::Issuers), Need::Mail] {
        assert!(pages(need).is_empty(), "{need:?}");
    }
    assert_eq!(pages(Need::Write(Items::ApiKeys)), ["console-keys"]);
    assert_eq!(who(Need::Write(Items::Issuers)), ["tenants-provision"]);
    assert_eq!(who(Need::Delete(Items::Issuers)), ["tenants-provision"]);
    assert_eq!(who(Need::List(List::ApiKeys)), ["api-keys-list", "api-keys-revoke"]);
    let keys = ["api-keys-create", "api-keys-revoke", "tenants-provision"];
    assert_eq!(who(Need::Write(Items::ApiKeys)), keys);
    let tenants = [
        "subjects-update",
        "compliance-rules-put",
        "compliance-rules-remove",
        "sign-offs-create",
        "auto-responses-create",
        "auto-responses-update",
        "auto-responses-delete",
        "settings-update",
        "tenants-provision",
    ];
    assert_eq!(who(Need::Write(Items::Tenants)), tenants);
    assert_eq!(who(Need::List(List::Due)), ["sweep"]);
    assert_eq!(who(Need::Mail), ["dispatch-email"]);
    // Whoever has an issuer's secret can make tokens for anybody of its tenant.
    assert_eq!(who(Need::Secrets(SecretsOf::Issuers)), ["authorizer"]);
    let links = [
        "communicator-send",
        "communicator-send-free-form-email",
        "communicator-receive",
        "communications-send",
        "events-take",
        "messages-create",
        "messages-resend",
        "unsubscribe-page",
        "unsubscribe-submit",
        "dispatch-email",
        "batches-work",
        "events-work",
        "inbound",
    ];
    assert_eq!(who(Need::Secrets(SecretsOf::Links)), links);
    let signing = ["webhook-endpoints-create", "webhook-endpoints-rotate", "dispatch-webhook"];
    assert_eq!(who(Need::Secrets(SecretsOf::Webhooks)), signing);
    let called = [
        "webhooks-delivery-status",
        "webhooks-inbound-sms",
        "dispatch-email",
        "dispatch-text",
        "dispatch-mail",
        "dispatch-push",
        "letters-recall",
        "inbound",
    ];
    assert_eq!(who(Need::Secrets(SecretsOf::Providers)), called);
}

#[test]
fn every_webhook_of_providers_is_in_the_catalogue() {
    let is_webhook = |function: &Function| matches!(function.trigger, Trigger::Webhook(_));
    let paths: BTreeSet<&str> =
        catalog::routes().filter(|(function, _)| is_webhook(function)).map(|(_, api)| api.path).collect();
    assert!(Webhook::ALL.iter().all(|webhook| paths.contains(webhook.path())), "{paths:?}");
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
    assert_eq!(found, published());
}

#[test]
fn every_queue_has_one_consumer() {
    for queue in Queue::ALL {
        let takes = |function: &&Function| matches!(function.trigger, Trigger::Queue { queue: of, .. } if of == queue);
        assert_eq!(ALL.iter().filter(takes).count(), 1, "{}", queue.name());
    }
}

#[test]
fn whoever_is_invoked_takes_direct_calls() {
    for callee in Callee::all() {
        let function = ALL.iter().find(|function| function.name == callee.name());
        assert!(function.is_some_and(|function| function.trigger.direct().is_some()), "{callee:?}");
    }
}

#[test]
fn dispatch_reaches_every_channel_of_its_document_that_is_sent() {
    let send = ALL.iter().find(|function| function.name == "communications-send").unwrap();
    for channel in DispatchChannel::ALL {
        let Some(sent) = Channel::from(*channel).sending() else { continue };
        assert!(send.may().contains(&Need::Invoke(Callee::Dispatcher(sent))), "{channel}");
    }
}

#[test]
fn only_what_prints_depends_on_the_pdf_engine() {
    let depends = |package: &str| {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--package", package, "--edges", "normal", "--prefix", "none"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && tree.starts_with(package), "{tree}");
        ["letters v", "fulgur v", "stylo v"].map(|engine| tree.lines().any(|line| line.starts_with(engine)))
    };
    assert_eq!(depends("functions"), [false; 3]);
    assert_eq!(depends("printing"), [true; 3]);
}
