use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use network_data::spacescope::{DayRange, LONGEST_RANGE, Statistic};

/// Days before the newest known one that are asked for again, because the source may have revised them.
const REVISED_DAYS: u64 = 7;

/// The days of each statistic that are in the database, in order.
pub(crate) type Known = BTreeMap<Statistic, Vec<Run>>;

/// Days that follow each other, fetched at about the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) days: DayRange,
    pub(crate) fetched: Fetched,
}

/// When a row was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// Before everything was asked for again, so it is to be fetched again.
    Outdated,
    /// By an earlier refresh.
    Before,
    /// By this refresh.
    Now,
}

/// When a day was fetched; `None` where it is not there.
pub(crate) fn fetched(runs: &[Run], day: NaiveDate) -> Option<Fetched> {
    runs.iter().find(|run| run.days.contains(day)).map(|run| run.fetched)
}

/// The basis of a refresh's plan.
pub(crate) struct Plan<'a> {
    /// The newest day that can have data.
    pub(crate) yesterday: NaiveDate,
    /// The ranges that this refresh asked for: a day that did not come is not asked for twice.
    pub(crate) asked: &'a BTreeSet<(Statistic, DayRange)>,
}

impl Plan<'_> {
    /// The ranges to ask for next, the oldest days first; none once all that the source has is there.
    ///
    /// Where a statistic is known up to some day, only one range after that day is asked for at a time: as long as the
    /// source lags, the ranges after that would come back empty.
    pub(crate) fn ranges(&self, known: &Known) -> Vec<(Statistic, DayRange)> {
        let mut ranges = Vec::new();
        for statistic in Statistic::DAILY {
            let known = known.get(&statistic).map_or(&[][..], Vec::as_slice);
            let newest = known.iter().map(|run| run.days.last).max();
            let days = statistic.first_day().iter_days().take_while(|day| *day <= self.yesterday);
            let needed = days.filter(|day| match fetched(known, *day) {
                None | Some(Fetched::Outdated) => true,
                // It may have been revised.
                Some(Fetched::Before) => newest.is_some_and(|newest| *day + Days::new(REVISED_DAYS) > newest),
                Some(Fetched::Now) => false,
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

    static NOTHING: BTreeSet<(Statistic, DayRange)> = BTreeSet::new();

    fn plan(yesterday: &str) -> Plan<'static> {
        Plan { yesterday: day(yesterday), asked: &NOTHING }
    }

    fn filled(newest: &str) -> Known {
        let run = |statistic: Statistic| Run {
            days: DayRange { first: statistic.first_day(), last: day(newest) },
            fetched: Fetched::Before,
        };
        Statistic::DAILY.into_iter().map(|statistic| (statistic, vec![run(statistic)])).collect()
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
        let plan = plan("2025-09-10");
        let asked = plan.ranges(&filled("2025-09-08")).into_iter().collect();
        assert_eq!(Plan { asked: &asked, ..plan }.ranges(&filled("2025-09-09")), []);
    }

    #[test]
    fn a_hole_left_by_an_interrupted_fill_is_filled() {
        let mut known = filled("2025-09-10");
        if let Some(runs) = known.get_mut(&Statistic::Supply) {
            let mut after = runs[0];
            runs[0].days.last = day("2023-12-31");
            after.days.first = day("2024-02-01");
            runs.push(after);
        }
        let ranges = plan("2025-09-10").ranges(&known);
        assert_eq!(ranges.len(), 5);
        assert_eq!(ranges[0].1, DayRange { first: day("2024-01-01"), last: day("2024-01-31") });
    }

    #[test]
    fn what_a_full_refresh_outdated_is_asked_for_again_and_what_this_one_brought_is_not() {
        let mut known = filled("2025-09-10");
        for runs in known.values_mut() {
            let mut after = runs[0];
            runs[0] = Run {
                days: DayRange { last: day("2025-08-31"), ..runs[0].days },
                fetched: Fetched::Outdated,
            };
            after = Run { days: DayRange { first: day("2025-09-01"), ..after.days }, fetched: Fetched::Now };
            runs.push(after);
        }
        let ranges = plan("2025-09-10").ranges(&known);
        assert_eq!(ranges.iter().map(|(_, range)| range.last).max(), Some(day("2025-08-31")));
        assert_eq!(ranges.iter().map(|(_, range)| range.first).min(), Some(Statistic::Power.first_day()));
    }
}
