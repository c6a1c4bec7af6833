//! Filters: what they look up, and what is known of what they give.

use std::rc::Rc;

use super::{Walk, expressions::Given, known::Known};

/// Filters of lists that look an attribute up in each entry, with how many arguments stand before its name. `map` takes it
/// by name only.
const BY_ATTRIBUTE: [(&str, usize); 9] = [
    ("groupby", 0),
    ("join", 1),
    ("max", 1),
    ("min", 1),
    ("rejectattr", 0),
    ("selectattr", 0),
    ("sort", 2),
    ("sum", 0),
    ("unique", 1),
];

/// Those that may be given several attributes.
const BY_SEVERAL: [&str; 4] = ["max", "min", "sort", "unique"];

impl<'a> Walk<'a> {
    /// What a filter makes of what is piped into it.
    pub(super) fn filter(&mut self, name: &str, piped: Known, given: &[Given<'a>]) -> Known {
        if let Some((_, place)) = BY_ATTRIBUTE.iter().find(|(filter, _)| *filter == name)
            && let Some(Known::Text(attribute)) = argument(given, *place, "attribute")
        {
            let several = BY_SEVERAL.contains(&name);
            let attributes = attribute.split(|c| several && c == ',');
            attributes.for_each(|attribute| self.use_up(&piped.entry().follow(attribute)));
        }
        match name {
            "attr" => match argument(given, 0, "name") {
                Some(Known::Text(name)) => piped.member(name),
                _ => self.lost(&piped),
            },
            "default" | "d" => {
                self.use_up(&piped);
                piped.or(argument(given, 0, "default_value").cloned().unwrap_or(Known::Plain))
            }
            "map" => self.map(&piped, given),
            "list" | "reject" | "rejectattr" | "reverse" | "select" | "selectattr" | "sort" | "unique" => {
                self.use_up(&piped);
                piped
            }
            "first" | "last" | "max" | "min" => {
                self.use_up(&piped);
                piped.entry()
            }
            "batch" | "slice" => {
                self.use_up(&piped);
                Known::Entries(Rc::new(piped))
            }
            "groupby" => {
                self.use_up(&piped);
                let group = [("0", Known::Other), ("1", piped.clone())];
                let names = [("grouper", Known::Other), ("list", piped)];
                Known::Entries(Rc::new(Known::members(group.into_iter().chain(names))))
            }
            _ => self.lost(&piped),
        }
    }

    /// `map(attribute="name", default=none)` or `map("filter", …)`.
    fn map(&mut self, piped: &Known, given: &[Given<'a>]) -> Known {
        self.use_up(piped);
        let entry = piped.entry();
        let mapped = match (named(given, "attribute"), given) {
            (Some(Known::Text(attribute)), _) => {
                let found = entry.follow(attribute);
                self.use_up(&found);
                found.or(named(given, "default").cloned().unwrap_or(Known::Plain))
            }
            (None, [(None, Known::Text(filter)), rest @ ..]) => self.filter(filter, entry, rest),
            _ => Known::Other,
        };
        Known::Entries(Rc::new(mapped))
    }
}

/// What a parameter is given, by its place or its name.
fn argument<'g>(given: &'g [Given<'_>], place: usize, name: &str) -> Option<&'g Known> {
    given.get(place).filter(|(name, _)| name.is_none()).map(|(_, known)| known).or_else(|| named(given, name))
}

fn named<'g>(given: &'g [Given<'_>], name: &str) -> Option<&'g Known> {
    given.iter().find(|(other, _)| *other == Some(name)).map(|(_, known)| known)
}
