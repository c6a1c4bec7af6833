//! Composing: with which variables, rendered to which parts.

use domain::{
    Error,
    error::Conflict,
    letter::{PageSize, Sheet},
    notification, segments,
    template::Source,
    tenant::Settings,
    typography::Replacement,
    update::Faults,
    vocabulary::Channel,
};
use rendering::{Part, email, untrusted};
use serde_json::{Map, Value};

use super::{
    context::{self, Occasion, Variables},
    resolve::{Chosen, NAMED, Resolved},
};
use crate::{
    app::App,
    needs::Need,
    templates::{
        authoring,
        jobs::{apart, fault},
    },
};

/// A message rendered, with what its author should know.
pub struct Composed {
    /// The parts.
    pub rendered: Source,
    /// What it was rendered with.
    pub variables: Value,
    /// What the template looks up and this message does not have, such as `advice` or `borrower.frist_name`.
    pub undefined: Vec<String>,
    /// Variables of the caller that did not count.
    pub ignored: Vec<String>,
    /// What its text says in other characters than it was written in.
    pub replacement: Option<Replacement>,
}

/// What looking at a message without sending it needs of AWS, with what resolving it does.
pub const PREVIEW: &[Need] = &[Need::All(NAMED), Need::All(authoring::COMPILE)];

/// Renders what was resolved, as it is now, without sending it.
///
/// # Errors
/// [`Error::Template`]; what hangs on the person and is not the person's.
pub async fn preview(
    app: &App,
    resolved: &Resolved,
    own: &Map<String, Value>,
    strict: bool,
) -> Result<Composed, Error> {
    let matter = resolved.matter(resolved.person())?;
    let channel = resolved.chosen.template.descriptor.channel;
    let sample = app.links.sample(&resolved.lender.tenant.id, channel);
    let occasion = resolved.occasion(resolved.person(), &matter, sample.as_deref(), app.now());
    compose(app, &resolved.chosen, &occasion, own, strict).await
}

/// Renders a template for an occasion. `strict`: an undefined variable is an error.
///
/// # Errors
/// [`Error::Template`].
pub async fn compose(
    app: &App,
    chosen: &Chosen,
    occasion: &Occasion<'_>,
    own: &Map<String, Value>,
    strict: bool,
) -> Result<Composed, Error> {
    let compiled = authoring::compiled(app, &occasion.tenant.id, &chosen.version).await?;
    render(compiled, occasion, own, strict).await
}

/// The same with a compiled template. The styles of an e-mail are written into its elements, where mail programs look
/// for them.
///
/// # Errors
/// [`Error::Template`].
pub async fn render(
    compiled: rendering::Version,
    occasion: &Occasion<'_>,
    own: &Map<String, Value>,
    strict: bool,
) -> Result<Composed, Error> {
    let variables = context::variables(occasion, own);
    let undefined = context::undefined(&compiled, &variables, own);
    let Variables { values, ignored } = variables;
    let options = rendering::Options { strict_undefined: strict };
    let (channel, settings) = (occasion.channel, occasion.tenant.settings.clone());
    // Apart, so that a slow template holds up nobody else.
    apart(move || {
        let (mut rendered, replacement) = compiled.render(&values, options)?.put_together(channel, &settings);
        if channel == Channel::Email {
            let inlined = rendered.content_html.map(email::inline).transpose();
            rendered.content_html = inlined.map_err(|problem| problem.in_part(Part::ContentHtml))?;
        }
        Ok(Composed { rendered, variables: values, undefined, ignored, replacement })
    })
    .await?
    .map_err(fault)
}

