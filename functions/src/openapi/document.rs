//! The OpenAPI document, put together from the catalogue and from what each handler says of itself.

use std::collections::BTreeSet;

use domain::{
    id::{self, ExternalId, Id, Ref},
    template::shared::SharedName,
    tenant::TenantId,
    vocabulary::{MediaType, Subject},
};
use lambda_http::http::{Method, StatusCode};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Content, Operation, ParameterSchema, Query, problems, schemas::Schemas, tags};
use crate::{
    catalog::{self, Api, Trigger},
    compliance_rules::RuleId,
    dead_letters::DeadLetterId,
    enclosures::EnclosureNumber,
    unsubscribe::LinkToken,
};

/// The document (OpenAPI 3.1) as `GET /openapi.json` answers it. Made at development time and checked in:
/// `make openapi`.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = json!({});
    let mut tags: Vec<&str> = Vec::new();
    // No client asks a preflight: browsers do by themselves.
    for (function, api) in catalog::routes().filter(|(_, api)| api.is_published && !api.is_preflight()) {
        let described = (api.describe)();
        if !tags.contains(&described.tag) {
            tags.push(described.tag);
        }
        let mut operation = operation(*api, described, &mut schemas);
        if let Trigger::Webhook(_) = function.trigger {
            operation["servers"] = webhook_servers();
        }
        paths[api.path][api.method.as_str().to_ascii_lowercase()] = operation;
    }
    let problem = problems::schema(&mut schemas);
    let mut named = schemas.name_all(&mut paths);
    named.insert("Problem".into(), problem);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Postrider",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Communications of a lender with its borrowers.",
            "description": DESCRIPTION,
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [
            {
                "url": "https://{host}",
                "description": "An installation: the ApiUrl of its stack, or a domain of your own.",
                "variables": { "host": { "default": "api.postrider.example" } },
            },
            local_server(),
        ],
        "tags": tags
            .into_iter()
            .map(|name| json!({ "name": name, "description": tags::description(name) }))
            .collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-KEY" },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of an issuer that speaks for your tenant.",
                },
            },
            "parameters": { "IdempotencyKey": idempotency_key(), "IfMatch": if_match() },
            "headers": {
                "IdempotentReplay": {
                    "description": "true where this is the answer to an earlier request with the same Idempotency-Key.",
                    "schema": { "type": "string", "const": "true" },
                },
                "Location": {
                    "description": "The path of what was made.",
                    "schema": { "type": "string", "format": "uri-reference" },
                },
                "RetryAfter": {
                    "description": "Seconds after which the same request may succeed.",
                    "schema": { "type": "integer", "minimum": 0 },
                },
            },
            "responses": problems::responses(),
            "schemas": named,
        },
    })
}

const DESCRIPTION: &str = "\
Postrider sends a lender's messages to its borrowers, and says of each whether it may be sent, when, and how it went.

**Ids.** Ours look like `IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H`. Wherever an id stands in a path or a field, your own works too, \
as `ext-<your id>`, or as it is where it is a UUID.

**Problems** are `application/problem+json` (RFC 9457) and name every field that is wrong. Fields we do not know are \
refused, so that a misspelt one is never silently ignored.

**Traces.** Every answer has a header `X-Trace-Id`; our logs about the request and about whatever it caused have it too.

**Time and money.** Instants are RFC 3339 in UTC. Amounts are decimal digits, exact, and answered as strings.";

