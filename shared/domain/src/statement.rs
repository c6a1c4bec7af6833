//! Statements: what a person owed at the end of a period. The lender's system of record makes them and pushes what
//! messages say of them; the printed statement is a [document](crate::document).

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::{Conflict, Error},
    formats,
    id::{self, ExternalId, Id, Ref},
    money::{Amount, NotNegative},
    person::Person,
    shape,
    tenant::TenantId,
    update::{Change, Faults},
};

/// A statement as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The id that Postrider gave it.
    pub id: Id<id::Statement>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// The person it belongs to.
    pub person_id: Id<id::Person>,
    /// The loan it covers; all the person's loans by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub loan_id: Option<Id<id::Loan>>,
    /// When it was issued.
    pub issued_on: Date,
    /// The first day of its period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period_start: Option<Date>,
    /// The last day of its period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period_end: Option<Date>,
    /// When the payment is due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_date: Option<Date>,
    /// The currency as an ISO 4217 code, such as USD.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<String>,
    /// What was owed in all; below zero when overpaid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub balance: Option<Amount>,
    /// What is to be paid by the due date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment_due: Option<Amount>,
    /// The least that may be paid by the due date, on a line of credit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minimum_payment: Option<Amount>,
    /// Whatever else the lender's templates use.
    #[serde(default, with = "crate::free_json")]
    #[schemars(with = "Map<String, Value>")]
    pub attributes: Map<String, Value>,
    /// Moves with every change.
    pub revision: u64,
    /// When first pushed.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A statement as the lender's system of record pushes it. Fields left out stay, `null` clears.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StatementUpdate {
    /// Of which of the person's loans; of all of them by default.
    pub loan_id: Change<Ref<id::Loan>>,
    /// When it was issued. Required for a new statement.
    pub issued_on: Option<Date>,
    /// The first day of its period.
    pub period_start: Change<Date>,
    /// The last day of its period, not before the first.
    pub period_end: Change<Date>,
    /// When the payment is due.
    pub due_date: Change<Date>,
    /// The currency as an ISO 4217 code, such as USD.
    #[schemars(with = "Option<shape::Currency>")]
    pub currency: Change<String>,
    /// What was owed in all; below zero when overpaid.
    pub balance: Change<Amount>,
    /// What is to be paid by the due date.
    #[schemars(with = "Option<NotNegative>")]
    pub payment_due: Change<Amount>,
    /// The least that may be paid by the due date, on a line of credit.
    #[schemars(with = "Option<NotNegative>")]
    pub minimum_payment: Change<Amount>,
    /// Whatever else your templates use: 16 KB of JSON.
    #[schemars(with = "Option<shape::Stored>")]
    pub attributes: Option<Map<String, Value>>,
}

