//! What items hold, packed: the table is paid for by the kilobyte.
//!
//! Packed bytes are the number of a dictionary, and then JSON as raw deflate (RFC 1951) with that dictionary: what our entities
//! have in common, the names of their members, and what mails have in common, their HTML. A dictionary never changes, because
//! what was packed with it is read with it. A better one gets the next number and packs what is written from then on.

use std::cell::RefCell;

use domain::{
    Error,
    error::{Cause, Ours as _},
};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde::{Serialize, de::DeserializeOwned};

/// By number.
const DICTIONARIES: [&[u8]; 1] = [include_bytes!("../../data/dictionary-0.txt")];
/// The largest that is read back, in bytes: an item of 400 KB holds no more of ours, and what a mistake made ends here.
const MOST: usize = 16 * 1024 * 1024;
const LEVEL: Compression = Compression::new(6);

thread_local! {
    /// Kept, because it has 370 KB: asked of the system and given back for each item, they are a hundred page faults.
    static PACKER: RefCell<Compress> = RefCell::new(Compress::new(LEVEL, false));
}

/// An entity, packed.
///
/// # Errors
/// [`Error::Internal`] for one that is not JSON.
pub fn pack<T: Serialize>(entity: &T) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(entity).internal()?;
    PACKER.with_borrow_mut(|packer| deflate(&json, packer))
}

fn deflate(json: &[u8], packer: &mut Compress) -> Result<Vec<u8>, Error> {
    let (number, dictionary) = (DICTIONARIES.len() - 1, DICTIONARIES[DICTIONARIES.len() - 1]);
    packer.reset();
    packer.set_dictionary(dictionary).internal()?;
    let mut packed = Vec::with_capacity(json.len() / 2 + 64);
    packed.push(u8::try_from(number).internal()?);
    loop {
        let read = usize::try_from(packer.total_in()).internal()?;
        match packer.compress_vec(&json[read..], &mut packed, FlushCompress::Finish).internal()? {
            Status::StreamEnd => return Ok(packed),
            Status::Ok | Status::BufError => packed.reserve(packed.capacity()),
        }
    }
}

/// The entity that was packed.
///
/// # Errors
/// [`Error::Internal`] for bytes that [`pack`] did not make, and for another entity.
pub fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, Error> {
    let json = inflate(packed)?;
    serde_json::from_slice(&json).map_err(|e| Error::Internal(Cause::of(e)))
}

fn inflate(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let [number, packed @ ..] = packed else { return Err(Error::Internal("nothing is packed".into())) };
    let dictionary = DICTIONARIES.get(usize::from(*number));
    let dictionary = dictionary
        .ok_or_else(|| Error::Internal(format!("packed with an unknown dictionary, {number}").into()))?;
    let mut unpacker = Decompress::new(false);
    unpacker.set_dictionary(dictionary).internal()?;
    let mut json = Vec::with_capacity(packed.len() * 4 + 256);
    loop {
        let read = usize::try_from(unpacker.total_in()).internal()?;
        match unpacker.decompress_vec(&packed[read..], &mut json, FlushDecompress::Finish).internal()? {
            Status::StreamEnd => return Ok(json),
            Status::Ok | Status::BufError if json.len() == json.capacity() && json.len() < MOST => {
                json.reserve(json.capacity());
            }
            Status::Ok | Status::BufError => {
                return Err(Error::Internal("packed bytes end early or never".into()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_comes_out_as_it_was(text in ".*", numbers in prop::collection::vec(any::<i64>(), 0..2000)) {
            let entity = json!({ "text": text, "numbers": numbers });
            prop_assert_eq!(unpack::<Value>(&pack(&entity).unwrap()).unwrap(), entity);
        }

        #[test]
        fn other_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _: Result<Value, Error> = unpack(&bytes);
        }
    }

    #[test]
    fn what_is_cut_or_of_an_unknown_dictionary_is_an_error() {
        let packed = pack(&json!({ "id": "IN-1", "words": "due ".repeat(100) })).unwrap();
        for end in 0..packed.len() {
            assert!(unpack::<Value>(&packed[..end]).is_err(), "{end}");
        }
        let other = [&[u8::MAX], &packed[1..]].concat();
        assert!(unpack::<Value>(&other).is_err());
    }

    #[test]
    fn what_swells_without_end_is_an_error() {
        let swollen = pack(&"0".repeat(MOST + MOST)).unwrap();
        assert!(unpack::<String>(&swollen).is_err());
    }
}
