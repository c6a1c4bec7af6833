//! What templates see: the variables of 000 and 001, filled from what the lender pushed.

use domain::{
    person::{Address, Case, Loan, Person},
    statement::Statement,
    template,
    tenant::Tenant,
    vocabulary::Channel,
};
use jiff::Timestamp;
use rendering::{Path, Step, is_method_of_mappings, other_name};
use serde_json::{Map, Value, json};

/// What a message is rendered for.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// Who writes.
    pub tenant: &'a Tenant,
    /// To whom; nobody in particular if a template is only looked at.
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
    /// By which link its recipient unsubscribes, if there is one.
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

/// Variables that the caller may always give: what this message is about rather than what is on record.
const CALLERS: [&str; 3] = ["payment_amount", "due_date", "locale"];

/// What is known to be in objects of ours, by their path. Cases, loans and statements have attributes of the lender's own
/// beside these, and under `meta_data` and `branding` everything is the lender's.
const MEMBERS: [(&str, &[&str]); 12] = [
    ("borrower", &BORROWER),
    ("borrower.address", &ADDRESS),
    ("person", &BORROWER),
    ("person.address", &ADDRESS),
    ("tenant", &COMPANY),
    ("company", &COMPANY),
    ("tenant.branding", &BRANDING),
    ("company.branding", &BRANDING),
    ("loan", &LOAN),
    ("loans[]", &LOAN),
    ("case", &["id", "external_id", "case_type"]),
    ("statement", &STATEMENT),
];

const BORROWER: [&str; 11] = [
    "id",
    "external_id",
    "first_name",
    "last_name",
    "name",
    "email",
    "phone",
    "address",
    "language",
    "preferred_channel",
    "meta_data",
];

const ADDRESS: [&str; 6] = ["address_line1", "address_line2", "city", "state", "postal_code", "country"];

const COMPANY: [&str; 6] = ["name", "locale", "language", "currency", "time_zone", "branding"];

/// What the built-in layouts look for; the rest of it is the lender's.
const BRANDING: [&str; 6] = ["logo", "color", "address", "phone", "email", "website"];

const LOAN: [&str; 12] = [
    "id",
    "external_id",
    "loan_number",
    "number",
    "program_id",
    "status",
    "currency",
    "balance",
    "rate",
    "payment_amount",
    "due_date",
    "days_past_due",
];

const STATEMENT: [&str; 10] = [
    "id",
    "external_id",
    "issued_on",
    "period_start",
    "period_end",
    "due_date",
    "currency",
    "balance",
    "payment_due",
    "minimum_payment",
];

/// What the lender fills, by the name it has in objects of ours.
const LENDERS: [&str; 2] = ["meta_data", "branding"];

/// What is known of a path by the shape of our objects, whatever is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Our objects have it; what is on record may lack it.
    Known,
    /// No object of ours has it. Of a case, loan or statement it may be an attribute of the lender's own.
    Unknown,
    /// It is not in an object of ours, or where the lender may put anything.
    Open,
}

fn shape(path: &Path) -> Shape {
    let mut shape = Shape::Open;
    for (object, step) in path.lookups() {
        let Step::Member(member) = step else { continue };
        let Some((_, members)) = MEMBERS.iter().find(|(name, _)| *name == object) else { return shape };
        let is_known = |name: &str| members.contains(&name);
        shape = match member.as_str() {
            name if LENDERS.contains(&name) && is_known(name) => Shape::Open,
            name if is_known(name) || other_name(&object, name).is_some_and(is_known) => Shape::Known,
            name if is_method_of_mappings(name) => Shape::Known,
            _ if members == &BRANDING => return Shape::Open,
            _ => return Shape::Unknown,
        };
    }
    shape
}

/// The paths of attributes that no object of ours has, such as `borrower.frist_name`. Of a case, loan or statement they may be
/// attributes of the lender's own.
pub fn unknown<'a>(paths: impl Iterator<Item = &'a Path>) -> Vec<String> {
    sorted(paths.filter(|path| shape(path) == Shape::Unknown))
}

/// The paths that `compiled` looks up and this message does not have. What our objects have is defined, also where nothing
/// is on record; what the caller gives instead of them is what it is.
pub fn undefined(
    compiled: &rendering::Version,
    variables: &Variables,
    own: &Map<String, Value>,
) -> Vec<String> {
    let is_ours = |name: &str| {
        variables.values.get(name).is_some()
            && (!own.contains_key(name) || variables.ignored.iter().any(|ignored| ignored == name))
    };
    let is_undefined = |path: &&Path| !(is_ours(path.variable()) && shape(path) == Shape::Known);
    sorted(compiled.undefined(&variables.values).filter(is_undefined))
}

fn sorted<'a>(paths: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let mut paths: Vec<_> = paths.map(Path::to_string).collect();
    paths.sort_unstable();
    paths
}

/// The variables of one message: `borrower` (also as `person`), `loan`, `loans`, `case`, `statement`, `tenant` (also as `company`),
/// `payment_amount`, `due_date`, `today`, `unsubscribe_url` and `locale`.
///
/// The caller's own `context` adds to them. If it names one of ours that is on record, ours stands, unless it is one
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
    let zone = settings.zone();
    insert("today", json!(now.to_zoned(zone).date()));
    insert("unsubscribe_url", json!(unsubscribe));
    insert("company", company(tenant));
    insert("tenant", company(tenant));
    if let Some(person) = person {
        let borrower = on_file(borrower(person, channel));
        insert("person", borrower.clone());
        insert("borrower", borrower);
    }
    if let [first, ..] = loans {
        insert("payment_amount", json_number(first.payment_amount));
        insert("due_date", json!(first.due_date));
        let each = |loan: &&Loan| with_attributes(&loan.attributes, self::loan(loan));
        insert("loan", each(first));
        insert("loans", loans.iter().map(each).collect());
    }
    if let Some(case) = case {
        insert("case", with_attributes(&case.attributes, self::case(case)));
    }
    if let Some(statement) = statement {
        insert("statement", with_attributes(&statement.attributes, self::statement(statement)));
    }
    values
}

fn case(case: &Case) -> Value {
    json!({ "id": case.id, "external_id": case.external_id, "case_type": case.case_type })
}

fn statement(statement: &Statement) -> Value {
    json!({
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
    })
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
    json!({
        "id": person.id,
        "external_id": person.external_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": format!("{} {}", person.first_name, person.last_name).trim(),
        "email": value(Channel::Email),
        "phone": value(Channel::Text).or_else(|| value(Channel::Voice)),
        "address": address.as_ref().map(|address| on_file(self::address(address))),
        "language": person.language,
        "preferred_channel": person.communication_preference.preferred.unwrap_or(channel),
        "meta_data": person.meta_data,
    })
}

fn address(address: &Address) -> Value {
    json!({
        "address_line1": address.address_line1,
        "address_line2": address.address_line2,
        "city": address.city,
        "state": address.state,
        "postal_code": address.postal_code,
        "country": address.country,
    })
}

fn loan(loan: &Loan) -> Value {
    json!({
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
    })
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

#[cfg(test)]
mod tests;
