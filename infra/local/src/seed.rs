//! The demo: two lenders with keys, senders, people and templates, from `assets/demo/`. What is there already stays as
//! it is, so that a kept state keeps its changes.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::error::{DisplayErrorContext, ProvideErrorMetadata};
use data_encoding::BASE64;
use domain::id::{self, Id, Kind};
use domain::person::Person;
use domain::template::{Descriptor, Source};
use domain::tenant::{Settings, Tenant, TenantId, TokenIssuer};
use domain::vocabulary::Role;
use futures::future::try_join_all;
use platform::app::App;
use platform::auth::api_key::hash_key;
use platform::store::credentials::ApiKey;
use platform::templates::authoring::{self, Wording};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Failure;

const LENDERS: &str = include_str!("../assets/demo/lenders.json");
const PEOPLE: &str = include_str!("../assets/demo/people.json");

/// What the demo has. Ids of ours are derived from the external ids and not written down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Demo {
    /// The lenders; SES reports to the webhook of the first.
    pub tenants: Vec<Tenant>,
    api_keys: Vec<DemoKey>,
    secrets: BTreeMap<String, String>,
    /// Private keys that SendGrid signs mail with, by tenant: PKCS #8 in base64. The public ones stand in the tenants.
    sendgrid_keys: BTreeMap<String, String>,
    /// Identities SES may send from.
    verified_senders: Vec<String>,
    /// By tenant.
    templates: BTreeMap<String, Vec<DemoTemplate>>,
    /// By tenant; as the API takes them.
    #[serde(skip)]
    people: BTreeMap<String, Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DemoKey {
    key: String,
    tenant: TenantId,
    role: Role,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DemoTemplate {
    descriptor: Value,
    source: Source,
}

impl Demo {
    /// The demo as it is compiled in.
    pub fn read() -> Result<Self, Failure> {
        let lenders: Self =
            serde_json::from_str(LENDERS).map_err(|error| format!("lenders.json: {error}"))?;
        let people = serde_json::from_str(PEOPLE).map_err(|error| format!("people.json: {error}"))?;
        Ok(Self { people, ..lenders })
    }

    /// The tenant that SES reports to.
    pub fn reported_tenant(&self) -> &str {
        self.tenants.first().map_or("", |tenant| tenant.id.as_str())
    }

    /// The topic SES reports by.
    pub fn topic(&self) -> Result<String, Failure> {
        let email = self.tenants.first().and_then(|tenant| tenant.senders.email.as_ref());
        let topic = email.and_then(|email| email.event_topics.first());
        topic.cloned().ok_or_else(|| "lenders.json: the first tenant has no SNS topic".into())
    }

    /// The key that SendGrid signs a tenant's mail with.
    pub fn sendgrid_key(&self, tenant: &str) -> Result<Option<Vec<u8>>, Failure> {
        let key = self.sendgrid_keys.get(tenant).map(|key| BASE64.decode(key.as_bytes()));
        key.transpose().map_err(|error| format!("lenders.json: the SendGrid key of {tenant}: {error}").into())
    }

    /// The people of a tenant, as the API takes them.
    pub fn people(&self, tenant: &str) -> &[Value] {
        self.people.get(tenant).map_or(&[], Vec::as_slice)
    }

    /// Puts into an account what an operator does besides deploying: the secrets, and the identities that SES sends from.
    ///
    /// # Errors
    /// What AWS refused.
    pub async fn prepare(&self, sdk: &SdkConfig) -> Result<(), Failure> {
        let secrets = try_join_all(self.secrets.iter().map(|(name, value)| secret(sdk, name, value)));
        let senders = try_join_all(self.verified_senders.iter().map(|identity| verify_sender(sdk, identity)));
        futures::try_join!(secrets, senders).map(drop)
    }

    /// The value of a secret.
    pub fn secret(&self, name: &str) -> Result<&str, Failure> {
        let value = self.secrets.get(name).map(String::as_str);
        value.ok_or_else(|| format!("lenders.json: no secret {name}").into())
    }
}

/// Makes what is missing.
pub async fn fill(app: &App, sdk: &SdkConfig, demo: &Demo) -> Result<(), Failure> {
    let tenants = try_join_all(demo.tenants.iter().map(|one| tenant(app, one)));
    let keys = try_join_all(demo.api_keys.iter().map(|one| api_key(app, one)));
    let people = demo.people.iter().flat_map(|(tenant, people)| people.iter().map(move |one| (tenant, one)));
    let people = try_join_all(people.map(|(tenant, one)| person(app, tenant, one)));
    let templates =
        demo.templates.iter().flat_map(|(tenant, some)| some.iter().map(move |one| (tenant, one)));
    let templates = try_join_all(templates.map(|(tenant, one)| template(app, tenant, one)));
    futures::try_join!(demo.prepare(sdk), tenants, keys, people, templates).map(drop)
}

async fn secret(sdk: &SdkConfig, name: &str, value: &str) -> Result<(), Failure> {
    let client = aws_sdk_secretsmanager::Client::new(sdk);
    match client.create_secret().name(name).secret_string(value).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceExistsException") => Ok(()),
        Err(error) => Err(DisplayErrorContext(error).to_string().into()),
    }
}

