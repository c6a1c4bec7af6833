//! What is said on one connection (RFC 5321; RFC 4954 for signing in; RFC 2034 for the codes).

use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use domain::vocabulary::ProviderName;

use super::controls::Stage;
use super::{Smtp, SmtpLogin};
use crate::faults::{Mode, Target};
use crate::standins::mime;

/// The longest message.
const LARGEST: usize = 30 << 20;

/// The tag that says where a message comes back to.
pub const RETURN_PATH: &str = "smtp:return-path";

/// What the server does next.
pub enum Answer {
    /// Says this.
    Say(String),
    /// Says this and ends the connection.
    SayAndClose(String),
    /// Ends the connection without a word.
    HangUp,
    /// Says nothing and leaves the client waiting.
    KeepWaiting,
    /// Listens on: more is to come.
    Nothing,
}

/// What is expected.
enum Expects {
    Command,
    /// The rest of `AUTH PLAIN`, or of `AUTH LOGIN` a name, or the password to it.
    Plain,
    Name,
    Password(String),
    /// Lines of a message.
    Message(Vec<u8>),
}

/// One connection.
pub struct Session<'a> {
    smtp: &'a Arc<Smtp>,
    expects: Expects,
    is_known: bool,
    from: Option<String>,
    to: Vec<String>,
}

fn say(text: &str) -> Answer {
    Answer::Say(format!("{text}\r\n"))
}

impl<'a> Session<'a> {
    /// One that just began.
    pub fn new(smtp: &'a Arc<Smtp>) -> Self {
        Self { smtp, expects: Expects::Command, is_known: false, from: None, to: Vec::new() }
    }

    /// What the server says first.
    pub fn greeting(&self) -> Answer {
        self.refusal(Stage::Connect).unwrap_or_else(|| say("220 smtp.local ESMTP Postrider's stand-in"))
    }

    /// Takes a line, with its break.
    pub fn hear(&mut self, line: &[u8]) -> Answer {
        match std::mem::replace(&mut self.expects, Expects::Command) {
            Expects::Message(message) => self.hear_message(message, line),
            Expects::Command => self.command(String::from_utf8_lossy(line).trim_end_matches(['\r', '\n'])),
            Expects::Plain => self.plain(&text(line)),
            Expects::Name => match decoded(&text(line)) {
                Some(name) => {
                    self.expects = Expects::Password(name);
                    say("334 UGFzc3dvcmQ6")
                }
                None => say("501 5.5.2 Cannot decode"),
            },
            Expects::Password(username) => match decoded(&text(line)) {
                Some(password) => self.sign_in(&SmtpLogin { username, password }),
                None => say("501 5.5.2 Cannot decode"),
            },
        }
    }

