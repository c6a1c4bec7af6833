//! What if: whom of these people may be contacted, when the rest, and which rules and stops are in the way. Nothing is sent, and
//! nothing is recorded.

mod csv;
mod outcome;

use std::collections::BTreeMap;

use domain::{
    Error,
    compliance::{Circumstances, changes::RuleUpdate, profile::Profile},
    id::{self, Ref},
    shape,
    tenant::{Settings, Tenant},
    update::Faults,
    vocabulary::{MessageChannel, Purpose, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::{App, Lender},
    http::{Request, json_within},
    needs::{Items, List, Need},
    store::people::Known,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::outcome::{Forecast, Line};
use crate::{
    catalog::Answer,
    intent::{self, Intent},
    openapi::Operation,
    people::can_interact::{about, autodialed, intent},
};

/// Rules that are changed for one question.
const MOST_RULES: usize = 20;

/// Whom, how, why, and by which rules. One of `personIds` and `sample` is required, and one of `subject` and `theme`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = conditions)]
pub struct WhatIfQuestion {
    /// The people, at most 1,000.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Ref<id::Person>>>", length(min = 1, max = 1_000))]
    person_ids: Option<Vec<String>>,
    /// Instead of naming people: so many, at most 1,000, of those who changed last.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000))]
    sample: Option<usize>,
    /// The channels, each asked about by itself, at each person's best contact.
    #[schemars(length(min = 1, max = MessageChannel::ALL.len()), extend("uniqueItems" = true))]
    channels: Vec<MessageChannel>,
    /// The subject the contact would be about.
    #[serde(default)]
    subject: Option<Subject>,
    /// Why; the subject's theme by default.
    #[serde(default)]
    theme: Option<Theme>,
    /// What it would be for besides what the theme says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// When it would be; now by default.
    #[serde(default)]
    started_at: Option<Timestamp>,
    /// Whether an autodialer places the calls or sends the texts, or the calls have a recorded voice. For voice and text.
    #[serde(default)]
    is_autodialed: Option<bool>,
    /// Rules as they would be, by their ids, each in the words of `PUT /compliance/rules/{ruleId}`; null removes what you said about it.
    /// They are not stored. At most 20.
    #[serde(default)]
    #[schemars(extend("maxProperties" = MOST_RULES))]
    rules: BTreeMap<String, Option<RuleUpdate>>,
}

/// In schemas.
fn conditions(schema: &mut Schema) {
    let is_autodialed = match autodialed() {
        serde_json::Value::Object(mut condition) => {
            let channels =
                json!({ "properties": { "channels": { "items": { "enum": ["voice", "text"] } } } });
            condition.insert("then".to_owned(), channels);
            condition.into()
        }
        other => other,
    };
    shape::hold(schema, json!([about(), is_autodialed, shape::either("personIds", "sample")]));
}

/// Who may be contacted, and when the rest.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhatIf {
    /// The instant asked about.
    evaluated_at: Timestamp,
    /// How many people were asked about.
    people: usize,
    /// Ids of the request that name nobody.
    unknown: Vec<String>,
    /// With rules as the request has them.
    outcome: Forecast,
    /// With rules as they stand; absent if the request changes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<Forecast>,
    /// One for each person and channel.
    lines: Vec<Line>,
}

/// Asks the guard about each.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let asked: WhatIfQuestion = request.json_checked(WhatIfQuestion::check)?;
    let lender = Lender::from(app.store.tenant(request.tenant()?).await?);
    let changed = asked.changed(&lender.tenant, &request.caller()?.subject, app.now())?;
    let mut intents = Vec::new();
    for channel in &asked.channels {
        intents.push(asked.intent(app, &lender, *channel).await?);
    }
    let (people, unknown) = asked.people(app, &lender).await?;
    let at = intents.first().map_or_else(|| app.now(), |intent| intent.at);
    let (outcome, mut lines) = outcome::of(changed.as_ref().unwrap_or(&lender), &intents, &people, at);
    let mut unchanged = None;
    if changed.is_some() {
        let (outcome, before) = outcome::of(&lender, &intents, &people, at);
        lines.iter_mut().zip(before).for_each(|(line, before)| line.was(before));
        unchanged = Some(outcome);
    }
    if request.header("accept").is_some_and(is_csv) {
        return csv::answer(&lines);
    }
    let answer = WhatIf { evaluated_at: at, people: people.len(), unknown, outcome, unchanged, lines };
    let remedy = "The answer is too long; ask about fewer people or channels, or for text/csv.";
    json_within(StatusCode::OK, &answer, remedy)
}

/// Whether a caller takes lines alone.
fn is_csv(accept: &str) -> bool {
    accept.split(',').any(|media| {
        let mut parts = media.split(';').map(str::trim);
        // A weight of 0 says what is not taken (RFC 9110, section 12.4.2).
        let weight = |part: &str| part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        parts.next() == Some("text/csv") && parts.find_map(weight) != Some(0.0)
    })
}

