//! What 001 answers to a message that was accepted.

use domain::{interaction::Interaction, person::Person, template::Fallback};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    pipeline::{accept::Outcome, resolve::Chosen},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::TemplateUsed;
use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, example_view},
};

/// A message that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SentMessage {
    /// That it was accepted, and what of it you did not choose yourself.
    pub message: String,
    /// The message, as an interaction.
    pub data: InteractionView,
    /// The template that was used.
    pub template: TemplateUsed,
}

/// The answer to a message that was sent outside the guard: the interaction, or what forbids it.
pub async fn answer(app: &App, request: &Request, outcome: Outcome, person: Option<&Person>) -> Answer {
    let sent = match outcome {
        Outcome::Accepted(interaction) | Outcome::Repeated(interaction) => interaction,
        Outcome::Blocked(blocked) => {
            return Ok(problem::blocked(&blocked.decision, &blocked.record.id, &request.trace_id));
        }
    };
    let view = InteractionView::of(app, request.caller()?, sent, person).await?;
    json(StatusCode::ACCEPTED, &One::of(StatusCode::ACCEPTED, view))
}

/// That a message was accepted, with what its sender did not choose: channel, language, product, hour.
pub fn in_words(accepted: &Interaction, chosen: &Chosen, person: &Person, is_our_channel: bool) -> String {
    let mut words = vec!["Accepted.".to_owned()];
    if is_our_channel {
        let is_preferred = person.communication_preference.preferred == Some(accepted.channel);
        let why =
            if is_preferred { "which the borrower prefers" } else { "which has a template and a contact" };
        words.push(format!("It goes by {}, {why}.", accepted.channel));
    }
    for fallback in &chosen.fallbacks {
        words.push(match fallback {
            Fallback::Language => {
                format!(
                    "It is in {}, since there is no template in the borrower's language.",
                    chosen.template.descriptor.language
                )
            }
            Fallback::Product => {
                "Its template is the one for all products, since there is none for the loan's.".into()
            }
        });
    }
    if let Some(at) = accepted.send_at {
        words.push(format!("It leaves at {at}."));
    }
    words.join(" ")
}

/// The document's example.
pub fn example() -> Value {
    json!({
        "message": "Accepted.",
        "data": example_view(),
        "template": {
            "descriptorId": "TD-AAAA-BBBB",
            "versionId": "TV-AAAA-BBBB",
            "language": "en",
            "productId": null,
            "fallbacks": [],
        },
    })
}
