//! Prompts: three analyses, worked out so far that a model has only to follow them.

use forecast::{MAX_FORECAST_DAYS, MAX_SECTOR_DURATION_DAYS};
use mcp::{Builder, Completion, Context, Error, model::Prompt};
use network_data::historical::{Field, fields};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    completion,
    desk::Desk,
    figures,
    metrics::{self, Metric},
};

const HEALTH: &str = "network_health";
const RETURN: &str = "storage_provider_return";
const SUPPLY: &str = "supply_outlook";

pub(crate) fn add(builder: Builder<Desk>) -> Builder<Desk> {
    builder
        .prompt(
            prompt(HEALTH, "Network health", "Is the network growing, and what carries or threatens it?"),
            network_health,
        )
        .prompt(
            prompt(
                RETURN,
                "Storage provider return",
                "What does a storage provider earn on its pledge, and what does that hang on?",
            ),
            storage_provider_return,
        )
        .prompt(
            prompt(SUPPLY, "Supply outlook", "Where does the FIL come from and go to over the coming years?"),
            supply_outlook,
        )
        .complete(Completion::of_prompt(HEALTH, "field"), completion::field)
        .complete(Completion::of_prompt(RETURN, "metric"), completion::metric)
        .complete(Completion::of_prompt(SUPPLY, "metric"), completion::metric)
}

fn prompt(name: &str, title: &str, about: &str) -> Prompt {
    Prompt::new(name, Some(about), None).with_title(title)
}

#[derive(Deserialize, JsonSchema)]
struct Health {
    /// How far to look ahead, days; 365 when left out.
    forecast_length_days: Option<usize>,
    /// A field of the history to look at more closely, such as `historical_renewal_rate`.
    field: Option<String>,
}

async fn network_health(context: Context<Desk>, asked: Health) -> Result<String, Error> {
    let days = within(asked.forecast_length_days, 365, MAX_FORECAST_DAYS, "forecast_length_days")?;
    let field = asked.field.map(|name| field(&name)).transpose()?;
    let closer = field.map_or_else(String::new, |field| {
        format!(
            "\n   Look closely at `{}` ({}, {}): {}",
            field.name(),
            field.unit(),
            field.kind().as_str(),
            field.meaning()
        )
    });
    let extra = field.map_or_else(String::new, |field| format!(", \"{}\"", field.name()));
    Ok(format!(
        "Assess the health of the Filecoin network over the next {days} days.\n\n{}\n\n\
         1. Call fetch_context if you have not.\n\
         2. Call get_historical_data with {{\"fields\": [\"historical_raw_power_eib\", \"historical_qa_power_eib\", \
         \"historical_onboarded_rb_power_pib\", \"historical_renewal_rate\"{extra}], \"resolution\": \"monthly\"}}. Say how power, \
         onboarding and renewal moved in the last year and half year, with dates.{closer}\n\
         3. Call simulate with {{\"forecast_length_days\": {days}, \"requested_metrics\": [\"network_RBP_EIB\", \
         \"network_QAP_EIB\", \"network_baseline_EIB\", \"rb_day_onboarded_power_pib\", \"rb_day_renewed_power_pib\", \
         \"rb_sched_expire_power_pib\"]}}. Compare raw byte power with the baseline: below it, baseline minting is not paid in \
         full. Compare onboarded plus renewed with expiring power: that is whether the network grows.\n\
         4. Call compare_scenarios with {{\"forecast_length_days\": {days}, \"requested_metrics\": [\"network_RBP_EIB\", \
         \"day_network_reward\"], \"scenarios\": [{{\"name\": \"as today\"}}, {{\"name\": \"onboarding 0.5 PiB/day\", \"rbp\": \
         0.5}}, {{\"name\": \"renewal rate 0.5\", \"rr\": 0.5}}]}}. Say what each of the two does to power and rewards, \
         beside today's onboarding and renewal above.\n\
         5. Conclude in a few sentences: growing, stable or shrinking; above or below the baseline; the one number to watch. \
         Every number with its unit and date; name the warnings of the tools.",
        today(&context)
    ))
}

#[derive(Deserialize, JsonSchema)]
struct Return {
    /// Lifetime of the provider's sectors, days; 540 when left out.
    sector_duration_days: Option<usize>,
    /// Raw byte power onboarded a day by the whole network, PiB; today's when left out.
    rbp: Option<f64>,
    /// The metric to judge by; `1y_sector_roi` when left out.
    metric: Option<String>,
}

