//! Sends to a server that answers by a script, with TLS and without.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use domain::{delivery::Refusal, interaction::Recipient, tenant::SmtpSecurity};
use rcgen::generate_simple_self_signed;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::providers::fixtures::{INTERACTION, Message, Secret, StoppedClock, config, nobody};

const CREDENTIALS: &str = r#"{"username": "acme", "password": "hush"}"#;

/// What a line that begins so is answered; "" to hang up. What is not listed goes well.
type Script = &'static [(&'static str, &'static str)];

/// A mail server of one certificate.
struct MailServer {
    port: u16,
    certificate: Certificate,
    heard: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl MailServer {
    async fn start(security: Option<SmtpSecurity>, script: Script) -> Self {
        let made = generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            certificate: Certificate::from_der(made.cert.der().to_vec()).unwrap(),
            heard: Arc::default(),
            connections: Arc::default(),
        };
        let (heard, connections) = (server.heard.clone(), server.connections.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (heard, acceptor) = (heard.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let talk = |begins_secure| Talk { script, heard, begins_secure };
                    match security {
                        Some(SmtpSecurity::Tls) => {
                            let Ok(stream) = acceptor.accept(stream).await else { return };
                            talk(true).with(stream).await;
                        }
                        Some(SmtpSecurity::Starttls) => {
                            let mut talk = talk(false);
                            let Some(stream) = talk.with(stream).await else { return };
                            let Ok(stream) = acceptor.accept(stream).await else { return };
                            talk.begins_secure = true;
                            talk.with(stream).await;
                        }
                        None => drop(talk(true).with(stream).await),
                    }
                });
            }
        });
        server
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn smtp(&self, security: Option<SmtpSecurity>) -> Smtp {
        let stand_in = security.is_none().then(|| format!("smtp://127.0.0.1:{}", self.port));
        let mut smtp = at(stand_in.as_deref()).unwrap();
        smtp.roots = vec![self.certificate.clone()];
        smtp
    }
}

struct Talk {
    script: Script,
    heard: Arc<Mutex<Vec<String>>>,
    /// Whether it is not to be made secure: TLS stands, or is none.
    begins_secure: bool,
}

impl Talk {
    /// Until one of the two hangs up; gives the connection back where TLS is to begin.
    async fn with<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: S) -> Option<S> {
        let mut stream = BufReader::new(stream);
        let mut is_greeted = false;
        let mut received = String::new();
        loop {
            let is_start = received.is_empty();
            let scripted = self.script.iter().find(|(begins, _)| {
                if is_start { begins.is_empty() } else { !begins.is_empty() && received.starts_with(begins) }
            });
            let usual = match received.get(..4) {
                None if is_start && !is_greeted => "220 ready",
                Some("EHLO") if self.begins_secure => "250-localhost\r\n250 AUTH PLAIN LOGIN",
                Some("EHLO") => "250-localhost\r\n250 STARTTLS",
                Some("STAR") => "220 go ahead",
                Some("AUTH") => "235 2.7.0 ok",
                Some("DATA") => "354 go ahead",
                _ => "250 2.0.0 ok",
            };
            let answer = scripted.map_or(usual, |(_, answer)| answer);
            if answer.is_empty() {
                return None;
            }
            // After STARTTLS nobody is greeted again.
            if !(is_start && self.begins_secure && self.was_secured()) {
                stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
            }
            is_greeted = true;
            if received.starts_with("STARTTLS") {
                return Some(stream.into_inner());
            }
            let is_message = answer.starts_with("354");
            received.clear();
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                received.push_str(&line);
                if !is_message || line == ".\r\n" {
                    break;
                }
            }
            self.heard.lock().unwrap().push(received.trim_end().to_owned());
            if is_message {
                received = ".\r\n".to_owned();
            }
        }
    }

    fn was_secured(&self) -> bool {
        self.heard.lock().unwrap().iter().any(|line| line == "STARTTLS")
    }
}

fn at(endpoint: Option<&str>) -> Result<Smtp, Error> {
    let secrets = Arc::new(Secret(CREDENTIALS));
    Smtp::new(endpoint, secrets.clone(), Links::new(&config(), secrets), Arc::new(StoppedClock))
}

fn reminder() -> Message {
    Message::email("Your payment is due", "Hi John\n.\nBye", "<p>Hi John</p>")
}

/// To the server, by its own name.
fn through(server: &MailServer, security: SmtpSecurity) -> Message {
    let mut message = reminder();
    let smtp = message.tenant.senders.email.as_mut().unwrap().smtp.as_mut().unwrap();
    (smtp.host, smtp.port, smtp.security) = ("localhost".into(), server.port, security);
    message
}

async fn outcome(script: Script) -> SendOutcome {
    let server = MailServer::start(None, script).await;
    server.smtp(None).send(&reminder().outgoing()).await
}

