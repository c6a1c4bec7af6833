//! Receiving: what people sent us, by whatever it came: a provider's webhook, or the lender's own word.
//!
//! ```text
//! hear: what it asks of us          heed: on record with everybody who has the address, before anything else
//!   -> whose it is, and what it answers
//!   -> keep: message, ledger and tasks, all at once
//!   -> answer, if the lender or the law wants that
//! ```
//!
//! Each step may be done again: a crash between two of them leaves the rest to whoever brings the message back.

mod whose;

use domain::{
    Error,
    heard::{Asks, Heard},
    id::{self, Id, Ref},
    interaction::{Enclosure, Interaction, NewInteraction, Origin},
    person::{BookAddress, ConsentStatus, Person, Reach, Wish},
    task::TaskType,
    tenant::{OptOutHandling, TenantId},
    vocabulary::{Channel, InteractionStatus, ProviderName, StatusDetails},
};
use jiff::{SignedDuration, Timestamp};
use rendering::untrusted;
use serde_json::Value;

use super::{
    answer::{self, Received},
    hear::{Words, hear},
    heed,
    record::{self, Arrival, Keeping, Kept},
    writer,
};
use crate::{
    app::{App, Lender},
    needs::{Items, List, Need},
    store::people::Known,
    templates::jobs::apart,
};

/// From whom and to what it came.
#[derive(Debug, Clone, Default)]
pub struct Came {
    /// The person, if that is known.
    pub person: Option<Ref<id::Person>>,
    /// Where it came from.
    pub from: Option<BookAddress>,
    /// The address or number of ours that it came to.
    pub to: Option<String>,
    /// What its provider says of it; nothing if the lender tells us about it.
    pub brought: Option<Brought>,
}

/// What a provider says of something it brought.
#[derive(Debug, Clone)]
pub struct Brought {
    /// Which.
    pub provider: ProviderName,
    /// Its id of it.
    pub reference: String,
    /// Whether a machine wrote it (RFC 3834).
    pub is_automatic: bool,
    /// Whether it is from where it says it is.
    pub is_proven: bool,
    /// What the provider took it for, did, and answered by itself.
    pub done: Option<Asks>,
    /// The Message-IDs it answers, the nearest first.
    pub answers: Vec<String>,
    /// The interaction that an address it came to, or its subject line, names.
    pub names: Option<Id<id::Interaction>>,
    /// The files that came with it.
    pub enclosures: Vec<Enclosure>,
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Write(Items::Tasks),
    Need::All(heed::NEEDS),
    Need::All(record::NEEDS),
    Need::All(answer::NEEDS),
];

/// The same for what providers bring.
pub const BROUGHT: &[Need] = &[Need::List(List::InteractionByReference), Need::All(NEEDS)];

/// Takes in what came, under this id. The same again is answered as before, and answers nothing twice.
///
/// # Errors
/// [`Error::Invalid`] with every fault; whatever of the person's it names and is not the person's.
pub async fn receive(
    app: &App,
    lender: &Lender,
    id: &Id<id::Interaction>,
    mut new: NewInteraction,
    came: Came,
    trace_id: &str,
) -> Result<Kept, Error> {
    let now = app.now();
    new.check(now)?;
    sanitize(&mut new).await?;
    let message = Message::of(lender, &new, &came, now);
    let holders = message.holders(app).await?;
    let holders = message.heed(app, holders).await?;
    let is_known = !holders.is_empty();
    let (known, previous) = message.whose(app, holders).await?;

    let refused = message.refusal(is_known);
    let closes_at = message.closes_at(now).filter(|_| refused.is_none());
    if let Some(details) = refused {
        (new.status, new.status_details) = (InteractionStatus::Failed, Some(details));
    } else if closes_at.is_some() {
        new.status = InteractionStatus::InProgress;
    }
    let arrival = Arrival {
        came: &came,
        previous,
        is_to_handle: refused.is_none() && !message.is_done_by_itself(),
        // What changed must be reviewed, whether or not the lender takes the text.
        reviews: message.reviews(),
        opted_out_at: message.is_opt_out().then_some(message.at),
        closes_at,
    };
    let keeping = Keeping { lender, id, new: &new, arrival: Some(&arrival), trace_id };
    let (kept, is_new) = keeping.keep(app, known).await?;
    let Message { words, heard, .. } = &message;
    tracing::info!(interaction = %kept.interaction.id, trace = trace_id, is_new, ?heard, "received");
    // What is there under this id already may be something else.
    if is_new || is_this(&kept.interaction, &came) {
        let received = Received {
            kept: &kept,
            came: &came,
            subject_line: &words.subject_line,
            text: &words.body,
            heard,
            is_refused: refused.is_some(),
        };
        answer::answer(app, lender, &received).await?;
    }
    if is_new {
        return Ok(kept);
    }
    let interaction = writer::repeated(new.external_id.as_ref(), kept.interaction)?;
    Ok(Kept { interaction, ..kept })
}