/// Lets SES send from an address or a domain.
pub async fn verify_sender(sdk: &SdkConfig, identity: &str) -> Result<(), Failure> {
    let client = aws_sdk_sesv2::Client::new(sdk);
    match client.create_email_identity().email_identity(identity).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("AlreadyExistsException") => Ok(()),
        Err(error) => Err(DisplayErrorContext(error).to_string().into()),
    }
}

async fn tenant(app: &App, tenant: &Tenant) -> Result<(), Failure> {
    match app.store.tenant(&tenant.id).await {
        Err(domain::Error::NotFound { .. }) => {
            Ok(app.store.save_tenant(&mut tenant.clone(), &Settings::default(), None).await?)
        }
        known => Ok(trust(app, known?, &tenant.issuers).await?),
    }
}

/// Makes a kept tenant trust issuers of the demo that are newer than it.
async fn trust(app: &App, mut known: Tenant, issuers: &[TokenIssuer]) -> Result<(), domain::Error> {
    let is_known = |known: &Tenant, issuer: &TokenIssuer| known.issuers.contains(issuer);
    let missing: Vec<_> = issuers.iter().filter(|issuer| !is_known(&known, issuer)).cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    known.issuers.extend(missing);
    let settings = known.settings.clone();
    app.store.save_tenant(&mut known, &settings, None).await
}

async fn api_key(app: &App, DemoKey { key, tenant, role }: &DemoKey) -> Result<(), Failure> {
    let digest = hash_key(key).as_str().to_owned();
    if app.store.api_key(&digest).await?.is_some() {
        return Ok(());
    }
    let key = ApiKey {
        id: Id::external(tenant.as_str(), key),
        tenant: tenant.clone(),
        role: *role,
        agent: false,
        name: key.clone(),
        digest,
        created_at: app.now(),
        revoked_at: None,
    };
    Ok(app.store.save_api_key(&key).await?)
}

async fn person(app: &App, tenant: &str, written: &Value) -> Result<(), Failure> {
    let mut written = written.clone();
    identify::<id::Person>(&mut written, tenant)?;
    identify_all::<id::Contact>(&mut written["contacts"], tenant)?;
    for contact in written["contacts"].as_array_mut().into_iter().flatten() {
        contact["valid"] = json!(true);
    }
    identify_all::<id::Loan>(&mut written["loans"], tenant)?;
    identify_all::<id::Case>(&mut written["cases"], tenant)?;
    date(&mut written, app);
    let person: Person = serde_json::from_value(written)?;
    let tenant = tenant.parse()?;
    if app.store.find_person(&tenant, &person.id).await?.is_none() {
        app.store.save_person(&tenant, &person, None).await?;
    }
    Ok(())
}

async fn template(app: &App, tenant: &str, written: &DemoTemplate) -> Result<(), Failure> {
    let mut descriptor = written.descriptor.clone();
    identify::<id::Descriptor>(&mut descriptor, tenant)?;
    date(&mut descriptor, app);
    descriptor["revision"] = json!(0);
    let mut descriptor: Descriptor = serde_json::from_value(descriptor)?;
    let tenant = tenant.parse()?;
    match app.store.descriptor(&tenant, &descriptor.id).await {
        Err(domain::Error::NotFound { .. }) => {
            let wording = Wording { id: app.new_id(), source: written.source.clone(), by: "demo".into() };
            Ok(authoring::publish(app, &tenant, &mut descriptor, wording).await.map(drop)?)
        }
        known => Ok(known.map(drop)?),
    }
}

/// Gives a thing the id that follows from its external id.
fn identify<K: Kind>(thing: &mut Value, tenant: &str) -> Result<(), Failure> {
    let external = thing["externalId"].as_str().ok_or_else(|| format!("a {} without externalId", K::NAME))?;
    thing["id"] = json!(Id::<K>::external(tenant, external));
    Ok(())
}

fn identify_all<K: Kind>(things: &mut Value, tenant: &str) -> Result<(), Failure> {
    if things.is_null() {
        *things = json!([]);
    }
    things.as_array_mut().into_iter().flatten().try_for_each(|thing| identify::<K>(thing, tenant))
}

fn date(thing: &mut Value, app: &App) {
    thing["createdAt"] = json!(app.now());
    thing["updatedAt"] = thing["createdAt"].clone();
}