async fn refused(script: Script) -> Refusal {
    match outcome(script).await {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{script:?}: {other:?}"),
    }
}

#[tokio::test]
async fn messages_are_handed_over_one_after_another_on_one_connection() {
    let server = MailServer::start(None, &[]).await;
    let smtp = server.smtp(None);
    let SendOutcome::Sent(first) = smtp.send(&reminder().outgoing()).await else { panic!() };
    assert_eq!(
        smtp.send(&reminder().outgoing()).await,
        SendOutcome::Sent(first.clone()),
        "one name for good"
    );
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);

    let heard = server.heard();
    let [ehlo, auth, from, to, data, mail, reset, ..] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(ehlo, "EHLO acme.example");
    assert!(auth.starts_with("AUTH PLAIN "), "{auth}");
    assert_eq!(
        [from, to, data],
        ["MAIL FROM:<care@acme.example>", "RCPT TO:<john@borrower.example>", "DATA"]
    );
    assert_eq!(reset, "RSET");
    assert!(first.reference.starts_with(&format!("{INTERACTION}.")), "{}", first.reference);
    assert!(first.reference.ends_with("@acme.example"), "{}", first.reference);
    assert!(mail.contains(&format!("Message-ID: <{}>\r\n", first.reference)), "{mail}");
    assert!(mail.contains("From: \"Acme Lending\" <care@acme.example>\r\n"), "{mail}");
}

#[tokio::test]
async fn what_cannot_be_delivered_comes_back_to_an_address_that_names_the_message() {
    let server = MailServer::start(None, &[]).await;
    let mut message = reminder();
    let smtp = message.tenant.senders.email.as_mut().unwrap().smtp.as_mut().unwrap();
    smtp.bounce_address = Some("bounces@acme.example".into());
    let SendOutcome::Sent(receipt) = server.smtp(None).send(&message.outgoing()).await else { panic!() };
    let name = receipt.reference.strip_suffix("@acme.example").unwrap();
    let from = format!("MAIL FROM:<bounces+{name}@acme.example>");
    assert!(server.heard().contains(&from), "{:?}", server.heard());
    assert!("bounces+".len() + name.len() <= 64);
}

#[tokio::test]
async fn a_refusal_at_any_step_is_certain() {
    use Retry::{Never, WhileAllowed};
    for (script, retry, code) in [
        (&[("", "554 no service")][..], WhileAllowed, "554"),
        (&[("EHLO", "421 4.3.2 busy")], WhileAllowed, "421 4.3.2"),
        (&[("AUTH", "535 5.7.8 no")], WhileAllowed, "535 5.7.8"),
        (&[("MAIL", "550 5.7.1 not yours")], WhileAllowed, "550 5.7.1"),
        (&[("RCPT", "550 5.1.1 no such user")], Never, "550 5.1.1"),
        (&[("RCPT", "450-4.7.1 greylisted\r\n450 4.7.1 come back")], WhileAllowed, "450 4.7.1"),
        (&[("DATA", "451 4.3.0 later")], WhileAllowed, "451 4.3.0"),
        (&[(".", "554 5.6.0 no")], Never, "554 5.6.0"),
        (&[(".", "421 4.7.0 too many")], WhileAllowed, "421 4.7.0"),
    ] {
        let refusal = refused(script).await;
        assert_eq!((refusal.retry, refusal.code.as_deref()), (retry, Some(code)), "{script:?}");
        assert!(!refusal.description.contains('@'));
    }
}

#[tokio::test]
async fn an_answer_lost_before_the_dot_is_a_refusal_and_after_it_leaves_it_open() {
    for script in
        [&[("", "")][..], &[("EHLO", "")], &[("AUTH", "")], &[("MAIL", "")], &[("RCPT", "")], &[("DATA", "")]]
    {
        assert_eq!(refused(script).await.retry, Retry::WhileAllowed, "{script:?}");
    }
    assert!(matches!(outcome(&[(".", "")]).await, SendOutcome::Unknown { .. }));
    let smtp = at(Some(&nobody().await.replace("http", "smtp"))).unwrap();
    let SendOutcome::Refused(refusal) = smtp.send(&reminder().outgoing()).await else { panic!() };
    assert_eq!(refusal.retry, Retry::WhileAllowed);
}

