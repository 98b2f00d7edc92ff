use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use network_data::spacescope::{DayRange, LONGEST_RANGE, Statistic};

/// Days before the newest known one that are asked for again, because the source may have revised them.
const REVISED_DAYS: u64 = 7;

/// The days of each statistic that are in the database, and which refresh brought each (milliseconds since 1970).
pub(crate) type Known = BTreeMap<Statistic, BTreeMap<NaiveDate, i64>>;

/// The basis of a refresh's plan.
pub(crate) struct Plan {
    /// The newest day that can have data.
    pub(crate) yesterday: NaiveDate,
    /// When the refresh began: what it brought itself is not asked for again.
    pub(crate) since: i64,
    /// Rows that are older than this are to be fetched again.
    pub(crate) refetch: i64,
    /// The ranges that this refresh asked for: a day that did not come is not asked for twice.
    pub(crate) asked: BTreeSet<(Statistic, DayRange)>,
}

impl Plan {
    /// The ranges to ask for next, the oldest days first; none once all that the source has is there.
    ///
    /// Where a statistic is known up to some day, only one range after that day is asked for at a time: as long as the
    /// source lags, the ranges after that would come back empty.
    pub(crate) fn ranges(&self, known: &Known) -> Vec<(Statistic, DayRange)> {
        let mut ranges = Vec::new();
        for statistic in Statistic::DAILY {
            let empty = BTreeMap::new();
            let known = known.get(&statistic).unwrap_or(&empty);
            let newest = known.keys().next_back().copied();
            let days = statistic.first_day().iter_days().take_while(|day| *day <= self.yesterday);
            let needed = days.filter(|day| match (known.get(day), newest) {
                (Some(fetched), Some(newest)) => {
                    *fetched < self.refetch
                        || (*day + Days::new(REVISED_DAYS) > newest && *fetched < self.since)
                }
                _ => true,
            });
            let mut ahead = 0;
            ranges.extend(DayRange::covering(needed, LONGEST_RANGE).into_iter().filter_map(|range| {
                if newest.is_some_and(|newest| range.last > newest) {
                    ahead += 1;
                }
                (ahead <= 1 && !self.was_asked(statistic, range.first)).then_some((statistic, range))
            }));
        }
        ranges.sort_by_key(|(statistic, range)| (range.first, *statistic));
        ranges
    }

    /// Whether a day was asked for before: it is still missing, so the source does not have it, nor what follows.
    fn was_asked(&self, statistic: Statistic, day: NaiveDate) -> bool {
        self.asked.iter().any(|(of, range)| *of == statistic && range.contains(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    fn plan(yesterday: &str) -> Plan {
        Plan { yesterday: day(yesterday), since: 2_000, refetch: 0, asked: BTreeSet::new() }
    }

    fn filled(newest: &str) -> Known {
        let through =
            |statistic: Statistic| statistic.first_day().iter_days().take_while(|d| *d <= day(newest));
        Statistic::DAILY
            .into_iter()
            .map(|statistic| (statistic, through(statistic).map(|d| (d, 1_000)).collect()))
            .collect()
    }

    #[test]
    fn a_first_fill_asks_for_every_day_in_ranges_of_90() {
        let ranges = plan("2026-11-19").ranges(&Known::new());
        assert_eq!(ranges.len(), 25 + 3 * 17);
        assert_eq!(ranges.iter().map(|(_, range)| range.days()).max(), Some(90));
        let power: usize =
            ranges.iter().filter(|(s, _)| *s == Statistic::Power).map(|(_, range)| range.days()).sum();
        assert_eq!(power, 2227);
    }

    #[test]
    fn a_daily_refresh_asks_once_a_statistic_for_the_last_week_and_the_new_day() {
        let ranges = plan("2025-09-10").ranges(&filled("2025-09-09"));
        let range = DayRange { first: day("2025-09-03"), last: day("2025-09-10") };
        assert_eq!(ranges, Statistic::DAILY.map(|statistic| (statistic, range)));
    }

    #[test]
    fn a_source_that_lags_for_months_is_asked_once_a_statistic() {
        let ranges = plan("2026-11-19").ranges(&filled("2025-09-09"));
        assert_eq!(ranges.len(), 4);
        assert!(ranges.iter().all(|(_, range)| range.days() == 90));
    }

    #[test]
    fn what_was_asked_and_did_not_come_is_not_asked_again() {
        let mut plan = plan("2025-09-10");
        plan.asked = plan.ranges(&filled("2025-09-08")).into_iter().collect();
        assert_eq!(plan.ranges(&filled("2025-09-09")), []);
    }

    #[test]
    fn a_hole_left_by_an_interrupted_fill_is_filled() {
        let mut known = filled("2025-09-10");
        if let Some(days) = known.get_mut(&Statistic::Supply) {
            days.retain(|d, _| !(day("2024-01-01")..=day("2024-01-31")).contains(d));
        }
        let ranges = plan("2025-09-10").ranges(&known);
        assert_eq!(ranges.len(), 5);
        assert_eq!(ranges[0].1, DayRange { first: day("2024-01-01"), last: day("2024-01-31") });
    }
}
