//! How large the pages of a PDF are.

use domain::letter::PageSize;

use crate::{Refusal, points, whole};

/// How far a page may be off: what programs round, not what a person sees. In points (1/72 inch).
const TOLERANCE: f32 = 1.5;

/// Whether every page of a PDF, as it is read, is of this size, upright.
///
/// # Errors
/// When it is no PDF.
pub fn is_all_of(pdf: &[u8], size: PageSize) -> Result<bool, Refusal> {
    let pdf = whole::read(pdf.to_vec())?;
    let wanted = points(size);
    Ok(pdf.pages().iter().all(|page| {
        let (width, height) = page.render_dimensions();
        // Makes its points larger.
        let has_unit = page.raw().contains_key(b"UserUnit");
        !has_unit && (width - wanted.width).abs() <= TOLERANCE && (height - wanted.height).abs() <= TOLERANCE
    }))
}