#[tokio::test]
async fn mail_leaves_by_tls_to_a_server_whose_certificate_has_its_name() {
    for security in [SmtpSecurity::Starttls, SmtpSecurity::Tls] {
        let server = MailServer::start(Some(security), &[]).await;
        let message = through(&server, security);
        let sent = server.smtp(Some(security)).send(&message.outgoing()).await;
        assert!(matches!(sent, SendOutcome::Sent(_)), "{security:?}: {sent:?}");
        assert_eq!(server.heard().iter().any(|line| line == "STARTTLS"), security == SmtpSecurity::Starttls);

        // Without our root nobody vouches for the certificate.
        let untrusted = MailServer::start(Some(security), &[]).await;
        let message = through(&untrusted, security);
        let SendOutcome::Refused(refusal) = at(None).unwrap().send(&message.outgoing()).await else {
            panic!()
        };
        assert_eq!(refusal.retry, Retry::WhileAllowed);
        assert!(!untrusted.heard().iter().any(|line| line.starts_with("AUTH")), "{:?}", untrusted.heard());
    }
}

#[tokio::test]
async fn neither_mail_nor_a_password_leaves_without_tls() {
    let server = MailServer::start(None, &[("EHLO", "250-localhost\r\n250 AUTH PLAIN")]).await;
    let message = through(&server, SmtpSecurity::Starttls);
    let SendOutcome::Refused(refusal) = at(None).unwrap().send(&message.outgoing()).await else { panic!() };
    assert!(refusal.description.contains("STARTTLS"), "{}", refusal.description);
    let heard = server.heard();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{heard:?}");
}

#[tokio::test]
async fn a_copy_that_is_refused_keeps_nobody_else_from_the_message() {
    let server = MailServer::start(None, &[("RCPT TO:<ann", "550 5.1.1 no such user")]).await;
    let mut message = reminder();
    let someone = |email: &str| Recipient { email: email.into(), name: None };
    message.interaction.copies.cc = vec![someone("ann@borrower.example"), someone("ben@borrower.example")];
    let sent = server.smtp(None).send(&message.outgoing()).await;
    assert!(matches!(sent, SendOutcome::Sent(_)), "{sent:?}");
    assert!(server.heard().contains(&"RCPT TO:<ben@borrower.example>".to_owned()));
}

#[tokio::test]
async fn a_connection_that_died_is_replaced_and_one_of_other_settings_is_not_used() {
    let server = MailServer::start(None, &[("RSET", "421 4.4.2 idle too long")]).await;
    let smtp = server.smtp(None);
    for connections in 1..=2 {
        assert!(matches!(smtp.send(&reminder().outgoing()).await, SendOutcome::Sent(_)));
        assert_eq!(server.connections.load(Ordering::SeqCst), connections);
    }
    let server = MailServer::start(None, &[]).await;
    let smtp = server.smtp(None);
    let mut other = reminder();
    other.tenant.senders.email.as_mut().unwrap().smtp.as_mut().unwrap().credentials_secret =
        Some("other".into());
    for message in [reminder(), other, reminder()] {
        assert!(matches!(smtp.send(&message.outgoing()).await, SendOutcome::Sent(_)));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn where_one_connection_died_no_other_of_its_account_is_asked() {
    let server = MailServer::start(None, &[("RSET", "421 4.4.2 idle too long")]).await;
    let smtp = server.smtp(None);
    let message = reminder();
    let at_once = (0..3).map(|_| async { smtp.send(&message.outgoing()).await });
    let sent = futures::future::join_all(at_once).await;
    assert!(sent.iter().all(|sent| matches!(sent, SendOutcome::Sent(_))), "{sent:?}");
    assert!(matches!(smtp.send(&message.outgoing()).await, SendOutcome::Sent(_)));
    assert_eq!(server.connections.load(Ordering::SeqCst), 4);
    let asked = server.heard().iter().filter(|line| *line == "RSET").count();
    assert_eq!(asked, 1, "of three");
}

#[tokio::test]
async fn what_cannot_be_composed_or_has_no_server_is_refused_without_a_connection() {
    let server = MailServer::start(None, &[]).await;
    let mut no_server = reminder();
    no_server.tenant.senders.email.as_mut().unwrap().smtp = None;
    let mut no_address = reminder();
    no_address.interaction.to = "john".into();
    for message in [no_server, no_address] {
        let SendOutcome::Refused(refusal) = server.smtp(None).send(&message.outgoing()).await else {
            panic!()
        };
        assert_eq!(refusal.retry, Retry::Never);
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn a_stand_in_is_on_this_machine_or_none() {
    for endpoint in ["smtp://127.0.0.1:2525", "smtp://localhost:2525", "smtp://[::1]:2525"] {
        assert!(at(Some(endpoint)).is_ok(), "{endpoint}");
    }
    for endpoint in [
        "smtp://192.0.2.1:2525",
        "smtp://smtp.acme.example:587",
        "smtp://127.0.0.1.example:2525",
        "smtp://127.0.0.1",
        "http://127.0.0.1:2525",
        "127.0.0.1:2525",
        "",
    ] {
        assert!(at(Some(endpoint)).is_err(), "{endpoint}");
    }
}
