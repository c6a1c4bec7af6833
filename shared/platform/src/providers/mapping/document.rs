//! `docs/providers.md`: what every provider's adapter makes of what it says, as tables.

use std::fmt::{self, Display, Write};

use domain::{
    delivery::{About, ContactEffect, News, Refusal, Retry},
    vocabulary::InteractionStatus,
};

use super::{Mapping, Meaning, When};
use crate::providers::{Carrier, Providers};

const BEGINNING: &str = "\
# What providers say, and what it means

Written by `make openapi` from the tables by which the adapters read, and compared with them by a test: to change a line
here, change the table there. Details and statuses are those of 001, failure reasons those of 003. What stops a message
before its provider hears of it (a missing sender, a secret that cannot be read) is not here.

- **Can be asked**: after a lost answer the provider is asked whether it has the message, before another attempt is made.
- **After a lost answer**: what another attempt may come to. See
  [when a message can be sent twice](decisions/0004-when-a-message-can-be-sent-twice.md).
- **About**: whom a refusal is about. The *account* is out of order: this message and all others wait, without spending
  attempts, or leave by the second provider. The *server* is busy or away, or a part of the account is out of order: messages
  wait when that comes five times in a row. The *message* or its *recipient*: no other waits for it. *We* lacked something to
  ask with. See [accounts that are out of order](decisions/0063-an-account-out-of-order-makes-messages-wait.md).
- **Tried again**: how many more attempts a refusal is worth. \"While allowed\" ends with the attempts of the channel, which
  stand in the first table; of them, those count that met no account that was already known to be out of order. A report
  (\"afterwards\") is followed by attempts only where it says how many. Where an answer has `Retry-After`, none is made sooner,
  up to a day.
- **In doubt**: nobody knows whether the message left; another attempt is made as the first table says.
- Where several lines fit, the first counts. \"…\" stands for whatever comes there.

";

const HEADER: &str = "\
| said | when | status | detail (001) | failure reason (003) | about | tried again | effect on the contact | what your people read |
|---|---|---|---|---|---|---|---|---|
";

/// The document.
///
/// # Errors
/// Never: a string takes everything.
pub fn document(providers: &Providers) -> Result<String, fmt::Error> {
    let mut text = String::from(BEGINNING);
    text.push_str(
        "| provider | channel | attempts | can be asked | after a lost answer | calls our webhooks |\n",
    );
    text.push_str("|---|---|---|---|---|---|\n");
    for carrier in providers.all() {
        let (name, channel) = (carrier.name(), carrier.name().channel());
        writeln!(
            text,
            "| [`{name}`](#{name}) | `{channel}` | {} | {} | {} | {} |",
            channel.attempts(),
            if carrier.can_be_asked() { "yes" } else { "no" },
            after_a_lost_answer(carrier),
            webhooks(carrier),
        )?;
    }
    for carrier in providers.all() {
        let (name, mappings) = (carrier.name(), carrier.mappings());
        writeln!(text, "\n## {name}\n\n{}.\n", name.channel())?;
        if mappings.is_empty() {
            text.push_str("It takes everything, and reports nothing.\n");
        } else {
            text.push_str(HEADER);
        }
        for mapping in &mappings {
            writeln!(text, "{}", Line(mapping))?;
        }
    }
    Ok(text)
}

fn after_a_lost_answer(carrier: &dyn Carrier) -> &'static str {
    match (carrier.can_be_asked(), carrier.knows_repeats()) {
        (_, true) => "sent again: its recipient knows it by its id",
        (true, false) => "sent again where it is not there",
        (false, false) => "sent again, maybe twice: `PossiblySentTwice` counts it",
    }
}

fn webhooks(carrier: &dyn Carrier) -> String {
    let called = carrier.calls().map(|calls| calls.webhooks).unwrap_or_default();
    let paths: Vec<_> = called.iter().map(|webhook| format!("`{}`", webhook.path())).collect();
    if paths.is_empty() { "none".into() } else { paths.join("<br>") }
}

/// A line of a provider's table.
struct Line<'a>(&'a Mapping);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Mapping { word, given, when, meaning }) = self;
        let word = Some(word).filter(|word| !word.is_empty()).map(|word| format!("`{word}`"));
        let said: Vec<_> = word.into_iter().chain(given.clone()).collect();
        let said_when = match when {
            When::Sending => "sending",
            When::Afterwards => "afterwards",
            When::Either => "either",
        };
        write!(f, "| {} | {said_when} | ", said.join(", "))?;
        match meaning {
            Meaning::NoNews => write!(f, "no news | | | | | | |"),
            Meaning::ByCode => write!(f, "as its code says | | | | | | |"),
            Meaning::InDoubt => write!(f, "in doubt | | | | | | |"),
            Meaning::News(News::Progress { status, details, effect }) => {
                write!(f, "`{status}` | {} | | | | {} | |", code(*details), on_the_contact(*effect))
            }
            Meaning::News(News::Failed(refusal)) => {
                let Refusal { about, details, reason, retry, effect, description, code: _ } = refusal;
                let status = InteractionStatus::Failed;
                let (details, effect) = (code(*details), on_the_contact(*effect));
                let again = again(*about, *when, *retry);
                write!(
                    f,
                    "`{status}` | {details} | `{reason}` | {} | {again} | {effect} | {description} |",
                    about.as_str()
                )
            }
        }
    }
}

fn code(word: Option<impl Display>) -> String {
    word.map(|word| format!("`{word}`")).unwrap_or_default()
}

fn again(about: About, when: When, retry: Retry) -> String {
    match (about, when) {
        (About::Account, When::Sending) => "it waits".into(),
        (About::Account, When::Either) => format!("it waits; reported, {}", attempts(retry)),
        _ => attempts(retry),
    }
}

fn attempts(retry: Retry) -> String {
    match retry {
        Retry::Never => "never".into(),
        Retry::Times(1) => "once".into(),
        Retry::Times(times) => format!("{times} times"),
        Retry::WhileAllowed => "while allowed".into(),
        Retry::After(_) => "while allowed, after as long as it says, at most a day".into(),
    }
}

fn on_the_contact(effect: Option<ContactEffect>) -> &'static str {
    match effect {
        None => "",
        Some(ContactEffect::Invalid) => "marked invalid",
        Some(ContactEffect::CannotReceiveTexts) => "gets no more texts",
        Some(ContactEffect::OptedOut) => "opted out",
    }
}
