//! What messages say. It does not change once they are accepted, so it stands in items of its own, written once.

use std::collections::HashMap;

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    interaction::{Content, Interaction, Origin},
    tenant::TenantId,
};

use super::expiry;
use crate::{
    digest::digest,
    store::{
        Item, Page, Refused, Store, entity,
        keys::{self, Key, key_of},
        packed_item,
        people::Known,
    },
};

/// Whether what the messages of a list say is read where it stands apart from them, which costs a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It is.
    Read,
    /// It is left where it stands.
    LeftOut,
}

/// Bytes of JSON up to which what a message says stands in the item of the message.
const SHORT: usize = 400;

impl Store {
    /// Writes what a message says, if it does not stand in the message's own item. Named by its digest, so that whoever is
    /// refused after this, because there is such a message, overwrites nothing.
    pub(super) async fn keep_words(&self, interaction: &Interaction) -> Result<(), Error> {
        let (Some(name), Content::Inline(words)) = (words_apart(interaction), &interaction.content) else {
            return Ok(());
        };
        let key = keys::words(&interaction.tenant, &interaction.id, &name);
        let mut item = packed_item(key, "words", &[], 1, words)?;
        if matches!(interaction.origin, Origin::Told) {
            item.insert("expires_at".into(), expiry(interaction));
        }
        self.put(self.put_of(item).build().internal()?).await.map_err(Refused::unexpected)
    }

    /// Reads what these messages say, if it stands apart from them.
    pub(in crate::store) async fn put_words_into(
        &self,
        mut messages: Vec<&mut Interaction>,
    ) -> Result<(), Error> {
        let apart = messages.iter().filter_map(|message| words_of(message));
        let mut words = Words::of(self.read_together(apart).await?);
        messages.iter_mut().for_each(|message| words.put_into(message));
        Ok(())
    }

    /// The same, together with a person: for whom a page of messages is shown.
    pub async fn person_and_words(
        &self,
        tenant: &TenantId,
        id: &Id<id::Person>,
        mut messages: Vec<&mut Interaction>,
    ) -> Result<Option<Known>, Error> {
        let person = [keys::person(tenant, id), keys::ledger(tenant, id)];
        let own = person[0].pk.clone();
        let apart = messages.iter().filter_map(|message| words_of(message));
        let items = self.read_together(person.into_iter().chain(apart)).await?;
        let (of_person, words): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| key_of(item).is_some_and(|key| key.pk == own));
        let mut words = Words::of(words);
        messages.iter_mut().for_each(|message| words.put_into(message));
        self.known_from(tenant, id, of_person).await
    }

    pub(super) async fn with_words(
        &self,
        mut page: Page<Interaction>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        if said == Said::Read {
            self.put_words_into(page.entries.iter_mut().collect()).await?;
        }
        Ok(page)
    }
}

/// What messages say, by the keys it stands under.
pub(super) struct Words(HashMap<Key, Item>);

impl Words {
    pub fn of(items: Vec<Item>) -> Self {
        Self(items.into_iter().filter_map(|item| Some((key_of(&item)?, item))).collect())
    }

    /// Puts what a message says into it. If that is missing, the message goes on to say where it was, so that nobody takes it
    /// for one without words.
    pub fn put_into(&mut self, message: &mut Interaction) {
        let Content::Stored(name) = &message.content else { return };
        let key = keys::words(&message.tenant, &message.id, name);
        if let Some(words) = self.0.remove(&key).and_then(|item| entity(item).ok()) {
            message.content = Content::Inline(words);
        }
    }
}

/// Where what a message says stands, if apart from it.
fn words_of(message: &Interaction) -> Option<Key> {
    match &message.content {
        Content::Stored(name) if name.starts_with(keys::WORDS) => {
            Some(keys::words(&message.tenant, &message.id, name))
        }
        Content::Stored(_) | Content::Inline(_) => None,
    }
}

pub(super) fn is_words(item: &Item) -> bool {
    key_of(item).is_some_and(|key| key.sk.starts_with(keys::WORDS))
}

/// Under which name what a message says stands in an item of its own; `None` if it stands in the message's. What others recorded
/// may be corrected, so it is kept and changed in one place.
pub(super) fn words_apart(interaction: &Interaction) -> Option<String> {
    let Content::Inline(words) = &interaction.content else { return None };
    if !matches!(interaction.origin, Origin::Sent | Origin::Told) {
        return None;
    }
    let json = serde_json::to_string(words).ok()?;
    let digest = digest(&[&json]);
    // 128 bits tell apart whatever one message may be given to say.
    (json.len() > SHORT).then(|| format!("{}{}", keys::WORDS, digest.get(..32).unwrap_or(&digest)))
}
