//! A person's loans and cases. Both are named by the lender's id, and hold nothing we learned ourselves.

use jiff::Timestamp;

use super::{CaseUpdate, LoanUpdate, within};
use crate::{
    error::Error,
    id::{self, ExternalId, Id, Kind, Ref},
    person::{Case, DoNotContact, Loan, Person},
    tenant::TenantId,
    update::Faults,
};

impl Person {
    /// The person with a loan added or changed, and the loan. Fields left out stay.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an id of ours that names no loan of the person; [`Error::Invalid`] with every fault;
    /// [`Conflict::LimitReached`](crate::error::Conflict::LimitReached).
    pub fn with_loan(
        &self,
        named: &Ref<id::Loan>,
        update: &LoanUpdate,
        tenant: &TenantId,
    ) -> Result<(Self, Loan), Error> {
        let mut faults = update.check();
        let known = self.loan(&named.resolve(tenant.as_str()));
        let (id, external_id) = in_path(tenant, named, known.map(|loan| loan.external_id.as_ref()))?;
        faults.within("", not_another((&id, &external_id), (&update.id, &update.external_id)));
        faults.none()?;

        let loan = update.onto(known.cloned().unwrap_or_else(|| Loan::new(id, external_id)));
        let mut person = self.clone();
        place(&mut person.loans, loan.clone(), |known| known.id == loan.id);
        within(person.loans.len(), Self::MAX_LOANS, "loans")?;
        Ok((person.fitting()?, loan))
    }

