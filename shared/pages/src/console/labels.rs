//! What a field of a form is called, away from its form: as templates call it, in which name and label stand together.

use std::{collections::BTreeMap, sync::LazyLock};

use tera::{Kwargs, State, TeraResult};

use super::{
    TEMPLATES, of_page,
    words::{humane, in_language, of_key, said},
};

/// The key of a field's label in the words, by the action of its form and its name; without an action, of the first form that has one
/// of this name.
static LABELS: LazyLock<BTreeMap<(&str, &str), &str>> = LazyLock::new(|| {
    let mut labels = BTreeMap::new();
    for form in TEMPLATES.iter().flat_map(|(_, text)| forms(text)) {
        let action = quoted(form, "<ui.hidden action=\"").unwrap_or_default();
        for (name, key) in labeled(form) {
            labels.entry((action, name)).or_insert(key);
            labels.entry(("", name)).or_insert(key);
        }
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

/// Whether people fill in a field of this name, and no page puts it into its forms for itself.
pub fn is_filled_in(name: &str) -> bool {
    key("", name).is_some() || other(name).is_some() || said("part", name).is_some()
}

/// `label(name="helpText", action="settings")`: what a field is called in the form with this action, in the visitor's language; its name
/// as people write, if no form has it.
pub(super) fn label(arguments: Kwargs, state: &State) -> TeraResult<String> {
    Ok(called(arguments.must_get("name")?, arguments.must_get("action")?, &of_page(state, "language")?))
}

fn key(action: &str, name: &str) -> Option<&'static str> {
    let labels: &BTreeMap<(&str, &str), &'static str> = &LABELS;
    labels.get(&(action, name)).or_else(|| labels.get(&("", name))).copied()
}

fn other(name: &str) -> Option<&'static str> {
    let whole = name.split('.').next().unwrap_or_default();
    OTHERS.iter().find(|(known, _)| *known == whole).map(|(_, key)| *key)
}

fn called(name: &str, action: &str, language: &str) -> String {
    let part = name.split_once('.').map_or("", |(_, part)| part);
    let known = key(action, name).and_then(of_key).or_else(|| said("part", name));
    match (known, other(name).and_then(of_key)) {
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
            assert!(is_filled_in(name) || name.starts_with("{{"), "{name}");
        }
        for key in LABELS.values().copied().chain(OTHERS.map(|(_, key)| key)) {
            assert!(of_key(key).is_some(), "{key}");
        }
    }

    #[test]
    fn a_field_is_called_what_its_form_calls_it() {
        for (action, name, english, spanish) in [
            ("finish", "note", "Note", "Nota"),
            ("save", "contentTextTemplate", "Plain text", "Texto sin formato"),
            ("prefer", "optedOut.email", "Does not want · email", "No quiere · email"),
            ("settings", "officeHours.0.from", "Office hours · 0.from", "Horario de atención · 0.from"),
            ("consent", "contactId", "Contact", "Contacto"),
            ("forbid", "reason", "Why", "Por qué"),
            ("disable", "reason", "Reason", "Motivo"),
            ("none", "no_such.field", "No such field", "No such field"),
        ] {
            assert_eq!(
                (called(name, action, "en").as_str(), called(name, action, "es").as_str()),
                (english, spanish)
            );
        }
    }

    #[test]
    fn what_pages_have_in_their_forms_for_themselves_nobody_fills_in() {
        for name in
            ["action", "stamp", "once", "etag", "id", "key", "archive", "closedOn", "ruleSet", "preview"]
        {
            assert!(!is_filled_in(name), "{name}");
        }
    }
}
