//! What a borrower says about being contacted holds at once, for everybody who has the address (47 CFR 64.1200(a)(10)).

use domain::vocabulary::SendingChannel;
use platform::queues::Queue;
use postrider_tests::TestApp;
use serde_json::{Value, json};

const JOHN: &str = "+13125550101";
const NOBODY: &str = "+13125550188";

async fn settings(app: &TestApp, change: Value) {
    app.put("/settings?reason=a%20test", change).await.expect(200);
}

async fn consents(app: &TestApp, person: &str) -> Vec<Value> {
    let answer = app.get(&format!("/people/{person}/consents")).await.expect(200);
    let all = answer.as_array().or(answer["data"].as_array()).expect("a list").clone();
    all.into_iter()
        .filter(|consent| consent["source"] != "loan application" && consent["source"] != "web form")
        .collect()
}

async fn tasks(app: &TestApp, kind: &str) -> usize {
    app.get(&format!("/tasks?type={kind}")).await.expect(200)["data"].as_array().unwrap().len()
}

async fn inbound(app: &TestApp, person: &str) -> Vec<Value> {
    let path = format!("/people/{person}/interactions?direction=inbound");
    app.get(&path).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn unbound(app: &TestApp) -> Vec<Value> {
    app.get("/interactions?direction=inbound").await.expect(200)["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_text_that_waits_when_the_borrower_writes_stop_does_not_leave() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let waits = app.sent(&template, "ext-john").await;
    app.texted(JOHN, "STOP").await;
    app.drain().await;
    let entry = app.log(&waits).await;
    assert_eq!((&entry["status"], app.outbox("text").await.len()), (&json!("canceled"), 0), "{entry:#}");
    assert_eq!(entry["failure"]["ruleId"], "stop.consent_revoked", "{entry:#}");
    let known = consents(&app, "ext-john").await;
    let [stop] = &known[..] else { panic!("{known:#?}") };
    assert_eq!(
        (&stop["status"], &stop["channel"], &stop["wording"]),
        (&json!("revoked"), &json!("text"), &json!("STOP"))
    );
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    let received = &inbound(&app, "ext-john").await[0];
    assert_eq!((&received["content"]["body"], &received["isExternal"]), (&json!("STOP"), &json!(false)));
}

#[tokio::test]
async fn who_confirms_is_the_lenders_to_say_and_it_is_done_once() {
    for (handling, told, confirmations) in
        [("provider", None, 0), ("postrider", None, 1), ("postrider", Some("STOP"), 0)]
    {
        let app = TestApp::start().await;
        settings(&app, json!({ "optOutHandling": handling })).await;
        for _ in 0..3 {
            app.wrote("twilio", json!({ "from": JOHN, "body": "STOP", "opt_out_type": told })).await;
            app.drain_repeating().await;
        }
        let left = app.outbox("text").await;
        assert_eq!(left.len(), confirmations, "{handling} {told:?}: {left:#?}");
        assert!(left.iter().all(|text| text["body"].as_str().unwrap().contains("opted out")), "{left:#?}");
        // A new opt-out is confirmed anew.
        app.advance(60).await;
        app.texted(JOHN, "start").await;
        app.advance(60).await;
        app.wrote("twilio", json!({ "from": JOHN, "body": "Stop.", "opt_out_type": told })).await;
        app.drain().await;
        assert_eq!(app.outbox("text").await.len(), confirmations * 2, "{handling} {told:?}");
    }
}

#[tokio::test]
async fn start_opens_again_and_help_is_answered_as_the_lender_says() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    app.texted(JOHN, "stop").await;
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    app.advance(60).await;
    app.texted(JOHN, "UNSTOP").await;
    app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 1);

    app.texted(JOHN, "help").await;
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 1, "the provider answers, and the lender said nothing");
    settings(&app, json!({ "helpText": "Acme {{ here }}: call 800-555-0199." })).await;
    app.texted(JOHN, "HELP!").await;
    app.wrote("twilio", json!({ "from": JOHN, "body": "help", "opt_out_type": "HELP" })).await;
    app.texted(NOBODY, "info").await;
    app.drain().await;
    let left = app.outbox("text").await;
    let sent: Vec<_> = left.iter().map(|text| (text["to"].clone(), text["body"].clone())).collect();
    let help = json!("Acme {{ here }}: call 800-555-0199.");
    assert_eq!(left.len(), 3, "{left:#?}");
    assert!(
        sent.contains(&(json!(NOBODY), help.clone())) && sent.contains(&(json!(JOHN), help)),
        "{sent:#?}"
    );
}

