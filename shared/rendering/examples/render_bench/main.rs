//! Renders a second of a reminder with rows of payments, beside Python's Jinja2 with Babel: part of `make bench`, alone
//! `POSTRIDER_VENV=.local/venv cargo run --release --example render_bench`.
//!
//! Ours and Jinja2 take turns, and rates are by the clock and by the processor's time, since other work on the machine makes
//! both slower; what is printed are medians of the turns.

use std::{
    env,
    error::Error,
    hint::black_box,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rendering::{Library, Options, Source, Version};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

const REMINDER: &str = include_str!("reminder.html");
const CONTEXT: &str = include_str!("reminder.json");

/// How often the two take turns, and how long each measurement is.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(1);

/// What was measured, in the order of [`Turn`].
const STEPS: [&str; 2] = ["compile and render", "render compiled"];
const CLOCKS: [&str; 2] = ["the clock", "the processor's time"];

fn main() -> Result<(), Box<dyn Error>> {
    let source = Source { content_html: Some(REMINDER.to_owned()), ..Source::default() };
    let context: Value = serde_json::from_str(CONTEXT)?;
    let (library, options) = (Library::default(), Options::default());
    let compiled = Version::compile(&source, &library)?;
    let text = compiled.render(&context, options)?.content_html.unwrap_or_default();
    let fresh = || Version::compile(&source, &library).and_then(|version| version.render(&context, options));
    let cached = || compiled.render(&context, options);

    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let theirs = jinja2(&text)?;
        turns.push(Turn { ours: [rates(fresh), rates(cached)], theirs });
    }
    let title = format!("reminder of {:.1} KB, per second", size(REMINDER) / 1000.0);
    println!("{title:<48}{:>10}{:>10}{:>8}   ratios of {TURNS} turns", "Postrider", "Jinja2", "ratio");
    for (step, what) in STEPS.into_iter().enumerate() {
        for (by, clock) in CLOCKS.into_iter().enumerate() {
            let ours = median(turns.iter().map(|turn| turn.ours[step][by]));
            let theirs = median(turns.iter().map(|turn| turn.theirs[step][by]));
            let ratios = || turns.iter().map(|turn| turn.ours[step][by] / turn.theirs[step][by]);
            let (least, most) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max));
            let step = format!("{what}, by {clock}");
            println!(
                "{step:<48}{ours:>10.0}{theirs:>10.0}{:>8.1}   {least:.1} to {most:.1}",
                median(ratios())
            );
        }
    }
    Ok(())
}

/// Renders a second, by [`STEPS`].
struct Turn {
    ours: [Rates; 2],
    theirs: [Rates; 2],
}

/// How often something is done in a second, by [`CLOCKS`].
type Rates = [f64; 2];

/// What Python's Jinja2 does with the same reminder on this machine; it must write the same text.
fn jinja2(text: &str) -> Result<[Rates; 2], Box<dyn Error>> {
    let tools = env::var("POSTRIDER_VENV")
        .map_err(|_| "POSTRIDER_VENV must name the Python tools; `make bench` does")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/render_bench/jinja2_rates.py");
    let mut python = Command::new(Path::new(&tools).join("bin/python"));
    let output = python.arg(script).arg(TURN.as_secs().to_string()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let mut parts = printed.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let rates = [read(next())?, read(next())?];
    if next() != text {
        return Err("Jinja2 must write the same text, and does not".into());
    }
    Ok(rates)
}

fn read(line: &str) -> Result<Rates, Box<dyn Error>> {
    let (clock, processor) = line.split_once(' ').ok_or("Jinja2 must be told by both clocks")?;
    Ok([clock.parse()?, processor.parse()?])
}

fn rates<T>(work: impl Fn() -> T) -> Rates {
    black_box(work());
    let (start, busy, mut times) = (Instant::now(), processor(), 0_u32);
    while start.elapsed() < TURN {
        black_box(work());
        times += 1;
    }
    let each = |seconds: Duration| f64::from(times) / seconds.as_secs_f64();
    [each(start.elapsed()), each(processor().saturating_sub(busy))]
}

/// The processor's time that this process has had, all its threads together.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn size(text: &str) -> f64 {
    f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX))
}
