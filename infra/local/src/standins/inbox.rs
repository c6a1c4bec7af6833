//! The lender's application, as far as it shows notices: whatever is kept for it stands in the outbox too. Nothing is asked of
//! it; it looks at each notice once its dispatcher is done with it.

use std::collections::BTreeMap;

use axum::Router;
use domain::interaction::Interaction;
use domain::template::Source;
use domain::vocabulary::{ProviderName, SendingChannel};
use domain::{Error, error::Ours as _};
use platform::app::App;
use platform::invoke::Callee;
use platform::pipeline::fan_out::Call;
use platform::queues;

use super::{StandIn, Surroundings};
use crate::outbox::Message;

/// The stand-in.
pub struct Inbox {
    around: Surroundings,
}

impl Inbox {
    /// An application that shows nothing yet.
    pub fn new(around: Surroundings) -> Self {
        Self { around }
    }

    /// Looks whether the message that a dispatcher was given, by its queue or directly, is a notice by now, and shows it if it
    /// does not yet.
    ///
    /// # Errors
    /// Where the message cannot be read.
    pub async fn look(&self, app: &App, function: &str, given: &str) -> Result<(), Error> {
        if function != Callee::Dispatcher(SendingChannel::Gui).name() {
            return Ok(());
        }
        let queued: Interaction = match queues::decode::<Call>(given) {
            Ok(Call { dispatch }) => dispatch,
            Err(_) => queues::decode(given)?,
        };
        let kept = app.store.find_interaction(&queued.tenant, &queued.id).await?;
        let Some(notice) = kept.filter(|kept| kept.notice().is_some()) else { return Ok(()) };
        if self.around.outbox.find(ProviderName::Inbox, notice.id.as_str()).is_some() {
            return Ok(());
        }
        let content = app.objects.content(&notice.content).await?;
        let raw = serde_json::to_string(&content).internal()?;
        let words = Source::from(content);
        self.around.outbox.add(Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Inbox,
            provider_message_id: notice.id.to_string(),
            channel: SendingChannel::Gui,
            to: notice.person_id.map(|person| person.to_string()).unwrap_or_default(),
            from: notice.tenant.to_string(),
            subject: words.subject_line,
            body: words.content_text.unwrap_or_default(),
            html: words.content_html,
            headers: BTreeMap::new(),
            attachments: Vec::new(),
            tags: BTreeMap::new(),
            reports: Vec::new(),
            raw,
        });
        Ok(())
    }
}

impl StandIn for Inbox {
    fn api(&self) -> Option<Router> {
        None
    }

    fn controls(&self) -> Router {
        Router::new()
    }

    fn resume(&self) {}
}
