//! What is known of a value before anything is rendered.

use std::{collections::BTreeMap, rc::Rc};

use super::path::{Path, Step};

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// It has nothing to look up: it is nothing, a number or a truth.
    Plain,
    /// A text written out.
    Text(Rc<str>),
    /// What a context has there.
    At(Path),
    /// A list; what is known of each entry.
    Entries(Rc<Known>),
    /// What is made of these, by name or place.
    Members(Rc<BTreeMap<String, Known>>),
    /// A macro, by its place among those found.
    Macro(usize),
    /// Anything.
    Other,
}

impl Known {
    pub(super) fn members(members: impl IntoIterator<Item = (impl Into<String>, Self)>) -> Self {
        let members: BTreeMap<_, _> = members.into_iter().map(|(name, value)| (name.into(), value)).collect();
        if members.is_empty() { Self::Plain } else { Self::Members(Rc::new(members)) }
    }

    /// What a name or place leads to.
    pub(super) fn member(&self, name: &str) -> Self {
        let is_place = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Members(members) => members.get(name).cloned().unwrap_or(Self::Other),
            Self::At(_) | Self::Entries(_) if is_place => self.entry(),
            Self::At(path) => path.then(Step::Member(name.to_owned())).map_or(Self::Other, Self::At),
            _ => Self::Other,
        }
    }

    /// What `a.b.0` leads to, as filters take it.
    pub(super) fn follow(&self, path: &str) -> Self {
        path.split('.').fold(self.clone(), |value, name| value.member(name))
    }

    /// What a loop meets.
    pub(super) fn entry(&self) -> Self {
        match self {
            Self::At(path) => path.then(Step::Entry).map_or(Self::Other, Self::At),
            Self::Entries(entry) => Self::clone(entry),
            Self::Members(members) => members.values().cloned().reduce(Self::or).unwrap_or(Self::Plain),
            Self::Plain | Self::Text(_) => Self::Plain,
            Self::Macro(_) | Self::Other => Self::Other,
        }
    }

    /// One or the other. What has nothing to look up is not what a lookup was meant for.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Text(_) | Self::Plain, Self::Text(_)) => Self::Plain,
            (Self::Text(_) | Self::Plain, one) | (one, Self::Text(_) | Self::Plain) => one,
            _ => Self::Other,
        }
    }
}
