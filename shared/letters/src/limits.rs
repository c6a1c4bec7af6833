//! What a document may cost, and what may come of it.
//!
//! The layout engine answers too much of anything with silence (depth), a panic (rows) or memory without
//! end, so it is refused before it gets there. A statement of 2,000 rows, or 200 pages, stays below.

use std::time::Duration;

/// Bytes of HTML, with the images in it.
pub const HTML: usize = 1024 * 1024;
/// How deeply elements, and blocks of CSS, may be nested. The layout engine drops what lies below 512.
pub const DEPTH: usize = 200;
/// Elements.
pub const ELEMENTS: usize = 20_000;
/// Rules of style sheets times elements. Each rule is held against each element.
pub const MATCHES: usize = 20_000_000;
/// Backgrounds or shadows of one declaration. Each is drawn for every element that has it.
pub const LAYERS: usize = 8;
/// Rows or columns of one grid.
pub const TRACKS: usize = 1_000;
/// Any length of CSS, in points: as long as all pages that a document may have.
pub const LENGTH: f32 = 792.0 * PAGES as f32;
/// The largest type, in points.
pub const TYPE: f32 = *EDGE.end();
/// The smallest background that is repeated, in points: a pixel of CSS.
pub const TILE: f32 = 0.75;
/// Rows of tables.
pub const ROWS: usize = 2_000;
/// Characters without white space between them.
pub const WORD: usize = 1_000;
/// Bytes of one run of text. To break it into lines takes time that grows with its square.
pub const TEXT: usize = 100_000;
/// Places where an image is shown.
pub const IMAGES: usize = 200;
/// Bytes of one image.
pub const IMAGE: usize = 1024 * 1024;
/// Pixels of all images together; a whole Letter page at 300 dpi has 8.4 million.
pub const PIXELS: u64 = 12_000_000;
/// `use` elements of one SVG image. Each may double what the ones before it draw.
pub const REUSES: usize = 16;
/// The shortest and the longest edge of a page, in points (1 inch and 50 inches).
pub const EDGE: std::ops::RangeInclusive<f32> = 72.0..=3600.0;
/// Pages.
pub const PAGES: usize = 200;
/// Bytes of all documents that are made one, and of any part of them once it is uncompressed.
pub const MERGED: usize = 32 * 1024 * 1024;
/// Time of the processor for one document, if it has a process of its own; else by the clock.
pub const TIME: Duration = Duration::from_secs(10);
/// How much longer it may take by the clock, if the processor is busy with others.
pub const WAIT: Duration = Duration::from_secs(15);

/// Style and layout recurse over the document, several frames for each level of [`DEPTH`].
pub(crate) const STACK: usize = 256 * 1024 * 1024;
