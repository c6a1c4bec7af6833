//! `local`: keeps the whole system running on this machine until Ctrl-C.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use local::aws::Aws;
use local::ministack::Ministack;
use local::outbox::Outbox;
use local::{Failure, Options, System, Work, layout, watcher};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "\
usage: local [--fresh] [--deliver]

  --fresh    begin with an empty state
  --deliver  let the providers report by themselves that messages arrived

environment:
  PORT             of the API (8080)
  MINISTACK_PORT   of the local AWS (4566)
  POSTRIDER_STATE  the folder that keeps the state (.local/state)
  POSTRIDER_VENV   the Python environment with ministack (.local/venv)
  RUST_LOG         what is printed";

/// What is printed unless `RUST_LOG` says otherwise: a line a request and a line each step of a message.
const LOG: &str = "warn,local=info,local::outbox=warn,platform::pipeline=info";

/// Between two reports of a provider that reports by itself.
const REPORTS: Duration = Duration::from_secs(1);

/// What the command line and the environment say.
struct Setting {
    fresh: bool,
    deliver: bool,
    port: u16,
    ministack_port: u16,
    state: PathBuf,
}

impl Setting {
    fn read() -> Result<Self, Failure> {
        let (mut fresh, mut deliver) = (false, false);
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--fresh" => fresh = true,
                "--deliver" => deliver = true,
                _ => return Err(USAGE.into()),
            }
        }
        let port = |name: &str, default| match std::env::var(name) {
            Ok(text) => text.parse().map_err(|_| Failure::from(format!("{name} is no port: {text}"))),
            Err(_) => Ok(default),
        };
        let state = std::env::var_os("POSTRIDER_STATE").map_or_else(
            || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(".local/state"),
            PathBuf::from,
        );
        Ok(Self {
            fresh,
            deliver,
            port: port("PORT", 8080)?,
            ministack_port: port("MINISTACK_PORT", 4566)?,
            state,
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // Prints and ends here, where this process was started for one letter.
    drop(printing::press());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt().compact().with_target(false).with_env_filter(filter).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let setting = Setting::read()?;
    fs::create_dir_all(&setting.state)?;
    let state = setting.state.canonicalize()?;
    // Held to the end: two systems over one state would each send the other's messages.
    let lock = File::create(state.join("lock"))?;
    lock.try_lock().map_err(|_| format!("another system runs over {}", state.display()))?;
    let (kept, outbox) = (state.join("aws"), state.join("outbox.jsonl"));
    if setting.fresh {
        Ministack::wipe(&kept).await?;
        fs::remove_file(&outbox).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    if let Some(aside) = layout::set_aside_another(&state)? {
        println!(
            "The state kept here was written by another version and cannot be read by this one. It was set aside in {}; \
             this system begins with an empty one.",
            aside.display()
        );
    }
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut told_to_stop = std::pin::pin!(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });

    let ministack = Ministack::start(&kept, setting.ministack_port).await?;
    let options = Options {
        port: setting.port,
        aws: Aws::account_of_its_own(ministack.endpoint()),
        work: Work::ByItself,
        deliver: setting.deliver.then_some(REPORTS),
        clock: Default::default(),
        outbox: Outbox::open(outbox)?,
        watcher: watcher::nobody,
    };
    let ran = tokio::select! {
        system = System::start(options) => match system {
            Ok(system) => {
                welcome(&system, &ministack, &state);
                told_to_stop.await;
                println!("Stopping.");
                system.stop().await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        () = &mut told_to_stop => Ok(()),
    };
    ministack.stop().await?;
    ran
}

fn welcome(system: &System, ministack: &Ministack, state: &Path) {
    let url = system.url();
    println!(
        "\n\
         Postrider runs on this machine.\n\n\
         API        {url}  ({url}/docs, {url}/openapi.json)\n\
         keys       X-API-KEY: demo-admin, demo-loan-officer, demo-viewer; other-admin for a second lender\n\
         token      Authorization: Bearer with what {url}/_local/token answers, for a loan officer\n\
         outbox     {url}/_local/  (as JSON: {url}/_local/outbox)\n\
         clock      {url}/_local/clock\n\
         queues     {url}/_local/queues\n\
         events     {url}/_local/events\n\
         schedules  {url}/_local/schedules\n\
         AWS        {}  (its state is kept in {})\n\n\
         Try: curl -H 'X-API-KEY: demo-viewer' {url}/people/ext-john\n\
         or:  curl -H \"Authorization: Bearer $(curl -s {url}/_local/token)\" {url}/people/ext-john\n\
         Ctrl-C stops it.\n",
        ministack.endpoint(),
        state.display(),
    );
}
