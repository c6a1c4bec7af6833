//! Templates: which there are by subject, channel and language, and which are missing.

use std::collections::{BTreeMap, BTreeSet};

use domain::Error;
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    catalog::{self, Function},
    console::{
        Shown, VISIT, Visit,
        address::{alike, parameter},
    },
    template_descriptors,
};

const LIST: Function = catalog::named("template-descriptors-list");
pub(super) const CREATE: Function = catalog::named("template-descriptors-create");

/// Templates of one call: as many as the API gives.
const PAGE: usize = 100;
/// Templates looked at; nobody reads a longer table.
const MOST: usize = 1_000;
/// Templates, and places without one, on one page of the table: about 40 KB.
const ENTRIES: usize = 100;
/// Archived templates that are shown.
const ARCHIVED: usize = 50;

/// Shows them as a table: what is missing in a language shows beside what is there in others.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let all = all(&visit).await?;
    let asked = |name: &str| parameter(request, name);
    let (text, channel) = (asked("q").to_lowercase(), asked("channel"));
    let is_only_missing = asked("show") == "missing";
    let mut table = Table::of(&all, &visit.lender.settings.language);
    let channels: BTreeSet<String> = table.rows.iter().map(|row| row.channel.clone()).collect();
    let count = table.missing();
    table.rows.retain(|row| {
        (text.is_empty() || row.is_about(&text))
            && (channel.is_empty() || row.channel == channel)
            && (!is_only_missing || row.cells.iter().any(|cell| cell.is_missing))
    });
    let begin = asked("from").parse::<usize>().unwrap_or_default().min(table.rows.len());
    let rows = &table.rows[begin..];
    let mut entries = 0;
    let fits = |row: &&Row| {
        entries += row.entries();
        entries <= ENTRIES
    };
    // One row at least: none has so many that it would not fit.
    let shown = rows.iter().take_while(fits).count().max(1).min(rows.len());
    let next = (shown < rows.len()).then(|| from(request, begin + shown));
    let archived = all.iter().filter(|template| template["archived"] == true).take(ARCHIVED);
    let page = pages::console::shown([
        ("form", json!({ "action": "", "values": request.query_pairs(), "faults": {} })),
        ("languages", json!(table.languages)),
        ("rows", rows[..shown].iter().map(Row::shown).collect()),
        ("next", json!(next)),
        ("first", json!((begin > 0).then(|| from(request, 0)))),
        ("channels", json!(channels)),
        ("archived", archived.cloned().collect()),
        ("missing", json!(count)),
        ("is_only_missing", json!(is_only_missing)),
        ("is_narrowed", json!(!text.is_empty() || !channel.is_empty() || is_only_missing)),
        ("offers", json!({ "create": visit.may(&CREATE) })),
    ]);
    visit.page(StatusCode::OK, "templates.html", page)
}

/// The same table from another row on.
fn from(request: &Request, row: usize) -> String {
    let row = (row > 0).then(|| row.to_string());
    alike(request, "/console/templates", &["from"], row.as_deref().map(|row| ("from", row)))
}

