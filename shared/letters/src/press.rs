//! A place of its own for each document, with room to recurse and an end.
//!
//! The engine cannot be stopped. Where it may, it runs in a process of its own: the same program, started once more, which
//! prints one document and is ended when its time is over, with all its memory. [`attend`] is what makes a program able
//! to. In any other it runs on a thread, which a document that takes too long keeps.

use std::{
    env,
    io::{self, Read as _, Write as _},
    process::{self, Child, Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use domain::letter::{PageSize, Sheet};

use crate::{Refusal, limits};

/// Set in a process that prints one document.
const ATTENDS: &str = "POSTRIDER_PRESS";
/// What its answer begins with, followed by [`PRINTED`] or [`REFUSED`].
const ANSWER: &[u8] = b"POSTRIDER PRESS\n";
const PRINTED: u8 = b'+';
const REFUSED: u8 = b'-';
/// Keeps the parts of a document apart on its way.
const END: char = '\0';

/// Whether this program can be started once more to print.
static IS_PRESS: AtomicBool = AtomicBool::new(false);

/// What a program that prints calls before anything else, so that each document is printed in a process of its own. In such
/// a process it prints and does not return.
pub fn attend() {
    if env::var_os(ATTENDS).is_none() {
        IS_PRESS.store(true, Ordering::Relaxed);
        return;
    }
    let mut document = String::new();
    let outcome = match io::stdin().read_to_string(&mut document) {
        Ok(_) => on_thread(Duration::MAX, move || {
            let (html, sheet) = unpacked(&document).ok_or_else(unavailable)?;
            crate::print_here(html, &sheet)
        }),
        Err(_) => Err(unavailable()),
    };
    let (kind, bytes) = match outcome {
        Ok(pdf) => (PRINTED, pdf),
        Err(refusal) => (REFUSED, refusal.0.into_bytes()),
    };
    let mut out = io::stdout().lock();
    let written =
        out.write_all(ANSWER).and_then(|()| out.write_all(&[kind])).and_then(|()| out.write_all(&bytes));
    process::exit(i32::from(written.and_then(|()| out.flush()).is_err()));
}

/// Prints within `time`, in a process of its own where the program is able to.
///
/// # Errors
/// When it took too long, or could not be printed.
pub(crate) fn print(html: &str, sheet: &Sheet, time: Duration) -> Result<Vec<u8>, Refusal> {
    if IS_PRESS.load(Ordering::Relaxed)
        && let Some(press) = started()
    {
        return in_process(press, packed(html, sheet), time);
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
        .spawn()
        .ok()
}

fn in_process(mut press: Child, document: String, time: Duration) -> Result<Vec<u8>, Refusal> {
    let answer = answer(&mut press, document, time);
    if answer.is_none() {
        // Fails only if it has ended by itself meanwhile.
        let _ = press.kill();
    }
    // Does not fail for a process that was started here.
    let _ = press.wait();
    let answer = answer.ok_or_else(|| too_long(time))?;
    match answer.strip_prefix(ANSWER).and_then(<[u8]>::split_first) {
        Some((&PRINTED, pdf)) => Ok(pdf.to_vec()),
        Some((_, refusal)) => Err(Refusal::new(String::from_utf8_lossy(refusal))),
        None => Err(Refusal::new("the document could not be printed")),
    }
}

/// All that `press` writes when it is given `document`. `None` when that takes longer than `time`.
fn answer(press: &mut Child, document: String, time: Duration) -> Option<Vec<u8>> {
    let (mut stdin, mut stdout) = (press.stdin.take()?, press.stdout.take()?);
    let (done, answer) = mpsc::sync_channel(1);
    // Ends with the process, whose ends of the pipes close then.
    thread::spawn(move || {
        // A process that ended by itself does not read; its answer tells.
        let _ = stdin.write_all(document.as_bytes());
        drop(stdin);
        let mut bytes = Vec::new();
        let _ = stdout.read_to_end(&mut bytes);
        let _ = done.send(bytes);
    });
    answer.recv_timeout(time).ok()
}

fn packed(html: &str, sheet: &Sheet) -> String {
    let size = match sheet.size {
        PageSize::Letter => "letter",
        PageSize::A4 => "a4",
    };
    let clean = |text: &str| text.replace(END, "");
    let (language, title) = (clean(&sheet.language), sheet.title.as_deref().map(clean).unwrap_or_default());
    format!("{language}{END}{size}{END}{title}{END}{html}")
}

fn unpacked(document: &str) -> Option<(&str, Sheet)> {
    let mut parts = document.splitn(4, END);
    let (language, size, title, html) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let size = match size {
        "letter" => PageSize::Letter,
        "a4" => PageSize::A4,
        _ => return None,
    };
    // An empty title is none: the document names itself.
    let title = (!title.is_empty()).then(|| title.to_owned());
    Some((html, Sheet { language: language.to_owned(), size, title }))
}

/// Runs `job` on a thread of its own, within `time`. A panic there ends the job, not the process.
///
/// # Errors
/// When it took too long, panicked, or could not be run at all.
fn on_thread<T: Send + 'static>(
    time: Duration,
    job: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, outcome) = mpsc::sync_channel(1);
    // Nobody listens any more when the time was over; then there is nobody to tell.
    let run = move || drop(done.send(job()));
    let thread = thread::Builder::new()
        .name("letter".into())
        .stack_size(limits::STACK)
        .spawn(run)
        .map_err(|_| unavailable())?;
    let outcome = outcome.recv_timeout(time);
    if !matches!(outcome, Err(mpsc::RecvTimeoutError::Timeout)) {
        // Only waits for its end. Were it left to itself, glibc might read its memory once more after it is gone
        // (bug 19951).
        let _ = thread.join();
    }
    match outcome {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(too_long(time)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Refusal::new("the document could not be printed")),
    }
}

fn unavailable() -> Refusal {
    Refusal::new("the document could not be printed just now")
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
        assert_eq!(refusal.0, "the document could not be printed");
    }

    #[test]
    fn a_document_arrives_as_it_was_sent() {
        for sheet in [
            Sheet::default(),
            Sheet { language: "es-US".into(), size: PageSize::A4, title: Some("Línea 1\n2".into()) },
        ] {
            let document = packed("<p>a\0b", &sheet);
            assert_eq!(unpacked(&document).unwrap(), ("<p>a\0b", sheet));
        }
        assert_eq!(unpacked("en-US"), None);
    }
}