    /// The person with a case added or changed, and the case. Fields left out stay.
    ///
    /// # Errors
    /// As [`Self::with_loan`].
    pub fn with_case(
        &self,
        named: &Ref<id::Case>,
        update: &CaseUpdate,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(Self, Case), Error> {
        let known = self.case(&named.resolve(tenant.as_str()));
        let mut faults = update.check(known, now);
        let (id, external_id) = in_path(tenant, named, known.map(|case| case.external_id.as_ref()))?;
        faults.within("", not_another((&id, &external_id), (&update.id, &update.external_id)));
        let case_type = update.case_type.or(known.map(|case| case.case_type));
        faults.expect(case_type.is_some(), "/caseType", NO_TYPE);
        faults.none()?;

        let case_type = case_type.ok_or_else(|| Error::invalid("/caseType", NO_TYPE))?;
        let case = update.onto(known.cloned().unwrap_or_else(|| Case::new(id, external_id, case_type)));
        let mut person = self.clone();
        place(&mut person.cases, case.clone(), |known| known.id == case.id);
        within(person.cases.len(), Self::MAX_CASES, "cases")?;
        Ok((person.fitting()?, case))
    }

    /// The person with contact forbidden because of a case, or allowed again as far as the case goes.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the person has no such case; [`Error::Invalid`] with every fault.
    pub fn with_do_not_interact(
        &self,
        named: &Ref<id::Case>,
        order: Option<&DoNotContact>,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<(Self, Case), Error> {
        let known = self.case(&named.resolve(tenant.as_str())).ok_or_else(|| named.not_found())?;
        order.map_or(Ok(()), |order| order.faults(known.do_not_interact.as_ref(), now).none())?;
        let case = Case { do_not_interact: order.cloned(), ..known.clone() };
        let mut person = self.clone();
        place(&mut person.cases, case.clone(), |known| known.id == case.id);
        Ok((person.fitting()?, case))
    }
}

const NO_TYPE: &str = "must be given for a new case";

/// The names of what a path names: as it is known, with the lender's id of it, or new under that.
fn in_path<K: Kind>(
    tenant: &TenantId,
    named: &Ref<K>,
    known: Option<Option<&ExternalId>>,
) -> Result<Names<K>, Error> {
    let id = named.resolve(tenant.as_str());
    match (known, named.external()) {
        (Some(external_id), _) => Ok((id, external_id.cloned())),
        (None, Some(external_id)) => Ok((id, Some(external_id.clone()))),
        (None, None) => Err(named.not_found()),
    }
}

/// Whether a body names the thing in the path, if it names any.
fn not_another<K: Kind>(
    (id, external_id): (&Id<K>, &Option<ExternalId>),
    (given_id, given_external_id): (&Option<Id<K>>, &Option<ExternalId>),
) -> Faults {
    let mut faults = Faults::default();
    faults.expect(
        given_id.as_ref().is_none_or(|update| update == id),
        "/id",
        "must be the one in the path, or left out",
    );
    let is_other = given_external_id.is_some() && given_external_id != external_id;
    faults.expect(!is_other, "/externalId", "must be the one in the path, or left out");
    faults
}

/// Puts a thing in the place of what it was, or behind the others.
fn place<T>(all: &mut Vec<T>, thing: T, is_it: impl Fn(&T) -> bool) {
    match all.iter_mut().find(|known| is_it(known)) {
        Some(known) => *known = thing,
        None => all.push(thing),
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

impl CaseUpdate {
    fn onto(&self, mut case: Case) -> Case {
        case.case_type = self.case_type.unwrap_or(case.case_type);
        self.do_not_interact.apply(&mut case.do_not_interact);
        if let Some(given) = &self.attributes {
            case.attributes = given.clone();
        }
        case
    }
}

/// Puts a list in the place of the loans.
pub(super) fn replace_loans(person: &mut Person, tenant: &TenantId, given: &[LoanUpdate]) -> Faults {
    let former = std::mem::take(&mut person.loans);
    let known: Vec<_> = former.iter().map(|loan| (&loan.id, loan.external_id.as_ref())).collect();
    let (names, faults) =
        names(tenant, &known, given.iter().map(|update| (update.id.as_ref(), update.external_id.as_ref())));
    let stated = |(update, (id, external_id)): (&LoanUpdate, _)| update.onto(Loan::new(id, external_id));
    person.loans = given.iter().zip(names).map(stated).collect();
    faults
}

/// Puts a list in the place of the cases.
pub(super) fn replace_cases(person: &mut Person, tenant: &TenantId, given: &[CaseUpdate]) -> Faults {
    let former = std::mem::take(&mut person.cases);
    let known: Vec<_> = former.iter().map(|case| (&case.id, case.external_id.as_ref())).collect();
    let (names, mut faults) =
        names(tenant, &known, given.iter().map(|update| (update.id.as_ref(), update.external_id.as_ref())));
    for (at, update) in given.iter().enumerate() {
        faults.expect(update.case_type.is_some(), &format!("/{at}/caseType"), "must be given");
    }
    let stated = |(update, (id, external_id)): (&CaseUpdate, Names<id::Case>)| {
        // An order not to interact has a route of its own: a list that does not speak of it leaves it.
        let order = former.iter().find(|case| case.id == id).and_then(|case| case.do_not_interact.clone());
        let new = Case { do_not_interact: order, ..Case::new(id, external_id, update.case_type?) };
        Some(update.onto(new))
    };
    person.cases = given.iter().zip(names).filter_map(stated).collect();
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
                faults.expect(!is_twin, &format!("/{at}"), "must be in the list once");
                names.push(name);
            }
            Err(error) => faults.take(&format!("/{at}"), error),
        }
    }
    (names, faults)
}

/// What names an entry: the lender's id, or ours if the person has it already.
fn name<K: Kind>(
    tenant: &TenantId,
    known: &[(&Id<K>, Option<&ExternalId>)],
    id: Option<&Id<K>>,
    external_id: Option<&ExternalId>,
) -> Result<Names<K>, Error> {
    match (id, external_id) {
        (None, None) => Err(Error::invalid("/externalId", "must be given")),
        (given, Some(name)) => {
            let id = Id::external(tenant.as_str(), name.as_str());
            match given {
                Some(given) if *given != id => {
                    Err(Error::invalid("/id", format!("must be the id of {}, or left out", name.as_str())))
                }
                Some(_) | None => Ok((id, Some(name.clone()))),
            }
        }
        (Some(id), None) => match known.iter().find(|(known, _)| *known == id) {
            Some((_, name)) => Ok((id.clone(), name.cloned())),
            None => Err(Error::invalid(
                "/id",
                format!("must be the id of a {} of this person; or give your externalId", K::NAME),
            )),
        },
    }
}
