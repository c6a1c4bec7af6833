//! How much a declaration of CSS asks for, bounded before the layout engine begins, which would not end.

use cssparser::{Parser, Token};

use crate::{
    Refusal, limits,
    pages::{nested, points},
};

/// What a declaration is written with.
#[derive(Default)]
struct Measures {
    /// Parts between commas.
    layers: usize,
    /// Lengths in points.
    longest: f32,
    shortest: Option<f32>,
    /// The largest whole number.
    most: i32,
}

impl Measures {
    /// `None` if it is not a declaration but a rule for elements of that name.
    fn read(&mut self, input: &mut Parser<'_, '_>) -> Option<()> {
        loop {
            match input.next().cloned() {
                Ok(Token::Comma) => self.layers += 1,
                Ok(Token::CurlyBracketBlock) => return None,
                Ok(Token::Dimension { value, unit, .. }) => {
                    let length = points(value, &unit).unwrap_or(value).abs();
                    self.longest = self.longest.max(length);
                    if length > 0.0 {
                        self.shortest = Some(self.shortest.map_or(length, |shortest| shortest.min(length)));
                    }
                }
                Ok(Token::Number { int_value: Some(number), .. }) => self.most = self.most.max(number),
                Ok(Token::Function(name)) if name.eq_ignore_ascii_case("repeat") => {
                    let count = nested(input, |inner| Ok(inner.expect_integer().unwrap_or_default()));
                    self.most = self.most.max(count.unwrap_or_default());
                }
                Ok(Token::Semicolon) | Err(_) => return Some(()),
                Ok(_) => {}
            }
        }
    }
}

/// Looks ahead what a declaration of `property` asks for.
///
/// # Errors
/// When it is more than [`limits`] allow.
pub(crate) fn check(property: &str, input: &mut Parser<'_, '_>) -> Result<(), Refusal> {
    let state = input.state();
    let mut measures = Measures { layers: 1, ..Measures::default() };
    let is_declaration = measures.read(input).is_some();
    input.reset(&state);
    let name = property.to_ascii_lowercase();
    let is_layered = name.starts_with("background") || name.ends_with("shadow") || name.starts_with("mask");
    let refused = |exceeds: String| Err(Refusal::new(format!("`{property}` {exceeds}")));
    if !is_declaration {
        Ok(())
    } else if is_layered && measures.layers > limits::LAYERS {
        refused(format!("has more than {} layers", limits::LAYERS))
    } else if name.starts_with("grid") && measures.most as usize > limits::TRACKS {
        refused(format!("asks for more than {} rows or columns", limits::TRACKS))
    } else if name == "background-size" && measures.shortest.is_some_and(|shortest| shortest < limits::TILE) {
        refused("is smaller than a pixel".to_owned())
    } else if matches!(name.as_str(), "font" | "font-size") && measures.longest > limits::TYPE {
        refused(format!("is larger than {} pt", limits::TYPE))
    } else if measures.longest > limits::LENGTH {
        refused(format!("is longer than {} pages", limits::PAGES))
    } else {
        Ok(())
    }
}
