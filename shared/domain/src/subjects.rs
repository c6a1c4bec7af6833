//! The subjects of a lender's messages: the known ones, as the lender changed them, and its own (001).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, Error},
    person::Case,
    shape,
    update::{Change, Faults},
    vocabulary::{CaseType, KnownSubject, Subject, SubjectDescriptor, Theme},
};

/// A lender's subjects, kept in one piece: they are few, and every message needs one of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subjects {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// Those that are not as they were, and the lender's own.
    pub changed: BTreeMap<Subject, SubjectDescriptor>,
}

/// What a lender says about a subject. Fields left out stay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SubjectUpdate {
    /// The theme its messages have unless their sender gives one; `null` for the one the subject implies, if any.
    /// For the deprecated `inbBug` and `inbHumanLove`, `inbGeneralInquiry` is taken.
    pub theme: Change<Theme>,
    /// The cases it is used in; empty when it belongs to none in particular.
    #[schemars(length(max = 50))]
    pub case_types: Option<Vec<CaseType>>,
    /// Whether agents may send it.
    pub agent_can_send: Option<bool>,
    /// Whether its text must be edited before it is sent.
    pub preview_only: Option<bool>,
    /// A heading for people, up to 60 characters. For subjects of your own.
    #[schemars(with = "Option<shape::Line<{ Subjects::MAX_TITLE }>>")]
    pub title: Option<String>,
}

impl Subjects {
    /// With this many of the longest, the whole still is one storage item of 400 KB.
    pub const MOST: usize = 500;
    /// Characters of a title.
    const MAX_TITLE: usize = 60;

    /// A subject with its properties, whether or not the lender ever spoke of it.
    pub fn descriptor(&self, subject: &Subject) -> SubjectDescriptor {
        self.changed.get(subject).cloned().unwrap_or_else(|| subject.descriptor())
    }

    /// The same, if the subject exists: it is on the known list, or the lender made it.
    pub fn find(&self, subject: &Subject) -> Option<SubjectDescriptor> {
        match subject {
            Subject::Known(_) => Some(self.descriptor(subject)),
            Subject::Custom(_) => self.changed.get(subject).cloned(),
        }
    }

    /// Every subject: the known ones in the document's order, then the lender's own by name.
    pub fn all(&self) -> Vec<SubjectDescriptor> {
        let known = KnownSubject::ALL.iter().map(|known| self.descriptor(&Subject::Known(*known)));
        let own = self.changed.iter().filter(|(subject, _)| matches!(subject, Subject::Custom(_)));
        known.chain(own.map(|(_, descriptor)| descriptor.clone())).collect()
    }

