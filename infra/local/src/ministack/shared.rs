//! Ministacks for tests. Each ends with the process that started it, even if that is killed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use tokio::sync::OnceCell;

use super::{command, endpoint, get_ready};
use crate::Failure;
use crate::aws::Aws;

/// Runs the program given first until standard input, which is a pipe from us, ends; then removes the folder given
/// second, and ends the functions that the program ran, which are of the same process group. A pipe ends with the process that
/// holds it, even a killed one.
const WATCHDOG: &str = r#"
exec 3<&0
"$1" < /dev/null &
ministack=$!
{ cat <&3 > /dev/null; kill -9 $ministack; } &
exec 3<&-
wait $ministack
rm -rf "$2"
kill -9 0
"#;

/// Another process may take a free port before ministack does.
const TRIES: u32 = 5;

/// A ministack with an empty state. It ends with this process, even if that is killed.
#[derive(Debug)]
pub struct Temporary {
    endpoint: String,
    /// Holds the pipe.
    _watchdog: Child,
}

impl Temporary {
    /// Starts one on a free port, with more environment variables.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start(variables: &[(String, String)]) -> Result<Self, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = std::env::temp_dir().join(format!("postrider-test-{}-{port}", std::process::id()));
            fs::create_dir_all(&folder)?;
            let ministack = command(port)?;
            let mut watchdog = Command::new("sh")
                .args(["-c", WATCHDOG, "watchdog"])
                .args([ministack.get_program(), folder.as_os_str()])
                .envs(ministack.get_envs().filter_map(|(name, value)| Some((name, value?))))
                .envs(variables.iter().map(|(name, value)| (name, value)))
                .env("TMPDIR", &folder)
                .env("STATE_DIR", &folder)
                .env("S3_DATA_DIR", &folder)
                // A terminal's Ctrl-C would end the watchdog before its work.
                .process_group(0)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            match get_ready(port, &mut watchdog).await {
                Ok(()) => return Ok(Self { endpoint: endpoint(port), _watchdog: watchdog }),
                Err(error) if tries == TRIES => return Err(error),
                Err(_) => {
                    watchdog.wait()?;
                }
            }
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// A fresh account in the ministack that all tests of this process share.
///
/// # Errors
/// When it does not get ready.
pub async fn shared() -> Result<Aws, Failure> {
    static SHARED: OnceCell<Temporary> = OnceCell::const_new();
    let shared = SHARED.get_or_try_init(|| Temporary::start(&[])).await?;
    Ok(Aws::fresh_account(shared.endpoint().to_owned()))
}