impl Statement {
    /// A person's statement of which only its name and date are known.
    pub fn new(
        id: Id<id::Statement>,
        external_id: Option<ExternalId>,
        person: Id<id::Person>,
        issued_on: Date,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            external_id,
            person_id: person,
            loan_id: None,
            issued_on,
            period_start: None,
            period_end: None,
            due_date: None,
            currency: None,
            balance: None,
            payment_due: None,
            minimum_payment: None,
            attributes: Map::new(),
            revision: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// The statement after the lender said this; `person` is whose it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Conflict::LoanNotOfPerson`].
    pub fn with(&self, update: &StatementUpdate, person: &Person, tenant: &TenantId) -> Result<Self, Error> {
        let mut statement = self.clone();
        statement.issued_on = update.issued_on.unwrap_or(statement.issued_on);
        update.period_start.apply(&mut statement.period_start);
        update.period_end.apply(&mut statement.period_end);
        update.due_date.apply(&mut statement.due_date);
        update.currency.apply(&mut statement.currency);
        update.balance.apply(&mut statement.balance);
        update.payment_due.apply(&mut statement.payment_due);
        update.minimum_payment.apply(&mut statement.minimum_payment);
        if let Some(given) = &update.attributes {
            statement.attributes.clone_from(given);
        }
        statement.check()?;
        match &update.loan_id {
            Change::Keep => {}
            Change::Clear => statement.loan_id = None,
            Change::Set(named) => {
                let loan = person.loan(&named.resolve(tenant.as_str())).ok_or_else(|| {
                    let detail =
                        format!("The loan {named} does not belong to the person; name one that does.");
                    Error::conflict(Conflict::LoanNotOfPerson, detail)
                })?;
                statement.loan_id = Some(loan.id.clone());
            }
        }
        Ok(statement)
    }

    fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let is_period = self.period_start.zip(self.period_end).is_none_or(|(start, end)| start <= end);
        faults.expect(is_period, "/periodEnd", "must not be before periodStart");
        faults.value("/currency", self.currency.as_ref(), formats::currency);
        for (place, amount) in [("/paymentDue", self.payment_due), ("/minimumPayment", self.minimum_payment)]
        {
            let is_payable = amount.is_none_or(|amount| !amount.0.is_sign_negative() || amount.0.is_zero());
            faults.expect(is_payable, place, "must not be negative");
        }
        faults.attributes(&self.attributes);
        faults.none()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::person::Loan;

    fn tenant() -> TenantId {
        "demo".parse().unwrap()
    }

    fn now() -> Timestamp {
        "2026-01-05T15:00:00Z".parse().unwrap()
    }

    fn john() -> Person {
        let mut john = Person::new(Id::external("demo", "john"), None, now());
        john.loans.push(Loan::new(Id::external("demo", "LN-1"), None));
        john
    }

    fn with(statement: &Statement, content: Value) -> Result<Statement, Error> {
        statement.with(&serde_json::from_value(content).unwrap(), &john(), &tenant())
    }

    fn january() -> Statement {
        Statement::new(Id::external("demo", "1"), None, john().id, "2026-01-31".parse().unwrap(), now())
    }

    #[test]
    fn fields_left_out_stay_and_null_clears() {
        let content = json!({
            "loanId": "ext-LN-1", "periodStart": "2026-01-01", "periodEnd": "2026-01-31", "dueDate": "2026-02-15",
            "currency": "USD", "balance": "-8.10", "paymentDue": 312.50, "minimumPayment": "25.00", "attributes": { "page": 1 },
        });
        let before = with(&january(), content).unwrap();
        assert_eq!(with(&before, json!({})).unwrap(), before);
        let after = with(&before, json!({ "loanId": null, "dueDate": null, "attributes": {} })).unwrap();
        let expected = Statement { loan_id: None, due_date: None, attributes: Map::new(), ..before };
        assert_eq!(after, expected);
    }

    #[test]
    fn every_fault_is_named_by_its_place() {
        for (content, expected) in [
            (json!({ "periodStart": "2026-02-01", "periodEnd": "2026-01-31" }), vec!["/periodEnd"]),
            (json!({ "currency": "usd", "paymentDue": "-0.01" }), vec!["/currency", "/paymentDue"]),
            (json!({ "minimumPayment": -1 }), vec!["/minimumPayment"]),
            (json!({ "attributes": { "": 1 } }), vec!["/attributes"]),
            (json!({ "attributes": { "x": "y".repeat(16 * 1024) } }), vec!["/attributes"]),
        ] {
            let Err(Error::Invalid(found)) = with(&january(), content.clone()) else {
                panic!("{content} is taken")
            };
            let found: Vec<_> = found.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(found, expected, "{content}");
        }
    }

    #[test]
    fn a_period_is_judged_with_the_day_that_stays() {
        let before = with(&january(), json!({ "periodStart": "2026-01-01" })).unwrap();
        assert!(with(&before, json!({ "periodEnd": "2025-12-31" })).is_err());
        assert!(with(&before, json!({ "periodEnd": "2026-01-01" })).is_ok(), "one day is a period");
    }

    #[test]
    fn a_loan_of_somebody_else_is_refused() {
        let taken = with(&january(), json!({ "loanId": "ext-LN-2" }));
        assert!(matches!(taken, Err(Error::Conflict { conflict: Conflict::LoanNotOfPerson, .. })));
    }
}
