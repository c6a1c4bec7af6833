//! The resources of the system, made by deploying the very templates that are deployed to AWS.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use platform::queues::Queue;

use crate::Failure;

const STACKS: [(&str, &str); 3] = [
    ("postrider-storage", include_str!("../../../storage.yaml")),
    ("postrider-queues", include_str!("../../../queues.yaml")),
    ("postrider-listener", include_str!("../../assets/listener.yaml")),
];

/// Where the resources are: the outputs of the stacks.
#[derive(Debug)]
pub struct Resources(BTreeMap<String, String>);

impl Resources {
    /// The table's name.
    pub fn table(&self) -> Result<String, Failure> {
        self.output("TableName")
    }

    /// The bucket's name.
    pub fn bucket(&self) -> Result<String, Failure> {
        self.output("BucketName")
    }

    /// The stream of the table's changes.
    pub fn changes(&self) -> Result<String, Failure> {
        self.output("TableStream")
    }

    /// The name of the event bus.
    pub fn bus(&self) -> Result<String, Failure> {
        self.output("TasksBus")
    }

    /// The name of the bus of core systems.
    pub fn events_bus(&self) -> Result<String, Failure> {
        self.output("EventsBus")
    }

    /// The URL of the queue in which the bus is heard.
    pub fn heard(&self) -> Result<String, Failure> {
        self.output("HeardUrl")
    }

    /// The URL of a queue.
    pub fn queue(&self, queue: Queue) -> Result<String, Failure> {
        self.output(&format!("{}Url", resource(queue)))
    }

    /// The URL of a queue's dead-letter queue.
    pub fn dead_letters(&self, queue: Queue) -> Result<String, Failure> {
        self.output(&format!("{}DeadUrl", resource(queue)))
    }

    /// The URL of the queue in which changes are put aside.
    pub fn aside(&self) -> Result<String, Failure> {
        self.output("TellDeadUrl")
    }

    fn output(&self, name: &str) -> Result<String, Failure> {
        self.0.get(name).cloned().ok_or_else(|| format!("the stacks have no output {name}").into())
    }
}

/// What `infra/queues.yaml` calls a queue: `DispatchEmail`.
fn resource(queue: Queue) -> String {
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    queue.name().split('-').map(capitalized).collect()
}

/// Makes the resources that are not there yet.
///
/// Nothing expires here: the emulator passes over the table's `TimeToLiveSpecification`, and would go by the machine's clock,
/// while the system goes by one that can be set. Functions do not rely on it, for DynamoDB deletes days late.
pub async fn deploy(sdk: &SdkConfig) -> Result<Resources, Failure> {
    let client = Client::new(sdk);
    let mut outputs = BTreeMap::new();
    for (name, template) in STACKS {
        outputs.extend(stack(&client, name, template).await?);
    }
    Ok(Resources(outputs))
}

/// Brings one stack up to its template; answers its outputs.
async fn stack(client: &Client, name: &str, template: &str) -> Result<BTreeMap<String, String>, Failure> {
    let failed = |what: &str, why: String| Failure::from(format!("{what} the stack {name}: {why}"));
    match client.create_stack().stack_name(name).template_body(template).send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("AlreadyExistsException") => {
            // A state kept from an older version lacks what its template did not have.
            let update = client.update_stack().stack_name(name).template_body(template).send().await;
            if let Err(error) = update
                && !error.message().is_some_and(|message| message.contains("No updates"))
            {
                return Err(failed("updating", DisplayErrorContext(error).to_string()));
            }
        }
        Err(error) => return Err(failed("creating", DisplayErrorContext(error).to_string())),
    }
    let answer = client.describe_stacks().stack_name(name).send().await;
    let answer = answer.map_err(|error| failed("describing", DisplayErrorContext(error).to_string()))?;
    let stack = answer.stacks().first().ok_or_else(|| failed("describing", "it is not there".into()))?;
    let status = stack.stack_status().map_or("", |status| status.as_str());
    if !matches!(status, "CREATE_COMPLETE" | "UPDATE_COMPLETE") {
        let why = stack.stack_status_reason().unwrap_or_default();
        // Killed, ministack leaves the files of S3 and nothing that it knew of them.
        let remedy = "if the kept state is only a part of one, because ministack was killed, begin anew with `make run-fresh`";
        return Err(failed("deploying", format!("{status} {why}; {remedy}")));
    }
    let outputs = stack.outputs().iter();
    Ok(outputs
        .filter_map(|one| Some((one.output_key()?.to_owned(), one.output_value()?.to_owned())))
        .collect())
}
