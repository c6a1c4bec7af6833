//! Templates on their way from one tenant or environment to another: what an export holds, and what an import of it
//! would do.
//!
//! An import only ever adds. If both sides changed the same thing it says so and leaves what is there, unless it is
//! asked to replace it. Importing the same export again changes nothing.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Descriptor, DescriptorStatus, Source, Version, VersionStatus, shared::SharedName};
use crate::{
    id::ExternalId,
    shape,
    vocabulary::{Channel, Subject},
};

/// One thing of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Entry {
    /// A descriptor with its versions.
    Template(Box<TemplateEntry>),
    /// What templates include.
    SharedTemplate(SharedEntry),
}

/// A descriptor with its versions, without anything that means something only where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = fits_channel)]
pub struct TemplateEntry {
    /// The lender's id; finds its counterpart if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// What its messages are about.
    pub subject: Subject,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// The language as an ISO 639-1 code, such as en.
    #[schemars(with = "shape::Language")]
    pub language: String,
    /// The loan product; all by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    pub product_id: Option<String>,
    /// Whether its messages may only be read with special rights.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether it may be used.
    pub enabled: bool,
    /// A name for people to read.
    #[schemars(with = "shape::Line<200>")]
    pub name: String,
    /// The oldest first.
    pub versions: Vec<VersionEntry>,
}

/// One version of a template, with its wording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = says_something)]
pub struct VersionEntry {
    /// The status the version had when it was exported.
    pub status: VersionStatus,
    /// Subject line, in Jinja.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    pub subject_line_template: Option<String>,
    /// The text, in Jinja.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    pub content_text_template: Option<String>,
    /// The same in HTML, in Jinja.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    pub content_html_template: Option<String>,
}

/// In schemas: that a version says something.
fn says_something(schema: &mut Schema) {
    let content = json!({ "if": says("contentTextTemplate"), "else": says("contentHtmlTemplate") });
    let any = json!({ "if": says("subjectLineTemplate"), "else": content });
    shape::hold(schema, json!([any]));
}

/// In schemas: that at most one version is in use, and that it has what [`Source::lacks`] asks for.
fn fits_channel(schema: &mut Schema) {
    let words = json!({ "anyOf": [says("contentTextTemplate"), says("contentHtmlTemplate")] });
    let in_use = |channels: &[&str], needs: Value| {
        let version = shape::when("status", &["active"], needs);
        shape::when("channel", channels, json!({ "properties": { "versions": { "items": version } } }))
    };
    let plain = [Channel::Text.as_str(), Channel::Push.as_str()];
    let others: Vec<_> =
        Channel::ALL.iter().map(|channel| channel.as_str()).filter(|name| !plain.contains(name)).collect();
    let is_active = json!({ "properties": { "status": { "const": "active" } }, "required": ["status"] });
    let one = json!({ "contains": is_active, "minContains": 0, "maxContains": 1 });
    shape::hold(
        schema,
        json!([
            in_use(&plain, says("contentTextTemplate")),
            in_use(&others, words),
            in_use(&[Channel::Email.as_str()], says("subjectLineTemplate")),
            { "if": { "required": ["versions"] }, "then": { "properties": { "versions": one } } },
        ]),
    );
}

/// That a part has what can be seen.
fn says(member: &str) -> Value {
    json!({ "required": [member], "properties": { member: { "type": "string", "pattern": r"[^\s\u0085]" } } })
}

/// A shared template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SharedEntry {
    /// How templates name it.
    pub name: SharedName,
    /// The content of the shared template, in Jinja.
    #[schemars(with = "shape::Any<300_000>")]
    pub content: String,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ImportOutcome {
    /// There was none.
    Created,
    /// What is there gets new versions, another active one, or other settings.
    Updated,
    /// All of it is there already.
    Unchanged,
    /// What is there was changed on its own, and stays.
    Conflicting,
}

/// What an import does with one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In a word.
    pub outcome: ImportOutcome,
    /// Whether the descriptor takes over the entry's name, sensitivity and switch.
    pub settings: bool,
    /// Wordings to be added, the oldest first.
    pub drafts: Vec<Source>,
    /// The wording to be put into use.
    pub activate: Option<Source>,
    /// What is different on both sides, for people.
    pub conflicts: Vec<String>,
}