/// Whether an address is one of the channel that a wish is about.
fn is_reached(wish: &Wish, address: &BookAddress) -> bool {
    match wish.reach {
        Reach::Channel(channel) => BookAddress::on(channel, address.as_str()).as_ref() == Some(address),
        Reach::Everything(_) => true,
    }
}

/// Whether somebody who shares an address asks for what its other holders refused to the lender's own people.
fn is_settled_elsewhere(person: &Person, wish: &Wish) -> bool {
    let Reach::Channel(channel) = wish.reach else { return false };
    let contact =
        wish.address.as_ref().and_then(|address| person.contact_with(address)).map(|contact| &contact.id);
    let is_theirs = |source: &str| {
        source.ends_with(FROM_THE_PERSON)
            || source == super::unsubscribe::SOURCE
            || ProviderName::ALL.iter().any(|provider| provider.as_str() == source)
    };
    wish.status == ConsentStatus::Consented
        && person.consent_revoked(channel, contact).is_some_and(|revoked| !is_theirs(&revoked.source))
}

/// How records name what the person said to us.
const FROM_THE_PERSON: &str = "from the person";

/// Applies what a message asks, and nothing else: the message is received afterward.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn heed_first(app: &App, lender: &Lender, new: &NewInteraction, came: &Came) -> Result<(), Error> {
    let message = Message::of(lender, new, came, app.now());
    if message.heard == Heard::NOTHING {
        return Ok(());
    }
    let holders = message.holders(app).await?;
    message.heed(app, holders).await.map(drop)
}

/// Whether what is kept is what came.
fn is_this(kept: &Interaction, came: &Came) -> bool {
    let is_from = |from: &BookAddress| from.as_str().eq_ignore_ascii_case(&kept.to);
    matches!(kept.origin, Origin::Received(_))
        && kept.ours == came.to
        && came.from.as_ref().is_none_or(is_from)
}

/// HTML from outside is kept as it may be shown; if nobody could show it, without it: its text is there too.
async fn sanitize(new: &mut NewInteraction) -> Result<(), Error> {
    for name in ["bodyHtml", "contentHtml"] {
        let Some(content) = &mut new.content else { return Ok(()) };
        let Some(Value::String(html)) = content.remove(name) else { continue };
        let text = html.clone();
        match apart(move || untrusted::html(html)).await? {
            Ok(safe) => {
                content.insert(name.into(), safe.into());
            }
            Err(_) => {
                let written = apart(move || untrusted::text(&text)).await?;
                content.entry("body").or_insert_with(|| written.into());
            }
        }
    }
    Ok(())
}

/// A message that came in, and what it asks of us.
struct Message<'a> {
    lender: &'a Lender,
    came: &'a Came,
    channel: Channel,
    has_failed: bool,
    words: Words,
    heard: Heard,
    at: Timestamp,
}

impl<'a> Message<'a> {
    fn of(lender: &'a Lender, new: &NewInteraction, came: &'a Came, now: Timestamp) -> Self {
        let words = Words::of(new);
        Self {
            lender,
            came,
            channel: new.channel,
            has_failed: new.status == InteractionStatus::Failed,
            heard: hear(&words, new.channel, came),
            words,
            at: new.record(now).started_at.unwrap_or(now).min(now),
        }
    }

