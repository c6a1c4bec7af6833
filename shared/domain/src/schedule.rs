//! Times of the week on a wall clock, as people and rules state them: `mon`, `08:00`, from 8 to 21 on weekdays.

use std::{fmt, str::FromStr};

use jiff::civil::{DateTime, Time, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl From<Weekday> for Day {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mon => "Mon",
            Self::Tue => "Tue",
            Self::Wed => "Wed",
            Self::Thu => "Thu",
            Self::Fri => "Fri",
            Self::Sat => "Sat",
            Self::Sun => "Sun",
        })
    }
}

/// A minute of the day, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The first instant of a day.
    pub const MIDNIGHT: Self = Self(0);
    /// `24:00`.
    pub const END: Self = Self(24 * 60);

    /// The minute a wall clock shows.
    pub fn of(local: DateTime) -> Self {
        Self(u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs()))
    }

    /// Minutes since midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// As a clock shows it; `None` for `24:00`, which no clock shows.
    pub fn on_a_clock(self) -> Option<Time> {
        let (hour, minute) = (self.0 / 60, self.0 % 60);
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
    }
}

impl std::ops::Add<u16> for TimeOfDay {
    type Output = Self;

    fn add(self, minutes: u16) -> Self {
        Self((self.0 + minutes).min(Self::END.0))
    }
}

/// Why a text is no time of day. The text is fit for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day from 00:00 to 24:00, such as 08:30")]
pub struct InvalidTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let digits = |part: &str| match part.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Ok(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
            _ => Err(InvalidTimeOfDay),
        };
        let (hour, minute) = text.split_once(':').ok_or(InvalidTimeOfDay)?;
        let (hour, minute) = (digits(hour)?, digits(minute)?);
        let exists = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
        if exists { Ok(Self(hour * 60 + minute)) } else { Err(InvalidTimeOfDay) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "description": "A minute of the day, 00:00 to 24:00."
        })
    }
}

/// From one time of day to another, on some days of the week. Half-open: `to` is outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Span {
    /// On which days; every day if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Self::MOST_DAYS), extend("uniqueItems" = true))]
    pub days: Vec<Day>,
    /// When the span begins, as local time.
    pub from: TimeOfDay,
    /// To, on the same day. What crosses midnight is two spans.
    pub to: TimeOfDay,
}

impl Span {
    /// The most of one list.
    pub const MOST: usize = 28;
    /// The most days of one span.
    pub const MOST_DAYS: usize = 7;

    /// Whether it holds on this day of the week.
    pub fn is_on(&self, day: Day) -> bool {
        self.days.is_empty() || self.days.contains(&day)
    }

    /// Whether a minute of a day lies inside.
    pub fn contains(&self, day: Day, time: TimeOfDay) -> bool {
        self.from <= time && time < self.to && self.is_on(day)
    }

    /// Whether all of `other` lies inside.
    pub fn covers(&self, other: &Self) -> bool {
        const WEEK: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
        self.from <= other.from
            && other.to <= self.to
            && WEEK.into_iter().all(|day| self.is_on(day) || !other.is_on(day))
    }
}

/// `Mon, Tue 08:00–21:00`
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, day) in self.days.iter().enumerate() {
            write!(f, "{day}{}", if at + 1 == self.days.len() { " " } else { ", " })?;
        }
        write!(f, "{}–{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_of_day_is_two_digits_colon_two_digits_to_24_00() {
        for (text, minutes) in [
            ("00:00", Some(0)),
            ("08:30", Some(510)),
            ("23:59", Some(1439)),
            ("24:00", Some(1440)),
            ("24:01", None),
            ("23:60", None),
            ("8:30", None),
            ("08:3", None),
            ("08.30", None),
            ("+8:30", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok().map(TimeOfDay::minutes), minutes, "{text:?}");
        }
    }

    #[test]
    fn a_span_is_half_open_and_on_its_days() {
        let span: Span =
            serde_json::from_str(r#"{"days": ["sat"], "from": "08:00", "to": "21:00"}"#).unwrap();
        for (day, time, expected) in [
            (Day::Sat, "07:59", false),
            (Day::Sat, "08:00", true),
            (Day::Sat, "20:59", true),
            (Day::Sat, "21:00", false),
            (Day::Sun, "12:00", false),
        ] {
            assert_eq!(span.contains(day, time.parse().unwrap()), expected, "{day} {time}");
        }
        assert_eq!(span.to_string(), "Sat 08:00–21:00");
        assert!(Span { days: vec![], ..span.clone() }.covers(&span));
        assert!(!span.covers(&Span { days: vec![], ..span.clone() }));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(minutes in 0u16..=1440) {
            let time = TimeOfDay::MIDNIGHT + minutes;
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(time.minutes(), minutes);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,8}") {
            if let Ok(time) = text.parse::<TimeOfDay>() {
                prop_assert_eq!(time.to_string(), text);
            }
        }
    }
}
