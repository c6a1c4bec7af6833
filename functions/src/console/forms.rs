//! Forms of the console's pages.

use std::collections::BTreeMap;

use domain::Error;
use lambda_http::http::{HeaderName, header};
use platform::{app::App, auth::session::Ticket, http::Request};
use serde_json::{Map, Value, json};

use super::{Problem, Stop, Visit, is_of_our_site, not_our_form, session_over};
use crate::form;

/// The parts of a template that may have several lines: how they begin and end is the author's.
const WORDINGS: [&str; 2] = ["contentTextTemplate", "contentHtmlTemplate"];

/// What was filled in, by the names of the fields. A field is named as the API names the member that it becomes, a member of a
/// member with a point between: then what the API says is wrong is shown at the field.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: BTreeMap<String, String>,
    /// Whether what it makes must not be there yet.
    makes: bool,
}

impl Form {
    /// The form that a page of this visitor's session sent.
    ///
    /// # Errors
    /// [`Stop`] with a page, if it is another's; as [`Visit::begin`].
    pub(crate) async fn read<'a>(app: &'a App, request: &'a Request) -> Result<(Visit<'a>, Self), Stop> {
        let form = Self::unstamped(request)?;
        let ticket = Ticket::of(&request.headers).map_err(Error::from)?;
        if !ticket.stamped(form.text("stamp")) {
            // Most likely it was opened in a session before this one.
            let typed = session_over::typed(&request.headers, &request.body);
            return Err(not_our_form(request, &typed));
        }
        Ok((Visit::begin(app, request).await?, form))
    }

    /// The same where nobody has a session yet.
    ///
    /// # Errors
    /// [`Stop`] with a page, if it comes from another site.
    pub(super) fn unstamped(request: &Request) -> Result<Self, Stop> {
        if !is_of_our_site(&request.headers) {
            return Err(not_our_form(request, &Value::Null));
        }
        Ok(Self { fields: form::read(&request.headers, &request.body)?.into_iter().collect(), makes: false })
    }

    /// The form whose fields stand in the address of a page.
    pub(super) fn of_address(request: &Request) -> Self {
        Self { fields: request.query_pairs().clone(), makes: false }
    }

    /// Whether it has a field of this name, filled in or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// What was filled in, and the fields of these names.
    pub(super) fn filled<'f>(&'f self, always: &'f [&str]) -> impl Iterator<Item = (&'f str, &'f str)> {
        let fields = self.fields.iter().map(|(name, text)| (name.as_str(), text.trim()));
        fields.filter(|(name, text)| !text.is_empty() || always.contains(name))
    }

    /// What stands in a field, without white space around it unless that is part of a wording; nothing, if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        let text = self.fields.get(name).map_or("", String::as_str);
        let bare = text.trim();
        if WORDINGS.contains(&name) && !bare.is_empty() { text } else { bare }
    }

    /// Which of its page's forms it is.
    pub(crate) fn action(&self) -> &str {
        self.text("action")
    }

    /// Names this form, for what may not be done twice.
    pub(super) fn once(&self) -> Option<&str> {
        Some(self.text("once")).filter(|once| (16..=64).contains(&once.len()) && once.is_ascii())
    }

    /// The same form, of something that must not be there yet.
    pub(super) fn of_new(self) -> Self {
        Self { makes: true, ..self }
    }

    /// On which condition it is done: that what it makes is not there, or that what it was made of, if anything, is as it was.
    pub(super) fn condition(&self) -> Option<(HeaderName, &str)> {
        match self.text("etag") {
            _ if self.makes => Some((header::IF_NONE_MATCH, "*")),
            "" => None,
            tag => Some((header::IF_MATCH, tag)),
        }
    }

    /// Whether the page still showed this when the form was sent, by the entity tag that it has now.
    pub(super) fn saw(&self, etag: &str) -> bool {
        matches!(self.text("was"), tag if tag.is_empty() || tag == etag)
    }

    /// The members that fields become which are filled in: texts, those of `a.b` within `a`.
    pub(crate) fn members(&self, names: &[&str]) -> Map<String, Value> {
        let mut members = json!({});
        for name in names {
            let text = self.text(name);
            if !text.is_empty() {
                let place = name.split('.').fold(&mut members, |place, part| &mut place[part]);
                *place = text.into();
            }
        }
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The number that stands in a field. What is none is for the API to refuse.
    pub(super) fn number(&self, name: &str) -> Value {
        number(self.text(name))
    }

    /// What its page shows of it where nothing is wrong and it stands there again: what was typed.
    pub(crate) fn shown(&self) -> Value {
        json!({ "action": self.action(), "values": self.fields, "faults": {} })
    }

    /// What its page shows of it after the API refused it: what was typed, and what is wrong where.
    pub(crate) fn refused(&self, problem: &Problem) -> Value {
        json!({
            "action": self.action(),
            "values": self.fields,
            "faults": self.at_fields(problem.faults()),
            "problem": {
                "slug": problem.slug(),
                "detail": problem.members["detail"],
                "reasons": problem.members["reasons"],
                "send_at": problem.members["sendAt"],
                "trace_id": problem.members["traceId"],
            },
        })
    }

    /// What is wrong within what a field became is wrong with the field: `period.days` with `period`, the second keyword with all of
    /// them. The first fault of each is shown.
    fn at_fields(&self, faults: Map<String, Value>) -> Map<String, Value> {
        let mut shown = Map::new();
        for (name, fault) in faults {
            let is_within =
                |field: &&String| name.strip_prefix(field.as_str()).is_some_and(|rest| rest.starts_with('.'));
            let field = match self.fields.contains_key(&name) {
                true => None,
                false => self.fields.keys().filter(is_within).max_by_key(|field| field.len()),
            };
            shown.entry(field.cloned().unwrap_or(name)).or_insert(fault);
        }
        shown
    }
}

/// A number as JSON; what is none as it was typed, for the API to refuse.
pub(super) fn number(text: &str) -> Value {
    text.parse::<u32>().map_or_else(|_| json!(text), |number| json!(number))
}

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;

    use super::*;

    #[test]
    fn what_is_wrong_within_a_member_is_wrong_with_the_field_it_was() {
        let pointers = [
            "/rule/caps/0/period/days",
            "/rule/caps/0/most",
            "/keywords/3",
            "/keywords/4",
            "/reason",
            "/rules",
        ];
        let violations: Vec<_> =
            pointers.iter().map(|pointer| json!({ "pointer": pointer, "message": pointer })).collect();
        let problem =
            Problem { status: StatusCode::BAD_REQUEST, members: json!({ "violations": violations }) };
        let names = ["rule", "rule.caps.0.period", "rule.caps.0.most", "keywords"];
        let fields = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        let faults = Form { fields, makes: false }.refused(&problem)["faults"].clone();
        assert_eq!(
            faults,
            json!({
                "rule.caps.0.period": "/rule/caps/0/period/days",
                "rule.caps.0.most": "/rule/caps/0/most",
                "keywords": "/keywords/3",
                "reason": "/reason",
                "rules": "/rules",
            })
        );
    }
}
