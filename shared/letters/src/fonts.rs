//! The fonts that every document is set in, so that it looks the same wherever it is rendered.
//!
//! They are the Liberation fonts, with the widths of Arial, Times New Roman and Courier New. What a style
//! sheet names is mapped to them here; `fonts/README.md` says where the files come from.

use std::sync::LazyLock;

use fulgur::asset::AssetBundle;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

use crate::Refusal;

const FILES: [&[u8]; 11] = [
    SANS,
    include_bytes!("fonts/LiberationSans-Bold.ttf"),
    include_bytes!("fonts/LiberationSans-Italic.ttf"),
    include_bytes!("fonts/LiberationSans-BoldItalic.ttf"),
    include_bytes!("fonts/LiberationSerif-Regular.ttf"),
    include_bytes!("fonts/LiberationSerif-Bold.ttf"),
    include_bytes!("fonts/LiberationSerif-Italic.ttf"),
    include_bytes!("fonts/LiberationSerif-BoldItalic.ttf"),
    include_bytes!("fonts/LiberationMono-Regular.ttf"),
    include_bytes!("fonts/LiberationMono-Bold.ttf"),
    // The layout engine sets the bullets of lists in a family of this name.
    include_bytes!("fonts/Bullet.ttf"),
];

const SANS: &[u8] = include_bytes!("fonts/LiberationSans-Regular.ttf");

/// Families by the names that style sheets ask for them, in lower case. No other name means anything.
const FAMILIES: [(&str, &[&str]); 3] = [
    (
        "Liberation Sans",
        &[
            "liberation sans",
            "sans-serif",
            "system-ui",
            "ui-sans-serif",
            "-apple-system",
            "blinkmacsystemfont",
            "arial",
            "helvetica",
            "helvetica neue",
            "verdana",
            "tahoma",
            "trebuchet ms",
            "calibri",
            "segoe ui",
            "roboto",
            "open sans",
            "lato",
            "inter",
            "noto sans",
            "source sans pro",
            "dejavu sans",
            "arimo",
            "cursive",
            "fantasy",
            "ui-rounded",
            "math",
            "emoji",
        ],
    ),
    (
        "Liberation Serif",
        &[
            "liberation serif",
            "serif",
            "ui-serif",
            "times new roman",
            "times",
            "georgia",
            "garamond",
            "cambria",
            "palatino",
            "palatino linotype",
            "book antiqua",
            "baskerville",
            "noto serif",
            "source serif pro",
            "dejavu serif",
            "merriweather",
            "tinos",
        ],
    ),
    (
        "Liberation Mono",
        &[
            "liberation mono",
            "monospace",
            "ui-monospace",
            "courier new",
            "courier",
            "consolas",
            "menlo",
            "monaco",
            "sf mono",
            "lucida console",
            "source code pro",
            "dejavu sans mono",
            "roboto mono",
            "cousine",
        ],
    ),
];

/// The value of `font-family` that stands for `names`, those asked for by a style sheet in their order. The
/// first known name decides; Liberation Sans follows, because it has the most characters.
pub(crate) fn families<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    match names.into_iter().find_map(family) {
        Some(family) if family != FAMILIES[0].0 => format!("\"{family}\",\"{}\"", FAMILIES[0].0),
        _ => format!("\"{}\"", FAMILIES[0].0),
    }
}

fn family(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    FAMILIES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(family, _)| *family)
}

/// Puts the fonts into `assets`.
///
/// # Errors
/// When the layout engine does not take one.
pub(crate) fn register(assets: &mut AssetBundle) -> Result<(), Refusal> {
    FILES
        .iter()
        .try_for_each(|file| assets.add_font_bytes(file.to_vec()))
        .map_err(|error| Refusal::new(format!("the document cannot be set in its fonts: {error}")))
}

static CHARACTERS: LazyLock<Option<Charmap<'static>>> =
    LazyLock::new(|| FontRef::new(SANS).ok().map(|font| font.charmap()));

/// Whether the fonts can show `text`.
///
/// # Errors
/// The characters that none of them has, by themselves and by number; the layout engine would leave them out.
pub(crate) fn check(text: &str) -> Result<(), Refusal> {
    let mut missing: Vec<char> = text.chars().filter(|c| !is_shown(*c)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    missing.sort_unstable();
    missing.dedup();
    let more = if missing.len() > 5 { ", …" } else { "" };
    missing.truncate(5);
    let names: Vec<_> = missing.iter().map(|c| format!("“{c}” (U+{:04X})", u32::from(*c))).collect();
    let message = format!("no font of printed letters has {}{more}", names.join(", "));
    Err(Refusal::new(message))
}

fn is_shown(c: char) -> bool {
    match c {
        '\0'..='~' => true,
        // Set as a hyphen.
        '\u{2011}' => true,
        c if is_invisible(c) => true,
        c => CHARACTERS.as_ref().is_some_and(|characters| characters.map(c).is_some()),
    }
}

/// Whether nothing is shown for a character: controls and Default_Ignorable_Code_Point of Unicode.
pub(crate) fn is_invisible(c: char) -> bool {
    match c {
        // Soft hyphen, joiners, marks of direction, word joiners, variation selectors, byte order mark.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_family_of_a_list_decides() {
        for (names, family) in [
            (&["Arial", "serif"][..], "\"Liberation Sans\""),
            (&["Gill Sans", "GEORGIA", "sans-serif"], "\"Liberation Serif\",\"Liberation Sans\""),
            (&["Courier New"], "\"Liberation Mono\",\"Liberation Sans\""),
            (&["Brand Grotesk"], "\"Liberation Sans\""),
            (&[], "\"Liberation Sans\""),
        ] {
            assert_eq!(families(names.iter().copied()), family, "{names:?}");
        }
    }

    #[test]
    fn letters_of_western_europe_and_typography_are_shown() {
        check("ÁÉÍÑÓÚÜ áéíñóúü ¿¡ «» àâçèêëîïôœùûÿ ÄÖÜß ãõ € £ ¢ § © ® ™ — – ‘’ “” … • ◦ ▪ ½ × ≥ \u{a0}\u{202f}\u{2011}").unwrap();
    }

    #[test]
    fn characters_without_a_glyph_are_named() {
        let problem = check("Hola 日本 😀 日").unwrap_err();
        assert_eq!(problem.0, "no font of printed letters has “日” (U+65E5), “本” (U+672C), “😀” (U+1F600)");
    }
}
