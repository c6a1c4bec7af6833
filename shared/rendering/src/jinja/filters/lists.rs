//! Filters on lists and objects.

use std::{cmp::Ordering, sync::Arc};

use minijinja::{
    AutoEscape, Error, State, UndefinedBehavior, Value,
    value::{Enumerator, Object, ObjectRepr, Tuple, ValueKind},
};

use crate::{
    jinja::{methods, operators, text},
    limits,
    values::{self, bind, defined, entries, invalid, is_mapping},
};

fn flag(argument: Option<Value>) -> bool {
    argument.is_some_and(|value| value.is_true())
}

/// `a.b.0` of a value; undefined, or the default, where it ends early.
pub(super) fn path(value: &Value, attribute: &Value, default: Option<&Value>) -> Result<Value, Error> {
    let step = |value: Value, key: &Value| -> Result<Value, Error> {
        if value.is_undefined() {
            return defined(&[&value]).map(|()| value);
        }
        let found = value.get_item(key).unwrap_or_default();
        Ok(if found.is_undefined() { default.cloned().unwrap_or_default() } else { found })
    };
    let Some(path) = attribute.as_str() else { return step(value.clone(), attribute) };
    path.split('.').try_fold(value.clone(), |value, name| {
        step(value, &name.parse::<usize>().map_or_else(|_| Value::from(name), Value::from))
    })
}

/// `attr(name)`: a method of the value, or what an object that is no mapping has by that name.
pub(super) fn attr(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, name] = bind("attr", ["obj", "name"], arguments)?;
    let name = name.unwrap_or_default();
    let name = name.as_str().ok_or_else(|| invalid("attr needs the name of an attribute"))?;
    let value = value.unwrap_or_default();
    if value.is_undefined() {
        return if state.undefined_behavior() == UndefinedBehavior::Chainable {
            Ok(value)
        } else {
            value.get_attr(name)
        };
    }
    if let Some(method) = methods::bound(&value, name) {
        return Ok(method);
    }
    match value.kind() {
        ValueKind::Map if is_mapping(&value) => Ok(Value::UNDEFINED),
        _ => value.get_attr(name),
    }
}

/// What to compare an entry by.
struct By {
    attributes: Vec<Value>,
    case_sensitive: bool,
}

impl By {
    fn new(attribute: Option<Value>, case_sensitive: Option<Value>) -> Self {
        let attributes = match attribute.filter(|attribute| !attribute.is_none()) {
            None => Vec::new(),
            Some(attribute) => match attribute.as_str() {
                Some(names) => names.split(',').map(Value::from).collect(),
                None => vec![attribute],
            },
        };
        Self { attributes, case_sensitive: flag(case_sensitive) }
    }

    fn key(&self, entry: &Value) -> Result<Vec<Value>, Error> {
        if self.attributes.is_empty() {
            return Ok(vec![self.folded(entry.clone())?]);
        }
        self.attributes.iter().map(|attribute| self.folded(path(entry, attribute, None)?)).collect()
    }

    fn folded(&self, key: Value) -> Result<Value, Error> {
        match key.as_str() {
            Some(text) if !self.case_sensitive => {
                limits::spend(text.len())?;
                Ok(Value::from(text.to_lowercase()))
            }
            _ => Ok(key),
        }
    }
}

fn order(left: &[Value], right: &[Value]) -> Result<Ordering, Error> {
    for (left, right) in left.iter().zip(right) {
        // Nothing is as large as nothing.
        if left.is_undefined() && right.is_undefined() {
            values::used(left)?;
            continue;
        }
        match values::order(left, right)? {
            Some(Ordering::Equal) | None => {}
            Some(ordering) => return Ok(ordering),
        }
    }
    Ok(Ordering::Equal)
}

