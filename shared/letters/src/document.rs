//! The guard before the layout engine: HTML read, bounded, and written again as the engine can take it.

use fulgur::{asset::AssetBundle, config::PageSize};
use html5ever::ns;
use scraper::{
    Html, Node, StrTendril,
    node::{Element, Text},
};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use url::Url;

use crate::{
    Refusal, blocks, breaks, directions, fonts, forms,
    images::{self, Image, Images},
    limits, lines,
    pages::Pages,
    romans, stylesheet,
};

/// A document that the layout engine can print as its author meant it.
pub(crate) struct Document {
    /// Without anything from elsewhere.
    pub(crate) html: String,
    /// The fonts and images that it names.
    pub(crate) assets: AssetBundle,
    /// `<title>`, or how the text begins.
    pub(crate) title: String,
    /// Whether it shows any image or drawing.
    pub(crate) has_pictures: bool,
    /// Width and height inside the margins of its first page, in CSS pixels.
    pub(crate) room: (f32, f32),
}

impl Document {
    /// Reads `html`, to be printed on pages of `size` unless it says otherwise, in `language` and under `title` if
    /// there is one.
    ///
    /// # Errors
    /// When it exceeds a limit, shows an image that cannot be resolved, or has text that no font has.
    pub(crate) fn read(
        html: &str,
        size: PageSize,
        title: Option<&str>,
        language: &str,
    ) -> Result<Self, Refusal> {
        within(html.len() / 1024, limits::HTML / 1024, "the document is larger than", "KB")?;
        let mut tree = forms::read(html);
        forms::write_out(&mut tree)?;
        if html.contains('\t') {
            blocks::expand_tabs(&mut tree);
        }
        let mut guard = Guard::new(size);
        guard.measure(&mut tree)?;
        guard.pages.check()?;
        breaks::check(&tree)?;
        if guard.text.contains(directions::is_right_to_left) {
            directions::keep_numbers(&mut tree);
        }
        blocks::split_lines(&mut tree);
        guard.mend(&mut tree)?;
        let title =
            title.filter(|title| !title.trim().is_empty()).map_or_else(|| guard.title(), str::to_owned);
        insert_styles(&mut tree, &first_style(size, &title), &guard.pages.evened());

        // Without a document type the engine would imitate the browsers of 1998.
        let html = tree.html();
        let html = format!("<!DOCTYPE html>{}", html.strip_prefix("<!DOCTYPE html>").unwrap_or(&html));
        let (has_pictures, room) = (guard.has_pictures, guard.pages.room());
        let html = romans::mark(&html, room).into_owned();
        let mut assets = fonts::of(&html, language);
        guard.images.register(&mut assets);
        Ok(Self { html, assets, title, has_pictures, room })
    }
}

struct Guard {
    images: Images,
    pages: Pages,
    /// What `<title>` says.
    heading: String,
    /// All text that is to be printed.
    text: String,
    has_pictures: bool,
    /// Whether a style sheet may print what attributes hold, with `attr()`.
    quotes_attributes: bool,
}

impl Guard {
    fn new(size: PageSize) -> Self {
        Self {
            images: Images::default(),
            pages: Pages::new(size),
            heading: String::new(),
            text: String::new(),
            has_pictures: false,
            quotes_attributes: false,
        }
    }

    /// Counts what is in the document, takes out what is not for print, and collects its text and pages.
    fn measure(&mut self, tree: &mut Html) -> Result<(), Refusal> {
        let (mut elements, mut rows, mut rules) = (0, 0, 0);
        let mut open = vec![(tree.tree.root().id(), 0)];
        while let Some((id, depth)) = open.pop() {
            let Some(mut node) = tree.tree.get_mut(id) else { continue };
            match node.value() {
                Node::Element(element) if is_not_for_print(element.name()) => {
                    node.detach();
                    continue;
                }
                Node::Comment(_) | Node::ProcessingInstruction(_) => {
                    node.detach();
                    continue;
                }
                Node::Element(element) => {
                    elements += 1;
                    self.has_pictures |= matches!(element.name(), "img" | "svg");
                    rows += usize::from(element.name() == "tr");
                    within(depth, limits::DEPTH, "elements are nested deeper than", "levels")?;
                    within(elements, limits::ELEMENTS, "the document has more than", "elements")?;
                    within(rows, limits::ROWS, "the tables have more than", "rows")?;
                }
                // The engine sets a letter and its accent as one glyph, of which the PDF then tells the letter only.
                Node::Text(text) if !is_nfc(text) => {
                    *text = Text { text: text.nfc().collect::<String>().into() };
                }
                Node::Text(_) | Node::Document | Node::Fragment | Node::Doctype(_) => {}
            }
            let Some(node) = tree.tree.get(id) else { continue };
            if let Node::Text(text) = node.value() {
                let parent = node.parent().and_then(|parent| parent.value().as_element());
                match parent.map(|parent| (parent.name(), &parent.name.ns)) {
                    Some(("style", _)) => {
                        self.pages.read(text);
                        rules += text.matches('{').count();
                        self.quotes_attributes |= text.to_ascii_lowercase().contains("attr(");
                    }
                    Some(("title", &ns!(html))) => self.heading.push_str(text),
                    // Told to those who hear the image, not shown.
                    Some(("title" | "desc", _)) => {}
                    _ => self.take_text(text)?,
                }
            }
            open.extend(node.children().rev().map(|child| (child.id(), depth + 1)));
        }
        within(rules * elements, limits::MATCHES, "the CSS rules times the elements are more than", "")
    }

