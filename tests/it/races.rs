//! What happens when everybody comes at once.

use futures::future::join_all;
use postrider_tests::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_parallel_sends_against_a_cap_of_one_exactly_one_is_accepted() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let answers = join_all((0..200).map(|_| app.send(&template, "ext-john"))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    let blocked = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((accepted, blocked), (1, 199));
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}
