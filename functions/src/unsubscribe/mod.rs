//! Where the link in a message leads: a page, and what is done by its form or by one click. Whoever has the link may do it,
//! without a credential: they got the message.

pub mod page;
pub mod submit;

use std::sync::Arc;

use domain::{Error, tenant::Tenant, vocabulary::SendingChannel};
use lambda_http::http::StatusCode;
use pages::{Audience, Language, Matter, Medium};
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
    pipeline::unsubscribe::{self, Opened},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::catalog::Answer;

/// The longest form that is read, in bytes.
pub const MAX_FORM: usize = 4 * 1024;

/// Somebody who opened a link.
struct Visit {
    opened: Opened,
    lender: Arc<Tenant>,
    medium: Medium,
    address: String,
    language: Language,
}

/// What [`Visit::begin`] needs of AWS.
const VISIT: &[Need] = &[
    Need::All(unsubscribe::OPEN),
    Need::Read(Items::Tenants),
    Need::Read(Items::Templates),
    Need::Read(Items::People),
];

impl Visit {
    async fn begin(app: &App, request: &Request) -> Result<Self, Error> {
        let opened = unsubscribe::open(app, request.path("tenant"), request.path("token")).await?;
        let message = &opened.message;
        let medium = match message.channel.sending() {
            Some(SendingChannel::Email) => Medium::Emails,
            Some(SendingChannel::Text) => Medium::Texts,
            Some(
                SendingChannel::Mail | SendingChannel::Gui | SendingChannel::Push | SendingChannel::Webhook,
            )
            | None => return Err(Error::Internal("a link to a message without an address".into())),
        };
        let lender = app.tenant(&message.tenant).await?;
        let language = language(app, &lender, &opened).await?;
        Ok(Self { address: opened.address.masked(), opened, lender, medium, language })
    }

    fn audience(&self) -> Audience<'_> {
        let Self { lender, medium, address, language, .. } = self;
        Audience { lender, medium: *medium, address, language: *language }
    }

    fn show(&self, status: StatusCode, matter: Matter) -> Answer {
        pages::show(status, &self.audience(), matter)
    }
}

/// That of the message, else of its person, else of the lender, as far as there are words in it.
async fn language(app: &App, lender: &Tenant, opened: &Opened) -> Result<Language, Error> {
    let message = &opened.message;
    let template = match &message.descriptor_id {
        Some(id) => match app.store.descriptor(&lender.id, id).await {
            Ok(descriptor) => Some(descriptor.language),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let person = match &message.person_id {
        Some(id) => app.store.find_person(&lender.id, id).await?.and_then(|known| known.person.language),
        None => None,
    };
    let tags = [template.as_deref(), person.as_deref(), Some(&lender.settings.language)];
    Ok(Language::first_of(tags.into_iter().flatten()))
}

/// The last part of a link, in the OpenAPI document.
pub(crate) struct LinkToken;

impl JsonSchema for LinkToken {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LinkToken".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "As it stands in the message: which one it is, and our signature.",
            "examples": ["AAGTDmxRPUOhsqMEBQYHCAkKCwwNDg8QERIT"],
        })
    }
}