/// A stable sort that can fail, and that a senseless order cannot make panic.
fn sorted<T: Clone>(
    mut list: Vec<T>,
    order: &impl Fn(&T, &T) -> Result<Ordering, Error>,
) -> Result<Vec<T>, Error> {
    if list.len() < 2 {
        return Ok(list);
    }
    let right = list.split_off(list.len() / 2);
    let (left, right) = (sorted(list, order)?, sorted(right, order)?);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        merged.extend(if order(second, first)? == Ordering::Less { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

fn sorted_by(list: Vec<Value>, by: &By, reverse: bool) -> Result<Vec<(Vec<Value>, Value)>, Error> {
    let keyed =
        list.into_iter().map(|entry| Ok((by.key(&entry)?, entry))).collect::<Result<Vec<_>, Error>>()?;
    sorted(keyed, &|(left, _), (right, _)| if reverse { order(right, left) } else { order(left, right) })
}

/// `sort(reverse=false, case_sensitive=false, attribute=none)`.
pub(super) fn sort(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["value", "reverse", "case_sensitive", "attribute"];
    let [value, reverse, case_sensitive, attribute] = bind("sort", parameters, arguments)?;
    let by = By::new(attribute, case_sensitive);
    let sorted = sorted_by(entries(&value.unwrap_or_default())?, &by, flag(reverse))?;
    Ok(sorted.into_iter().map(|(_, entry)| entry).collect())
}

/// `dictsort(case_sensitive=false, by="key", reverse=false)`.
pub(super) fn dictsort(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, case_sensitive, by, reverse] =
        bind("dictsort", ["value", "case_sensitive", "by", "reverse"], arguments)?;
    let attribute = match by.as_ref().map(|by| by.as_str()) {
        None | Some(Some("key")) => 0,
        Some(Some("value")) => 1,
        Some(_) => return Err(invalid("dictsort sorts by key or value")),
    };
    let by = By::new(Some(Value::from(attribute)), case_sensitive);
    let value = value.unwrap_or_default();
    defined(&[&value])?;
    let pairs = pairs(value)?;
    Ok(sorted_by(pairs, &by, flag(reverse))?.into_iter().map(|(_, pair)| pair).collect())
}

fn pairs(value: Value) -> Result<Vec<Value>, Error> {
    if value.is_undefined() {
        return Ok(Vec::new());
    }
    if value.kind() != ValueKind::Map {
        return Err(invalid(format!("{} has no keys", values::described(&value))));
    }
    let pair = |key: Value| Ok(Value::from(Tuple::from([key.clone(), value.get_item(&key)?])));
    entries(&value)?.into_iter().map(pair).collect()
}

pub(super) fn items(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("items", ["value"], arguments)?;
    pairs(value.unwrap_or_default()).map(Value::from)
}

pub(super) fn list(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("list", ["value"], arguments)?;
    entries(&value.unwrap_or_default()).map(Value::from)
}

pub(super) fn length(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("length", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    Ok(Value::from(match value.as_str() {
        Some(text) => text.chars().count(),
        None => entries(&value)?.len(),
    }))
}

pub(super) fn reverse(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("reverse", ["value"], arguments)?;
    let value = value.unwrap_or_default();
    if let Some(text) = value.as_str() {
        let reversed = text.chars().rev().collect::<String>();
        return Ok(if value.is_safe() { Value::from_safe_string(reversed) } else { Value::from(reversed) });
    }
    let mut list = entries(&value)?;
    list.reverse();
    Ok(Value::from(list))
}

/// `unique(case_sensitive=false, attribute=none)`: the first of each.
pub(super) fn unique(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, case_sensitive, attribute] =
        bind("unique", ["value", "case_sensitive", "attribute"], arguments)?;
    let by = By::new(attribute, case_sensitive);
    let mut seen: Vec<(Vec<Value>, Value)> = Vec::new();
    for entry in entries(&value.unwrap_or_default())? {
        let key = by.key(&entry)?;
        // As a set: what cannot be a key has no like.
        key.iter().try_for_each(|key| values::hashable(key).map(drop))?;
        let mut known = false;
        for (other, _) in &seen {
            known = known || alike(&key, other)?;
        }
        if !known {
            seen.push((key, entry));
        }
    }
    Ok(seen.into_iter().map(|(_, entry)| entry).collect())
}

fn alike(left: &[Value], right: &[Value]) -> Result<bool, Error> {
    left.iter().zip(right).try_fold(true, |alike, (left, right)| Ok(alike && values::equal(left, right)?))
}

/// `min(case_sensitive=false, attribute=none)`; undefined of nothing.
pub(super) fn min(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    extreme("min", Ordering::Less, arguments)
}

/// `max(case_sensitive=false, attribute=none)`; undefined of nothing.
pub(super) fn max(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    extreme("max", Ordering::Greater, arguments)
}

fn extreme(name: &str, wanted: Ordering, arguments: &[Value]) -> Result<Value, Error> {
    let [value, case_sensitive, attribute] = bind(name, ["value", "case_sensitive", "attribute"], arguments)?;
    let by = By::new(attribute, case_sensitive);
    let mut best: Option<(Vec<Value>, Value)> = None;
    for entry in entries(&value.unwrap_or_default())? {
        let key = by.key(&entry)?;
        let better = match &best {
            None => true,
            Some((other, _)) => {
                // What has no such attribute is neither more nor less.
                key.iter().chain(other).try_for_each(|key| defined(&[key]))?;
                order(&key, other)? == wanted
            }
        };
        if better {
            best = Some((key, entry));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, entry)| entry))
}

/// `sum(attribute=none, start=0)`, exact for decimals.
pub(super) fn sum(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, attribute, start] = bind("sum", ["value", "attribute", "start"], arguments)?;
    let attribute = attribute.filter(|attribute| !attribute.is_none());
    entries(&value.unwrap_or_default())?.iter().try_fold(
        start.unwrap_or_else(|| Value::from(0)),
        |sum, entry| {
            let entry = attribute
                .as_ref()
                .map_or_else(|| Ok(entry.clone()), |attribute| path(entry, attribute, None))?;
            operators::calculate(&sum, "+", &entry)
        },
    )
}

