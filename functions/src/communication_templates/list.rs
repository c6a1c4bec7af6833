//! 000 · List templates.

use domain::{
    Error, shape,
    vocabulary::{Channel, CommunicationsApiChannel, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{Items, List, Need},
    store::{Edge, Position, templates::Template},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{TemplateStatus, TemplateView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// A page of templates, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Templates {
    data: Vec<TemplateView>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What to leave out.
struct Filter {
    channel: Option<Channel>,
    template_type: Option<Subject>,
    language: Option<String>,
    program_id: Option<String>,
    status: Option<TemplateStatus>,
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Error> {
        Ok(Self {
            channel: request.query::<CommunicationsApiChannel>("channel")?.map(Channel::from),
            template_type: request.query("template_type")?,
            language: request.query("language")?,
            program_id: request.query("program_id")?,
            status: request.query("status")?,
        })
    }

    fn takes(&self, Template { descriptor, .. }: &Template) -> bool {
        self.channel.is_none_or(|channel| channel == descriptor.channel)
            && self.template_type.as_ref().is_none_or(|subject| *subject == descriptor.subject)
            && self.language.as_ref().is_none_or(|language| *language == descriptor.language)
            && self.program_id.as_ref().is_none_or(|program| Some(program) == descriptor.product_id.as_ref())
            && self.status.is_none_or(|status| status == descriptor.status.into())
    }
}

/// Shows a page. With filters a page may be shorter than `limit` although more follow: the cursor says so.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let filter = Filter::read(request)?;
    let after = request.cursor::<Position>()?;
    let page = app.store.templates(request.tenant()?, request.limit()?, after.map(Edge::After)).await?;
    let templates = Templates {
        data: page
            .entries
            .into_iter()
            .filter(|template| filter.takes(template))
            .map(TemplateView::from)
            .collect(),
        next_cursor: next_cursor(page.next.as_ref())?,
    };
    json(StatusCode::OK, &templates)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Templates), Need::Read(Items::Versions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "List templates")
        .query_as::<CommunicationsApiChannel>("channel", "Only of this channel: email, sms, letter, in_app.")
        .query_as::<Subject>("template_type", "Only of this type.")
        .query_as::<shape::Language>("language", "Only in this language.")
        .query_as::<shape::Line<255>>("program_id", "Only for this loan program.")
        .query_as::<TemplateStatus>("status", "Only active, disabled or archived ones.")
        .query_number(
            "limit",
            "1 to 100 looked at; 25 by default. With filters a page may show fewer.",
            1..=100,
            25,
        )
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Templates>(200, "A page, newest first", json!({ "data": [example_view()] }))
}
