//! The pages of letters, as a person would hold them: `GET /_local/outbox/{sequence}/letter` is the PDF,
//! `…/pages/{number}` a page of it as a picture.

use std::io::Cursor;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{ImageFormat, RgbaImage};

use super::Outbox;
use crate::problem::Problem;

/// Letters whose pages are kept; those of older ones make room.
pub const KEPT: usize = 200;

/// How many pages a PDF has; none where it is no PDF.
pub fn count(pdf: &[u8]) -> usize {
    Pdf::new(pdf.to_vec()).map_or(0, |pdf| pdf.pages().len())
}

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
    let drawn = tokio::task::spawn_blocking(move || draw(&pdf, number)).await;
    let drawn = drawn.map_err(|error| Problem::bad_gateway(error.to_string()))?;
    let picture = drawn.ok_or_else(|| Problem::not_found("the letter has no such page"))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], picture))
}

/// A page at 72 dpi, as PNG.
fn draw(pdf: &[u8], number: usize) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf.to_vec()).ok()?;
    let page = pdf.pages().get(number.checked_sub(1)?)?;
    let settings = PixmapSettings { bg_color: WHITE, ..PixmapSettings::default() };
    let drawn = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    let picture = RgbaImage::from_raw(width, height, drawn.data_as_u8_slice().to_vec())?;
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(png.into_inner())
}
