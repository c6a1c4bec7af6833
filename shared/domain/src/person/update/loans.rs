//! A person's loans and cases. Both are named by the lender's id, and hold nothing we learned ourselves.

use super::{CaseUpdate, LoanUpdate, within};
use crate::{
    error::Error,
    id::{self, ExternalId, Id, Kind, Ref},
    person::{Case, Loan, Person},
    tenant::TenantId,
    update::Faults,
};

impl Person {
    /// The person with a loan added or changed, and the loan. Fields left out stay.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an id of ours that names no loan of the person; [`Error::Invalid`];
    /// [`Conflict::LimitReached`](crate::error::Conflict::LimitReached).
    pub fn with_loan(
        &self,
        named: &Ref<id::Loan>,
        said: &LoanUpdate,
        tenant: &TenantId,
    ) -> Result<(Self, Loan), Error> {
        let mut faults = said.check();
        let id = named.resolve(tenant.as_str());
        let base = match (self.loan(&id), named) {
            (Some(known), _) => known.clone(),
            (None, Ref::External(name) | Ref::Uuid(name)) => Loan::new(id.clone(), Some(name.clone())),
            (None, Ref::Id(_)) => return Err(Error::not_found("loan", named)),
        };
        faults.expect(said.id.as_ref().is_none_or(|given| *given == id), "/id", "is not the one in the path");
        let is_other = said.external_id.is_some() && said.external_id != base.external_id;
        faults.expect(!is_other, "/externalId", "is not the one in the path");
        faults.none()?;

        let mut person = self.clone();
        let loan = said.onto(base);
        match person.loans.iter_mut().find(|known| known.id == id) {
            Some(known) => *known = loan.clone(),
            None => {
                person.loans.push(loan.clone());
                within(person.loans.len(), Self::MAX_LOANS, "loans")?;
            }
        }
        Ok((person.fitting()?, loan))
    }
}

impl LoanUpdate {
    fn onto(&self, mut loan: Loan) -> Loan {
        self.loan_number.apply(&mut loan.loan_number);
        self.product_id.apply(&mut loan.product_id);
        self.status.apply(&mut loan.status);
        self.currency.apply(&mut loan.currency);
        self.balance.apply(&mut loan.balance);
        self.rate.apply(&mut loan.rate);
        self.payment_amount.apply(&mut loan.payment_amount);
        self.due_date.apply(&mut loan.due_date);
        self.days_past_due.apply(&mut loan.days_past_due);
        if let Some(given) = &self.attributes {
            loan.attributes = given.clone();
        }
        loan
    }
}

/// Puts a list in the place of the loans.
pub(super) fn replace_loans(person: &mut Person, tenant: &TenantId, given: &[LoanUpdate]) -> Faults {
    let former = std::mem::take(&mut person.loans);
    let known: Vec<_> = former.iter().map(|loan| (&loan.id, loan.external_id.as_ref())).collect();
    let (names, faults) =
        names(tenant, &known, given.iter().map(|said| (said.id.as_ref(), said.external_id.as_ref())));
    let stated = |(said, (id, external_id)): (&LoanUpdate, _)| said.onto(Loan::new(id, external_id));
    person.loans = given.iter().zip(names).map(stated).collect();
    faults
}

/// Puts a list in the place of the cases.
pub(super) fn replace_cases(person: &mut Person, tenant: &TenantId, given: &[CaseUpdate]) -> Faults {
    let former = std::mem::take(&mut person.cases);
    let known: Vec<_> = former.iter().map(|case| (&case.id, case.external_id.as_ref())).collect();
    let (names, faults) =
        names(tenant, &known, given.iter().map(|said| (said.id.as_ref(), said.external_id.as_ref())));
    let stated = |(said, (id, external_id)): (&CaseUpdate, _)| Case {
        id,
        external_id,
        case_type: said.case_type,
        do_not_interact: said.do_not_interact.clone(),
        attributes: said.attributes.clone(),
    };
    person.cases = given.iter().zip(names).map(stated).collect();
    faults
}

/// Our id and the lender's.
type Names<K> = (Id<K>, Option<ExternalId>);

/// The names of a list's entries, or why they have none.
fn names<'a, K: Kind>(
    tenant: &TenantId,
    known: &[(&Id<K>, Option<&ExternalId>)],
    given: impl Iterator<Item = (Option<&'a Id<K>>, Option<&'a ExternalId>)>,
) -> (Vec<Names<K>>, Faults) {
    let (mut names, mut faults) = (Vec::<Names<K>>::new(), Faults::default());
    for (at, (id, external_id)) in given.enumerate() {
        match name(tenant, known, id, external_id) {
            Ok(name) => {
                let is_twin = names.iter().any(|(id, _)| *id == name.0);
                faults.expect(!is_twin, &format!("/{at}"), "is in the list already");
                names.push(name);
            }
            Err(error) => faults.take(&format!("/{at}"), error),
        }
    }
    (names, faults)
}

/// What names an entry: the lender's id, or ours where the person has it already.
fn name<K: Kind>(
    tenant: &TenantId,
    known: &[(&Id<K>, Option<&ExternalId>)],
    id: Option<&Id<K>>,
    external_id: Option<&ExternalId>,
) -> Result<Names<K>, Error> {
    match (id, external_id) {
        (None, None) => Err(Error::invalid("/externalId", "is required")),
        (given, Some(name)) => {
            let id = Id::external(tenant.as_str(), name.as_str());
            match given {
                Some(given) if *given != id => {
                    Err(Error::invalid("/id", format!("is not the id of {}", name.as_str())))
                }
                Some(_) | None => Ok((id, Some(name.clone()))),
            }
        }
        (Some(id), None) => match known.iter().find(|(known, _)| *known == id) {
            Some((_, name)) => Ok((id.clone(), name.cloned())),
            None => Err(Error::invalid(
                "/id",
                format!("names no {} of this person; give your externalId", K::NAME),
            )),
        },
    }
}
