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

use super::{
    Area, folded,
    legible::{self, Color, Ground, Illegible, Ink},
};
use crate::{Refusal, numbers};

/// Units of an em, in the outlines of the reader.
const EM: f64 = 1000.0;
/// How far apart, in em, two letters of a word may be set.
const APART: f64 = 0.35;
/// How much of a letter may be covered by another, as a part of the smaller one.
const COVERED: f64 = 0.3;
/// How many times larger a text is that is read as a watermark behind, or an initial beside, the other.
const LARGER: f64 = 3.0;
/// How far, in em, a letter stands above or below the one before it when it is on another line; superscripts are nearer.
const ASIDE: f64 = 0.7;
/// Glyphs that follow each other this closely may touch: they are set by one font's kerning.
const NEIGHBORS: usize = 2;
/// Letters of one page that may be above each other; each is compared with all of them.
const COMPARISONS: usize = 20_000_000;
/// Points up to which a rectangle is a line.
const LINE: f64 = 1.5;
/// Points that a glyph may stand over the edge of a page: less than a printer's hair.
const OVERHANG: f64 = 0.5;

/// Letters that are drawn one after the other, without space between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Those of one number are on one line.
    pub(super) line: usize,
}

/// The pieces of words on the pages, as [`folded`], in the order in which they are drawn.
#[derive(Default)]
pub(super) struct Shown {
    /// Those that can be read.
    pub(super) pieces: Vec<Piece>,
    /// Those that are there and cannot be.
    pub(super) illegible: Vec<(String, Illegible)>,
}

impl Shown {
    /// Whether a number is there, but on two lines.
    pub(super) fn is_broken(&self, number: &str) -> bool {
        self.pieces.windows(2).filter(|pair| pair[0].line != pair[1].line).any(|pair| {
            number.strip_prefix(pair[0].text.as_str()).is_some_and(|rest| {
                numbers::joins(number, pair[0].text.chars().next_back(), rest.chars().next())
                    && rest.starts_with(&pair[1].text)
            })
        })
    }
}

/// What the pages show.
///
/// # Errors
/// When there are too many letters in one place to tell.
pub(super) fn shown(pdf: &Pdf) -> Result<Shown, Refusal> {
    let cache = InterpreterCache::new();
    let mut shown = Shown::default();
    let mut lines = 0;
    for page in pdf.pages().iter() {
        let mut sheet = Sheet::read(page, pdf, &cache);
        sheet.cover()?;
        lines = sheet.number_lines(lines + 1);
        shown.pieces.append(&mut sheet.words(|mark| mark.is_shown && mark.illegible().is_none(), folded));
        for why in [Illegible::Small, Illegible::Faint] {
            let pieces = sheet.words(|mark| mark.is_shown && mark.illegible() == Some(why), folded);
            shown.illegible.extend(pieces.into_iter().map(|piece| (piece.text, why)));
        }
    }
    Ok(shown)
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
    let pieces = sheet.words(|mark| mark.is_shown, str::to_owned);
    Ok(pieces.into_iter().map(|piece| piece.text).collect())
}

/// A glyph on a page; lengths in points, upwards.
struct Mark {
    /// Of one page, in the order in which they are drawn: those of one call have one number.
    run: usize,
    /// Those that follow each other on one line have one number.
    line: usize,
    text: String,
    /// From its origin to the next glyph's, and from its lowest ink to its highest.
    area: Rect,
    origin: Point,
    end: Point,
    /// Size of the font.
    em: f64,
    /// The lesser of its height and its width.
    size: f64,
    /// Whether it moves the pen; accents may not.
    advances: bool,
    is_shown: bool,
    /// As it is seen, if it is known.
    color: Option<Color>,
    behind: Option<Color>,
}

impl Mark {
    fn illegible(&self) -> Option<Illegible> {
        legible::illegible(self.color, self.behind, self.size)
    }
}

/// One page while it is read.
struct Sheet {
    edges: Rect,
    marks: Vec<Mark>,
    ground: Ground,
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
            ground: Ground::default(),
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

    /// What `paint` leaves on the page.
    fn ink(&self, paint: &Paint<'_>) -> Ink {
        Ink::of(paint, self.opacity.iter().product())
    }

