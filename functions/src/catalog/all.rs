//! Every function, a line for each.

use domain::vocabulary::{Role, SendingChannel};
use futures::future::BoxFuture;
use lambda_http::http::{HeaderMap, Method};
use platform::{
    app::App,
    http,
    needs::Need,
    parts::Parts,
    queues::Queue,
    store::changes::{FOLLOWED, RawChange},
};
use serde_json::{Map, Value};

use super::{
    Answer, Api, Function, Trigger,
    declare::{functions, hyphenated, text},
};

const VIEWER: Option<Role> = Some(Role::Viewer);
const LOAN_OFFICER: Option<Role> = Some(Role::LoanOfficer);
const ADMIN: Option<Role> = Some(Role::Admin);

functions! {
    templates {
        /// 000 · List templates.
        communication_templates::list => api(Method::GET, "/api/v1/communication-templates", VIEWER);
        /// 000 · Get a template.
        communication_templates::get => api(Method::GET, "/api/v1/communication-templates/{id}", VIEWER);
        /// 000 · Create a template.
        communication_templates::create => api(Method::POST, "/api/v1/communication-templates", ADMIN);
        /// 000 · Update a template: a new active version.
        communication_templates::update => api(Method::PUT, "/api/v1/communication-templates/{id}", ADMIN);
        /// 000 · Archive a template.
        communication_templates::archive => api(Method::DELETE, "/api/v1/communication-templates/{id}", ADMIN);
        /// 002 · List template descriptors.
        template_descriptors::list => api(Method::GET, "/communicator/templatedescriptors", VIEWER);
        /// 002 · Create a template descriptor.
        template_descriptors::create => api(Method::POST, "/communicator/templatedescriptors", ADMIN);
        /// 002 · Get a template descriptor.
        template_descriptors::get => api(Method::GET, "/communicator/templatedescriptors/{id}", VIEWER);
        /// 002 · Update a template descriptor.
        template_descriptors::update => api(Method::PUT, "/communicator/templatedescriptors/{id}", ADMIN);
        /// 002 · List the versions of a template.
        template_descriptors::versions => api(Method::GET, "/communicator/templatedescriptors/{id}/templates", VIEWER);
        /// 002 · List template versions by pages.
        template_versions::list => api(Method::GET, "/v2/communicator/templates", VIEWER);
        /// 002 · List all template versions at once (deprecated).
        template_versions::list_all => api(Method::GET, "/communicator/templates", VIEWER);
        /// 002 · Create a template version.
        template_versions::create => api(Method::POST, "/communicator/templates", ADMIN);
        /// 002 · Get a template version.
        template_versions::get => api(Method::GET, "/communicator/templates/{id}", VIEWER);
        /// 002 · Update a template version.
        template_versions::update => api(Method::PUT, "/communicator/templates/{id}", ADMIN);
        /// 002 · Put a template version into use.
        template_versions::activate => api(Method::POST, "/communicator/templates/{id}/activate", ADMIN);
        /// 002 · List the context variables of a template version.
        template_versions::context_variables => api(Method::GET, "/communicator/templates/{id}/context-variables", VIEWER);
        /// 002 · Render a template version.
        template_versions::render => api(Method::POST, "/communicator/templates/{id}/render", VIEWER);
        /// 002 · Export templates.
        template_versions::export => api(Method::GET, "/communicator/templates/export", ADMIN);
        /// 002 · Import templates.
        template_versions::import => api(Method::POST, "/communicator/templates/import", ADMIN, http::MAX_LARGE_BODY);
        /// List shared templates.
        shared_templates::list => api(Method::GET, "/communicator/shared-templates", VIEWER);
        /// Get a shared template.
        shared_templates::get => api(Method::GET, "/communicator/shared-templates/{name}", VIEWER);
        /// Create or replace a shared template.
        shared_templates::put => api(Method::PUT, "/communicator/shared-templates/{name}", ADMIN);
        /// Remove a shared template.
        shared_templates::delete => api(Method::DELETE, "/communicator/shared-templates/{name}", ADMIN);
    }

    communicator {
        /// 001 · Render the template for a subject as JSON.
        communicator::preview => api(Method::POST, "/communicator/preview", VIEWER);
        /// 001 · Send a message.
        communicator::send => api(Method::POST, "/communicator/send", LOAN_OFFICER);
        /// 001 · Send a message to many.
        communicator::send_batch => api(Method::POST, "/communicator/send-batch", LOAN_OFFICER);
        /// 001 · Send an interaction again.
        communicator::resend => api(Method::POST, "/communicator/resend", LOAN_OFFICER);
        /// 001 · Send a free-form e-mail.
        communicator::send_free_form_email => api(Method::POST, "/communicator/send-free-form-email", LOAN_OFFICER);
        /// 001 · Send a confirmation code.
        communicator::send_confirmation_code => api(Method::POST, "/communicator/send-confirmation-code", LOAN_OFFICER);
        /// 001 · Receive a message.
        communicator::receive => api(Method::POST, "/communicator/receive", LOAN_OFFICER);
        /// 001 · Preview a free-form e-mail.
        communicator::preview_free_form_email => api(Method::POST, "/communicator/preview-free-form-email", VIEWER);
        /// 001 · List subject descriptors.
        subjects::list => api(Method::GET, "/communicator/subjects", VIEWER);
        /// 001 · Get subject descriptor.
        subjects::get => api(Method::GET, "/communicator/subjects/{subject}", VIEWER);
        /// 001 · Update subject descriptor.
        subjects::update => api(Method::PUT, "/communicator/subjects/{subject}", ADMIN);
    }

    communications {
        /// 000 · Send to one borrower.
        communications::send => api(Method::POST, "/api/v1/communications/send", LOAN_OFFICER);
        /// 000 · Send to many borrowers.
        communications::send_batch => api(Method::POST, "/api/v1/communications/send-batch", LOAN_OFFICER);
        /// List batches.
        batches::list => api(Method::GET, "/api/v1/communications/batches", VIEWER);
        /// Progress of a batch.
        batches::get => api(Method::GET, "/api/v1/communications/batches/{id}", VIEWER);
        /// What became of each borrower of a batch.
        batches::results => api(Method::GET, "/api/v1/communications/batches/{id}/results", VIEWER);
        /// Cancel a batch.
        batches::cancel => api(Method::POST, "/api/v1/communications/batches/{id}/cancel", LOAN_OFFICER);
        /// 000 · Render without sending.
        communications::preview => api(Method::POST, "/api/v1/communications/preview", VIEWER);
    }

    compliance {
        /// 000 · May this borrower be contacted?
        communications::can_interact => api(Method::POST, "/api/v1/communications/can-interact", VIEWER);
        /// May these borrowers be contacted?
        communications::can_interact_batch => api(Method::POST, "/api/v1/communications/can-interact/batch", VIEWER);
        /// Compliance Guard · Can interact: may this person be contacted?
        people::can_interact => api(Method::POST, "/people/{id}/can-interact", VIEWER);
        /// Compliance Guard · Can interact, for many: may these people be contacted?
        people::can_interact_batch => api(Method::POST, "/people/can-interact", VIEWER);
        /// How much of each limit on contacts with a person is used.
        people::limits => api(Method::GET, "/people/{id}/limits", VIEWER);
        /// The outreach rules, as they stand with the tenant.
        compliance_rules::list => api(Method::GET, "/compliance/rules", VIEWER);
        /// Add a rule of the lender's own; tighten or disable one of the law's.
        compliance_rules::put => api(Method::PUT, "/compliance/rules/{ruleId}", ADMIN);
        /// Remove a rule of the lender's own, or what was changed about one of the law's.
        compliance_rules::remove => api(Method::DELETE, "/compliance/rules/{ruleId}", ADMIN);
        /// Who changed the rules, when and why.
        compliance_rules::audit => api(Method::GET, "/compliance/rules/audit", VIEWER);
        /// How many people may be contacted, when the rest may, and what is in the way, also by rules that were changed for the question.
        compliance_rules::what_if => api(Method::POST, "/compliance/what-if", VIEWER);
        /// Record that the lender's counsel signed off a version of the rules.
        sign_offs::create => api(Method::POST, "/compliance/sign-offs", ADMIN);
        /// Who signed which version of the rules, and when.
        sign_offs::list => api(Method::GET, "/compliance/sign-offs", VIEWER);
    }

    interactions {
        /// 001 · Record an interaction others had.
        interactions::create => api(Method::POST, "/people/{id}/interactions", LOAN_OFFICER);
        /// 001 · List a person's interactions.
        interactions::list => api(Method::GET, "/people/{id}/interactions", VIEWER);
        /// 001 · Record an interaction with somebody unknown.
        unbound_interactions::create => api(Method::POST, "/interactions", LOAN_OFFICER);
        /// 001 · List interactions with somebody unknown.
        unbound_interactions::list => api(Method::GET, "/interactions", VIEWER);
        /// 001 · Get an interaction.
        interactions::get => api(Method::GET, "/interactions/{id}", VIEWER);
        /// What a person and the lender wrote to one another.
        conversations::get => api(Method::GET, "/people/{id}/conversation", VIEWER);
        /// A person's notices inside your application.
        in_app::list => api(Method::GET, "/in-app/{userId}", VIEWER);
        /// A notice was read.
        in_app::read => api(Method::POST, "/in-app/{userId}/{id}/read", LOAN_OFFICER);
        /// All of a person's notices were read.
        in_app::read_all => api(Method::POST, "/in-app/{userId}/read-all", LOAN_OFFICER);
        /// Download a file that came in with a message.
        enclosures::download => api(Method::GET, "/interactions/{id}/enclosures/{number}", VIEWER);
        /// Download the pages of a letter.
        interactions::letter => api(Method::GET, "/interactions/{id}/letter", VIEWER);
        /// 001 · Update an interaction.
        interactions::update => api(Method::PUT, "/interactions/{id}", LOAN_OFFICER);
        /// Send a message again that failed, and say why.
        interactions::retry => api(Method::POST, "/interactions/{id}/retry", LOAN_OFFICER);
        /// The guard's decision about a message, as it was made.
        interactions::explain => api(Method::GET, "/interactions/{id}/compliance", VIEWER);
        /// 000 · List the communication log.
        communication_logs::list => api(Method::GET, "/api/v1/communication-logs", VIEWER);
        /// 000 · Get a log entry.
        communication_logs::get => api(Method::GET, "/api/v1/communication-logs/{id}", VIEWER);
        /// How many messages came how far, by day and channel.
        statistics::messages => api(Method::GET, "/statistics/messages", VIEWER);
    }

    inbox {
        /// What came in and waits for somebody.
        tasks::list => api(Method::GET, "/tasks", VIEWER);
        /// Get a task.
        tasks::get => api(Method::GET, "/tasks/{id}", VIEWER);
        /// Claim a task, give it back, end it, note something.
        tasks::update => api(Method::PUT, "/tasks/{id}", LOAN_OFFICER);
        /// 000 · List auto-response rules.
        auto_responses::list => api(Method::GET, "/api/v1/auto-responses", VIEWER);
        /// 000 · Get an auto-response rule.
        auto_responses::get => api(Method::GET, "/api/v1/auto-responses/{id}", VIEWER);
        /// 000 · Create an auto-response rule.
        auto_responses::create => api(Method::POST, "/api/v1/auto-responses", ADMIN);
        /// 000 · Update an auto-response rule.
        auto_responses::update => api(Method::PUT, "/api/v1/auto-responses/{id}", ADMIN);
        /// 000 · Delete an auto-response rule.
        auto_responses::delete => api(Method::DELETE, "/api/v1/auto-responses/{id}", ADMIN);
        /// Try auto-response rules on a message.
        auto_responses::try_out => api(Method::POST, "/api/v1/auto-responses/test", VIEWER);
    }

    people {
        /// Find people by the lender's id, by an address, or by what changed.
        people::list => api(Method::GET, "/people", VIEWER);
        /// Create a person, or change what is known of one.
        people::upsert => api(Method::PUT, "/people/{id}", ADMIN);
        /// Create a person under an id of ours.
        people::create => api(Method::POST, "/people", ADMIN);
        /// Create or change up to 500 people.
        people::bulk_upsert => api(Method::POST, "/people/bulk", ADMIN, http::MAX_LARGE_BODY);
        /// Get a person with all facts.
        people::get => api(Method::GET, "/people/{id}", VIEWER);
        /// Erase a person on request.
        people::erase => api(Method::DELETE, "/people/{id}", ADMIN);
        /// Who was erased, when and why.
        erasures::list => api(Method::GET, "/erasures", VIEWER);
        /// A person's contacts.
        contacts::list => api(Method::GET, "/people/{id}/contacts", VIEWER);
        /// Add a contact.
        contacts::create => api(Method::POST, "/people/{id}/contacts", LOAN_OFFICER);
        /// Change a contact.
        contacts::update => api(Method::PUT, "/people/{id}/contacts/{contactId}", LOAN_OFFICER);
        /// A person's loans.
        loans::list => api(Method::GET, "/people/{id}/loans", VIEWER);
        /// Add or change a loan.
        loans::upsert => api(Method::PUT, "/people/{id}/loans/{loanId}", ADMIN);
        /// A person's open cases.
        cases::list => api(Method::GET, "/people/{id}/cases", VIEWER);
        /// Get a case.
        cases::get => api(Method::GET, "/people/{id}/cases/{caseId}", VIEWER);
        /// Add or change a case.
        cases::upsert => api(Method::PUT, "/people/{id}/cases/{caseId}", ADMIN);
        /// Forbid contact because of a case.
        do_not_interact::set => api(Method::PUT, "/people/{id}/cases/{caseId}/do-not-interact", LOAN_OFFICER);
        /// Allow contact again, as far as a case goes.
        do_not_interact::clear => api(Method::DELETE, "/people/{id}/cases/{caseId}/do-not-interact", LOAN_OFFICER);
        /// A person's consents and revocations.
        consents::list => api(Method::GET, "/people/{id}/consents", VIEWER);
        /// Record a consent or a revocation.
        consents::record => api(Method::POST, "/people/{id}/consents", LOAN_OFFICER);
        /// Set which channels a person wants.
        preferences::set => api(Method::PUT, "/people/{id}/communication-preference", LOAN_OFFICER);
        /// Forbid contact with a person.
        do_not_contact::set => api(Method::PUT, "/people/{id}/do-not-contact", LOAN_OFFICER);
        /// Allow contact with a person again.
        do_not_contact::clear => api(Method::DELETE, "/people/{id}/do-not-contact", LOAN_OFFICER);
        /// A person's statements.
        statements::list => api(Method::GET, "/people/{id}/statements", VIEWER);
        /// Get a statement.
        statements::get => api(Method::GET, "/people/{id}/statements/{statementId}", VIEWER);
        /// Add or change a statement.
        statements::upsert => api(Method::PUT, "/people/{id}/statements/{statementId}", ADMIN);
        /// A person's documents.
        documents::list => api(Method::GET, "/people/{id}/documents", VIEWER);
        /// Get a document.
        documents::get => api(Method::GET, "/people/{id}/documents/{documentId}", VIEWER);
        /// Make a document that holds nothing yet.
        documents::create => api(Method::POST, "/people/{id}/documents", LOAN_OFFICER);
        /// Download what a document holds.
        documents::download => api(Method::GET, "/people/{id}/documents/{documentId}/content", VIEWER);
        /// Upload a file into a document.
        documents::upload => api(Method::PUT, "/people/{id}/documents/{documentId}/content", LOAN_OFFICER, platform::documents::MAX_UPLOAD);
    }

    settings {
        /// Get the caller.
        me::get => api(Method::GET, "/me", VIEWER);
        /// The tenant's settings.
        settings::get => api(Method::GET, "/settings", VIEWER);
        /// Change the tenant's settings.
        settings::update => api(Method::PUT, "/settings", ADMIN);
        /// What the tenant's messages come from, and the state of the accounts they leave by.
        senders::list => api(Method::GET, "/senders", VIEWER);
        /// The tenant's API keys.
        api_keys::list => api(Method::GET, "/api-keys", ADMIN);
        /// Make an API key; its secret is shown once.
        api_keys::create => api(Method::POST, "/api-keys", ADMIN);
        /// Switch an API key off.
        api_keys::revoke => api(Method::DELETE, "/api-keys/{id}", ADMIN);
        /// Work that failed for good in its queue.
        dead_letters::list => api(Method::GET, "/dead-letters", ADMIN);
        /// Send work that failed for good back to its queue.
        dead_letters::retry => api(Method::POST, "/dead-letters/{id}/retry", ADMIN);
        /// Create or change a tenant, with its senders and token issuers.
        tenants::provision => invoke();
    }

    events {
        /// 003 · Take events of the core system.
        events::take => api(Method::POST, "/communications/events", LOAN_OFFICER, http::MAX_LARGE_BODY);
        /// 003 · Send a communication message.
        messages::create => api(Method::POST, "/communications/messages", LOAN_OFFICER);
        /// 003 · Get a communication message.
        messages::get => api(Method::GET, "/communications/messages/{encodedKey}", VIEWER);
        /// 003 · Search communication messages.
        messages::search => api(Method::POST, "/communications/messages:search", VIEWER);
        /// 003 · Search communication messages in an order.
        messages::search_sorted => api(Method::POST, "/communications/messages:searchSorted", VIEWER);
        /// 003 · Send messages again that failed.
        messages::resend => api(Method::POST, "/communications/messages:resend", LOAN_OFFICER);
        /// 003 · Send many messages again that failed, by keys.
        messages::resend_async_by_keys => api(Method::POST, "/communications/messages:resendAsyncByKeys", LOAN_OFFICER);
        /// 003 · Send all messages again that failed within a time.
        messages::resend_async_by_date => api(Method::POST, "/communications/messages:resendAsyncByDate", LOAN_OFFICER);
        /// Progress of an operation on many messages.
        operations::get => api(Method::GET, "/communications/messages/operations/{id}", VIEWER);
        /// List notification rules.
        notification_rules::list => api(Method::GET, "/communications/notification-rules", VIEWER);
        /// Create a notification rule.
        notification_rules::create => api(Method::POST, "/communications/notification-rules", ADMIN);
        /// Get a notification rule.
        notification_rules::get => api(Method::GET, "/communications/notification-rules/{id}", VIEWER);
        /// Update a notification rule.
        notification_rules::update => api(Method::PUT, "/communications/notification-rules/{id}", ADMIN);
        /// Delete a notification rule.
        notification_rules::delete => api(Method::DELETE, "/communications/notification-rules/{id}", ADMIN);
        /// Try notification rules on an event.
        notification_rules::try_out => api(Method::POST, "/communications/notification-rules:test", VIEWER);
        /// List webhook endpoints.
        webhook_endpoints::list => api(Method::GET, "/webhook-endpoints", ADMIN);
        /// Create a webhook endpoint.
        webhook_endpoints::create => api(Method::POST, "/webhook-endpoints", ADMIN);
        /// Get a webhook endpoint.
        webhook_endpoints::get => api(Method::GET, "/webhook-endpoints/{id}", ADMIN);
        /// Update a webhook endpoint.
        webhook_endpoints::update => api(Method::PUT, "/webhook-endpoints/{id}", ADMIN);
        /// Delete a webhook endpoint.
        webhook_endpoints::delete => api(Method::DELETE, "/webhook-endpoints/{id}", ADMIN);
        /// Give a webhook endpoint another secret.
        webhook_endpoints::rotate => api(Method::POST, "/webhook-endpoints/{id}/rotate", ADMIN);
        /// List subscriptions to events.
        event_subscriptions::list => api(Method::GET, "/communications/events/subscriptions", VIEWER);
        /// Create a subscription to events.
        event_subscriptions::create => api(Method::POST, "/communications/events/subscriptions", ADMIN);
        /// Get a subscription to events.
        event_subscriptions::get => api(Method::GET, "/communications/events/subscriptions/{id}", VIEWER);
        /// Delete a subscription to events.
        event_subscriptions::delete => api(Method::DELETE, "/communications/events/subscriptions/{id}", ADMIN);
        /// Read the events of a subscription.
        event_subscriptions::events => api(Method::GET, "/communications/events/subscriptions/{id}/events", LOAN_OFFICER);
        /// Say how far a subscription was read.
        event_subscriptions::commit => api(Method::POST, "/communications/events/subscriptions/{id}/cursors", LOAN_OFFICER);
    }

    console {
        /// Console · Signing in and out.
        console::session => pages {
            home(Method::GET, "/console", None);
            style(Method::GET, "/console/style.css", None);
            sign_in(Method::GET, "/console/sign-in", None);
            sign_in_act(Method::POST, "/console/sign-in", None);
            sign_out(Method::POST, "/console/sign-out", VIEWER);
            nowhere(Method::GET, "/console/{proxy+}", VIEWER);
        };
        /// Console · Messages, and why each was sent or not.
        console::messages => pages {
            messages(Method::GET, "/console/messages", VIEWER);
            message(Method::GET, "/console/messages/{id}", VIEWER);
            message_act(Method::POST, "/console/messages/{id}", LOAN_OFFICER);
            message_content(Method::GET, "/console/messages/{id}/content", VIEWER);
            message_letter(Method::GET, "/console/messages/{id}/letter", VIEWER);
            message_page(Method::GET, "/console/messages/{id}/pages/{page}", VIEWER);
        };
        /// Console · Borrowers.
        console::borrowers => pages {
            borrowers(Method::GET, "/console/borrowers", VIEWER);
            borrower(Method::GET, "/console/borrowers/{id}", VIEWER);
            borrower_act(Method::POST, "/console/borrowers/{id}", LOAN_OFFICER);
        };
        /// Console · The outreach rules, and who changed them.
        console::rules => pages {
            rules(Method::GET, "/console/rules", VIEWER);
            rules_act(Method::POST, "/console/rules", ADMIN);
            rules_history(Method::GET, "/console/rules/history", VIEWER);
            rules_history_act(Method::POST, "/console/rules/history", ADMIN);
            rule(Method::GET, "/console/rules/{id}", VIEWER);
            rule_act(Method::POST, "/console/rules/{id}", ADMIN);
        };
        /// Console · Who may be contacted, also with a rule changed.
        console::what_if => pages {
            what_if(Method::GET, "/console/what-if", VIEWER);
            what_if_act(Method::POST, "/console/what-if", VIEWER);
        };
        /// Console · Batches.
        console::batches => pages {
            batches(Method::GET, "/console/batches", VIEWER);
            batch(Method::GET, "/console/batches/{id}", VIEWER);
            batch_act(Method::POST, "/console/batches/{id}", LOAN_OFFICER);
        };
        /// Console · What failed.
        console::problems => pages {
            problems(Method::GET, "/console/problems", VIEWER);
            problems_act(Method::POST, "/console/problems", LOAN_OFFICER);
            dead_letters(Method::GET, "/console/problems/dead-letters", ADMIN);
            dead_letters_act(Method::POST, "/console/problems/dead-letters", ADMIN);
        };
        /// Console · How messages fare.
        console::health => pages {
            health(Method::GET, "/console/health", VIEWER);
        };
        /// Console · What came in, and what answers by itself.
        console::inbox => pages {
            inbox(Method::GET, "/console/inbox", VIEWER);
            task(Method::GET, "/console/inbox/tasks/{id}", VIEWER);
            task_act(Method::POST, "/console/inbox/tasks/{id}", LOAN_OFFICER);
            auto_responses(Method::GET, "/console/inbox/auto-responses", VIEWER);
            auto_responses_act(Method::POST, "/console/inbox/auto-responses", VIEWER);
            auto_response(Method::GET, "/console/inbox/auto-responses/{id}", VIEWER);
            auto_response_act(Method::POST, "/console/inbox/auto-responses/{id}", ADMIN);
        };
        /// Console · The lender's settings.
        console::settings => pages {
            settings(Method::GET, "/console/settings", VIEWER);
            settings_act(Method::POST, "/console/settings", ADMIN);
            streams(Method::GET, "/console/settings/webhooks", ADMIN);
            streams_act(Method::POST, "/console/settings/webhooks", ADMIN);
        };
        /// Console · API keys.
        console::keys => pages {
            keys(Method::GET, "/console/settings/keys", ADMIN);
            keys_act(Method::POST, "/console/settings/keys", ADMIN);
        };
    }

    print {
        /// 002 · Render a template version to a file.
        template_versions::render_file => api(Method::POST, "/communicator/templates/{id}/render-file", VIEWER);
        /// 001 · Render the template for a subject to a file.
        communicator::render => api(Method::POST, "/communicator/render", VIEWER);
        /// 001 · Render the template for a subject into a document.
        communicator::render_to_document => api(Method::POST, "/communicator/render-to-document", LOAN_OFFICER);
        /// Console · Templates, their versions and their editor.
        console::templates => pages {
            templates(Method::GET, "/console/templates", VIEWER);
            templates_act(Method::POST, "/console/templates", ADMIN);
            template_new(Method::GET, "/console/templates/new", ADMIN);
            template(Method::GET, "/console/templates/{id}", VIEWER);
            template_act(Method::POST, "/console/templates/{id}", ADMIN);
            version(Method::GET, "/console/templates/{id}/versions/{version}", VIEWER);
            version_act(Method::POST, "/console/templates/{id}/versions/{version}", ADMIN);
            version_content(Method::GET, "/console/templates/{id}/versions/{version}/content", VIEWER);
            version_letter(Method::GET, "/console/templates/{id}/versions/{version}/letter", VIEWER);
            version_page(Method::GET, "/console/templates/{id}/versions/{version}/pages/{page}", VIEWER);
        };
        /// Prints letters for functions that accept them.
        letters::print => invoke();
    }

    public {
        /// Where the link in a message leads its recipient.
        unsubscribe::page => page(Method::GET, "/u/{tenant}/{token}", crate::unsubscribe::MAX_FORM);
        /// Does what the recipient of a message wants, by one click or by the page.
        unsubscribe::submit => page(Method::POST, "/u/{tenant}/{token}", crate::unsubscribe::MAX_FORM);
        /// Leads to the API's documentation.
        docs::home => page(Method::GET, "/", http::MAX_BODY);
        /// The API, as people read it.
        docs::page => page(Method::GET, "/docs", http::MAX_BODY);
        /// Tells browsers whether a page may call the API.
        preflight => preflight("/{proxy+}");
        /// The OpenAPI document.
        openapi::get => api(Method::GET, "/openapi.json", None);
    }

    healthz {
        /// Whether the system is there.
        healthz::get => api(Method::GET, "/healthz", None);
    }

    authorizer {
        /// Establishes who is calling.
        authorizer => authorizer();
    }

    webhooks {
        /// 000 · Delivery reports of providers; the provider is recognized by its signature header.
        webhooks::delivery_status => webhook(Method::POST, "/api/v1/communications/webhooks/delivery-status");
        /// 000 · Texts that borrowers write, brought by Twilio.
        webhooks::inbound_sms => webhook(Method::POST, "/api/v1/communications/webhooks/inbound/sms");
        /// 000 · Mail that borrowers write, brought by SendGrid or SES.
        webhooks::inbound_email => webhook(Method::POST, "/api/v1/communications/webhooks/inbound/email", http::MAX_EVENT);
    }

    dispatch {
        /// Sends e-mail.
        dispatch::email => dispatcher(SendingChannel::Email);
        /// Sends texts.
        dispatch::text => dispatcher(SendingChannel::Text);
        /// Sends letters.
        dispatch::mail => dispatcher(SendingChannel::Mail);
        /// Delivers notices inside the lender's application.
        dispatch::gui => dispatcher(SendingChannel::Gui);
        /// Sends push notifications.
        dispatch::push => dispatcher(SendingChannel::Push);
        /// Calls webhooks.
        dispatch::webhook => dispatcher(SendingChannel::Webhook);
        /// Recalls letters from the provider that mails them.
        letters::recall => invoke();
    }

    pipeline {
        /// Processes batches.
        batches::work => queue(Queue::Batches);
        /// Takes events from the bus.
        events::work => queue(Queue::Events);
        /// Processes providers' reports.
        settle => queue(Queue::Settlements);
        /// Processes what borrowers wrote.
        inbound => queue(Queue::Inbound);
        /// Notifies lenders of what happened to messages, accounts and endpoints.
        tell => changes(&FOLLOWED);
        /// Hands out what is due: scheduled, to be retried, or orphaned by a crash.
        sweep => schedule(60);
    }
}
