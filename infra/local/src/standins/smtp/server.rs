//! Connections: lines in, answers out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Smtp;
use super::session::{Answer, Session};

/// The longest line: of a message 998 characters, of a command with credentials 12,288 (RFC 4954, section 4).
const LONGEST_LINE: u64 = 16 << 10;

/// Longer than any client waits; bounded, so that a server being stopped is not held up for ever.
const PATIENCE: Duration = Duration::from_secs(60);

impl Smtp {
    /// Takes connections until it is dropped, and ends them with itself.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let smtp = Arc::clone(&self);
                        connections.spawn(async move {
                            // Whoever hangs up has nothing more to hear.
                            let _ = converse(&smtp, stream).await;
                        });
                    }
                    Err(error) => {
                        tracing::error!(%error, "the mail server no longer listens");
                        return;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

async fn converse(smtp: &Arc<Smtp>, stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut session = Session::new(smtp);
    let mut answer = session.greeting();
    loop {
        match answer {
            Answer::Say(text) => writer.write_all(text.as_bytes()).await?,
            Answer::SayAndClose(text) => {
                writer.write_all(text.as_bytes()).await?;
                return writer.shutdown().await;
            }
            Answer::HangUp => return Ok(()),
            Answer::KeepWaiting => {
                tokio::time::sleep(PATIENCE).await;
                return Ok(());
            }
            Answer::Nothing => {}
        }
        let mut line = Vec::new();
        let read = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if read == 0 || !line.ends_with(b"\n") {
            return Ok(());
        }
        answer = session.hear(&line);
    }
}
