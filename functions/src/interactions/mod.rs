//! Interactions (001): what we sent, and what others did and the lender recorded.

pub mod create;
pub mod explain;
pub(crate) mod filter;
pub mod get;
pub mod letter;
pub mod list;
pub(crate) mod page;
pub mod retry;
#[cfg(test)]
mod tests;
pub mod update;

use domain::{
    Error,
    caller::Caller,
    compliance::is_stop,
    id::{self, ExternalId, Id},
    interaction::{Attachment, Enclosure, Interaction},
    letter::PageSize,
    person::{
        Address, Affiliation, CommunicationPreference, ContactLabel, ContactStatus, ContactType, Person,
        PersonStatus,
    },
    vocabulary::Role,
    vocabulary::{
        AgentOutcome, Channel, Direction, InteractionStatus, ProviderName, Purpose, StatusDetails, Subject,
        Theme,
    },
};
use jiff::Timestamp;
use platform::{
    app::App,
    needs::{Bodies, Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An interaction as 001 shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InteractionView {
    id: Id<id::Interaction>,
    external_id: Option<ExternalId>,
    /// Whether others had it and you recorded it. What we send is not.
    is_external: bool,
    /// Null if no person on record sent or got it.
    person_id: Option<Id<id::Person>>,
    person_external_id: Option<ExternalId>,
    contact_id: Option<Id<id::Contact>>,
    contact_external_id: Option<ExternalId>,
    /// The borrower, without what hangs on them. Null if no person on record sent or got it.
    borrower: Option<Borrower>,
    /// The contact, with the address as it was when it was used.
    contact: Option<ContactUsed>,
    /// Our own address or number, where something came in there.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<String>,
    channel: Channel,
    direction: Direction,
    subject: Option<Subject>,
    theme: Theme,
    /// What it is for besides what the theme says.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    /// Whether the person had asked for this very contact.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prior_consent: bool,
    borrower_selected_theme: Option<Theme>,
    /// The loan, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    loan_id: Option<Id<id::Loan>>,
    loan_ids: Vec<Id<id::Loan>>,
    /// Your ids of these loans, in their order.
    loan_external_ids: Vec<Option<ExternalId>>,
    /// The case it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<Id<id::Case>>,
    /// The statement it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_id: Option<Id<id::Statement>>,
    /// What it says. Null if it says nothing, and to viewers if it is sensitive.
    content: Option<Map<String, Value>>,
    /// The pages of a letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<LetterView>,
    /// The files it carries besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    /// The files it came with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<EnclosureView>,
    /// Whether it came in and may be from somebody else than it says: neither SPF, DKIM nor DMARC vouches for its sender.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_unproven: bool,
    sensitive: bool,
    /// The bulk operation over cases that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    supercase_bulk_operation_id: Option<String>,
    previous_interaction_id: Option<Id<id::Interaction>>,
    /// Null while it is queued.
    status: Option<InteractionStatus>,
    status_details: Option<StatusDetails>,
    agent_outcome: Option<AgentOutcome>,
    is_transactional: bool,
    /// When it began, or is to leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    /// Not before this instant, for what we send.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at_to: Option<Timestamp>,
    failure_description_short: Option<String>,
    failure_description_long: Option<String>,
    twilio_error_code: Option<String>,
    /// The rule that stopped it. Null if a stop did before any rule, such as a missing address (001).
    compliance_guard_rule_id: Option<String>,
    meta_data: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// Always null: interactions are not deleted.
    deleted_at: Option<Timestamp>,
}

/// A letter on paper.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LetterView {
    /// How many pages, with what is enclosed.
    pages: usize,
    /// How many bytes of PDF.
    bytes: u64,
    /// Hex SHA-256 of the PDF.
    sha256: String,
    /// The size of the paper it is printed on.
    page_size: PageSize,
    /// Where to get the PDF.
    path: String,
}

/// The pages of a letter.
pub(crate) fn letter_view(interaction: &Interaction) -> Option<LetterView> {
    interaction.letter.as_ref().map(|letter| LetterView {
        pages: letter.pages,
        bytes: letter.bytes,
        sha256: letter.sha256.clone(),
        page_size: letter.page_size,
        path: format!("/interactions/{}/letter", interaction.id),
    })
}

/// A file that came in with a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnclosureView {
    /// What its sender calls it.
    name: String,
    /// What its sender says it is.
    media_type: String,
    /// The size of the content in bytes.
    bytes: u64,
    /// Where to get it; absent if it was too large to keep, or could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// The files a message came with, as far as this caller may know.
pub(crate) fn enclosure_views(caller: &Caller, interaction: &Interaction) -> Vec<EnclosureView> {
    if is_kept_from(caller, interaction) {
        return Vec::new();
    }
    let view = |(number, file): (usize, &Enclosure)| EnclosureView {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
        path: file.key.as_ref().map(|_| format!("/interactions/{}/enclosures/{number}", interaction.id)),
    };
    interaction.enclosures.iter().enumerate().map(view).collect()
}

/// Whether what it says is not for this caller.
pub(crate) fn is_kept_from(caller: &Caller, interaction: &Interaction) -> bool {
    interaction.sensitive && caller.role < Role::LoanOfficer
}

/// A contact as it was used.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactUsed {
    /// Null for an address that is no contact of anybody's.
    id: Option<Id<id::Contact>>,
    /// The address, number or token.
    value: String,
    /// What else is known of the contact, as of now.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    known: Option<ContactKnown>,
}

