//! Signs out: the session ends, wherever its cookie may still be.

use domain::Error;
use pages::console;
use platform::{
    app::App,
    auth::session::Ticket,
    http::Request,
    needs::{Items, Need},
};

use crate::console::{Form, SIGN_IN, Shown, VISIT, forget_session};

/// Ends it, also from a page of an earlier session.
pub async fn handle(app: &App, request: &Request) -> Shown {
    Form::unstamped(request)?;
    app.store.end_session(&Ticket::of(&request.headers).map_err(Error::from)?).await?;
    let mut answer = console::lead(SIGN_IN)?;
    forget_session(&mut answer, &request.headers);
    Ok(answer)
}

/// What it needs of AWS; where it is refused, the page that says so is the visitor's.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::Delete(Items::Sessions)];
