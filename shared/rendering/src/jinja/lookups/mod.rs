//! What a template looks up in its context, found before anything is rendered: it is walked through like a run in which every
//! branch is taken and every loop passed once, and what is known of a value goes with it through names, loops, filters, macros and
//! other templates.
//!
//! Only what is certain is found: of a value that may be one thing or another, nothing is said. The walk is over the sources as
//! the engine compiles them, so that names mean here what they mean there.

mod expressions;
mod filters;
mod known;
mod names;
mod path;
mod statements;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use minijinja::machinery::ast::{Block, Expr, Macro, Stmt};

pub use self::path::{Path, Step, is_method_of_mappings};
use self::{
    known::Known,
    names::{Names, Scope},
};

/// What the template called `main` and those that it uses look up. `templates` are their syntax trees by name; `globals`,
/// the names that are no context variables.
pub(super) fn find<'a>(
    main: &str,
    templates: &'a BTreeMap<String, Stmt<'a>>,
    globals: BTreeSet<String>,
) -> BTreeSet<Path> {
    let mut walk = Walk {
        templates,
        globals,
        found: BTreeSet::new(),
        names: Names::default(),
        place: Place::default(),
        places: 0,
        macros: Vec::new(),
        calls: BTreeSet::new(),
        blocks: BTreeMap::new(),
        trail: Vec::new(),
        seen: BTreeSet::new(),
        again: 0,
        fuel: Walk::FUEL,
    };
    walk.template(main);
    walk.found
}

struct Walk<'a> {
    templates: &'a BTreeMap<String, Stmt<'a>>,
    globals: BTreeSet<String>,
    found: BTreeSet<Path>,
    names: Names<'a>,
    place: Place,
    /// How many templates were entered.
    places: usize,
    macros: Vec<Defined<'a>>,
    /// Macros that were walked through, each with what it was given.
    calls: BTreeSet<(usize, Vec<Option<Known>>)>,
    /// What templates that extend others put into blocks, by name.
    blocks: BTreeMap<&'a str, Filling<'a>>,
    /// From the first template to the one walked through.
    trail: Vec<&'a str>,
    /// Templates that were walked through.
    seen: BTreeSet<&'a str>,
    /// How many of the walks open are through what was walked through before.
    again: usize,
    /// What such walks may cost together.
    fuel: usize,
}

/// One walk through a template.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Which.
    id: usize,
    /// How many bodies are open with the template's own, which is the last of them.
    depth: usize,
    /// Whether it extends another one.
    extends: bool,
}

/// What is put into the blocks of one name.
#[derive(Default)]
struct Filling<'a> {
    blocks: Vec<&'a Block<'a>>,
    /// Whether there was such a block to fill.
    is_used: bool,
}

/// A macro, or what a `call` hands to one.
struct Defined<'a> {
    source: &'a Macro<'a>,
    /// What has a value where it stands.
    names: Names<'a>,
    place: Place,
}

impl<'a> Walk<'a> {
    /// Statements and expressions of templates and macros that are walked through again, with other values.
    const FUEL: usize = 100_000;
    /// Macros that call one another, and templates that use one another.
    const DEPTH: usize = 100;

    /// Whether a walk may begin through what was walked through before.
    fn may_repeat(&self) -> bool {
        self.fuel > 0 && self.again < Self::DEPTH
    }

    fn spend(&mut self) {
        if self.again > 0 {
            self.fuel = self.fuel.saturating_sub(1);
        }
    }

