use super::*;

/// Longer than a dispatcher's lease.
const LEASE: i64 = 120;

#[tokio::test]
async fn crash_after_the_provider_took_the_text_sends_it_once() {
    let bench = Bench::start().await;
    let id = bench.text().await;
    bench.next_meets(Target::Provider(ProviderName::Twilio), Mode::CrashBeforeRecord);
    assert_eq!(bench.drain().await, (0, 1));
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (1, "sending"));

    bench.later(LEASE).await;
    let (done, failed) = bench.drain().await;
    assert!(done >= 1 && failed == 0);
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (1, "sent"));
}

#[tokio::test]
async fn crash_after_the_claim_loses_nothing() {
    let bench = Bench::start().await;
    let id = bench.email().await;
    // A dispatcher that knows the tenant asks for the circuit of its account, looks at the ledger, and claims.
    let dispatcher = bench.system.machine.lambda.app(&catalog::named("dispatch-email")).unwrap();
    dispatcher.tenant(&"demo".parse().unwrap()).await.unwrap();
    let claim = Fault { target: Target::Dynamodb, mode: Mode::CrashBeforeRecord, times: 1, after: 2 };
    bench.system.faults().set(claim);
    assert_eq!(bench.drain().await, (0, 1));
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (0, "sending"));

    bench.later(LEASE).await;
    bench.drain().await;
    assert_eq!((bench.left(), bench.status(&id).await.as_str()), (1, "sent"));
}

#[tokio::test]
async fn throttled_call_to_aws_is_made_again() {
    let bench = Bench::start().await;
    for target in [Target::Dynamodb, Target::Sqs] {
        bench.next_meets(target, Mode::Throttle);
    }
    bench.system.reset_calls();
    bench.email().await;
    assert_eq!(bench.system.calls()["sqs.SendMessageBatch"], 2);
    assert!(bench.system.faults().list().is_empty());
}

#[tokio::test]
async fn accepted_message_whose_queueing_fails_is_found_by_the_sweep() {
    let bench = Bench::start().await;
    bench.system.faults().set(Fault { target: Target::Sqs, mode: Mode::Error, times: 9, after: 0 });
    let id = bench.email().await;
    bench.system.faults().clear();
    assert_eq!(bench.drain().await, (0, 0));

    bench.later(600).await;
    assert_eq!(bench.drain().await, (1, 0));
    assert_eq!(bench.status(&id).await, "sent");
}

#[tokio::test]
async fn message_queued_twice_after_a_lost_answer_is_sent_once() {
    let bench = Bench::start().await;
    bench.next_meets(Target::Sqs, Mode::DropAnswer);
    bench.email().await;
    assert_eq!(bench.drain().await, (2, 0));
    assert_eq!(bench.left(), 1);
}

#[tokio::test]
async fn message_that_fails_again_and_again_ends_with_the_dead_letters() {
    let bench = Bench::start().await;
    bench.email().await;
    for _ in 0..5 {
        bench.system.faults().set(Fault { target: Target::Dynamodb, mode: Mode::Error, times: 9, after: 0 });
        assert_eq!(bench.drain().await, (0, 1));
    }
    bench.system.faults().clear();
    assert_eq!(bench.drain().await, (0, 0));
    let depths = bench.system.queues().await.unwrap();
    let email = depths.iter().find(|depth| depth.name == "dispatch-email").unwrap();
    assert_eq!((email.depth, email.in_flight, email.dead), (0, 0, 1));
}