    /// The subjects after the lender said this of one, and that one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Conflict::LimitReached`].
    pub fn with(
        &self,
        subject: &Subject,
        update: &SubjectUpdate,
    ) -> Result<(Self, SubjectDescriptor), Error> {
        let mut faults = Faults::default();
        let is_own = matches!(subject, Subject::Custom(_));
        faults.expect(
            is_own || update.title.is_none(),
            "/title",
            "must be left out except for subjects of your own",
        );
        faults.line("/title", update.title.as_ref(), Self::MAX_TITLE);
        faults.none()?;

        let mut descriptor = self.descriptor(subject);
        match update.theme {
            Change::Keep => {}
            Change::Clear => descriptor.theme = subject.theme(),
            Change::Set(theme) => descriptor.theme = Some(theme.replacement().unwrap_or(theme)),
        }
        if let Some(given) = &update.case_types {
            descriptor.case_types.clone_from(given);
            descriptor.case_types.sort_unstable();
            descriptor.case_types.dedup();
        }
        descriptor.agent_can_send = update.agent_can_send.unwrap_or(descriptor.agent_can_send);
        descriptor.preview_only = update.preview_only.unwrap_or(descriptor.preview_only);
        descriptor.title = update.title.clone().unwrap_or(descriptor.title);

        let mut subjects = self.clone();
        subjects.changed.insert(subject.clone(), descriptor.clone());
        if subjects.changed.len() > Self::MOST {
            let detail = format!(
                "A lender has at most {} subjects, changed or of its own; remove one first.",
                Self::MOST
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        Ok((subjects, descriptor))
    }
}

impl SubjectDescriptor {
    /// Whether an agent may send it.
    ///
    /// # Errors
    /// [`Conflict::AgentCannotSend`].
    pub fn may_be_sent_by(&self, is_agent: bool) -> Result<(), Error> {
        if self.agent_can_send || !is_agent {
            return Ok(());
        }
        let detail = format!(
            "Messages about {} (\u{201c}{}\u{201d}) are sent by systems and not by agents.",
            self.subject, self.title
        );
        Err(Error::conflict(Conflict::AgentCannotSend, detail))
    }

    /// Whether it may go out as its template has it, or as it was edited.
    ///
    /// # Errors
    /// [`Conflict::MustBeEdited`].
    pub fn may_say(&self, is_edited: bool) -> Result<(), Error> {
        if is_edited || !self.preview_only {
            return Ok(());
        }
        let detail = format!(
            "What the template for {} says must be edited before it is sent: get it from POST /communicator/preview, and \
             send it again with editedContent.",
            self.subject
        );
        Err(Error::conflict(Conflict::MustBeEdited, detail))
    }

    /// The case a message belongs to: the one named, which must be of the subject's types if it has any; else the
    /// person's only one of these.
    ///
    /// # Errors
    /// [`Conflict::CaseRequired`].
    pub fn case<'p>(&self, cases: &'p [Case], named: Option<&'p Case>) -> Result<Option<&'p Case>, Error> {
        if self.case_types.is_empty() {
            return Ok(named);
        }
        let mut fitting = named
            .map_or(cases, std::slice::from_ref)
            .iter()
            .filter(|case| self.case_types.contains(&case.case_type));
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            return Ok(Some(only));
        }
        let types: Vec<&str> = self.case_types.iter().map(|one| one.as_str()).collect();
        let found = match named {
            Some(case) => format!("the case named is of the type {}", case.case_type),
            None => "the borrower has none of them open, or more than one".to_owned(),
        };
        let detail = format!(
            "A message about {} belongs to a case of the type {}, and {found}; name one with caseId.",
            self.subject,
            types.join(" or ")
        );
        Err(Error::conflict(Conflict::CaseRequired, detail))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn update(json: Value) -> SubjectUpdate {
        serde_json::from_value(json).unwrap()
    }

    fn subject(name: &str) -> Subject {
        name.parse().unwrap()
    }

    fn with(subjects: &Subjects, name: &str, json: Value) -> Subjects {
        subjects.with(&subject(name), &update(json)).unwrap().0
    }

    #[test]
    fn every_known_subject_exists_and_one_of_the_lenders_own_once_it_is_made() {
        let before = Subjects::default();
        assert_eq!(before.all().len(), KnownSubject::ALL.len());
        assert_eq!(before.find(&subject("hardshipPlan")), None);
        let after = with(&before, "hardship_plan", json!({}));
        let made = after.find(&subject("hardshipPlan")).unwrap();
        assert_eq!(made, subject("hardshipPlan").descriptor());
        assert_eq!(after.all().last(), Some(&made));
    }

    #[test]
    fn fields_left_out_stay_and_a_theme_of_null_is_the_implied_one() {
        let name = "loanOverdueFirstNotice";
        let changed = json!({ "theme": "opsServicing", "caseTypes": ["collection"], "agentCanSend": true, "previewOnly": true });
        let changed = with(&Subjects::default(), name, changed);
        let after = with(&changed, name, json!({ "previewOnly": false }));
        let expected = SubjectDescriptor { preview_only: false, ..changed.descriptor(&subject(name)) };
        assert_eq!(after.descriptor(&subject(name)), expected);
        let cleared = with(&after, name, json!({ "theme": null }));
        assert_eq!(cleared.descriptor(&subject(name)).theme, Some(Theme::OpsCollDebt));
        let own =
            with(&with(&after, "mine", json!({ "theme": "opsCollDebt" })), "mine", json!({ "theme": null }));
        assert_eq!(own.descriptor(&subject("mine")).theme, None);
    }

    fn case(name: &str, case_type: CaseType) -> Case {
        let attributes = serde_json::Map::new();
        Case {
            id: crate::id::Id::external("demo", name),
            external_id: None,
            case_type,
            do_not_interact: None,
            attributes,
        }
    }

    #[test]
    fn a_subject_of_certain_cases_takes_the_case_named_or_the_only_one_that_is_open() {
        let both = [case("b", CaseType::Bankruptcy), case("d", CaseType::DisputeOfDebt)];
        let twice = [case("d", CaseType::DisputeOfDebt), case("e", CaseType::DisputeOfDebt)];
        let of_dispute = with(&Subjects::default(), "mine", json!({ "caseTypes": ["disputeOfDebt"] }));
        let of_dispute = of_dispute.descriptor(&subject("mine"));
        for (cases, named, expected) in [
            (&both[..], None, Some("d")),
            (&both, Some(&both[1]), Some("d")),
            (&both, Some(&both[0]), None),
            (&twice, None, None),
            (&twice, Some(&twice[1]), Some("e")),
            (&[], None, None),
        ] {
            let found = of_dispute.case(cases, named).ok().flatten().map(|case| case.id.clone());
            assert_eq!(found, expected.map(|name| crate::id::Id::external("demo", name)));
        }
        let of_none = subject("mine").descriptor();
        assert_eq!(of_none.case(&both, None).unwrap(), None);
        assert_eq!(of_none.case(&both, Some(&both[0])).unwrap(), Some(&both[0]));
    }

    #[test]
    fn agents_are_held_to_what_they_may_send_and_everybody_to_editing() {
        let system =
            with(&Subjects::default(), "mine", json!({ "agentCanSend": false, "previewOnly": true }));
        let system = system.descriptor(&subject("mine"));
        assert!(system.may_be_sent_by(false).is_ok() && system.may_be_sent_by(true).is_err());
        assert!(system.may_say(true).is_ok() && system.may_say(false).is_err());
        let open = subject("mine").descriptor();
        assert!(open.may_be_sent_by(true).is_ok() && open.may_say(false).is_ok());
    }

    #[test]
    fn a_deprecated_theme_becomes_its_replacement() {
        for theme in ["inbBug", "inbHumanLove"] {
            let after = with(&Subjects::default(), "mine", json!({ "theme": theme }));
            assert_eq!(after.descriptor(&subject("mine")).theme, Some(Theme::InbGeneralInquiry), "{theme}");
        }
    }

    #[test]
    fn a_title_is_one_line_for_a_subject_of_the_lenders_own() {
        for (name, title, is_taken) in [
            ("mine", "Hardship plan", true),
            ("mine", "", false),
            ("mine", "a\nb", false),
            ("mine", &"x".repeat(61), false),
            ("statement", "Statement", false),
        ] {
            let taken = Subjects::default().with(&subject(name), &update(json!({ "title": title })));
            assert_eq!(taken.is_ok(), is_taken, "{name} {title:?}");
        }
    }

    #[test]
    fn as_many_subjects_as_there_can_be_fit_one_storage_item_and_no_more_are_taken() {
        let longest = json!({
            "title": "𝕏".repeat(Subjects::MAX_TITLE),
            "theme": "opsServicingNegativeCreditReportNotice",
            "caseTypes": CaseType::ALL,
        });
        let mut full = Subjects { revision: u64::MAX, ..Subjects::default() };
        for n in 0..Subjects::MOST {
            full = with(&full, &format!("s{n:063}"), longest.clone());
        }
        assert!(serde_json::to_vec(&full).unwrap().len() < 400 * 1024);
        let more = full.with(&subject("more"), &update(json!({})));
        assert!(matches!(more, Err(Error::Conflict { conflict: Conflict::LimitReached, .. })));
        assert_eq!(with(&full, &format!("s{:063}", 0), json!({})).changed.len(), Subjects::MOST);
    }
}