/// `join(d="", attribute=none)`.
pub(super) fn join(state: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, separator, attribute] = bind("join", ["value", "d", "attribute"], arguments)?;
    let separator = separator.unwrap_or_else(|| Value::from(""));
    let mut list = entries(&value.unwrap_or_default())?;
    if let Some(attribute) = attribute.filter(|attribute| !attribute.is_none()) {
        list = list.iter().map(|entry| path(entry, &attribute, None)).collect::<Result<_, _>>()?;
    }
    let escaping = *state.auto_escape() != AutoEscape::None;
    text::join(&separator, &list, escaping)
}

/// `groupby(attribute, default=none, case_sensitive=false)`: each group a pair of what is common and the
/// entries.
pub(super) fn group_by(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["value", "attribute", "default", "case_sensitive"];
    let [value, attribute, default, case_sensitive] = bind("groupby", parameters, arguments)?;
    let attribute = attribute.ok_or_else(|| invalid("groupby needs an attribute"))?;
    let by = By { attributes: Vec::new(), case_sensitive: flag(case_sensitive) };
    let mut keyed = Vec::new();
    for entry in entries(&value.unwrap_or_default())? {
        let common = path(&entry, &attribute, default.as_ref())?;
        keyed.push((by.key(&common)?, common, entry));
    }
    let mut groups: Vec<(Vec<Value>, Group)> = Vec::new();
    let by_key = |left: &(Vec<Value>, Value, Value), right: &(Vec<Value>, Value, Value)| {
        left.0.iter().chain(&right.0).try_for_each(|key| defined(&[key]))?;
        order(&left.0, &right.0)
    };
    for (key, grouper, entry) in sorted(keyed, &by_key)? {
        match groups.last_mut() {
            Some((last, group)) if order(last, &key)? == Ordering::Equal => group.list.push(entry),
            _ => groups.push((key, Group { grouper, list: vec![entry] })),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| Value::from_object(group)).collect())
}

/// Whether a value is a pair that [`group_by`] made: as Jinja2's, a tuple whose parts have names.
pub(crate) fn is_group(value: &Value) -> bool {
    value.downcast_object_ref::<Group>().is_some()
}

/// A pair with names, as Jinja2 gives it.
#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Vec<Value>,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_usize(), key.as_str()) {
            (Some(0), _) | (_, Some("grouper")) => Some(self.grouper.clone()),
            (Some(1), _) | (_, Some("list")) => Some(Value::from(self.list.clone())),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }
}

/// `batch(linecount, fill_with=none)`: rows of so many.
pub(super) fn batch(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, width, fill] = bind("batch", ["value", "linecount", "fill_with"], arguments)?;
    let width = width.and_then(|width| width.as_usize()).filter(|width| *width > 0);
    let width = width.ok_or_else(|| invalid("batch needs a number of at least 1"))?;
    let mut rows: Vec<Vec<Value>> =
        entries(&value.unwrap_or_default())?.chunks(width).map(<[Value]>::to_vec).collect();
    if let (Some(last), Some(fill)) = (rows.last_mut(), fill.filter(|fill| !fill.is_none())) {
        limits::spend_list(width)?;
        last.resize(width, fill);
    }
    Ok(rows.into_iter().map(Value::from).collect())
}

/// `slice(slices, fill_with=none)`: so many columns, the first ones longer.
pub(super) fn slice(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let [value, columns, fill] = bind("slice", ["value", "slices", "fill_with"], arguments)?;
    let columns = columns.and_then(|columns| columns.as_usize()).filter(|columns| *columns > 0);
    let columns = columns.ok_or_else(|| invalid("slice needs a number of at least 1"))?;
    limits::spend_list(columns)?;
    let list = entries(&value.unwrap_or_default())?;
    let (length, longer) = (list.len() / columns, list.len() % columns);
    let mut rest = list.into_iter();
    let column = |index| {
        let mut column: Vec<Value> = rest.by_ref().take(length + usize::from(index < longer)).collect();
        if index >= longer {
            column.extend(fill.clone().filter(|fill| !fill.is_none()));
        }
        Value::from(column)
    };
    Ok((0..columns).map(column).collect())
}
