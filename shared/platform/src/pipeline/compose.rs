//! Composing: which template, with which variables, rendered to which parts.

use domain::{
    Error,
    error::Conflict,
    id::{self, Ref},
    person::{Case, Contact, Loan, Person},
    template::{self, Descriptor, DescriptorStatus, Fallback, Source, Version},
    tenant::Tenant,
    vocabulary::{Channel, Subject},
};
use serde_json::{Map, Value};

use super::context::{self, Occasion, Variables};
use crate::{app::App, authoring, store::templates::Template};
use rendering::{Part, email};

/// A template found for a message.
pub struct Chosen {
    /// What for, and its wording.
    pub template: std::sync::Arc<Template>,
    /// In what it is not quite what was asked for.
    pub fallbacks: Vec<Fallback>,
}

/// The template for a subject on a channel: in the person's language, for the loan's product, or the nearest to that.
///
/// # Errors
/// [`Conflict::TemplateDisabled`] where all there is is disabled, [`Conflict::NoTemplate`] where there is none.
pub async fn choose(
    app: &App,
    tenant: &Tenant,
    subject: &Subject,
    channel: Channel,
    person: &Person,
    loan: Option<&Loan>,
) -> Result<Chosen, Error> {
    let candidates = app.candidates(&tenant.id, subject, channel).await?;
    let default = &tenant.settings.language;
    let language = person.language.as_ref().unwrap_or(default);
    let product = loan.and_then(|loan| loan.product_id.as_deref());
    let Some(selected) = template::select(&candidates, language, default, product) else {
        return Err(none_fits(&candidates, subject, channel, language, default));
    };
    let template = app.template(&tenant.id, &selected.descriptor.id).await?;
    Ok(Chosen { template, fallbacks: selected.fallbacks })
}

fn none_fits(
    candidates: &[Descriptor],
    subject: &Subject,
    channel: Channel,
    language: &str,
    default: &str,
) -> Error {
    let live = |descriptor: &&Descriptor| descriptor.status != DescriptorStatus::Archived;
    let disabled = |descriptor: &Descriptor| descriptor.status == DescriptorStatus::Disabled;
    let mut live = candidates.iter().filter(live).peekable();
    if live.peek().is_some() && live.all(disabled) {
        let detail = format!("The template for {subject} on the channel {channel} is disabled.");
        return Error::conflict(Conflict::TemplateDisabled, detail);
    }
    let languages =
        if language == default { language.to_owned() } else { format!("{language} or {default}") };
    Error::conflict(
        Conflict::NoTemplate,
        format!(
            "There is no enabled template with an active version for {subject} on the channel {channel} in {languages}, \
             for this loan's product or for all; create one or activate a version."
        ),
    )
}

/// The active version of a template that may be used on this channel.
///
/// # Errors
/// [`Conflict::TemplateDisabled`], [`Conflict::ChannelMismatch`], [`Conflict::TemplateNotActive`].
pub fn usable(template: &Template, channel: Channel) -> Result<&Version, Error> {
    let Descriptor { name, status, channel: of, .. } = &template.descriptor;
    match status {
        DescriptorStatus::Enabled => {}
        DescriptorStatus::Disabled | DescriptorStatus::Archived => {
            let detail = format!("The template {name} is disabled or archived.");
            return Err(Error::conflict(Conflict::TemplateDisabled, detail));
        }
    }
    if *of != channel {
        let detail = format!("The template {name} is for the channel {of}, the request says {channel}.");
        return Err(Error::conflict(Conflict::ChannelMismatch, detail));
    }
    template.active.as_ref().ok_or_else(|| {
        Error::conflict(Conflict::TemplateNotActive, format!("The template {name} has no active version."))
    })
}

