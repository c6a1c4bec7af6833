//! Expressions: what is known of what they come to.

use minijinja::machinery::ast::{BinOpKind, Call, CallArg, Expr};

use super::{Walk, known::Known, path::Path};
use crate::jinja::rewrite::calls::{BOUNDED, EACH, HIDDEN, INCLUDED, KEPT, KEY, LOOKUP, SLICE, TAKES};

/// Functions of rewritten sources that give what they are given first, or a part of that list.
const GIVE_BACK: [&str; 8] = [BOUNDED, EACH, INCLUDED, KEPT, KEY, LOOKUP, SLICE, TAKES];

/// What is looked up with brackets.
enum Key {
    /// By its name, or its place from the first.
    Name(String),
    /// By its place from the last.
    Entry,
}

/// What a call or filter is given: the name of the parameter, where it has one.
pub(super) type Given<'a> = (Option<&'a str>, Known);

impl<'a> Walk<'a> {
    /// What an expression comes to, which then is used for something.
    pub(super) fn value(&mut self, expression: &'a Expr<'a>) -> Known {
        let known = self.expression(expression);
        self.use_up(&known);
        known
    }

    /// As [`Self::value`], where what it comes to goes no further.
    pub(super) fn discard(&mut self, expression: &'a Expr<'a>) {
        self.value(expression);
    }

    /// Notes what is looked up, now that it is known to the last step.
    pub(super) fn use_up(&mut self, known: &Known) {
        match known {
            Known::At(path) => {
                self.found.insert(path.clone());
            }
            Known::Entries(entry) => self.use_up(entry),
            Known::Plain | Known::Text(_) | Known::Members(_) | Known::Macro(_) | Known::Other => {}
        }
    }

    /// What an expression comes to, before anything is done with it.
    fn expression(&mut self, expression: &'a Expr<'a>) -> Known {
        self.spend();
        match expression {
            Expr::Var(variable) => self.variable(variable.id),
            Expr::Const(constant) => match constant.value.as_str() {
                Some(text) => Known::Text(text.into()),
                None => Known::Plain,
            },
            Expr::GetAttr(attribute) => self.expression(&attribute.expr).member(attribute.name),
            Expr::GetItem(item) => {
                let object = self.expression(&item.expr);
                match self.key(&item.subscript_expr) {
                    Some(Key::Name(name)) => object.member(&name),
                    Some(Key::Entry) => object.entry(),
                    None => self.lost(&object),
                }
            }
            Expr::Slice(slice) => {
                let bounds = [&slice.start, &slice.stop, &slice.step];
                bounds.into_iter().flatten().for_each(|bound| self.discard(bound));
                self.expression(&slice.expr)
            }
            Expr::UnaryOp(unary) => self.plain([&unary.expr]),
            Expr::BinOp(binary) => match binary.op {
                BinOpKind::ScAnd | BinOpKind::ScOr => self.value(&binary.left).or(self.value(&binary.right)),
                _ => self.plain([&binary.left, &binary.right]),
            },
            Expr::Compare(compare) => self.plain(
                [&compare.expr].into_iter().chain(compare.ops.iter().map(|operation| &operation.expr)),
            ),
            Expr::IfExpr(choice) => {
                self.discard(&choice.test_expr);
                let otherwise = choice.false_expr.as_ref().map(|other| self.value(other));
                self.value(&choice.true_expr).or(otherwise.unwrap_or(Known::Plain))
            }
            Expr::Filter(filter) => {
                let piped = filter.expr.as_ref().map_or(Known::Other, |piped| self.expression(piped));
                let given = self.given(&filter.args);
                self.filter(filter.name, piped, &given)
            }
            Expr::Test(test) => self.plain([&test.expr].into_iter().chain(test.args.iter().map(argument))),
            Expr::Call(call) => self.call(call, None),
            Expr::List(list) => self.list(&list.items),
            Expr::Tuple(tuple) => self.list(&tuple.items),
            Expr::Map(map) => {
                let keys: Vec<_> = map.keys.iter().map(|key| self.key(key)).collect();
                let values: Vec<_> = map.values.iter().map(|value| self.value(value)).collect();
                let member = |(key, value)| match key {
                    Some(Key::Name(name)) => Some((name, value)),
                    _ => None,
                };
                let members: Option<Vec<_>> = keys.into_iter().zip(values).map(member).collect();
                members.map_or(Known::Other, Known::members)
            }
        }
    }

