//! What templates see: the variables of 000 and 001, filled from what the lender pushed.

use domain::{
    person::{Loan, Person},
    tenant::Tenant,
    vocabulary::Channel,
};
use serde_json::{Map, Value, json};

/// The variables of one message.
///
/// `borrower` (also as `person`), `loan`, `loans`, `tenant` (also as `company`), `payment_amount`, `due_date` and
/// `locale`. The caller's own `context` adds to them; where it names one of ours, ours stands, but for `payment_amount`,
/// `due_date` and `locale`, which are the caller's to give.
pub fn variables(
    tenant: &Tenant,
    person: &Person,
    channel: Channel,
    loans: &[&Loan],
    own: &Map<String, Value>,
) -> Value {
    let mut variables = Map::new();
    let locale = person.locale.as_ref().unwrap_or(&tenant.settings.locale);
    variables.insert("locale".into(), json!(locale));
    if let Some(loan) = loans.first() {
        variables.insert("payment_amount".into(), json_number(loan.payment_amount));
        variables.insert("due_date".into(), json!(loan.due_date));
    }
    variables.extend(own.clone());

    let borrower = borrower(person, channel);
    let tenant = company(tenant);
    let loans: Vec<Value> = loans.iter().map(|loan| self::loan(loan)).collect();
    if let Some(loan) = loans.first() {
        variables.insert("loan".into(), loan.clone());
    }
    variables.insert("loans".into(), Value::Array(loans));
    variables.insert("person".into(), borrower.clone());
    variables.insert("borrower".into(), borrower);
    variables.insert("company".into(), tenant.clone());
    variables.insert("tenant".into(), tenant);
    Value::Object(variables)
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
        "address": address,
        "language": person.language,
        "preferred_channel": person.communication_preference.preferred.unwrap_or(channel),
        "meta_data": person.meta_data,
    })
}

fn loan(loan: &Loan) -> Value {
    let mut all = loan.attributes.clone();
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
    if let Value::Object(known) = known {
        all.extend(known);
    }
    Value::Object(all)
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
