//! Which template of an export is which one on the other side. Nothing keeps two templates from being alike in all that
//! people tell them apart by; then their wordings do.

use std::collections::HashMap;

use super::{
    Descriptor, Source, Version, VersionStatus,
    transfer::{TemplateEntry, VersionEntry},
};
use crate::{
    id::{self, Id},
    tenant::TenantId,
};

/// A template with all its versions.
pub type Shelved = (Descriptor, Vec<Version>);

/// The id that an entry gives the template it makes: by the lender's id, else by what tells it apart and which of those
/// alike it is, from 0.
pub fn own_id(tenant: &TenantId, entry: &TemplateEntry, which: usize) -> Id<id::Descriptor> {
    match (&entry.external_id, which) {
        (Some(external), _) => Id::external(tenant.as_str(), external.as_str()),
        (None, 0) => Id::keyed(tenant.as_str(), "import", &entry.identity()),
        (None, which) => Id::keyed(tenant.as_str(), &format!("import {which}"), &entry.identity()),
    }
}

/// Which of those alike each entry is, from 0.
pub fn which_of_its_like(entries: &[&TemplateEntry]) -> Vec<usize> {
    let mut seen = HashMap::<String, usize>::new();
    let next = |entry: &&TemplateEntry| match entry.external_id {
        Some(_) => 0,
        None => {
            let next = seen.entry(entry.identity()).or_default();
            *next += 1;
            *next - 1
        }
    };
    entries.iter().map(next).collect()
}

/// For each entry the place of its counterpart in `there`; no two have the same.
///
/// A template has the lender's id if both have one. Else it is one of those that are alike for people, or that an import
/// of the entry made and somebody renamed since: the one in use in the same words, or that once was said in some of them,
/// or that the import made, or the first that is left.
pub fn counterparts(tenant: &TenantId, entries: &[&TemplateEntry], there: &[Shelved]) -> Vec<Option<usize>> {
    let own: Vec<_> = entries
        .iter()
        .zip(which_of_its_like(entries))
        .map(|(entry, which)| own_id(tenant, entry, which))
        .collect();
    let mut alike = HashMap::<String, Vec<usize>>::new();
    let mut by_id = HashMap::new();
    for (place, (descriptor, _)) in there.iter().enumerate() {
        alike.entry(TemplateEntry::of(descriptor, &[]).identity()).or_default().push(place);
        by_id.insert(&descriptor.id, place);
    }
    let candidates: Vec<Vec<usize>> = entries
        .iter()
        .zip(&own)
        .map(|(entry, own)| {
            let alike = alike.get(&entry.identity()).into_iter().flatten().copied();
            let may_be = |place: &usize| entry.is(&there[*place].0);
            alike.filter(may_be).chain(by_id.get(own).copied()).collect()
        })
        .collect();
    let has_own_id = |at: usize, place: usize| there[place].0.id == own[at];
    let words: Vec<Vec<Source>> =
        entries.iter().map(|entry| entry.versions.iter().map(VersionEntry::source).collect()).collect();
    let passes: [&dyn Fn(usize, usize) -> bool; 5] = [
        &|at, place| entries[at].external_id.is_some() && has_own_id(at, place),
        &|at, place| says_the_same_now(entries[at], &there[place].1),
        &|at, place| there[place].1.iter().any(|version| words[at].contains(&version.source)),
        &has_own_id,
        &|_, _| true,
    ];
    let mut found = vec![None; entries.len()];
    let mut is_taken = vec![false; there.len()];
    for is_it in passes {
        for (at, candidates) in candidates.iter().enumerate() {
            if found[at].is_none() {
                found[at] = candidates.iter().copied().find(|&place| !is_taken[place] && is_it(at, place));
                found[at].into_iter().for_each(|place: usize| is_taken[place] = true);
            }
        }
    }
    found
}

