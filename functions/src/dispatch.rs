//! What sends messages, a function for each channel; the pipeline is the same for all.

use domain::{Error, error::Ours as _, vocabulary::SendingChannel};
use platform::{
    app::App,
    pipeline::{self, fan_out::Call},
    queues,
};
use serde_json::Value;

/// How many of a channel's dispatchers run at the same time unless the operator says otherwise, each with up to ten
/// messages: mind the provider's rate.
pub const fn at_once(channel: SendingChannel) -> u8 {
    match channel {
        SendingChannel::Email => 10,
        SendingChannel::Text | SendingChannel::Mail | SendingChannel::Push | SendingChannel::Webhook => 5,
        SendingChannel::Gui => 2,
    }
}

/// Declares a channel's dispatcher, by what its provider needs of AWS besides what every dispatcher does.
macro_rules! dispatcher {
    ($(#[$doc:meta])* $channel:ident needs $($need:expr),+) => {
        $(#[$doc])*
        pub mod $channel {
            use domain::{Error, vocabulary::ProviderName};
            use platform::{app::App, needs::Need};
            use serde_json::Value;

            /// What it needs of AWS.
            pub const NEEDS: &[Need] =
                &[Need::All(platform::pipeline::dispatch::NEEDS), $($need),+];

            /// Sends one.
            pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
                super::dispatch(app, body).await
            }

            /// Sends one for a function that waits to hear what becomes of it.
            pub async fn answer(app: &App, input: Value) -> Result<Value, Error> {
                super::answer(app, input).await
            }
        }
    };
}

dispatcher! {
    /// Sends e-mail.
    email needs
        Need::All(platform::pipeline::dispatch::OUTSIDE),
        Need::Mail,
        Need::Provider(ProviderName::Ses),
        Need::Provider(ProviderName::Sendgrid),
        Need::Provider(ProviderName::Smtp),
        Need::Fetch(platform::needs::Bodies::Documents),
        Need::Secrets(platform::needs::SecretsOf::Providers),
        Need::All(platform::links::NEEDS)
}

dispatcher! {
    /// Sends texts.
    text needs
        Need::Provider(ProviderName::Twilio),
        Need::All(platform::pipeline::dispatch::OUTSIDE),
        Need::Secrets(platform::needs::SecretsOf::Providers),
        Need::Fetch(platform::needs::Bodies::Documents)
}

dispatcher! {
    /// Sends letters.
    mail needs
        Need::Provider(ProviderName::Lob),
        Need::Provider(ProviderName::Drop),
        Need::All(platform::pipeline::dispatch::OUTSIDE),
        Need::Secrets(platform::needs::SecretsOf::Providers),
        Need::Fetch(platform::needs::Bodies::Letters),
        Need::Fetch(platform::needs::Bodies::Dropped),
        Need::Keep(platform::needs::Bodies::Dropped)
}

dispatcher! {
    /// Delivers notices inside the lender's application.
    gui needs
        Need::Provider(ProviderName::Inbox)
}

dispatcher! {
    /// Sends push notifications.
    push needs
        Need::Provider(ProviderName::Fcm),
        Need::All(platform::pipeline::dispatch::OUTSIDE),
        Need::Secrets(platform::needs::SecretsOf::Providers)
}

dispatcher! {
    /// Calls webhooks.
    webhook needs
        Need::Provider(ProviderName::Endpoint),
        Need::All(platform::pipeline::dispatch::OUTSIDE),
        Need::All(platform::providers::endpoint::signing::NEEDS),
        Need::All(platform::pipeline::endpoints::NEEDS)
}

/// Dispatches one message.
async fn dispatch(app: &App, body: &str) -> Result<(), Error> {
    pipeline::dispatch::dispatch(app, queues::decode(body)?).await
}

/// Dispatches one message and answers how far it is.
async fn answer(app: &App, input: Value) -> Result<Value, Error> {
    let Call { dispatch: awaited } = serde_json::from_value(input)
        .map_err(|e| Error::invalid("/dispatch", format!("must be a message of the outbound queue: {e}")))?;
    let fate = pipeline::dispatch::answer(app, awaited).await?;
    serde_json::to_value(fate).internal()
}
