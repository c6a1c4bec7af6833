//! Changes the lender's settings.

use std::collections::BTreeMap;

use domain::{Error, error::Violation, schedule::Span, tenant::Settings};
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Map, Value, json};

use super::settings::{self, DAYS, UPDATE};
use crate::{
    console::{Form, Shown, TELL},
    settings as api,
};

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let (body, rows) = match form.action() {
        "settings" => match said(&form, &app.store.tenant(&visit.lender.id).await?.settings) {
            Ok(body) => (body, Vec::new()),
            Err(error) => {
                let problem = visit.problem(&error)?;
                return settings::show(&visit, problem.status, Some(form.refused(&problem))).await;
            }
        },
        "hours" => {
            let (spans, rows) = hours(&form);
            if let Some(dayless) = dayless(&spans) {
                let problem = visit.problem(&dayless)?;
                let refused = at_its_field(form.refused(&problem), &rows);
                return settings::show(&visit, problem.status, Some(refused)).await;
            }
            (Map::from_iter([("officeHours".to_owned(), spans)]), rows)
        }
        _ => return settings::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match visit.tell(&UPDATE, &[], &body.into(), &form).await? {
        Ok(_) => visit.done("/console/settings", "settings_saved"),
        Err(problem) => {
            let refused = at_its_field(form.refused(&problem), &rows);
            settings::show(&visit, problem.status, Some(refused)).await
        }
    }
}

/// What the form says; what it leaves empty is cleared where it may be absent.
///
/// # Errors
/// [`Error::Invalid`] where that cannot be written as the API takes it.
fn said(form: &Form, set: &Settings) -> Result<Map<String, Value>, Error> {
    let mut body = form.members(&["locale", "language", "currency", "timeZone", "optOutHandling"]);
    for name in ["inboundTextsEnabled", "unknownNumbersAccepted", "smsReplaceTypography"] {
        body.insert(name.into(), json!(form.text(name) == "on"));
    }
    // A field that was emptied is empty; one that the form does not have, as one that was cut off, says nothing.
    for name in
        ["helpText", "conversationTimeoutMinutes", "unmonitoredAddresses", "allowedOrigins", "branding"]
    {
        if !form.has(name) {
            continue;
        }
        let text = form.text(name);
        let value = match name {
            "allowedOrigins" => json!(lines(text)),
            "branding" => branding(text, &set.branding)?.into(),
            _ if text.is_empty() => Value::Null,
            "unmonitoredAddresses" => json!(lines(text)),
            // What is no number is for the API to refuse.
            "conversationTimeoutMinutes" => {
                text.parse::<u32>().map_or_else(|_| json!(text), |minutes| json!(minutes))
            }
            _ => json!(text.replace("\r\n", "\n")),
        };
        body.insert(name.into(), value);
    }
    Ok(body)
}

/// A name and a value on each line. What the page showed of a pair that is set stands for that pair: a name may have a colon in it, and
/// a value several lines.
fn branding(text: &str, set: &BTreeMap<String, String>) -> Result<Map<String, Value>, Error> {
    let mut known: Vec<_> =
        set.iter().map(|(name, value)| (lines(&format!("{name}: {value}")), name, value)).collect();
    let typed = lines(text);
    let (mut all, mut rest) = (Map::new(), typed.as_slice());
    while let Some((line, after)) = rest.split_first() {
        let shown = known.iter().position(|(shown, ..)| !shown.is_empty() && rest.starts_with(shown));
        let (name, value) = if let Some(at) = shown {
            let (shown, name, value) = known.remove(at);
            rest = rest.get(shown.len()..).unwrap_or_default();
            (name.as_str(), value.as_str())
        } else {
            rest = after;
            let Some((name, value)) = line.split_once(':') else {
                let message =
                    format!("must have a name, a colon and a value on each line; {line:?} has no colon");
                return Err(Error::invalid("/branding", message));
            };
            (name.trim(), value.trim())
        };
        if all.insert(name.to_owned(), json!(value)).is_some() {
            let message = format!("must have each name once; {name:?} is there twice");
            return Err(Error::invalid("/branding", message));
        }
    }
    Ok(all)
}

/// The lines of a field that say something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The spans of the week that are filled in, and in which row each of them stands.
fn hours(form: &Form) -> (Value, Vec<usize>) {
    let (mut spans, mut rows) = (Vec::new(), Vec::new());
    for row in 0..Span::MOST {
        let text = |part: &str| form.text(&format!("officeHours.{row}.{part}"));
        let days: Vec<_> = DAYS.iter().filter(|day| text(day) == "on").collect();
        let (from, to) = (text("from"), text("to"));
        if days.is_empty() && from.is_empty() && to.is_empty() {
            continue;
        }
        let mut span = Map::from_iter([("from".to_owned(), json!(from)), ("to".to_owned(), json!(to))]);
        if !days.is_empty() {
            span.insert("days".into(), json!(days));
        }
        spans.push(Value::from(span));
        rows.push(row);
    }
    (spans.into(), rows)
}

/// Spans without a day, which the API takes for every day; who fills in the form may have forgotten them.
fn dayless(spans: &Value) -> Option<Error> {
    let spans = spans.as_array().into_iter().flatten().enumerate();
    let dayless = spans.filter(|(_, span)| span.get("days").is_none());
    let faults: Vec<_> = dayless
        .map(|(at, _)| {
            Violation::new(
                format!("/officeHours/{at}/days"),
                "must have a day; tick each on which somebody is there",
            )
        })
        .collect();
    (!faults.is_empty()).then_some(Error::Invalid(faults))
}

/// What is wrong in a list, at the one field that holds it; what is wrong in a span, in its row.
fn at_its_field(mut refused: Value, rows: &[usize]) -> Value {
    let faults = refused["faults"].as_object().cloned().unwrap_or_default();
    for (name, fault) in faults {
        let mut parts = name.splitn(3, '.');
        let (whole, at, part) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        match (whole, at.and_then(|at| at.parse::<usize>().ok()).and_then(|at| rows.get(at)), part) {
            ("officeHours", Some(row), part) => {
                let part = part.filter(|part| matches!(*part, "from" | "to")).unwrap_or("from");
                refused["faults"][format!("officeHours.{row}.{part}")] = fault;
            }
            _ if at.is_some() => refused["faults"][whole] = fault,
            _ => {}
        }
    }
    refused
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(TELL), Need::All(settings::NEEDS), Need::All(api::update::NEEDS)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branding_that_is_not_changed_stays_as_it_is() {
        let pairs = [
            ("a:b", "c"),
            ("a", "b: c"),
            ("colon ", " x"),
            ("site", "one\n\n  two"),
            ("", ""),
            ("last", "1"),
        ];
        let set: BTreeMap<_, _> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let shown: Vec<_> = set.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let shown = shown.join("\r\n");
        assert_eq!(json!(branding(&shown, &set).unwrap()), json!(set));
        let mut changed = set.clone();
        changed.insert("last".into(), "2: 3".into());
        assert_eq!(json!(branding(&shown.replace("last: 1", "last:  2: 3 "), &set).unwrap()), json!(changed));
    }

    #[test]
    fn what_is_wrong_in_a_list_stands_at_the_field_that_holds_it() {
        let refused =
            json!({ "faults": { "officeHours.1.to": "a", "allowedOrigins.0": "b", "locale": "c" } });
        let faults = &at_its_field(refused, &[0, 4])["faults"];
        assert_eq!(faults["officeHours.4.to"], "a");
        assert_eq!((&faults["allowedOrigins"], &faults["locale"]), (&json!("b"), &json!("c")));
    }
}