#[tokio::test]
async fn free_words_stop_provisionally_and_somebody_reviews_them() {
    let app = TestApp::start().await;
    app.texted(JOHN, "please don't text me any more, I pay on Friday").await;
    let known = consents(&app, "ext-john").await;
    assert_eq!(
        (&known[0]["status"], &known[0]["provisional"]),
        (&json!("revoked"), &json!(true)),
        "{known:#?}"
    );
    assert_eq!(
        (tasks(&app, "reviewRevocation").await, tasks(&app, "handleInboundInteraction").await),
        (1, 1)
    );
    let template = app.template("sms", "hello").await;
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    app.drain().await;
    assert!(app.outbox("text").await.is_empty());
}

#[tokio::test]
async fn a_wrong_number_is_marked_and_somebody_corrects_it() {
    let app = TestApp::start().await;
    app.texted(JOHN, "You have the wrong number").await;
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    let contacts = contacts.as_array().or(contacts["data"].as_array()).unwrap().clone();
    let number = contacts.iter().find(|contact| contact["value"] == JOHN).unwrap();
    assert_eq!(number["valid"], false);
    assert_eq!(tasks(&app, "reviewContact").await, 1);
}

#[tokio::test]
async fn an_opt_out_is_for_everybody_who_has_the_number_and_for_whoever_gets_it_next() {
    let app = TestApp::start().await;
    let jane = json!({ "firstName": "Jane", "contacts": [{ "contactType": "phone", "value": JOHN, "receiveTextMessages": true }] });
    app.put("/people/ext-jane", jane).await.expect(201);
    app.texted(JOHN, "stop").await;
    for person in ["ext-john", "ext-jane"] {
        assert_eq!(consents(&app, person).await.len(), 1, "{person}");
    }
    assert_eq!(unbound(&app).await.len(), 1, "nothing shows who of them it was");

    app.texted(NOBODY, "STOP").await;
    let mary = json!({ "firstName": "Mary", "contacts": [{ "contactType": "phone", "value": NOBODY, "receiveTextMessages": true }] });
    app.put("/people/ext-mary", mary).await.expect(201);
    let known = consents(&app, "ext-mary").await;
    assert_eq!((known.len(), &known[0]["status"]), (1, &json!("revoked")), "{known:#?}");
}

