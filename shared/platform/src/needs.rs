//! What functions need of AWS, in the words of the business, and what that is in IAM's.
//!
//! A handler's `NEEDS` stands beside it and lists what it reads, writes and sends; what a step of the pipeline needs
//! stands beside the step, as [`Need::All`] of a handler's list. `template.yaml` is written from these lists, and the
//! local system refuses what they do not permit, so that a need left out shows in the first test that has it.

use std::collections::BTreeSet;

use domain::vocabulary::ProviderName;

use crate::{
    invoke::Callee,
    queues::Queue,
    store::partitions::{Pattern, looks_like},
};
pub use crate::{
    secrets::SecretsOf,
    store::partitions::{Items, List},
};

/// One thing a function needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Everything of another list.
    All(&'static [Self]),
    /// Items by key.
    Read(Items),
    /// Items by an index.
    List(List),
    /// Items put whole.
    Write(Items),
    /// Items changed in place.
    Amend(Items),
    /// Items removed.
    Delete(Items),
    /// Objects read.
    Fetch(Bodies),
    /// Objects written.
    Keep(Bodies),
    /// Objects found by the beginning of their keys, and removed.
    Remove(Bodies),
    /// Messages handed to whoever sends them, by any channel.
    Dispatch,
    /// Work handed to a queue.
    Send(Queue),
    /// Work taken from a queue.
    Receive(Queue),
    /// Dead letters of any queue looked at, and left where they are.
    Peek,
    /// Dead letters of any queue sent back to it.
    Redrive,
    /// Changes of the table followed; those that cannot be read, or that nobody could be told of in time, are put aside.
    Follow,
    /// A function invoked, and its answer waited for.
    Invoke(Callee),
    /// Events put on the bus.
    Tell,
    /// Mail sent through SES.
    Mail,
    /// Secrets of a kind.
    Secrets(SecretsOf),
    /// Messages handed to a provider, its reports read, or its calls proven: the code that knows how, and no permission.
    Provider(ProviderName),
    /// Lenders' templates run, which takes memory and no permission.
    Render,
    /// Letters printed, which takes the PDF engine and no permission.
    Print,
}

/// What stands in the bucket, below its tenant's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bodies {
    /// What messages say, if it is too large for the table.
    Contents,
    /// What documents hold.
    Documents,
    /// Lists of borrowers that the lender put there.
    Lists,
    /// Lists of borrowers that came with a request.
    Batches,
    /// Reports of providers as they came.
    Reports,
    /// Calls of providers that brought what borrowers wrote, as they came.
    Inbound,
    /// Mail that SES put there.
    Mail,
    /// Pages of letters.
    Letters,
    /// Letters laid out for a print house.
    Dropped,
    /// What a print house says of letters.
    DropReports,
}

impl Bodies {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Contents,
        Self::Documents,
        Self::Lists,
        Self::Batches,
        Self::Reports,
        Self::Inbound,
        Self::Mail,
        Self::Letters,
        Self::Dropped,
        Self::DropReports,
    ];

    /// What their keys look like.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Contents => "*/interactions/*",
            Self::Documents => "*/documents/*",
            Self::Lists => "*/lists/*",
            Self::Batches => "*/batches/*",
            Self::Reports => "*/reports/*",
            Self::Inbound => "*/inbound/*",
            Self::Mail => "*/mail/*",
            Self::Letters => "*/letters/IN-*",
            Self::Dropped => "*/letters/out/*",
            Self::DropReports => "*/letters/status*",
        }
    }
}

/// A list of needs without [`Need::All`].
pub fn flat(needs: &[Need]) -> BTreeSet<Need> {
    needs.iter().fold(BTreeSet::new(), |mut all, need| {
        match need {
            Need::All(more) => all.extend(flat(more)),
            need => {
                all.insert(*need);
            }
        }
        all
    })
}