    fn command(&mut self, line: &str) -> Answer {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.refusal(Stage::Helo).unwrap_or_else(|| {
                say(&format!(
                    "250-smtp.local\r\n250-PIPELINING\r\n250-SIZE {LARGEST}\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n\
                     250 AUTH PLAIN LOGIN"
                ))
            }),
            "HELO" => self.refusal(Stage::Helo).unwrap_or_else(|| say("250 smtp.local")),
            "AUTH" => self.refusal(Stage::Auth).unwrap_or_else(|| self.auth(rest)),
            "MAIL" => self.refusal(Stage::Mail).unwrap_or_else(|| self.mail(rest)),
            "RCPT" => self.refusal(Stage::Rcpt).unwrap_or_else(|| self.rcpt(rest)),
            "DATA" if self.to.is_empty() => say("503 5.5.1 No valid recipients"),
            "DATA" => self.refusal(Stage::Data).unwrap_or_else(|| {
                self.expects = Expects::Message(Vec::new());
                say("354 End data with <CR><LF>.<CR><LF>")
            }),
            "RSET" => {
                self.forget();
                say("250 2.0.0 Ok")
            }
            "NOOP" => say("250 2.0.0 Ok"),
            "VRFY" => say("252 2.0.0 Send some mail, I'll try my best"),
            "QUIT" => Answer::SayAndClose("221 2.0.0 Bye\r\n".to_owned()),
            "STARTTLS" => say("502 5.5.1 Not offered on this machine"),
            _ => say("500 5.5.2 Command not recognized"),
        }
    }

    fn auth(&mut self, rest: &str) -> Answer {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        match (mechanism.to_ascii_uppercase().as_str(), initial) {
            ("PLAIN", "") => {
                self.expects = Expects::Plain;
                say("334 ")
            }
            ("PLAIN", initial) => self.plain(initial),
            ("LOGIN", _) => {
                self.expects = Expects::Name;
                say("334 VXNlcm5hbWU6")
            }
            _ => say("504 5.5.4 Unrecognized authentication type"),
        }
    }

    fn plain(&mut self, response: &str) -> Answer {
        let decoded = decoded(response).unwrap_or_default();
        match decoded.split('\0').collect::<Vec<_>>()[..] {
            [_, username, password] => {
                self.sign_in(&SmtpLogin { username: username.to_owned(), password: password.to_owned() })
            }
            _ => say("501 5.5.2 Cannot decode"),
        }
    }

    fn sign_in(&mut self, login: &SmtpLogin) -> Answer {
        self.is_known = self.smtp.logins.contains(login);
        if self.is_known {
            say("235 2.7.0 Authentication successful")
        } else {
            say("535 5.7.8 Authentication credentials invalid")
        }
    }

    fn mail(&mut self, rest: &str) -> Answer {
        if !self.is_known {
            return say("530 5.7.0 Authentication required");
        }
        if self.from.is_some() {
            return say("503 5.5.1 Sender already given");
        }
        match path(rest, "FROM:") {
            Some(from) => {
                self.from = Some(from);
                say("250 2.1.0 Ok")
            }
            None => say("501 5.1.7 Bad sender address syntax"),
        }
    }

    fn rcpt(&mut self, rest: &str) -> Answer {
        if self.from.is_none() {
            return say("503 5.5.1 Need MAIL first");
        }
        match path(rest, "TO:").filter(|to| to.contains('@')) {
            Some(to) => {
                self.to.push(to);
                say("250 2.1.5 Ok")
            }
            None => say("501 5.1.3 Bad recipient address syntax"),
        }
    }

    fn hear_message(&mut self, mut message: Vec<u8>, line: &[u8]) -> Answer {
        if line == b".\r\n" {
            let answer = if message.len() > LARGEST {
                say("552 5.3.4 Message too big")
            } else {
                self.refusal(Stage::Message).unwrap_or_else(|| self.take(&message))
            };
            self.forget();
            return answer;
        }
        // A dot at the beginning was doubled.
        let line = line.strip_prefix(b".").unwrap_or(line);
        // What is too long is heard to its end, and not kept.
        if message.len() <= LARGEST {
            message.extend_from_slice(line);
        }
        self.expects = Expects::Message(message);
        Answer::Nothing
    }

    /// Takes the message, unless a fault is due.
    fn take(&self, raw: &[u8]) -> Answer {
        let around = &self.smtp.around;
        let Ok(mut message) = mime::read(raw, ProviderName::Smtp, around.clock.now()) else {
            return say("554 5.6.0 The message has no header");
        };
        let fault = around.faults.take(Target::Provider(ProviderName::Smtp));
        match fault {
            Some(Mode::Error) => return say("451 4.3.0 Local error in processing"),
            Some(Mode::Throttle) => {
                return Answer::SayAndClose("421 4.7.0 Too many messages, try again later\r\n".to_owned());
            }
            Some(Mode::Timeout) => return Answer::KeepWaiting,
            Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
        }
        let id = HEXLOWER.encode(&rand::random::<[u8; 8]>());
        message.provider_message_id = id.clone();
        message.to = self.to.join(", ");
        message.tags.insert(RETURN_PATH.to_owned(), self.from.clone().unwrap_or_default());
        let message = around.outbox.add(message);
        match fault {
            Some(Mode::DropAnswer) => Answer::HangUp,
            Some(Mode::CrashBeforeRecord) => {
                (around.on_crash)(&message);
                Answer::KeepWaiting
            }
            None | Some(Mode::Error | Mode::Throttle | Mode::Timeout) => {
                say(&format!("250 2.0.0 Ok: queued as {id}"))
            }
        }
    }

    /// What somebody asked to be refused at this step.
    fn refusal(&self, stage: Stage) -> Option<Answer> {
        let mut refusals = self.smtp.refusals();
        let at = refusals.iter().position(|refusal| refusal.stage == stage)?;
        let refusal = &mut refusals[at];
        let text = format!("{}\r\n", refusal.reply);
        refusal.times -= 1;
        if refusal.times == 0 {
            refusals.remove(at);
        }
        Some(if text.starts_with("421") { Answer::SayAndClose(text) } else { Answer::Say(text) })
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim().to_owned()
}

fn decoded(base64: &str) -> Option<String> {
    String::from_utf8(BASE64.decode(base64.as_bytes()).ok()?).ok()
}

/// The address of `FROM:<ada@acme.example> SIZE=100`, in any case; "" for `<>`.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (given, rest) = rest.split_at_checked(keyword.len())?;
    let inside = rest.trim_start().strip_prefix('<')?.split_once('>')?.0;
    given.eq_ignore_ascii_case(keyword).then(|| inside.to_owned())
}
