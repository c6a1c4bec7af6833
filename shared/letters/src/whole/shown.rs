//! What a PDF shows, read glyph by glyph.

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, Paint, RectExt as _, SoftMask,
    font::{Glyph, GlyphRun},
    hayro_cmap::BfString,
    hayro_syntax::{
        Pdf,
        object::{self, Dict},
        page::Page,
    },
    interpret_page,
    kurbo::{Affine, BezPath, PathSeg, Point, Rect, Shape as _},
};

use super::{Area, folded};
use crate::Refusal;

/// Units of an em, in the outlines of the reader.
const EM: f64 = 1000.0;
/// How far apart, in em, two letters of a word may be set.
const APART: f64 = 0.35;
/// How much of a letter may be covered by another, as a part of the smaller one.
const COVERED: f64 = 0.3;
/// How many times larger a text is that is read as a watermark behind, or an initial beside, the other.
const LARGER: f64 = 3.0;
/// Glyphs that follow each other this closely may touch: they are set by one font's kerning.
const NEIGHBORS: usize = 2;
/// Letters of one page that may be above each other; each is compared with all of them.
const COMPARISONS: usize = 20_000_000;
/// Points up to which a rectangle is a line.
const LINE: f64 = 1.5;
/// Points that a glyph may stand over the edge of a page: less than a printer's hair.
const OVERHANG: f64 = 0.5;

/// The pieces of words that can be read on the pages, as [`folded`], in the order in which they are drawn.
///
/// # Errors
/// When there are too many letters in one place to tell.
pub(super) fn shown(pdf: &Pdf) -> Result<Vec<String>, Refusal> {
    let cache = InterpreterCache::new();
    let mut pieces = Vec::new();
    for page in pdf.pages().iter() {
        let mut sheet = Sheet::read(page, pdf, &cache);
        sheet.cover()?;
        pieces.append(&mut sheet.words(folded));
    }
    Ok(pieces)
}

/// The pieces of words on `page` of which any letter that can be read lies within `area`, as they are printed.
///
/// # Errors
/// As [`shown`].
pub(super) fn within<'a>(pdf: &'a Pdf, page: &Page<'a>, area: Area) -> Result<Vec<String>, Refusal> {
    let mut sheet = Sheet::read(page, pdf, &InterpreterCache::new());
    sheet.cover()?;
    let (left, top) = (sheet.edges.x0 + OVERHANG + area.left, sheet.edges.y1 - OVERHANG - area.top);
    let area = Rect::new(left, top - area.height, left + area.width, top);
    for mark in &mut sheet.marks {
        mark.is_shown &= mark.area.overlaps(area);
    }
    Ok(sheet.words(str::to_owned))
}

/// A glyph on a page; lengths in points, upwards.
struct Mark {
    /// Of one page, in the order in which they are drawn: those of one call have one number.
    run: usize,
    text: String,
    /// From its origin to the next glyph's, and from its lowest ink to its highest.
    area: Rect,
    origin: Point,
    end: Point,
    /// Size of the font.
    em: f64,
    /// Whether it moves the pen; accents may not.
    advances: bool,
    is_shown: bool,
}

/// One page while it is read.
struct Sheet {
    edges: Rect,
    marks: Vec<Mark>,
    runs: usize,
    clips: Vec<Rect>,
    /// What `ActualText` says instead of the glyphs of each open sequence; `Some("")` once it is told.
    actual: Vec<Option<String>>,
    opacity: Vec<f32>,
}