    fn tenant(&self) -> &'a TenantId {
        &self.lender.tenant.id
    }

    /// Everybody who has the address it came from, and the person who is named; only that one, if nothing is to be applied.
    async fn holders(&self, app: &App) -> Result<Vec<Known>, Error> {
        let (tenant, came) = (self.tenant(), self.came);
        let is_for_all = came.person.is_none() || self.heard != Heard::NOTHING;
        let wishes = self.wishes();
        let mut holders = match &came.from {
            // Whoever heeds what they want looks them up.
            Some(from) if wishes.iter().any(|wish| is_reached(wish, from)) => Vec::new(),
            Some(from) if is_for_all => heed::holders(app, tenant, from).await?,
            _ => Vec::new(),
        };
        if let Some(named) = &came.person {
            let id = named.resolve(tenant.as_str());
            if holders.iter().all(|known| known.person.id != id) {
                holders.push(app.store.person(tenant, named).await?);
            }
        }
        Ok(holders)
    }

    /// Puts what they want on record before anything else is done. Gives them as they are then.
    async fn heed(&self, app: &App, mut holders: Vec<Known>) -> Result<Vec<Known>, Error> {
        let (wishes, from) = (self.wishes(), self.came.from.as_ref());
        if wishes.is_empty() && !self.heard.wrong_person {
            return Ok(holders);
        }
        for wish in &wishes {
            // A wish about calls says nothing of the mailbox it came from.
            let Some(from) = from.filter(|from| is_reached(wish, from)) else { continue };
            let known = heed::holders_after(app, self.tenant(), from, wish).await?;
            let others =
                holders.into_iter().filter(|one| known.iter().all(|it| it.person.id != one.person.id));
            holders = others.chain(known.iter().cloned()).collect();
        }
        let is_only = holders.len() == 1;
        let change = |person: &mut Person| {
            // Somebody who is not proven to be there may say less of it: a task asks whether it is so.
            let disowns = self.heard.wrong_person && self.is_proven();
            let mut changed = disowns && from.is_some_and(|from| person.disown(from, self.at));
            for wish in wishes
                .iter()
                .filter(|wish| is_only || !is_settled_elsewhere(person, wish))
                .cloned()
                .collect::<Vec<_>>()
            {
                // The lender says who it was, at whatever address.
                let address = wish
                    .address
                    .clone()
                    .filter(|it| person.contact_with(it).is_some() && is_reached(&wish, it));
                changed |= person.heed(&Wish { address, ..wish });
            }
            changed
        };
        let told = heed::tell(app, self.tenant(), holders, change).await?;
        if let Some(wish) = wishes.first() {
            self.heed_for_recipient(app, wish).await?;
        }
        Ok(told)
    }

    /// Our own way out by mail names a message: whoever that went to wants out, also by a mail from elsewhere.
    async fn heed_for_recipient(&self, app: &App, wish: &Wish) -> Result<(), Error> {
        let names = self.came.brought.as_ref().and_then(|brought| brought.names.as_ref());
        let Some(id) = names.filter(|_| self.channel == Channel::Email && self.heard.asks == Asks::OptOut)
        else {
            return Ok(());
        };
        let message = app.store.find_interaction(self.tenant(), id).await?;
        let address = message.and_then(|message| BookAddress::on(message.channel, &message.to));
        let elsewhere = address.filter(|address| Some(address) != self.came.from.as_ref());
        match elsewhere {
            Some(address) => {
                let wish = Wish { address: Some(address), ..wish.clone() };
                heed::heed(app, self.tenant(), &wish).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// Whether it is from where it says it is.
    fn is_proven(&self) -> bool {
        self.came.brought.as_ref().is_none_or(|brought| brought.is_proven)
    }

    /// What is to be on record of it: for the channel it came by; of free words, for those that they name.
    fn wishes(&self) -> Vec<Wish> {
        let status = match self.heard.asks {
            Asks::OptOut | Asks::ProbableOptOut => ConsentStatus::Revoked,
            Asks::OptIn => ConsentStatus::Consented,
            Asks::Nothing | Asks::Help => return Vec::new(),
        };
        let wish = |channel| Wish {
            address: self.came.from.clone(),
            reach: Reach::Channel(channel),
            status,
            at: self.at,
            source: format!("{} {FROM_THE_PERSON}", self.channel),
            wording: Some(self.words.wording().to_owned()),
            provisional: self.heard.asks == Asks::ProbableOptOut,
        };
        let channels = match self.heard.asks {
            Asks::ProbableOptOut => self.words.channels(self.channel),
            _ => vec![self.channel],
        };
        channels.into_iter().map(wish).collect()
    }

    /// Whether it is a text that a provider brought: then the lender's settings say what becomes of it.
    fn is_brought_text(&self) -> bool {
        self.channel == Channel::Text && self.came.brought.is_some()
    }

    /// Why the lender takes no such text, if it does not (001's words for that).
    fn refusal(&self, is_known: bool) -> Option<StatusDetails> {
        let settings = &self.lender.tenant.settings;
        if !self.is_brought_text() {
            None
        } else if !settings.inbound_texts_enabled {
            Some(StatusDetails::TextLenderDisabledInboundTexts)
        } else if !settings.unknown_numbers_accepted && !is_known {
            Some(StatusDetails::TextConvoUnknownNumberRejected)
        } else {
            None
        }
    }

    /// Whether nothing is left for anybody to do: a provider brought a word that is applied by itself.
    fn is_done_by_itself(&self) -> bool {
        self.came.brought.is_some()
            && !self.heard.wrong_person
            && match self.heard.asks {
                Asks::OptOut | Asks::OptIn => true,
                Asks::Help => self.channel == Channel::Text && self.is_help_answered(),
                Asks::Nothing | Asks::ProbableOptOut => false,
            }
    }

    /// Whether somebody who asks for help is answered without anybody's doing: by us, or by a provider that knows the word.
    fn is_help_answered(&self) -> bool {
        let settings = &self.lender.tenant.settings;
        let is_known = ["help", "info"].contains(&self.words.body.trim().to_lowercase().as_str());
        settings.help_text.is_some() || settings.opt_out_handling == OptOutHandling::Postrider || is_known
    }

    fn is_opt_out(&self) -> bool {
        matches!(self.heard.asks, Asks::OptOut | Asks::ProbableOptOut)
    }

    fn reviews(&self) -> Vec<TaskType> {
        let revocation = (self.heard.asks == Asks::ProbableOptOut).then_some(TaskType::ReviewRevocation);
        let contact = self.heard.wrong_person.then_some(TaskType::ReviewContact);
        revocation.into_iter().chain(contact).collect()
    }

    /// Until when it stays open at least, if the lender wants that.
    fn closes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let minutes = self.lender.tenant.settings.conversation_timeout_minutes?;
        let quiet = SignedDuration::from_mins(i64::from(minutes));
        let is_open = self.is_brought_text() && !self.has_failed;
        is_open.then(|| now.checked_add(quiet).unwrap_or(Timestamp::MAX))
    }
}