/// What is known of a contact beside its address.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactKnown {
    external_id: Option<ExternalId>,
    contact_type: ContactType,
    label: ContactLabel,
    affiliation: Affiliation,
    status: ContactStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    valid: bool,
    verified: bool,
    receive_text_messages: bool,
    authorized_third_party: bool,
}

/// A borrower without contacts, loans, consents and cases (001, `BasePersonNoIdentity`).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Borrower {
    id: Id<id::Person>,
    external_id: Option<ExternalId>,
    first_name: String,
    last_name: String,
    status: PersonStatus,
    language: Option<String>,
    time_zone: Option<String>,
    communication_preference: CommunicationPreference,
    meta_data: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&Person> for Borrower {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.clone(),
            external_id: person.external_id.clone(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            status: person.status,
            language: person.language.clone(),
            time_zone: person.time_zone.clone(),
            communication_preference: person.communication_preference.clone(),
            meta_data: person.meta_data.clone(),
            created_at: person.created_at,
            updated_at: person.updated_at,
        }
    }
}

impl ContactUsed {
    /// The one an interaction was had by; none if it was by no address.
    fn of(interaction: &Interaction, person: Option<&Person>) -> Option<Self> {
        let contact = interaction.contact_id.as_ref().and_then(|id| person?.contact(id));
        let is_any = interaction.contact_id.is_some() || !interaction.to.is_empty();
        is_any.then(|| Self {
            id: interaction.contact_id.clone(),
            value: interaction.to.clone(),
            known: contact.cloned().map(|contact| ContactKnown {
                external_id: contact.external_id,
                contact_type: contact.contact_type,
                label: contact.label,
                affiliation: contact.affiliation,
                status: contact.status,
                address: contact.address,
                valid: contact.valid,
                verified: contact.verified,
                receive_text_messages: contact.receive_text_messages,
                authorized_third_party: contact.authorized_third_party,
            }),
        })
    }
}

/// What [`InteractionView::find`] needs of AWS.
pub(crate) const SHOW: &[Need] = &[Need::Read(Items::People), Need::Fetch(Bodies::Contents)];

impl InteractionView {
    /// What this caller sees of it. Reads its person.
    pub(crate) async fn find(app: &App, caller: &Caller, interaction: Interaction) -> Result<Self, Error> {
        let known = match &interaction.person_id {
            Some(person) => app.store.find_person(&caller.tenant, person).await?,
            None => None,
        };
        Self::of(app, caller, interaction, known.as_ref().map(|known| &known.person)).await
    }

    /// What this caller sees of it, which is with this person. Reads its content where it is stored apart.
    pub(crate) async fn of(
        app: &App,
        caller: &Caller,
        interaction: Interaction,
        person: Option<&Person>,
    ) -> Result<Self, Error> {
        let contact = ContactUsed::of(&interaction, person);
        let content = content_for(app, caller, &interaction).await?;
        let enclosures = enclosure_views(caller, &interaction);
        let letter = letter_view(&interaction);
        let is_external = interaction.is_external();
        let is_twilios =
            is_external || interaction.provider.as_deref() == Some(ProviderName::Twilio.as_str());
        let own_start = (!is_external).then(|| interaction.takes_place_at());
        let record = interaction.origin.record().cloned().unwrap_or_default();
        let failure = interaction.failure;
        let in_short = || match interaction.state.details {
            Some(details) => words(details.as_str()),
            None => "Failed".to_owned(),
        };
        let short = failure
            .as_ref()
            .and_then(|failure| failure.summary.clone().or_else(|| (!is_external).then(in_short)));
        let (code, long, rule_id) = failure.map_or((None, None, None), |failure| {
            let long = Some(failure.description).filter(|text| !text.is_empty());
            (failure.code, long, failure.rule_id.filter(|id| !is_stop(id)))
        });
        let loan_id = match &interaction.loan_ids[..] {
            [only] => Some(only.clone()),
            _ => None,
        };
        Ok(Self {
            id: interaction.id,
            external_id: interaction.external_id,
            is_external,
            person_id: interaction.person_id,
            person_external_id: interaction.external_ids.person.clone(),
            contact_external_id: interaction.external_ids.contact.clone(),
            loan_external_ids: interaction.external_ids.of_loans(&interaction.loan_ids),
            borrower: person.map(Borrower::from),
            contact,
            received_at: interaction.ours,
            contact_id: interaction.contact_id,
            channel: interaction.channel,
            direction: interaction.direction,
            subject: interaction.subject,
            theme: interaction.theme,
            purpose: interaction.circumstances.purpose,
            prior_consent: interaction.circumstances.prior_consent,
            borrower_selected_theme: record.borrower_selected_theme,
            loan_id,
            loan_ids: interaction.loan_ids,
            case_id: interaction.case_id,
            statement_id: interaction.statement_id,
            content: Some(content).filter(|content| !content.is_empty()),
            enclosures,
            letter,
            is_unproven: interaction.unproven,
            attachments: interaction.attachments,
            sensitive: interaction.sensitive,
            supercase_bulk_operation_id: interaction.supercase_bulk_operation_id,
            previous_interaction_id: interaction.circumstances.reply_to,
            status: interaction.state.status,
            status_details: interaction.state.details,
            agent_outcome: record.agent_outcome,
            is_transactional: interaction.transactional,
            started_at: own_start.or(record.started_at),
            ended_at: record.ended_at,
            send_at: interaction.send_at,
            scheduled_at_from: interaction.send_at.or(record.scheduled_at_from),
            scheduled_at_to: record.scheduled_at_to,
            failure_description_short: short,
            failure_description_long: long,
            twilio_error_code: code.filter(|_| is_twilios),
            compliance_guard_rule_id: rule_id,
            meta_data: record.meta_data,
            created_at: interaction.created_at,
            updated_at: interaction.updated_at,
            deleted_at: None,
        })
    }
}

