//! What the guard must know of an interaction, and what the ledger keeps of it.

use super::Interaction;
use crate::{
    compliance::{Circumstances, Facts, RuleSet},
    ledger::{Ledger, LedgerEntry},
    person::Person,
    vocabulary::Direction,
};

impl Interaction {
    /// What the guard must know of it, with its person and ledger as they are now.
    pub fn facts<'a>(&'a self, rules: &'a RuleSet, person: &'a Person, ledger: &'a Ledger) -> Facts<'a> {
        Facts {
            contact: person.contact_at(self.contact_id.as_ref(), &self.to),
            subject: self.subject.as_ref(),
            theme: Some(self.theme),
            circumstances: &self.circumstances,
            loans: &self.loan_ids,
            interaction: Some(&self.id),
            ..Facts::new(rules, person, self.channel, ledger)
        }
    }

    /// Its place in the ledger as it stands; none if nothing left and nothing will. Only what we sent can be a reply.
    pub fn entry(&self, rules: &RuleSet, person: &Person, ledger: &Ledger) -> Option<LedgerEntry> {
        let (at, outcome) = self.place()?;
        let answers = self.circumstances.reply_to.clone();
        let circumstances = Circumstances {
            reply_to: answers.filter(|_| self.direction == Direction::Outbound),
            ..self.circumstances.clone()
        };
        let facts = Facts { circumstances: &circumstances, ..self.facts(rules, person, ledger) };
        Some(LedgerEntry { direction: self.direction, outcome, ..facts.entry(self.theme, at) })
    }
}
