//! What Postrider answers by itself to what came in: that an opt-out is applied, help, what the lender's own rules say
//! (000, "Auto-Responses"), and that nobody reads an address (001, "Receive message").
//!
//! No answer may begin a conversation of machines: nobody is answered who is a machine, is one of the lender's own addresses,
//! or may be somebody else than they say, and an answer says of itself that it is automatic (RFC 3834).

use std::collections::BTreeSet;

use domain::{
    Error,
    compliance::{Circumstances, Scrutiny},
    heard::{Asks, Heard},
    id::{self, Id},
    person::BookAddress,
    replies::{Given, Replies},
    template::Source,
    tenant::{OptOutHandling, Tenant, TextSender},
    vocabulary::{Channel, KnownSubject, Nature},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Map;

use super::{
    auto_response::{self, Message},
    receive::Came,
    record::Kept,
    reply::{self, Reply, reply},
    resolve::Wording,
};
use crate::{
    app::{App, Lender},
    digest::digest,
    mailbox::Address,
    needs::{Items, Need},
    store::interactions::Beside,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Replies),
    Need::Write(Items::Replies),
    Need::All(reply::NEEDS),
];

/// What came in, and is kept.
pub(super) struct Received<'a> {
    /// As it is kept.
    pub kept: &'a Kept,
    /// From whom and to what it came.
    pub came: &'a Came,
    /// Its subject line; empty if it has none.
    pub subject_line: &'a str,
    /// What its sender wrote newly.
    pub text: &'a str,
    /// What that asks of us.
    pub heard: &'a Heard,
    /// Whether the lender's settings take nothing of the kind.
    pub is_refused: bool,
}