fn operation(api: Api, described: Operation, schemas: &mut Schemas) -> Value {
    let repeatable = is_repeatable(api, &described);
    let statuses = problem_statuses(api, &described, repeatable);
    let mut operation =
        json!({ "operationId": api.name, "tags": [described.tag], "summary": described.summary });
    if let Some(description) = description(api, described.description) {
        operation["description"] = description.into();
    }
    if described.deprecated {
        operation["deprecated"] = true.into();
    }
    operation["security"] = match api.role {
        Some(role) => json!([{ "apiKey": [role] }, { "bearer": [role] }]),
        None => json!([]),
    };
    let mut parameters = path_parameters(api.path, schemas);
    parameters.extend(described.query.into_iter().map(|query| query_parameter(query, schemas)));
    if repeatable {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    if described.problems.contains(&412) {
        parameters.push(json!({ "$ref": "#/components/parameters/IfMatch" }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = described.body {
        let content = content(body, |schema| schemas.read(schema));
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    let mut responses = Map::new();
    for (status, description, body) in described.answers {
        let mut response = json!({ "description": description });
        if let Some(body) = body {
            response["content"] = content(body, |schema| schemas.written(schema));
        }
        if repeatable && !described.shown_once {
            response["headers"]["Idempotent-Replay"] =
                json!({ "$ref": "#/components/headers/IdempotentReplay" });
        }
        if status == 201 {
            response["headers"]["Location"] = json!({ "$ref": "#/components/headers/Location" });
        }
        // The same in another media type.
        if let Some(known) =
            responses.get_mut(&status.to_string()).and_then(|known: &mut Value| known.get_mut("content"))
        {
            merge(known, response["content"].take());
            continue;
        }
        responses.insert(status.to_string(), response);
    }
    for status in statuses {
        let response = match described.is_page {
            true => {
                json!({ "description": "A page that says so", "content": content(Content::Page, |_| Value::Null) })
            }
            false => json!({ "$ref": format!("#/components/responses/{}", problems::name(status)) }),
        };
        responses.insert(status.as_str().into(), response);
    }
    operation["responses"] = responses.into();
    operation
}

fn merge(content: &mut Value, more: Value) {
    if let (Some(content), Value::Object(more)) = (content.as_object_mut(), more) {
        content.extend(more);
    }
}

/// A body by its media types. A file's bytes are as they are; what OpenAPI 3.0 said of them is what generators of clients know.
fn content(body: Content, schema_of: impl FnOnce(fn(&mut SchemaGenerator) -> Schema) -> Value) -> Value {
    match body {
        Content::Json { schema, example } => {
            json!({ "application/json": { "schema": schema_of(schema), "example": example } })
        }
        Content::Text(media_type) => json!({ media_type: { "schema": { "type": "string" } } }),
        Content::Form { schema, example } => {
            let media = json!({ "schema": schema_of(schema), "example": example });
            json!({ "application/x-www-form-urlencoded": media.clone(), "multipart/form-data": media })
        }
        Content::Page => json!({ "text/html": { "schema": { "type": "string" } } }),
        Content::File(kinds) => kinds.iter().map(|kind| (kind.to_string(), file())).collect(),
        Content::AnyFile(kinds) => {
            let all = kinds.iter().map(|kind| kind.as_str()).chain([MediaType::ANY]);
            all.map(|kind| (kind.to_owned(), file())).collect()
        }
    }
}

fn file() -> Value {
    json!({ "schema": { "type": "string", "format": "binary" } })
}

/// Whether an `Idempotency-Key` makes sense: the route sends or creates, and its answer is kept or made again.
fn is_repeatable(api: Api, described: &Operation) -> bool {
    let makes = described.answers.iter().any(|(status, ..)| matches!(status, 201 | 202));
    let is_kept = makes && !described.shown_once;
    *api.method == Method::POST && api.role.is_some() && (is_kept || described.repeatable)
}

/// What may go wrong on a route: what it says itself, and what follows from its shape.
fn problem_statuses(api: Api, described: &Operation, repeatable: bool) -> BTreeSet<StatusCode> {
    let mut statuses: BTreeSet<u16> = described.problems.iter().copied().collect();
    if api.role.is_some() {
        statuses.extend([401, 403, 500, 503]);
    }
    if described.body.is_some() {
        statuses.extend([400, 413, 415]);
    }
    if api.query.is_some() {
        // A query parameter it does not know.
        statuses.insert(400);
    }
    if repeatable {
        statuses.extend([400, 409, 422]);
    }
    statuses.into_iter().filter_map(|status| StatusCode::from_u16(status).ok()).collect()
}

fn description(api: Api, own: Option<&str>) -> Option<String> {
    let role = api.role.map(|role| format!("Needs the role `{}` or above.", role.as_str()));
    let parts: Vec<String> = own.map(str::to_owned).into_iter().chain(role).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn query_parameter(Query { name, description, schema, required }: Query, schemas: &mut Schemas) -> Value {
    let schema = match schema {
        ParameterSchema::Of(schema) => schemas.read(schema),
        ParameterSchema::Number(range, default) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end(), "default": default })
        }
    };
    let mut parameter = json!({ "name": name, "in": "query", "description": description, "schema": schema });
    if required {
        parameter["required"] = true.into();
    }
    parameter
}

/// The parameters in a path's braces. The segment before one says what it names.
fn path_parameters(path: &str, schemas: &mut Schemas) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let pairs = segments.windows(2).filter_map(|pair| {
        let name = pair[1].strip_prefix('{')?.strip_suffix('}')?;
        Some((pair[0], name))
    });
    pairs
        .map(|(of, name)| {
            json!({ "name": name, "in": "path", "required": true, "schema": schemas.read(schema_of_one(of)) })
        })
        .collect()
}

/// The schema of an id that stands behind the name of a collection.
fn schema_of_one(collection: &str) -> fn(&mut SchemaGenerator) -> Schema {
    match collection {
        "people" => SchemaGenerator::subschema_for::<Ref<id::Person>>,
        // The lender's own id does without `ext-` there, and ours has its shape.
        "in-app" => SchemaGenerator::subschema_for::<ExternalId>,
        "contacts" => SchemaGenerator::subschema_for::<Ref<id::Contact>>,
        "loans" => SchemaGenerator::subschema_for::<Ref<id::Loan>>,
        "cases" => SchemaGenerator::subschema_for::<Ref<id::Case>>,
        "statements" => SchemaGenerator::subschema_for::<Ref<id::Statement>>,
        "documents" => SchemaGenerator::subschema_for::<Ref<id::Document>>,
        "auto-responses" => SchemaGenerator::subschema_for::<Ref<id::AutoResponse>>,
        "tasks" => SchemaGenerator::subschema_for::<Ref<id::Task>>,
        "subjects" => SchemaGenerator::subschema_for::<Subject>,
        "communication-templates" => SchemaGenerator::subschema_for::<Ref<id::Descriptor>>,
        "templatedescriptors" => SchemaGenerator::subschema_for::<Ref<id::Descriptor>>,
        "templates" => SchemaGenerator::subschema_for::<Id<id::Version>>,
        "shared-templates" => SchemaGenerator::subschema_for::<SharedName>,
        "communication-logs" | "interactions" | "messages" | "{userId}" => {
            SchemaGenerator::subschema_for::<Ref<id::Interaction>>
        }
        "enclosures" => SchemaGenerator::subschema_for::<EnclosureNumber>,
        "rules" => SchemaGenerator::subschema_for::<RuleId>,
        "u" => SchemaGenerator::subschema_for::<TenantId>,
        "{tenant}" => SchemaGenerator::subschema_for::<LinkToken>,
        "batches" => SchemaGenerator::subschema_for::<Ref<id::Batch>>,
        "api-keys" => SchemaGenerator::subschema_for::<Ref<id::ApiKey>>,
        "subscriptions" => SchemaGenerator::subschema_for::<Ref<id::EventSubscription>>,
        "notification-rules" => SchemaGenerator::subschema_for::<Ref<id::NotificationRule>>,
        "operations" => SchemaGenerator::subschema_for::<Ref<id::Operation>>,
        "dead-letters" => SchemaGenerator::subschema_for::<DeadLetterId>,
        "webhook-endpoints" => SchemaGenerator::subschema_for::<Ref<id::WebhookEndpoint>>,
        _ => SchemaGenerator::subschema_for::<String>,
    }
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Any text of your own in printable ASCII, new for each thing to be done. The same request sent again with the \
                        same key within 24 hours is answered as the first time and does nothing; another one is refused with 422. It is \
                        the same if its query, its body, and its If-Match and If-None-Match are.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$" },
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what you read; parts of a person have that of the person. Where somebody else changed it \
                        meanwhile, the answer is 412 and nothing changes.",
        "schema": { "type": "string" },
    })
}

fn local_server() -> Value {
    json!({ "url": "http://127.0.0.1:8080", "description": "`make run` on this machine." })
}

fn webhook_servers() -> Value {
    json!([
        {
            "url": "https://{host}",
            "description": "Where providers reach an installation: its PublicWebhookUrl.",
            "variables": { "host": { "default": "webhooks.postrider.example" } },
        },
        local_server(),
    ])
}
