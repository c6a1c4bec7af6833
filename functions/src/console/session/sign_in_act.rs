//! Signs in: a credential becomes a session.

use domain::{Error, error::Ours as _, limit::Limit};
use jiff::SignedDuration;
use lambda_http::http::{HeaderValue, StatusCode, header};
use pages::console;
use platform::{
    app::App,
    auth::{
        self, Refusal,
        session::{Session, Ticket},
    },
    http::Request,
    needs::{Items, Need, SecretsOf},
    telemetry,
};

use super::sign_in;
use crate::{
    authorizer::Stored,
    console::{Form, Shown, way_back},
};

/// How often one address may be wrong. Nobody guesses a key of ours; one that somebody chose by hand, somebody may.
const FAILED: Limit = Limit { most: 20, within: SignedDuration::from_mins(15) };
/// What that is counted as.
const WHAT: &str = "failed sign-ins";

/// Begins a session and leads on to where its visitor wanted to go.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let form = Form::unstamped(request)?;
    let (to, now) = (Some(form.text("to")), app.now());
    let source = request.source.map(|address| address.to_string()).unwrap_or_default();
    app.store.expect_room(None, WHAT, &source, FAILED, now).await?;
    let proof = match auth::prove(form.text("credential"), now, &Stored(app), &app.key_sets).await {
        Ok(proof) => proof,
        Err(Refusal::Undecided(error)) => return Err(error.into()),
        Err(refusal) => {
            tracing::info!(refusal = telemetry::unproven(&refusal), trace = request.trace_id, "no session");
            app.store.count(None, WHAT, &source, FAILED, 1, now).await?;
            let fault =
                if matches!(Error::from(refusal), Error::Forbidden(_)) { "no_role" } else { "unknown" };
            return sign_in::show(request, StatusCode::FORBIDDEN, to, Some(fault));
        }
    };
    let session = Session::begin(&proof, now);
    let ticket = Ticket::new(rand::random(), proof.voucher);
    app.store.begin_session(&ticket, &session).await?;
    if let Ok(former) = Ticket::of(&request.headers) {
        app.store.end_session(&former).await?;
    }
    tracing::info!(subject = session.subject, trace = request.trace_id, "signed in");
    let mut answer = console::lead(way_back(to))?;
    let cookie = ticket.cookie(session.ends_at.duration_since(now));
    answer.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).internal()?);
    Ok(answer)
}

/// What it needs of AWS: what the authorizer needs, as it proves credentials too, and to keep a session and end the one before.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::ApiKeys),
    Need::Read(Items::Issuers),
    Need::Secrets(SecretsOf::Issuers),
    Need::Read(Items::Usage),
    Need::Write(Items::Usage),
    Need::Write(Items::Sessions),
    Need::Delete(Items::Sessions),
];
