//! Times of DOS.

/// Returns the seconds since 1970-01-01 of a date and a time of DOS (fatgen103, "Date and Time Formats"),
/// taken as UTC. Months and days beyond their range become the nearest valid ones.
pub(crate) fn seconds(date: u16, time: u16) -> i64 {
    let year = 1980 + i64::from(date >> 9);
    let month = i64::from(date >> 5 & 0xf).clamp(1, 12);
    let day = i64::from(date & 0x1f).max(1);
    let (hour, minute) = (i64::from(time >> 11), i64::from(time >> 5 & 0x3f));
    let second = i64::from(time & 0x1f) * 2;
    days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
}

/// The days from 1970-01-01 to a date of the Gregorian calendar from 1980 on.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that a leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year / 4 - year / 100 + year / 400;
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u16, month: u16, day: u16) -> u16 {
        (year - 1980) << 9 | month << 5 | day
    }

    /// The expected values are those of `date -u -d ... +%s`.
    #[test]
    fn converts_dates_with_leap_days() {
        for (date, time, expected) in [
            (date(1980, 1, 1), 0, 315_532_800),
            (date(2000, 2, 29), 0, 951_782_400),
            (date(2000, 3, 1), 0, 951_868_800),
            (date(2023, 11, 14), 22 << 11 | 13 << 5 | 10, 1_700_000_000),
            (date(2100, 3, 1), 0, 4_107_542_400),
            (date(2107, 12, 31), 23 << 11 | 59 << 5 | 29, 4_354_819_198),
        ] {
            assert_eq!(seconds(date, time), expected);
        }
    }

    #[test]
    fn invalid_dates_become_the_nearest_valid_ones() {
        assert_eq!(seconds(0, 0), seconds(date(1980, 1, 1), 0));
        assert_eq!(seconds(15 << 5 | 1, 0), seconds(date(1980, 12, 1), 0));
    }
}
