//! One borrower: whether, how and when they may be contacted, what they allowed, and what was said.

use domain::{
    Error,
    error::Ours as _,
    id::{self, Ref},
    interaction::{Content, Interaction},
    person::{ContactType, Person},
    tenant::Settings,
    vocabulary::{Channel, Direction, InteractionStatus, MessageChannel, Purpose, StatusDetails, Theme},
};
use jiff::{Timestamp, tz::TimeZone};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{
    app::App,
    http::{Request, encode_cursor, etag},
    needs::{Items, List, Need},
    pipeline::resolve::About,
    store::{
        Edge, Page, Position,
        interactions::{Said, position_of_interaction},
        people::Known,
    },
};
use serde_json::{Value, json};

use super::borrowers::{note_end, path_of};
use crate::{
    catalog::{self, Function},
    communication_logs::LogStatus,
    console::{
        Shown, VISIT, Visit,
        address::{alike, parameter},
        ends,
    },
    interactions::is_kept_from,
    people::limits::Asked,
};

pub(super) const FORBID: Function = catalog::named("do-not-contact-set");
pub(super) const ALLOW: Function = catalog::named("do-not-contact-clear");
pub(super) const RECORD: Function = catalog::named("consents-record");
pub(super) const PREFER: Function = catalog::named("preferences-set");
pub(super) const CONTACT: Function = catalog::named("contacts-update");

/// The reasons for which people ask whether somebody may be contacted, and the purpose of each that is not its theme's.
const REASONS: [(&str, Theme, Option<Purpose>); 3] = [
    ("opsServicing", Theme::OpsServicing, None),
    ("opsCollDebt", Theme::OpsCollDebt, None),
    ("marketing", Theme::OpsServicing, Some(Purpose::Marketing)),
];
/// Of a conversation, on one page.
const SAID: usize = 20;
/// Read at once, where another channel's are left out.
const READ: i32 = 100;
/// How much is shown of what hangs on a borrower; the rest is counted.
const CONTACTS: usize = 20;
const CONSENTS: usize = 20;
const LOANS: usize = 20;
/// Letters of a message that are shown; its own page has all.
const LETTERS: usize = 400;

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused. The API's handlers would read the person three times; we read them once.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let (app, request) = (visit.app, visit.request);
    let (tenant, now) = (request.tenant()?, app.now());
    let named: Ref<id::Person> = request.path_ref("id")?;
    let channel = MessageChannel::ALL.iter().find(|one| one.as_str() == parameter(request, "channel"));
    let channel = channel.copied().map(Channel::from);
    // What is no place in the list is its beginning.
    let edge = request.cursor::<Position>().unwrap_or_default().map(Edge::After);
    let limit = channel.map_or(i32::try_from(SAID).unwrap_or(READ), |_| READ);
    let id = named.resolve(tenant.as_str());
    let all = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let read = app.store.interactions_of_person(tenant, &id, all, limit, edge, Said::LeftOut).await?;
    let (mut said, next) = of_channel(read, channel);
    let known = app.store.person_and_words(tenant, &id, said.iter_mut().collect()).await?;
    let known = known.ok_or_else(|| named.not_found())?;
    let lender = app.lender(tenant).await?;
    let asked = REASONS.into_iter().find(|(name, ..)| *name == parameter(request, "theme"));
    let (reason, theme, purpose) = asked.unwrap_or(REASONS[0]);
    let matter = About::default().of(tenant, &known.person)?;
    let asked = Asked { channel: None, subject: None, theme, purpose, at: now };
    let limits = serde_json::to_value(asked.of(&lender, &known, &matter)).internal()?;
    let reasons: Vec<_> = REASONS.iter().map(|(name, ..)| name).collect();
    let mut page = vec![
        ("person", person(&known, now)?),
        ("etag", json!(etag(known.revision))),
        ("order", order(&known.person, &visit.lender.settings, now)),
        ("label", json!(label(&known.person))),
        ("limits", with_periods(limits, &known.person)),
        // Which messages it lets through depends on their type, of which nobody asks here.
        ("suppressed", json!(visit.lender.settings.suppression_hours)),
        ("theme", json!(reason)),
        ("themes", json!(reasons)),
        ("channel", json!(channel)),
        ("channels", json!(reaching())),
        ("path", json!(path_of(id.as_str()))),
        (
            "offers",
            json!({
                "dnc": visit.may(&FORBID),
                "consent": visit.may(&RECORD),
                "prefer": visit.may(&PREFER),
                "archive": visit.may(&CONTACT),
            }),
        ),
    ];
    page.extend(conversation(visit, &said, next)?);
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "borrower.html", shown(page))
}

