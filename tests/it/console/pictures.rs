//! How the console looks, beside how it looked when someone last looked at it. The pictures stand in `docs/console.md`, too.
//!
//! `UPDATE=1 cargo test --test it pictures` draws them anew; look at them before they are kept.

use std::{cmp::Reverse, collections::HashMap, env, fs, path::Path};

use data_encoding::BASE64;
use image::{RgbImage, imageops::thumbnail};
use postrider_tests::{TestApp, browser::Browser};
use serde_json::json;

use super::{Seen, sign_in};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/console.md");
/// What all of them may weigh.
const HEAVIEST: usize = 1024 * 1024;

/// A name, the path with names of [`Seen`], the width of the window, and whether in dark colors.
const PICTURES: &[(&str, &str, u32, bool)] = &[
    ("messages", "/console/messages", 1280, false),
    ("messages-dark", "/console/messages", 1280, true),
    ("message-why", "/console/messages/{blocked}", 1280, false),
    ("borrower", "/console/borrowers/ext-maria?theme=opsCollDebt", 1280, false),
    ("borrower-narrow", "/console/borrowers/ext-maria?theme=opsCollDebt", 320, false),
    ("task", "/console/inbox/tasks/{task}", 1280, false),
    ("batch", "/console/batches/{batch}", 1280, false),
    ("problems", "/console/problems", 1280, false),
    ("health", "/console/health", 1280, false),
    ("rule", "/console/rules/US-REGF-7IN7", 1280, false),
    ("what-if", "/console/what-if?by.email=1&by.voice=1&theme=opsCollDebt&sample=3#answer", 1280, false),
    ("templates", "/console/templates", 1280, false),
    ("version", "/console/templates/{template}/versions/{draft}?preview=1&person=john", 1280, false),
    ("settings", "/console/settings", 1280, false),
];

/// Fonts of the repository's, and their weights: those of systems differ, and so would the length of every line.
const FONTS: &[(&str, u32, &[u8])] = &[
    ("Words", 400, include_bytes!("../../../shared/letters/src/fonts/LiberationSans-Regular.ttf")),
    ("Words", 700, include_bytes!("../../../shared/letters/src/fonts/LiberationSans-Bold.ttf")),
    ("Code", 400, include_bytes!("../../../shared/letters/src/fonts/LiberationMono-Regular.ttf")),
];

/// Sets the page in [`FONTS`], and writes one id in the place of all that each run makes anew, and of seconds no parts.
const STILL: &str = r"(async () => {
    for (const [family, weight, file] of FONTS) {
        const bytes = Uint8Array.from(atob(file), one => one.charCodeAt(0));
        document.fonts.add(await new FontFace(family, bytes, { weight }).load());
    }
    const fonts = new CSSStyleSheet();
    fonts.replaceSync(`:root { font-family: Words } code, pre, .wording, .source, .difference { font-family: Code !important }`);
    document.adoptedStyleSheets = [fonts];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        text.data = text.data
            .replace(/\b([A-Z]{2})-(?:KEY-[0-9A-Z]{26}|[0-9A-Z]{10}-[0-9A-Z]{16})\b/g, '$1-01JD3V9K2M-8ZQ4T6WX1N3F5G7H')
            .replace(/\b1-[0-9a-f]{8}-[0-9a-f]{24}\b/g, '1-695bd0f0-8d3f5a1b7c2e4f609a1b2c3d')
            .replace(/(:\d\d)\.\d+Z/g, '$1Z');
    }
})()";

/// How many pixels become one before pictures are compared, in each direction: letters are smoothed otherwise by each version of
/// the browser.
const COARSE: u32 = 4;
/// How much darker or lighter one may be, of 255.
const SHADE: u8 = 40;
/// How many of 10,000 may be otherwise.
const OTHERWISE: usize = 50;

fn coarse(picture: &RgbImage) -> RgbImage {
    thumbnail(picture, picture.width() / COARSE, picture.height() / COARSE)
}

/// How many of 10,000 are otherwise.
fn otherwise(now: &RgbImage, then: &RgbImage) -> usize {
    assert_eq!(now.dimensions(), then.dimensions());
    let (now, then) = (coarse(now), coarse(then));
    let pairs = now.pixels().zip(then.pixels());
    let differs =
        pairs.filter(|(now, then)| now.0.iter().zip(then.0).any(|(now, then)| now.abs_diff(then) > SHADE));
    differs.count() * 10_000 / now.pixels().len()
}

#[tokio::test]
async fn pages_look_as_the_documentation_shows_them() {
    let app = TestApp::start().await;
    let seen = Seen::of(&app).await;
    let url = app.system.url().to_owned();
    let drawn = tokio::task::spawn_blocking(move || {
        let fonts: Vec<_> = FONTS
            .iter()
            .map(|(family, weight, file)| (family, weight.to_string(), BASE64.encode(file)))
            .collect();
        let still = STILL.replacen("FONTS", &json!(fonts).to_string(), 1);
        let mut browser = Browser::start(1280, true);
        sign_in(&mut browser, &url, "demo-admin");
        let draw = |(name, path, width, dark): &(&'static str, &str, u32, bool)| {
            browser.become_one(*width, 800, *dark, "en");
            browser.open(&format!("{url}{}", seen.path(path)));
            browser.run(&still);
            (*name, browser.picture_of_window())
        };
        PICTURES.iter().map(draw).collect::<Vec<_>>()
    });
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let (mut faults, mut weight) = (Vec::new(), 0);
    for (name, png) in drawn.await.unwrap() {
        assert!(document.contains(&format!("(pictures/{name}.png)")), "docs/console.md does not show {name}");
        let now = image::load_from_memory(&png).unwrap().into_rgb8();
        let file = Path::new(FOLDER).join(format!("{name}.png"));
        if env::var_os("UPDATE").is_some() {
            fs::write(&file, small(&now)).unwrap();
        }
        let kept = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        weight += kept.len();
        let otherwise = otherwise(&now, &image::load_from_memory(&kept).unwrap().into_rgb8());
        if otherwise > OTHERWISE {
            let drawn = env::temp_dir().join(format!("{name}.png"));
            fs::write(&drawn, png).unwrap();
            faults.push(format!("{name} looks otherwise ({otherwise} of 10,000): {}", drawn.display()));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(weight <= HEAVIEST, "{weight} bytes");
    assert_eq!(fs::read_dir(FOLDER).unwrap().count(), PICTURES.len(), "there are pictures of nothing");
}

/// A PNG with the 256 colors that most pixels have, which weighs a third: the edges of letters take the nearest.
fn small(picture: &RgbImage) -> Vec<u8> {
    let mut counts = HashMap::<[u8; 3], u32>::new();
    picture.pixels().for_each(|pixel| *counts.entry(pixel.0).or_default() += 1);
    let mut colors: Vec<_> = counts.into_iter().collect();
    colors.sort_by_key(|(color, count)| (Reverse(*count), *color));
    let palette: Vec<[u8; 3]> = colors.iter().take(256).map(|(color, _)| *color).collect();
    let apart = |one: [u8; 3], other: [u8; 3]| -> u32 {
        one.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    let nearest =
        |color: [u8; 3]| (0..=255).zip(&palette).min_by_key(|(_, kept)| apart(color, **kept)).unwrap().0;
    let indices: HashMap<_, u8> = colors.iter().map(|(color, _)| (*color, nearest(*color))).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    let data: Vec<u8> = picture.pixels().map(|pixel| indices[&pixel.0]).collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    file
}
