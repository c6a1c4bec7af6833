//! Pictures and other files that people send with a text: kept here, and served to whoever has the account's credentials.
//! <https://www.twilio.com/docs/messaging/api/media-resource>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;

use super::request::Refusal;
use super::{Twilio, TwilioAccount};
use crate::problem::Problem;
use crate::standins::written::WrittenFile;

/// Twilio takes up to ten files with a message.
const MOST_FILES: usize = 10;

/// What was sent, by its id.
#[derive(Default)]
pub struct Media(Mutex<BTreeMap<String, File>>);

#[derive(Clone)]
struct File {
    account: String,
    message: String,
    media_type: String,
    bytes: Vec<u8>,
}

impl Media {
    fn get(&self, id: &str) -> Option<File> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl Twilio {
    /// Keeps the files of a message; answers the parameters that tell of them.
    pub(super) fn keep(
        &self,
        account: &TwilioAccount,
        message: &str,
        files: &[WrittenFile],
    ) -> Result<Vec<(String, String)>, Problem> {
        if files.len() > MOST_FILES {
            return Err(Problem::bad_request(format!("a message has at most {MOST_FILES} media")));
        }
        let mut form = vec![("NumMedia".to_owned(), files.len().to_string())];
        for (at, file) in files.iter().enumerate() {
            let id = format!("ME{}", HEXLOWER.encode(&rand::random::<[u8; 16]>()));
            let kept = File {
                account: account.sid.clone(),
                message: message.to_owned(),
                media_type: file.media_type.clone(),
                bytes: file.bytes()?,
            };
            self.media.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), kept);
            let url = format!(
                "https://api.twilio.com/2010-04-01/Accounts/{}/Messages/{message}/Media/{id}",
                account.sid
            );
            form.push((format!("MediaUrl{at}"), url));
            form.push((format!("MediaContentType{at}"), file.media_type.clone()));
        }
        Ok(form)
    }
}

/// `GET /2010-04-01/Accounts/{sid}/Messages/{sid}/Media/{sid}`: sends on to where the bytes lie.
pub async fn fetch(
    State(twilio): State<Arc<Twilio>>,
    Path((account, message, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Redirect, Refusal> {
    twilio.authenticate(&account, &headers)?;
    let known = twilio.media.get(&id).filter(|file| file.account == account && file.message == message);
    known.map(|_| Redirect::temporary(&format!("/media/{id}"))).ok_or_else(|| Refusal::not_found(uri.path()))
}

/// `GET /media/{sid}`: the bytes, for whoever knows the address.
pub async fn bytes(
    State(twilio): State<Arc<Twilio>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let known = twilio.media.get(&id).ok_or_else(|| Refusal::not_found(uri.path()))?;
    Ok(([(header::CONTENT_TYPE, known.media_type)], known.bytes).into_response())
}
