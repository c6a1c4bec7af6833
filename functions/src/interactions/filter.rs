//! Filters of lists of interactions.

use std::{borrow::Cow, str::FromStr};

use domain::{
    Error,
    id::{self, ExternalId, Id, Ref},
    interaction::Interaction,
    tenant::TenantId,
    update::Faults,
    vocabulary::{Direction, InteractionStatus, MessageChannel, StatusDetails, Subject, Theme, or_null},
};
use jiff::Timestamp;
use platform::http::Request;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::openapi::Operation;

/// See the module documentation.
pub(crate) struct Filter {
    channel: Option<MessageChannel>,
    direction: Option<Direction>,
    /// Asked for by the word null: those without one.
    status: Option<Option<InteractionStatus>>,
    details: Option<StatusDetails>,
    subject: Option<Subject>,
    theme: Option<Theme>,
    loan: Option<Id<id::Loan>>,
    previous: Option<Id<id::Interaction>>,
    /// Only what was really said.
    took_place: bool,
    /// The one with this id of the lender's.
    pub(super) name: Option<ExternalId>,
    /// Accepted or recorded then or later, and before that.
    pub(super) between: (Timestamp, Timestamp),
}

impl Filter {
    /// Reads the query.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub(crate) fn read(request: &Request) -> Result<Self, Error> {
        let tenant = request.tenant()?;
        let mut faults = Faults::default();
        let status = read::<String>(&mut faults, request, "status").and_then(|text| {
            let status = or_null(&text);
            status.map_err(|error| faults.expect(false, "?status", &format!("{error}, null"))).ok()
        });
        let from = read(&mut faults, request, "from").unwrap_or(Timestamp::UNIX_EPOCH);
        let to = read(&mut faults, request, "to").unwrap_or(Timestamp::MAX);
        faults.expect(from <= to, "?from", "must not lie after ?to");
        let filter = Self {
            channel: read(&mut faults, request, "channel"),
            direction: read(&mut faults, request, "direction"),
            status,
            details: read(&mut faults, request, "statusDetails"),
            subject: read(&mut faults, request, "subject"),
            theme: read(&mut faults, request, "theme"),
            loan: id(&mut faults, request, tenant, "loanId"),
            previous: id(&mut faults, request, tenant, "previousInteractionId"),
            took_place: false,
            name: read(&mut faults, request, "externalId"),
            between: (from, to),
        };
        faults.none().map(|()| filter)
    }

    /// The same for a conversation, of whose query the channel and the time are parts.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub(crate) fn of_conversation(request: &Request) -> Result<Self, Error> {
        Ok(Self { took_place: true, ..Self::read(request)? })
    }

    /// Whether it leaves out any of those between its two instants.
    pub(super) fn leaves_out(&self) -> bool {
        let Self {
            channel,
            direction,
            status,
            details,
            subject,
            theme,
            loan,
            previous,
            took_place,
            name,
            between: _,
        } = self;
        *took_place
            || channel.is_some()
            || direction.is_some()
            || status.is_some()
            || details.is_some()
            || subject.is_some()
            || theme.is_some()
            || loan.is_some()
            || previous.is_some()
            || name.is_some()
    }

    /// Whether an interaction is asked for.
    pub(super) fn takes(&self, interaction: &Interaction) -> bool {
        let (from, to) = self.between;
        self.channel.is_none_or(|channel| interaction.channel == channel.into())
            && self.direction.is_none_or(|direction| interaction.direction == direction)
            && self.status.is_none_or(|status| interaction.state.status == status)
            && self.details.is_none_or(|details| interaction.state.details == Some(details))
            && self.subject.as_ref().is_none_or(|subject| interaction.subject.as_ref() == Some(subject))
            && self.theme.is_none_or(|theme| interaction.theme == theme)
            && self.loan.as_ref().is_none_or(|loan| interaction.loan_ids.contains(loan))
            && self
                .previous
                .as_ref()
                .is_none_or(|previous| interaction.circumstances.reply_to.as_ref() == Some(previous))
            && (!self.took_place || took_place(interaction))
            && self.name.as_ref().is_none_or(|name| interaction.external_id.as_ref() == Some(name))
            && (from..to).contains(&interaction.created_at)
    }

    /// For the OpenAPI document.
    pub(crate) fn describe(operation: Operation) -> Operation {
        operation
            .query_as::<MessageChannel>("channel", "Those by this channel.")
            .query_as::<Direction>("direction", "Those you began (outbound) or the borrower did (inbound).")
            .query_as::<StatusOrNull>(
                "status",
                "Those that have come this far; null for those that are queued and have no status yet.",
            )
            .query_as::<StatusDetails>("statusDetails", "Those with these details.")
            .query_as::<Subject>("subject", "Those about this.")
            .query_as::<Theme>("theme", "Those for this reason.")
            .query_as::<Ref<id::Loan>>("loanId", "Those about this loan; your ids need ext- in front.")
            .query_as::<Timestamp>("from", "Those accepted or recorded at this instant or later (RFC 3339).")
            .query_as::<Timestamp>("to", "Those accepted or recorded before this instant.")
            .query_as::<Ref<id::Interaction>>(
                "previousInteractionId",
                "Those that follow this one; your ids need ext- in front.",
            )
            .query_as::<ExternalId>("externalId", "The one with this id of yours; without ext- in front.")
            .paged::<Ref<id::Interaction>>()
    }
}

/// A status, or the word null.
struct StatusOrNull;

impl JsonSchema for StatusOrNull {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "StatusOrNull".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> =
            InteractionStatus::ALL.iter().map(|status| status.as_str()).chain(["null"]).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// Whether it left, came, or is on its way.
fn took_place(interaction: &Interaction) -> bool {
    interaction.state.status != Some(InteractionStatus::Canceled)
        && interaction.state.details != Some(StatusDetails::BlockedByComplianceGuard)
}

/// A parameter, if it is given and can be read.
fn read<T: FromStr<Err: std::fmt::Display> + JsonSchema>(
    faults: &mut Faults,
    request: &Request,
    name: &str,
) -> Option<T> {
    request.query(name).unwrap_or_else(|error| {
        faults.take("", error);
        None
    })
}

/// An id, ours or the lender's.
fn id<K: id::Kind>(faults: &mut Faults, request: &Request, tenant: &TenantId, name: &str) -> Option<Id<K>> {
    read::<Ref<K>>(faults, request, name).map(|named| named.resolve(tenant.as_str()))
}