/// Whether a channel carries that: not too much, and not nothing. What has files is one message, however long its text.
///
/// # Errors
/// [`Conflict::MessageTooLarge`], [`Conflict::NothingSaid`].
pub fn fits(words: &Source, channel: Channel, has_files: bool) -> Result<(), Error> {
    let text = words.content_text.as_deref().unwrap_or_default();
    match channel {
        Channel::Push if notification::bytes(words) > notification::MAX_BYTES => {
            Err(Error::conflict(Conflict::MessageTooLarge, notification::TOO_LARGE))
        }
        Channel::Text if !has_files && segments::count(text) > segments::MAX_SEGMENTS => {
            let (parts, most) = (segments::count(text), segments::MAX_SEGMENTS);
            let detail = format!(
                "The text needs {parts} parts of {most} allowed. Shorten the message, or its template."
            );
            Err(Error::conflict(Conflict::MessageTooLarge, detail))
        }
        Channel::Text | Channel::Push if text.trim().is_empty() => {
            let detail = "The message has no text: its template renders to nothing here. Change it, or give the variables it needs.";
            Err(Error::conflict(Conflict::NothingSaid, detail))
        }
        _ => Ok(()),
    }
}

/// What a message says after somebody edited it: text and HTML take each other's place, so that no unedited half goes
/// with an edited one.
///
/// # Errors
/// [`Error::Invalid`] if what is left cannot go by the channel; [`Error::Template`] if an e-mail's styles cannot be
/// read.
pub fn edited(
    rendered: Source,
    edited: &Source,
    channel: Channel,
    settings: &Settings,
) -> Result<Source, Error> {
    let written = Source {
        subject_line: edited.subject_line.clone().or(rendered.subject_line),
        content_text: edited.content_text.clone(),
        content_html: edited.content_html.clone(),
    };
    let (mut source, _) = written.put_together(channel, settings);
    let is_given = |part: &Option<String>| part.as_deref().is_some_and(|text| !text.trim().is_empty());
    let (text, html) = (is_given(&source.content_text), is_given(&source.content_html));
    let is_plain = matches!(channel, Channel::Text | Channel::Push);
    let mut faults = Faults::default();
    faults.expect(
        text || (html && !is_plain),
        "/editedContent/contentText",
        "must say what the message is to say",
    );
    let message = format!("must be left out: what goes by {channel} has no HTML");
    faults.expect(!(html && is_plain), "/editedContent/contentHtml", &message);
    faults.none()?;
    if channel == Channel::Email {
        let safe = source.content_html.map(|html| untrusted::html(html).and_then(email::inline)).transpose();
        source.content_html = safe.map_err(|problem| fault(problem.in_part(Part::ContentHtml)))?;
    }
    Ok(source)
}

/// What is printed of a message: its HTML, or its text as a letter; nothing if it has neither.
///
/// # Errors
/// [`Error::Template`].
pub async fn printable(composed: &Composed) -> Result<Option<String>, Error> {
    match (&composed.rendered.content_html, &composed.rendered.content_text) {
        (Some(html), _) => Ok(Some(html.clone())),
        (None, Some(text)) => letter(composed, text).await.map(Some),
        (None, None) => Ok(None),
    }
}

/// Paper as it is used if the message is read.
pub fn sheet(composed: &Composed) -> Sheet {
    const LETTER: [&str; 9] = ["US", "CA", "MX", "PR", "PH", "CO", "CL", "VE", "DO"];
    let locale = composed.variables["locale"].as_str().unwrap_or("en-US").to_owned();
    let region = locale.split(['-', '_']).skip(1).find(|subtag| subtag.len() == 2);
    let is_letter = region.is_none_or(|region| LETTER.contains(&region));
    Sheet {
        size: if is_letter { PageSize::Letter } else { PageSize::A4 },
        title: composed.rendered.subject_line.clone(),
        language: locale,
    }
}

/// A text as a letter on the built-in page, in HTML.
///
/// # Errors
/// [`Error::Template`].
async fn letter(composed: &Composed, text: &str) -> Result<String, Error> {
    let mut variables = composed.variables.clone();
    variables["contentText"] = text.into();
    variables["subjectLine"] = composed.rendered.subject_line.as_deref().into();
    let source = Source { content_html: Some(TEXT_AS_LETTER.to_owned()), ..Source::default() };
    let render = move || rendering::render(&source, &variables, rendering::Options::default());
    let rendered = apart(render).await?.map_err(fault)?;
    Ok(rendered.content_html.unwrap_or_default())
}

const TEXT_AS_LETTER: &str = "{% extends 'postrider/letter.html' %}{% from 'postrider/macros.html' import lines %}\
    {% block content %}<p>{{ lines(contentText) }}</p>{% endblock %}";
