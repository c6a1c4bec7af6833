//! How many messages came how far, hour by hour.
//!
//! What is counted in an hour is kept twice: as *pages*, each with the names of what one delivery of the table's stream brought, and
//! summed up, in the hour's own item. Who writes what when: [`crate::pipeline::counts`].

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::put_item::PutItemError,
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    Error,
    error::{Cause, Ours as _},
    tenant::TenantId,
    vocabulary::{Channel, Milestone},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Item, Refused, Store, all_found, entity, item, keys, keys::BY_DUE, number, text, unavailable};
use crate::{digest::digest, race::Race};

/// The type of an hour's item.
pub const HOUR: &str = "hour";
/// How long sums are kept: what can be asked about, and a week.
const SUMS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 100);
/// How long pages are kept: longer than anything is counted that comes late.
const PAGES_KEPT: SignedDuration = SignedDuration::from_hours(24 * 8);

/// How many messages came how far, by channel.
pub type Counts = BTreeMap<Channel, BTreeMap<Milestone, u64>>;

/// The names of what is counted, by what it is.
pub type Names = BTreeMap<(Channel, Milestone), HashSet<u64>>;

/// An hour of a lender's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hour {
    /// Whose.
    pub tenant: TenantId,
    /// When it began.
    pub hour: Timestamp,
    /// What was counted in it; absent until that is summed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// When it is to be summed up; absent once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Moves with every change.
    pub revision: u64,
}

impl Store {
    /// Keeps the names of what happened in an hour. The same ones are kept once, however often that is said.
    pub async fn keep_counted(&self, tenant: &TenantId, hour: Timestamp, names: &Names) -> Result<(), Error> {
        let packed: BTreeMap<String, Vec<u8>> = names
            .iter()
            .map(|((channel, milestone), names)| {
                let mut sorted: Vec<u64> = names.iter().copied().collect();
                sorted.sort_unstable();
                (format!("{channel}.{milestone}"), sorted.into_iter().flat_map(u64::to_be_bytes).collect())
            })
            .collect();
        let name = digest(&[&format!("{packed:?}")]);
        let mut item = keys::counted(tenant, hour, name.get(..32).unwrap_or(&name)).into_item();
        item.insert("type".into(), text("counted"));
        let data = packed.into_iter().map(|(what, names)| (what, AttributeValue::B(Blob::new(names))));
        item.insert("data".into(), AttributeValue::M(data.collect()));
        item.insert("expires_at".into(), expires(hour, PAGES_KEPT));
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        request.send().await.map(drop).unavailable("DynamoDB")
    }

    /// The names of everything that happened in an hour, each once.
    pub async fn counted(&self, tenant: &TenantId, hour: Timestamp) -> Result<Names, Error> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :hour")
            .expression_attribute_values(":hour", text(&keys::counted(tenant, hour, "").pk));
        let mut names = Names::new();
        for mut item in all_found(query).await? {
            read_names(&mut item, &mut names)?;
        }
        Ok(names)
    }

    /// Begins an hour, if nobody did; `anew` makes it be summed up again in any case.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also if somebody else writes it all the time.
    pub async fn begin_hour(
        &self,
        tenant: &TenantId,
        hour: Timestamp,
        due_at: Timestamp,
        anew: bool,
    ) -> Result<(), Error> {
        let begun = Hour { tenant: tenant.clone(), hour, counts: None, due_at: Some(due_at), revision: 1 };
        let mut race = Race::begin();
        loop {
            let Err(stands) = self.put_new_hour(&begun).await? else { return Ok(()) };
            if !anew && stands.due_at.is_some() {
                return Ok(());
            }
            if self.save_hour(&mut Hour { due_at: Some(due_at), ..stands }).await? {
                return Ok(());
            }
            race.lost(format!("the counts of {tenant} for {hour}")).await?;
        }
    }

    /// Writes an hour where there is none, else answers with the one there is.
    async fn put_new_hour(&self, hour: &Hour) -> Result<Result<(), Hour>, Error> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(hour_item(hour)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(refused)) => match refused.into_err() {
                PutItemError::ConditionalCheckFailedException(stands) => {
                    let shown = || Error::Internal("an hour that is not shown".into());
                    entity(stands.item.ok_or_else(shown)?).map(Err)
                }
                other => Err(Error::Unavailable(Cause::of(other).about("DynamoDB"))),
            },
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Writes an hour, if nobody changed it. Returns whether it was written.
    pub async fn save_hour(&self, hour: &mut Hour) -> Result<bool, Error> {
        let before = hour.revision;
        hour.revision += 1;
        match self.put(self.put_after(before, hour_item(hour)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// A lender's hours from one until before another, in their order.
    pub async fn hours(&self, tenant: &TenantId, from: Timestamp, to: Timestamp) -> Result<Vec<Hour>, Error> {
        let (from, to) = (keys::hour(tenant, from), keys::hour(tenant, to - SignedDuration::from_secs(1)));
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :all AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":all", text(&from.pk))
            .expression_attribute_values(":from", text(&from.sk))
            .expression_attribute_values(":to", text(&to.sk));
        all_found(query).await?.into_iter().map(entity).collect()
    }
}

fn hour_item(hour: &Hour) -> Result<Item, Error> {
    let key = keys::hour(&hour.tenant, hour.hour);
    let name = format!("{}#{}", key.pk, key.sk);
    let due = hour.due_at.map(|at| (BY_DUE, keys::due_shard(&name), keys::moment(at, &name)));
    let mut item = item(key, HOUR, &Vec::from_iter(due), hour)?;
    item.insert("expires_at".into(), expires(hour.hour, SUMS_KEPT));
    Ok(item)
}

fn expires(hour: Timestamp, after: SignedDuration) -> AttributeValue {
    number((hour + after).as_second().max(0).unsigned_abs())
}

/// Adds the names of a page.
fn read_names(item: &mut HashMap<String, AttributeValue>, names: &mut Names) -> Result<(), Error> {
    let unreadable = || Error::Internal("a page of what was counted cannot be read".into());
    let Some(AttributeValue::M(data)) = item.remove("data") else { return Err(unreadable()) };
    for (what, value) in data {
        let (channel, milestone) = what.split_once('.').ok_or_else(unreadable)?;
        let of = (channel.parse().internal()?, milestone.parse().internal()?);
        let AttributeValue::B(bytes) = value else { return Err(unreadable()) };
        let (all, rest) = bytes.as_ref().as_chunks::<8>();
        if !rest.is_empty() {
            return Err(unreadable());
        }
        names.entry(of).or_default().extend(all.iter().map(|name| u64::from_be_bytes(*name)));
    }
    Ok(())
}