async fn storage_provider_return(context: Context<Desk>, asked: Return) -> Result<String, Error> {
    let duration = within(asked.sector_duration_days, 540, MAX_SECTOR_DURATION_DAYS, "sector_duration_days")?;
    let metric = metric(asked.metric.as_deref().unwrap_or("1y_sector_roi"))?;
    let rbp = match asked.rbp {
        Some(rbp) if (0.0..=1000.0).contains(&rbp) => format!(", \"rbp\": {rbp}"),
        Some(_) => return Err(Error::invalid_params("Invalid params: `rbp` must be 0 to 1000 PiB/day")),
        None => String::new(),
    };
    Ok(format!(
        "Work out what a Filecoin storage provider earns on the FIL it has to pledge, judged by `{}` ({}).\n\n{}\n\n\
         1. Call fetch_context if you have not.\n\
         2. Call simulate with {{\"forecast_length_days\": 730, \"sector_duration_days\": {duration}{rbp}, \"requested_metrics\": \
         [\"{}\", \"day_pledge_per_QAP\", \"day_rewards_per_sector\", \"1y_return_per_sector\"]}}. The pledge is FIL for 32 GiB of \
         quality-adjusted power; a 32 GiB sector full of verified deals has ten times that power, and pledges and earns ten times \
         as much.\n\
         3. Call compare_scenarios with {{\"forecast_length_days\": 730, \"requested_metrics\": [\"{}\"], \"scenarios\": \
         [{{\"name\": \"base\", \"sector_duration_days\": {duration}{rbp}}}, {{\"name\": \"FIL+ rate 0.5\", \"fpr\": 0.5, \
         \"sector_duration_days\": {duration}{rbp}}}, {{\"name\": \"renewal rate 0.6\", \"rr\": 0.6, \"sector_duration_days\": \
         {duration}{rbp}}}]}}.\n\
         4. Report the return today, in a year and in two years with dates, in percent, and which assumption moves it most. Say \
         that it is in FIL and before costs (hardware, power, gas, financing), that FIL's price is not in the model, and that \
         0.25 means a quarter of the pledge in a year.",
        metric.name(),
        metric.unit(),
        today(&context),
        metric.name(),
        metric.name(),
    ))
}

#[derive(Deserialize, JsonSchema)]
struct Outlook {
    /// How many years to look ahead, 1 to 20; 3 when left out.
    years: Option<usize>,
    /// The metric in the centre; `circ_supply` when left out.
    metric: Option<String>,
}

async fn supply_outlook(context: Context<Desk>, asked: Outlook) -> Result<String, Error> {
    let years = within(asked.years, 3, MAX_FORECAST_DAYS / 365, "years")?;
    let metric = metric(asked.metric.as_deref().unwrap_or("circ_supply"))?;
    let days = years * 365;
    Ok(format!(
        "Describe how the supply of FIL develops over the next {years} years, with `{}` ({}) in the centre.\n\n{}\n\n\
         1. Call fetch_context if you have not.\n\
         2. Call simulate with {{\"forecast_length_days\": {days}, \"resolution\": \"monthly\", \"requested_metrics\": [\"{}\", \
         \"network_locked\", \"daily_simple_reward\", \"daily_baseline_reward\", \"daily_vest\", \"daily_gas_burn\"]}}.\n\
         3. Account for the change from the first to the last date: minted (simple and baseline) plus vested, less burnt, less what \
         is newly locked. Flows are FIL a day: multiply by days, never add up levels. All vesting ends on 2026-10-13.\n\
         4. Call compare_scenarios with {{\"forecast_length_days\": {days}, \"resolution\": \"monthly\", \"requested_metrics\": \
         [\"{}\"], \"scenarios\": [{{\"name\": \"as today\"}}, {{\"name\": \"lock target 0.2\", \"lock_target\": 0.2}}, {{\"name\": \
         \"lock target 0.4\", \"lock_target\": 0.4}}]}} to show how much the pledge decides.\n\
         5. Conclude: the yearly growth of the supply in percent for each year, what drives it, and when locked FIL rises or falls. \
         Every number with its unit and date.",
        metric.name(),
        metric.unit(),
        today(&context),
        metric.name(),
        metric.name(),
    ))
}

fn today(context: &Context<Desk>) -> String {
    figures::today(context.host().current().map(|current| &*current.snapshot))
}

fn within(given: Option<usize>, default: usize, most: usize, name: &str) -> Result<usize, Error> {
    let given = given.unwrap_or(default);
    if (1..=most).contains(&given) {
        Ok(given)
    } else {
        Err(Error::invalid_params(format!("Invalid params: `{name}` must be 1 to {most}, but is {given}")))
    }
}

fn metric(name: &str) -> Result<Metric, Error> {
    Metric::named(name).ok_or_else(|| {
        Error::invalid_params(format!(
            "Invalid params: `metric`: {}",
            metrics::unknown(name, metrics::names())
        ))
    })
}

fn field(name: &str) -> Result<Field, Error> {
    Field::named(name).ok_or_else(|| {
        let known = || fields().map(Field::name);
        Error::invalid_params(format!("Invalid params: `field`: {}", metrics::unknown(name, known())))
    })
}
