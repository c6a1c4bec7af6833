//! Everything that can go wrong, in one enum, independent of transport.
//!
//! - What the *caller* did wrong or must know has a variant of its own with text for the caller.
//! - What *we* or a service we rely on did wrong is [`Error::Unavailable`] (try again) or [`Error::Internal`]; their
//!   [`Cause`] is for logs and never leaves the house.
//!
//! `platform::http::problem` turns this into RFC 9457 answers; `platform::pipeline` decides retry or park for queues.

mod cause;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::cause::{Cause, Ours};

use crate::{
    id::{Kind, Ref},
    vocabulary::{Role, vocabulary},
};

/// See the module documentation.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request is malformed; every fault found is listed.
    #[error("invalid request: {}", .0.iter().map(|v| format!("{}: {}", v.pointer, v.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Violation>),
    /// No credential, or one that is not (or no longer) valid.
    #[error("unauthenticated")]
    Unauthenticated,
    /// A provider's call that is not proven to be one.
    #[error("not proven to be a provider's call")]
    Unproven,
    /// The credential is valid but its role is too low.
    #[error("needs role {}", .0.as_str())]
    Forbidden(Role),
    /// Nothing of that kind and id belongs to the caller's tenant.
    #[error("{what} {id} not found")]
    NotFound {
        /// "person", "template".
        what: &'static str,
        /// As the caller wrote it.
        id: String,
    },
    /// The path exists, the method does not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// A business rule says no. What the guard says is an outcome, not an error.
    #[error("{conflict:?}: {detail}")]
    Conflict {
        /// Which rule.
        conflict: Conflict,
        /// What happened and what to do.
        detail: String,
    },
    /// What the caller wants to change is no longer as they saw it (`If-Match`): it is in this revision now, or not there at all.
    #[error("not as it was seen, but in revision {0:?}")]
    PreconditionFailed(Option<u64>),
    /// The body is larger than this many bytes.
    #[error("body over {0} bytes")]
    TooLarge(usize),
    /// The body is of another kind than the one, or one of those, named.
    #[error("not {0}")]
    UnsupportedMediaType(String),
    /// A template cannot be compiled or rendered.
    #[error("template: {0:?}")]
    Template(TemplateFault),
    /// The idempotency key was used before with another body.
    #[error("idempotency key reused with another request")]
    KeyReused,
    /// Too many requests of a kind that is limited.
    #[error("rate limited for {retry_after_seconds} s")]
    RateLimited {
        /// When to come back.
        retry_after_seconds: u32,
    },
    /// A service we rely on is busy or away; the same request may succeed later.
    #[error("unavailable: {0}")]
    Unavailable(Cause),
    /// A bug, or data we wrote and cannot read.
    #[error("internal: {0}")]
    Internal(Cause),
}

impl Error {
    /// One fault in one field.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(pointer, message)])
    }

    /// A business rule says no.
    pub fn conflict(conflict: Conflict, detail: impl Into<String>) -> Self {
        Self::Conflict { conflict, detail: detail.into() }
    }

    /// Whether we are to blame, or a service we rely on, and not whoever asked: the same may succeed later.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Internal(_))
    }

    /// Whether the thing changed meanwhile: the change may be made again of what it is now.
    pub fn is_edit_conflict(&self) -> bool {
        matches!(self, Self::Conflict { conflict: Conflict::EditConflict, .. })
    }

    /// The same about a part of a request, which stands at `place` in the whole.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        match self {
            Self::Invalid(faults) => Self::Invalid(
                faults
                    .into_iter()
                    .map(|fault| Violation::new(format!("{place}{}", fault.pointer), fault.message))
                    .collect(),
            ),
            other => other,
        }
    }

    /// Nothing of that kind and id.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl<K: Kind> Ref<K> {
    /// That there is no such thing, in the words of whoever named it.
    pub fn not_found(&self) -> Error {
        Error::not_found(K::NAME, self)
    }
}

/// A fault in one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter and `{name}` for a path parameter.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Violation {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

