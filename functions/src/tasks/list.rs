//! Lists tasks.

use domain::{
    Error,
    id::{self, Id, Ref},
    shape,
    task::{Task, TaskStatus, TaskType, TaskView},
    update::Faults,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{List, Need},
    store::{Edge, Position},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Reads of storage for one page; what is not found by then is a cursor away.
const MOST_READS: usize = 10;

/// A page of tasks, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tasks {
    data: Vec<TaskView>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which tasks.
struct Filter {
    status: Option<TaskStatus>,
    task_type: Option<TaskType>,
    person: Option<Id<id::Person>>,
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let status = request.query("status").or_else(|error| told(&mut faults, error));
        let task_type = request.query("type").or_else(|error| told(&mut faults, error));
        let person = request.query::<Ref<id::Person>>("personId").or_else(|error| told(&mut faults, error));
        faults.none()?;
        let person =
            person?.map(|named| named.resolve(request.tenant().map_or("", |tenant| tenant.as_str())));
        Ok(Self { status: status?, task_type: task_type?, person })
    }

    fn takes(&self, task: &Task) -> bool {
        self.task_type.is_none_or(|of| of == task.task_type)
            && self.person.as_ref().is_none_or(|person| task.person_id.as_ref() == Some(person))
    }
}

/// Keeps a fault to be reported with the others.
fn told<T>(faults: &mut Faults, error: Error) -> Result<Option<T>, Error> {
    faults.take("", error);
    Ok(None)
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (filter, limit, tenant) = (Filter::read(request)?, request.limit()?, request.tenant()?);
    let (mut place, mut found) = (request.cursor::<Position>()?, Vec::new());
    for _ in 0..MOST_READS {
        let missing = limit - i32::try_from(found.len()).unwrap_or(limit);
        if missing == 0 {
            break;
        }
        let page = app.store.tasks(tenant, filter.status, missing, place.take().map(Edge::After)).await?;
        found.extend(page.entries.iter().filter(|task| filter.takes(task)).map(Task::view));
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    json(StatusCode::OK, &Tasks { data: found, next_cursor: next_cursor(place.as_ref())? })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Tasks), Need::List(List::TasksByStatus)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Tasks", "List tasks")
        .about(
            "What came in and waits for one of your people. Each task is put on the event bus <prefix>-tasks too, within a \
             minute, as the detail of an event of the source postrider and the type task; it may come twice.",
        )
        .query_as::<TaskStatus>("status", "Those that have come this far.")
        .query_as::<TaskType>("type", "Those of this type.")
        .query_as::<Ref<id::Person>>("personId", "Those about this person; your ids need ext- in front.")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Tasks>(200, "A page, newest first", json!({ "data": [example()] }))
}