impl<'a> Received<'a> {
    /// The language of whoever wrote, as far as that is known.
    fn language(&self, tenant: &'a Tenant) -> &'a str
    where
        Self: 'a,
    {
        let of_person = self.kept.person().and_then(|person| person.language.as_deref());
        of_person.unwrap_or(&tenant.settings.language)
    }

    /// As the lender's rules look at it.
    fn message(&'a self, now: Timestamp) -> Message<'a> {
        Message {
            channel: self.kept.interaction.channel,
            from: self.came.from.as_ref().map(BookAddress::as_str),
            to: self.came.to.as_deref(),
            subject_line: Some(self.subject_line).filter(|line| !line.is_empty()),
            text: self.text,
            at: now,
        }
    }
}

/// What mailboxes that machines write from are called, or begin or end with.
const MACHINES: [&str; 10] = [
    "mailer-daemon",
    "postmaster",
    "noreply",
    "donotreply",
    "daemon",
    "notification",
    "notifications",
    "alerts",
    "bounce",
    "bounces",
];

/// How answers of machines call themselves that say so nowhere else.
const AUTOMATIC: [&str; 8] = [
    "automatic reply",
    "auto reply",
    "autoreply",
    "out of office",
    "out of the office",
    "respuesta autom",
    "fuera de la oficina",
    "undeliverable",
];

/// Answers what came in, at most once.
///
/// # Errors
/// Our own trouble: it may be answered later.
pub(super) async fn answer(app: &App, lender: &Lender, received: &Received<'_>) -> Result<(), Error> {
    let Some(from) = &received.came.from else { return Ok(()) };
    let channel = received.kept.interaction.channel;
    if !matches!(channel, Channel::Text | Channel::Email) || is_not_to_answer(&lender.tenant, received, from)
    {
        return Ok(());
    }
    match received.heard.asks {
        Asks::OptOut if channel == Channel::Text => confirm(app, lender, received, from).await,
        Asks::OptOut | Asks::ProbableOptOut | Asks::OptIn => Ok(()),
        _ if received.is_refused || received.heard.wrong_person => Ok(()),
        Asks::Help if channel == Channel::Text => help(app, lender, received, from).await,
        Asks::Help | Asks::Nothing => by_rules(app, lender, received, from).await,
    }
}

fn is_not_to_answer(tenant: &Tenant, received: &Received<'_>, from: &BookAddress) -> bool {
    let is_doubtful =
        received.came.brought.as_ref().is_some_and(|brought| brought.is_automatic || !brought.is_proven);
    let subject_line = received.subject_line.to_lowercase();
    let is_automatic = AUTOMATIC.iter().any(|start| subject_line.trim_start().starts_with(start));
    is_doubtful || is_automatic || is_own(tenant, from) || is_machine(from)
}

/// Whether it is one of the lender's own numbers, or a mailbox of a domain that the lender writes from.
fn is_own(tenant: &Tenant, from: &BookAddress) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let own = own(tenant);
    match from {
        BookAddress::Phone(number) => own.contains(number),
        BookAddress::Email(address) => {
            let theirs = domain(address);
            own.iter().any(|known| domain(known) == theirs)
        }
        BookAddress::Device(_) => false,
    }
}

/// Confirms an opt-out, if the provider does not: one text within five minutes (47 CFR 64.1200(a)(12)), which the guard
/// sees to. However often the word comes, it is one opt-out and one confirmation.
async fn confirm(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    from: &BookAddress,
) -> Result<(), Error> {
    let tenant = &lender.tenant;
    if tenant.settings.opt_out_handling == OptOutHandling::Provider || is_done_by_provider(received) {
        return Ok(());
    }
    let interaction = &received.kept.interaction;
    let revoked = received.kept.person().and_then(|person| {
        let contact = person.contact_with(from)?;
        person.consent_revoked(interaction.channel, Some(&contact.id))
    });
    let since = match revoked {
        Some(revoked) => revoked.recorded_at.to_string(),
        None => day(tenant, app.now()),
    };
    let name = digest(&[from.as_str(), &since]);
    let message = Reply {
        id: Id::keyed(tenant.id.as_str(), "opt-out confirmation", &name),
        wording: Wording::Best(KnownSubject::ElectronicConsentOptOut.into(), Some(interaction.channel)),
        circumstances: Circumstances { nature: Some(Nature::OptOutConfirmation), ..Circumstances::default() },
        context: Map::new(),
        beside: Beside::default(),
    };
    reply(app, lender, received, message).await
}

fn is_done_by_provider(received: &Received<'_>) -> bool {
    received.came.brought.as_ref().is_some_and(|brought| brought.done.is_some())
}

/// What somebody is told who asks for help: the lender's words; ours, if the provider says nothing by itself.
async fn help(app: &App, lender: &Lender, received: &Received<'_>, from: &BookAddress) -> Result<(), Error> {
    let settings = &lender.tenant.settings;
    let is_ours = settings.opt_out_handling == OptOutHandling::Postrider;
    let words = match &settings.help_text {
        _ if is_done_by_provider(received) => return Ok(()),
        Some(words) => words.clone(),
        None if is_ours => our_help(&lender.tenant, received.language(&lender.tenant)),
        None => return Ok(()),
    };
    let circumstances = Circumstances { scrutiny: Scrutiny::Requested, ..Circumstances::default() };
    let (tenant, channel) = (&lender.tenant, received.kept.interaction.channel);
    let source = Source { content_text: Some(auto_response::verbatim(&words)), ..Source::default() };
    let wording = auto_response::free(tenant, channel, &tenant.settings.language, source);
    let answer = Answering { rule: None, pause: SignedDuration::ZERO, wording, circumstances };
    give(app, lender, received, from, answer).await
}

fn our_help(tenant: &Tenant, language: &str) -> String {
    let name = &tenant.name;
    let reached = match (tenant.settings.branding.get("phone"), tenant.settings.branding.get("email")) {
        (Some(phone), _) => format!(" Call {phone}."),
        (None, Some(email)) => format!(" Write to {email}."),
        (None, None) => String::new(),
    };
    match language {
        "es" => {
            let reached = reached.replace(" Call ", " Llame al ").replace(" Write to ", " Escriba a ");
            format!("{name}: mensajes sobre su cuenta.{reached} Responda STOP para no recibir más.")
        }
        _ => format!("{name}: messages about your account.{reached} Reply STOP to get no more."),
    }
}

/// The first of the lender's rules that is meant for it; else that nobody reads the address, if nobody does.
async fn by_rules(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    from: &BookAddress,
) -> Result<(), Error> {
    let (tenant, now) = (&lender.tenant, app.now());
    let rules = app.auto_responses(&tenant.id).await?;
    let message = received.message(now);
    let incoming = message.incoming(tenant);
    if let Some(rule) = rules.matching(&incoming).next() {
        let answer = Answering {
            rule: Some(rule.id.clone()),
            pause: rule.cooldown(),
            wording: auto_response::wording(tenant, rule, &message),
            circumstances: Circumstances::default(),
        };
        return give(app, lender, received, from, answer).await;
    }
    if !incoming.is_unmonitored {
        return Ok(());
    }
    // Once a sender and day, by the lender's calendar.
    let name = digest(&[from.as_str(), &day(tenant, now)]);
    let message = Reply {
        id: Id::keyed(tenant.id.as_str(), "unmonitored", &name),
        wording: Wording::Best(KnownSubject::UnmonitoredEmailAddress.into(), Some(Channel::Email)),
        circumstances: Circumstances::default(),
        context: Map::new(),
        beside: Beside::default(),
    };
    reply(app, lender, received, message).await
}

/// An answer of which one sender gets not too many.
struct Answering {
    rule: Option<Id<id::AutoResponse>>,
    pause: SignedDuration,
    wording: Wording,
    circumstances: Circumstances,
}

async fn give(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    from: &BookAddress,
    answer: Answering,
) -> Result<(), Error> {
    let (tenant, now) = (&lender.tenant, app.now());
    let interaction = &received.kept.interaction;
    let mut replies: Replies = app.store.replies(&tenant.id, from).await?;
    if replies.has_answered(&interaction.id) {
        return Ok(());
    }
    if !replies.allow(answer.rule.as_ref(), answer.pause, now) {
        tracing::info!(interaction = %interaction.id, rule = ?answer.rule, "answered often enough");
        return Ok(());
    }
    replies.give(Given { at: now, to: interaction.id.clone(), rule: answer.rule });
    let context = auto_response::variables(&received.message(now), tenant, &tenant.settings.language);
    let message = Reply {
        id: Id::keyed(tenant.id.as_str(), interaction.id.as_str(), "auto-response"),
        wording: answer.wording,
        circumstances: answer.circumstances,
        context,
        beside: Beside { reply: Some((from, &replies)), ..Beside::default() },
    };
    reply(app, lender, received, message).await
}

fn day(tenant: &Tenant, now: Timestamp) -> String {
    now.to_zoned(zone(tenant)).date().to_string()
}

fn zone(tenant: &Tenant) -> TimeZone {
    tenant.settings.zone()
}

/// The addresses of the lender's that nobody reads, in small letters. Where the settings name none: the one that
/// transactional mail comes from, unless it takes answers too.
pub(super) fn unread(tenant: &Tenant) -> BTreeSet<String> {
    if let Some(named) = &tenant.settings.unmonitored_addresses {
        return named.iter().map(|address| address.to_lowercase()).collect();
    }
    let Some(email) = &tenant.senders.email else { return BTreeSet::new() };
    let read = [
        Some(&email.conversational.from),
        email.conversational.reply_to.as_ref(),
        email.transactional.reply_to.as_ref(),
    ];
    let read: BTreeSet<String> = read.into_iter().flatten().filter_map(|text| bare(text)).collect();
    bare(&email.transactional.from).into_iter().filter(|address| !read.contains(address)).collect()
}

/// All addresses and numbers that the lender's messages come from or are answered to.
pub(super) fn own(tenant: &Tenant) -> BTreeSet<String> {
    let mailboxes =
        tenant.senders.email.iter().flat_map(|email| [&email.transactional, &email.conversational]);
    let addresses = mailboxes
        .flat_map(|mailbox| mailbox.reply_to.iter().chain([&mailbox.from]))
        .filter_map(|text| bare(text));
    addresses.chain(tenant.senders.text.iter().flat_map(TextSender::all).map(str::to_owned)).collect()
}

fn bare(text: &str) -> Option<String> {
    Address::parse(text).map(|address| address.address.to_lowercase())
}

fn is_machine(from: &BookAddress) -> bool {
    let BookAddress::Email(address) = from else { return false };
    let local = address.split(['@', '+']).next().unwrap_or_default();
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    local.starts_with("owner-")
        || local.ends_with("-request")
        || local.ends_with("-bounces")
        || local.starts_with("bounce-")
        || local.starts_with("bounces-")
        || plain.starts_with("noreply")
        || plain.ends_with("noreply")
        || plain.starts_with("donotreply")
        || MACHINES.contains(&local)
}