impl WhatIfQuestion {
    fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let most = intent::MOST;
        match (&self.person_ids, self.sample) {
            (None, None) => faults.expect(false, "/personIds", "must be given if sample is not"),
            (Some(_), Some(_)) => faults.expect(false, "/sample", "must be left out if personIds is given"),
            (Some(ids), None) => {
                let fits = (1..=most).contains(&ids.len());
                faults.expect(fits, "/personIds", &format!("must have 1 to {most} entries"));
            }
            (None, Some(sample)) => {
                faults.expect((1..=most).contains(&sample), "/sample", &format!("must be from 1 to {most}"));
            }
        }
        let channels = &self.channels;
        let is_set = channels.iter().enumerate().all(|(n, channel)| !channels[..n].contains(channel));
        faults.expect(
            !channels.is_empty() && is_set,
            "/channels",
            "must name at least one channel, and each once",
        );
        let fits = self.rules.len() <= MOST_RULES;
        faults.expect(fits, "/rules", &format!("must have at most {MOST_RULES} entries"));
        faults.none()
    }

    /// The lender with its rules as the request has them, if it changes any.
    fn changed(&self, tenant: &Tenant, by: &str, now: Timestamp) -> Result<Option<Lender>, Error> {
        if self.rules.is_empty() {
            return Ok(None);
        }
        let mut compliance: Profile = tenant.settings.compliance.clone();
        for (id, update) in &self.rules {
            let put = match update {
                Some(update) => compliance.with_rule(id, update, by, now),
                None => compliance.without_rule(id),
            };
            compliance = put.map_err(|error| {
                let mut faults = Faults::default();
                let place = format!("/rules/{}", id.replace('~', "~0").replace('/', "~1"));
                match error {
                    Error::NotFound { .. } => faults.expect(
                        false,
                        &place,
                        "must be the id of a rule of the law, or of one of your own, which begin with OWN-; null only \
                         where you said something about it",
                    ),
                    other => faults.take(&place, other),
                }
                faults.none().err().unwrap_or_else(|| Error::invalid(&place, "must be a rule"))
            })?;
        }
        let settings = Settings { compliance, ..tenant.settings.clone() };
        Ok(Some(Lender::from(Tenant { settings, ..tenant.clone() })))
    }

    async fn intent(&self, app: &App, lender: &Lender, channel: MessageChannel) -> Result<Intent, Error> {
        let circumstances = Circumstances {
            purpose: self.purpose,
            autodialed: self.is_autodialed.unwrap_or(false),
            ..Circumstances::default()
        };
        intent(
            app,
            lender,
            channel,
            (self.subject.clone(), self.theme),
            (self.started_at, None),
            circumstances,
        )
        .await
    }

    /// Those asked about, each by the name the request has for them, and the names of nobody.
    async fn people(&self, app: &App, lender: &Lender) -> Result<(Vec<(String, Known)>, Vec<String>), Error> {
        let tenant = &lender.tenant.id;
        let names = match (&self.person_ids, self.sample) {
            (Some(names), _) => names.clone(),
            (None, sample) => {
                let ids = app.store.latest_people(tenant, sample.unwrap_or_default()).await?;
                ids.iter().map(ToString::to_string).collect()
            }
        };
        let known = intent::people(app, tenant, &names).await?;
        let (mut people, mut unknown) = (Vec::new(), Vec::new());
        for (name, known) in names.into_iter().zip(known) {
            match known {
                Some(known) => people.push((name, known)),
                None => unknown.push(name),
            }
        }
        Ok((people, unknown))
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::Read(Items::People), Need::List(List::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "What if: who may be contacted, when, and what is in the way")
        .about(
            "Asks the guard about up to 1,000 people on each channel, and again with rules changed for the question. Counts \
             who may be contacted now, when the rest may, and what is in the way of how many, with a week of allowed hours \
             by time zone. With Accept: text/csv the answer is its lines alone. Nothing is sent, stored or recorded.",
        )
        .body::<WhatIfQuestion>(json!({
            "sample": 500,
            "channels": ["text"],
            "theme": "opsCollDebt",
            "rules": {
                "OWN-TEXTS": {
                    "reason": "Would one text a day do?",
                    "rule": {
                        "id": "OWN-TEXTS",
                        "title": "One text a day",
                        "citation": "Contact policy 3.3",
                        "channels": ["text"],
                        "caps": [{ "most": 1, "period": { "days": 1 } }],
                    },
                },
            },
        }))
        .answer::<WhatIf>(200, "Who may be contacted, when the rest may, and what is in the way", outcome::example())
        .text(200, "Its lines", "text/csv")
        .problems(&[409])
}
