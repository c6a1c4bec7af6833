//! Auto-responses: how a lender's rules look at a message that came in, and what they answer (000, Auto-Responses).

use std::sync::Arc;

use domain::{
    Error,
    auto_response::{AutoResponse, Incoming, Reply},
    id::{self, Ref},
    person::Person,
    template::Source,
    tenant::{Tenant, TenantId},
    vocabulary::{Channel, KnownSubject, Subject},
};
use jiff::Timestamp;
use rendering::Library;
use serde_json::{Map, Value, json};

use super::{
    answer, best, compose,
    context::Occasion,
    reply,
    resolve::{self, About, Wording},
};
use crate::{
    app::{App, Lender},
    needs::{Items, Need},
    templates::{
        authoring,
        jobs::{apart, fault},
    },
};

/// What saving a rule needs of AWS, which must be able to answer.
pub const CHECK: &[Need] = &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::Render];

/// What an answer in a rule's words needs.
pub const REPLY: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::All(authoring::COMPILE)];

/// A message that came in, as far as rules and their answers speak of it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// By which channel.
    pub channel: Channel,
    /// The sender's address or number, if that is known.
    pub from: Option<&'a str>,
    /// The address or number of ours that it came to.
    pub to: Option<&'a str>,
    /// Subject line of an e-mail.
    pub subject_line: Option<&'a str>,
    /// What its sender wrote newly, without what it quotes.
    pub text: &'a str,
    /// When it came.
    pub at: Timestamp,
}

impl<'a> Message<'a> {
    /// As rules of this lender look at it.
    pub fn incoming(&self, tenant: &Tenant) -> Incoming<'a> {
        let zone = tenant.settings.zone();
        Incoming {
            channel: self.channel,
            text: self.text,
            is_unmonitored: self.channel == Channel::Email
                && self.to.is_some_and(|to| answer::unread(tenant).contains(&to.to_lowercase())),
            is_outside_hours: !tenant.settings.office_hours.is_open(self.at, &zone),
        }
    }

    /// The subject line, in Jinja, of an answer that has none of its own.
    fn subject_of_answer(&self, tenant: &Tenant) -> Option<String> {
        let asked = self.subject_line.map(str::trim).filter(|line| !line.is_empty()).unwrap_or(&tenant.name);
        let is_answer = asked.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        let line = if is_answer { asked.to_owned() } else { format!("Re: {asked}") };
        (self.channel == Channel::Email).then(|| verbatim(&line))
    }
}

/// Whether a rule could answer as it stands: its words compile, or its template can be used, which may just have been
/// `named`.
///
/// # Errors
/// [`Error::Template`]; [`Error::NotFound`] and what [`resolve::usable`] says of a template.
pub async fn check(
    app: &App,
    tenant: &TenantId,
    rule: &AutoResponse,
    named: Option<&Ref<id::Descriptor>>,
) -> Result<(), Error> {
    match &rule.reply {
        Reply::Text { text, subject_line, language: _ } => {
            let source = source(text, subject_line.as_ref());
            let compile = move || rendering::Version::compile(&source, &Library::default()).map(drop);
            apart(compile).await?.map_err(fault)
        }
        Reply::Template { id } => {
            let template = app.store.template(tenant, id).await;
            let template = template.map_err(|error| match (&error, named) {
                (Error::NotFound { .. }, Some(named)) => named.not_found(),
                _ => error,
            })?;
            resolve::usable(&template, rule.channel).map(drop)
        }
    }
}

/// What a rule answers.
#[derive(Debug)]
pub struct Answer {
    /// What it is about to the guard.
    pub subject: Subject,
    /// In which language.
    pub language: String,
    /// In which words.
    pub words: Source,
}

/// What a rule answers to a message, and to whom, if the sender is known.
///
/// # Errors
/// [`Error::Template`] if its words do not render for this sender; what [`resolve::named_template`] says.
pub async fn reply(
    app: &App,
    lender: &Lender,
    rule: &AutoResponse,
    message: &Message<'_>,
    person: Option<&Person>,
) -> Result<Answer, Error> {
    let tenant = &lender.tenant;
    let matter =
        person.map(|person| About::default().of(&tenant.id, person)).transpose()?.unwrap_or_default();
    let chosen = reply::words(app, tenant, rule.channel, &wording(tenant, rule, message)).await?;
    let language = chosen.template.descriptor.language.as_str();
    let occasion = Occasion {
        tenant,
        person,
        channel: rule.channel,
        language,
        loans: &matter.loans,
        case: None,
        statement: None,
        unsubscribe: None,
        now: message.at,
    };
    let own = variables(message, tenant, language);
    let words = compose::compose(app, &chosen, &occasion, &own, false).await?.rendered;
    let descriptor = &chosen.template.descriptor;
    Ok(Answer { subject: descriptor.subject.clone(), language: descriptor.language.clone(), words })
}

/// The words of a rule for a message.
pub(super) fn wording(tenant: &Tenant, rule: &AutoResponse, message: &Message<'_>) -> Wording {
    match &rule.reply {
        Reply::Template { id } => Wording::Template(Ref::Id(id.clone()), Some(rule.channel)),
        Reply::Text { text, subject_line, language } => {
            let language = language.as_deref().unwrap_or(&tenant.settings.language);
            let subject_line = subject_line.clone().or_else(|| message.subject_of_answer(tenant));
            free(tenant, rule.channel, language, source(text, subject_line.as_ref()))
        }
    }
}

/// Words that are no template's, in Jinja.
pub(super) fn free(tenant: &Tenant, channel: Channel, language: &str, source: Source) -> Wording {
    Wording::Given(Arc::new(best::free(tenant, KnownSubject::FreeForm.into(), channel, language, source)))
}

/// Words in Jinja that come out as they are.
pub(super) fn verbatim(words: &str) -> String {
    format!("{{{{ {} }}}}", json!(words))
}

fn source(text: &str, subject_line: Option<&String>) -> Source {
    Source { subject_line: subject_line.cloned(), content_text: Some(text.to_owned()), content_html: None }
}

/// The variables an answer has besides those of every message: `inbound` and `office_hours`.
pub(super) fn variables(message: &Message<'_>, tenant: &Tenant, language: &str) -> Map<String, Value> {
    let inbound = [("body", Some(message.text)), ("from", message.from), ("subject", message.subject_line)];
    let inbound: Map<String, Value> =
        inbound.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
    let hours = tenant.settings.office_hours.in_words(language);
    let own = [("inbound", Some(json!(inbound))), ("office_hours", hours.map(Value::from))];
    own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
