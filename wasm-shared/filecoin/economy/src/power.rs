//! Power: what is onboarded, what expires, what is renewed, and what the network has.
//!
//! Every unit of power comes in by onboarding, leaves at its expiration, and comes back as far as it is renewed. Of the
//! sectors that exist on the current date the expirations are known; those of the forecast's own sectors come one sector
//! duration after their onboarding or renewal.

use crate::assumptions::Assumptions;
use crate::columns::Columns;
use crate::constants::PIB_PER_EIB;
use crate::extrema::min;
use crate::forecast::Part;
use crate::history::History;
use crate::series::Series;

pub(crate) fn forecast(history: &History, assumptions: &Assumptions, part: Part, columns: &mut Columns) {
    let [
        raw_total,
        raw_onboarded,
        raw_renewed,
        raw_expiring,
        qa_total,
        qa_onboarded,
        qa_renewed,
        qa_expiring,
        renewal_rate,
    ] = columns.get_mut([
        Series::RbTotalPowerEib,
        Series::RbDayOnboardedPowerPib,
        Series::RbDayRenewedPowerPib,
        Series::RbSchedExpirePowerPib,
        Series::QaTotalPowerEib,
        Series::QaDayOnboardedPowerPib,
        Series::QaDayRenewedPowerPib,
        Series::QaSchedExpirePowerPib,
        Series::FullRenewalRate,
    ]);

    let known = history.days() + 1;
    if part == Part::Whole {
        raw_total[..known].copy_from_slice(history.raw_power_eib);
        qa_total[..known].copy_from_slice(history.qa_power_eib);
        renewal_rate[..history.days()].copy_from_slice(history.renewal_rate);
        for (column, past) in [
            (&mut *raw_onboarded, history.onboarded_raw_pib),
            (&mut *raw_renewed, history.renewed_raw_pib),
            (&mut *qa_onboarded, history.onboarded_qa_pib),
            (&mut *qa_renewed, history.renewed_qa_pib),
        ] {
            column[..known].copy_from_slice(past);
        }
    }

    let mut raw = Power {
        duration: assumptions.sector_duration_days,
        known_expirations: history.raw_known_expirations_pib,
        onboarded: &mut raw_onboarded[known..],
        renewed: &mut raw_renewed[known..],
        expiring: raw_expiring,
        zero: history.raw_power_zero_pib,
        sums: Sums::default(),
    };
    let mut qa = Power {
        duration: assumptions.sector_duration_days,
        known_expirations: history.qa_known_expirations_pib,
        onboarded: &mut qa_onboarded[known..],
        renewed: &mut qa_renewed[known..],
        expiring: qa_expiring,
        zero: history.qa_power_zero_pib,
        sums: Sums::default(),
    };

    let last = assumptions.forecast_days - 1;
    for step in 0..last {
        let onboarding = assumptions.onboarding_raw_pib.at(step);
        let fil_plus_rate = assumptions.fil_plus_rate.at(step);
        let multiplier = assumptions.fil_plus_multiplier.at(step);
        let renewal = assumptions.renewal_rate.at(step);
        let qa_kept = assumptions.qa_renewal_multiplier.at(step);

        let raw_pib = raw.step(step, onboarding, |expiring| expiring * renewal);
        let qa_onboarding = (1.0 + (multiplier - 1.0) * fil_plus_rate) * onboarding;
        let qa_pib = qa.step(step, qa_onboarding, |expiring| expiring * renewal * qa_kept);

        raw_total[known + step] = raw_pib / PIB_PER_EIB;
        // The cap is not fed back: what expires later is what was onboarded and renewed, capped or not.
        qa_total[known + step] = min(qa_pib, multiplier * raw_pib) / PIB_PER_EIB;
        renewal_rate[known - 1 + step] = renewal;
    }
    // The last step would show on the day after the forecast's last: only its expirations are told.
    raw.expire(last);
    qa.expire(last);
    renewal_rate[known - 1 + last] = assumptions.renewal_rate.at(last);
}

/// Raw or quality-adjusted power over the steps of a forecast, PiB.
struct Power<'a> {
    duration: usize,
    known_expirations: &'a [f64],
    onboarded: &'a mut [f64],
    renewed: &'a mut [f64],
    expiring: &'a mut [f64],
    zero: f64,
    sums: Sums,
}

/// What came in and went out since the current date, PiB.
#[derive(Default)]
struct Sums {
    onboarded: f64,
    expired: f64,
    renewed: f64,
}

impl Power<'_> {
    /// Power that expires in a step.
    fn expire(&mut self, step: usize) -> f64 {
        let known = self.known_expirations.get(step).copied().unwrap_or(0.0);
        let modelled =
            step.checked_sub(self.duration).map_or(0.0, |begun| self.onboarded[begun] + self.renewed[begun]);
        let expiring = known + modelled;
        self.expiring[step] = expiring;
        expiring
    }

    /// The network's power after a step.
    fn step(&mut self, step: usize, onboarded: f64, renew: impl Fn(f64) -> f64) -> f64 {
        let expiring = self.expire(step);
        let renewed = renew(expiring);
        self.onboarded[step] = onboarded;
        self.renewed[step] = renewed;

        self.sums.onboarded += onboarded;
        self.sums.expired += expiring;
        self.sums.renewed += renewed;
        self.zero + self.sums.onboarded - self.sums.expired + self.sums.renewed
    }
}
