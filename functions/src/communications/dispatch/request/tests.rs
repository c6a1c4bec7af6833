use super::*;

fn request(changes: Value) -> DispatchRequest {
    let mut body = example();
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

#[test]
fn each_channel_needs_its_own_recipient() {
    for (channel, pointer, right, wrong) in [
        ("Email", "emailAddress", "user@example.com", "user"),
        ("Sms", "phoneNumber", "+97455555555", "(312) 555-0142"),
        ("InApp", "userId", "user 7", "two\nlines"),
        ("Push", "pushToken", "fcm:APA91b-x_y", "a b"),
        ("Webhook", "webhookUrl", "https://hooks.example.com/", "http://hooks.example.com/"),
    ] {
        let with = |value: Value| request(json!({ "channels": [channel], pointer: value })).check();
        assert!(with(json!(right)).is_ok(), "{channel}");
        for bad in [Value::Null, json!(wrong)] {
            let Err(Error::Invalid(faults)) = with(bad.clone()) else { panic!("{channel} {bad}") };
            let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(pointers, [format!("/{pointer}")], "{channel} {bad}");
        }
    }
}

#[test]
fn what_no_channel_needs_is_not_looked_at() {
    let body = json!({ "channels": ["Sms"], "emailAddress": "nobody", "webhookUrl": "nowhere" });
    assert!(request(body).check().is_ok());
}

#[test]
fn a_channel_is_named_once_and_there_is_one() {
    for (channels, pointer) in [(json!([]), "/channels"), (json!(["Sms", "Email", "Sms"]), "/channels/2")] {
        let Err(Error::Invalid(faults)) = request(json!({ "channels": channels })).check() else {
            panic!("{channels}")
        };
        assert_eq!((faults.len(), faults[0].pointer.as_str()), (1, pointer), "{faults:?}");
    }
}

#[tokio::test]
async fn html_is_for_email_and_told_to_programs() {
    let body = "<p>Hello <b>John</b></p><script>alert(1)</script>";
    let channels = json!(["Email", "Sms", "Push", "InApp", "Webhook"]);
    let html = request(json!({ "channels": channels, "isHtml": true, "body": body }));
    let mail = html.mail().await.unwrap();
    let content = |channel| html.content(channel, mail.as_ref());
    let email = content(DispatchChannel::Email);
    assert_eq!(email.content_html.as_deref(), Some("<p>Hello <b>John</b></p>"));
    assert_eq!(email.content_text.as_deref(), Some("Hello John"));
    let webhook = content(DispatchChannel::Webhook);
    assert_eq!((webhook.content_html.as_deref(), webhook.content_text), (Some(body), None));
    for channel in [DispatchChannel::Sms, DispatchChannel::Push, DispatchChannel::InApp] {
        let content = content(channel);
        assert_eq!((content.content_text.as_deref(), content.content_html), (Some(body), None), "{channel}");
        assert_eq!(content.subject_line.is_some(), channel != DispatchChannel::Sms, "{channel}");
    }
    let plain = request(json!({}));
    assert!(plain.mail().await.unwrap().is_none());
}
