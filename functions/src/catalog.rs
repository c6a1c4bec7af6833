//! Every function of the system, once. Lambdas, routes, roles, the OpenAPI document and the local system come from here.

use domain::{tenant::Role, vocabulary::SendingChannel};
use futures::future::BoxFuture;
use lambda_http::{Body, Response, http::Method};
use platform::{app::App, http, queues::Queue};
use serde_json::Value;

use crate::openapi::Operation;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// `<family>-<verb>`: the binary, and the last part of the Lambda's name.
    pub name: &'static str,
    /// What calls it, and what answers.
    pub trigger: Trigger,
}

/// What calls a function.
#[derive(Clone, Copy)]
pub enum Trigger {
    /// A route of the API, behind the authorizer.
    Api(Api),
    /// A provider, on a function URL.
    Webhook(Api),
    /// API Gateway, before every route that asks for a role.
    Authorizer,
    /// A queue.
    Queue {
        /// Which.
        queue: Queue,
        /// Does one message's work.
        handler: QueueHandler,
    },
    /// A schedule.
    Schedule {
        /// In seconds.
        every: u32,
        /// Does the work of one tick.
        handler: ScheduleHandler,
    },
    /// Whoever runs the installation, by `aws lambda invoke`.
    Invoke(InvokeHandler),
}

/// A route.
#[derive(Clone, Copy)]
pub struct Api {
    /// Its method.
    pub method: &'static Method,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// The least role that may call it; `None` for everybody.
    pub role: Option<Role>,
    /// Who answers.
    pub handler: http::Handler,
    /// The longest body it reads, in bytes.
    pub max_body: usize,
    /// What the OpenAPI document says about it.
    pub describe: fn() -> Operation,
}

impl Api {
    /// What the frame of every HTTP function must know.
    pub fn route(self) -> http::Route {
        http::Route { role: self.role, handler: self.handler, max_body: self.max_body }
    }
}

/// Does the work of one queue message; an error brings the message back.
pub type QueueHandler = for<'a> fn(&'a App, &'a str) -> BoxFuture<'a, Result<(), domain::Error>>;
/// Does the work of one tick.
pub type ScheduleHandler = for<'a> fn(&'a App) -> BoxFuture<'a, Result<(), domain::Error>>;
/// Answers a direct call.
pub type InvokeHandler = for<'a> fn(&'a App, Value) -> BoxFuture<'a, Result<Value, domain::Error>>;

/// The answer of an HTTP handler.
pub type Answer = Result<Response<Body>, domain::Error>;

