use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::net::TcpListener;

use super::*;
use crate::providers::fixtures::Server;

/// Leads names to the addresses of each answer in turn, the last of them for ever.
struct Turns(Mutex<Vec<Vec<IpAddr>>>);

#[async_trait]
impl Names for Turns {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let mut turns = self.0.lock().unwrap();
        match turns.len() {
            0 => Err(io::Error::other("nobody knows this name")),
            1 => Ok(turns[0].clone()),
            _ => Ok(turns.remove(0)),
        }
    }
}

fn addresses(of: &[&str]) -> Vec<IpAddr> {
    of.iter().map(|address| address.parse().unwrap()).collect()
}

fn client(turns: &[&[&str]], stand_in: Option<&str>) -> TenantOutbound {
    let turns = turns.iter().map(|of| addresses(of)).collect();
    TenantOutbound::new(Arc::new(Turns(Mutex::new(turns))), &Outbound::new(), stand_in)
}

/// A port of this machine and how many connections it got.
async fn silent_listener() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, reached) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = reached.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    (port, reached)
}

#[tokio::test]
async fn a_name_that_leads_inside_is_never_connected_to() {
    let (port, reached) = silent_listener().await;
    for of in [
        &["127.0.0.1"][..],
        &["0.0.0.0"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["10.0.0.1"],
        &["192.168.1.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["64:ff9b::7f00:1"],
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
    ] {
        let url = format!("https://hooks.lender.example:{port}/");
        let client = client(&[of], None);
        assert_eq!(client.check(&url).await, Err(NotPublic::LeadsInside), "{of:?}");
        let error = client.post(&url).unwrap().send().await.unwrap_err();
        assert!(leads_inside(&error), "{of:?}: {}", outbound::describe(&error));
        assert!(!outbound::describe(&error).contains("127.0.0.1"), "{error:?}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_outside_when_registered_and_inside_when_called_is_not_connected_to() {
    let (port, reached) = silent_listener().await;
    let client = client(&[&["8.8.8.8"], &["127.0.0.1"]], None);
    let url = format!("https://rebinds.lender.example:{port}/");
    assert!(client.check(&url).await.is_ok());
    let error = client.post(&url).unwrap().send().await.unwrap_err();
    assert!(leads_inside(&error), "{}", outbound::describe(&error));
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_address_that_is_written_out_is_never_connected_to() {
    let (port, reached) = silent_listener().await;
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "127.1"] {
        let url = format!("https://{host}:{port}/");
        assert!(matches!(client(&[], None).post(&url), Err(Refused::NotPublic(_))), "{host}");
        assert!(client(&[], None).check(&url).await.is_err(), "{host}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_taken_and_cannot_be_called() {
    let url = "https://nowhere.lender.example/";
    assert!(client(&[], None).check(url).await.is_ok());
    let error = client(&[], None).post(url).unwrap().send().await.unwrap_err();
    assert!(error.is_connect() && !leads_inside(&error), "{}", outbound::describe(&error));
}

#[tokio::test]
async fn the_stand_in_serves_example_com_and_nothing_else() {
    let server = Server::answering(200, &[], serde_json::json!({})).await;
    let client = client(&[&["127.0.0.1"]], Some(&server.url));
    for url in ["https://example.com/a?b=c", "https://hooks.acme.example.com:8443/a?b=c"] {
        assert!(client.check(url).await.is_ok(), "{url}");
        assert_eq!(client.post(url).unwrap().send().await.unwrap().status(), 200, "{url}");
    }
    let calls = server.calls();
    assert_eq!(calls.iter().map(|call| call.uri.to_string()).collect::<Vec<_>>(), ["/a?b=c"; 2]);
    assert_eq!(calls[1].headers["host"], "hooks.acme.example.com");
    for url in ["https://example.org/", "https://myexample.com/", "https://example.com.lender.example/"] {
        assert_eq!(client.check(url).await, Err(NotPublic::LeadsInside), "{url}");
        assert!(leads_inside(&client.post(url).unwrap().send().await.unwrap_err()), "{url}");
    }
    for url in ["http://example.com/", "https://user@example.com/", "https://example.com:25/"] {
        assert!(client.post(url).is_err(), "{url}");
    }
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test]
async fn a_redirect_to_the_inside_is_an_answer_and_not_followed() {
    let (port, reached) = silent_listener().await;
    let location: &'static str = Box::leak(format!("http://127.0.0.1:{port}/").into_boxed_str());
    for status in [301, 302, 303, 307, 308] {
        let server = Server::answering(status, &[("location", location)], serde_json::json!({})).await;
        let client = client(&[], Some(&server.url));
        let answer = client.post("https://hooks.example.com/").unwrap().send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}
