//! What the OpenAPI document says about a route. Paths, methods and roles come from the catalogue, schemas from the
//! types that are really read and written, examples from the source documents.
//!
//! Here is what a handler says of itself; [`document()`] puts it all together.

mod document;
pub mod get;
mod problems;
mod schemas;
mod tags;

use std::ops::RangeInclusive;

use domain::vocabulary::MediaType;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

pub use document::document;

/// One route's part of the document, written beside its handler.
pub struct Operation {
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: Option<&'static str>,
    pub(crate) query: Vec<Query>,
    pub(crate) body: Option<Content>,
    pub(crate) answers: Vec<(u16, &'static str, Option<Content>)>,
    pub(crate) problems: Vec<u16>,
    pub(crate) shown_once: bool,
    pub(crate) repeatable: bool,
    pub(crate) is_page: bool,
    pub(crate) deprecated: bool,
    pub(crate) makes_in: Option<&'static str>,
}

/// A query parameter with its schema.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: ParameterSchema,
    pub(crate) required: bool,
}

/// What a query parameter may be.
pub(crate) enum ParameterSchema {
    /// A value of a type.
    Of(fn(&mut SchemaGenerator) -> Schema),
    /// A whole number in a range, and the one if it is absent.
    Number(RangeInclusive<u32>, u32),
}

/// What a body is.
pub(crate) enum Content {
    /// JSON with its schema and an example.
    Json { schema: fn(&mut SchemaGenerator) -> Schema, example: Value },
    /// A form of a browser, with the schema of its members and an example.
    Form { schema: fn(&mut SchemaGenerator) -> Schema, example: Value },
    /// A page for people.
    Page,
    /// A file of one of these kinds.
    File(&'static [MediaType]),
    /// The same, or one whose kind is seen from its first bytes.
    AnyFile(&'static [MediaType]),
    /// Text of this media type.
    Text(&'static str),
}

impl Operation {
    /// An operation of a group of operations, in a few words.
    pub fn new(tag: &'static str, summary: &'static str) -> Self {
        Self {
            tag,
            summary,
            description: None,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            problems: Vec::new(),
            shown_once: false,
            repeatable: false,
            is_page: false,
            deprecated: false,
            makes_in: None,
        }
    }

    /// What a caller should know beyond the summary.
    pub fn about(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Says that something else takes its place.
    pub fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// A query parameter of a type.
    pub fn query_as<T: JsonSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        let schema = ParameterSchema::Of(SchemaGenerator::subschema_for::<T>);
        self.query.push(Query { name, description, schema, required: false });
        self
    }

    /// A query parameter of a type that must be given.
    pub fn query_required<T: JsonSchema>(mut self, name: &'static str, description: &'static str) -> Self {
        let schema = ParameterSchema::Of(SchemaGenerator::subschema_for::<T>);
        self.query.push(Query { name, description, schema, required: true });
        self
    }

    /// A query parameter that is a whole number.
    pub fn query_number(
        mut self,
        name: &'static str,
        description: &'static str,
        range: RangeInclusive<u32>,
        default: u32,
    ) -> Self {
        let schema = ParameterSchema::Number(range, default);
        self.query.push(Query { name, description, schema, required: false });
        self
    }

    /// How much of a list is shown at once.
    pub fn limit(self) -> Self {
        self.query_number("limit", "How many are shown.", 1..=100, 25)
    }

    /// The names of all query parameters.
    pub fn query_names(&self) -> Vec<&'static str> {
        self.query.iter().map(|query| query.name).collect()
    }

    /// The parameters of a list by pages (001, 002), whose entries have such ids.
    pub fn paged<I: JsonSchema>(self) -> Self {
        self.limit()
            .query_as::<I>("startingAfter", "Show what follows the entry with this id.")
            .query_as::<I>(
                "endingBefore",
                "Show what comes just before the entry with this id; goes before startingAfter.",
            )
    }

    /// The request body.
    pub fn body<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(Content::Json { schema: SchemaGenerator::subschema_for::<T>, example });
        self
    }

    /// The request body, if it is a file. Generators of clients know but one media type of those.
    pub fn file_body(mut self, kinds: &'static [MediaType]) -> Self {
        self.body = Some(Content::AnyFile(kinds));
        self
    }

    /// The request body, if it is a form.
    pub fn form<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(Content::Form { schema: SchemaGenerator::subschema_for::<T>, example });
        self
    }

    /// An answer that is a page for people; then problems are pages too.
    pub fn page(mut self, status: u16, description: &'static str) -> Self {
        self.answers.push((status, description, Some(Content::Page)));
        self.is_page = true;
        self
    }

    /// An answer with a body.
    pub fn answer<T: JsonSchema>(mut self, status: u16, description: &'static str, example: Value) -> Self {
        let content = Content::Json { schema: SchemaGenerator::subschema_for::<T>, example };
        self.answers.push((status, description, Some(content)));
        self
    }

    /// An answer that is a file.
    pub fn file(mut self, status: u16, description: &'static str, kinds: &'static [MediaType]) -> Self {
        self.answers.push((status, description, Some(Content::File(kinds))));
        self
    }

    /// An answer that is text of a media type.
    pub fn text(mut self, status: u16, description: &'static str, media_type: &'static str) -> Self {
        self.answers.push((status, description, Some(Content::Text(media_type))));
        self
    }

    /// An answer without a body.
    pub fn empty(mut self, status: u16, description: &'static str) -> Self {
        self.answers.push((status, description, None));
        self
    }

    /// Says that the answer holds a secret and is kept nowhere, so that an `Idempotency-Key` alone cannot bring it back.
    pub fn shown_once(mut self) -> Self {
        self.shown_once = true;
        self
    }

    /// Says that the handler itself knows a request again by its `Idempotency-Key`, although the answer is kept nowhere.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Says which collection holds what this makes, if that is not the path it is asked at: there leads `Location`.
    pub fn makes_in(mut self, collection: &'static str) -> Self {
        self.makes_in = Some(collection);
        self
    }

    /// Problems particular to this route; 400, 401, 403, 413, 415 and 5xx are added if the route can give them.
    pub fn problems(mut self, statuses: &[u16]) -> Self {
        self.problems.extend(statuses);
        self
    }
}
