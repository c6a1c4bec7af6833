//! What only some functions have: what is made for a function follows from its `NEEDS`, and so does what its program holds.
//!
//! A program holds what can be reached from its main. What is told apart at run time, such as a provider by its name, would
//! bring in every provider; what is made through [`Parts`] is told apart when the main is compiled, because a function's
//! parts are constants. AWS clients need none of this: each is [made where it is used](crate::aws::OnDemand).

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{error::DisplayErrorContext, types::AttributeValue};
use futures::future::BoxFuture;

use crate::{
    app::App,
    needs::{Items, Need},
    providers::{Adapters, NO_ADAPTERS, Secrets, adapter},
    secrets::{self, NoSecrets},
    store::Store,
};

/// How long a function waits for a connection before it takes work all the same.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes the client of secrets.
type MakeSecrets = fn(&SdkConfig) -> Arc<dyn Secrets>;

/// See the module documentation.
#[derive(Clone, Copy)]
pub struct Parts {
    secrets: Option<MakeSecrets>,
    /// How the providers are made whose adapters it has.
    pub adapters: Adapters,
    connect: Option<(Connect, Items)>,
}

/// Opens a connection to the table by reading an item of a kind.
type Connect = for<'a> fn(&'a Store, Items) -> BoxFuture<'a, ()>;

impl Parts {
    /// Those that a function of these needs has.
    pub const fn of(needs: &[Need]) -> Self {
        Self { secrets: None, adapters: NO_ADAPTERS, connect: None }.and(needs)
    }

    const fn and(mut self, needs: &[Need]) -> Self {
        let mut at = 0;
        while at < needs.len() {
            match needs[at] {
                Need::All(more) => self = self.and(more),
                Need::Secrets(_) => self.secrets = Some(secrets::manager),
                Need::Provider(name) => self.adapters[name as usize] = Some(adapter(name)),
                Need::Read(items) if items.are_read_by_key() => self.connect = Some((connect, items)),
                Need::Read(_)
                | Need::List(_)
                | Need::Write(_)
                | Need::Amend(_)
                | Need::Delete(_)
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
                | Need::Render
                | Need::Print => {}
            }
            at += 1;
        }
        self
    }

    pub(crate) fn secrets(&self, sdk: &SdkConfig) -> Arc<dyn Secrets> {
        self.secrets.map_or_else(|| Arc::new(NoSecrets) as _, |make| make(sdk))
    }

    /// Opens the connection that the first request needs, where the function reads the table: before there is work a Lambda has a
    /// whole processor, and later, by its memory, a fraction of one for the same handshake.
    pub async fn connect(&self, app: &App) {
        let Some((connect, items)) = self.connect else { return };
        if tokio::time::timeout(PATIENCE, connect(&app.store, items)).await.is_err() {
            tracing::warn!("no connection to the table yet");
        }
    }
}

/// Reads an item that no store has, of a kind that the function may read: what comes back does not matter.
fn connect(store: &Store, items: Items) -> BoxFuture<'_, ()> {
    let partition = AttributeValue::S(items.pattern().like.replace('*', "0"));
    let request = store.client.get_item().table_name(&store.table);
    let request = request.key("pk", partition).key("sk", AttributeValue::S("0".into()));
    Box::pin(async move {
        if let Err(error) = request.send().await {
            tracing::warn!(error = %DisplayErrorContext(error), "the table cannot be read yet");
        }
    })
}
