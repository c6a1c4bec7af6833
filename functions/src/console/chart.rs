//! Pictures of counts, as paths whose strokes draw them. The look stands in the style sheet, and the numbers beside the picture.

use std::fmt::Write as _;

/// How high the highest bar is.
const HEIGHT: u64 = 40;

/// A bar for each count, one unit apart, on a ground at [`HEIGHT`]. None is higher than `most`, and each that counts anything is seen.
pub(super) fn bars(counts: &[u64], most: u64) -> String {
    let mut path = String::new();
    for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (count.min(&most) * HEIGHT / most.max(1)).max(1);
        // Writing to a text does not fail.
        let _ = write!(path, "M{place}.5 {HEIGHT}v-{height}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_in_their_places_and_the_least_is_seen() {
        assert_eq!(bars(&[0, 1, 1_000, 500], 1_000), "M1.5 40v-1M2.5 40v-40M3.5 40v-20");
        assert_eq!(bars(&[], 0), "");
        assert_eq!(bars(&[0, 0], 0), "");
    }
}
