//! 001 · Send message.

use std::sync::Arc;

use domain::{Error, compliance::Circumstances, id::Ref, template::Source, vocabulary::Channel};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::{Bodies, Need},
    pipeline::{
        accept::{self, Outcome},
        attach, best,
        resolve::{self, Wording},
    },
};

use super::{
    TemplateUsed,
    message::SendMessage,
    sent::{SentMessage, in_words},
};
use crate::{catalog::Answer, dialect, interactions::InteractionView, openapi::Operation};

/// Accepts the message: checked, rendered, stored, queued.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let now = app.now();
    let body = dialect::read(request, &dialect::COMMUNICATIONS_SEND, |body: &SendMessage| body.check(now))?;
    let (tenant, caller) = (request.tenant()?, request.caller()?);
    let subject = app.subjects(tenant).await?.descriptor(&body.subject);
    let theme = body.theme.or(subject.theme);
    let theme = theme.ok_or_else(|| Error::invalid("/theme", "must be given: the subject implies none"))?;
    let theme = theme.replacement().unwrap_or(theme);
    subject.may_be_sent_by(caller.agent)?;
    let wording = if body.use_template {
        subject.may_say(body.edited_content.is_some())?;
        Wording::Best(body.subject.clone(), body.wanted_channel())
    } else {
        // The documents are all there is to print.
        let lender = app.tenant(tenant).await?;
        Wording::Given(Arc::new(best::unworded(&lender, body.subject.clone(), Channel::Mail)))
    };
    let mut resolved = resolve::resolve(app, tenant, body.about(theme), &wording).await?;
    let person = resolved.person().cloned().ok_or_else(|| Error::invalid("/personId", "must be given"))?;
    let matter = resolved.matter(Some(&person))?;
    let case = subject.case(&person.cases, matter.case)?.map(|case| Ref::Id(case.id.clone()));
    let attachments = attach::find(app, tenant, &person.id, &body.attachments).await?;
    resolved.about.case = case;
    let chosen = resolved.chosen.clone();
    let core = accept::Request {
        id: request.id_named(app, body.interaction_external_id.as_ref())?,
        send_at: body.send_at(now),
        circumstances: Circumstances::default(),
        transactional: body.is_transactional,
        strict_undefined: body.strict_undefined,
        send_jitter: body.send_jitter,
        batch: None,
        attachments,
        trace_id: request.trace_id.clone(),
        external_id: body.interaction_external_id,
        supercase_bulk_operation: body.supercase_bulk_operation_id,
        trigger: None,
        delay: jiff::SignedDuration::ZERO,
        instead_of: None,
        edited: body.edited_content.map(Source::from),
        context: body.context,
    };
    let accepted = match accept::accept(app, resolved, &core).await? {
        Outcome::Accepted(interaction) | Outcome::Repeated(interaction) => interaction,
        Outcome::Blocked(blocked) => {
            return Ok(problem::blocked(&blocked.decision, &blocked.record.id, &request.trace_id));
        }
    };
    let message = in_words(&accepted, &chosen, &person, body.channel.is_none());
    let data = InteractionView::of(app, caller, accepted, Some(&person)).await?;
    json(StatusCode::ACCEPTED, &SentMessage { message, data, template: TemplateUsed::from(&chosen) })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(resolve::BEST),
    Need::All(accept::NEEDS),
    Need::All(attach::NEEDS),
    Need::Fetch(Bodies::Contents),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Send a message")
        .about(
            "Finds the template for subject, channel, product and language, and the contact; asks the compliance guard; \
             renders; stores; queues. If only the hour is wrong and sendAt is null, the message is scheduled for the next \
             right one. Every cause of 409 has a problem type of its own, with a detail that can be read to the borrower.",
        )
        .body::<SendMessage>(super::message::example())
        .answer::<SentMessage>(202, "It was accepted and will be sent", super::sent::example())
        .problems(&[404, 409, 422])
}
