//! Files that came in with what a person wrote.

pub mod download;

use domain::interaction::Enclosure;
use schemars::JsonSchema;
use serde::Deserialize;

/// A file's place among those a message came with, from 0.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EnclosureNumber(#[schemars(range(max = Enclosure::MOST - 1))] usize);