/// A permission, as IAM knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// What may be done.
    pub actions: &'static [&'static str],
    /// To what.
    pub resource: Resource,
}

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Partitions of the table.
    Table(Pattern),
    /// Partitions of an index of it.
    Index(&'static str, Pattern),
    /// Objects whose keys look like this.
    Objects(&'static str),
    /// The bucket itself.
    Bucket,
    /// A queue.
    Queue(Queue),
    /// The dead letters of a queue.
    DeadLetters(Queue),
    /// The stream of the table's changes.
    Changes,
    /// The queue of changes that were put aside.
    PutAside,
    /// A function.
    Function(Callee),
    /// The event bus.
    Bus,
    /// The senders of this account, in SES.
    Senders,
    /// Secrets of this installation, of a kind.
    Secrets(SecretsOf),
}

/// One call to AWS as IAM looks at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// As IAM names it: `dynamodb:GetItem`.
    pub action: String,
    /// What it is made to.
    pub to: Target,
}

/// What a call is made to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A partition of the table.
    Partition(String),
    /// A partition of an index.
    Listed {
        /// The index.
        index: String,
        /// The partition.
        partition: String,
    },
    /// An object.
    Object(String),
    /// A queue, by its URL.
    Queue(String),
    /// A function, by its name.
    Function(String),
    /// A secret, by its name below the installation's prefix.
    Secret(String),
    /// Anything else of the service.
    Service,
}

impl Need {
    /// What it is in IAM. Reading one's own queue includes deleting from it, as Lambda does for a function.
    pub fn permissions(self) -> Vec<Permission> {
        let to = |actions, resource| vec![Permission { actions, resource }];
        let table = |actions, items: Items| to(actions, Resource::Table(items.pattern()));
        match self {
            Self::All(needs) => flat(needs).into_iter().flat_map(Self::permissions).collect(),
            Self::Read(items) => table(reads(items), items),
            // An index holds keys alone.
            Self::List(list) => {
                let found = list.items().iter().flat_map(|items| table(&["dynamodb:BatchGetItem"], *items));
                let query = to(&["dynamodb:Query"], Resource::Index(list.index().name, list.pattern()));
                query.into_iter().chain(found).collect()
            }
            Self::Write(Items::Occurrences) => table(&["dynamodb:BatchWriteItem"], Items::Occurrences),
            Self::Write(items) => table(&["dynamodb:PutItem"], items),
            Self::Amend(items) => table(&["dynamodb:UpdateItem"], items),
            Self::Delete(items) => table(&["dynamodb:DeleteItem"], items),
            // Without leave to list, S3 says "forbidden" of an object that is missing, and a misspelt key would look
            // like an outage.
            Self::Fetch(bodies @ (Bodies::Lists | Bodies::Dropped)) => vec![
                Permission { actions: &["s3:GetObject"], resource: Resource::Objects(bodies.pattern()) },
                Permission { actions: &["s3:ListBucket"], resource: Resource::Bucket },
            ],
            Self::Fetch(bodies) => to(&["s3:GetObject"], Resource::Objects(bodies.pattern())),
            Self::Keep(bodies) => to(&["s3:PutObject"], Resource::Objects(bodies.pattern())),
            Self::Remove(bodies) => vec![
                Permission { actions: &["s3:DeleteObject"], resource: Resource::Objects(bodies.pattern()) },
                Permission { actions: &["s3:ListBucket"], resource: Resource::Bucket },
            ],
            Self::Dispatch => Queue::ALL
                .into_iter()
                .filter(|queue| matches!(queue, Queue::Dispatch(_)))
                .flat_map(|queue| to(&["sqs:SendMessage"], Resource::Queue(queue)))
                .collect(),
            Self::Send(queue) => to(&["sqs:SendMessage"], Resource::Queue(queue)),
            Self::Receive(queue) => to(
                &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                Resource::Queue(queue),
            ),
            Self::Peek => Queue::ALL
                .into_iter()
                .flat_map(|queue| to(&["sqs:ReceiveMessage"], Resource::DeadLetters(queue)))
                .collect(),
            Self::Redrive => Queue::ALL
                .into_iter()
                .flat_map(|queue| {
                    let taken =
                        to(&["sqs:DeleteMessage", "sqs:ReceiveMessage"], Resource::DeadLetters(queue));
                    taken.into_iter().chain(to(&["sqs:SendMessage"], Resource::Queue(queue)))
                })
                .collect(),
            Self::Follow => vec![
                Permission {
                    actions: &[
                        "dynamodb:DescribeStream",
                        "dynamodb:GetRecords",
                        "dynamodb:GetShardIterator",
                        "dynamodb:ListStreams",
                    ],
                    resource: Resource::Changes,
                },
                Permission { actions: &["sqs:SendMessage"], resource: Resource::PutAside },
            ],
            Self::Invoke(callee) => to(&["lambda:InvokeFunction"], Resource::Function(callee)),
            Self::Tell => to(&["events:PutEvents"], Resource::Bus),
            Self::Mail => to(&["ses:SendEmail", "ses:SendRawEmail"], Resource::Senders),
            Self::Secrets(of) => to(&["secretsmanager:GetSecretValue"], Resource::Secrets(of)),
            Self::Provider(_) | Self::Render | Self::Print => Vec::new(),
        }
    }

