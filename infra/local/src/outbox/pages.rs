//! The pages of letters, as a person would hold them: `GET /_local/outbox/{sequence}/letter` is the PDF,
//! `…/pages/{number}` a page of it as a picture.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;

use super::Outbox;
use crate::problem::Problem;

/// Letters whose pages are kept; those of older ones make room.
pub const KEPT: usize = 200;

/// `GET /_local/outbox/{sequence}/letter`.
pub async fn letter(
    State(outbox): State<Arc<Outbox>>,
    Path(sequence): Path<u64>,
) -> Result<impl IntoResponse, Problem> {
    let pdf =
        outbox.letter(sequence).ok_or_else(|| Problem::not_found("no letter of that number is kept"))?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf.to_vec()))
}

/// `GET /_local/outbox/{sequence}/pages/{number}`, from 1.
pub async fn page(
    State(outbox): State<Arc<Outbox>>,
    Path((sequence, number)): Path<(u64, usize)>,
) -> Result<impl IntoResponse, Problem> {
    let pdf =
        outbox.letter(sequence).ok_or_else(|| Problem::not_found("no letter of that number is kept"))?;
    let drawn = tokio::task::spawn_blocking(move || pictures::page(pdf.to_vec(), number)).await;
    let drawn = drawn.map_err(|error| Problem::bad_gateway(error.to_string()))?;
    let picture = drawn.ok_or_else(|| Problem::not_found("the letter has no such page"))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], picture))
}