    fn variable(&mut self, name: &'a str) -> Known {
        let is_global = self.globals.contains(name);
        match self.names.get(name).cloned() {
            Some(bound) => {
                if bound.perhaps && !is_global {
                    self.found.insert(Path::variable_named(name));
                }
                bound.known
            }
            None if is_global => Known::Other,
            None => Known::At(Path::variable_named(name)),
        }
    }

    /// What is in brackets, where it is written out, if need be under another name.
    fn key(&mut self, key: &'a Expr<'a>) -> Option<Key> {
        match key.as_const() {
            Some(constant) if constant.is_integer() => {
                let place = constant.to_string();
                Some(if place.starts_with('-') { Key::Entry } else { Key::Name(place) })
            }
            _ => match self.value(key) {
                Known::Text(name) => Some(Key::Name(name.to_string())),
                _ => None,
            },
        }
    }

    fn list(&mut self, items: &'a [Expr<'a>]) -> Known {
        let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
        Known::members(items.into_iter().enumerate().map(|(place, item)| (place.to_string(), item)))
    }

    /// What has nothing to look up is made of these.
    fn plain(&mut self, parts: impl IntoIterator<Item = &'a Expr<'a>>) -> Known {
        parts.into_iter().for_each(|part| self.discard(part));
        Known::Plain
    }

    /// Nobody knows what is made of this.
    pub(super) fn lost(&mut self, known: &Known) -> Known {
        self.use_up(known);
        Known::Other
    }

    fn given(&mut self, arguments: &'a [CallArg<'a>]) -> Vec<Given<'a>> {
        let given = |argument: &'a CallArg<'a>| match argument {
            CallArg::Kwarg(name, value) => (Some(*name), self.value(value)),
            CallArg::Pos(value) => (None, self.value(value)),
            CallArg::PosSplat(value) | CallArg::KwargSplat(value) => (Some(""), self.value(value)),
        };
        arguments.iter().map(given).collect()
    }

    /// A call; `body` is what `{% call %}` hands over.
    pub(super) fn call(&mut self, call: &'a Call<'a>, body: Option<Known>) -> Known {
        match &call.expr {
            Expr::Var(name) if name.id == HIDDEN => Known::Plain,
            Expr::Var(name) if GIVE_BACK.contains(&name.id) => {
                let [CallArg::Pos(first), rest @ ..] = &call.args[..] else { return Known::Other };
                rest.iter().map(argument).for_each(|argument| self.discard(argument));
                self.expression(first)
            }
            Expr::GetAttr(method) => {
                let object = self.expression(&method.expr);
                let given = self.given(&call.args);
                match (&object, method.name, &given[..]) {
                    (Known::At(_), "get", [(None, Known::Text(key)), default @ ..]) => {
                        self.use_up(&object);
                        let found = object.member(key);
                        default.iter().fold(found, |found, (_, default)| found.or(default.clone()))
                    }
                    (Known::At(_), ..) => self.lost(&object),
                    _ => self.run(&object.member(method.name), given, body),
                }
            }
            called => {
                let called = self.expression(called);
                let given = self.given(&call.args);
                self.run(&called, given, body)
            }
        }
    }

    fn run(&mut self, called: &Known, given: Vec<Given<'a>>, body: Option<Known>) -> Known {
        let Known::Macro(index) = called else { return self.lost(called) };
        if !self.may_repeat() {
            return Known::Plain;
        }
        let source = self.macros[*index].source;
        let spread = given.iter().any(|(name, _)| *name == Some(""));
        let (named, placed): (Vec<_>, Vec<_>) = given.into_iter().partition(|(name, _)| name.is_some());
        let mut placed = placed.into_iter();
        let parameter = |parameter: &Expr<'a>| {
            let name = if let Expr::Var(variable) = parameter { variable.id } else { "" };
            // What is left over of the arguments.
            if spread || ["varargs", "kwargs"].contains(&name) {
                return Some(Known::Other);
            }
            let by_name = || named.iter().find(|(given, _)| *given == Some(name)).cloned();
            placed.next().or_else(by_name).map(|(_, known)| known)
        };
        let mut parameters: Vec<_> = source.args.iter().map(parameter).collect();
        parameters.push(body);
        self.enter(*index, parameters);
        Known::Plain
    }
}

/// The value of an argument.
pub(super) fn argument<'a, 's>(argument: &'s CallArg<'a>) -> &'s Expr<'a> {
    match argument {
        CallArg::Pos(value)
        | CallArg::Kwarg(_, value)
        | CallArg::PosSplat(value)
        | CallArg::KwargSplat(value) => value,
    }
}
