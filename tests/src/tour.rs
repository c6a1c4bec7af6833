//! Documents that show commands, run as a reader would: block by block in one shell, each held to what stands right
//! below it.
//!
//! What stands below is JSON as it was answered, shortened: `…` stands for any members, elements or characters. Instants
//! with a fraction of a second are of the run that was shown, and any instant fits. All else is exact.

mod answer;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

pub use answer::fits;

/// Where the documents find the API.
const SHOWN_URL: &str = "http://127.0.0.1:8080";

/// How long a question is asked again: some work is done behind an answer.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(100);

/// Before a block's exit status; no answer has this character.
const END: char = '\u{1e}';

/// A block of commands, and what is said to come of them.
#[derive(Debug)]
struct Block {
    commands: String,
    shown: Option<String>,
}

/// Runs the `sh` blocks of a document in a folder, against the system at `url`. Those that start with `cargo` ask the
/// system nothing and are left out.
///
/// # Panics
/// At the first block that is not answered as shown.
pub fn run(document: &str, folder: &Path, url: &str) {
    let blocks = blocks(&document.replace(SHOWN_URL, url));
    assert!(blocks.iter().any(|block| block.shown.is_some()), "no answer is shown");
    let mut shell = Shell::start(folder);
    for block in blocks.iter().filter(|block| !block.commands.starts_with("cargo")) {
        block.run(&mut shell);
    }
}

/// The blocks of commands, each with the block of `text` or `json` right below it.
fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::<Block>::new();
    let mut lines = document.lines();
    let mut is_below = false;
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            is_below = is_below && line.is_empty();
            continue;
        };
        let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = inside.join("\n");
        match (language, blocks.last_mut()) {
            ("sh", _) => blocks.push(Block { commands: text, shown: None }),
            ("text" | "json", Some(block)) if is_below => block.shown = Some(text),
            _ => {}
        }
        is_below = language == "sh";
    }
    blocks
}

impl Block {
    fn run(&self, shell: &mut Shell) {
        let begun = Instant::now();
        while let Err(reason) = self.ask(shell) {
            let is_question = !self.commands.contains(" -d") && !self.commands.contains(" -X");
            assert!(is_question && begun.elapsed() < PATIENCE, "{}\n\n{reason}", self.commands);
            std::thread::sleep(PAUSE);
        }
    }

    fn ask(&self, shell: &mut Shell) -> Result<(), String> {
        let (answer, status) = shell.run(&self.commands);
        let fits = match &self.shown {
            _ if status != 0 => Err(format!("ended with {status}")),
            Some(shown) => fits(shown, &answer),
            None if answer.contains("urn:postrider:problem:") => Err("is refused".into()),
            None => Ok(()),
        };
        fits.map_err(|reason| format!("{reason}\n\n{answer}"))
    }
}

/// A shell that is given one block after another, so that what one sets the next has.
struct Shell {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new("sh")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let (input, output) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        let mut shell = Self { process, input, output: BufReader::new(output) };
        shell.run("exec 2>&1");
        shell
    }

    /// What commands print, and the last one's exit status.
    fn run(&mut self, commands: &str) -> (String, i32) {
        writeln!(self.input, "{commands}\nprintf '\\n\\036%s\\n' $?").expect("the shell reads");
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("text");
            assert!(length > 0, "the shell is gone after:\n{commands}\n{printed}");
            match line.strip_prefix(END) {
                Some(status) => return (printed, status.trim().parse().expect("an exit status")),
                None => printed.push_str(&line),
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It may be waiting for a command whose answer nobody wants any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
