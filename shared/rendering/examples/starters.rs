//! Prints the wordings to begin with as an export that `POST /communicator/templates/import` takes:
//! `docs/starter-templates.json`.

use domain::template::{
    VersionStatus,
    transfer::{Entry, TemplateEntry, VersionEntry},
};
use rendering::builtin;

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&export())?);
    Ok(())
}

/// Every starter as a template of its own, in use at once.
fn export() -> Vec<Entry> {
    let entry = |starter: builtin::Starter| {
        let version = VersionEntry {
            status: VersionStatus::Active,
            subject_line_template: starter.source.subject_line,
            content_text_template: starter.source.content_text,
            content_html_template: starter.source.content_html,
        };
        Entry::Template(Box::new(TemplateEntry {
            external_id: None,
            subject: starter.subject,
            channel: starter.channel,
            language: starter.language.to_owned(),
            product_id: None,
            sensitive: false,
            enabled: true,
            name: starter.name.to_owned(),
            versions: vec![version],
        }))
    };
    builtin::starters().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `make openapi` writes it anew.
    #[test]
    fn the_export_in_the_documents_is_this_one() {
        let kept: Vec<Entry> =
            serde_json::from_str(include_str!("../../../docs/starter-templates.json")).unwrap();
        assert!(kept == export(), "docs/starter-templates.json is not what `make openapi` writes");
    }
}
