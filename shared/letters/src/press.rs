//! A place of its own for each document, with room to recurse and an end.
//!
//! The engine cannot be stopped. If it may, it runs in a process of its own: the same program, started once more, which
//! prints one document and is ended when its time is over, with all its memory. [`attend`] is what makes a program able
//! to. In any other it runs on a thread, which a document that takes too long keeps.

mod attending;

use std::{
    env,
    io::{self, Read, Write as _},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

pub use attending::attend;
use domain::letter::{PageSize, Sheet};

use crate::{Refusal, Unprinted, limits};

/// Set in a process that prints one document.
const ATTENDS: &str = "POSTRIDER_PRESS";
/// What its answer begins with, followed by [`PRINTED`] or [`REFUSED`].
const ANSWER: &[u8] = b"POSTRIDER PRESS\n";
const PRINTED: u8 = b'+';
const REFUSED: u8 = b'-';
/// Keeps the parts of a document apart on its way.
const END: char = '\0';
/// Bytes of what a process complains that are read for who looks after it.
const COMPLAINT: u64 = 4096;
/// How the lines begin in which Rust's runtime, and [`attend`], tell why a process ends. Others are of libraries, which may
/// quote the document.
const COMPLAINTS: [&str; 4] = ["panicked at ", "thread '", "fatal runtime error", "memory allocation"];

/// Whether this program can be started once more to print.
static IS_PRESS: AtomicBool = AtomicBool::new(false);

/// Prints within `time` of the processor, in a process of its own if the program is able to; else within `time`.
///
/// # Errors
/// When it took too long, or could not be printed.
pub(crate) fn print(html: &str, sheet: &Sheet, time: Duration) -> Result<Vec<u8>, Unprinted> {
    if IS_PRESS.load(Ordering::Relaxed)
        && let Some(press) = started()
    {
        return in_process(press, packed(html, sheet, time), time.saturating_add(limits::WAIT));
    }
    let (html, sheet) = (html.to_owned(), sheet.clone());
    on_thread(time, move || crate::print_here(&html, &sheet))
}

/// `None` when the system does not start a process.
fn started() -> Option<Child> {
    Command::new(env::current_exe().ok()?)
        .env_clear()
        .env(ATTENDS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()
}

/// What `press` makes of `document`, within `patience` by the clock.
fn in_process(mut press: Child, document: String, patience: Duration) -> Result<Vec<u8>, Unprinted> {
    let answer = answer(&mut press, document, patience);
    if answer.is_none() {
        // Fails only if it has ended by itself meanwhile.
        let _ = press.kill();
    }
    // Does not fail for a process that was started here.
    let status = press.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    let Some((answer, complaint)) = answer else {
        let wait = patience.as_secs();
        return Err(Unprinted::Unavailable(format!("the press gave no answer within {wait} seconds")));
    };
    match answer.strip_prefix(ANSWER).and_then(<[u8]>::split_first) {
        Some((&PRINTED, pdf)) if !pdf.is_empty() => Ok(pdf.to_vec()),
        Some((&REFUSED, refusal)) => Err(Refusal::new(String::from_utf8_lossy(refusal)).into()),
        _ => Err(Unprinted::Unavailable(format!("the press ended without an answer, {status}: {complaint}"))),
    }
}

/// All that `press` writes when it is given `document`, and what it complains. `None` when that takes longer than
/// `patience`.
fn answer(press: &mut Child, document: String, patience: Duration) -> Option<(Vec<u8>, String)> {
    let (mut stdin, mut stdout) = (press.stdin.take()?, press.stdout.take()?);
    let stderr = press.stderr.take();
    let (done, answer) = mpsc::sync_channel(1);
    // Both end with the process, whose ends of the pipes close then.
    let complaint = thread::spawn(move || stderr.map(complaint).unwrap_or_default());
    thread::spawn(move || {
        // A process that ended by itself does not read; its answer tells.
        let _ = stdin.write_all(document.as_bytes());
        drop(stdin);
        let mut bytes = Vec::new();
        let _ = stdout.read_to_end(&mut bytes);
        let _ = done.send((bytes, complaint.join().unwrap_or_default()));
    });
    answer.recv_timeout(patience).ok()
}

/// What a process tells of its end, without what the document says.
fn complaint(mut stderr: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stderr.by_ref().take(COMPLAINT).read_to_end(&mut bytes);
    // It would stop where nobody reads.
    let _ = io::copy(&mut stderr, &mut io::sink());
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter(|line| COMPLAINTS.iter().any(|beginning| line.starts_with(beginning)));
    lines.collect::<Vec<_>>().join("; ")
}

fn packed(html: &str, sheet: &Sheet, time: Duration) -> String {
    let size = match sheet.size {
        PageSize::Letter => "letter",
        PageSize::A4 => "a4",
    };
    let clean = |text: &str| text.replace(END, "");
    let (language, title) = (clean(&sheet.language), sheet.title.as_deref().map(clean).unwrap_or_default());
    format!("{}{END}{language}{END}{size}{END}{title}{END}{html}", time.as_millis())
}

fn unpacked(document: &str) -> Option<(&str, Sheet, Duration)> {
    let mut parts = document.splitn(5, END);
    let time = Duration::from_millis(parts.next()?.parse().ok()?);
    let (language, size, title, html) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let size = match size {
        "letter" => PageSize::Letter,
        "a4" => PageSize::A4,
        _ => return None,
    };
    // An empty title is none: the document names itself.
    let title = (!title.is_empty()).then(|| title.to_owned());
    Some((html, Sheet { language: language.to_owned(), size, title }, time))
}

/// Runs `job` on a thread of its own, within `time`. A panic there ends the job, not the process.
///
/// # Errors
/// When it took too long, panicked, or could not be run at all.
fn on_thread<T: Send + 'static>(
    time: Duration,
    job: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Unprinted> {
    let (done, outcome) = mpsc::sync_channel(1);
    // Nobody listens any more when the time was over; then there is nobody to tell.
    let run = move || drop(done.send(job()));
    let thread = thread::Builder::new()
        .name("letter".into())
        .stack_size(limits::STACK)
        .spawn(run)
        .map_err(|error| Unprinted::Unavailable(format!("no thread to print on: {error}")))?;
    let outcome = outcome.recv_timeout(time);
    if !matches!(outcome, Err(mpsc::RecvTimeoutError::Timeout)) {
        // Only waits for its end. Were it left to itself, glibc might read its memory once more after it is gone
        // (bug 19951).
        let _ = thread.join();
    }
    match outcome {
        Ok(result) => Ok(result?),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(too_long(time).into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(Refusal::new("the document could not be printed").into())
        }
    }
}

fn too_long(time: Duration) -> Refusal {
    Refusal::new(format!("the document takes longer than {} seconds to print", time.as_secs_f32()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_the_job_and_not_the_process() {
        let refusal = on_thread::<()>(limits::TIME, || panic!("of a library")).unwrap_err();
        assert_eq!(refusal, Refusal::new("the document could not be printed").into());
    }

    #[test]
    fn a_document_arrives_as_it_was_sent() {
        for sheet in [
            Sheet::default(),
            Sheet { language: "es-US".into(), size: PageSize::A4, title: Some("Línea 1\n2".into()) },
        ] {
            let document = packed("<p>a\0b", &sheet, limits::TIME);
            assert_eq!(unpacked(&document).unwrap(), ("<p>a\0b", sheet, limits::TIME));
        }
        assert_eq!(unpacked("en-US"), None);
    }

    #[test]
    fn a_press_that_gives_no_answer_is_the_operators_matter_not_the_authors() {
        let pressed = |script: &str, patience| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            in_process(shell.spawn().unwrap(), "Dear Pat".repeat(100_000), patience)
        };
        for (script, told) in [
            (
                "echo Dear Pat >&2; echo 'fatal runtime error: stack overflow' >&2; kill -9 $$",
                "the press ended without an answer, signal: 9 (SIGKILL): fatal runtime error: stack overflow",
            ),
            ("cat > /dev/null; exit 3", "the press ended without an answer, exit status: 3: "),
            (
                "echo Dear Pat; echo memory allocation of 9 bytes failed >&2; exit 1",
                "the press ended without an answer, exit status: 1: memory allocation of 9 bytes failed",
            ),
            ("printf 'POSTRIDER PRESS\\n+'", "the press ended without an answer, exit status: 0: "),
        ] {
            assert_eq!(pressed(script, limits::TIME), Err(Unprinted::Unavailable(told.into())), "{script}");
        }
        assert_eq!(
            pressed("exec sleep 60", Duration::from_millis(50)),
            Err(Unprinted::Unavailable("the press gave no answer within 0 seconds".into()))
        );
        assert_eq!(
            pressed("printf 'POSTRIDER PRESS\\n-it is empty'", limits::TIME),
            Err(Refusal::new("it is empty").into())
        );
        assert_eq!(pressed("printf 'POSTRIDER PRESS\\n+%%PDF'", limits::TIME), Ok(b"%PDF".to_vec()));
    }
}
