//! Names that variables had before: templates written with them go on to render.

use std::sync::Arc;

use minijinja::{
    Value,
    value::{Enumerator, Object, ObjectRepr},
};

/// Objects by their path, with the older names of their members.
const OLDER: [(&str, &[(&str, &str)]); 2] = [("borrower.address", &ADDRESS), ("person.address", &ADDRESS)];

const ADDRESS: [(&str, &str); 3] =
    [("addressLine1", "address_line1"), ("addressLine2", "address_line2"), ("postalCode", "postal_code")];

/// What else a member of the object at `path` of a context is called: `postalCode` of `borrower.address` is its `postal_code`.
pub fn other_name(path: &str, member: &str) -> Option<&'static str> {
    let (_, names) = OLDER.iter().find(|(object, _)| *object == path)?;
    other(names, member)
}

/// An older name's name of today, and the other way around: a lender's own object may have the older ones.
fn other(names: &[(&'static str, &'static str)], member: &str) -> Option<&'static str> {
    names.iter().find_map(|(older, today)| match member {
        member if member == *older => Some(*today),
        member if member == *today => Some(*older),
        _ => None,
    })
}

/// The object of a context at the path of which `is_at` is true: itself, or one that answers to older names too.
pub(super) fn answering(is_at: impl Fn(&str) -> bool, object: Value) -> Value {
    match OLDER.iter().find(|(known, _)| is_at(known)) {
        Some((_, names)) => Value::from_object(Answering { object, names }),
        None => object,
    }
}

/// An object whose members answer to both names, and are listed once.
#[derive(Debug)]
struct Answering {
    object: Value,
    names: &'static [(&'static str, &'static str)],
}

impl Object for Answering {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let given = |key: &Value| self.object.get_item(key).ok().filter(|value| !value.is_undefined());
        given(key).or_else(|| given(&other(self.names, key.as_str()?)?.into()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.object.try_iter() {
            Ok(keys) => Enumerator::Values(keys.collect()),
            Err(_) => Enumerator::NonEnumerable,
        }
    }
}
