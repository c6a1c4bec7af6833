use domain::vocabulary::SendingChannel;

use super::*;

fn call(action: &str, to: Target) -> Call {
    Call { action: action.into(), to }
}

fn item(key: &str) -> Target {
    Target::Partition(key.into())
}

fn listed(index: &str, partition: &str) -> Target {
    Target::Listed { index: index.into(), partition: partition.into() }
}

fn object(key: &str) -> Target {
    Target::Object(key.into())
}

fn secret(name: &str) -> Target {
    Target::Secret(name.into())
}

fn function(name: &str) -> Target {
    Target::Function(name.into())
}

fn queue(url: &str) -> Target {
    Target::Queue(url.into())
}

#[test]
fn a_need_permits_what_it_says_and_no_more() {
    use Need::*;
    let sqs =
        |name: &str| queue(&format!("https://sqs.us-east-1.amazonaws.com/123456789012/postrider-{name}"));
    for (need, action, to, permitted) in [
        (Read(Items::People), "dynamodb:Query", item("T#acme#BO-1"), true),
        (Read(Items::People), "dynamodb:PutItem", item("T#acme#BO-1"), false),
        (Read(Items::People), "dynamodb:Query", item("T#acme#IN-1"), false),
        (Read(Items::People), "dynamodb:Query", listed("by_owner", "T#acme#BO-1"), false),
        (Read(Items::Tenants), "dynamodb:GetItem", item("T#acme"), true),
        (Read(Items::Tenants), "dynamodb:GetItem", item("T#acme#BO-1"), false),
        (Read(Items::Tenants), "dynamodb:GetItem", item("APIKEY#00ff"), false),
        (Write(Items::Tenants), "dynamodb:PutItem", item("ISSUER#https://id.example"), false),
        (Write(Items::Interactions), "dynamodb:UpdateItem", item("T#acme#IN-1"), false),
        (List(super::List::Interactions), "dynamodb:Query", listed("by_owner", "T#acme#BO-1"), true),
        (
            List(super::List::Interactions),
            "dynamodb:Query",
            listed("by_owner", "T#acme#BO-1#DOCUMENTS"),
            false,
        ),
        (List(super::List::Interactions), "dynamodb:Query", listed("by_owner", "T#acme#APIKEYS"), false),
        (List(super::List::Interactions), "dynamodb:Query", listed("by_day", "T#acme#BO-1"), false),
        (Fetch(Bodies::Contents), "s3:GetObject", object("acme/interactions/IN-1/00ff.json"), true),
        (Fetch(Bodies::Contents), "s3:GetObject", object("acme/documents/DC-1/00ff"), false),
        (Keep(Bodies::Reports), "s3:PutObject", object("acme/reports/ses/00ff.json"), true),
        (Keep(Bodies::Reports), "s3:GetObject", object("acme/reports/ses/00ff.json"), false),
        (Dispatch, "sqs:SendMessage", sqs("dispatch-email"), true),
        (Dispatch, "sqs:SendMessage", sqs("batches"), false),
        (Send(Queue::Batches), "sqs:SendMessage", sqs("batches"), true),
        (Send(Queue::Batches), "sqs:SendMessage", sqs("batches-dead"), false),
        (Follow, "sqs:SendMessage", sqs("tell-dead"), true),
        (Follow, "sqs:SendMessage", sqs("batches-dead"), false),
        (Receive(Queue::Batches), "sqs:DeleteMessage", sqs("batches"), true),
        (Receive(Queue::Batches), "sqs:DeleteMessage", sqs("settlements"), false),
        (
            Invoke(Callee::Dispatcher(SendingChannel::Email)),
            "lambda:InvokeFunction",
            function("postrider-dispatch-email"),
            true,
        ),
        (
            Invoke(Callee::Dispatcher(SendingChannel::Email)),
            "lambda:InvokeFunction",
            function("postrider-dispatch-text"),
            false,
        ),
        (
            Invoke(Callee::Dispatcher(SendingChannel::Email)),
            "lambda:InvokeAsync",
            function("postrider-dispatch-email"),
            false,
        ),
        (Dispatch, "lambda:InvokeFunction", function("postrider-dispatch-email"), false),
        (Mail, "ses:SendEmail", Target::Service, true),
        (Mail, "secretsmanager:GetSecretValue", secret("providers/acme/twilio"), false),
        (
            Secrets(SecretsOf::Providers),
            "secretsmanager:GetSecretValue",
            secret("providers/acme/twilio"),
            true,
        ),
        (Secrets(SecretsOf::Providers), "secretsmanager:GetSecretValue", secret("issuers/acme/loans"), false),
        (
            Secrets(SecretsOf::Issuers),
            "secretsmanager:GetSecretValue",
            secret("providers/acme/twilio"),
            false,
        ),
        (Secrets(SecretsOf::Issuers), "secretsmanager:GetSecretValue", Target::Service, false),
        (Secrets(SecretsOf::Links), "secretsmanager:GetSecretValue", secret("links/key"), true),
        (Secrets(SecretsOf::Links), "secretsmanager:GetSecretValue", secret("issuers/acme/loans"), false),
        (Secrets(SecretsOf::Webhooks), "secretsmanager:GetSecretValue", secret("webhooks/key"), true),
        (Secrets(SecretsOf::Webhooks), "secretsmanager:GetSecretValue", secret("links/key"), false),
        (Render, "ses:SendEmail", Target::Service, false),
    ] {
        assert_eq!(need.permits(&call(action, to.clone())), permitted, "{need:?}: {action} {to:?}");
    }
}

#[test]
fn lists_of_needs_are_put_together() {
    const STEP: &[Need] = &[Need::Read(Items::People), Need::Dispatch];
    const ALL: &[Need] = &[Need::All(STEP), Need::Dispatch, Need::Render];
    assert_eq!(flat(ALL), BTreeSet::from([Need::Read(Items::People), Need::Dispatch, Need::Render]));
    assert!(Need::All(STEP).permits(&call("dynamodb:GetItem", item("T#acme#BO-1"))));
}
