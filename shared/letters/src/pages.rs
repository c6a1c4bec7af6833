//! The page boxes that a document's `@page` rules ask for.
//!
//! The layout engine fills every page as high as the first one, and puts the text of margin boxes at the top
//! left of the margin. What is needed to mend both is read here, before anything is rewritten.

use cssparser::{ParseError, ParseErrorKind, Parser, ParserInput, Token};
use fulgur::config::{Margin, PageSize};

use crate::{Refusal, limits};

/// What `@page` says, for all pages or those of one selector. Lengths in points.
#[derive(Debug, Default, Clone)]
struct Rule {
    selector: String,
    width: Option<f32>,
    height: Option<f32>,
    margin: Sides,
}

#[derive(Debug, Default, Clone, Copy)]
struct Sides {
    top: Option<f32>,
    right: Option<f32>,
    bottom: Option<f32>,
    left: Option<f32>,
}

/// One page box. Lengths in points.
#[derive(Debug, Clone, Copy)]
struct Page {
    size: PageSize,
    margin: Margin,
}

impl Page {
    fn columns(self) -> f32 {
        self.size.width - self.margin.left - self.margin.right
    }

    fn lines(self) -> f32 {
        self.size.height - self.margin.top - self.margin.bottom
    }
}

/// The page boxes of one document.
#[derive(Debug)]
pub(crate) struct Pages {
    default: Page,
    rules: Vec<Rule>,
}

impl Pages {
    /// Pages of `size` with the margins of the layout engine, until [`Self::read`] says otherwise.
    pub(crate) fn new(size: PageSize) -> Self {
        Self { default: Page { size, margin: Margin::default() }, rules: Vec::new() }
    }

    /// Adds the `@page` rules of a style sheet.
    pub(crate) fn read(&mut self, css: &str) {
        let mut input = ParserInput::new(css);
        let mut input = Parser::new(&mut input);
        while let Ok(token) = input.next() {
            if matches!(token, Token::AtKeyword(name) if name.eq_ignore_ascii_case("page")) {
                self.read_rule(&mut input);
            }
        }
    }

    fn read_rule(&mut self, input: &mut Parser<'_, '_>) {
        let start = input.position();
        while input.next().is_ok_and(|token| *token != Token::CurlyBracketBlock) {}
        let mut rule = Rule {
            selector: input.slice_from(start).trim_end_matches('{').trim().to_ascii_lowercase(),
            ..Rule::default()
        };
        // Reads what it can: nothing in it fails.
        let _ = nested(input, |block| {
            while let Ok(token) = block.next() {
                if let Token::Ident(name) = token {
                    let name = name.to_ascii_lowercase();
                    if block.expect_colon().is_ok() {
                        rule.declare(&name, block, self.default.size);
                    }
                }
            }
            Ok(())
        });
        self.rules.push(rule);
    }

    /// Whether there is room on the pages.
    ///
    /// # Errors
    /// When a page is smaller or larger than a printer's, or is nothing but margins; or when one that has a name is of another
    /// size than the others, which the layout engine would print as them.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let size = self.page("").size;
        let is_other = |rule: &&Rule| {
            !matches!(rule.selector.as_str(), "" | ":first" | ":left" | ":right")
                && (rule.width.is_some_and(|width| (width - size.width).abs() > 1.0)
                    || rule.height.is_some_and(|height| (height - size.height).abs() > 1.0))
        };
        if let Some(rule) = self.rules.iter().find(is_other) {
            let name = &rule.selector;
            let message = format!("all pages are of one size: leave `size` out of `@page {name}`");
            return Err(Refusal::new(message));
        }
        for page in [":first", ":left", ":right"].map(|kind| self.page(kind)) {
            let PageSize { width, height } = page.size;
            if !limits::EDGE.contains(&width) || !limits::EDGE.contains(&height) {
                let (least, most) = (limits::EDGE.start() / 72.0, limits::EDGE.end() / 72.0);
                let message = format!("a page must measure between {least} and {most} inches each way");
                return Err(Refusal::new(message));
            }
            if !(page.columns() >= 36.0 && page.lines() >= 36.0) {
                let message = "the margins leave less than half an inch of the page";
                return Err(Refusal::new(message));
            }
        }
        Ok(())
    }

    /// Declarations for the margin box called `name` of the pages of `selector`.
    pub(crate) fn alignment(&self, selector: &str, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        let Page { margin, .. } = self.page(&selector.to_ascii_lowercase());
        let height = match name.split_once('-').map_or(name.as_str(), |(edge, _)| edge) {
            "top" => margin.top,
            "bottom" => margin.bottom,
            _ => return String::new(),
        };
        let side = match name.rsplit_once('-').map_or("", |(_, side)| side) {
            "center" => "center",
            "right" => "right",
            _ => "left",
        };
        // Half a line, of the usual height of one.
        format!("text-align:{side};padding-top:calc({}pt - .6em);", height / 2.0)
    }

    /// Width and height inside the margins of the first page, in CSS pixels.
    pub(crate) fn room(&self) -> (f32, f32) {
        let first = self.page(":first");
        (first.columns() / 0.75, first.lines() / 0.75)
    }

    /// A style sheet, to follow the document's, that leaves as much room on the first page as on the others.
    pub(crate) fn evened(&self) -> String {
        let first = self.page(":first");
        let least = self.page(":left").lines().min(self.page(":right").lines());
        let surplus = first.lines() - least;
        if surplus <= 0.0 {
            return String::new();
        }
        format!("@page :first{{margin-bottom:{}pt}}", first.margin.bottom + surplus)
    }

    /// The box of a page of this kind. The first page is a right one, as reading goes left to right.
    fn page(&self, kind: &str) -> Page {
        let layers: &[&str] = match kind {
            ":first" => &["", ":right", ":first"],
            ":left" => &["", ":left"],
            ":right" => &["", ":right"],
            _ => &[""],
        };
        let rules =
            layers.iter().flat_map(|layer| self.rules.iter().filter(move |rule| rule.selector == *layer));
        rules.fold(self.default, |page, rule| Page {
            size: PageSize {
                width: rule.width.unwrap_or(page.size.width),
                height: rule.height.unwrap_or(page.size.height),
            },
            margin: Margin {
                top: rule.margin.top.unwrap_or(page.margin.top),
                right: rule.margin.right.unwrap_or(page.margin.right),
                bottom: rule.margin.bottom.unwrap_or(page.margin.bottom),
                left: rule.margin.left.unwrap_or(page.margin.left),
            },
        })
    }
}

