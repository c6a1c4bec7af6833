//! The stand-in for a print house: it fetches what lies in the bucket for it, and puts back what became of it.
//!
//! `POST /_local/providers/drop/fetch` makes it look; `…/status` makes it say something of a letter. It takes letters away as
//! a print house would that trusts its manifest: the pages must be those that the manifest tells of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use data_encoding::HEXLOWER;
use domain::vocabulary::{ProviderName, SendingChannel};
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Setup, StandIn, Surroundings};
use crate::outbox::{Attachment, Message, Report};
use crate::problem::{Control, Problem};

/// How a print house is set up.
#[derive(Clone)]
pub struct DropConfig {
    /// For clients of the local AWS.
    pub sdk: SdkConfig,
    /// Our bucket there.
    pub bucket: String,
    /// Whose letters it prints.
    pub tenants: Vec<String>,
    /// When set, it looks by itself, this often, and says of each letter that it was mailed.
    pub auto_deliver: Option<Duration>,
}

impl DropConfig {
    /// The print house of the demo's lenders.
    pub fn of(demo: &crate::seed::Demo, setup: &Setup) -> Self {
        Self {
            sdk: setup.sdk.clone(),
            bucket: setup.bucket.clone(),
            tenants: demo.tenants.iter().map(|tenant| tenant.id.to_string()).collect(),
            auto_deliver: setup.auto_deliver,
        }
    }
}

/// The stand-in.
pub struct Drop {
    config: DropConfig,
    s3: aws_sdk_s3::Client,
    around: Surroundings,
}

/// What a print house reads of a manifest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    version: u32,
    id: String,
    file: String,
    pages: usize,
    sha256: String,
    to: Vec<String>,
    from: Vec<String>,
}

/// The body of `POST /_local/providers/drop/status`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusControl {
    /// Our interaction's id.
    message: String,
    /// printed, mailed, delivered, returned or failed; anything else to see what comes of it.
    status: String,
    code: Option<String>,
    description: Option<String>,
}

/// What was fetched.
#[derive(Debug, Serialize)]
struct Fetched {
    letters: Vec<String>,
}

impl Drop {
    /// A print house.
    pub fn new(config: DropConfig, around: Surroundings) -> Arc<Self> {
        let s3 = aws_sdk_s3::config::Builder::from(&config.sdk).force_path_style(true).build();
        Arc::new(Self { s3: aws_sdk_s3::Client::from_conf(s3), config, around })
    }

    /// Takes away what lies there. A letter that it has already is the same one.
    async fn fetch(&self) -> Result<Vec<String>, Problem> {
        let mut letters = Vec::new();
        for tenant in &self.config.tenants {
            let page = self
                .s3
                .list_objects_v2()
                .bucket(&self.config.bucket)
                .prefix(format!("{tenant}/letters/out/"))
                .send()
                .await
                .map_err(|error| trouble(&error))?;
            let keys = page.contents().iter().filter_map(|object| object.key());
            for key in keys.filter(|key| key.ends_with(".json")) {
                letters.extend(self.take(tenant, key).await?);
            }
        }
        Ok(letters)
    }

    async fn take(&self, tenant: &str, key: &str) -> Result<Option<String>, Problem> {
        let text = self.get(key).await?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| Problem::conflict(format!("{key} is no manifest: {error}")))?;
        let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = format!("{folder}/{}", manifest.file);
        let pages = self.get(&file).await?;
        let sha256 = HEXLOWER.encode(digest::digest(&digest::SHA256, &pages).as_ref());
        if manifest.version != 1 || sha256 != manifest.sha256 {
            return Err(Problem::conflict(format!("{file} is not what its manifest says")));
        }
        let is_new = self.around.outbox.find(ProviderName::Drop, &manifest.id).is_none();
        if is_new {
            let letter = self.letter(tenant, &manifest, &text, pages.len());
            self.around.outbox.add_letter(letter, pages);
        }
        for key in [key, &file] {
            let removed = self.s3.delete_object().bucket(&self.config.bucket).key(key).send().await;
            removed.map_err(|error| trouble(&error))?;
        }
        Ok(is_new.then_some(manifest.id))
    }

    fn letter(&self, tenant: &str, manifest: &Manifest, text: &[u8], bytes: usize) -> Message {
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Drop,
            provider_message_id: manifest.id.clone(),
            channel: SendingChannel::Mail,
            to: manifest.to.join(", "),
            from: manifest.from.join(", "),
            subject: None,
            body: format!("A letter of {} pages", manifest.pages),
            html: None,
            headers: BTreeMap::new(),
            attachments: vec![Attachment {
                name: manifest.file.clone(),
                media_type: Some("application/pdf".to_owned()),
                size: Some(bytes),
            }],
            tags: BTreeMap::from([("tenant".to_owned(), tenant.to_owned())]),
            reports: Vec::new(),
            raw: String::from_utf8_lossy(text).into_owned(),
        }
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, Problem> {
        let answer = self.s3.get_object().bucket(&self.config.bucket).key(key).send().await;
        let body = answer.map_err(|error| trouble(&error))?.body.collect().await;
        body.map(|bytes| bytes.to_vec()).map_err(|error| Problem::bad_gateway(error.to_string()))
    }

    /// Puts a file that says something of a letter.
    async fn say(&self, letter: &Message, asked: &StatusControl) -> Result<(), Problem> {
        let tenant = letter.tags.get("tenant").map_or("", String::as_str);
        let key = format!("{tenant}/letters/status/{}.json", letter.provider_message_id);
        let at = self.around.clock.now();
        let mut report = json!({ "status": asked.status, "at": at });
        for (name, value) in [("code", &asked.code), ("description", &asked.description)] {
            if let Some(value) = value {
                report[name] = json!(value);
            }
        }
        let body = ByteStream::from(report.to_string().into_bytes());
        let put = self.s3.put_object().bucket(&self.config.bucket).key(key).body(body).send().await;
        put.map_err(|error| trouble(&error))?;
        let report = Report { at, event: asked.status.clone(), detail: asked.code.clone(), answered: 200 };
        self.around.outbox.report(letter.sequence, report);
        Ok(())
    }
}

fn trouble<E: std::error::Error>(error: &E) -> Problem {
    Problem::bad_gateway(format!("S3: {}", DisplayErrorContext(error)))
}

async fn fetch(State(house): State<Arc<Drop>>) -> Result<Json<Fetched>, Problem> {
    house.fetch().await.map(|letters| Json(Fetched { letters }))
}

async fn status(
    State(house): State<Arc<Drop>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<Value>, Problem> {
    let letter = house.around.outbox.find(ProviderName::Drop, &asked.message);
    let letter = letter
        .ok_or_else(|| Problem::not_found(format!("the print house has no letter {}", asked.message)))?;
    house.say(&letter, &asked).await?;
    Ok(Json(json!({ "message": asked.message, "status": asked.status })))
}

impl StandIn for Arc<Drop> {
    fn api(&self) -> Option<Router> {
        None
    }

    /// `POST /_local/providers/drop/{fetch,status}`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/drop/fetch", post(fetch))
            .route("/_local/providers/drop/status", post(status))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        let Some(pause) = self.config.auto_deliver else { return };
        let house = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(house) = house.upgrade() else { return };
                for message in house.fetch().await.unwrap_or_default() {
                    let mailed =
                        StatusControl { message, status: "mailed".into(), code: None, description: None };
                    if let Some(letter) = house.around.outbox.find(ProviderName::Drop, &mailed.message) {
                        // Without it the letter stays as it is; the next says more.
                        let _ = house.say(&letter, &mailed).await;
                    }
                }
            }
        });
    }
}
