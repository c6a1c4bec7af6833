//! The fonts of letters, bundled so that a letter looks the same wherever it is rendered.
//!
//! They are the Liberation fonts, with the widths of Arial, Times New Roman and Courier New, and for characters that
//! these lack, the Noto fonts. What a style sheet names is mapped to them here; `fonts/README.md` says where the files
//! come from.

use std::sync::{Arc, LazyLock};

use fulgur::asset::AssetBundle;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

use crate::Refusal;

/// Those of every document.
static COMMON: LazyLock<Vec<Arc<Vec<u8>>>> = LazyLock::new(|| {
    let files: [&[u8]; 11] = [
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
    files.into_iter().map(|file| Arc::new(file.to_vec())).collect()
});

const SANS: &[u8] = include_bytes!("fonts/LiberationSans-Regular.ttf");

/// One that only documents with its characters are given.
struct Special {
    family: &'static str,
    bytes: &'static [u8],
    /// Beginnings of language tags for which it comes before others with the same characters.
    languages: &'static [&'static str],
}

/// Every special font: its family, its file, and the languages that prefer it.
macro_rules! special {
    ($($family:literal $file:literal $languages:expr),+ $(,)?) => {
        [$(Special { family: $family, bytes: include_bytes!(concat!("fonts/", $file)), languages: &$languages }),+]
    };
}

/// In the order in which they are asked for a character.
static SPECIAL: [Special; 22] = special![
    "Noto Sans" "NotoSans-Regular.ttf" [],
    "Noto Sans Symbols" "NotoSansSymbols-Regular.ttf" [],
    "Noto Sans Symbols2" "NotoSansSymbols2-Regular.ttf" [],
    "Noto Sans Arabic" "NotoSansArabic-Regular.ttf" [],
    "Noto Sans Hebrew" "NotoSansHebrew-Regular.ttf" [],
    "Noto Sans Devanagari" "NotoSansDevanagari-Regular.ttf" [],
    "Noto Sans Bengali" "NotoSansBengali-Regular.ttf" [],
    "Noto Sans Gujarati" "NotoSansGujarati-Regular.ttf" [],
    "Noto Sans Gurmukhi" "NotoSansGurmukhi-Regular.ttf" [],
    "Noto Sans Tamil" "NotoSansTamil-Regular.ttf" [],
    "Noto Sans Telugu" "NotoSansTelugu-Regular.ttf" [],
    "Noto Sans Thai" "NotoSansThai-Regular.ttf" [],
    "Noto Sans Lao" "NotoSansLao-Regular.ttf" [],
    "Noto Sans Khmer" "NotoSansKhmer-Regular.ttf" [],
    "Noto Sans Myanmar" "NotoSansMyanmar-Regular.ttf" [],
    "Noto Sans Armenian" "NotoSansArmenian-Regular.ttf" [],
    "Noto Sans Georgian" "NotoSansGeorgian-Regular.ttf" [],
    "Noto Sans Ethiopic" "NotoSansEthiopic-Regular.ttf" [],
    "Noto Sans CJK SC" "NotoSansCJKsc-Regular.otf" ["zh"],
    "Noto Sans CJK TC" "NotoSansCJKtc-Regular.otf" ["zh-Hant", "zh-TW", "zh-HK", "zh-MO", "yue"],
    "Noto Sans CJK JP" "NotoSansCJKjp-Regular.otf" ["ja"],
    "Noto Sans CJK KR" "NotoSansCJKkr-Regular.otf" ["ko"],
];

static CHARACTERS: LazyLock<Vec<Charmap<'static>>> = LazyLock::new(|| {
    let files = [SANS].into_iter().chain(SPECIAL.iter().map(|font| font.bytes));
    // All can be read: a test reads them.
    files.map(|file| FontRef::new(file).map(|font| font.charmap()).unwrap_or_default()).collect()
});

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
/// first known name decides; Liberation Sans follows, because it has the most characters, and then the special fonts.
pub(crate) fn families<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let first = names.into_iter().find_map(family).filter(|family| *family != FAMILIES[0].0);
    let others = [FAMILIES[0].0].into_iter().chain(SPECIAL.iter().map(|font| font.family));
    first.into_iter().chain(others).map(|family| format!("\"{family}\"")).collect::<Vec<_>>().join(",")
}

fn family(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    FAMILIES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(family, _)| *family)
}

