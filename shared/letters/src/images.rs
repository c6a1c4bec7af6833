//! Images: taken out of their `data:` URLs, checked, and given to the layout engine by name.
//!
//! The engine skips in silence whatever it cannot resolve or decode, and does not know the size of an image,
//! so both is settled here.

use std::{collections::HashMap, io::Cursor};

use data_url::DataUrl;
use fulgur::{asset::AssetBundle, image::AssetKind};
use image::{ImageDecoder, ImageReader};
use usvg::roxmltree;

use crate::{Refusal, limits};

/// An image that the layout engine can show.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Image {
    /// The name it has in the assets.
    pub(crate) name: String,
    /// Its own size, in CSS pixels.
    pub(crate) width: f32,
    /// As `width`.
    pub(crate) height: f32,
    /// Whether it is SVG, which the engine shows as a background only.
    pub(crate) vector: bool,
}

/// The images of one document.
#[derive(Debug, Default)]
pub(crate) struct Images {
    known: HashMap<String, Image>,
    files: Vec<(String, Vec<u8>)>,
    places: usize,
    pixels: u64,
}

impl Images {
    /// The image at `url`, as written in the document.
    ///
    /// # Errors
    /// When it is not a `data:` URL of a PNG, JPEG, GIF or SVG image within the limits.
    pub(crate) fn resolve(&mut self, url: &str) -> Result<Image, Refusal> {
        self.places += 1;
        if self.places > limits::IMAGES {
            let message = format!("the document shows more than {} images", limits::IMAGES);
            return Err(Refusal::new(message));
        }
        let url = url.trim();
        if let Some(image) = self.known.get(url) {
            return Ok(image.clone());
        }
        let data = DataUrl::process(url).map_err(|_| {
            refused(url, "cannot be printed: only images inside the document can (`data:` URLs)")
        })?;
        let (bytes, _) = data.decode_to_vec().map_err(|_| refused(url, "is not valid base64"))?;
        if bytes.len() > limits::IMAGE {
            let message = format!("{} is larger than {} KB", shortened(url), limits::IMAGE / 1024);
            return Err(Refusal::new(message));
        }
        let name = format!("image-{}", self.files.len() + 1);
        let image = match AssetKind::detect(&bytes) {
            AssetKind::Raster(_) => {
                let (width, height) = self.decode(&bytes).map_err(|reason| reason.of(url))?;
                Image { name, width: width as f32, height: height as f32, vector: false }
            }
            AssetKind::Svg => {
                let size = drawing(&bytes).map_err(|reason| reason.of(url))?;
                Image { name, width: size.width(), height: size.height(), vector: true }
            }
            AssetKind::Unknown => return Err(refused(url, "is no PNG, JPEG, GIF or SVG image")),
        };
        self.files.push((image.name.clone(), bytes));
        self.known.insert(url.to_owned(), image.clone());
        Ok(image)
    }

    /// Gives the images to the layout engine.
    pub(crate) fn register(self, assets: &mut AssetBundle) {
        for (name, bytes) in self.files {
            assets.add_image(name, bytes);
        }
    }

    /// Decodes an image as the engine will, once it is sure that its pixels fit.
    fn decode(&mut self, bytes: &[u8]) -> Result<(u32, u32), Reason> {
        let reader =
            ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Reason::Damaged)?;
        let decoder = reader.into_decoder().map_err(|_| Reason::Damaged)?;
        let (width, height) = decoder.dimensions();
        self.pixels = self.pixels.saturating_add(u64::from(width) * u64::from(height));
        if self.pixels > limits::PIXELS {
            return Err(Reason::Pixels);
        }
        image::DynamicImage::from_decoder(decoder).map_err(|_| Reason::Damaged)?;
        Ok((width, height))
    }
}

enum Reason {
    Damaged,
    Pixels,
    Element(String),
    Reuses,
}

impl Reason {
    fn of(self, url: &str) -> Refusal {
        let millions = limits::PIXELS / 1_000_000;
        match self {
            Self::Damaged => refused(url, "is damaged"),
            Self::Pixels => {
                Refusal::new(format!("the images of the document have more than {millions} million pixels"))
            }
            Self::Element(name) => undrawable(&name),
            Self::Reuses => too_many_reuses(),
        }
    }
}

fn refused(url: &str, reason: &str) -> Refusal {
    Refusal::new(format!("the image {} {reason}", shortened(url)))
}

/// Enough of a URL to find it.
fn shortened(url: &str) -> String {
    let start: String = url.chars().take(60).collect();
    if start.len() < url.len() { format!("“{start}…”") } else { format!("“{start}”") }
}

/// The size of an SVG image, if it holds nothing but shapes.
fn drawing(bytes: &[u8]) -> Result<usvg::Size, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::Damaged)?;
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|_| Reason::Damaged)?;
    let (mut reuses, mut open) = (0, vec![(document.root_element(), 1)]);
    while let Some((element, depth)) = open.pop() {
        let name = element.tag_name();
        if depth > limits::DEPTH {
            return Err(Reason::Damaged);
        }
        if name.namespace() == Some("http://www.w3.org/2000/svg") {
            if !is_shape(name.name()) {
                return Err(Reason::Element(name.name().to_owned()));
            }
            reuses += usize::from(name.name() == "use");
        }
        open.extend(element.children().filter(roxmltree::Node::is_element).map(|child| (child, depth + 1)));
    }
    if reuses > limits::REUSES {
        return Err(Reason::Reuses);
    }
    let tree = usvg::Tree::from_xmltree(&document, &usvg::Options::default()).map_err(|_| Reason::Damaged)?;
    Ok(tree.size())
}

/// Whether an element of SVG is one that the engine draws the same everywhere. Not among them are text, which
/// it would set in the fonts of the machine; other images; filters, which it paints pixel by pixel.
pub(crate) fn is_shape(name: &str) -> bool {
    matches!(
        name,
        "svg"
            | "g"
            | "defs"
            | "symbol"
            | "use"
            | "title"
            | "desc"
            | "metadata"
            | "style"
            | "path"
            | "rect"
            | "circle"
            | "ellipse"
            | "line"
            | "polyline"
            | "polygon"
            | "linearGradient"
            | "radialGradient"
            | "stop"
            | "clipPath"
            | "mask"
    )
}

/// What is reported about an SVG element that [`is_shape`] refuses.
pub(crate) fn undrawable(name: &str) -> Refusal {
    let message = format!("an SVG image may hold shapes only, not `{name}`; convert text to paths");
    Refusal::new(message)
}

/// What is reported about an SVG image with more `use` elements than [`limits::REUSES`].
pub(crate) fn too_many_reuses() -> Refusal {
    Refusal::new(format!("an SVG image has more than {} `use` elements", limits::REUSES))
}
