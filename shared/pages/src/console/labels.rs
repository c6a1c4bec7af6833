//! What a field of a form is called, away from its form: as templates call it, in which name and label stand together.

use std::{collections::BTreeMap, sync::LazyLock};

use tera::{Kwargs, State, TeraResult};

use super::{
    TEMPLATES, of_page,
    words::{humane, in_language, of_key, said},
};

/// The key of a field's label in the words, by its name. Where forms call fields of the same name differently, the first does.
static LABELS: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let mut labels = BTreeMap::new();
    for (name, key) in TEMPLATES.iter().flat_map(|(_, text)| forms(text)).flat_map(labeled) {
        labels.entry(name).or_insert(key);
    }
    labels
});

/// Fields that are written without a component, and those of which there is one for each value of a list: the name, or the part before
/// its first point, with the key of what stands above them.
const OTHERS: [(&str, &str); 9] = [
    ("by", "what_if.channels"),
    ("channels", "rule.channels"),
    ("contactId", "borrower.record_contact"),
    ("event", "streams.events"),
    ("more", "streams.more"),
    ("officeHours", "settings.hours"),
    ("optedOut", "borrower.opted_out"),
    ("purposes", "rule.purposes"),
    ("ruleId", "what_if.rule"),
];

/// `label(name="helpText")`: what a field is called, in the visitor's language; its name as people write, if no form has it.
pub(super) fn label(arguments: Kwargs, state: &State) -> TeraResult<String> {
    Ok(called(arguments.must_get("name")?, &of_page(state, "language")?))
}

fn called(name: &str, language: &str) -> String {
    let (whole, part) = name.split_once('.').unwrap_or((name, ""));
    let other = || OTHERS.iter().find(|(known, _)| *known == whole).map(|(_, key)| *key);
    let known = LABELS.get(name).and_then(|key| of_key(key)).or_else(|| said("part", name));
    match (known, other().and_then(of_key)) {
        (Some(said), _) => in_language(said, language).to_owned(),
        (None, Some(said)) if part.is_empty() => in_language(said, language).to_owned(),
        (None, Some(said)) => format!("{} · {part}", in_language(said, language)),
        (None, None) => humane(&name.replace('.', " ")),
    }
}

/// The forms of a template that are posted; all of one that has components, of which forms are made.
pub(super) fn forms(template: &str) -> Vec<&str> {
    if template.contains("{% component ") {
        return vec![template];
    }
    let all =
        template.split("<form").skip(1).filter_map(|form| form.split("</form>").next()?.split_once('>'));
    all.filter(|(tag, _)| tag.contains("method=\"post\"")).map(|(_, form)| form).collect()
}

/// The names of fields with the keys of their labels.
fn labeled(form: &str) -> impl Iterator<Item = (&str, &str)> {
    form.split("<ui.").skip(1).filter_map(|component| {
        let tag = component.split("/>").next()?;
        Some((quoted(tag, " name=\"")?, quoted(tag, " label={t(key=\"")?))
    })
}

fn quoted<'t>(tag: &'t str, before: &str) -> Option<&'t str> {
    tag.split_once(before)?.1.split_once('"').map(|(quoted, _)| quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_somebody_fills_in_is_called_something() {
        let named = |form: &'static str| {
            let tags =
                form.split('<').filter(|tag| !tag.contains("type=\"hidden\"") && !tag.starts_with("button"));
            tags.filter_map(|tag| quoted(tag, " name=\"")).collect::<Vec<_>>()
        };
        let names: Vec<_> = TEMPLATES.iter().flat_map(|(_, text)| forms(text)).flat_map(named).collect();
        assert!(names.len() > 60, "{names:?}");
        for name in names {
            // Of a field that a component or a loop writes, the template has no name but an expression.
            let first = name.split('.').next().unwrap();
            let is_known = LABELS.contains_key(name) || OTHERS.iter().any(|(known, _)| *known == first);
            assert!(is_known || name.starts_with("{{"), "{name}");
        }
        for (name, key) in LABELS.iter().map(|(name, key)| (*name, *key)).chain(OTHERS) {
            assert!(of_key(key).is_some(), "{name}: {key}");
        }
    }

    #[test]
    fn a_field_is_called_what_its_form_calls_it() {
        for (name, english, spanish) in [
            ("note", "Note", "Nota"),
            ("contentTextTemplate", "Plain text", "Texto sin formato"),
            ("conversationTimeoutMinutes", "", ""),
            ("optedOut.email", "Does not want · email", "No quiere · email"),
            ("officeHours.0.from", "Office hours · 0.from", "Horario de atención · 0.from"),
            ("contactId", "Contact", "Contacto"),
            ("no_such.field", "No such field", "No such field"),
        ] {
            for (language, expected) in [("en", english), ("es", spanish)] {
                let called = called(name, language);
                assert!(expected.is_empty() || called == expected, "{name}: {called}");
                assert!(!called.is_empty());
            }
        }
    }
}
