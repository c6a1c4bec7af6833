//! What Lambda does: run functions, each in a process of its own.
//!
//! The process is an app here. What one function read, no other remembers, and each has the parts that it needs: so
//! what a `NEEDS` leaves out is missing here as on AWS, whoever was invoked before.

pub mod api;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Error;
use functions::catalog::{self, Function};
use futures::future::BoxFuture;
use platform::app::App;
use platform::needs::{Items, Need};
use platform::parts::Parts;

use crate::invocations::Invocations;

/// Makes an app. Clients of all may share what is costly about them.
pub type MakeApp = Box<dyn Fn(&Parts) -> Result<App, Error> + Send + Sync>;

/// The parts of an app that is no function's: whatever any function has.
pub const EVERY_PART: Parts = {
    const NEEDS: [Need; catalog::ALL.len()] = {
        let (mut all, mut at) = ([Need::Render; catalog::ALL.len()], 0);
        while at < all.len() {
            all[at] = Need::All(catalog::ALL[at].needs);
            at += 1;
        }
        all
    };
    Parts::of(&NEEDS)
};

/// Told of what a function worked off, with the function.
pub type WorkedOff = Box<dyn Fn(&'static str, String) -> BoxFuture<'static, ()> + Send + Sync>;

/// The functions, as far as they run.
pub struct Lambda {
    make_app: MakeApp,
    apps: Mutex<BTreeMap<&'static str, Arc<App>>>,
    invocations: Arc<Invocations>,
    worked_off: WorkedOff,
}

impl Lambda {
    /// Nothing runs yet: a function's app is made when it is invoked for the first time.
    pub fn new(make_app: MakeApp, invocations: Arc<Invocations>, worked_off: WorkedOff) -> Self {
        Self { make_app, apps: Mutex::default(), invocations, worked_off }
    }

    /// Tells of what a function worked off: a message of a queue, or what it was invoked with.
    pub async fn worked_off(&self, function: &Function, what: &str) {
        (self.worked_off)(function.name, what.to_owned()).await;
    }

    /// Invokes a function.
    ///
    /// # Errors
    /// [`Error::Internal`] where it gave no answer.
    pub async fn run<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        function: &Function,
        work: impl FnOnce(Arc<App>) -> F,
    ) -> Result<T, Error> {
        let work = work(self.app(function)?);
        let ended = self.invocations.run(function, work).await;
        if function.may().into_iter().any(changes_what_is_remembered) {
            self.apps().retain(|name, _| *name == function.name);
        }
        ended.map_err(|ended| Error::Internal(format!("{} {ended:?}", function.name).into()))
    }

    /// An app that no function has yet.
    pub fn new_app(&self) -> Result<App, Error> {
        (self.make_app)(&EVERY_PART)
    }

    /// The app of a function.
    pub fn app(&self, function: &Function) -> Result<Arc<App>, Error> {
        if let Some(app) = self.apps().get(function.name) {
            return Ok(Arc::clone(app));
        }
        let mut app = (self.make_app)(&function.parts)?;
        if function.may().contains(&Need::Print) {
            app.printer = printing::printer();
        }
        Ok(Arc::clone(self.apps().entry(function.name).or_insert_with(|| Arc::new(app))))
    }

    fn apps(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<App>>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a need is to change what functions remember for 30 s. The others begin anew after such an invocation: nobody
/// who tries the system wants to wait, and a scenario that waits proves nothing more.
fn changes_what_is_remembered(need: Need) -> bool {
    match need {
        Need::Write(items) | Need::Amend(items) | Need::Delete(items) => match items {
            Items::Tenants
            | Items::WebhookEndpoints
            | Items::NotificationRules
            | Items::EventSubscriptions
            | Items::Templates
            | Items::Versions
            | Items::SharedTemplates => true,
            Items::RuleChanges
            | Items::EventCursors
            | Items::EventLog
            | Items::Counts
            | Items::Redrives
            | Items::People
            | Items::Erasures
            | Items::AddressBook
            | Items::Statements
            | Items::Documents
            | Items::Interactions
            | Items::Batches
            | Items::Occurrences
            | Items::Operations
            | Items::Tasks
            | Items::Usage
            | Items::Codes
            | Items::Replies
            | Items::Circuits
            | Items::Rates
            | Items::Answers
            | Items::ApiKeys
            | Items::Sessions
            | Items::Issuers
            | Items::Origins => false,
        },
        // `may` has no lists of lists.
        Need::All(_)
        | Need::Read(_)
        | Need::List(_)
        | Need::Fetch(_)
        | Need::Keep(_)
        | Need::Remove(_)
        | Need::Dispatch
        | Need::Send(_)
        | Need::Receive(_)
        | Need::Peek
        | Need::Redrive
        | Need::Follow
        | Need::Invoke(_)
        | Need::Tell
        | Need::Mail
        | Need::Secrets(_)
        | Need::Provider(_)
        | Need::Render
        | Need::Print => false,
    }
}
