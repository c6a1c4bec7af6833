//! A reading of a PDF by another library than the one the printer checks with, and by its own arithmetic.

use std::collections::BTreeMap;

use lopdf::{Document, Object, content::Content};

/// A run of text on one baseline; lengths in points.
#[derive(Debug, Clone)]
pub struct Run {
    pub page: u32,
    pub text: String,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
    pub size: f32,
}

impl Run {
    /// Whether two runs of text lie on each other. One that is narrower than its size, as a period is, can do so too.
    fn covers(&self, other: &Self) -> bool {
        let size = self.size.min(other.size);
        let width = (self.right - self.left).min(other.right - other.left);
        let shared = self.right.min(other.right) - self.left.max(other.left);
        self.page == other.page
            && (self.baseline - other.baseline).abs() < 0.4 * size
            && shared > 0.8 * size.min(width)
    }
}

/// The runs that are on a page and under no other.
pub fn readable(pdf: &[u8]) -> Vec<Run> {
    let runs = runs(pdf);
    let is_readable = |at: usize, run: &Run| {
        runs.iter().enumerate().all(|(other, under)| other == at || !run.covers(under))
    };
    let readable = runs.iter().enumerate().filter(|(at, run)| is_readable(*at, run));
    readable.map(|(_, run)| run.clone()).collect()
}

/// All runs that begin and end inside their page.
fn runs(pdf: &[u8]) -> Vec<Run> {
    let pdf = Document::load_mem(pdf).unwrap();
    let mut runs = Vec::new();
    for (page, id) in pdf.get_pages() {
        let edges = pdf.get_dictionary(id).unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
        let (width, height) = (edges[2].as_float().unwrap(), edges[3].as_float().unwrap());
        let fonts = pdf.get_page_fonts(id).unwrap();
        let encodings: BTreeMap<_, _> =
            fonts.iter().map(|(name, font)| (name.clone(), font.get_font_encoding(&pdf).unwrap())).collect();
        let widths: BTreeMap<_, _> =
            fonts.iter().map(|(name, font)| (name.clone(), widths(&pdf, font))).collect();
        let (mut matrix, mut saved) = ([1.0, 0.0, 0.0, 1.0, 0.0, 0.0], Vec::new());
        let (mut font, mut size, mut pen) = (Vec::new(), 0.0, [0.0; 6]);
        for operation in Content::decode(&pdf.get_page_content(id)).unwrap().operations {
            let numbers: Vec<f32> = operation.operands.iter().filter_map(|o| o.as_float().ok()).collect();
            match operation.operator.as_str() {
                "q" => saved.push(matrix),
                "Q" => matrix = saved.pop().unwrap(),
                "cm" => matrix = times(numbers.try_into().unwrap(), matrix),
                "Tm" => pen = numbers.try_into().unwrap(),
                "Tf" => {
                    font = operation.operands[0].as_name().unwrap().to_vec();
                    size = operation.operands[1].as_float().unwrap();
                }
                "Tj" | "TJ" => {
                    let parts = match &operation.operands[0] {
                        Object::Array(parts) => parts.clone(),
                        text => vec![text.clone()],
                    };
                    let (mut text, mut length) = (String::new(), 0.0);
                    for part in parts {
                        match part {
                            Object::String(bytes, _) => {
                                text += &Document::decode_text(&encodings[&font], &bytes).unwrap();
                                let codes =
                                    bytes.chunks(2).map(|code| u16::from_be_bytes([code[0], code[1]]));
                                length +=
                                    codes.map(|code| widths[&font].get(&code).unwrap_or(&0.0)).sum::<f32>();
                            }
                            number => length -= number.as_float().unwrap(),
                        }
                    }
                    let place = times(pen, matrix);
                    let (left, right) = (place[4], place[4] + length / 1000.0 * size * place[0]);
                    let run = Run { page, text, left, right, baseline: place[5], size: size * place[0] };
                    if left >= 0.0 && right <= width + 0.5 && (0.0..height).contains(&run.baseline) {
                        runs.push(run);
                    }
                }
                _ => {}
            }
        }
    }
    runs.retain(|run| !run.text.trim().is_empty());
    runs
}

/// Widths by glyph, in thousandths of an em.
fn widths(pdf: &Document, font: &lopdf::Dictionary) -> BTreeMap<u16, f32> {
    let descendants = pdf.dereference(font.get(b"DescendantFonts").unwrap()).unwrap().1.as_array().unwrap();
    let descendant = pdf.dereference(&descendants[0]).unwrap().1.as_dict().unwrap();
    let list = pdf.dereference(descendant.get(b"W").unwrap()).unwrap().1.as_array().unwrap();
    let number = |at: usize| list[at].as_i64().map(|n| n as u16);
    let (mut widths, mut at) = (BTreeMap::new(), 0);
    while at < list.len() {
        let first = number(at).unwrap();
        if let Ok(each) = list[at + 1].as_array() {
            widths.extend((first..).zip(each.iter().map(|width| width.as_float().unwrap())));
            at += 2;
        } else {
            let width = list[at + 2].as_float().unwrap();
            widths.extend((first..=number(at + 1).unwrap()).map(|glyph| (glyph, width)));
            at += 3;
        }
    }
    widths
}

fn times([a, b, c, d, e, f]: [f32; 6], [g, h, i, j, k, l]: [f32; 6]) -> [f32; 6] {
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}