/// What an interaction says, as far as this caller may know: nothing, if it is sensitive and the caller may only view.
pub(crate) async fn content_for(
    app: &App,
    caller: &Caller,
    interaction: &Interaction,
) -> Result<Map<String, Value>, Error> {
    if is_kept_from(caller, interaction) {
        return Ok(Map::new());
    }
    app.objects.content(&interaction.content).await
}

/// `emailBounced` in words: `Email bounced`.
fn words(camel: &str) -> String {
    let mut words = String::with_capacity(camel.len() + 8);
    for (at, letter) in camel.chars().enumerate() {
        match letter {
            letter if at == 0 => words.push(letter.to_ascii_uppercase()),
            letter if letter.is_ascii_uppercase() => words.extend([' ', letter.to_ascii_lowercase()]),
            letter => words.push(letter),
        }
    }
    words
}

/// The document's example, of what a caller may say.
fn example_body() -> Value {
    json!({
        "channel": "voice",
        "content": { "contentText": "Asked for a later due date." },
        "contactId": "CT-AAAA-BBBB",
        "loanId": "LN-AAAA-BBBB",
        "theme": "opsCollDebt",
        "sensitive": false,
        "externalId": "call-7341",
        "status": "succeeded",
        "statusDetails": "voiceSpokeWithFirstParty",
        "agentOutcome": "voiceSpokeWithFirstParty",
        "metaData": { "queue": "early stage" },
        "isTransactional": false,
        "direction": "outbound",
        "startedAt": "2019-08-24T14:15:22Z",
        "endedAt": "2019-08-24T14:19:02Z",
    })
}

/// One with nobody known.
pub(crate) fn example_unbound() -> Value {
    json!({
        "channel": "voice",
        "content": { "contentText": "Asked how to pay; gave no name." },
        "theme": "inbPayments",
        "status": "succeeded",
        "direction": "inbound",
        "startedAt": "2019-08-24T14:15:22Z",
    })
}

/// The same as an answer.
pub(crate) fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("IN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST")),
            ("isExternal", json!(true)),
            ("personId", json!("BO-AAAA-BBBB")),
            ("personExternalId", json!("john")),
            ("contactExternalId", Value::Null),
            ("loanExternalIds", json!(["LN-0001"])),
            ("borrower", example_borrower()),
            ("contact", example_contact()),
            ("subject", Value::Null),
            ("borrowerSelectedTheme", Value::Null),
            ("loanIds", json!(["LN-AAAA-BBBB"])),
            ("previousInteractionId", Value::Null),
            ("failureDescriptionShort", Value::Null),
            ("failureDescriptionLong", Value::Null),
            ("twilioErrorCode", Value::Null),
            ("complianceGuardRuleId", Value::Null),
            ("createdAt", json!("2019-08-24T14:19:05Z")),
            ("updatedAt", json!("2019-08-24T14:19:05Z")),
            ("deletedAt", Value::Null),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}

fn example_borrower() -> Value {
    json!({
        "id": "BO-AAAA-BBBB",
        "externalId": "john",
        "firstName": "John",
        "lastName": "Doe",
        "status": "active",
        "language": "en",
        "timeZone": "America/Chicago",
        "communicationPreference": { "preferred": "email", "optedOut": [] },
        "metaData": {},
        "createdAt": "2019-08-01T00:00:00Z",
        "updatedAt": "2019-08-01T00:00:00Z",
    })
}

fn example_contact() -> Value {
    json!({
        "id": "CT-AAAA-BBBB",
        "value": "+13125550142",
        "externalId": null,
        "contactType": "phone",
        "label": "personal",
        "affiliation": "self",
        "status": "primary",
        "valid": true,
        "verified": false,
        "receiveTextMessages": true,
        "authorizedThirdParty": false,
    })
}

/// The same in its envelope.
pub(crate) fn example_answer(status: u16, message: &str) -> Value {
    json!({ "status": status, "message": message, "data": example_view() })
}
