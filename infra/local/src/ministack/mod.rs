//! ministack as a process: one that keeps its state for `make run`, and one that tests share.
//!
//! The first must outlive us: it writes its state down only when it is stopped in good order, so that being killed
//! beside us would cost everything since its start. The second must never outlive us.

mod shared;

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, test_kill_process, waitpid};

use crate::Failure;
use crate::aws::SECRET;
use crate::standins::http_client;

pub use self::shared::{Temporary, shared};

/// How long starting or stopping may take: with a large state, some seconds.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// A ministack that keeps its state in a folder.
pub struct Ministack {
    folder: PathBuf,
    port: u16,
    process: Pid,
}

impl Ministack {
    /// The ministack of this folder: the one already running, or a new one with the state of the last.
    ///
    /// # Errors
    /// When it does not get ready, with where to read why.
    pub async fn start(folder: &Path, port: u16) -> Result<Self, Failure> {
        if let Some(running) = Self::running(folder).await {
            if running.port == port {
                return Ok(running);
            }
            running.stop().await?;
        }
        // Somebody else's ministack would answer in place of ours.
        TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
            format!("no port {port} for ministack ({error}); choose another by MINISTACK_PORT")
        })?;
        fs::create_dir_all(folder)?;
        let log_path = folder.join("ministack.log");
        let log = File::create(&log_path)?;
        let mut child = command(port)?
            .envs([("PERSIST_STATE", "1"), ("S3_PERSIST", "1")])
            .env("STATE_DIR", folder.join("state"))
            .env("S3_DATA_DIR", folder.join("s3"))
            // A terminal's Ctrl-C goes to its process group, and must not end this before us.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let process = Pid::from_child(&child);
        fs::write(note(folder), format!("{} {port}", process.as_raw_nonzero()))?;
        if let Err(error) = get_ready(port, &mut child).await {
            child.kill()?;
            child.wait()?;
            return Err(format!("{error}; see {}", log_path.display()).into());
        }
        Ok(Self { folder: folder.to_owned(), port, process })
    }

    /// The one that runs over this folder, left by an earlier run that was killed.
    async fn running(folder: &Path) -> Option<Self> {
        let note = fs::read_to_string(note(folder)).ok()?;
        let (process, port) = note.split_once(' ')?;
        let (process, port) = (Pid::from_raw(process.parse().ok()?)?, port.trim().parse().ok()?);
        let runs = test_kill_process(process).is_ok() && is_ready(port).await;
        runs.then(|| Self { folder: folder.to_owned(), port, process })
    }

    /// Removes a folder with all state, and ends the ministack over it.
    pub async fn wipe(folder: &Path) -> Result<(), Failure> {
        if let Some(running) = Self::running(folder).await {
            running.stop().await?;
        }
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("{}: {error}", folder.display()).into())
            }
            _ => Ok(()),
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// Ends it in good order, so that it writes its state down.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(self) -> Result<(), Failure> {
        kill_process(self.process, Signal::TERM)?;
        let begun = Instant::now();
        while !self.has_ended() {
            if begun.elapsed() > PATIENCE {
                return Err(format!("ministack (process {}) does not end", self.process).into());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(fs::remove_file(note(&self.folder))?)
    }

    fn has_ended(&self) -> bool {
        match waitpid(Some(self.process), WaitOptions::NOHANG) {
            Ok(status) => status.is_some(),
            // No child of ours: it was running before us.
            Err(_) => test_kill_process(self.process).is_err(),
        }
    }
}

/// Where the process and the port of a folder's ministack are noted.
fn note(folder: &Path) -> PathBuf {
    folder.join("ministack.process")
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// ministack on a port of this machine, from the environment that `make` sets up.
fn command(port: u16) -> Result<Command, Failure> {
    let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let environment = std::env::var_os("POSTRIDER_VENV");
    let environment = environment.map_or_else(|| repository.join(".local/venv"), PathBuf::from);
    let program = environment.join("bin/ministack");
    if !program.exists() {
        let message = format!("no {}; `make run` and `make test` install it", program.display());
        return Err(message.into());
    }
    let mut command = Command::new(program);
    command.envs([
        // Where the functions that it runs find it.
        ("AWS_ENDPOINT_URL", endpoint(port).as_str()),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("BIND_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", &port.to_string()),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        ("LOG_LEVEL", "WARNING"),
    ]);
    Ok(command)
}

/// Waits until ministack answers, or is gone.
async fn get_ready(port: u16, child: &mut Child) -> Result<(), Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Err(format!("ministack on port {port} ended with {status}").into());
        }
        if is_ready(port).await {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("ministack does not get ready".into())
}

async fn is_ready(port: u16) -> bool {
    let answer = http_client().get(format!("{}/_ministack/ready", endpoint(port))).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
