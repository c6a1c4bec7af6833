//! The table of all rules, in words a compliance officer reads.

use std::fmt::Write as _;

use domain::{
    compliance::{
        Exemption,
        rule::{Condition, Enforcement, Licence, Party, Rule},
    },
    person::{ConsentScope, ContactLabel},
};

const NOTHING: &str = "–";

/// One row a rule.
pub fn of(rules: &[Rule]) -> String {
    let heads = [
        "id",
        "what it asks for",
        "purpose",
        "binds",
        "speaks of",
        "hours",
        "limit",
        "needs",
        "not with",
        "except",
        "in force",
        "confidence",
        "citation",
    ];
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table = row(&heads.map(str::to_owned)) + &format!("|{}\n", "---|".repeat(heads.len()));
    for rule in rules {
        table += &row(&[
            rule.id.clone(),
            asks(rule).replace('|', "\\|"),
            list(rule.purposes.iter().map(|purpose| purpose.as_str().to_owned()), "all"),
            binds(rule),
            speaks_of(rule),
            hours(rule),
            list(rule.caps.iter().map(ToString::to_string), NOTHING),
            rule.consent.map_or(NOTHING, consent).to_owned(),
            list(rule.forbids.iter().map(condition), NOTHING),
            list(rule.exempt.iter().map(|exemption| exempt(*exemption).to_owned()), NOTHING),
            in_force(rule),
            rule.confidence.as_str().to_owned(),
            rule.citation.clone(),
        ]);
    }
    table
}

fn list(parts: impl Iterator<Item = String>, none: &str) -> String {
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { none.to_owned() } else { parts.join(", ") }
}

/// One of something, or more of it.
fn count(number: u32, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// The title, and what the text says beyond it.
fn asks(rule: &Rule) -> String {
    let (title, text) = (rule.title.trim_end_matches('.'), stated_besides(rule).unwrap_or(&rule.text));
    if text.is_empty() { format!("{title}.") } else { format!("{title}. {text}") }
}

/// What follows a first sentence that only tells the hours of the title again: *Telephone solicitors call from 8 to 9.*
fn stated_besides(rule: &Rule) -> Option<&str> {
    let (_, hours) = rule.title.split_once(" only ")?;
    let (before, after) = rule.text.split_once(hours)?;
    let after = after.trim_start_matches('.').trim_start();
    let is_over = after.is_empty() || after.starts_with(|next: char| next.is_ascii_uppercase());
    (is_over && !before.contains(". ")).then_some(after)
}

fn binds(rule: &Rule) -> String {
    let party = |party: &Party| match party {
        Party::Creditor => "creditors",
        Party::Collector => "collectors",
        Party::Servicer => "servicers",
        Party::DebtBuyer => "debt buyers",
    };
    let is_everyone = rule.parties.len() == 4;
    let parties = rule.parties.iter().filter(|_| !is_everyone).map(party).map(str::to_owned);
    let licence = rule.licence.map(|licence| match licence {
        Licence::SmallLoan => " who hold a small-loan licence",
    });
    list(parties, "all") + licence.unwrap_or_default()
}

/// Channels, kinds of contacts and loans.
fn speaks_of(rule: &Rule) -> String {
    let channels = rule.channels.iter().map(|channel| channel.to_string());
    let mut told = list(channels, "all channels");
    if rule.automated {
        let _ = write!(told, "; calls only if {AUTOMATED}");
    }
    if rule.autodialed {
        let _ = write!(told, "; only if {AUTOMATED}");
    }
    if !rule.labels.is_empty() {
        let _ = write!(told, "; {}", places(&rule.labels));
    }
    if let Some(days) = rule.over_days_past_due {
        let _ = write!(told, "; about a debt more than {} past due", count(days, "day", "days"));
    }
    told
}

const AUTOMATED: &str = "autodialed or with a recorded voice";

fn places(labels: &[ContactLabel]) -> String {
    let place = |label: &ContactLabel| match label {
        ContactLabel::Personal => "at a personal contact",
        ContactLabel::Work => "at work",
        ContactLabel::Home => "at home",
        ContactLabel::Military => "on duty",
    };
    labels.iter().map(place).collect::<Vec<_>>().join(" or ")
}

fn hours(rule: &Rule) -> String {
    let Some(hours) = &rule.hours else { return NOTHING.into() };
    let mut told = hours.spans.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if hours.closed_on_holidays {
        told += "; not on legal holidays";
    }
    if let Some(zone) = &hours.time_zone {
        let _ = write!(told, "; by the clock of {zone} too");
    }
    if hours.yields_to_stated_times {
        told += "; or else at the times the person named as convenient";
    }
    told
}

fn consent(scope: ConsentScope) -> &'static str {
    match scope {
        ConsentScope::Contact => "consent to the channel",
        ConsentScope::UnusualTime => "consent to unusual times",
        ConsentScope::Work => "consent to be contacted at work",
        ConsentScope::Represented => "consent to be contacted despite an attorney",
        ConsentScope::Autodialed => "consent to calls autodialed or with a recorded voice",
        ConsentScope::Marketing => "written consent to calls and texts that sell",
        ConsentScope::BusinessRelationship => "a business relationship",
    }
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Case(case_type) => format!("an open `{case_type}` case"),
        Condition::Represented => "an attorney, unless the person consented all the same".into(),
        Condition::AtWork => "contacts at work".into(),
        Condition::WorkRevoked => "contacts at work, once they were forbidden".into(),
        Condition::WorkUnconsented => "contacts at work, unless the person consented".into(),
        Condition::RevokedElsewhere => "a revocation for any number since the last consent".into(),
    }
}

fn exempt(exemption: Exemption) -> &'static str {
    match exemption {
        Exemption::Reply => "replies",
        Exemption::OneTimeCode => "one-time codes",
        Exemption::OptOutConfirmation => "the confirmation of an opt-out",
        Exemption::RequiredNotice => "notices the law requires",
        Exemption::Attorney => "messages to the attorney",
        Exemption::PriorConsent => "contacts the person asked for",
        Exemption::UnusualTimeConsent => "people who consented to unusual times",
        Exemption::BusinessRelationship => "people with a business relationship",
    }
}

fn in_force(rule: &Rule) -> String {
    let how = match &rule.enforcement {
        Enforcement::Enforced => None,
        Enforcement::Stop(stop) => Some(format!("by `{stop}`")),
        Enforcement::PartOf(other) => Some(format!("in {other}")),
        Enforcement::Informational => Some("not enforced".into()),
    };
    let from = rule.from.map(|from| format!("from {from}"));
    let until = rule.until.map(|until| format!("until {until}"));
    list([how, from, until].into_iter().flatten(), "yes")
}
