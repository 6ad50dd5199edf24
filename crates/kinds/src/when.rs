//! Times as tools print them.

/// Seconds since 1970 of a time such as `2026-11-25 23:23:32.296 +0100 CET` or
/// `2026-11-25T23:23:32Z`.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let number = |range: core::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let local = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second;
    u64::try_from(local - offset(text.get(19..)?)).ok()
}

/// Days since 1970 (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Seconds east of Greenwich that a tail such as `.296 +0100 CET` tells; 0 if it tells none.
fn offset(tail: &str) -> i64 {
    let Some(at) = tail.find(['+', '-']) else {
        return 0;
    };
    let sign = if tail.as_bytes()[at] == b'-' { -1 } else { 1 };
    let number = |range: core::ops::Range<usize>| tail.get(range)?.parse::<i64>().ok();
    let hours = number(at + 1..at + 3).unwrap_or(0);
    // `+01:00` or `+0100`.
    let minutes = number(at + 3..at + 5).or_else(|| number(at + 4..at + 6));
    sign * (hours * 3600 + minutes.unwrap_or(0) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_tools_print_them() {
        let cases = [
            ("1970-01-01 00:00:00 +0000 UTC", Some(0)),
            ("2000-02-29 12:00:00 +0000 UTC", Some(951_825_600)),
            (
                "2026-11-25 23:23:32.296715824 +0000 UTC",
                Some(1_795_649_012),
            ),
            (
                "2026-11-26 00:23:32.296715824 +0100 CET",
                Some(1_795_649_012),
            ),
            ("2026-11-25 16:53:32.29 -0630 X", Some(1_795_649_012)),
            ("2026-11-25T23:23:32Z", Some(1_795_649_012)),
            ("2026-11-26T00:23:32+01:00", Some(1_795_649_012)),
            ("now", None),
            ("2026-13-01 00:00:00", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