/// The fonts for a document in `language` that shows `text`: the common ones, and as few others as have the rest of its
/// characters, also those that a style sheet in it names by number.
pub(crate) fn of(text: &str, language: &str) -> AssetBundle {
    let [sans, special @ ..] = CHARACTERS.as_slice() else { return AssetBundle::new() };
    let mut missing: Vec<char> = text
        .chars()
        .chain(numbered(text))
        .filter(|c| !c.is_ascii() && sans.map(*c).is_none() && !is_invisible(*c))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let mut order: Vec<_> = SPECIAL.iter().zip(special).collect();
    // The one for the language first; of two, the one for the narrower.
    order.sort_by_key(|(font, _)| {
        let longest = font.languages.iter().filter(|tag| is_in(language, tag)).map(|tag| tag.len()).max();
        std::cmp::Reverse(longest)
    });
    let mut assets = AssetBundle::new();
    assets.fonts.extend(COMMON.iter().map(Arc::clone));
    for (font, characters) in order {
        let before = missing.len();
        missing.retain(|c| characters.map(*c).is_none());
        if missing.len() < before {
            assets.fonts.push(Arc::new(font.bytes.to_vec()));
        }
    }
    assets
}

/// The characters that are named as CSS names them: `\2610`.
fn numbered(text: &str) -> impl Iterator<Item = char> {
    text.split('\\').skip(1).filter_map(|rest| {
        let digits = rest.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        u32::from_str_radix(rest.get(..digits)?, 16).ok().and_then(char::from_u32)
    })
}

/// Whether a language tag begins with another, whatever its case.
fn is_in(language: &str, tag: &str) -> bool {
    let start = language.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    start && matches!(language.as_bytes().get(tag.len()), None | Some(b'-'))
}

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
    let name = |c: &char| match u32::from(*c) {
        number if c.is_control() => format!("U+{number:04X}, a control character"),
        number => format!("“{c}” (U+{number:04X})"),
    };
    let names: Vec<_> = missing.iter().map(name).collect();
    let message = format!("no font of printed letters has {}{more}", names.join(", "));
    Err(Refusal::new(message))
}

fn is_shown(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{c}' | ' '..='~' => true,
        c if c.is_control() => false,
        // Set as a hyphen.
        '\u{2011}' => true,
        c if is_invisible(c) => true,
        c => CHARACTERS.iter().any(|characters| characters.map(c).is_some()),
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
            (&["Arial", "serif"][..], "\"Liberation Sans\",\"Noto Sans\","),
            (
                &["Gill Sans", "GEORGIA", "sans-serif"],
                "\"Liberation Serif\",\"Liberation Sans\",\"Noto Sans\",",
            ),
            (&["Courier New"], "\"Liberation Mono\",\"Liberation Sans\",\"Noto Sans\","),
            (&["Brand Grotesk"], "\"Liberation Sans\",\"Noto Sans\","),
            (&[], "\"Liberation Sans\",\"Noto Sans\","),
        ] {
            let families = families(names.iter().copied());
            assert!(families.starts_with(family), "{names:?}: {families}");
        }
    }

    #[test]
    fn every_font_can_be_read_and_has_the_name_it_is_asked_for() {
        for font in &SPECIAL {
            let strings =
                FontRef::new(font.bytes).unwrap().localized_strings(skrifa::string::StringId::FAMILY_NAME);
            assert!(strings.into_iter().any(|name| name.to_string() == font.family), "{}", font.family);
        }
    }

    #[test]
    fn a_document_is_given_the_fonts_that_it_needs() {
        let names = |text: &str, language: &str| -> Vec<String> {
            let family = |font: &Arc<Vec<u8>>| SPECIAL.iter().find(|known| known.bytes == font.as_slice());
            of(text, language)
                .fonts
                .iter()
                .filter_map(family)
                .map(|font| font.family.replace("Noto Sans ", ""))
                .collect()
        };
        for (text, language, fonts) in [
            ("Hola ñ €", "es-US", &[][..]),
            ("☐ Yes", "en-US", &["Symbols2"]),
            ("li::before{content:'\\2610 '}", "en-US", &["Symbols2"]),
            ("请求", "zh-CN", &["CJK SC"]),
            ("請求", "zh-TW", &["CJK TC"]),
            ("請求", "ja", &["CJK JP"]),
            ("안녕", "ko-KR", &["CJK KR"]),
            ("안녕", "en-US", &["CJK KR"]),
            ("नमस्ते", "hi", &["Devanagari"]),
        ] {
            assert_eq!(names(text, language), fonts, "{text} in {language}");
        }
    }

    #[test]
    fn characters_without_a_glyph_are_named() {
        for (text, names) in [
            ("Hola 𓀀 😀 𓀀", "“𓀀” (U+13000), “😀” (U+1F600)"),
            ("a\u{1}b\t\r\n", "U+0001, a control character"),
        ] {
            assert_eq!(check(text).unwrap_err().0, format!("no font of printed letters has {names}"));
        }
    }
}