/// The channels that reach a person.
pub(in crate::console) fn reaching() -> Vec<&'static str> {
    let channels = MessageChannel::ALL.iter().copied().map(Channel::from);
    channels.filter(|channel| channel.reaches_person()).map(Channel::as_str).collect()
}

/// What a person is called: by name, else by the lender's id.
fn label(person: &Person) -> String {
    let name = format!("{} {}", person.first_name, person.last_name);
    match (name.trim(), &person.external_id) {
        ("", Some(id)) => id.as_str().to_owned(),
        ("", None) => person.id.to_string(),
        (name, _) => name.to_owned(),
    }
}

/// The person as the API shows them, the newest consent and the contacts in use first, and how many are left out.
fn person(known: &Known, now: Timestamp) -> Result<Value, Error> {
    let mut person = known.person.clone();
    person.contacts.sort_by_key(|contact| contact.status);
    person.consents.sort_by_key(|consent| std::cmp::Reverse(consent.last_said_at()));
    let left_out = json!({
        "contacts": person.contacts.len().saturating_sub(CONTACTS),
        "consents": person.consents.len().saturating_sub(CONSENTS),
        "loans": person.loans.len().saturating_sub(LOANS),
    });
    person.contacts.truncate(CONTACTS);
    person.consents.truncate(CONSENTS);
    person.loans.truncate(LOANS);
    person.meta_data.clear();
    let names: Vec<_> = person
        .contacts
        .iter()
        .map(|contact| (contact.id.to_string(), contact.destination().into_owned()))
        .collect();
    let mut shown = serde_json::to_value(&person).internal()?;
    note_end(&mut shown["doNotContact"], now);
    for case in shown["cases"].as_array_mut().into_iter().flatten() {
        note_end(&mut case["doNotInteract"], now);
    }
    for consent in shown["consents"].as_array_mut().into_iter().flatten() {
        let at = names.iter().find(|(id, _)| consent["contactId"] == id.as_str());
        consent["address"] = json!(at.map(|(_, address)| address));
    }
    for (contact, (_, address)) in shown["contacts"].as_array_mut().into_iter().flatten().zip(&names) {
        contact["address"] = json!(address);
    }
    shown["leftOut"] = left_out;
    Ok(shown)
}

/// What the form says of the order that is in force, if any, as it may be changed.
fn order(person: &Person, settings: &Settings, now: Timestamp) -> Value {
    let Some(order) = person.do_not_contact.as_ref().filter(|order| order.is_in_force(now)) else {
        return json!({ "reason": "", "until": "" });
    };
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    // The form knows days, and ends an order as one begins. One that ends within a day must not end sooner by being saved again.
    let first_day_after = |until: Timestamp| {
        let day = zone.to_datetime(until).date();
        match settings.start_of(day).is_some_and(|start| start < until) {
            true => day.tomorrow().unwrap_or(day),
            false => day,
        }
    };
    let until = order.until.map(|until| first_day_after(until).to_string());
    json!({ "reason": order.reason.as_deref().unwrap_or_default(), "until": until.unwrap_or_default() })
}

