//! The process that prints one document: what it is given on its standard input, it answers on its standard output.

use std::{
    env,
    fs::File,
    io::{self, Read as _, Write as _},
    panic, process,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread,
    time::Duration,
};

use rustix::{
    io::fcntl_dupfd_cloexec,
    stdio::{dup2_stdout, stdout},
    time::{ClockId, clock_gettime},
};

use super::{ANSWER, ATTENDS, IS_PRESS, PRINTED, REFUSED, on_thread, too_long, unpacked};
use crate::{Refusal, Unprinted};

/// How often it is looked whether the time is over.
const WATCH: Duration = Duration::from_millis(50);

/// What a program that prints calls before anything else, so that each document is printed in a process of its own. In such
/// a process it prints and does not return.
pub fn attend() {
    if env::var_os(ATTENDS).is_none() {
        IS_PRESS.store(true, Ordering::Relaxed);
        return;
    }
    // What a panic says may quote the document; where it was does not.
    panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => eprintln!("panicked at {place}"),
        None => eprintln!("panicked at an unknown place"),
    }));
    if let Err(error) = print_given() {
        eprintln!("fatal runtime error: {error}");
    }
    process::exit(1);
}

/// Prints the document on the standard input, and ends the process with an answer.
///
/// # Errors
/// When there is nobody to answer, or nothing to print.
fn print_given() -> io::Result<()> {
    let answer = Answer(Arc::new(Mutex::new(own_output()?)));
    let mut document = String::new();
    io::stdin().read_to_string(&mut document)?;
    let time = unpacked(&document).ok_or(io::ErrorKind::InvalidData)?.2;
    let watched = answer.clone();
    thread::spawn(move || watched.watch(time));
    let outcome = on_thread(Duration::MAX, move || {
        let (html, sheet, _) =
            unpacked(&document).ok_or_else(|| Refusal::new("the document could not be printed"))?;
        crate::print_here(html, &sheet)
    });
    match outcome {
        Ok(pdf) => answer.end(PRINTED, &pdf),
        Err(Unprinted::Refused(refusal)) => answer.end(REFUSED, refusal.0.as_bytes()),
        Err(Unprinted::Unavailable(why)) => Err(io::Error::other(why)),
    }
}

/// The standard output, which nothing else writes to any more: libraries do.
fn own_output() -> io::Result<File> {
    let own = fcntl_dupfd_cloexec(stdout(), 3)?;
    dup2_stdout(File::options().write(true).open("/dev/null")?)?;
    Ok(own.into())
}

/// Where the one answer goes.
#[derive(Clone)]
struct Answer(Arc<Mutex<File>>);

impl Answer {
    /// Answers, and ends the process.
    fn end(&self, kind: u8, bytes: &[u8]) -> ! {
        // Kept until the process ends: nobody else answers.
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written =
            out.write_all(ANSWER).and_then(|()| out.write_all(&[kind])).and_then(|()| out.write_all(bytes));
        process::exit(i32::from(written.is_err()))
    }

    /// Answers that it took too long once the process has had this much `time` of the processor: less than by the clock
    /// if others have their share.
    fn watch(&self, time: Duration) -> ! {
        loop {
            let used = clock_gettime(ClockId::ProcessCPUTime);
            let used = Duration::new(
                used.tv_sec.try_into().unwrap_or_default(),
                used.tv_nsec.try_into().unwrap_or_default(),
            );
            let Some(left) = time.checked_sub(used) else {
                self.end(REFUSED, too_long(time).0.as_bytes());
            };
            thread::sleep(left.clamp(Duration::from_millis(1), WATCH));
        }
    }
}
