//! What a source names for others: its macros, what it gives a value, which templates it uses, and what it calls.

use std::collections::BTreeSet;

use minijinja::machinery::ast::Expr;

use super::calls::MACROS;

/// See the module documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Names of macros defined anywhere in it.
    pub macros: BTreeSet<String>,
    /// Every name it gives a value anywhere.
    pub defined: BTreeSet<String>,
    /// What it calls as `name(…)`.
    pub called: BTreeSet<String>,
    /// Tags that include, import or extend.
    pub uses: Vec<Use>,
    /// What has a value: in the whole template, then in each body open.
    pub(super) scopes: Vec<BTreeSet<String>>,
}

/// A tag that includes, imports or extends.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    /// Every text written out in its name: of `'a' if es else 'b'` both.
    pub names: Vec<String>,
    /// What has a value there, and so is not taken from the context by the template used.
    pub given: BTreeSet<String>,
    /// Whether it is a parent.
    pub extends: bool,
}

impl Use {
    /// The import of a lender's macros that nobody had to write.
    pub(crate) fn macros() -> Self {
        Self { names: vec![MACROS.to_owned()], given: BTreeSet::new(), extends: false }
    }
}

impl Outline {
    /// Gives a value to the names in the target of an assignment.
    pub(super) fn define(&mut self, target: &Expr<'_>) {
        match target {
            Expr::Var(variable) => self.name(variable.id),
            Expr::GetAttr(attribute) => self.define(&attribute.expr),
            Expr::List(list) => list.items.iter().for_each(|item| self.define(item)),
            _ => {}
        }
    }

    pub(super) fn name(&mut self, name: &str) {
        self.defined.insert(name.to_owned());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned());
        }
    }

    /// A template is used by a name in which these texts are.
    pub(super) fn uses(&mut self, names: Vec<String>, extends: bool) {
        let given = self.scopes.iter().flatten().cloned().collect();
        self.uses.push(Use { names, given, extends });
    }

    /// A parent runs when all of the template has.
    pub(super) fn finish(mut self) -> Self {
        let scopes = std::mem::take(&mut self.scopes);
        for parent in self.uses.iter_mut().filter(|parent| parent.extends) {
            parent.given.clone_from(&scopes[0]);
        }
        self
    }
}
