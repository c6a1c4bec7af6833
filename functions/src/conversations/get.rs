//! What a person and the lender wrote to one another, as a thread.

use domain::{
    Error,
    caller::Caller,
    id::{self, Id, Ref},
    interaction::Interaction,
    vocabulary::{Channel, CommunicatorChannel, Direction, InteractionStatus, StatusDetails, Subject},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_within},
    needs::{Items, List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    catalog::Answer,
    envelope::Page,
    interactions::{
        EnclosureView, SHOW, content_for, enclosure_views,
        filter::Filter,
        page::{self, TOO_LONG},
    },
    openapi::Operation,
    people,
};

/// One message of a conversation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationMessage {
    interaction_id: Id<id::Interaction>,
    channel: Channel,
    direction: Direction,
    /// When it was accepted, or came in.
    at: Timestamp,
    /// The address or number it came from; absent if it is yours and is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The address or number it went to; absent if it is yours and is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// What it is about, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_line: Option<String>,
    /// What it says, without what it quotes. Null to viewers if it is sensitive.
    text: Option<String>,
    /// What it quotes of earlier messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<String>,
    /// The files it came with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<EnclosureView>,
    /// Whether it may be from somebody else than it says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_unproven: bool,
    /// Null while it is queued.
    status: Option<InteractionStatus>,
    status_details: Option<StatusDetails>,
    /// Whether Postrider wrote it by itself.
    is_automatic: bool,
    /// What it answers.
    previous_interaction_id: Option<Id<id::Interaction>>,
}

impl ConversationMessage {
    async fn of(app: &App, caller: &Caller, interaction: Interaction) -> Result<Self, Error> {
        let content = content_for(app, caller, &interaction).await?;
        let part = |names: &[&str]| {
            let texts = names.iter().filter_map(|name| content.get(*name)?.as_str());
            texts.map(str::to_owned).find(|text| !text.trim().is_empty())
        };
        let theirs = Some(interaction.to.clone()).filter(|address| !address.is_empty());
        let (from, to) = match interaction.direction {
            Direction::Inbound => (theirs, interaction.ours.clone()),
            Direction::Outbound => (interaction.ours.clone(), theirs),
        };
        Ok(Self {
            subject_line: part(&["subjectLine"]),
            text: part(&["body", "contentText"]),
            quoted: part(&["quoted"]),
            enclosures: enclosure_views(caller, &interaction),
            is_unproven: interaction.unproven,
            interaction_id: interaction.id,
            channel: interaction.channel,
            direction: interaction.direction,
            at: interaction.created_at,
            from,
            to,
            subject: interaction.subject,
            status: interaction.state.status,
            status_details: interaction.state.details,
            is_automatic: interaction.circumstances.automatic,
            previous_interaction_id: interaction.circumstances.reply_to,
        })
    }
}

/// Shows a page. What the guard refused, or was called off, was never said.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let person = people::find(app, request).await?;
    let (filter, caller) = (Filter::of_conversation(request)?, request.caller()?);
    let found = page::find(app, request, Some(&person), &filter).await?;
    let messages = found.entries.into_iter().map(|entry| ConversationMessage::of(app, caller, entry));
    let page = Page::of(futures::future::try_join_all(messages).await?);
    json_within(StatusCode::OK, &page.and_on(found.looked_at.map(|id| id.to_string())), TOO_LONG)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Interactions), Need::List(List::Interactions), Need::All(SHOW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Show a person's conversation")
        .about(
            "What you and the person wrote to one another, by channel: their own words apart from what they quote, and what \
             each answers. Messages that the guard refused or that were canceled are left out. What sensitive messages say is null to \
             viewers.",
        )
        .query_as::<CommunicatorChannel>("channel", "That on this channel; on all by default.")
        .query_as::<Timestamp>("from", "What was said at this instant or later (RFC 3339).")
        .query_as::<Timestamp>("to", "What was said before this instant.")
        .paged::<Ref<id::Interaction>>()
        .answer::<Page<ConversationMessage>>(200, "A page, newest first", example())
        .problems(&[404, 409])
}

fn example() -> Value {
    json!({
        "status": 200,
        "count": 1,
        "data": [{
            "interactionId": "IN-KEY-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
            "channel": "text",
            "direction": "inbound",
            "at": "2026-01-05T15:00:00Z",
            "from": "+13125550101",
            "to": "+13125550100",
            "text": "Can I pay on the 20th?",
            "status": "succeeded",
            "statusDetails": null,
            "isAutomatic": false,
            "previousInteractionId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        }],
    })
}
