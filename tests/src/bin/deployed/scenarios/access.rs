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
