//! The small comma-separated tables of `data/`.

/// The rows of a table, `#` beginning a comment, each as `N` trimmed cells. Missing cells are empty.
pub fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut cells = [""; N];
        cells.iter_mut().zip(line.split(',')).for_each(|(cell, given)| *cell = given.trim());
        cells
    })
}
