//! Pages of a letter as pictures: what a person would hold, for a page of the web.

use std::io::Cursor;

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf,
    vello_cpu::color::palette::css::WHITE,
};
use image::{ImageFormat, RgbaImage};

/// Dots of a picture for each point of the paper: small print can be read at 108 dpi.
const SCALE: f32 = 1.5;

/// How many pages a PDF has; none if it is no PDF.
pub fn count(pdf: Vec<u8>) -> usize {
    Pdf::new(pdf).map_or(0, |pdf| pdf.pages().len())
}

/// A page, from 1, as PNG; `None` if there is no such page.
pub fn page(pdf: Vec<u8>, number: usize) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf).ok()?;
    let page = pdf.pages().get(number.checked_sub(1)?)?;
    let settings = PixmapSettings { x_scale: SCALE, y_scale: SCALE, bg_color: WHITE };
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