#[tokio::test]
async fn whoever_gets_a_number_later_is_held_to_what_was_said_there() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let with_number = json!({
        "firstName": "Jane",
        "contacts": [{ "contactType": "phone", "value": JOHN, "receiveTextMessages": true }],
        "consents": [{ "channel": "text", "status": "consented", "recordedAt": "2025-11-03T16:20:00Z", "source": "loan application" }],
    });
    app.texted(JOHN, "stop").await;
    app.put("/people/ext-twin", with_number.clone()).await.expect(201);
    app.send(&template, "ext-twin").await.problem(409, "consent-revoked");

    // Also once whoever said it is forgotten; of them nothing is kept but a digest of the number.
    app.call(reqwest::Method::DELETE, "/people/ext-john?reason=asked").await.expect(202);
    app.advance(600).await;
    app.sweep().await;
    app.put("/people/ext-heir", with_number).await.expect(201);
    app.send(&template, "ext-heir").await.problem(409, "consent-revoked");

    // Who opts in there opts in for those who are there, and binds nobody who comes later.
    app.advance(60).await;
    app.texted(JOHN, "start").await;
    let late = json!({
        "firstName": "Late", "contacts": [{ "contactType": "phone", "value": JOHN, "receiveTextMessages": true }],
    });
    app.put("/people/ext-late", late).await.expect(201);
    assert_eq!(consents(&app, "ext-late").await, Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_who_is_not_proven_consents_or_disowns_and_anybody_may_stop() {
    let app = TestApp::start().await;
    let forged = |body: &str| json!({ "from": "john@example.com", "subject": "Hi", "body": body, "spf": "fail", "dkim": "{@elsewhere.example : pass}" });
    app.wrote("sendgrid", forged("You have the wrong person")).await;
    let contacts = app.get("/people/ext-john/contacts").await.expect(200).to_string();
    assert!(!contacts.contains("\"valid\":false"), "{contacts}");
    assert_eq!(tasks(&app, "reviewContact").await, 1);
    app.wrote("sendgrid", forged("unsubscribe")).await;
    app.advance(60).await;
    app.wrote("sendgrid", forged("start")).await;
    let known = consents(&app, "ext-john").await;
    assert_eq!((known.len(), &known[0]["status"]), (1, &json!("revoked")), "{known:#?}");
    assert!(inbound(&app, "ext-john").await.iter().all(|mail| mail["isUnproven"] == true));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_picture_that_came_with_it() {
    let app = TestApp::start().await;
    let text =
        json!({ "from": JOHN, "body": "STOP", "media": [{ "media_type": "x/y\r\nz", "content": "q" }] });
    app.post("/_local/providers/twilio/inbound", text).await.expect(200);
    app.drain_inbound().await;
    assert_eq!(consents(&app, "ext-john").await.len(), 1);
}

#[tokio::test]
async fn words_that_overtake_one_another_count_by_when_they_were_said() {
    let app = TestApp::start().await;
    for body in ["stop", "start", "stop"] {
        app.post("/_local/providers/twilio/inbound", json!({ "from": JOHN, "body": body })).await.expect(200);
        app.advance(1).await;
    }
    for _ in 0..3 {
        app.drain_repeating().await;
    }
    let template = app.template("sms", "hello").await;
    app.send(&template, "ext-john").await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn a_code_is_not_sent_to_an_address_that_opted_out_whosever_it_is() {
    let app = TestApp::start().await;
    app.texted(NOBODY, "stop").await;
    let code = json!({ "personId": "ext-john", "phone": NOBODY });
    app.post("/communicator/send-confirmation-code", code).await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn another_lenders_borrowers_with_the_same_number_are_not_concerned() {
    let app = TestApp::start().await;
    app.texted(JOHN, "stop").await;
    let theirs = app.seen_by(Some("other-admin")).get("/people/ext-john/consents").await.expect(200);
    assert!(!theirs.to_string().contains("revoked"), "{theirs:#}");
    assert_eq!(app.seen_by(Some("other-admin")).get("/interactions").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn mail_that_says_unsubscribe_stops_mail_and_nothing_else() {
    for mail in [
        json!({ "subject": "Re: Your loan", "body": "unsubscribe" }),
        json!({ "subject": "Re: Your loan", "body": "Please unsubscribe me from these e-mails.\n\nOn Mon, Jan 5, 2026 Acme wrote:\n> Hello" }),
        json!({ "subject": "STOP", "body": "" }),
    ] {
        let app = TestApp::start().await;
        let mut mail = mail;
        mail["from"] = json!("John <john@example.com>");
        app.wrote("sendgrid", mail.clone()).await;
        let known = consents(&app, "ext-john").await;
        assert_eq!(
            (&known[0]["status"], &known[0]["channel"]),
            (&json!("revoked"), &json!("email")),
            "{mail}"
        );
        app.drain().await;
        assert!(app.outbox("email").await.is_empty(), "{mail}");
        let template = app.template("sms", "hello").await;
        app.sent(&template, "ext-john").await;
    }
}

#[tokio::test]
async fn what_the_lender_records_is_heard_as_what_a_provider_brings() {
    let app = TestApp::start().await;
    let received = |body: &str, more: Value| {
        let mut received = json!({
            "channel": "text", "status": "succeeded", "theme": "inbUnknown",
            "content": { "from": JOHN, "to": "+13125550100", "body": body },
        });
        received.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        received
    };
    app.post("/communicator/receive", received("Stop", json!({}))).await.expect(200);
    assert_eq!(consents(&app, "ext-john").await.len(), 1);
    assert_eq!(tasks(&app, "handleInboundInteraction").await, 1, "001: it publishes a task");
    // From a number that is not theirs: all of the person's that is named.
    let marias = received("STOP", json!({ "personId": "ext-maria", "content": { "body": "STOP" } }));
    app.post("/communicator/receive", marias).await.expect(200);
    let known = consents(&app, "ext-maria").await;
    assert_eq!((&known[0]["channel"], &known[0]["contactId"]), (&json!("text"), &Value::Null), "{known:#?}");
}

#[tokio::test]
async fn texts_are_turned_away_as_the_lender_says_and_a_stop_holds_all_the_same() {
    let app = TestApp::start().await;
    settings(&app, json!({ "unknownNumbersAccepted": false })).await;
    app.texted(NOBODY, "who is this?").await;
    let turned_away = &unbound(&app).await[0];
    assert_eq!(
        (&turned_away["status"], &turned_away["statusDetails"]),
        (&json!("failed"), &json!("textConvoUnknownNumberRejected"))
    );
    settings(&app, json!({ "inboundTextsEnabled": false })).await;
    app.texted(JOHN, "hello").await;
    app.texted(JOHN, "stop").await;
    for received in inbound(&app, "ext-john").await {
        assert_eq!(received["statusDetails"], "textLenderDisabledInboundTexts");
    }
    assert_eq!(consents(&app, "ext-john").await.len(), 1);
    assert_eq!(app.get("/tasks").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_consumer_that_dies_anywhere_leaves_one_opt_out_one_message_and_one_confirmation() {
    for mode in ["error", "drop_answer"] {
        for after in 0..8 {
            let app = TestApp::start().await;
            settings(&app, json!({ "optOutHandling": "postrider" })).await;
            let stop = json!({ "from": JOHN, "body": "STOP" });
            app.post("/_local/providers/twilio/inbound", stop).await.expect(200);
            app.fault_after("dynamodb", mode, 3, after).await;
            app.drain_inbound().await;
            app.no_faults().await;
            for _ in 0..3 {
                app.advance(180).await;
                app.drain_repeating().await;
                app.sweep().await;
            }
            let (known, received) = (consents(&app, "ext-john").await, inbound(&app, "ext-john").await);
            assert_eq!((known.len(), received.len()), (1, 1), "{mode} after {after}");
            assert_eq!(app.outbox("text").await.len(), 1, "{mode} after {after}");
        }
    }
}

#[tokio::test]
async fn a_text_that_comes_in_takes_five_calls_to_aws_and_eight_with_an_answer() {
    let app = TestApp::start().await;
    settings(&app, json!({ "helpText": "Call 800-555-0199." })).await;
    app.texted(JOHN, "warm").await;
    app.texted(JOHN, "help").await;
    app.drain().await;
    for (body, most) in [("Can I pay on the 20th?", 5), ("help", 8)] {
        app.delete("/_local/calls").await.expect(200);
        app.texted(JOHN, body).await;
        let calls = app.get("/_local/calls").await.expect(200);
        let all = calls.as_object().unwrap().iter();
        // SQS hands messages to a Lambda by itself.
        let own = all.filter(|(name, _)| !name.contains("ReceiveMessage") && !name.contains("DeleteMessage"));
        let count: u64 = own.map(|(_, count)| count.as_u64().unwrap()).sum();
        assert!(count <= most, "{body}: {calls:#}");
    }
}

/// A small generator (xorshift), so that a failing order can be run again.
struct Order(u64);

impl Order {
    fn next(&mut self, of: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % of
    }
}

#[tokio::test]
async fn however_texts_and_opt_outs_interleave_nothing_leaves_after_one_but_its_confirmation() {
    let app = TestApp::start().await;
    settings(&app, json!({ "optOutHandling": "postrider", "suppressionHours": 0 })).await;
    let template = app.template("sms", "hello").await;
    let (mut revoked, mut left_before) = (false, 0);
    for seed in 1..=6 {
        let mut order = Order(0x9e37_79b9_7f4a_7c15 ^ seed);
        for step in 0..40 {
            match order.next(6) {
                0 | 1 => drop(app.send(&template, "ext-john").await),
                2 => {
                    let word = if revoked { "start" } else { "stop" };
                    app.texted(JOHN, word).await;
                    let confirmations = if revoked { 0 } else { 1 };
                    revoked = !revoked;
                    app.drain().await;
                    let left = app.outbox("text").await;
                    let new = left.len() - left_before;
                    if revoked {
                        assert_eq!(new, confirmations, "seed {seed} step {step}: {:#?}", &left[..new]);
                    }
                    left_before = left.len();
                }
                3 => app.advance(i64::try_from(order.next(50)).unwrap() + 1).await,
                4 => {
                    let queue = Queue::Dispatch(SendingChannel::Text);
                    app.system.drain_queue(queue).await.expect("worked off");
                    let left = app.outbox("text").await.len();
                    assert!(!revoked || left == left_before, "seed {seed} step {step}");
                    left_before = left;
                }
                _ => app.sweep().await,
            }
            if !revoked {
                left_before = app.outbox("text").await.len();
            }
        }
    }
}