    fn take_text(&mut self, text: &str) -> Result<(), Refusal> {
        fonts::check(text)?;
        within(text.len(), limits::TEXT, "a paragraph is longer than", "bytes")?;
        let longest = text.split_whitespace().map(|word| word.chars().count()).max();
        within(longest.unwrap_or(0), limits::WORD, "a word is longer than", "characters")?;
        self.text.push_str(text);
        Ok(())
    }

    /// `<title>`, or how the text begins. A tagged PDF must have one, even if it is a picture.
    fn title(&self) -> String {
        [&self.heading, &self.text]
            .into_iter()
            .map(|text| text.split_whitespace().take(12).collect::<Vec<_>>().join(" "))
            .find(|text| !text.is_empty())
            .unwrap_or_else(|| "Letter".to_owned())
    }

    /// Rewrites style sheets and attributes.
    fn mend(&mut self, tree: &mut Html) -> Result<(), Refusal> {
        let ids: Vec<_> = tree.tree.root().descendants().map(|node| node.id()).collect();
        let mut reuses = 0;
        for id in ids {
            let Some(node) = tree.tree.get(id) else { continue };
            let in_style = node.parent().is_some_and(|parent| {
                parent.value().as_element().is_some_and(|parent| parent.name() == "style")
            });
            let is_short = blocks::is_short(node);
            let Some(mut node) = tree.tree.get_mut(id) else { continue };
            match node.value() {
                Node::Text(text) if in_style => {
                    let css = stylesheet::rewrite(text, &mut self.images, &self.pages)?;
                    *text = Text { text: StrTendril::from(css) };
                }
                Node::Element(element) => {
                    if element.name.ns == ns!(svg) {
                        reuses += usize::from(element.name() == "use");
                        check_drawing(element, reuses)?;
                    }
                    self.mend_element(element, is_short)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn mend_element(&mut self, element: &mut Element, is_short: bool) -> Result<(), Refusal> {
        element.attrs.retain(|name, value| match name.local.as_ref() {
            "href" => is_safe_link(value),
            // Only scripts begin with `on`; `srcset` would stand beside the image that is checked.
            local => !local.starts_with("on") && local != "srcset",
        });
        let mut style = String::new();
        if is_short {
            style.push_str("break-inside:avoid;");
        }
        if element.name() == "img" {
            let image = self.images.resolve(element.attr("src").unwrap_or_default())?;
            style.push_str(&place(element, &image));
        }
        if element.name() == "ol" {
            style.push_str(&stylesheet::rewrite(number(element)?, &mut self.images, &self.pages)?);
        }
        if self.quotes_attributes {
            element
                .attrs()
                .filter(|(name, _)| *name != "style")
                .try_for_each(|(_, value)| fonts::check(value))?;
        }
        if let Some(own) = element.attr("style") {
            style.push_str(&stylesheet::rewrite(own, &mut self.images, &self.pages)?);
        }
        if !style.is_empty() {
            blocks::set(element, "style", &style);
        }
        Ok(())
    }
}

/// Elements that fetch, run or ask for something; what is in them goes too.
fn is_not_for_print(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "template"
            | "link"
            | "base"
            | "meta"
            | "iframe"
            | "frame"
            | "frameset"
            | "embed"
            | "applet"
            | "audio"
            | "video"
            | "source"
            | "track"
            | "canvas"
            | "portal"
            | "param"
            | "datalist"
            | "dialog"
    )
}

/// Whether a link may be printed into a PDF, if it can be followed: to a place of the same document, or to
/// `https`, `mailto` and `tel`. Read as browsers do, whatever white space hides in it.
fn is_safe_link(target: &str) -> bool {
    target.starts_with('#')
        || Url::parse(target).is_ok_and(|url| matches!(url.scheme(), "https" | "mailto" | "tel"))
}

/// Gives an `img` its image and its own size; what the style sheet says about it still wins. The declarations
/// that belong in front of its own.
fn place(element: &mut Element, image: &Image) -> String {
    let Image { name, width, height, vector } = image;
    if element.attr("width").is_none() && element.attr("height").is_none() {
        blocks::set(element, "width", &width.to_string());
        blocks::set(element, "height", &height.to_string());
    }
    // A tagged PDF needs a text for each image; a space says that it means nothing.
    if element.attr("alt").is_none_or(str::is_empty) {
        blocks::set(element, "alt", " ");
    }
    let ratio = format!("aspect-ratio:{width}/{height};");
    if *vector {
        element.attrs.retain(|name, _| name.local.as_ref() != "src");
        format!("{ratio}background:url(\"{name}\") no-repeat;background-size:100% 100%;")
    } else {
        blocks::set(element, "src", name);
        ratio
    }
}

/// Numbers an `ol` as its attributes say, which the layout engine does only in part: it does not read `type`,
/// and fails when `start` is below 1. The declaration that belongs in front of its own.
fn number(list: &mut Element) -> Result<&'static str, Refusal> {
    let starts_low = list.attr("start").and_then(|start| start.trim().parse::<usize>().ok()) == Some(0);
    if starts_low {
        list.attrs.retain(|name, _| name.local.as_ref() != "start");
    }
    match list.attr("type") {
        None | Some("1") => Ok(""),
        Some("a") => Ok("list-style-type:lower-alpha;"),
        Some("A") => Ok("list-style-type:upper-alpha;"),
        Some("i") => Ok("list-style-type:lower-roman;"),
        Some("I") => Ok("list-style-type:upper-roman;"),
        Some(other) => Err(stylesheet::unknown_marker(other)),
    }
}

fn check_drawing(element: &Element, reuses: usize) -> Result<(), Refusal> {
    if !images::is_shape(element.name()) {
        return Err(images::undrawable(element.name()));
    }
    if reuses > limits::REUSES {
        return Err(images::too_many_reuses());
    }
    Ok(())
}

/// What stands in front of the document's own style sheets.
///
/// The engine would let a page size given to it win over `@page`, so it is one. A PDF that says what its parts
/// are needs an outline, and a letter may have no headings: its title is one.
fn first_style(PageSize { width, height }: PageSize, title: &str) -> String {
    let mut label = String::new();
    // Writing to a `String` does not fail.
    let _ = cssparser::serialize_string(title, &mut label);
    // `<` might end the element.
    let label = label.replace('<', "\\3c ");
    let (serif, mono, lines) = (fonts::families(["serif"]), fonts::families(["monospace"]), lines::STYLE);
    // `:where` lets every rule of the document's own win.
    format!(
        "@page{{size:{width}pt {height}pt}}:where(html){{font-family:{serif};overflow-wrap:break-word}}\
         :where(pre,code,kbd,samp,tt){{font-family:{mono}}}:where(legend,optgroup,option){{display:block}}\
         :where(summary){{list-style-type:disc}}{lines}body{{bookmark-level:1;bookmark-label:{label}}}"
    )
}

/// Puts a style sheet in front of the document's own, and one behind them.
fn insert_styles(tree: &mut Html, first: &str, last: &str) {
    let ids: Vec<_> = tree.tree.root().descendants().map(|node| node.id()).collect();
    let mut add = |parent: &str, css: &str, is_first: bool| {
        let is_parent = |id: &&ego_tree::NodeId| {
            let node = tree.tree.get(**id).and_then(|node| node.value().as_element());
            node.is_some_and(|element| element.name() == parent && element.name.ns == ns!(html))
        };
        let Some(id) = ids.iter().find(is_parent).copied() else { return };
        let Some(mut parent) = tree.tree.get_mut(id) else { return };
        let style = Node::Element(blocks::element("style"));
        let mut style = if is_first { parent.prepend(style) } else { parent.append(style) };
        style.append(Node::Text(Text { text: StrTendril::from(css) }));
    };
    add("head", first, true);
    add("body", last, false);
}

/// Whether `count` is no more than `limit`; else an error of both, between these words.
fn within(count: usize, limit: usize, exceeds: &str, unit: &str) -> Result<(), Refusal> {
    if count <= limit {
        return Ok(());
    }
    Err(Refusal::new(format!("{exceeds} {limit} {unit}").trim_end()))
}
