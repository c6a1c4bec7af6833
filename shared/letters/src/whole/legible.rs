//! Whether what is printed can be read: how large it is, and how far its color is from what lies behind it.

use hayro_interpret::{
    Paint,
    kurbo::{Affine, BezPath, Point, Rect, Shape as _},
};

/// The smallest text that is printed, in points. The small print of contracts has 6.
pub(super) const SMALLEST: f64 = 4.0;
/// What programs round.
const ROUNDED: f64 = 0.05;
/// The least contrast of text, by the formula of WCAG 2.2; black on white has 21, `#ccc` on white 1.6.
const LEAST_CONTRAST: f32 = 1.5;
/// The least contrast of text of [`LARGE`] points, as of watermarks.
const LEAST_OF_LARGE: f32 = 1.1;
const LARGE: f64 = 36.0;
/// Paper.
const WHITE: Color = [1.0; 3];

/// Red, green and blue of sRGB, from 0 to 1.
pub(super) type Color = [f32; 3];

/// Why text that is on a page cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Illegible {
    Small,
    Faint,
}

impl Illegible {
    /// What is reported about a word.
    pub(super) fn of(self, word: &str) -> String {
        match self {
            Self::Small => {
                format!("“{word}” would be printed smaller than {SMALLEST} pt: give it a larger type")
            }
            Self::Faint => {
                format!("“{word}” would be printed in nearly the color of what is behind it: give it another")
            }
        }
    }
}

/// A color laid over others. `None` if it is not one color: a gradient, a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) color: Option<Color>,
    pub(super) alpha: f32,
}

impl Ink {
    /// What `paint` leaves on the page within groups of this opacity.
    pub(super) fn of(paint: &Paint<'_>, opacity: f32) -> Self {
        match paint {
            Paint::Color(color) => {
                let [red, green, blue, alpha] = color.to_rgba().components();
                Self { color: Some([red, green, blue]), alpha: alpha * opacity }
            }
            Paint::Pattern(_) => Self { color: None, alpha: opacity },
        }
    }

    /// What is seen where it lies on `ground`.
    pub(super) fn over(self, ground: Option<Color>) -> Option<Color> {
        if self.alpha >= 1.0 {
            return self.color;
        }
        let (color, ground) = (self.color?, ground?);
        let mixed = |at: usize| color[at] * self.alpha + ground[at] * (1.0 - self.alpha);
        Some([mixed(0), mixed(1), mixed(2)])
    }
}

/// What a page is painted with, from the first to the last.
#[derive(Default)]
pub(super) struct Ground(Vec<Area>);

struct Area {
    bounds: Rect,
    /// `None` if it is the bounds.
    outline: Option<BezPath>,
    ink: Ink,
}

impl Ground {
    pub(super) fn paint(&mut self, bounds: Rect, outline: Option<BezPath>, ink: Ink) {
        self.0.push(Area { bounds, outline, ink });
    }

    /// The color behind a letter of this `area` and `ink`, if it has one. Of several, as in a pattern, the one before which
    /// it is seen best.
    pub(super) fn behind(&self, area: Rect, ink: Ink) -> Option<Color> {
        let (x, y) = (area.width() / 4.0, area.height() / 4.0);
        let center = area.center();
        let places = [(0.0, 0.0), (x, y), (x, -y), (-x, y), (-x, -y)];
        let mut best: Option<(f32, Color)> = None;
        for (x, y) in places {
            let behind = self.at(Point::new(center.x + x, center.y + y))?;
            let contrast = contrast(ink.over(Some(behind))?, behind);
            if best.is_none_or(|(most, _)| most < contrast) {
                best = Some((contrast, behind));
            }
        }
        best.map(|(_, behind)| behind)
    }

    /// The color of the page at `point`, if it has one.
    fn at(&self, point: Point) -> Option<Color> {
        let is_there = |area: &&Area| {
            area.bounds.contains(point) && area.outline.as_ref().is_none_or(|outline| outline.contains(point))
        };
        let mut ground = Some(WHITE);
        for area in self.0.iter().filter(is_there) {
            ground = area.ink.over(ground);
        }
        ground
    }
}

/// Why text of this color cannot be read before `behind`, at this size in points.
pub(super) fn illegible(color: Option<Color>, behind: Option<Color>, size: f64) -> Option<Illegible> {
    if size < SMALLEST - ROUNDED {
        return Some(Illegible::Small);
    }
    let least = if size < LARGE { LEAST_CONTRAST } else { LEAST_OF_LARGE };
    (contrast(color?, behind?) < least).then_some(Illegible::Faint)
}

/// How large the type of one em of `units` is where it is drawn, in points: of its height and its width, the lesser.
pub(super) fn size(place: Affine, units: f64) -> f64 {
    let [a, b, c, d, ..] = place.as_coeffs();
    a.hypot(b).min(c.hypot(d)) * units
}

fn contrast(one: Color, other: Color) -> f32 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

fn luminance(color: Color) -> f32 {
    let linear =
        color.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        for (one, other, expected) in [
            (WHITE, [0.0; 3], 21.0),
            (WHITE, [0.8; 3], 1.6),
            ([1.0, 0.0, 0.0], WHITE, 4.0),
            ([0.5; 3], [0.5; 3], 1.0),
        ] {
            assert!((contrast(one, other) - expected).abs() < 0.01, "{one:?} on {other:?}");
        }
    }
}
