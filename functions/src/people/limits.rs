//! Shows how much of each limit on contacts with a person is used, and when the person may be contacted next.

use domain::{
    compliance::{Circumstances, limits::LimitUse},
    id::{self, Id, Ref},
    vocabulary::{Channel, MessageChannel, Purpose, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::{App, Lender},
    http::{Request, json_within},
    needs::{Items, Need},
    pipeline::resolve::{self, About, Matter},
    store::people::Known,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::can_interact::{GuardAnswer, example_answer};
use crate::{catalog::Answer, intent::Intent, openapi::Operation};

/// A person's limits, by channel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    person_id: Id<id::Person>,
    /// Why the person would be contacted.
    theme: Theme,
    /// One for each channel.
    channels: Vec<ChannelLimits>,
}

/// What holds for one channel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelLimits {
    channel: Channel,
    /// As `can-interact` answers. Not only limits are in the way of a contact.
    guard: GuardAnswer,
    /// Every limit of the rules that speak of such a contact.
    limits: Vec<LimitUse>,
}

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let channel = request.query::<MessageChannel>("channel")?;
    let (subject, theme) = (request.query::<Subject>("subject")?, request.query::<Theme>("theme")?);
    let purpose = request.query::<Purpose>("purpose")?;
    let at = request.query::<Timestamp>("at")?.unwrap_or_else(|| app.now());
    let about =
        About { loans: request.query::<Ref<id::Loan>>("loanId")?.into_iter().collect(), ..About::default() };
    let lender = app.lender(request.tenant()?).await?;
    let tenant = &lender.tenant.id;
    let known = app.store.person(tenant, &request.path_ref("id")?).await?;
    let matter = about.of(tenant, &known.person)?;
    let theme = resolve::theme(app, tenant, subject.as_ref(), theme).await?.unwrap_or_default();
    let asked = Asked { channel: channel.map(Channel::from), subject, theme, purpose, at };
    let limits = asked.of(&lender, &known, &matter);
    json_within(StatusCode::OK, &limits, "The answer is too long; ask about one channel and one loan.")
}

/// What contacts the limits are on.
pub(crate) struct Asked {
    /// By which channel; every one that reaches a person if none is named.
    pub(crate) channel: Option<Channel>,
    /// What they would be about.
    pub(crate) subject: Option<Subject>,
    /// What they are for.
    pub(crate) theme: Theme,
    /// The purpose, if it is not that of the theme.
    pub(crate) purpose: Option<Purpose>,
    /// When they would be.
    pub(crate) at: Timestamp,
}

impl Asked {
    /// The limits on them with this person.
    pub(crate) fn of(self, lender: &Lender, known: &Known, matter: &Matter<'_>) -> Limits {
        let Self { channel, subject, theme, purpose, at } = self;
        let Known { person, ledger, .. } = known;
        let channels = match channel {
            Some(channel) => vec![channel],
            None => MessageChannel::ALL
                .iter()
                .copied()
                .map(Channel::from)
                .filter(|one| one.reaches_person())
                .collect(),
        };
        let channels = channels.into_iter().map(|channel| {
            let intent = Intent {
                channel,
                subject: subject.clone(),
                theme: Some(theme),
                circumstances: Circumstances { purpose, ..Circumstances::default() },
                assume_noon: false,
                at,
            };
            ChannelLimits {
                channel,
                guard: intent.judge(lender, person, ledger, matter).into(),
                limits: intent.limits(lender, person, ledger, matter),
            }
        });
        Limits { channels: channels.collect(), person_id: person.id.clone(), theme }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "How much of each limit on contacts with a person is used")
        .about(
            "For each channel: whether the person may be contacted, when next, and every limit on how often, with the \
             contacts that count toward it and when the next is free. It looks at the person's best contact, and at all \
             loans each by itself unless one is named.",
        )
        .query_as::<MessageChannel>("channel", "Only this channel; all that reach a person by default.")
        .query_as::<Subject>("subject", "What the contact would be about.")
        .query_as::<Theme>("theme", "Why; the subject's theme by default, or opsServicing.")
        .query_as::<Purpose>("purpose", "The purpose, if it is not that of the theme, such as marketing.")
        .query_as::<Ref<id::Loan>>("loanId", "Only about this loan.")
        .query_as::<Timestamp>("at", "When the contact would be (RFC 3339); now by default.")
        .answer::<Limits>(
            200,
            "The limits, by channel",
            json!({
                "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
                "theme": "opsCollDebt",
                "channels": [{
                    "channel": "voice",
                    "guard": example_answer(),
                    "limits": [{
                        "ruleId": "US-REGF-7IN7",
                        "title": "At most 7 calls within 7 days about a debt",
                        "kind": "law",
                        "jurisdiction": "US",
                        "citation": "12 CFR 1006.14(b)(2)(i)(A)",
                        "confidence": "verified",
                        "tightened": false,
                        "limit": "7 sent or placed in 7 days per debt",
                        "most": 7,
                        "period": "P7D",
                        "counts": "placed",
                        "channels": ["voice"],
                        "scope": "debt",
                        "loanId": "LN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
                        "used": 1,
                        "contacts": [{
                            "interactionId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                            "channel": "voice",
                            "at": "2026-01-05T15:00:00Z",
                            "until": "2026-01-12T15:00:00Z",
                        }],
                        "nextFreeAt": "2026-01-12T15:00:00Z",
                    }],
                }],
            }),
        )
        .problems(&[404, 409])
}