/// All of the lender's templates. A hundred are one call, and few lenders have more; what is missing shows only where all are seen.
pub(super) async fn all(visit: &Visit<'_>) -> Result<Vec<Value>, Error> {
    let (mut all, mut after) = (Vec::new(), None);
    while all.len() < MOST {
        let mut query = vec![("limit", PAGE.to_string())];
        query.extend(after.map(|id| ("startingAfter", id)));
        let Value::Array(page) = visit.ask(&LIST, &[], &query).await? else { break };
        let is_last = page.len() < PAGE;
        after = page.last().and_then(|last| last["id"].as_str()).map(str::to_owned);
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// Whether messages can be made of a template now.
pub(super) fn is_in_use(template: &Value) -> bool {
    template["enabled"] == true && template["activeVersionId"].is_string()
}

/// Subjects by channel against languages.
struct Table {
    languages: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    subject: String,
    channel: String,
    cells: Vec<Cell>,
}

struct Cell {
    language: String,
    templates: Vec<Value>,
    /// Whether other languages have what this one has not.
    is_missing: bool,
}

impl Table {
    fn of(all: &[Value], first: &str) -> Self {
        let text = |template: &Value, member: &str| template[member].as_str().unwrap_or_default().to_owned();
        let mut found = BTreeMap::<(String, String), BTreeMap<String, Vec<Value>>>::new();
        for template in all.iter().filter(|template| template["archived"] != true) {
            let row = (text(template, "subject"), text(template, "channel"));
            let cell = found.entry(row).or_default().entry(text(template, "language")).or_default();
            cell.push(template.clone());
        }
        let known: BTreeSet<&String> = found.values().flat_map(BTreeMap::keys).collect();
        let mut languages: Vec<String> = known.into_iter().cloned().collect();
        // The lender's own stands first.
        languages.sort_by_key(|language| language != first);
        let rows = found.into_iter().map(|((subject, channel), mut by_language)| {
            let is_anywhere = by_language.values().flatten().any(is_in_use);
            let cells = languages.iter().map(|language| {
                let templates = by_language.remove(language).unwrap_or_default();
                let is_missing = is_anywhere && !templates.iter().any(is_in_use);
                Cell { language: language.clone(), templates, is_missing }
            });
            Row { subject, channel, cells: cells.collect() }
        });
        Self { rows: rows.collect(), languages }
    }

    fn missing(&self) -> usize {
        self.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.is_missing).count()
    }
}

impl Row {
    /// Whether its subject or a name in it has these small letters.
    fn is_about(&self, text: &str) -> bool {
        let letters = text.replace(['_', ' '], "");
        let names = self.cells.iter().flat_map(|cell| &cell.templates);
        let mut names = names.filter_map(|template| template["name"].as_str());
        self.subject.to_lowercase().contains(&letters) || names.any(|name| name.to_lowercase().contains(text))
    }

    fn entries(&self) -> usize {
        self.cells.iter().map(|cell| cell.templates.len().max(1)).sum()
    }

    fn shown(&self) -> Value {
        let cell = |cell: &Cell| {
            let template = |template: &Value| {
                let is = match (is_in_use(template), template["activeVersionId"].is_string()) {
                    (true, _) => "active",
                    (false, true) => "disabled",
                    (false, false) => "draft",
                };
                json!({
                    "id": template["id"], "name": template["name"], "product": template["productId"],
                    "sensitive": template["sensitive"], "is": is,
                })
            };
            let begin = form_urlencoded::Serializer::new(String::new())
                .append_pair("subject", &self.subject)
                .append_pair("channel", &self.channel)
                .append_pair("language", &cell.language)
                .finish();
            json!({
                "language": cell.language,
                "templates": cell.templates.iter().map(template).collect::<Vec<_>>(),
                "is_missing": cell.is_missing,
                "begin": format!("/console/templates/new?{begin}"),
            })
        };
        let cells: Vec<_> = self.cells.iter().map(cell).collect();
        json!({ "subject": self.subject, "channel": self.channel, "cells": cells })
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(template_descriptors::list::NEEDS)];

#[cfg(test)]
mod tests {
    use super::*;

    fn template(subject: &str, language: &str, active: Option<&str>, enabled: bool) -> Value {
        json!({
            "id": "TD-1", "name": "Name", "subject": subject, "channel": "text", "language": language, "productId": null,
            "sensitive": false, "enabled": enabled, "archived": false, "activeVersionId": active,
        })
    }

    #[test]
    fn missing_is_what_another_language_has_in_use() {
        let mut archived = template("c", "fr", Some("TV-1"), true);
        archived["archived"] = json!(true);
        let all = [
            template("a", "es", Some("TV-1"), true),
            template("a", "en", None, true),
            template("b", "en", None, true),
            template("d", "en", Some("TV-1"), false),
            template("d", "es", Some("TV-1"), true),
            archived,
        ];
        let table = Table::of(&all, "es");
        assert_eq!(table.languages, ["es", "en"], "the lender's own first, and none of what is archived");
        let missing: Vec<_> = table
            .rows
            .iter()
            .flat_map(|row| row.cells.iter().map(move |cell| (row, cell)))
            .filter(|(_, cell)| cell.is_missing)
            .map(|(row, cell)| (row.subject.as_str(), cell.language.as_str()))
            .collect();
        assert_eq!(missing, [("a", "en"), ("d", "en")]);
    }
}