macro_rules! functions {
    ($($(#[$doc:meta])* $constant:ident $name:literal $kind:ident($($argument:expr),* $(,)?) => $($module:ident)::+;)*) => {
        $(
            $(#[$doc])*
            pub const $constant: Function = Function { name: $name, trigger: functions!(@$kind($($argument),*) $($module)::+) };
        )*
        /// Every function.
        pub const ALL: &[Function] = &[$($constant),*];
    };
    (@api($method:expr, $path:expr, $role:expr $(, $max_body:expr)?) $($module:ident)::+) => {
        Trigger::Api(functions!(@route($method, $path, $role $(, $max_body)?) $($module)::+))
    };
    (@webhook($method:expr, $path:expr) $($module:ident)::+) => {
        Trigger::Webhook(functions!(@route($method, $path, None) $($module)::+))
    };
    (@route($method:expr, $path:expr, $role:expr) $($module:ident)::+) => {
        functions!(@route($method, $path, $role, http::MAX_BODY) $($module)::+)
    };
    (@route($method:expr, $path:expr, $role:expr, $max_body:expr) $($module:ident)::+) => {
        Api {
            method: &$method,
            path: $path,
            role: $role,
            handler: {
                fn call<'a>(app: &'a App, request: &'a http::Request) -> BoxFuture<'a, Answer> {
                    Box::pin(crate::$($module)::+::handle(app, request))
                }
                call
            },
            max_body: $max_body,
            describe: crate::$($module)::+::describe,
        }
    };
    (@authorizer() $($module:ident)::+) => { Trigger::Authorizer };
    (@queue($queue:expr) $($module:ident)::+) => {
        Trigger::Queue {
            queue: $queue,
            handler: {
                fn call<'a>(app: &'a App, body: &'a str) -> BoxFuture<'a, Result<(), domain::Error>> {
                    Box::pin(crate::$($module)::+::handle(app, body))
                }
                call
            },
        }
    };
    (@schedule($every:expr) $($module:ident)::+) => {
        Trigger::Schedule {
            every: $every,
            handler: {
                fn call(app: &App) -> BoxFuture<'_, Result<(), domain::Error>> {
                    Box::pin(crate::$($module)::+::handle(app))
                }
                call
            },
        }
    };
    (@invoke() $($module:ident)::+) => {
        Trigger::Invoke({
            fn call(app: &App, input: Value) -> BoxFuture<'_, Result<Value, domain::Error>> {
                Box::pin(crate::$($module)::+::handle(app, input))
            }
            call
        })
    };
}

const VIEWER: Option<Role> = Some(Role::Viewer);
const LOAN_OFFICER: Option<Role> = Some(Role::LoanOfficer);
const ADMIN: Option<Role> = Some(Role::Admin);

functions! {
    /// 000 · List templates.
    TEMPLATES_LIST "communication-templates-list" api(Method::GET, "/api/v1/communication-templates", VIEWER) => templates::list;
    /// 000 · Get a template.
    TEMPLATES_GET "communication-templates-get" api(Method::GET, "/api/v1/communication-templates/{id}", VIEWER) => templates::get;
    /// 000 · Create a template.
    TEMPLATES_CREATE "communication-templates-create" api(Method::POST, "/api/v1/communication-templates", ADMIN) => templates::create;
    /// 000 · Update a template: a new active version.
    TEMPLATES_UPDATE "communication-templates-update" api(Method::PUT, "/api/v1/communication-templates/{id}", ADMIN) => templates::update;
    /// 000 · Archive a template.
    TEMPLATES_ARCHIVE "communication-templates-archive" api(Method::DELETE, "/api/v1/communication-templates/{id}", ADMIN) => templates::archive;

    /// 002 · List template descriptors.
    TEMPLATE_DESCRIPTORS_LIST "template-descriptors-list" api(Method::GET, "/communicator/templatedescriptors", VIEWER) => template_descriptors::list;
    /// 002 · Create a template descriptor.
    TEMPLATE_DESCRIPTORS_CREATE "template-descriptors-create" api(Method::POST, "/communicator/templatedescriptors", ADMIN) => template_descriptors::create;
    /// 002 · Get a template descriptor.
    TEMPLATE_DESCRIPTORS_GET "template-descriptors-get" api(Method::GET, "/communicator/templatedescriptors/{id}", VIEWER) => template_descriptors::get;
    /// 002 · Update a template descriptor.
    TEMPLATE_DESCRIPTORS_UPDATE "template-descriptors-update" api(Method::PUT, "/communicator/templatedescriptors/{id}", ADMIN) => template_descriptors::update;
    /// 002 · List the versions of a template.
    TEMPLATE_DESCRIPTORS_VERSIONS "template-descriptors-versions" api(Method::GET, "/communicator/templatedescriptors/{id}/templates", VIEWER) => template_descriptors::versions;
    /// 002 · List template versions by pages.
    TEMPLATE_VERSIONS_LIST "template-versions-list" api(Method::GET, "/v2/communicator/templates", VIEWER) => template_versions::list;
    /// 002 · List all template versions at once (deprecated).
    TEMPLATE_VERSIONS_LIST_ALL "template-versions-list-all" api(Method::GET, "/communicator/templates", VIEWER) => template_versions::list_all;
    /// 002 · Create a template version.
    TEMPLATE_VERSIONS_CREATE "template-versions-create" api(Method::POST, "/communicator/templates", ADMIN) => template_versions::create;
    /// 002 · Get a template version.
    TEMPLATE_VERSIONS_GET "template-versions-get" api(Method::GET, "/communicator/templates/{id}", VIEWER) => template_versions::get;
    /// 002 · Update a template version.
    TEMPLATE_VERSIONS_UPDATE "template-versions-update" api(Method::PUT, "/communicator/templates/{id}", ADMIN) => template_versions::update;
    /// 002 · Put a template version into use.
    TEMPLATE_VERSIONS_ACTIVATE "template-versions-activate" api(Method::POST, "/communicator/templates/{id}/activate", ADMIN) => template_versions::activate;
    /// 002 · List the context variables of a template version.
    TEMPLATE_VERSIONS_CONTEXT_VARIABLES "template-versions-context-variables" api(Method::GET, "/communicator/templates/{id}/context-variables", VIEWER) => template_versions::context_variables;
    /// 002 · Render a template version.
    TEMPLATE_VERSIONS_RENDER "template-versions-render" api(Method::POST, "/communicator/templates/{id}/render", VIEWER) => template_versions::render;
    /// 002 · Render a template version to a file.
    TEMPLATE_VERSIONS_RENDER_FILE "template-versions-render-file" api(Method::POST, "/communicator/templates/{id}/render-file", VIEWER) => template_versions::render_file;
    /// 002 · Export templates.
    TEMPLATE_VERSIONS_EXPORT "template-versions-export" api(Method::GET, "/communicator/templates/export", ADMIN) => template_versions::export;
    /// 002 · Import templates.
    TEMPLATE_VERSIONS_IMPORT "template-versions-import" api(Method::POST, "/communicator/templates/import", ADMIN, http::MAX_LARGE_BODY) => template_versions::import;
    /// List shared templates.
    SHARED_TEMPLATES_LIST "shared-templates-list" api(Method::GET, "/communicator/shared-templates", VIEWER) => shared_templates::list;
    /// Get a shared template.
    SHARED_TEMPLATES_GET "shared-templates-get" api(Method::GET, "/communicator/shared-templates/{name}", VIEWER) => shared_templates::get;
    /// Create or replace a shared template.
    SHARED_TEMPLATES_PUT "shared-templates-put" api(Method::PUT, "/communicator/shared-templates/{name}", ADMIN) => shared_templates::put;
    /// Remove a shared template.
    SHARED_TEMPLATES_DELETE "shared-templates-delete" api(Method::DELETE, "/communicator/shared-templates/{name}", ADMIN) => shared_templates::delete;

    /// 001 · Render the template for a subject as JSON.
    COMMUNICATOR_PREVIEW "communicator-preview" api(Method::POST, "/communicator/preview", VIEWER) => communicator::preview;
    /// 001 · Render the template for a subject to a file.
    COMMUNICATOR_RENDER "communicator-render" api(Method::POST, "/communicator/render", VIEWER) => communicator::render;
    /// 001 · Render the template for a subject into a document.
    COMMUNICATOR_RENDER_TO_DOCUMENT "communicator-render-to-document" api(Method::POST, "/communicator/render-to-document", LOAN_OFFICER) => communicator::render_to_document;
    /// 001 · Preview a free-form e-mail.
    COMMUNICATOR_PREVIEW_FREE_FORM_EMAIL "communicator-preview-free-form-email" api(Method::POST, "/communicator/preview-free-form-email", VIEWER) => communicator::preview_free_form_email;

    /// 000 · Send to one borrower.
    COMMUNICATIONS_SEND "communications-send" api(Method::POST, "/api/v1/communications/send", LOAN_OFFICER) => communications::send;
    /// 000 · Send to many borrowers.
    COMMUNICATIONS_SEND_BATCH "communications-send-batch" api(Method::POST, "/api/v1/communications/send-batch", LOAN_OFFICER) => communications::send_batch;
    /// Progress of a batch.
    BATCHES_GET "batches-get" api(Method::GET, "/api/v1/communications/batches/{id}", VIEWER) => communications::batch_get;
    /// What became of each borrower of a batch.
    BATCHES_RESULTS "batches-results" api(Method::GET, "/api/v1/communications/batches/{id}/results", VIEWER) => communications::batch_results;
    /// Call a batch off.
    BATCHES_CANCEL "batches-cancel" api(Method::POST, "/api/v1/communications/batches/{id}/cancel", LOAN_OFFICER) => communications::batch_cancel;
    /// 000 · Render without sending.
    COMMUNICATIONS_PREVIEW "communications-preview" api(Method::POST, "/api/v1/communications/preview", VIEWER) => communications::preview;
    /// 000 · May this borrower be contacted?
    COMMUNICATIONS_CAN_INTERACT "communications-can-interact" api(Method::POST, "/api/v1/communications/can-interact", VIEWER) => communications::can_interact;

    /// May these borrowers be contacted?
    COMMUNICATIONS_CAN_INTERACT_BATCH "communications-can-interact-batch" api(Method::POST, "/api/v1/communications/can-interact/batch", VIEWER) => communications::can_interact_batch;

    /// Compliance Guard · Can interact: may this person be contacted?
    PEOPLE_CAN_INTERACT "people-can-interact" api(Method::POST, "/people/{id}/can-interact", VIEWER) => compliance::can_interact;
    /// Compliance Guard · Can interact, for many: may these people be contacted?
    PEOPLE_CAN_INTERACT_BATCH "people-can-interact-batch" api(Method::POST, "/people/can-interact", VIEWER) => compliance::can_interact_batch;
    /// 001 · Record an interaction others had.
    INTERACTIONS_CREATE "interactions-create" api(Method::POST, "/people/{id}/interactions", LOAN_OFFICER) => interactions::create;
    /// 001 · List a person's interactions.
    INTERACTIONS_LIST "interactions-list" api(Method::GET, "/people/{id}/interactions", VIEWER) => interactions::list;
    /// 001 · Get an interaction.
    INTERACTIONS_GET "interactions-get" api(Method::GET, "/interactions/{id}", VIEWER) => interactions::get;
    /// 001 · Update an interaction.
    INTERACTIONS_UPDATE "interactions-update" api(Method::PUT, "/interactions/{id}", LOAN_OFFICER) => interactions::update;
    /// The guard's decision about a message, as it was made.
    INTERACTIONS_EXPLAIN "interactions-explain" api(Method::GET, "/interactions/{id}/compliance", VIEWER) => compliance::interaction_explain;
    /// The outreach rules, as they stand with the tenant.
    COMPLIANCE_RULES_LIST "compliance-rules-list" api(Method::GET, "/compliance/rules", VIEWER) => compliance::rules_list;
    /// Add a rule of the lender's own; tighten or disable one of the law's.
    COMPLIANCE_RULES_PUT "compliance-rules-put" api(Method::PUT, "/compliance/rules/{ruleId}", ADMIN) => compliance::rules_put;
    /// Remove a rule of the lender's own, or what was changed about one of the law's.
    COMPLIANCE_RULES_REMOVE "compliance-rules-remove" api(Method::DELETE, "/compliance/rules/{ruleId}", ADMIN) => compliance::rules_remove;
    /// Who changed the rules, when and why.
    COMPLIANCE_RULES_AUDIT "compliance-rules-audit" api(Method::GET, "/compliance/rules/audit", VIEWER) => compliance::rules_audit;

    /// 000 · List the communication log.
    LOGS_LIST "communication-logs-list" api(Method::GET, "/api/v1/communication-logs", VIEWER) => logs::list;
    /// 000 · Get a log entry.
    LOGS_GET "communication-logs-get" api(Method::GET, "/api/v1/communication-logs/{id}", VIEWER) => logs::get;

    /// Create a person, or change what is known of one.
    PEOPLE_UPSERT "people-upsert" api(Method::PUT, "/people/{id}", ADMIN) => people::upsert;
    /// Create a person under an id of ours.
    PEOPLE_CREATE "people-create" api(Method::POST, "/people", ADMIN) => people::create;
    /// Create or change up to 500 people.
    PEOPLE_BULK_UPSERT "people-bulk-upsert" api(Method::POST, "/people/bulk", ADMIN, http::MAX_LARGE_BODY) => people::bulk_upsert;
    /// Get a person with all facts.
    PEOPLE_GET "people-get" api(Method::GET, "/people/{id}", VIEWER) => people::get;
    /// A person's contacts.
    CONTACTS_LIST "contacts-list" api(Method::GET, "/people/{id}/contacts", VIEWER) => people::contacts_list;
    /// Add a contact.
    CONTACTS_CREATE "contacts-create" api(Method::POST, "/people/{id}/contacts", LOAN_OFFICER) => people::contacts_create;
    /// Change a contact.
    CONTACTS_UPDATE "contacts-update" api(Method::PUT, "/people/{id}/contacts/{contactId}", LOAN_OFFICER) => people::contacts_update;
    /// A person's loans.
    LOANS_LIST "loans-list" api(Method::GET, "/people/{id}/loans", VIEWER) => people::loans_list;
    /// Add or change a loan.
    LOANS_UPSERT "loans-upsert" api(Method::PUT, "/people/{id}/loans/{loanId}", ADMIN) => people::loans_upsert;
    /// A person's consents and revocations.
    CONSENTS_LIST "consents-list" api(Method::GET, "/people/{id}/consents", VIEWER) => people::consents_list;
    /// Record a consent or a revocation.
    CONSENTS_RECORD "consents-record" api(Method::POST, "/people/{id}/consents", LOAN_OFFICER) => people::consents_record;
    /// Set which channels a person wants.
    PREFERENCES_SET "preferences-set" api(Method::PUT, "/people/{id}/communication-preference", LOAN_OFFICER) => people::preferences_set;
    /// Forbid contact with a person.
    DO_NOT_CONTACT_SET "do-not-contact-set" api(Method::PUT, "/people/{id}/do-not-contact", LOAN_OFFICER) => people::do_not_contact_set;
    /// Allow contact with a person again.
    DO_NOT_CONTACT_CLEAR "do-not-contact-clear" api(Method::DELETE, "/people/{id}/do-not-contact", LOAN_OFFICER) => people::do_not_contact_clear;

    /// A person's statements.
    STATEMENTS_LIST "statements-list" api(Method::GET, "/people/{id}/statements", VIEWER) => statements::list;
    /// Get a statement.
    STATEMENTS_GET "statements-get" api(Method::GET, "/people/{id}/statements/{statementId}", VIEWER) => statements::get;
    /// Add or change a statement.
    STATEMENTS_UPSERT "statements-upsert" api(Method::PUT, "/people/{id}/statements/{statementId}", ADMIN) => statements::upsert;

    /// A person's documents.
    DOCUMENTS_LIST "documents-list" api(Method::GET, "/people/{id}/documents", VIEWER) => documents::list;
    /// Get a document.
    DOCUMENTS_GET "documents-get" api(Method::GET, "/people/{id}/documents/{documentId}", VIEWER) => documents::get;
    /// Make a document that holds nothing yet.
    DOCUMENTS_CREATE "documents-create" api(Method::POST, "/people/{id}/documents", LOAN_OFFICER) => documents::create;
    /// Download what a document holds.
    DOCUMENTS_DOWNLOAD "documents-download" api(Method::GET, "/people/{id}/documents/{documentId}/content", VIEWER) => documents::download;
    /// Upload a file into a document.
    DOCUMENTS_UPLOAD "documents-upload" api(Method::PUT, "/people/{id}/documents/{documentId}/content", LOAN_OFFICER, platform::documents::MAX_UPLOAD) => documents::upload;

    /// 001 · List subject descriptors.
    SUBJECTS_LIST "subjects-list" api(Method::GET, "/communicator/subjects", VIEWER) => subjects::list;
    /// 001 · Get subject descriptor.
    SUBJECTS_GET "subjects-get" api(Method::GET, "/communicator/subjects/{subject}", VIEWER) => subjects::get;
    /// 001 · Update subject descriptor.
    SUBJECTS_UPDATE "subjects-update" api(Method::PUT, "/communicator/subjects/{subject}", ADMIN) => subjects::update;

    /// The tenant's settings.
    SETTINGS_GET "settings-get" api(Method::GET, "/settings", VIEWER) => admin::settings_get;
    /// Change the tenant's settings.
    SETTINGS_UPDATE "settings-update" api(Method::PUT, "/settings", ADMIN) => admin::settings_update;
    /// The tenant's API keys.
    API_KEYS_LIST "api-keys-list" api(Method::GET, "/api-keys", ADMIN) => admin::api_keys_list;
    /// Make an API key; its secret is shown once.
    API_KEYS_CREATE "api-keys-create" api(Method::POST, "/api-keys", ADMIN) => admin::api_keys_create;
    /// Switch an API key off.
    API_KEYS_REVOKE "api-keys-revoke" api(Method::DELETE, "/api-keys/{id}", ADMIN) => admin::api_keys_revoke;
    /// Create or change a tenant, with its senders and token issuers.
    TENANTS_PROVISION "tenants-provision" invoke() => admin::tenants_provision;

    /// The OpenAPI document.
    OPENAPI_GET "openapi-get" api(Method::GET, "/openapi.json", None) => admin::openapi_get;
    /// Whether the system is there.
    HEALTHZ_GET "healthz-get" api(Method::GET, "/healthz", None) => admin::healthz;

    /// Establishes who is calling.
    AUTHORIZER "authorizer" authorizer() => authorizer;
    /// 000 · Delivery reports of providers; the provider is told by its signature header.
    WEBHOOKS_DELIVERY_STATUS "webhooks-delivery-status" webhook(Method::POST, "/api/v1/communications/webhooks/delivery-status") => webhooks::delivery_status;

    /// Sends e-mail.
    DISPATCH_EMAIL "dispatch-email" queue(Queue::Dispatch(SendingChannel::Email)) => consumers::dispatch;
    /// Sends texts.
    DISPATCH_TEXT "dispatch-text" queue(Queue::Dispatch(SendingChannel::Text)) => consumers::dispatch;
    /// Works batches off.
    BATCHES_WORK "batches-work" queue(Queue::Batches) => consumers::batches;
    /// Takes providers' reports in.
    SETTLE "settle" queue(Queue::Settlements) => consumers::settle;
    /// Hands out what is due: scheduled, to be retried, or orphaned by a crash.
    RELEASE "release" schedule(60) => schedules::release;
}
