//! Who may call, and what functions may do.

use reqwest::Method;
use serde_json::json;

use crate::emulator::PREFIX;
use crate::scenario::Scenario;

/// The authorizer says why there is no caller; the function behind it answers.
pub async fn a_wrong_key_is_answered_401_with_a_problem(scenario: &Scenario) {
    let request = scenario.anonymous(Method::GET, "/me").header("x-api-key", "wrong");
    let answer = scenario.call(request).await;
    assert!(answer.headers.contains_key("www-authenticate"), "{answer:#?}");
    answer.problem(401, "unauthenticated");
}

pub async fn a_key_says_who_calls(scenario: &Scenario) {
    let me = scenario.get("/me").await.expect(200);
    assert_eq!((&me["tenant"], &me["role"]), (&json!("demo"), &json!("admin")), "{me:#}");
}

/// No other scenario calls this function.
pub async fn a_function_is_refused_what_its_role_does_not_permit(scenario: &Scenario) {
    let borrower = scenario.borrower("role").await;
    let path = format!("/in-app/{}", borrower.id);
    scenario.get(&path).await.expect(200);
    let emulator = &scenario.installation.emulator;
    let function =
        emulator.lambda.get_function_configuration().function_name(format!("{PREFIX}-in-app-list"));
    let role = function.send().await.unwrap().role.unwrap();
    let (_, role) = role.rsplit_once('/').unwrap();
    let policy = [("RoleName", role), ("PolicyName", "needs")];
    emulator.call_by_query("iam", "DeleteRolePolicy", &policy).await;
    let refused = scenario.until(|| scenario.get(&path), |answer| answer.status != 200).await;
    assert!(refused.status.is_server_error(), "{refused:#?}");
    assert!(scenario.log().await.contains("not authorized to perform"), "{}", scenario.log().await);
}

/// The pages of a section are one function, which API Gateway tells the route that a request came by.
pub async fn somebody_signs_in_to_the_console_and_opens_a_message(scenario: &Scenario) {
    let borrower = scenario.borrower("console").await;
    let template = scenario.template("email", "console").await;
    let id = scenario.sent(&template, &borrower, json!({})).await;
    let open = |path: &str| scenario.anonymous(Method::GET, path);
    let nobody = scenario.call(open("/console/messages")).await;
    assert_eq!(
        (nobody.status.as_u16(), &nobody.headers["location"].to_str().unwrap()[..16]),
        (303, "/console/sign-in")
    );

    let credential = format!("credential={}", scenario.installation.key);
    let form = scenario.anonymous(Method::POST, "/console/sign-in").body(credential);
    let led = scenario.call(form.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!(led.status, 303, "{led:#?}");
    let cookie = led.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for (path, status, shown) in [
        ("/console/messages?borrower=ext-console".to_owned(), 200, borrower.email.as_str()),
        (format!("/console/messages/{id}"), 200, "Version of the rules"),
        ("/console/of/nothing".to_owned(), 404, "To the first page"),
    ] {
        let page = scenario.call(open(&path).header("cookie", &cookie)).await;
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{path} {page:#?}");
        let page = page.expect(status);
        assert!(page.as_str().unwrap().contains(shown), "{path} {page:#}");
    }
}
