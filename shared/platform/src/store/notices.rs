//! A person's notices inside the lender's application: what is shown there, found by when it appeared, and counted while it
//! is unread.
//!
//! A notice is the message itself. Where it stands among the read and the unread follows from its state in the very write
//! that moves it, so that nothing else has to be kept in step, and no count can be wrong permanently.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::Select;
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    interaction::{Interaction, Notice},
    tenant::TenantId,
};
use jiff::Timestamp;

use super::{
    Edge, Position, Store,
    keys::{self, BY_ALIAS, Index},
    text,
};

/// The most that are counted.
pub const MOST_COUNTED: usize = 1000;

/// What is found of a person's notices.
#[derive(Debug)]
pub struct Notices {
    /// Newest first.
    pub entries: Vec<Interaction>,
    /// How many are unread, if the page has them all.
    pub unread: Option<usize>,
}

impl Store {
    /// A person's notices that appeared at `since` or later, newest first, `edge` being one of them; the unread ones alone,
    /// or all.
    pub async fn notices(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        only_unread: bool,
        since: Timestamp,
        limit: usize,
        edge: Option<Edge<&Interaction>>,
    ) -> Result<Notices, Error> {
        let asked = if only_unread { &Notice::ALL[..1] } else { &Notice::ALL[..] };
        let (mut entries, mut unread) = (Vec::new(), None);
        // One after the other: what is read in between is found twice, and not missed.
        for notice in asked {
            let found = self.noticed(tenant, person, *notice, since, limit, edge.as_ref()).await?;
            if *notice == Notice::Unread && edge.is_none() && found.len() < limit {
                unread = Some(found.len());
            }
            entries.extend(found);
        }
        // Of what is found twice, the later state counts.
        let mut seen = BTreeSet::new();
        entries.reverse();
        entries.retain(|entry: &Interaction| seen.insert(entry.id.clone()));
        entries.sort_by_key(|entry| std::cmp::Reverse(moment(entry)));
        match edge {
            Some(Edge::Before(_)) => drop(entries.drain(..entries.len().saturating_sub(limit))),
            Some(Edge::After(_)) | None => entries.truncate(limit),
        }
        Ok(Notices { entries, unread })
    }

    async fn noticed(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        notice: Notice,
        since: Timestamp,
        limit: usize,
        edge: Option<&Edge<&Interaction>>,
    ) -> Result<Vec<Interaction>, Error> {
        let partition = keys::notices(tenant, person, notice);
        // Also where the entry itself stands in the other partition: a page begins at a key, be there an item or not.
        let position = |entry: &Interaction| Position::of(&partition, moment(entry));
        let edge = edge.map(|edge| match edge {
            Edge::After(entry) => Edge::After(position(entry)),
            Edge::Before(entry) => Edge::Before(position(entry)),
        });
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let (from, to) = range(since);
        Ok(self
            .list_interactions(
                BY_ALIAS,
                &partition,
                (&from, &to),
                limit,
                edge,
                super::interactions::Said::Read,
            )
            .await?
            .entries)
    }

    /// How many of a person's notices that appeared at `since` or later are unread; [`MOST_COUNTED`] stands for that many or
    /// more.
    pub async fn unread_notices(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        since: Timestamp,
    ) -> Result<usize, Error> {
        let (mut count, mut start) = (0, None);
        let (from, to) = range(since);
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_ALIAS.name)
                .select(Select::Count)
                .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
                .expression_attribute_names("#p", BY_ALIAS.partition)
                .expression_attribute_names("#s", BY_ALIAS.sort)
                .expression_attribute_values(":p", text(&keys::notices(tenant, person, Notice::Unread)))
                .expression_attribute_values(":from", text(&from))
                .expression_attribute_values(":to", text(&to))
                .limit(i32::try_from(MOST_COUNTED - count).unwrap_or(1));
            let answer = query.set_exclusive_start_key(start).send().await.unavailable("DynamoDB")?;
            count += usize::try_from(answer.count).unwrap_or_default();
            start = answer.last_evaluated_key;
            if start.is_none() || count >= MOST_COUNTED {
                return Ok(count.min(MOST_COUNTED));
            }
        }
    }
}

/// Where a message stands among its person's notices, if it is one.
pub(super) fn place(interaction: &Interaction) -> Option<(Index, String, String)> {
    let (notice, person) = (interaction.notice()?, interaction.person_id.as_ref()?);
    Some((BY_ALIAS, keys::notices(&interaction.tenant, person, notice), moment(interaction)))
}

/// By when it appeared, which reading does not change.
fn moment(interaction: &Interaction) -> String {
    keys::moment(interaction.takes_place_at(), interaction.id.as_str())
}

fn range(since: Timestamp) -> (String, String) {
    (format!("{since:.3}"), format!("{:.3}", Timestamp::MAX))
}
