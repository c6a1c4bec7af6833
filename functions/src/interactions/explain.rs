//! Why a message was sent, is waiting, or was stopped: the guard's decision as it was made.

use domain::{
    Error,
    compliance::Decision,
    id::{self, Id},
    interaction::Overriding,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// The guard's last decision about a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    interaction_id: Id<id::Interaction>,
    person_id: Option<Id<id::Person>>,
    /// The contact used, if the channel needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<Id<id::Contact>>,
    /// As it was made, for the instant the message was to leave.
    decision: Decision,
    /// Whether the message was sent again since: the guard is asked anew when it leaves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_asked_anew: bool,
    /// Who answers for sending it in spite of facts that would have stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    overridden: Option<Overriding>,
    /// Earlier decisions that say more, oldest first: why the message had to wait, or by which it may have left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Decision>,
}

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let named = request.path_ref::<id::Interaction>("id")?;
    let interaction = app.store.interaction(request.tenant()?, &named).await?;
    let id = interaction.id;
    let (is_asked_anew, mut earlier) = (interaction.decision.is_none(), interaction.earlier_decisions);
    let decision = interaction.decision.or_else(|| earlier.pop());
    let decision = decision.ok_or_else(|| Error::not_found("decision about", &named))?;
    let explanation = Explanation {
        interaction_id: id,
        person_id: interaction.person_id,
        contact_id: interaction.contact_id,
        decision,
        is_asked_anew,
        overridden: interaction.overridden,
        earlier,
    };
    json(StatusCode::OK, &explanation)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Interactions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "Explain a message")
        .about("The last decision about the message, with the rules that spoke of it and a fingerprint of the facts.")
        .answer::<Explanation>(
            200,
            "The decision as it was made",
            json!({
                "interactionId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
                "contactId": "CT-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
                "decision": {
                    "allowed": true,
                    "reasons": [],
                    "evaluatedAt": "2026-01-06T14:00:00Z",
                    "timeZones": ["America/Chicago"],
                    "jurisdictions": ["US", "IL"],
                    "ruleSet": "2026-11-21+f862fc33",
                    "signOff": {
                        "ruleSet": "2026-11-21+f862fc33",
                        "counsel": "J. Doe, counsel",
                        "signedOn": "2026-12-04",
                        "at": "2026-12-04T15:00:00Z",
                    },
                    "rules": ["US-REGF-TIME", "US-BK"],
                    "factsDigest": "c6049b75bba3be018ff0688e86131474188604a0bf47942a482eb2def0a44477",
                },
            }),
        )
        .problems(&[404])
}
