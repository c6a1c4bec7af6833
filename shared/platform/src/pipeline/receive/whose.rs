//! Whose a message is that came in, and what of ours it answers.

use domain::{
    Error,
    id::{self, Id},
    interaction::Interaction,
    ledger::LedgerEntry,
    person::BookAddress,
    vocabulary::{Channel, Direction, ProviderName},
};

use super::Message;
use crate::{app::App, links::returns, store::people::Known};

impl Message<'_> {
    /// Whose it is, and what of ours it answers: the named one's; else of those who have the address the only one, or the one
    /// whose message it answers, or whom we wrote to last. If that does not show, nobody's.
    pub(super) async fn whose(
        &self,
        app: &App,
        holders: Vec<Known>,
    ) -> Result<(Option<Known>, Option<Id<id::Interaction>>), Error> {
        let answered = self.answered(app, &holders).await?;
        let now = app.now();
        let last = |known: &Known| {
            let messages = known.ledger.contacts.iter().filter(|(_, entry)| {
                let contact = entry.contact.as_ref().and_then(|id| known.person.contact(id));
                entry.channel == self.channel
                    && entry.direction == Direction::Outbound
                    && entry.at <= now
                    && contact.is_some_and(|contact| BookAddress::of(contact) == self.came.from)
            });
            messages.max_by_key(|(_, entry)| entry.at).map(|(id, entry)| (entry.at, id.clone()))
        };
        let named = self.came.person.as_ref().map(|named| named.resolve(self.tenant().as_str()));
        let answers = answered.as_ref().and_then(|message| message.person_id.clone());
        let is_only = holders.len() == 1;
        let newest =
            holders.iter().filter_map(|known| last(known).map(|(at, _)| (at, known.person.id.clone()))).max();
        let chosen = holders.into_iter().find(|known| {
            let id = Some(&known.person.id);
            match (&named, &answers) {
                (Some(named), _) => id == Some(named),
                _ if is_only => true,
                (None, Some(answers)) => id == Some(answers),
                (None, None) => id == newest.as_ref().map(|(_, id)| id),
            }
        });
        // A text says of itself what it answers to nobody but by being the next on its pair of numbers.
        let previous = match (answered, &chosen) {
            (Some(message), Some(known)) if message.person_id.as_ref() != Some(&known.person.id) => None,
            (Some(message), _) => Some(message.id),
            (None, Some(known)) if self.channel == Channel::Text => last(known).map(|(_, id)| id),
            (None, _) => None,
        };
        Ok((chosen, previous))
    }

    /// The message of ours that a mail says it answers. A Message-ID of ours begins with the interaction's id; SES puts its
    /// own in the place of it, which begins with its name for the message: it is looked for among what we lately sent to those
    /// who have the address.
    async fn answered(&self, app: &App, holders: &[Known]) -> Result<Option<Interaction>, Error> {
        /// Of a long thread the last few messages tell as much as all.
        const MOST: usize = 5;
        let mut by_ses = Vec::new();
        let Some(brought) = &self.came.brought else { return Ok(None) };
        let mut named = brought.names.clone();
        for message_id in brought.answers.iter().take(MOST) {
            let (name, domain) = message_id.rsplit_once('@').unwrap_or((message_id, ""));
            named = named.or_else(|| returns::claimed(name));
            if domain.to_lowercase().ends_with("amazonses.com") {
                by_ses.extend([name, message_id]);
            }
        }
        if !by_ses.is_empty() {
            let sent = app.store.interactions(self.tenant(), &lately_sent(holders)).await?;
            let is_named = |sent: &Interaction, name: &str| {
                sent.provider.as_deref() == Some(ProviderName::Ses.as_str())
                    && sent.reference.as_deref() == Some(name)
            };
            let found = by_ses.iter().find_map(|name| sent.iter().find(|sent| is_named(sent, name)));
            if let Some(found) = found {
                return Ok(Some(found.clone()));
            }
        }
        match &named {
            Some(id) => app.store.find_interaction(self.tenant(), id).await,
            None => Ok(None),
        }
    }
}

/// Mails that were sent to these people, as far as their ledgers remember; of each the latest.
fn lately_sent(holders: &[Known]) -> Vec<Id<id::Interaction>> {
    /// Mails looked at for each, and people.
    const MOST: usize = 50;
    const PEOPLE: usize = 10;
    let of = |known: &Known| {
        let is_mail =
            |entry: &LedgerEntry| entry.channel == Channel::Email && entry.direction == Direction::Outbound;
        let mut sent: Vec<_> = known.ledger.contacts.iter().filter(|(_, entry)| is_mail(entry)).collect();
        sent.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.at));
        sent.into_iter().take(MOST).map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    holders.iter().take(PEOPLE).flat_map(of).collect()
}
