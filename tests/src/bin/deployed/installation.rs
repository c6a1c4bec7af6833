//! An installation with one lender, set up as an operator would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use domain::vocabulary::ProviderName;
use jiff::Timestamp;
use local::aws::REGION;
use local::standins::{Setup, StandIns, Surroundings};
use local::{Demo, Failure, faults, http_client, outbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::emulator::Emulator;
use crate::front::Front;

/// The providers outside of AWS that scenarios use.
const OUTSIDE: [ProviderName; 3] = [ProviderName::Twilio, ProviderName::Fcm, ProviderName::Lob];

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A lender's installation.
pub struct Installation {
    /// Where it runs.
    pub emulator: Emulator,
    /// The outputs of the functions' stack.
    pub outputs: BTreeMap<String, String>,
    /// The address of the lender's domain.
    pub url: String,
    /// The key of the lender's admin.
    pub key: String,
    /// When its setup began.
    pub begun: Timestamp,
}

impl Installation {
    /// Deploys it, provisions the demo's first lender and pushes its borrowers.
    pub async fn start() -> Result<Self, Failure> {
        let (demo, begun) = (Demo::read()?, Timestamp::now());
        let (domain, url) = listen().await?;
        let mut outside = Vec::new();
        for provider in OUTSIDE {
            outside.push((provider, listen().await?));
        }
        let variable = |provider: &ProviderName| format!("{}_URL", provider.as_str().to_uppercase());
        let variables = outside.iter().map(|(provider, (_, url))| (variable(provider), url.clone()));
        let emulator = Emulator::start(&variables.collect::<Vec<_>>()).await?;

        let setup = Setup {
            aws: emulator.aws.endpoint.clone(),
            sdk: emulator.sdk.clone(),
            bucket: format!("postrider-bodies-{}-{REGION}", emulator.aws.account),
            webhooks: url.clone(),
            auto_deliver: None,
        };
        let (outbox, faults) = (Arc::default(), Arc::default());
        let around =
            Surroundings::new(Arc::clone(&outbox), Arc::default(), Arc::clone(&faults), Arc::new(|_| {}));
        let standins = StandIns::new(&demo, &setup, &around)?;
        for (provider, (listener, _)) in outside {
            let api = standins.named(provider).api().ok_or("a provider that is asked has an API")?;
            tokio::spawn(axum::serve(listener, api).into_future());
        }
        let front = Front::new(emulator.aws.endpoint.clone());
        let controls = OUTSIDE.iter().map(|provider| standins.named(*provider).controls());
        let controls = controls.fold(outbox::routes(outbox).merge(faults::routes(faults)), Router::merge);
        Arc::clone(&front).serve(domain, controls);

        demo.prepare(&emulator.sdk).await?;
        let outputs = deploy(&emulator, &url).await?;
        front.connect(&outputs)?;
        let key = provision(&emulator, &demo).await?;
        let borrowers = json!({ "people": demo.people("demo") });
        let push =
            http_client().post(format!("{url}/people/bulk")).header("x-api-key", &key).json(&borrowers);
        push.send().await?.error_for_status()?;
        Ok(Self { emulator, outputs, url, key, begun })
    }
}

/// A listener on a free port, with its URL.
async fn listen() -> Result<(TcpListener, String), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Deploys the stacks; returns the outputs of the functions' stack.
async fn deploy(emulator: &Emulator, url: &str) -> Result<BTreeMap<String, String>, Failure> {
    // Cargo puts all programs of a build into one folder.
    let programs = std::env::current_exe()?.parent().ok_or("no folder of programs")?.to_owned();
    let environment = std::env::var_os("POSTRIDER_VENV")
        .map_or_else(|| Path::new(REPOSITORY).join(".local/venv"), PathBuf::from);
    let deploy = Command::new(environment.join("bin/python"))
        .arg(Path::new(REPOSITORY).join("infra/deployed/deploy.py"))
        .arg(&emulator.aws.endpoint)
        .arg(programs)
        .args(["--parameter", &format!("PublicUrl={url}"), "--parameter", &format!("PublicWebhookUrl={url}")])
        .envs([
            ("AWS_ACCESS_KEY_ID", emulator.aws.account.as_str()),
            ("AWS_SECRET_ACCESS_KEY", local::aws::SECRET),
        ])
        .env("AWS_DEFAULT_REGION", REGION)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?
        .wait_with_output()
        .await?;
    if !deploy.status.success() {
        return Err(format!("deploying ended with {}", deploy.status).into());
    }
    Ok(serde_json::from_slice(&deploy.stdout)?)
}

/// Provisions the demo's first lender; returns the key of its first admin.
async fn provision(emulator: &Emulator, demo: &Demo) -> Result<String, Failure> {
    let tenant = demo.tenants.first().ok_or("the demo has no lender")?;
    let input = json!({
        "id": tenant.id, "name": tenant.name, "settings": tenant.settings, "senders": tenant.senders,
        "issuers": tenant.issuers, "apiKey": { "name": "First admin", "role": "admin" },
    });
    let made =
        emulator.invoke("tenants-provision", &input).await.map_err(|error: Value| error.to_string())?;
    Ok(made["apiKey"]["key"].as_str().ok_or("no key was made")?.to_owned())
}
