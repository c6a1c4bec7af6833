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

/// A line from hour to hour for each of these stretches of a day.
pub(super) fn stretches(stretches: impl IntoIterator<Item = (usize, usize)>) -> String {
    let line = |(from, to): (usize, usize)| format!("M{from} 1h{}", to - from);
    stretches.into_iter().map(line).collect()
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

    #[test]
    fn stretches_are_lines_along_the_day() {
        assert_eq!(stretches([(0, 1), (8, 21)]), "M0 1h1M8 1h13");
    }
}
