//! Where in a context something is.

use std::{fmt, sync::Arc};

use serde_json::Value as Json;

use crate::values::aliases::other_name;

/// Where something is in a context, as `loan.balance` or `loans[].balance`: the name of a variable, and what is looked up
/// in it. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    variable: Arc<str>,
    steps: Arc<[Step]>,
}

/// From a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To the member of an object.
    Member(String),
    /// To an entry of a list, whichever.
    Entry,
}

impl Path {
    /// Steps of one path: more than an author writes, and an end to those that a macro makes by calling itself.
    const MOST: usize = 16;

    /// A whole variable.
    pub fn variable_named(name: &str) -> Self {
        Self { variable: name.into(), steps: Arc::new([]) }
    }

    /// The name of the variable.
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// One step further; nothing where that is too far.
    pub(super) fn then(&self, step: Step) -> Option<Self> {
        let steps = self.steps.iter().cloned().chain([step]);
        (self.steps.len() < Self::MOST)
            .then(|| Self { variable: self.variable.clone(), steps: steps.collect() })
    }

    /// Each step, with where it is taken from: `borrower.address` and `city` after `borrower` and `address`.
    pub fn lookups(&self) -> impl Iterator<Item = (String, &Step)> {
        self.steps.iter().enumerate().map(|(count, step)| (self.up_to(count), step))
    }

    /// Whether there is something in a context. What follows a text or number is a method of it, and of lists it is enough if
    /// one entry has it. Where a list is missing, its entries are not asked for.
    pub fn is_in(&self, context: &Json) -> bool {
        match context.get(self.variable()) {
            Some(value) => self.leads_on(value, 0),
            None => self.steps.first() == Some(&Step::Entry),
        }
    }

    fn leads_on(&self, value: &Json, taken: usize) -> bool {
        let Some(step) = self.steps.get(taken) else { return true };
        match (value, step) {
            (Json::Null, Step::Member(_)) => false,
            (Json::Array(entries), Step::Entry) => {
                entries.is_empty() || entries.iter().any(|entry| self.leads_on(entry, taken + 1))
            }
            (Json::Object(members), Step::Member(name)) => {
                let other = || members.get(other_name(&self.up_to(taken), name)?);
                match members.get(name).or_else(other) {
                    Some(member) => self.leads_on(member, taken + 1),
                    None => is_method_of_mappings(name) || self.steps.get(taken + 1) == Some(&Step::Entry),
                }
            }
            _ => true,
        }
    }

    fn up_to(&self, steps: usize) -> String {
        Self { variable: self.variable.clone(), steps: self.steps[..steps].into() }.to_string()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.variable)?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Entry => f.write_str("[]"),
            Step::Member(name) if is_name(name) => write!(f, ".{name}"),
            Step::Member(name) => write!(f, "[{name:?}]"),
        })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether it is what Python's mappings do.
pub fn is_method_of_mappings(name: &str) -> bool {
    ["items", "keys", "values", "get"].contains(&name)
}
