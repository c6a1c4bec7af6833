//! The places in lists, as callers see them.

use std::str::FromStr;

use domain::{Error, error::Ours as _, id::Kind};
use serde::{Serialize, de::DeserializeOwned};

use crate::store::Position;

/// A list cursor as callers see it: opaque.
pub fn encode_cursor<T: Serialize>(position: &T) -> Result<String, Error> {
    let bytes = serde_json::to_vec(position).internal()?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

/// What a cursor of ours says; `pointer` is where it stands in the request.
///
/// # Errors
/// [`Error::Invalid`] for what is none.
pub fn decode_cursor<T: DeserializeOwned + Serialize>(text: &str, pointer: &str) -> Result<T, Error> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    // Whatever else reads as one was not answered.
    let cursor = cursor.filter(|cursor| encode_cursor(cursor).is_ok_and(|ours| ours == text));
    cursor.ok_or_else(|| Error::invalid(pointer, "must be a cursor as it was answered; start without one"))
}

/// The cursor of the next page, if there is one.
pub fn next_cursor(position: Option<&Position>) -> Result<Option<String>, Error> {
    position.map(encode_cursor).transpose()
}

/// An id that [`Request::edge`] asks for; what is none is not in the list.
pub fn listed<K: Kind, I: FromStr>(text: &str) -> Result<I, Error> {
    text.parse().map_err(|_| Error::not_found(K::NAME, text))
}
