//! Sending, previews and the compliance question, in the dialect of the Communications API (000).

pub mod can_interact;
pub mod can_interact_batch;
pub mod preview;
pub mod send;
pub mod send_batch;

use domain::{
    compliance::Circumstances,
    id::{self, Ref},
    tenant::TenantId,
    vocabulary::Purpose,
};

/// What a sender says of a message besides.
fn circumstances(
    tenant: &TenantId,
    purpose: Option<Purpose>,
    previous: Option<&Ref<id::Interaction>>,
) -> Circumstances {
    let reply_to = previous.map(|previous| previous.resolve(tenant.as_str()));
    Circumstances { purpose, reply_to, ..Circumstances::default() }
}
