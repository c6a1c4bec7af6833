//! What mail that comes back (RFC 3464) says of the message it is about.

use domain::{
    delivery::News,
    vocabulary::{Channel, StatusDetails},
};
use mail::Action;

use super::refusals::{self, UNEXPLAINED};
use crate::providers::mapping::{Mapping, Meaning, Says};

/// What an action tells.
enum Told {
    Progress(StatusDetails),
    /// The status says why.
    Failed,
}

fn told(action: Action) -> Told {
    match action {
        Action::Delayed | Action::Relayed | Action::Expanded => Told::Progress(StatusDetails::EmailSent),
        Action::Delivered => Told::Progress(StatusDetails::EmailDelivered),
        Action::Failed => Told::Failed,
    }
}

/// What became of a message by a report's action and status.
pub fn news(action: Action, status: Option<&str>) -> Option<News> {
    match told(action) {
        Told::Progress(details) => Says::Progress(details).news(Channel::Email, None),
        Told::Failed => Some(News::Failed(refusals::returned(status.unwrap_or(UNEXPLAINED)))),
    }
}

/// Every action.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    Action::ALL.into_iter().flat_map(|action| {
        let word = action.as_str();
        match told(action) {
            Told::Progress(_) => vec![Mapping::afterwards(word, news(action, None))],
            Told::Failed => vec![
                Mapping::afterwards(word, Meaning::ByCode).given("with a status, and never tried again"),
                Mapping::afterwards(word, news(action, None)).given("without a status"),
            ],
        }
    })
}