    /// Paints an area over all that is there.
    fn fill(&mut self, bounds: Rect, outline: Option<BezPath>, ink: Ink) {
        let bounds = bounds.intersect(self.clip());
        if bounds.width() < LINE || bounds.height() < LINE {
            return;
        }
        let is_cover = outline.is_none() && ink.color.is_some() && ink.alpha >= 1.0;
        for mark in self.marks.iter_mut().filter(|mark| bounds.contains(mark.area.center())) {
            // Anything but a rectangle leaves something to be seen.
            if is_cover {
                mark.is_shown = false;
            } else if outline.is_none() && ink.color.is_some() {
                (mark.color, mark.behind) = (ink.over(mark.color), ink.over(mark.behind));
            }
        }
        self.ground.paint(bounds, outline, ink);
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

    /// Numbers the lines, the first being `first`. The last number.
    fn number_lines(&mut self, first: usize) -> usize {
        let (mut line, mut last): (_, Option<(Point, Point)>) = (first, None);
        for mark in &mut self.marks {
            if let Some((origin, end)) = last {
                let (along, step) = (end - origin, mark.origin - end);
                let aside = if along.hypot() > 0.0 { along.cross(step).abs() / along.hypot() } else { 0.0 };
                line += usize::from(aside > ASIDE * mark.em);
            }
            mark.line = line;
            if mark.advances || last.is_none() {
                last = Some((mark.origin, mark.end));
            }
        }
        line
    }

    /// The pieces of words that `are` so, as `written`.
    fn words(&self, are: impl Fn(&Mark) -> bool, written: impl Fn(&str) -> String) -> Vec<Piece> {
        let (mut pieces, mut open, mut line) = (Vec::new(), String::new(), 0);
        let mut end = |open: &mut String, line: usize| {
            let text = written(std::mem::take(open).trim());
            if !text.is_empty() {
                pieces.push(Piece { text, line });
            }
        };
        let mut last: Option<&Mark> = None;
        for mark in &self.marks {
            let follows = last.is_some_and(|last| {
                last.run == mark.run && (mark.origin - last.end).hypot() <= APART * mark.em.max(last.em)
            });
            if !follows || mark.text.starts_with(char::is_whitespace) {
                end(&mut open, line);
            }
            if are(mark) {
                if open.is_empty() {
                    line = mark.line;
                }
                open.push_str(&mark.text);
            }
            last = Some(mark);
        }
        end(&mut open, line);
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
        let ink = self.ink(&props.paint);
        let is_painted = !matches!(mode, DrawMode::Invisible) && ink.alpha > 0.0;
        for glyph in run.glyphs() {
            let place = props.transform * glyph.transform();
            let (advance, bounds) = match &**glyph {
                Glyph::Outline(glyph) => (glyph.advance_width(), glyph.outline().bounding_box()),
                Glyph::Type3(glyph) => (glyph.advance_width(), Rect::new(0.0, 0.0, 0.0, EM)),
            };
            let advance = f64::from(advance.unwrap_or_default());
            let area = place.transform_rect_bbox(Rect::new(0.0, bounds.y0, advance, bounds.y1));
            let text = match self.actual.iter_mut().rev().flatten().next() {
                Some(actual) => std::mem::take(actual),
                None => match glyph.as_unicode() {
                    Some(BfString::Char(c)) => c.to_string(),
                    Some(BfString::String(text)) => text,
                    None => String::new(),
                },
            };
            let behind = self.ground.behind(area, ink);
            self.marks.push(Mark {
                run: self.runs,
                line: 0,
                text,
                area,
                origin: place * Point::ZERO,
                end: place * Point::new(advance, 0.0),
                em: place.determinant().abs().sqrt() * EM,
                size: legible::size(place, EM),
                advances: advance > 0.0 && bounds.height() > 0.0,
                is_shown: is_painted && self.is_inside(area, clip),
                color: ink.over(behind),
                behind,
            });
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if !is_filled(mode) {
            return;
        }
        let is_rectangle =
            path.elements().len() <= 6 && path.segments().all(|segment| matches!(segment, PathSeg::Line(_)));
        let path = props.transform * path.clone();
        let ink = self.ink(&props.paint);
        self.fill(path.bounding_box(), (!is_rectangle).then_some(path), ink);
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        if is_filled(mode) {
            let ink = self.ink(&props.paint);
            self.fill(props.transform.transform_rect_bbox(*rect), None, ink);
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

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let bounds = props.transform.transform_rect_bbox(Rect::new(0.0, 0.0, width, height));
        self.ground.paint(bounds, None, Ink { color: None, alpha: 1.0 });
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let text = properties.and_then(|properties| properties.get::<object::String<'_>>(b"ActualText"));
        self.actual.push(text.map(|text| decoded(text.as_bytes())));
    }

    fn end_marked_content(&mut self) {
        self.actual.pop();
    }
}

fn is_filled(mode: &DrawMode) -> bool {
    matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..))
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
