//! Creates or changes many people: the nightly push of a lender's system of record.

use std::collections::HashSet;

use domain::{
    Error,
    id::{self, Id, Ref},
    person::update::{NewPerson, PersonUpdate},
    tenant::TenantId,
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::body,
    http::{Request, json},
    needs::Need,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    RECREATE,
    bulk::{BulkOutcome, EntryOutcome, Outcome},
    examples, is_told_to_recreate,
    upsert::upsert,
};
use crate::{catalog::Answer, openapi::Operation};

/// People in one request.
const MOST: usize = 500;
/// People worked on at the same time.
const AT_ONCE: usize = 16;

/// Up to 500 people to create or change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkUpdate {
    /// 1 to 500 people, each with its `externalId`.
    // Read one by one, so that a fault in one is no fault of the others.
    #[schemars(with = "Vec<NewPerson>", length(min = 1, max = 500))]
    people: Vec<Value>,
}

/// Does all that can be done. A store that is away fails the whole request, which may be sent again as it is.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let BulkUpdate { people } = request.json()?;
    if !(1..=MOST).contains(&people.len()) {
        return Err(Error::invalid("/people", format!("must have 1 to {MOST} entries")));
    }
    let (tenant, recreate) = (request.tenant()?, is_told_to_recreate(request)?);
    let mut seen = HashSet::new();
    let work: Vec<_> = people
        .into_iter()
        .enumerate()
        .map(|(at, entry)| {
            let name = entry.get("externalId").and_then(Value::as_str).map(str::to_owned);
            let is_repeated = name.clone().is_some_and(|name| !seen.insert(name));
            outcome(app, request, tenant, Entry { at, name, is_repeated, content: entry, recreate })
        })
        .collect();
    let results = stream::iter(work).buffered(AT_ONCE).try_collect().await?;
    json(StatusCode::OK, &BulkOutcome { results })
}

/// One person of the request.
struct Entry {
    at: usize,
    name: Option<String>,
    is_repeated: bool,
    content: Value,
    recreate: bool,
}

async fn outcome(
    app: &App,
    request: &Request,
    tenant: &TenantId,
    entry: Entry,
) -> Result<EntryOutcome, Error> {
    match store(app, tenant, &entry).await {
        Ok((id, outcome)) => Ok(EntryOutcome::done(entry.name, id, outcome)),
        Err(error @ Error::Unavailable(_)) => Err(error),
        Err(error) => {
            let error = request.tell(error.within(&format!("/people/{}", entry.at)));
            Ok(EntryOutcome::failed(entry.name, error))
        }
    }
}

async fn store(app: &App, tenant: &TenantId, entry: &Entry) -> Result<(Id<id::Person>, Outcome), Error> {
    if entry.is_repeated {
        return Err(Error::invalid("/externalId", "must be in the request once"));
    }
    let update: PersonUpdate = body::read(entry.content.to_string().as_bytes())?;
    let name = update.external_id.clone().ok_or_else(|| Error::invalid("/externalId", "must be given"))?;
    let edited = upsert(app, tenant, &Ref::External(name), &update, entry.recreate, |_| Ok(())).await?;
    let outcome = if edited.before.is_none() { Outcome::Created } else { Outcome::Updated };
    Ok((edited.after.id, outcome))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(super::EDIT_AND_LIST_ANEW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut john = examples::update();
    john["externalId"] = json!("john");
    Operation::new("People", "Create or change up to 500 people")
        .about(
            "Each entry is stored whole or not at all, whatever becomes of the others. \
             Sent twice, it is as good as sent once.",
        )
        .query_as::<bool>("recreate", RECREATE)
        .body::<BulkUpdate>(json!({ "people": [john] }))
        .answer::<BulkOutcome>(
            200,
            "What became of each",
            json!({
                "results": [
                    { "externalId": "john", "id": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST", "outcome": "created" },
                    {
                        "externalId": "jane",
                        "outcome": "failed",
                        "detail": "/people/1/contacts/0/value must be in E.164; write +13125550142; 3125550142 was sent",
                        "violations": [
                            { "pointer": "/people/1/contacts/0/value", "message": "must be in E.164; write +13125550142; 3125550142 was sent" },
                        ],
                    },
                ],
            }),
        )
}