vocabulary! {
    /// Business rules that answer 409, each a problem type of its own, by the last part of its URI. The list of 001 `send` and what 000
    /// adds.
    Conflict {
        /// The template for this type of message is disabled or archived.
        TemplateDisabled "template-disabled",
        /// The template has no active version.
        TemplateNotActive "template-not-active",
        /// There is no template for this subject on this channel, in a language and for a product that fit.
        NoTemplate "no-template",
        /// The template has no part of the kind asked for.
        PartMissing "part-missing",
        /// Templates in use take from the shared template and would no longer render.
        SharedTemplateInUse "shared-template-in-use",
        /// The case does not belong to the person.
        CaseNotOfPerson "case-not-of-person",
        /// The template is for another channel than the request says.
        ChannelMismatch "channel-mismatch",
        /// The tenant has no sender for this channel.
        ChannelNotConfigured "channel-not-configured",
        /// The contact does not belong to the person.
        ContactNotOfPerson "contact-not-of-person",
        /// The loan does not belong to the person.
        LoanNotOfPerson "loan-not-of-person",
        /// Messages of this subject are not for agents to send.
        AgentCannotSend "agent-cannot-send",
        /// What this subject's template says must be edited before it is sent.
        MustBeEdited "must-be-edited",
        /// Messages of this subject belong to a case of certain types, and none is named or open.
        CaseRequired "case-required",
        /// The document to attach holds nothing.
        DocumentEmpty "document-empty",
        /// The documents to attach are too large together.
        AttachmentsTooLarge "attachments-too-large",
        /// A document to enclose in a letter cannot be printed with it.
        AttachmentNotPrintable "attachment-not-printable",
        /// The name or the postal address cannot stand on an envelope.
        AddressNotPrintable "address-not-printable",
        /// The letter has more pages than are sent.
        LetterTooLong "letter-too-long",
        /// What the message says is more than its channel carries.
        MessageTooLarge "message-too-large",
        /// The message has no text, which its channel needs.
        NothingSaid "nothing-said",
        /// Another event was reported under this id before.
        EventIdUsed "event-id-used",
        /// Of the loan, nothing but its names is known.
        LoanIncomplete "loan-incomplete",
        /// Something with this external id exists already.
        DuplicateExternalId "duplicate-external-id",
        /// We send the interaction: how it stands is not for others to say.
        SentByPostrider "sent-by-postrider",
        /// Only what Postrider sent itself can be sent again.
        NotSentByPostrider "not-sent-by-postrider",
        /// What a message said cannot be said again.
        CannotBeRepeated "cannot-be-repeated",
        /// The message to be sent again has not been sent yet, and will be.
        NotSentYet "not-sent-yet",
        /// The confirmation code is another one, or none waits any more.
        ConfirmationCodeWrong "confirmation-code-wrong",
        /// The interaction is with somebody else.
        BoundToAnother "bound-to-another",
        /// The person was erased on request, and nobody said that the person comes back.
        PersonErased "person-erased",
        /// Somebody else has the task, or it is done.
        TaskClaimed "task-claimed",
        /// The interaction stands where the status asked for cannot follow.
        StatusCannotChange "status-cannot-change",
        /// The same thing changed meanwhile; read it again.
        EditConflict "edit-conflict",
        /// A request with the same idempotency key is still running.
        StillRunning "still-running",
        /// A request with the same idempotency key was answered with a secret, which is shown once.
        AlreadyShown "already-shown",
        /// A limit on how many things of a kind a tenant may have.
        LimitReached "limit-reached",
        /// A credential may not switch itself off: its owner would be locked out by accident.
        OwnCredential "own-credential",
    }
}

/// Where and why a template fails, for its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFault {
    /// `subjectLine`, `contentText` or `contentHtml` (002).
    pub part: String,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Person;

    #[test]
    fn what_is_not_found_is_named_as_its_author_wrote_it() {
        for text in ["ext-john", "661f9511-f3ac-52e5-b827-557766551111", "BO-1-2"] {
            let named: Ref<Person> = text.parse().unwrap();
            assert_eq!(named.not_found().to_string(), format!("person {text} not found"));
        }
    }
}