    /// Whether it permits a call.
    pub fn permits(self, call: &Call) -> bool {
        self.permissions().iter().any(|permission| permission.permits(call))
    }
}

/// How items of a kind are read: most one by one, people many at a time and with their ledgers, messages with what they say,
///
/// batches with their chunks, the people at an address together, a session with its API key or issuer, what happened by pages, and of an origin only whether it is listed.
fn reads(items: Items) -> &'static [&'static str] {
    match items {
        Items::People => &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
        Items::Occurrences | Items::Sessions => &["dynamodb:BatchGetItem"],
        Items::ApiKeys | Items::Issuers => &["dynamodb:BatchGetItem", "dynamodb:GetItem"],
        Items::Origins | Items::Counts => &["dynamodb:Query"],
        Items::Interactions => &["dynamodb:Query"],
        Items::Batches | Items::AddressBook | Items::EventLog => &["dynamodb:GetItem", "dynamodb:Query"],
        Items::Tenants
        | Items::WebhookEndpoints
        | Items::NotificationRules
        | Items::EventSubscriptions
        | Items::EventCursors
        | Items::RuleChanges
        | Items::Redrives
        | Items::Erasures
        | Items::Statements
        | Items::Documents
        | Items::Templates
        | Items::Versions
        | Items::SharedTemplates
        | Items::Operations
        | Items::Tasks
        | Items::Usage
        | Items::Codes
        | Items::Replies
        | Items::Circuits
        | Items::Rates
        | Items::Answers => &["dynamodb:GetItem"],
    }
}

impl Permission {
    fn permits(&self, call: &Call) -> bool {
        self.actions.contains(&call.action.as_str())
            && match (self.resource, &call.to) {
                (Resource::Table(pattern), Target::Partition(key)) => pattern.matches(key),
                (Resource::Index(name, pattern), Target::Listed { index, partition }) => {
                    name == index && pattern.matches(partition)
                }
                (Resource::Objects(pattern), Target::Object(key)) => looks_like(key, pattern),
                (Resource::Queue(queue), Target::Queue(url)) => url
                    .rsplit_once('/')
                    .is_some_and(|(_, name)| looks_like(name, &format!("*-{}", queue.name()))),
                (Resource::DeadLetters(queue), Target::Queue(url)) => url
                    .rsplit_once('/')
                    .is_some_and(|(_, name)| looks_like(name, &format!("*-{}-dead", queue.name()))),
                (Resource::PutAside, Target::Queue(url)) => {
                    url.rsplit_once('/').is_some_and(|(_, name)| looks_like(name, "*-tell-dead"))
                }
                (Resource::Function(callee), Target::Function(name)) => {
                    looks_like(name, &format!("*-{}", callee.name()))
                }
                (Resource::Secrets(of), Target::Secret(name)) => of.has(name),
                (Resource::Bucket | Resource::Bus | Resource::Senders, Target::Service) => true,
                (
                    Resource::Table(_)
                    | Resource::Index(..)
                    | Resource::Objects(_)
                    | Resource::Bucket
                    | Resource::Bus
                    | Resource::Queue(_)
                    | Resource::DeadLetters(_)
                    | Resource::Changes
                    | Resource::PutAside
                    | Resource::Function(_)
                    | Resource::Senders
                    | Resource::Secrets(_),
                    Target::Partition(_)
                    | Target::Listed { .. }
                    | Target::Object(_)
                    | Target::Queue(_)
                    | Target::Function(_)
                    | Target::Secret(_)
                    | Target::Service,
                ) => false,
            }
    }
}

#[cfg(test)]
mod tests;