/// The contact a message is to use, of those the person has.
///
/// # Errors
/// [`Conflict::ContactNotOfPerson`].
pub fn contact<'a>(
    tenant: &Tenant,
    person: &'a Person,
    named: &Ref<id::Contact>,
) -> Result<&'a Contact, Error> {
    person.contact(&named.resolve(tenant.id.as_str())).ok_or_else(|| {
        let detail = format!("The contact {named} does not belong to the person.");
        Error::conflict(Conflict::ContactNotOfPerson, detail)
    })
}

/// The loans a message is about: those named, or the person's only one.
///
/// # Errors
/// [`Conflict::LoanNotOfPerson`].
pub fn loans<'a>(
    tenant: &Tenant,
    person: &'a Person,
    named: &[Ref<id::Loan>],
) -> Result<Vec<&'a Loan>, Error> {
    match (named, &person.loans[..]) {
        ([], [only]) => Ok(vec![only]),
        (named, _) => named
            .iter()
            .map(|loan| {
                person.loan(&loan.resolve(tenant.id.as_str())).ok_or_else(|| {
                    Error::conflict(
                        Conflict::LoanNotOfPerson,
                        format!("The loan {loan} does not belong to the person."),
                    )
                })
            })
            .collect(),
    }
}

/// The case a message belongs to.
///
/// # Errors
/// [`Conflict::CaseNotOfPerson`].
pub fn case<'a>(tenant: &Tenant, person: &'a Person, named: &Ref<id::Case>) -> Result<&'a Case, Error> {
    let id = named.resolve(tenant.id.as_str());
    person.cases.iter().find(|case| case.id == id).ok_or_else(|| {
        let detail = format!("The case {named} does not belong to the person.");
        Error::conflict(Conflict::CaseNotOfPerson, detail)
    })
}

/// A message rendered, with what its author should know.
pub struct Composed {
    /// The parts.
    pub rendered: Source,
    /// What it was rendered with.
    pub variables: Value,
    /// What the template may look up and nobody defines, such as `loan.balance`.
    pub undefined: Vec<String>,
    /// Variables of the caller that did not count.
    pub ignored: Vec<String>,
}

/// Renders a template for an occasion. `strict`: an undefined variable is an error. The styles of an e-mail are written
/// into its elements, where mail programs look for them.
///
/// # Errors
/// [`Error::Template`].
pub async fn compose(
    compiled: rendering::Version,
    occasion: &Occasion<'_>,
    own: &Map<String, Value>,
    strict: bool,
) -> Result<Composed, Error> {
    let Variables { values, ignored } = context::variables(occasion, own);
    let options = rendering::Options { strict_undefined: strict };
    let is_email = occasion.channel == Channel::Email;
    // Apart, so that a slow template holds up nobody else.
    authoring::apart(move || {
        let undefined = compiled.undefined(&values);
        let mut rendered = compiled.render(&values, options)?;
        if is_email {
            let inlined = rendered.content_html.map(email::inline).transpose();
            rendered.content_html = inlined.map_err(|problem| problem.in_part(Part::ContentHtml))?;
        }
        Ok(Composed { rendered, variables: values, undefined, ignored })
    })
    .await?
    .map_err(authoring::fault)
}

/// A text as a letter on the built-in page, in HTML.
///
/// # Errors
/// [`Error::Template`].
pub async fn letter(composed: &Composed, text: &str) -> Result<String, Error> {
    let mut variables = composed.variables.clone();
    variables["contentText"] = text.into();
    variables["subjectLine"] = composed.rendered.subject_line.as_deref().into();
    let source = Source { content_html: Some(TEXT_AS_LETTER.to_owned()), ..Source::default() };
    let render = move || rendering::render(&source, &variables, rendering::Options::default());
    let rendered = authoring::apart(render).await?.map_err(authoring::fault)?;
    Ok(rendered.content_html.unwrap_or_default())
}

const TEXT_AS_LETTER: &str = "{% extends 'postrider/letter.html' %}{% from 'postrider/macros.html' import lines %}\
    {% block content %}<p>{{ lines(contentText) }}</p>{% endblock %}";
