//! Pages compared with how they looked when someone last looked at them.
//!
//! `UPDATE_PAGES=1 cargo test -p letters --test printing` draws them anew; look at them before they are kept.

use std::{env, fs, path::PathBuf};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf,
    vello_cpu::color::palette::css::WHITE,
};
use image::GrayImage;

/// How much darker or lighter a pixel may be, of 255: the edges of letters, should another version of the
/// rasterizer smooth them otherwise.
const SHADE: u8 = 80;
/// How many of 10,000 pixels may be otherwise. A word that moved is more.
const OTHERWISE: usize = 5;

/// Compares each page of `pdf`, at 72 dpi, with `pages/{name}-{number}.png`.
pub fn assert_looks_like(pdf: &[u8], name: &str) {
    let pages = drawn(pdf);
    for (page, number) in pages.iter().zip(1..) {
        let file = folder().join(format!("{name}-{number}.png"));
        if env::var_os("UPDATE_PAGES").is_some() {
            page.save(&file).unwrap();
        }
        let kept =
            image::open(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).into_luma8();
        assert_eq!(page.dimensions(), kept.dimensions(), "{name}, page {number}");
        let pixels = page.as_raw().len();
        let otherwise =
            page.as_raw().iter().zip(kept.as_raw()).filter(|(now, then)| now.abs_diff(**then) > SHADE);
        let otherwise = otherwise.count() * 10_000 / pixels;
        if otherwise > OTHERWISE {
            let drawn = env::temp_dir().join(format!("{name}-{number}.png"));
            page.save(&drawn).unwrap();
            panic!(
                "page {number} of {name} looks otherwise ({otherwise} of 10,000 pixels): {}",
                drawn.display()
            );
        }
    }
    let next = folder().join(format!("{name}-{}.png", pages.len() + 1));
    assert!(!fs::exists(&next).unwrap(), "{name} had more pages");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/printing/pages")
}

/// Each page, at 72 dpi.
pub fn drawn(pdf: &[u8]) -> Vec<GrayImage> {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let cache = RenderCache::new();
    let settings = PixmapSettings { bg_color: WHITE, ..PixmapSettings::default() };
    let draw = |page| {
        let drawn = hayro::render(
            page,
            &cache,
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &settings,
        );
        let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
        let color = image::RgbaImage::from_raw(width, height, drawn.data_as_u8_slice().to_vec()).unwrap();
        image::DynamicImage::from(color).into_luma8()
    };
    pdf.pages().iter().map(draw).collect()
}