impl TemplateEntry {
    /// A template with all its versions, in any order.
    pub fn of(descriptor: &Descriptor, versions: &[Version]) -> Self {
        let mut versions: Vec<_> = versions.iter().collect();
        versions.sort_by_key(|version| version.number);
        Self {
            external_id: descriptor.external_id.clone(),
            subject: descriptor.subject.clone(),
            channel: descriptor.channel,
            language: descriptor.language.clone(),
            product_id: descriptor.product_id.clone(),
            sensitive: descriptor.sensitive,
            enabled: descriptor.status == DescriptorStatus::Enabled,
            name: descriptor.name.clone(),
            versions: versions.into_iter().map(VersionEntry::of).collect(),
        }
    }

    /// Whether `descriptor` is this template on the other side: by the lender's id if both have one, else by all that
    /// distinguishes templates for people.
    pub fn is(&self, descriptor: &Descriptor) -> bool {
        match (&self.external_id, &descriptor.external_id) {
            (Some(own), Some(other)) => own == other,
            _ => self.identity() == TemplateEntry::of(descriptor, &[]).identity(),
        }
    }

    /// What tells it apart, in one text.
    pub fn identity(&self) -> String {
        let product = self.product_id.as_deref().unwrap_or("*");
        format!("{}/{}/{}/{product}/{}", self.subject, self.channel, self.language, self.name)
    }

    /// What importing it means for its counterpart, if there is one, with all of that one's versions.
    pub fn plan(&self, there: Option<(&Descriptor, &[Version])>, replace: bool) -> Plan {
        let is_known = |source: &Source| {
            there.is_some_and(|(_, versions)| versions.iter().any(|version| version.source == *source))
        };
        let mut drafts: Vec<Source> = Vec::new();
        for source in self.versions.iter().map(VersionEntry::source) {
            if !is_known(&source) && !drafts.contains(&source) {
                drafts.push(source);
            }
        }
        let mut conflicts = Vec::new();
        if let Some((descriptor, _)) = there {
            conflicts = self.differences(descriptor);
        }
        let settings = there.is_none() || (replace && !conflicts.is_empty());
        let wanted = self.versions.iter().find(|version| version.status == VersionStatus::Active);
        let mut activate = wanted.map(VersionEntry::source);
        let in_use = there.and_then(|(_, versions)| {
            versions
                .iter()
                .find(|version| version.status == VersionStatus::Active)
                .map(|version| &version.source)
        });
        if let (Some(source), Some(in_use)) = (&activate, in_use) {
            let came_from_here = self.versions.iter().any(|version| version.source() == *in_use);
            if source == in_use {
                activate = None;
            } else if !came_from_here {
                conflicts.push("the version in use there is none of the export's".to_owned());
                activate = activate.filter(|_| replace);
            } else if there.is_some_and(|(_, versions)| was_taken_back(versions, source)) {
                conflicts.push("the export's active version was in use there and was taken back".to_owned());
                activate = activate.filter(|_| replace);
            }
        }
        if replace {
            conflicts.clear();
        }
        let outcome = match there {
            None => ImportOutcome::Created,
            Some(_) if !conflicts.is_empty() => ImportOutcome::Conflicting,
            Some(_) if settings || activate.is_some() || !drafts.is_empty() => ImportOutcome::Updated,
            Some(_) => ImportOutcome::Unchanged,
        };
        Plan { outcome, settings, drafts, activate, conflicts }
    }

    fn differences(&self, descriptor: &Descriptor) -> Vec<String> {
        let there = TemplateEntry::of(descriptor, &[]);
        let fields = [
            ("subject", there.subject.to_string(), self.subject.to_string()),
            ("channel", there.channel.to_string(), self.channel.to_string()),
            ("language", there.language, self.language.clone()),
            ("productId", format!("{:?}", there.product_id), format!("{:?}", self.product_id)),
            ("sensitive", there.sensitive.to_string(), self.sensitive.to_string()),
            ("enabled", there.enabled.to_string(), self.enabled.to_string()),
            ("name", there.name, self.name.clone()),
        ];
        let differ = fields.into_iter().filter(|(_, there, here)| there != here);
        differ
            .map(|(field, there, here)| format!("{field} is {there} there and {here} in the export"))
            .collect()
    }
}

fn was_taken_back(versions: &[Version], source: &Source) -> bool {
    let is_it = |version: &Version| version.source == *source && version.status == VersionStatus::Retired;
    versions.iter().any(is_it)
}

impl VersionEntry {
    fn of(version: &Version) -> Self {
        Self {
            status: version.status,
            subject_line_template: version.source.subject_line.clone(),
            content_text_template: version.source.content_text.clone(),
            content_html_template: version.source.content_html.clone(),
        }
    }

