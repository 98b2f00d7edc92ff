//! Dates, reckoned here and not by what is tested: the days of the civil calendar as whole numbers.

use std::{
    fmt,
    ops::{Add, Sub},
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

/// A day, as the number of days since 1970-01-01, a Thursday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

/// Filecoin's first day.
pub const NETWORK_START: &str = "2020-10-15";

impl Day {
    /// The day with this name, `YYYY-MM-DD`.
    #[must_use]
    pub fn named(text: &str) -> Self {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The first day of a month.
    fn first_of(year: i64, month: i64) -> Self {
        // 1970-01-01 is day 719162 of the calendar that starts with 0001-01-01.
        let before = year - 1;
        let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
        let months = (1..month).map(|month| length_of(year, month)).sum::<i64>();
        Self(365 * before + leap_days + months - 719_162)
    }

    /// Year, month (1 to 12) and day of the month.
    #[must_use]
    pub fn civil(self) -> (i64, i64, i64) {
        let mut year = 1970 + self.0.div_euclid(366);
        while Self::first_of(year + 1, 1) <= self {
            year += 1;
        }
        let mut month = 1;
        while month < 12 && Self::first_of(year, month + 1) <= self {
            month += 1;
        }
        (year, month, self.0 - Self::first_of(year, month).0 + 1)
    }

    /// Whether it is a Monday.
    #[must_use]
    pub fn is_monday(self) -> bool {
        (self.0 + 3).rem_euclid(7) == 0
    }

    /// Whether it is the first day of a month.
    #[must_use]
    pub fn is_first_of_month(self) -> bool {
        self.civil().2 == 1
    }

    /// Today, UTC.
    #[must_use]
    pub fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        Self((since.as_secs() / 86_400) as i64)
    }
}

fn length_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no date of the form YYYY-MM-DD");
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let parts: Vec<i64> = text.split('-').filter_map(|part| part.parse().ok()).collect();
        match parts[..] {
            [year, month @ 1..=12, day] if plain && (1..=length_of(year, month)).contains(&day) => {
                Ok(Self::first_of(year, month) + (day - 1))
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Add<i64> for Day {
    type Output = Self;

    fn add(self, days: i64) -> Self {
        Self(self.0 + days)
    }
}

impl Sub for Day {
    type Output = i64;

    fn sub(self, other: Self) -> i64 {
        self.0 - other.0
    }
}

/// Which days of a daily series an answer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// All of them.
    Day,
    /// The Mondays.
    Monday,
    /// The first days of the months.
    Month,
}

impl Every {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Monday, Self::Month];

    /// What the contract calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Monday => "weekly",
            Self::Month => "monthly",
        }
    }

    /// Days from one kept entry to the next; null for months, which are not equally long.
    #[must_use]
    pub fn timestep(self) -> serde_json::Value {
        match self {
            Self::Day => 1.into(),
            Self::Monday => 7.into(),
            Self::Month => serde_json::Value::Null,
        }
    }

    /// The indices that are kept of a series of `len` days from `first` on.
    #[must_use]
    pub fn of(self, first: Day, len: usize) -> Vec<usize> {
        (0..len)
            .filter(|index| {
                let day = first + *index as i64;
                match self {
                    Self::Day => true,
                    Self::Monday => day.is_monday(),
                    Self::Month => day.is_first_of_month(),
                }
            })
            .collect()
    }

    /// The same as dates.
    #[must_use]
    pub fn dates(self, first: Day, len: usize) -> Vec<String> {
        self.of(first, len).into_iter().map(|index| (first + index as i64).to_string()).collect()
    }
}

/// Seconds since the day began, UTC.
#[must_use]
pub fn seconds_of_today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs() % 86_400
}
