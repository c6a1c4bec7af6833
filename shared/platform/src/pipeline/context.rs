//! What templates see: the variables of 000 and 001, filled from what the lender pushed.

use domain::{
    person::{Case, Loan, Person},
    statement::Statement,
    template,
    tenant::Tenant,
    vocabulary::Channel,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

/// What a message is rendered for.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// Who writes.
    pub tenant: &'a Tenant,
    /// To whom; nobody in particular where a template is only looked at.
    pub person: Option<&'a Person>,
    /// By which channel.
    pub channel: Channel,
    /// The template's language.
    pub language: &'a str,
    /// About which loans; `loan` is the first.
    pub loans: &'a [&'a Loan],
    /// In which case.
    pub case: Option<&'a Case>,
    /// About which statement.
    pub statement: Option<&'a Statement>,
    /// By which link its recipient unsubscribes, where there is one.
    pub unsubscribe: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// What templates see.
pub struct Variables {
    /// By name.
    pub values: Value,
    /// Variables of the caller that did not count, because they are named like one of ours.
    pub ignored: Vec<String>,
}

/// Variables that may be on record. Where one is, a caller's of the same name does not count, unless the lender's settings
/// allow it.
pub const ON_RECORD: [&str; 10] = [
    "borrower",
    "case",
    "company",
    "loan",
    "loans",
    "person",
    "statement",
    "tenant",
    "today",
    "unsubscribe_url",
];

/// Variables that the caller may always give: what this message is about rather than what is on record.
const CALLERS: [&str; 3] = ["payment_amount", "due_date", "locale"];

/// The variables of one message: `borrower` (also as `person`), `loan`, `loans`, `case`, `statement`, `tenant` (also as `company`),
/// `payment_amount`, `due_date`, `today`, `unsubscribe_url` and `locale`.
///
/// The caller's own `context` adds to them. Where it names one of ours that is on record, ours stands, unless it is one
/// of [`CALLERS`] or the lender's settings allow it (`contextOverrides`).
pub fn variables(occasion: &Occasion<'_>, own: &Map<String, Value>) -> Variables {
    let mut values = on_record(occasion);
    let allowed = &occasion.tenant.settings.context_overrides;
    let mut ignored = Vec::new();
    for (name, value) in own {
        if values.contains_key(name) && !CALLERS.contains(&name.as_str()) && !allowed.contains(name) {
            ignored.push(name.clone());
        } else {
            values.insert(name.clone(), value.clone());
        }
    }
    values.entry("loans").or_insert_with(|| Value::Array(Vec::new()));
    Variables { values: Value::Object(values), ignored }
}

fn on_record(occasion: &Occasion<'_>) -> Map<String, Value> {
    let Occasion { tenant, person, channel, language, loans, case, statement, unsubscribe, now } = *occasion;
    let settings = &tenant.settings;
    let mut values = Map::new();
    let mut insert = |name: &str, value: Value| {
        if !value.is_null() {
            values.insert(name.to_owned(), value);
        }
    };
    let locale =
        template::locale(language, person.and_then(|person| person.locale.as_deref()), &settings.locale);
    insert("locale", json!(locale));
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    insert("today", json!(now.to_zoned(zone).date()));
    insert("unsubscribe_url", json!(unsubscribe));
    insert("company", company(tenant));
    insert("tenant", company(tenant));
    if let Some(person) = person {
        insert("borrower", borrower(person, channel));
        insert("person", borrower(person, channel));
    }
    if let [first, ..] = loans {
        insert("payment_amount", json_number(first.payment_amount));
        insert("due_date", json!(first.due_date));
        insert("loan", loan(first));
        insert("loans", loans.iter().map(|each| loan(each)).collect());
    }
    if let Some(case) = case {
        insert("case", self::case(case));
    }
    if let Some(statement) = statement {
        insert("statement", self::statement(statement));
    }
    values
}

fn case(case: &Case) -> Value {
    let known = json!({ "id": case.id, "external_id": case.external_id, "case_type": case.case_type });
    with_attributes(&case.attributes, known)
}

fn statement(statement: &Statement) -> Value {
    let known = json!({
        "id": statement.id,
        "external_id": statement.external_id,
        "issued_on": statement.issued_on,
        "period_start": statement.period_start,
        "period_end": statement.period_end,
        "due_date": statement.due_date,
        "currency": statement.currency,
        "balance": json_number(statement.balance),
        "payment_due": json_number(statement.payment_due),
        "minimum_payment": json_number(statement.minimum_payment),
    });
    with_attributes(&statement.attributes, known)
}

/// The lender's own attributes, and above them what everybody has.
fn with_attributes(attributes: &Map<String, Value>, known: Value) -> Value {
    let mut all = attributes.clone();
    if let Value::Object(known) = on_file(known) {
        all.extend(known);
    }
    Value::Object(all)
}

/// Without what is not known: a template asking for it finds nothing, rather than Python's `None`.
fn on_file(known: Value) -> Value {
    match known {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn borrower(person: &Person, channel: Channel) -> Value {
    let value = |channel| person.select_contact(channel).map(|contact| contact.value.clone());
    let address = person.select_contact(Channel::Mail).and_then(|contact| contact.address.clone());
    on_file(json!({
        "id": person.id,
        "external_id": person.external_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": format!("{} {}", person.first_name, person.last_name).trim(),
        "email": value(Channel::Email),
        "phone": value(Channel::Text).or_else(|| value(Channel::Voice)),
        "address": address,
        "language": person.language,
        "preferred_channel": person.communication_preference.preferred.unwrap_or(channel),
        "meta_data": person.meta_data,
    }))
}

fn loan(loan: &Loan) -> Value {
    let known = json!({
        "id": loan.id,
        "external_id": loan.external_id,
        "loan_number": loan.loan_number,
        "number": loan.loan_number,
        "program_id": loan.product_id,
        "status": loan.status,
        "currency": loan.currency,
        "balance": json_number(loan.balance),
        "rate": json_number(loan.rate),
        "payment_amount": json_number(loan.payment_amount),
        "due_date": loan.due_date,
        "days_past_due": loan.days_past_due,
    });
    with_attributes(&loan.attributes, known)
}

fn company(tenant: &Tenant) -> Value {
    json!({
        "name": tenant.name,
        "locale": tenant.settings.locale,
        "language": tenant.settings.language,
        "currency": tenant.settings.currency,
        "time_zone": tenant.settings.time_zone,
        "branding": tenant.settings.branding,
    })
}

/// An amount as a JSON number with all its digits, so that templates can compare and compute with it.
fn json_number(amount: Option<domain::money::Amount>) -> Value {
    amount.map_or(Value::Null, |amount| {
        amount.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
    })
}