/// Each limit with its period in numbers, and with the loan it counts for as the lender knows it. What counts comes first.
fn with_periods(mut limits: Value, person: &Person) -> Value {
    for channel in limits["channels"].as_array_mut().into_iter().flatten() {
        for limit in channel["limits"].as_array_mut().into_iter().flatten() {
            limit["every"] = every(limit["period"].as_str().unwrap_or_default());
            let loan = person.loans.iter().find(|loan| limit["loanId"] == loan.id.as_str());
            let loan = loan.map(|loan| {
                loan.loan_number
                    .clone()
                    .or_else(|| loan.external_id.as_ref().map(|id| id.as_str().to_owned()))
            });
            limit["loan"] = json!(loan.flatten());
            limit["isReached"] = json!(limit["used"].as_u64() >= limit["most"].as_u64());
        }
        let all = channel["limits"].as_array().cloned().unwrap_or_default();
        let (used, unused): (Vec<_>, Vec<_>) = all.into_iter().partition(|limit| limit["used"] != 0);
        channel["limits"] = json!(used);
        channel["endsAt"] = ends(&channel["guard"]["reasons"]);
        channel["isAddressKept"] = json!(is_address_kept(channel["channel"].as_str().unwrap_or_default()));
        channel["unused"] = json!(unused);
    }
    limits["channels"].take()
}

/// Whether a borrower's address for a channel is on record, or none is needed, as within the lender's own application.
fn is_address_kept(channel: &str) -> bool {
    let channel = channel.parse().ok();
    channel.is_some_and(|channel| channel == Channel::Gui || ContactType::for_channel(channel).is_some())
}

/// `P7D` as a number and what it counts.
fn every(period: &str) -> Value {
    let unit = match period.as_bytes().last() {
        Some(b'D') => "days",
        Some(b'H') => "hours",
        _ => "minutes",
    };
    let count: String = period.chars().filter(char::is_ascii_digit).collect();
    json!({ "count": count.parse::<u32>().unwrap_or_default(), "unit": unit })
}

/// Of a page that was read, what is shown, and where it goes on.
fn of_channel(read: Page<Interaction>, channel: Option<Channel>) -> (Vec<Interaction>, Option<Position>) {
    let fits = |entry: &Interaction| channel.is_none_or(|channel| entry.channel == channel);
    let mut said: Vec<_> = read.entries.into_iter().filter(fits).collect();
    if said.len() <= SAID {
        return (said, read.next);
    }
    said.truncate(SAID);
    let next = said.last().map(position_of_interaction);
    (said, next)
}

/// What was said, newest first, and where it goes on.
fn conversation(
    visit: &Visit<'_>,
    entries: &[Interaction],
    next: Option<Position>,
) -> Result<Vec<(&'static str, Value)>, Error> {
    let said: Vec<_> = entries.iter().map(|entry| bubble(visit, entry)).collect::<Result<_, _>>()?;
    let request = visit.request;
    let from_place = |cursor: Option<&str>| {
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        format!("{}#said", alike(request, request.own_path(), &["cursor"], cursor))
    };
    let next = next.as_ref().map(encode_cursor).transpose()?.map(|cursor| from_place(Some(&cursor)));
    let first = (!parameter(request, "cursor").is_empty()).then(|| from_place(None));
    Ok(vec![("said", json!(said)), ("next", json!(next)), ("first", json!(first))])
}

/// One thing that was said. What is stored apart from its message is not fetched for a list.
fn bubble(visit: &Visit<'_>, entry: &Interaction) -> Result<Value, Error> {
    let is_hidden = is_kept_from(visit.caller()?, entry);
    let content = match &entry.content {
        Content::Inline(content) if !is_hidden => Some(content),
        _ => None,
    };
    let part = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| content?.get(*name)?.as_str());
        texts.map(str::trim).find(|text| !text.is_empty())
    };
    let text = part(&["body", "contentText"]);
    let was_stopped = entry.state.status == Some(InteractionStatus::Canceled)
        || entry.state.details == Some(StatusDetails::BlockedByComplianceGuard);
    Ok(json!({
        "id": entry.id,
        "is_theirs": entry.direction == Direction::Inbound,
        "was_stopped": was_stopped,
        "channel": entry.channel,
        "at": entry.takes_place_at(),
        "address": entry.to,
        "about": entry.subject,
        "theme": entry.theme,
        "line": part(&["subjectLine"]),
        "text": text.map(|text| text.chars().take(LETTERS).collect::<String>()),
        "is_cut": text.is_some_and(|text| text.chars().nth(LETTERS).is_some()),
        "is_hidden": is_hidden,
        "is_automatic": entry.circumstances.automatic,
        "status": LogStatus::of(entry),
        "details": entry.state.details,
    }))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::Read(Items::People),
    Need::Read(Items::Interactions),
    Need::List(List::Interactions),
];