impl Rule {
    fn declare(&mut self, property: &str, block: &mut Parser<'_, '_>, default: PageSize) {
        let (mut lengths, mut named, mut landscape) = (Vec::new(), None, false);
        loop {
            match block.next() {
                Ok(Token::Dimension { value, unit, .. }) => lengths.extend(points(*value, unit)),
                Ok(Token::Number { value: 0.0, .. }) => lengths.push(0.0),
                Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("landscape") => landscape = true,
                Ok(Token::Ident(word)) => named = named.or(PageSize::from_css_keyword(word)),
                Ok(Token::Semicolon) | Err(_) => break,
                Ok(_) => {}
            }
        }
        let margin = &mut self.margin;
        match (property, lengths.as_slice()) {
            ("margin", &[all]) => margin.set([all, all, all, all]),
            ("margin", &[y, x]) => margin.set([y, x, y, x]),
            ("margin", &[top, x, bottom]) => margin.set([top, x, bottom, x]),
            ("margin", &[top, right, bottom, left]) => margin.set([top, right, bottom, left]),
            ("margin-top", &[top]) => margin.top = Some(top),
            ("margin-right", &[right]) => margin.right = Some(right),
            ("margin-bottom", &[bottom]) => margin.bottom = Some(bottom),
            ("margin-left", &[left]) => margin.left = Some(left),
            ("size", lengths) => {
                let size = match (lengths, named) {
                    (&[edge], _) => PageSize { width: edge, height: edge },
                    (&[width, height, ..], _) => PageSize { width, height },
                    (&[], named) => named.unwrap_or(default),
                };
                let size = if landscape { size.landscape() } else { size };
                (self.width, self.height) = (Some(size.width), Some(size.height));
            }
            _ => {}
        }
    }
}

impl Sides {
    fn set(&mut self, [top, right, bottom, left]: [f32; 4]) {
        *self = Self { top: Some(top), right: Some(right), bottom: Some(bottom), left: Some(left) };
    }
}

/// An absolute length of CSS Values 4 in points.
pub(crate) fn points(value: f32, unit: &str) -> Option<f32> {
    let inches = match unit.to_ascii_lowercase().as_str() {
        "in" => value,
        "cm" => value / 2.54,
        "mm" => value / 25.4,
        "q" => value / 101.6,
        "pt" => value / 72.0,
        "pc" => value / 6.0,
        "px" => value / 96.0,
        _ => return None,
    };
    Some(inches * 72.0)
}

/// What `read` makes of the block that was just opened.
pub(crate) fn nested<'i, T>(
    input: &mut Parser<'i, '_>,
    read: impl FnOnce(&mut Parser<'i, '_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let outcome = input.parse_nested_block(|inner| {
        let value = read(inner).map_err(|problem| inner.new_custom_error(problem))?;
        while inner.next().is_ok() {}
        Ok(value)
    });
    outcome.map_err(|error: ParseError<'_, Refusal>| match error.kind {
        ParseErrorKind::Custom(problem) => problem,
        ParseErrorKind::Basic(_) => Refusal::new("the CSS cannot be read"),
    })
}
