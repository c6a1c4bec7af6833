//! The lender's own ids of the people and things an interaction is about, stored with it so that a list can be reconciled without lookups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{self, ExternalId, Id},
    person::{Contact, Loan, Person},
};

/// See the module documentation. Those of things without one are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalIds {
    /// The person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<ExternalId>,
    /// The contact's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ExternalId>,
    /// The loans', by our ids of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub loans: BTreeMap<Id<id::Loan>, ExternalId>,
}

impl ExternalIds {
    /// Those of a person, the contact used, and the loans it is about.
    pub fn of(person: &Person, contact: Option<&Contact>, loans: &[&Loan]) -> Self {
        let of_loan = |loan: &&Loan| Some((loan.id.clone(), loan.external_id.clone()?));
        Self {
            person: person.external_id.clone(),
            contact: contact.and_then(|contact| contact.external_id.clone()),
            loans: loans.iter().filter_map(of_loan).collect(),
        }
    }

    /// Those of these loans, in their order; `None` for one the lender has no id for.
    pub fn of_loans(&self, loans: &[Id<id::Loan>]) -> Vec<Option<ExternalId>> {
        loans.iter().map(|loan| self.loans.get(loan).cloned()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
