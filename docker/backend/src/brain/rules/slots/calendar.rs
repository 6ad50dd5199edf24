//! Days and how to get from one to another.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::super::spelling::is_slip;

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "mon", Weekday::Mon),
    ("tuesday", "tue", Weekday::Tue),
    ("wednesday", "wed", Weekday::Wed),
    ("thursday", "thu", Weekday::Thu),
    ("friday", "fri", Weekday::Fri),
    ("saturday", "sat", Weekday::Sat),
    ("sunday", "sun", Weekday::Sun),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `friday`, `fri`, `frdiay`, `fridays`.
pub fn weekday(word: &str) -> Option<Weekday> {
    let whole = word.strip_suffix('s').unwrap_or(word);
    let found = WEEKDAYS.iter().find(|(name, short, _)| {
        whole == *name
            || word == *short
            || matches!(word, "tues" | "thur" | "thurs" | "weds") && word.starts_with(short)
    });
    found
        .or_else(|| WEEKDAYS.iter().find(|(name, _, _)| is_slip(word, name)))
        .map(|(_, _, day)| *day)
}

/// `march`, `mar`, `sept`: 1 to 12.
pub fn month(word: &str) -> Option<u32> {
    let exact = MONTHS.iter().position(|name| {
        *name == word || name[..3] == *word || word == "sept" && name.starts_with("sept")
    });
    let found = exact.or_else(|| {
        MONTHS
            .iter()
            .position(|name| name.len() > 5 && is_slip(word, name))
    })?;
    u32::try_from(found + 1).ok()
}

/// The first such weekday after `today`.
pub fn coming(today: NaiveDate, day: Weekday) -> NaiveDate {
    let ahead = (day.num_days_from_monday() + 7 - today.weekday().num_days_from_monday()) % 7;
    later(today, if ahead == 0 { 7 } else { i64::from(ahead) })
}

/// That weekday of the week after this one; weeks begin on Monday.
pub fn in_next_week(today: NaiveDate, day: Weekday) -> NaiveDate {
    later(monday(today), 7 + i64::from(day.num_days_from_monday()))
}

/// The Monday of this day's week.
pub fn monday(day: NaiveDate) -> NaiveDate {
    later(day, -i64::from(day.weekday().num_days_from_monday()))
}

/// So many days later, or earlier if negative; the same day if that leaves the calendar.
pub fn later(day: NaiveDate, days: i64) -> NaiveDate {
    let distance = Days::new(days.unsigned_abs());
    let moved = if days < 0 {
        day.checked_sub_days(distance)
    } else {
        day.checked_add_days(distance)
    };
    moved.unwrap_or(day)
}

/// So many months later, on the same day of the month or its last one.
pub fn months_later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(day)
}

/// The last day of this day's month.
pub fn end_of_month(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    later(months_later(first, 1), -1)
}

/// That day of that month: this year's unless it is past.
pub fn next_date(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let this_year = NaiveDate::from_ymd_opt(today.year(), month, day);
    let next_year = || NaiveDate::from_ymd_opt(today.year() + 1, month, day);
    this_year.filter(|date| *date >= today).or_else(next_year)
}

/// The next day of that number in its month.
pub fn next_day_of_month(today: NaiveDate, day: u32) -> Option<NaiveDate> {
    let first = today.with_day(1)?;
    let months = (0..12).map(|ahead| months_later(first, ahead));
    months
        .filter_map(|month| month.with_day(day))
        .find(|date| *date >= today)
}
