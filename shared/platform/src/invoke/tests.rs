use super::*;

fn told(error: &Error) -> Vec<u8> {
    let message = problem::told(error);
    serde_json::to_vec(&serde_json::json!({ "errorType": "problem", "errorMessage": message })).unwrap()
}

#[test]
fn a_refusal_comes_back_as_the_error_it_was() {
    let fault = TemplateFault {
        part: "contentHtml".into(),
        line: Some(3),
        column: None,
        message: "a picture is missing".into(),
    };
    for error in [
        Error::Invalid(vec![Violation::new("/html", "is empty"), Violation::new("/sheet", "is unknown")]),
        Error::Template(fault),
    ] {
        let debug = format!("{error:?}");
        assert_eq!(format!("{:?}", Error::from(failed(&told(&error)))), debug);
    }
}

#[test]
fn what_went_wrong_on_our_side_stays_on_our_side() {
    for (error, again) in [
        (Error::Unavailable("DynamoDB".into()), true),
        (Error::Internal("a bug".into()), false),
        (Error::not_found("person", "BO-1"), false),
    ] {
        let come_back = Error::from(failed(&told(&error)));
        assert!(come_back.is_ours(), "{come_back}");
        assert_eq!(matches!(come_back, Error::Unavailable(_)), again, "{come_back}");
        assert!(!come_back.to_string().contains("bug"), "causes are for the log: {come_back}");
    }
}

#[test]
fn a_function_that_died_refused_nothing() {
    for payload in [
        r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited"}"#,
        r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 60.00 seconds"}"#,
        r#"{"errorMessage":"{\"detail\":\"no type\"}"}"#,
        "{}",
        "",
    ] {
        let unanswered = failed(payload.as_bytes());
        assert!(matches!(unanswered, Unanswered::Ended(_)), "{payload}: {unanswered}");
        assert!(matches!(Error::from(unanswered), Error::Internal(_)));
    }
}

#[test]
fn what_may_succeed_later_is_told_apart_from_what_never_will() {
    let why = || "why".to_owned();
    for (unanswered, again) in [
        (Unanswered::Throttled(why()), true),
        (Unanswered::TimedOut(why()), true),
        (Unanswered::Unavailable(why()), true),
        (Unanswered::Ended(why()), false),
        (Unanswered::Misunderstood(why()), false),
    ] {
        assert_eq!(matches!(Error::from(unanswered), Error::Unavailable(_)), again);
    }
}
