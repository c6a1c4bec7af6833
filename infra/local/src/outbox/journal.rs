//! The outbox on disk: one JSON object a line; a later line for the same message takes the place of the earlier.
//!
//! Each line is handed to the operating system at once, so it outlives this process being killed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{CAPACITY, Message};

/// Lines after which the file is written again with only what is still wanted.
const LINES: usize = 4 * CAPACITY;

/// The file behind an outbox.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    lines: usize,
}

impl Journal {
    /// The journal at `path`, made if need be, and the newest messages it holds.
    pub fn open(path: PathBuf) -> io::Result<(Self, BTreeMap<u64, Message>)> {
        let mut messages = read(&path)?;
        while messages.len() > CAPACITY {
            messages.pop_first();
        }
        let file = write_anew(&path, &messages)?;
        let lines = messages.len();
        Ok((Self { path, file, lines }, messages))
    }

    /// Adds a message, or its newest state; `messages` are all there are now.
    pub fn append(&mut self, message: &Message, messages: &BTreeMap<u64, Message>) -> io::Result<()> {
        if self.lines >= LINES {
            self.file = write_anew(&self.path, messages)?;
            self.lines = messages.len();
            return Ok(());
        }
        self.lines += 1;
        self.file.write_all(&line(message)?)
    }
}

/// The messages of a file. A line cut off when the process was killed does not count.
fn read(path: &Path) -> io::Result<BTreeMap<u64, Message>> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    Ok(content
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .map(|message| (message.sequence, message))
        .collect())
}

/// Writes the whole file beside the old one and puts it in its place; answers it open at its end.
fn write_anew(path: &Path, messages: &BTreeMap<u64, Message>) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    let content = messages.values().map(line).collect::<io::Result<Vec<_>>>()?.concat();
    fs::write(&beside, content)?;
    fs::rename(&beside, path)?;
    OpenOptions::new().append(true).open(path)
}

fn line(message: &Message) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}
