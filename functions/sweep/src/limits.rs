//! The limits of one request. Its CPU time and memory are bounded on every platform, and a caller waits.

use chrono::Days;
use network_data::Snapshot;
use sweep::{GoalRequest, Plan, Request};
use web::FieldProblem;

/// The most runs of a sweep that is answered at once.
const MOST_RUNS: usize = 200;

/// The most days to forecast, over all runs: a year each, and a leap year too.
const MOST_RUN_DAYS: usize = MOST_RUNS * 366;

/// The most values of all runs together that are in memory at once: 16 MB.
const MOST_VALUES: usize = 2_000_000;

/// What a sweep costs of the caller's quota: 1 for every ten years to forecast, as a forecast of ten years costs.
pub(crate) fn cost(request: &Request) -> u32 {
    const TEN_YEARS: usize = 3650;
    let run_days = request.runs() * request.days();
    u32::try_from(run_days.div_ceil(TEN_YEARS)).unwrap_or(u32::MAX).max(1)
}

/// The most days of a goal's forecasts, ten years: of the 65 to 85 that a goal takes, all together then cost as much as three or
/// four of the largest sweeps.
const MOST_GOAL_DAYS: usize = 3_660;

/// Refuses a goal that lies too far ahead, before anything is computed for it.
pub(crate) fn of_goal(goal: &GoalRequest, snapshot: &Snapshot) -> Result<(), Vec<FieldProblem>> {
    let (days, pointer) = goal.days(snapshot);
    if days <= MOST_GOAL_DAYS {
        return Ok(());
    }
    let last = snapshot.current_date() + Days::new(MOST_GOAL_DAYS as u64 - 1);
    Err(vec![FieldProblem {
        pointer,
        detail: format!(
            "makes forecasts of {days} days, but those of a goal have {MOST_GOAL_DAYS} at most: ask for a date up to {last}, or for \
             fewer days"
        ),
    }])
}

/// Refuses a request that is too large, before anything is computed for it.
pub(crate) fn of_request(request: &Request) -> Result<(), Vec<FieldProblem>> {
    let (runs, days) = (request.runs(), request.days());
    if runs > MOST_RUNS {
        return Err(vec![FieldProblem {
            pointer: request.runs_pointer().to_owned(),
            detail: format!(
                "asks for {runs} runs, but a sweep that is answered at once has {MOST_RUNS} at most"
            ),
        }]);
    }
    let run_days = runs * days;
    if run_days > MOST_RUN_DAYS {
        return Err(vec![FieldProblem {
            pointer: "/assumptions/forecast_length_days".to_owned(),
            detail: format!(
                "makes {run_days} days to forecast, {runs} runs of {days} days; a sweep that is answered at once has \
                 {MOST_RUN_DAYS} at most, so ask for at most {} days or {} runs",
                MOST_RUN_DAYS / runs,
                MOST_RUN_DAYS / days
            ),
        }]);
    }
    Ok(())
}

/// Refuses a request whose answer would be too large.
pub(crate) fn of_plan(plan: &Plan<'_>) -> Result<(), Vec<FieldProblem>> {
    let values = plan.columns() * plan.runs();
    if values <= MOST_VALUES {
        return Ok(());
    }
    Err(vec![FieldProblem {
        pointer: "/output".to_owned(),
        detail: format!(
            "asks for {values} values, {} series on {} dates from {} runs; a sweep that is answered at once has \
             {MOST_VALUES} at most: name fewer series, or a coarser resolution",
            plan.series().len(),
            plan.sampling().len(),
            plan.runs()
        ),
    }])
}
