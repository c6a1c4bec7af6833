//! A new template: what it is for, and what it begins with.

use domain::vocabulary::{Channel, TemplateChannel};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use rendering::builtin::{self, Starter};
use serde_json::{Value, json};

use crate::{
    console::{Shown, VISIT, Visit, address::parameter},
    template_descriptors,
};

/// Shows the form, and the wordings one may begin with.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None)
}

/// The page, with a form that was refused.
pub(super) fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let asked = |name: &str| parameter(visit.request, name);
    let chosen = match form.as_ref() {
        Some(form) => form["values"]["starter"].as_str().and_then(starter),
        None => starter(asked("starter"))
            .or_else(|| fitting(asked("subject"), asked("channel"), asked("language"))),
    };
    // What is to be said in one more language goes by the name it has in others, until somebody translates that.
    let from = |member: &str, otherwise: &str| match chosen.as_ref().map(named).filter(|_| form.is_none()) {
        Some(starter) => starter[member].clone(),
        None if asked(member).is_empty() => json!(otherwise),
        None => json!(asked(member)),
    };
    let language = visit.lender.settings.language.as_str();
    let begins = json!({
        "name": from("name", ""), "subject": from("subject", ""), "channel": from("channel", "email"),
        "language": from("language", language),
    });
    let channels: Vec<_> = TemplateChannel::ALL.iter().map(|channel| channel.as_str()).collect();
    let mut page = vec![
        ("channels", json!(channels)),
        ("begins", begins),
        ("chosen", json!(chosen.as_ref().map(key))),
        ("starters", builtin::starters().map(|starter| named(&starter)).collect()),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "template_new.html", shown(page))
}

/// What a starter is called in addresses.
fn key(starter: &Starter) -> String {
    format!("{}.{}.{}", starter.subject, starter.channel, starter.language)
}

fn named(starter: &Starter) -> Value {
    json!({
        "key": key(starter), "name": starter.name, "subject": starter.subject, "channel": starter.channel,
        "language": starter.language,
    })
}

/// The starter of this name.
pub(super) fn starter(called: &str) -> Option<Starter> {
    builtin::starters().find(|starter| key(starter) == called)
}

fn fitting(subject: &str, channel: &str, language: &str) -> Option<Starter> {
    let channel: Channel = channel.parse().ok()?;
    builtin::starters().find(|starter| {
        starter.subject.as_str() == subject && starter.channel == channel && starter.language == language
    })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(template_descriptors::create::NEEDS)];