    /// Its parts.
    pub fn source(&self) -> Source {
        Source {
            subject_line: self.subject_line_template.clone(),
            content_text: self.content_text_template.clone(),
            content_html: self.content_html_template.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{id::Id, vocabulary::KnownSubject};

    use VersionStatus::{Active, Draft, Retired};

    /// A template whose versions say these texts.
    fn template(versions: &[(&str, VersionStatus)]) -> (Descriptor, Vec<Version>) {
        let descriptor = Descriptor {
            id: Id::new(1, [0; 10]),
            external_id: None,
            name: "Payment failed".into(),
            subject: KnownSubject::PaymentFailed.into(),
            channel: Channel::Text,
            language: "en".into(),
            product_id: None,
            sensitive: false,
            status: DescriptorStatus::Enabled,
            active_version_id: None,
            versions: 0,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let version = |(number, (text, status)): (u32, &(&str, VersionStatus))| Version {
            id: Id::new(u64::from(number), [1; 10]),
            descriptor_id: descriptor.id.clone(),
            number,
            status: *status,
            source: says(text),
            shared: Default::default(),
            shared_revision: 0,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "test".into(),
        };
        let versions = (1..).zip(versions).map(version).collect();
        (descriptor, versions)
    }

    fn says(text: &str) -> Source {
        Source { content_text: Some(text.into()), ..Source::default() }
    }

    #[test]
    fn an_import_adds_what_is_missing_and_never_undoes_what_was_done_there() {
        use ImportOutcome::{Conflicting, Created, Unchanged, Updated};
        let here: &[(&str, VersionStatus)] = &[("one", Retired), ("two", Active), ("three", Draft)];
        // What is there, the outcome, the drafts it adds, the one it puts into use; without and with `replace`.
        for (there, kept, replaced, drafts, activate, activate_by_force) in [
            (None, Created, Created, vec!["one", "two", "three"], Some("two"), Some("two")),
            (Some(here), Unchanged, Unchanged, vec![], None, None),
            // Behind: it uses an older one of ours.
            (Some(&[("one", Active)][..]), Updated, Updated, vec!["two", "three"], Some("two"), Some("two")),
            // Rolled back there.
            (
                Some(&[("one", Active), ("two", Retired), ("three", Draft)]),
                Conflicting,
                Updated,
                vec![],
                None,
                Some("two"),
            ),
            // All there, none in use.
            (
                Some(&[("one", Draft), ("two", Draft), ("three", Draft)]),
                Updated,
                Updated,
                vec![],
                Some("two"),
                Some("two"),
            ),
            // Changed on its own.
            (
                Some(&[("one", Retired), ("other", Active)]),
                Conflicting,
                Updated,
                vec!["two", "three"],
                None,
                Some("two"),
            ),
        ] {
            let (descriptor, versions) = template(here);
            let entry = TemplateEntry::of(&descriptor, &versions);
            let other = there.map(template);
            let other = other.as_ref().map(|(descriptor, versions)| (descriptor, &versions[..]));
            for (replace, outcome, activate) in [(false, kept, activate), (true, replaced, activate_by_force)]
            {
                let plan = entry.plan(other, replace);
                assert_eq!(plan.outcome, outcome, "{there:?} {replace}");
                assert_eq!(plan.drafts, drafts.iter().map(|text| says(text)).collect::<Vec<_>>());
                assert_eq!(plan.activate, activate.map(says));
            }
        }
    }

    #[test]
    fn other_settings_are_told_and_stay_unless_they_are_to_be_replaced() {
        let (mut descriptor, versions) = template(&[("one", Active)]);
        let entry = TemplateEntry::of(&descriptor, &versions);
        descriptor.status = DescriptorStatus::Disabled;
        let plan = entry.plan(Some((&descriptor, &versions)), false);
        assert_eq!((plan.outcome, plan.settings), (ImportOutcome::Conflicting, false));
        assert_eq!(plan.conflicts, ["enabled is false there and true in the export"]);
        let plan = entry.plan(Some((&descriptor, &versions)), true);
        assert_eq!((plan.outcome, plan.settings), (ImportOutcome::Updated, true));
    }

    #[test]
    fn a_template_is_known_again_by_the_lenders_id_or_by_what_tells_it_apart() {
        let (mut descriptor, _) = template(&[]);
        let mut entry = TemplateEntry::of(&descriptor, &[]);
        assert!(entry.is(&descriptor));
        descriptor.external_id = "reminder".parse().ok();
        assert!(entry.is(&descriptor), "the export has no id");
        entry.external_id = "other".parse().ok();
        assert!(!entry.is(&descriptor));
        entry.external_id = "reminder".parse().ok();
        entry.name = "Renamed".into();
        assert!(entry.is(&descriptor));
        descriptor.external_id = None;
        assert!(!entry.is(&descriptor));
    }
}
