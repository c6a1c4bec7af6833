//! The names that have a value at a place of a template.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::known::Known;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    pub known: Known,
    /// Whether it may be the context's all the same: it was given a value in one branch only.
    pub perhaps: bool,
}

/// The names of one body.
pub(super) type Scope<'a> = BTreeMap<&'a str, Bound>;

/// The names that have a value, those of the outermost body first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Names<'a>(Vec<Rc<Scope<'a>>>);

impl<'a> Names<'a> {
    /// Opens a body.
    pub(super) fn open(&mut self) {
        self.0.push(Rc::default());
    }

    /// Closes the body opened last.
    pub(super) fn close(&mut self) -> Rc<Scope<'a>> {
        self.0.pop().unwrap_or_default()
    }

    /// How many bodies are open.
    pub(super) fn depth(&self) -> usize {
        self.0.len()
    }

    /// Gives a name a value in the body opened last.
    pub(super) fn set(&mut self, name: &'a str, known: Known) {
        self.bind(name, Bound { known, perhaps: false });
    }

    fn bind(&mut self, name: &'a str, bound: Bound) {
        if let Some(scope) = self.0.last_mut() {
            Rc::make_mut(scope).insert(name, bound);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Bound> {
        self.0.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The outer `depth` bodies of these, and the inner ones of `inner`.
    pub(super) fn around(&self, depth: usize, inner: &Self) -> Self {
        Self(self.0.iter().take(depth).chain(inner.0.iter().skip(depth)).cloned().collect())
    }

    /// Where two branches meet, which gave these names their values: each name stands for one or the other. `free` says what it
    /// is for a branch that gave it none.
    pub(super) fn meet(&mut self, branches: [Rc<Scope<'a>>; 2], free: impl Fn(&str) -> Known) {
        let set: BTreeSet<_> = branches.iter().flat_map(|branch| branch.keys().copied()).collect();
        for name in set {
            let [one, other] = branches.each_ref().map(|branch| {
                let unset = || Bound { known: free(name), perhaps: true };
                branch.get(name).or_else(|| self.get(name)).cloned().unwrap_or_else(unset)
            });
            let perhaps = one.perhaps || other.perhaps;
            self.bind(name, Bound { known: one.known.or(other.known), perhaps });
        }
    }
}