fn says_the_same_now(entry: &TemplateEntry, versions: &[Version]) -> bool {
    let ours = entry.versions.iter().find(|version| version.status == VersionStatus::Active);
    let theirs = versions.iter().find(|version| version.status == VersionStatus::Active);
    ours.zip(theirs).is_some_and(|(ours, theirs)| ours.source() == theirs.source)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        template::{DescriptorStatus, transfer::ImportOutcome},
        vocabulary::{Channel, KnownSubject},
    };

    use VersionStatus::{Active, Draft, Retired};

    fn tenant() -> TenantId {
        "demo".parse().unwrap()
    }

    /// The `number`th template of a lender: its name and the lender's id, and its versions' words, of which one may be in use.
    fn shelved(number: u8, name: &str, external: bool, words: &[&str], active: Option<usize>) -> Shelved {
        let external_id = external.then(|| format!("{name}-{number}").parse().unwrap());
        let descriptor = Descriptor {
            id: Id::new(u64::from(number), [0; 10]),
            external_id,
            name: name.into(),
            subject: KnownSubject::PaymentFailed.into(),
            channel: Channel::Text,
            language: "en".into(),
            product_id: None,
            sensitive: false,
            status: DescriptorStatus::Enabled,
            active_version_id: None,
            versions: 0,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::from(number)),
            updated_at: Timestamp::UNIX_EPOCH,
        };
        let version = |(at, text): (usize, &&str)| Version {
            id: Id::new(u64::from(number), [u8::try_from(at).unwrap(); 10]),
            descriptor_id: descriptor.id.clone(),
            number: u32::try_from(at).unwrap() + 1,
            status: match active {
                Some(active) if active == at => Active,
                Some(active) if active > at => Retired,
                _ => Draft,
            },
            source: Source { content_text: Some((*text).into()), ..Source::default() },
            shared: Default::default(),
            shared_revision: 0,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: "test".into(),
        };
        let versions = words.iter().enumerate().map(version).collect();
        (descriptor, versions)
    }

    fn export(shelf: &[Shelved]) -> Vec<TemplateEntry> {
        shelf.iter().map(|(descriptor, versions)| TemplateEntry::of(descriptor, versions)).collect()
    }

    fn found(entries: &[TemplateEntry], there: &[Shelved]) -> Vec<Option<usize>> {
        counterparts(&tenant(), &entries.iter().collect::<Vec<_>>(), there)
    }

    #[test]
    fn templates_alike_are_told_apart_by_their_words() {
        let [a, b, c] = [
            shelved(1, "x", false, &["a1", "a2"], Some(1)),
            shelved(2, "x", false, &["b"], Some(0)),
            shelved(3, "x", false, &["c"], None),
        ];
        let all = export(&[a.clone(), b.clone(), c.clone()]);
        assert_eq!(found(&all, &[c.clone(), b.clone(), a.clone()]), [Some(2), Some(1), Some(0)]);
        // A newer one is a template of its own, wherever it stands.
        assert_eq!(found(&all, &[a.clone(), b.clone()]), [Some(0), Some(1), None]);
        assert_eq!(found(&all[1..], std::slice::from_ref(&c)), [None, Some(0)]);
        // One alone that says something else is the same, changed on its own.
        assert_eq!(found(&all[..1], std::slice::from_ref(&b)), [Some(0)]);
        // What was in use and was taken back since.
        assert_eq!(found(&all[..1], &[b, shelved(4, "x", false, &["a1"], Some(0))]), [Some(1)]);
    }

    #[test]
    fn the_lenders_id_goes_before_words() {
        let mut named = shelved(1, "x", true, &["a"], Some(0));
        named.0.id = Id::external("demo", "x-1");
        let entries = export(&[named.clone()]);
        let mut renamed = named.clone();
        (renamed.0.name, renamed.1) = ("y".into(), Vec::new());
        let twin = shelved(2, "x", false, &["a"], Some(0));
        let other = shelved(3, "x", true, &["a"], Some(0));
        assert_eq!(found(&entries, &[twin.clone(), renamed]), [Some(1)]);
        assert_eq!(found(&entries, &[other, twin]), [Some(1)], "of another id it is another");
    }

    #[test]
    fn templates_alike_get_ids_of_their_own() {
        let shelf = [1, 2, 3].map(|number| shelved(number, "x", false, &["a"], None));
        let entries = export(&shelf);
        let entries: Vec<_> = entries.iter().collect();
        let which = which_of_its_like(&entries);
        let ids: Vec<_> =
            entries.iter().zip(&which).map(|(entry, which)| own_id(&tenant(), entry, *which)).collect();
        assert_eq!(which, [0, 1, 2]);
        assert_eq!(ids[0], Id::keyed("demo", "import", &entries[0].identity()));
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    }

    prop_compose! {
        fn any_template()(
            name in prop::sample::select(vec!["x", "y"]),
            external in any::<bool>(),
            words in vec(prop::sample::select(vec!["a", "b", "c", ""]), 0..4),
            active in prop::option::of(0..4usize),
        ) -> (&'static str, bool, Vec<&'static str>, Option<usize>) {
            let active = active.filter(|active| *active < words.len());
            (name, external, words, active)
        }
    }

    proptest! {
        #[test]
        fn an_export_of_ones_own_changes_nothing(templates in vec(any_template(), 0..9)) {
            let shelf: Vec<Shelved> = (0u8..)
                .zip(&templates)
                .map(|(number, (name, external, words, active))| {
                    let mut one = shelved(number, name, *external, words, *active);
                    if let Some(external) = &one.0.external_id {
                        one.0.id = Id::external("demo", external.as_str());
                    }
                    one
                })
                .collect();
            let entries = export(&shelf);
            for (entry, place) in entries.iter().zip(found(&entries, &shelf)) {
                let (descriptor, versions) = &shelf[place.unwrap()];
                let plan = entry.plan(Some((descriptor, &versions[..])), false);
                prop_assert_eq!(plan.outcome, ImportOutcome::Unchanged);
            }
        }
    }
}
