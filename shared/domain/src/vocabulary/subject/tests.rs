use proptest::prelude::*;
use serde_json::json;

use super::*;

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

#[test]
fn a_lenders_own_subject_has_one_name_in_each_document() {
    let reminder = subject("payment_reminder");
    assert_eq!(reminder.as_str(), "paymentReminder");
    assert_eq!(reminder.template_type(), "payment_reminder");
    assert_eq!(reminder, subject("paymentReminder"));
    assert_eq!(reminder.theme(), None);
}

#[test]
fn an_underscore_before_a_digit_and_runs_of_capitals_survive() {
    for (snake, camel) in [
        ("reminder_30_days", "reminder_30Days"),
        ("welcome_u_s_a", "welcomeUSA"),
        ("a_b_c", "aBC"),
        ("plan_b", "planB"),
        ("step2", "step2"),
    ] {
        assert_eq!(subject(snake).as_str(), camel);
        assert_eq!(subject(camel).template_type(), snake);
    }
}

#[test]
fn no_spelling_makes_another_subject_of_a_known_one() {
    for (text, known) in [
        ("loan_overdue_first_notice", KnownSubject::LoanOverdueFirstNotice),
        ("statement_loc", KnownSubject::StatementLoc),
        ("statementLoc", KnownSubject::StatementLoc),
        ("debt_validation_notice_nyc_yonkers", KnownSubject::DebtValidationNoticeNycYonkers),
        ("custom_1", KnownSubject::Custom1),
    ] {
        assert_eq!(subject(text), Subject::Known(known));
    }
}

#[test]
fn every_known_subject_reads_back_from_both_spellings() {
    for known in KnownSubject::ALL.iter().copied().map(Subject::Known) {
        assert_eq!(subject(known.as_str()), known);
        assert_eq!(subject(&known.template_type()), known);
        assert!(known.template_type().len() <= CustomSubject::MAX_LENGTH);
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let too_long = "a".repeat(65);
    for text in [
        "",
        "_",
        "_a",
        "a_",
        "a__b",
        "a_B",
        "Reminder",
        "1st",
        "pay-ment",
        "pay ment",
        "zahlung_fällig",
        "a.b",
        "a/b",
        "a#b",
        too_long.as_str(),
    ] {
        assert_eq!(text.parse::<Subject>(), Err(InvalidSubject), "{text:?}");
    }
    assert!("a".repeat(64).parse::<Subject>().is_ok());
}

#[test]
fn themes_the_document_gives_as_examples_hold() {
    assert_eq!(subject("loanOverdueFirstNotice").theme(), Some(Theme::OpsCollDebt));
    assert_eq!(subject("annualPrivacyPolicyNotice").theme(), Some(Theme::OpsServicing));
    assert_eq!(subject("statement").theme(), Some(Theme::OpsServicing));
    assert_eq!(subject("paymentDueDateReminder").theme(), Some(Theme::OpsServicing));
}

#[test]
fn only_free_form_and_custom_subjects_need_a_theme_from_the_sender() {
    for known in KnownSubject::ALL {
        let name = known.as_str();
        let open = name.starts_with("freeForm") || name.starts_with("custom");
        assert_eq!(known.theme().is_none(), open, "{name}");
    }
}

#[test]
fn agents_send_no_codes_and_edit_what_is_free_form() {
    for code in ["confirmationCode", "oneTimeCode"] {
        assert!(!subject(code).descriptor().agent_can_send, "{code}");
    }
    for free in ["freeForm", "freeFormBranded"] {
        assert!(subject(free).descriptor().preview_only, "{free}");
    }
}

#[test]
fn a_descriptor_has_the_documents_fields() {
    assert_eq!(
        serde_json::to_value(subject("identityTheftValidated").descriptor()).unwrap(),
        json!({
            "subject": "identityTheftValidated",
            "title": "Identity theft: validated",
            "theme": "opsServicing",
            "caseTypes": ["identityTheft"],
            "agentCanSend": true,
            "previewOnly": false,
        })
    );
    assert_eq!(
        serde_json::to_value(subject("payment_reminder").descriptor()).unwrap(),
        json!({
            "subject": "paymentReminder",
            "title": "Payment reminder",
            "theme": null,
            "caseTypes": [],
            "agentCanSend": true,
            "previewOnly": false,
        })
    );
}

#[test]
fn no_two_subjects_share_a_title() {
    let mut titles: Vec<_> = KnownSubject::ALL.iter().map(|known| known.title()).collect();
    titles.sort_unstable();
    assert!(titles.windows(2).all(|pair| pair[0] != pair[1]));
}

proptest! {
    #[test]
    fn snake_case_comes_back_as_it_went_in(snake in "[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,6}){0,7}") {
        let custom: CustomSubject = snake.parse().unwrap();
        prop_assert_eq!(Subject::Custom(custom).template_type(), snake);
    }

    #[test]
    fn camel_case_comes_back_as_it_went_in(camel in "[a-z][A-Za-z0-9]{0,31}") {
        let custom: CustomSubject = camel.parse().unwrap();
        prop_assert_eq!(custom.as_str(), camel);
    }

    #[test]
    fn any_subject_reads_back_from_both_spellings(text in "\\PC{0,20}|[a-zA-Z0-9_]{0,30}") {
        if let Ok(subject) = text.parse::<Subject>() {
            prop_assert_eq!(&subject.as_str().parse::<Subject>().unwrap(), &subject);
            prop_assert_eq!(&subject.template_type().parse::<Subject>().unwrap(), &subject);
            let json = serde_json::to_string(&subject).unwrap();
            prop_assert_eq!(serde_json::from_str::<Subject>(&json).unwrap(), subject);
        }
    }
}
