//! Calendar dates of `SOURCE_DATE_EPOCH`; nothing here asks the clock.

/// A moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Date {
    pub year: u64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

impl Date {
    /// The moment that is this many seconds after 1970-01-01 (POSIX: no leap seconds).
    pub fn of_epoch(seconds: u64) -> Self {
        let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
        let leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        // Years repeat every 400, which are this many days.
        let mut year = 1970 + days / 146_097 * 400;
        days %= 146_097;
        while days >= 365 + u64::from(leap(year)) {
            days -= 365 + u64::from(leap(year));
            year += 1;
        }
        let february = 28 + u64::from(leap(year));
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        Date {
            year,
            month,
            day: days as u8 + 1,
            hour: (rest / 3600) as u8,
            minute: (rest / 60 % 60) as u8,
            second: (rest % 60) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let text = |seconds| {
            let Date { year, month, day, hour, minute, second } = Date::of_epoch(seconds);
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        };
        assert_eq!(text(0), "1970-01-01T00:00:00");
        assert_eq!(text(951_826_154), "2000-02-29T12:09:14");
        assert_eq!(text(1_700_000_000), "2023-11-14T22:13:20");
        assert_eq!(text(1_735_689_599), "2024-12-31T23:59:59");
        assert_eq!(text(253_402_300_799), "9999-12-31T23:59:59");
    }
}
