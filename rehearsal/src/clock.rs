//! The org's time: real unless a test sets or shifts it, and how Okta writes times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where an org has its time from. All its dates, and the `Date` of its answers, come from here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Milliseconds since the epoch at which the clock stands still.
    fixed: Option<u64>,
    /// Milliseconds that the clock is ahead of the machine's.
    ahead: i64,
}

impl Clock {
    /// A clock that stands still at these epoch seconds until it is shifted.
    pub fn fixed(seconds: u64) -> Clock {
        Clock { fixed: Some(seconds * 1000), ahead: 0 }
    }

    /// Goes forward.
    pub fn shift(&mut self, time: Duration) {
        let by = i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4);
        match &mut self.fixed {
            Some(fixed) => *fixed = fixed.saturating_add_signed(by),
            None => self.ahead = self.ahead.saturating_add(by),
        }
    }

    /// Milliseconds since the epoch.
    pub fn now(&self) -> u64 {
        match self.fixed {
            Some(fixed) => fixed,
            None => {
                let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
                real.saturating_add_signed(self.ahead)
            }
        }
    }

    /// Seconds since the epoch.
    pub fn seconds(&self) -> u64 {
        self.now() / 1000
    }
}

/// Days since the epoch as year, month, day (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// ISO 8601 in UTC with milliseconds, as Okta writes times (okta-api.md, «Conventions»).
pub fn iso(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (year, month, day) = civil((seconds / 86_400) as i64);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{rest:03}Z")
}

/// Epoch milliseconds of an ISO 8601 time, with or without a fraction; the zone as `Z` or an offset.
pub fn parse_iso(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if bytes.len() < 20 || marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &text[19..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        fraction = format!("{:0<3.3}", &after[..digits]).parse().ok()?;
        rest = &after[digits..];
    }
    let offset = match rest {
        "Z" => 0,
        _ => {
            let sign = if rest.starts_with('+') { 1 } else { -1 };
            let (hours, minutes) = rest.strip_prefix(['+', '-'])?.split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
        }
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    u64::try_from(seconds * 1000 + fraction).ok()
}

/// Epoch seconds as a header writes them.
pub fn http_date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::{Clock, http_date, iso, parse_iso};

    #[test]
    fn times_come_back_as_they_went() {
        for milliseconds in [0, 951_782_399_999, 951_868_800_000, 1_795_500_000_123] {
            assert_eq!(parse_iso(&iso(milliseconds)), Some(milliseconds), "{}", iso(milliseconds));
        }
        assert_eq!(iso(1_795_500_000_000), "2026-11-24T06:00:00.000Z");
        assert_eq!(http_date(1_795_500_000), "Tue, 24 Nov 2026 06:00:00 GMT");
        assert_eq!(parse_iso("2026-11-24T07:00:00+01:00"), Some(1_795_500_000_000));
        assert_eq!(parse_iso("2026-13-24T07:00:00Z"), None);
        assert_eq!(parse_iso("yesterday"), None);
    }

    #[test]
    fn a_clock_that_stands_still_goes_forward_when_shifted() {
        let mut clock = Clock::fixed(100);
        clock.shift(std::time::Duration::from_secs(5));
        assert_eq!(clock.seconds(), 105);
    }
}
