//! What was due on each past day, and how much of it was on the books when a forecast was made.

use economy::median;
use network_data::Snapshot;

/// Days over which the schedule of today is smoothed: single days hold bursts.
const SMOOTHING: usize = 30;

/// Days before the origin whose mean is the level of what falls due later.
const LEVEL_DAYS: usize = 90;

/// The shortest life of a sector, in days: what falls due sooner was on the books already.
const SHORTEST_SECTOR: usize = 180;

/// A daily amount that falls due, and what of it is on the books before.
pub(crate) struct Book {
    due: Vec<f64>,
    /// The share of a day's amount that is on the books so many days before, from the schedule of today: one for today, never
    /// rising.
    share: Vec<f64>,
}

impl Book {
    fn new(due: Vec<f64>, schedule: &[f64]) -> Self {
        Self { due, share: on_the_books(schedule) }
    }

    /// Raw and quality-adjusted power that fell due on each day of the history: what was renewed by the share that was
    /// renewed.
    pub(crate) fn of_power(snapshot: &Snapshot) -> [Self; 2] {
        let data = snapshot.data();
        let typical = median(&data.historical_renewal_rate).unwrap_or(f64::NAN);
        let due = |renewed: &[f64]| {
            let days = renewed.iter().zip(&data.historical_renewal_rate);
            // A day without any renewal says nothing about what was due; the typical rate keeps it finite.
            days.map(|(renewed, rate)| renewed / if *rate > 0.01 { *rate } else { typical }).collect()
        };
        [
            Self::new(due(&data.historical_renewed_rb_power_pib), &data.rb_known_scheduled_expire_vec),
            Self::new(due(&data.historical_renewed_qa_power_pib), &data.qa_known_scheduled_expire_vec),
        ]
    }

    /// Pledge due for release on each day. It is pledged for quality-adjusted power, and so are the books kept.
    pub(crate) fn of_pledge(snapshot: &Snapshot) -> Self {
        let data = snapshot.data();
        let released = &data.known_scheduled_pledge_release_full_vec;
        let (past, ahead) = released.split_at(snapshot.historical_days().min(released.len()));
        Self::new(past.to_vec(), ahead)
    }

    /// What fell due on the days from `first` on.
    pub(crate) fn from(&self, first: usize) -> &[f64] {
        &self.due[first.min(self.due.len())..]
    }

    /// How much further the books of the day `origin` reached than today's. All power that exists falls due once, so the books
    /// as a whole are the power: where less of it fell due a day, they reach further.
    pub(crate) fn reach(&self, origin: usize, power: f64) -> f64 {
        (power / (self.level(origin) * self.share.iter().sum::<f64>())).clamp(0.5, 4.0)
    }

    /// The mean of what fell due on the days before.
    fn level(&self, origin: usize) -> f64 {
        let before = &self.due[origin.saturating_sub(LEVEL_DAYS)..origin];
        before.iter().sum::<f64>() / before.len() as f64
    }

    /// What was on the books on the day `origin` for it and the days after it.
    pub(crate) fn as_known_on(&self, origin: usize, reach: f64) -> Vec<f64> {
        let level = self.level(origin);
        let due = |ahead: usize| match self.due.get(origin + ahead) {
            Some(due) if ahead < SHORTEST_SECTOR => *due,
            _ => level,
        };
        let days = (self.share.len() as f64 * reach) as usize;
        (0..days)
            .map(|ahead| {
                let share = self.share[((ahead as f64 / reach) as usize).min(self.share.len() - 1)];
                share * due(ahead)
            })
            .collect()
    }
}

fn on_the_books(schedule: &[f64]) -> Vec<f64> {
    let mean = |from: usize, to: usize| schedule[from..to].iter().sum::<f64>() / (to - from) as f64;
    let first = mean(0, SMOOTHING.min(schedule.len()).max(1).min(schedule.len()));
    let mut least = 1.0_f64;
    (0..schedule.len())
        .map(|day| {
            let around = mean(day.saturating_sub(SMOOTHING), (day + SMOOTHING).min(schedule.len()));
            least = least.min(around / first);
            least
        })
        .collect()
}