    /// A template used: it sees the names around it, and those that it gives a value itself are the answer.
    fn template(&mut self, name: &str) -> Rc<Scope<'a>> {
        let Some((name, Stmt::Template(template))) = self.templates.get_key_value(name) else {
            return Rc::default();
        };
        let is_new = self.seen.insert(name);
        if self.trail.contains(&name.as_str()) || !(is_new || self.may_repeat()) {
            return Rc::default();
        }
        self.trail.push(name);
        self.again += usize::from(!is_new);
        let (outer, first) = (self.place, self.macros.len());
        self.names.open();
        self.names.set("self", Known::Other);
        self.places += 1;
        let parents: Vec<_> = template.children.iter().filter_map(parent).collect();
        self.place = Place { id: self.places, depth: self.names.depth(), extends: !parents.is_empty() };
        self.body(&template.children);
        let inner = self.place;
        for name in parents.into_iter().flat_map(texts) {
            self.template(&name);
        }
        self.place = inner;
        if self.place.extends {
            self.leftover();
        }
        self.uncalled(first);
        let scope = self.names.close();
        self.place = outer;
        self.again -= usize::from(!is_new);
        self.trail.pop();
        scope
    }

    /// A template used by one that it knows nothing of: what fills that one's blocks does not fill its own.
    fn apart(&mut self, name: &str) -> Rc<Scope<'a>> {
        let blocks = std::mem::take(&mut self.blocks);
        let scope = self.template(name);
        self.blocks = blocks;
        scope
    }

    /// A template as what an import gives.
    fn module(&mut self, name: &str) -> Known {
        let scope = self.apart(name);
        Known::members(scope.iter().map(|(name, bound)| (*name, bound.known.clone())))
    }

    /// Goes through what was put into blocks that no parent known here has.
    fn leftover(&mut self) {
        let unused = self.blocks.values_mut().filter(|filling| !filling.is_used);
        let mut blocks = Vec::new();
        for filling in unused {
            filling.is_used = true;
            blocks.extend(&filling.blocks);
        }
        blocks.into_iter().for_each(|block| self.fill(block));
    }

    /// Goes through the macros found since that nobody called: another template may.
    fn uncalled(&mut self, first: usize) {
        let mut index = first;
        while index < self.macros.len() {
            let was_called =
                self.calls.range((index, Vec::new())..).next().is_some_and(|(called, _)| *called == index);
            if !was_called {
                let given = vec![Some(Known::Other); self.macros[index].source.args.len() + 1];
                self.enter(index, given);
            }
            index += 1;
        }
        // What is imported sees the names as they are in the end.
        let (names, place) = (self.names.clone(), self.place);
        for defined in self.macros[first..].iter_mut().filter(|defined| defined.place.id == place.id) {
            defined.names = names.around(place.depth, &defined.names);
        }
    }

    /// Goes through a macro with what its parameters are given, the last of them `caller`.
    fn enter(&mut self, index: usize, given: Vec<Option<Known>>) {
        if !self.calls.insert((index, given.clone())) {
            return;
        }
        let Defined { source, names, place } = &self.macros[index];
        let (source, place) = (*source, *place);
        let names = match place.id == self.place.id {
            true => self.names.around(place.depth, names),
            false => names.clone(),
        };
        let outer = (std::mem::replace(&mut self.names, names), std::mem::replace(&mut self.place, place));
        self.again += 1;
        self.names.open();
        let mut defaults =
            source.defaults.iter().rev().map(|default| self.value(default)).collect::<Vec<_>>();
        defaults.resize(source.args.len(), Known::Plain);
        for ((parameter, default), given) in source.args.iter().zip(defaults.into_iter().rev()).zip(&given) {
            self.assign(parameter, given.clone().unwrap_or(default));
        }
        let caller = given.last().cloned().flatten();
        self.names.set("caller", caller.unwrap_or(Known::Other));
        self.body(&source.body);
        self.again -= 1;
        (self.names, self.place) = outer;
    }
}

/// The name of the template that a statement says this one extends.
fn parent<'a, 's>(statement: &'s Stmt<'a>) -> Option<&'s Expr<'a>> {
    match statement {
        Stmt::Extends(extends) => Some(&extends.name),
        _ => None,
    }
}

/// The names of templates that an expression may come to, where they are written out.
fn texts(expression: &Expr<'_>) -> Vec<String> {
    match expression {
        Expr::Const(constant) => constant.value.as_str().map(str::to_owned).into_iter().collect(),
        Expr::List(list) => list.items.iter().flat_map(texts).collect(),
        Expr::Tuple(tuple) => tuple.items.iter().flat_map(texts).collect(),
        Expr::IfExpr(choice) => {
            [&choice.true_expr].into_iter().chain(&choice.false_expr).flat_map(texts).collect()
        }
        Expr::BinOp(either) => [&either.left, &either.right].into_iter().flat_map(texts).collect(),
        Expr::Filter(filter) => {
            filter.expr.iter().chain(filter.args.iter().map(expressions::argument)).flat_map(texts).collect()
        }
        Expr::Call(call) => call.args.iter().map(expressions::argument).flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