impl Sheet {
    fn read<'a>(page: &Page<'a>, pdf: &'a Pdf, cache: &InterpreterCache<'a>) -> Self {
        let edges = page.intersected_crop_box().to_kurbo();
        let mut sheet = Self {
            edges: edges.inflate(OVERHANG, OVERHANG),
            marks: Vec::new(),
            runs: 0,
            clips: Vec::new(),
            actual: Vec::new(),
            opacity: Vec::new(),
        };
        let mut context =
            Context::new(Affine::IDENTITY, edges, cache, pdf.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut sheet);
        sheet
    }

    /// Where something drawn now would be seen.
    fn clip(&self) -> Rect {
        self.clips.iter().fold(self.edges, |clip, next| clip.intersect(*next))
    }

    /// Whether a glyph is on the page, and no more than half of it cut off.
    fn is_inside(&self, area: Rect, clip: Rect) -> bool {
        let seen = area.intersect(clip);
        self.edges.contains_rect(area) && seen.width() * seen.height() * 2.0 >= area.area()
    }

    fn is_opaque(&self, paint: &Paint<'_>) -> bool {
        let is_solid = match paint {
            Paint::Color(color) => color.to_rgba().components()[3] >= 1.0,
            Paint::Pattern(_) => false,
        };
        is_solid && self.opacity.iter().all(|opacity| *opacity >= 1.0)
    }

    fn is_visible(&self, paint: &Paint<'_>) -> bool {
        let is_painted = match paint {
            Paint::Color(color) => color.to_rgba().components()[3] > 0.0,
            Paint::Pattern(_) => true,
        };
        is_painted && self.opacity.iter().all(|opacity| *opacity > 0.0)
    }

    /// Marks what is under something else as not shown. Of two letters in one place neither can be read, unless
    /// they are the same: then one can.
    fn cover(&mut self) -> Result<(), Refusal> {
        let mut order: Vec<usize> =
            (0..self.marks.len()).filter(|at| self.marks[*at].is_shown && self.marks[*at].advances).collect();
        order.sort_by(|a, b| self.marks[*a].area.x0.total_cmp(&self.marks[*b].area.x0));
        let mut comparisons = 0;
        let mut covered = Vec::new();
        for (place, &left) in order.iter().enumerate() {
            let reach = self.marks[left].area.x1;
            for &right in order[place + 1..].iter().take_while(|at| self.marks[**at].area.x0 < reach) {
                comparisons += 1;
                if comparisons > COMPARISONS {
                    return Err(Refusal::new("the document prints too much text in one place"));
                }
                let (under, over) = (left.min(right), left.max(right));
                let (first, second) = (&self.marks[under], &self.marks[over]);
                if !clash(first, second) || (first.run == second.run && over - under <= NEIGHBORS) {
                    continue;
                }
                covered.push(over);
                if first.text != second.text {
                    covered.push(under);
                }
            }
        }
        for at in covered {
            self.marks[at].is_shown = false;
        }
        Ok(())
    }

    /// The pieces of words that are shown, as `written`.
    fn words(&self, written: impl Fn(&str) -> String) -> Vec<String> {
        let (mut pieces, mut open) = (Vec::new(), String::new());
        let mut end = |open: &mut String| {
            let piece = written(std::mem::take(open).trim());
            if !piece.is_empty() {
                pieces.push(piece);
            }
        };
        let mut last: Option<&Mark> = None;
        for mark in &self.marks {
            let follows = last.is_some_and(|last| {
                last.run == mark.run && (mark.origin - last.end).hypot() <= APART * mark.em.max(last.em)
            });
            if !follows || mark.text.starts_with(char::is_whitespace) {
                end(&mut open);
            }
            if mark.is_shown {
                open.push_str(&mark.text);
            }
            last = Some(mark);
        }
        end(&mut open);
        pieces
    }
}

/// Whether two glyphs are in each other's way.
fn clash(a: &Mark, b: &Mark) -> bool {
    let (small, large) = if a.em < b.em { (a.em, b.em) } else { (b.em, a.em) };
    let shared = a.area.intersect(b.area);
    let shared = shared.width().max(0.0) * shared.height().max(0.0);
    large < small * LARGER && shared > COVERED * a.area.area().min(b.area.area())
}

impl<'a> Device<'a> for Sheet {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.runs += 1;
        let clip = self.clip();
        let is_painted = !matches!(mode, DrawMode::Invisible) && self.is_visible(&props.paint);
        for glyph in run.glyphs() {
            let place = props.transform * glyph.transform();
            let (advance, ink) = match &**glyph {
                Glyph::Outline(glyph) => (glyph.advance_width(), glyph.outline().bounding_box()),
                Glyph::Type3(glyph) => (glyph.advance_width(), Rect::new(0.0, 0.0, 0.0, EM)),
            };
            let advance = f64::from(advance.unwrap_or_default());
            let area = place.transform_rect_bbox(Rect::new(0.0, ink.y0, advance, ink.y1));
            let text = match self.actual.iter_mut().rev().flatten().next() {
                Some(actual) => std::mem::take(actual),
                None => match glyph.as_unicode() {
                    Some(BfString::Char(c)) => c.to_string(),
                    Some(BfString::String(text)) => text,
                    None => String::new(),
                },
            };
            self.marks.push(Mark {
                run: self.runs,
                text,
                area,
                origin: place * Point::ZERO,
                end: place * Point::new(advance, 0.0),
                em: place.determinant().abs().sqrt() * EM,
                advances: advance > 0.0 && ink.height() > 0.0,
                is_shown: is_painted && self.is_inside(area, clip),
            });
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        // Anything but a rectangle leaves something to be seen.
        if path.elements().len() <= 6 && path.segments().all(|segment| matches!(segment, PathSeg::Line(_))) {
            self.draw_rect(&path.bounding_box(), props, mode);
        }
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        if !matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) || !self.is_opaque(&props.paint) {
            return;
        }
        let clip = self.clip();
        let rect = props.transform.transform_rect_bbox(*rect).intersect(clip);
        if rect.width() < LINE || rect.height() < LINE {
            return;
        }
        for mark in &mut self.marks {
            if rect.contains(mark.area.center()) {
                mark.is_shown = false;
            }
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clips.push(clip.path.bounding_box());
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, opacity: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.opacity.push(opacity);
    }

    fn pop_transparency_group(&mut self) {
        self.opacity.pop();
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let text = properties.and_then(|properties| properties.get::<object::String<'_>>(b"ActualText"));
        self.actual.push(text.map(|text| decoded(text.as_bytes())));
    }

    fn end_marked_content(&mut self) {
        self.actual.pop();
    }
}

/// A text string of PDF: UTF-16 where it begins so, else as good as Latin-1.
fn decoded(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(utf_16) => {
            let units = utf_16.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        None => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}
