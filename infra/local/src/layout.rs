//! A kept state is of the layout it was written in. One of another is set aside, not read: what an upgrade does to a
//! lender's data is no matter of the local system.

use std::fs;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use platform::store::LAYOUT;

/// States written before layouts had numbers.
const UNNUMBERED: u32 = 1;

/// Sets aside what the folder keeps, if it is of another layout; answers where it is now. The folder is of this layout
/// afterwards.
pub fn set_aside_another(state: &Path) -> Result<Option<PathBuf>> {
    let stamp = state.join("layout");
    let known = match fs::read_to_string(&stamp) {
        Ok(text) => text.trim().parse().unwrap_or(UNNUMBERED),
        Err(error) if error.kind() == ErrorKind::NotFound => UNNUMBERED,
        Err(error) => return Err(error),
    };
    let aside = state.join(format!("layout-{known}"));
    let mut moved = None;
    if known != LAYOUT {
        for kept in ["aws", "outbox.jsonl"] {
            let from = state.join(kept);
            if from.exists() {
                fs::create_dir_all(&aside)?;
                let to = aside.join(kept);
                // An older one that was set aside before gives way.
                match fs::metadata(&to) {
                    Ok(found) if found.is_dir() => fs::remove_dir_all(&to)?,
                    Ok(_) => fs::remove_file(&to)?,
                    Err(_) => {}
                }
                fs::rename(from, to)?;
                moved = Some(aside.clone());
            }
        }
    }
    fs::write(stamp, LAYOUT.to_string())?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("postrider-layout-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    #[test]
    fn a_state_of_another_layout_is_set_aside_and_one_of_this_is_kept() {
        let state = folder("other");
        assert_eq!(set_aside_another(&state).expect("an empty state"), None);
        fs::create_dir_all(state.join("aws")).expect("a state");
        assert_eq!(set_aside_another(&state).expect("its own state"), None);
        assert!(state.join("aws").exists());
        for of in ["1", "no number"] {
            fs::create_dir_all(state.join("aws")).expect("a state");
            fs::write(state.join("outbox.jsonl"), "{}").expect("an outbox");
            fs::write(state.join("layout"), of).expect("a stamp");
            let aside = set_aside_another(&state).expect("a state of another layout").expect("set aside");
            assert!(aside.join("aws").exists() && aside.join("outbox.jsonl").exists());
            assert!(!state.join("aws").exists() && !state.join("outbox.jsonl").exists());
            assert_eq!(set_aside_another(&state).expect("a new state"), None);
        }
        fs::remove_dir_all(state).expect("cleaned up");
    }

    #[test]
    fn a_state_from_before_layouts_had_numbers_is_set_aside() {
        let state = folder("unnumbered");
        fs::create_dir_all(state.join("aws")).expect("a state");
        assert!(set_aside_another(&state).expect("an old state").is_some());
        fs::remove_dir_all(state).expect("cleaned up");
    }
}
