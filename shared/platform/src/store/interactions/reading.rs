//! Messages by their ids, and the lists they stand in.

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Kind, Names},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::ProviderName,
};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit, civil::Date};

use super::words::{Said, Words, is_words};
use crate::store::{
    Edge, Item, MOST, Page, Position, Store, entity,
    keys::{self, BY_ALIAS, BY_DAY, BY_OWNER, Index},
    text,
};

impl Store {
    /// A message by id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn interaction(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Interaction>,
    ) -> Result<Interaction, Error> {
        let interaction = self.find_interaction(tenant, &named.id_within(tenant.as_str())).await?;
        interaction.ok_or_else(|| Error::not_found(id::Interaction::NAME, named))
    }

    /// The same, if absence is no error.
    pub async fn find_interaction(
        &self,
        tenant: &TenantId,
        id: &Id<id::Interaction>,
    ) -> Result<Option<Interaction>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk <= :message")
            .expression_attribute_values(":pk", text(&keys::interaction(tenant, id).pk))
            .expression_attribute_values(":message", text(keys::INTERACTION))
            .send()
            .await
            .unavailable("DynamoDB")?;
        let (words, mut message): (Vec<Item>, Vec<Item>) =
            answer.items.unwrap_or_default().into_iter().partition(is_words);
        let Some(message) = message.pop() else { return Ok(None) };
        let mut message = entity(message)?;
        Words::of(words).put_into(&mut message);
        Ok(Some(message))
    }

    /// Messages by id, without what they say if that stands apart from them, in no order.
    pub async fn interactions(
        &self,
        tenant: &TenantId,
        ids: &[Id<id::Interaction>],
    ) -> Result<Vec<Interaction>, Error> {
        let items = self.read_together(ids.iter().map(|id| keys::interaction(tenant, id))).await?;
        items.into_iter().map(entity).collect()
    }

    /// A page of messages in an index, with what they say.
    pub(in crate::store) async fn list_interactions(
        &self,
        index: Index,
        partition: &str,
        range: (&str, &str),
        limit: i32,
        edge: Option<Edge>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let page = self.list(index, partition, Some(range), limit, edge).await?;
        self.with_words(page, said).await
    }

    /// A message by the provider's id of it. SES, whose reports bring our own id back, has none here.
    pub async fn interaction_by_reference(
        &self,
        tenant: &TenantId,
        provider: ProviderName,
        reference: &str,
    ) -> Result<Option<Interaction>, Error> {
        let partition = keys::reference(tenant, provider.as_str(), reference);
        Ok(self.list_interactions(BY_ALIAS, &partition, ("", MOST), 1, None, Said::Read).await?.entries.pop())
    }

    /// A person's messages, newest first.
    pub async fn interactions_of_person(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        between: (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list_interactions(BY_OWNER, &keys::of_person(tenant, person), (&from, &to), limit, edge, said)
            .await
    }

    /// Messages with nobody we know, newest first.
    pub async fn unbound_interactions(
        &self,
        tenant: &TenantId,
        between: (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list_interactions(BY_OWNER, &keys::unbound(tenant), (&from, &to), limit, edge, Said::Read).await
    }

    /// A tenant's messages of one UTC day, newest first.
    pub async fn interactions_of_day(
        &self,
        tenant: &TenantId,
        day: Date,
        between: (Timestamp, Timestamp),
        limit: i32,
        after: Option<Position>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        let (list, partitions) = (keys::day(tenant, day), keys::day_partitions(tenant, day));
        let (range, edge) = (Some((from.as_str(), to.as_str())), after.map(Edge::After));
        let page = self.list_spread(BY_DAY, &list, &partitions, range, limit, edge).await?;
        self.with_words(page, said).await
    }
}

/// Sort keys between two instants, the second left out (`#` and all that follows it sort after nothing at all). They tell the
/// milliseconds apart: what began within one, but before `to`, is not left out.
fn bounds((from, to): (Timestamp, Timestamp)) -> (String, String) {
    let whole = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
    // The last instant there can be has no next millisecond.
    let to = to.round(whole).unwrap_or(to);
    (format!("{from:.3}"), format!("{to:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_instants_lies_what_began_at_the_first_or_before_the_second() {
        for (at, from, to, lies) in [
            ("15:00:00Z", "15:00:00Z", "15:00:00.000000001Z", true),
            ("15:00:00.123Z", "15:00:00.123Z", "15:00:00.123000001Z", true),
            ("15:00:00.123456789Z", "15:00:00.123456789Z", "15:00:00.12345679Z", true),
            ("15:00:00.999999998Z", "15:00:00Z", "15:00:00.999999999Z", true),
            ("15:00:00.123Z", "15:00:00Z", "15:00:00.123Z", false),
            ("15:00:00.122Z", "15:00:00.123Z", "16:00:00Z", false),
            ("15:00:00.124Z", "15:00:00Z", "15:00:00.123456Z", false),
        ] {
            let [at, from, to] = [at, from, to].map(|time| format!("2026-01-05T{time}").parse().unwrap());
            let (first, last) = bounds((from, to));
            let place = keys::moment(at, "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H");
            assert_eq!((first..=last).contains(&place), lies, "{at} from {from} to {to}");
        }
        let (first, last) = bounds((Timestamp::UNIX_EPOCH, Timestamp::MAX));
        assert!((first..=last).contains(&keys::moment(Timestamp::UNIX_EPOCH, "IN-1-1")));
    }
}
