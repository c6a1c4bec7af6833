//! Faults found in what a lender says, each at its place, so that all of them are answered at once.

use crate::{
    error::{Error, Violation},
    person::formats::{self, Verdict},
    schedule::Span,
};

/// Faults found, each at its place relative to what is checked.
#[derive(Debug, Default)]
pub struct Faults(Vec<Violation>);

impl Faults {
    /// Notes a fault unless `holds`.
    pub fn expect(&mut self, holds: bool, place: &str, message: &str) {
        if !holds {
            self.0.push(Violation::new(place, message));
        }
    }

    /// Notes what a rule has against a value, where there is one.
    pub fn value<T: AsRef<str>>(&mut self, place: &str, value: Option<T>, rule: impl Fn(&str) -> Verdict) {
        if let Some(Err(message)) = value.map(|value| rule(value.as_ref())) {
            self.expect(false, place, &message);
        }
    }

    /// Notes a value that is no line of 1 to `most` characters.
    pub fn line<T: AsRef<str>>(&mut self, place: &str, value: Option<T>, most: usize) {
        self.value(place, value, |text| formats::line(text, most));
    }

    /// Notes faults of a part.
    pub fn within(&mut self, place: &str, Self(faults): Self) {
        self.0.extend(
            faults
                .into_iter()
                .map(|fault| Violation::new(format!("{place}{}", fault.pointer), fault.message)),
        );
    }

    /// Notes faults of a part that came as an error.
    pub fn take(&mut self, place: &str, error: Error) {
        match error {
            Error::Invalid(faults) => self.within(place, Self(faults)),
            other => self.expect(false, place, &other.to_string()),
        }
    }

    /// Notes faults of a list's entries, or that there are too many.
    pub fn list<T>(
        &mut self,
        place: &str,
        entries: Option<&Vec<T>>,
        most: usize,
        check: impl Fn(&T) -> Self,
    ) {
        let Some(entries) = entries else { return };
        self.expect(entries.len() <= most, place, &format!("has at most {most} entries"));
        for (at, entry) in entries.iter().enumerate().take(most) {
            self.within(&format!("{place}/{at}"), check(entry));
        }
    }

    /// Fine, or every fault as an error.
    pub fn none(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// Times that hold nothing, or too many of them.
    pub fn of_spans(spans: &[Span]) -> Self {
        const MOST: usize = 28;
        let mut faults = Self::default();
        faults.expect(spans.len() <= MOST, "", &format!("has at most {MOST} entries"));
        for (at, span) in spans.iter().enumerate().take(MOST) {
            faults.expect(
                span.from < span.to,
                &format!("/{at}/to"),
                "is later than from; what crosses midnight is two entries",
            );
        }
        faults
    }

    /// Every fault, at pointers below `place`.
    pub fn below(self, place: &str) -> Vec<Violation> {
        let mut all = Self::default();
        all.within(place, self);
        all.0
    }
}
