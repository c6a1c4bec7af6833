//! Days by their names, and holidays by their dates.

use jiff::civil::Date;

pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Legal holidays from 2026-07-01 to 2028-01-16 with the days on which they are observed, and whose they are.
const HOLIDAYS: [(&str, &str); 51] = [
    ("2026-07-03", "US"), // for 2026-07-04, a Saturday
    ("2026-07-04", "US"),
    ("2026-09-07", "US"),
    ("2026-10-12", "US"),
    ("2026-11-11", "US"),
    ("2026-11-26", "US"),
    ("2026-12-25", "US"),
    ("2027-01-01", "US"),
    ("2027-01-18", "US"),
    ("2027-02-15", "US"),
    ("2027-05-31", "US"),
    ("2027-06-18", "US"), // for 2027-06-19, a Saturday
    ("2027-06-19", "US"),
    ("2027-07-04", "US"),
    ("2027-07-05", "US"), // for 2027-07-04, a Sunday
    ("2027-09-06", "US"),
    ("2027-10-11", "US"),
    ("2027-11-11", "US"),
    ("2027-11-25", "US"),
    ("2027-12-24", "US"), // for 2027-12-25, a Saturday
    ("2027-12-25", "US"),
    ("2027-12-31", "US"), // for 2028-01-01, a Saturday
    ("2028-01-01", "US"),
    ("2026-12-01", "AL"), // Rosa Parks Day
    ("2027-02-09", "AL"),
    ("2027-04-26", "AL"),
    ("2027-06-07", "AL"),
    ("2027-12-01", "AL"), // Rosa Parks Day
    ("2026-11-01", "LA"),
    ("2026-11-02", "LA"), // for 2026-11-01, a Sunday
    ("2026-11-03", "LA"), // elections
    ("2026-11-27", "LA"), // Acadian Day
    ("2027-02-09", "LA"),
    ("2027-03-26", "LA"),
    ("2027-11-01", "LA"),
    ("2027-11-26", "LA"), // Acadian Day
    ("2027-04-26", "MS"),
    ("2026-11-03", "PA"), // elections
    ("2027-03-26", "PA"),
    ("2027-06-14", "PA"),
    ("2027-11-02", "PA"), // elections
    ("2026-07-06", "RI"), // for 2026-07-04, a Saturday
    ("2027-12-27", "RI"), // for 2027-12-25, a Saturday
    ("2028-01-03", "RI"), // for 2028-01-01, a Saturday
    ("2026-08-10", "RI"),
    ("2026-11-03", "RI"), // elections
    ("2027-05-04", "RI"),
    ("2027-08-09", "RI"),
    ("2026-07-24", "UT"),
    ("2027-07-23", "UT"), // for 2027-07-24, a Saturday
    ("2027-07-24", "UT"),
];

/// Whether a day is a holiday of the country or of this state.
pub fn is_holiday(day: Date, state: &str) -> bool {
    let day = day.to_string();
    HOLIDAYS.iter().any(|(date, whose)| *date == day && (*whose == "US" || *whose == state))
}

/// Every day on which somebody has a holiday.
pub fn holidays() -> Vec<Date> {
    HOLIDAYS.iter().map(|(date, _)| date.parse().unwrap()).collect()
}
