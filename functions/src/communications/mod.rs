//! Sending, batches, previews and the compliance question, in the dialect of the Communications API (000).

pub mod batch_cancel;
pub mod batch_get;
pub mod batch_results;
pub mod can_interact;
pub mod can_interact_batch;
pub mod preview;
pub mod send;
pub mod send_batch;

use std::sync::Arc;

use domain::{
    Error,
    compliance::Circumstances,
    id::{self, Id, Kind, Ref},
    tenant::Tenant,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose},
};
use platform::{
    app::App,
    http::{Request, reference},
    pipeline::accept,
    store::templates::Template,
};
use serde_json::{Map, Value};

/// The tenant of a request with its template, as every operation here needs them.
async fn tenant_and_template(
    app: &App,
    request: &Request,
    template_id: &str,
) -> Result<(Arc<Tenant>, Arc<Template>), Error> {
    let tenant = app.tenant(request.tenant()?).await?;
    let id = reference::<id::Descriptor>("/template_id", template_id)?.resolve(tenant.id.as_str());
    let template = app.template(&tenant.id, &id).await.map_err(|error| named(error, template_id))?;
    Ok((tenant, template))
}

/// A "not found" that shows the id as the caller wrote it.
fn named(error: Error, id: &str) -> Error {
    match error {
        Error::NotFound { what, .. } => Error::NotFound { what, id: id.to_owned() },
        error => error,
    }
}

/// The borrower a request names.
fn borrower(tenant: &Tenant, text: &str) -> Result<Id<id::Person>, Error> {
    Ok(reference::<id::Person>("/borrower_id", text)?.resolve(tenant.id.as_str()))
}

/// An optional id in a body.
fn optional<K: Kind>(pointer: &str, text: Option<&str>) -> Result<Option<Ref<K>>, Error> {
    text.map(|text| reference(pointer, text)).transpose()
}

/// What a sender says of a message besides.
fn circumstances(
    tenant: &Tenant,
    purpose: Option<Purpose>,
    previous: Option<&str>,
) -> Result<Circumstances, Error> {
    let previous = optional::<id::Interaction>("/previous_interaction_id", previous)?;
    let reply_to = previous.map(|previous| previous.resolve(tenant.id.as_str()));
    Ok(Circumstances { purpose, reply_to, ..Circumstances::default() })
}

/// The channel a request names, or the template's.
fn channel(named: Option<CommunicationsApiChannel>, template: &Template) -> Channel {
    named.map_or(template.descriptor.channel, Channel::from)
}

/// A core request with nothing but what 000 always says.
fn core_request(
    id: Id<id::Interaction>,
    channel: Channel,
    loans: Vec<Ref<id::Loan>>,
    context: Map<String, Value>,
    trace_id: &str,
) -> accept::Request {
    accept::Request {
        id,
        external_id: None,
        channel,
        contact: None,
        loans,
        context,
        theme: None,
        circumstances: Circumstances::default(),
        transactional: true,
        strict_undefined: false,
        send_at: None,
        send_jitter: 0,
        batch: None,
        trace_id: trace_id.to_owned(),
    }
}
