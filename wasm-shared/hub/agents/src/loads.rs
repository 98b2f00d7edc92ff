//! Which agents an owner has loaded, and the limits. All limits are judged in the transaction that takes a place, so that any number
//! of loads at once never passes one.

use std::collections::BTreeMap;

use platform::{OutsideError, Platform, Statement, Value};
use serde::Serialize;
use serde_json::json;
use web::settings::{
    AGENT_MEMORY_LIMIT, MAX_CONCURRENT_AGENTS, MAX_HAIKU_AGENTS, MAX_OPUS_AGENTS, MAX_SONNET_AGENTS,
};

use crate::{
    definition::{Agent, Family},
    library::{Layer, MIGRATIONS},
};

/// How much an owner may have loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Agents.
    pub agents: u64,
    /// Megabytes.
    pub memory: u64,
    /// Agents of each family of [`Family::LIMITED`].
    pub families: [u64; 3],
}

impl Limits {
    /// Those that the settings say.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(platform: &Platform) -> Result<Self, OutsideError> {
        Ok(Self {
            agents: MAX_CONCURRENT_AGENTS.read(platform).await?,
            memory: AGENT_MEMORY_LIMIT.read(platform).await?,
            families: [
                MAX_OPUS_AGENTS.read(platform).await?,
                MAX_SONNET_AGENTS.read(platform).await?,
                MAX_HAIKU_AGENTS.read(platform).await?,
            ],
        })
    }
}

/// An agent that is loaded, or is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its id.
    pub id: String,
    /// Who said its definition.
    pub layer: Layer,
    /// The family of its model.
    pub family: Family,
    /// Its definition, as it was when it was loaded.
    pub agent: Agent,
    /// Since when, in milliseconds of Unix time.
    pub loaded: i64,
}

/// What is used of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The setting that limits it.
    pub limited_by: &'static str,
    /// What is used.
    pub used: u64,
    /// What there may be.
    pub limit: u64,
}

/// What became of a wish to load agents.
#[derive(Clone, Debug, PartialEq)]
pub enum Loading {
    /// They are loaded: so many of them only now.
    Done(u64),
    /// A limit stands against it: nothing was loaded. `used` is what there would be.
    Over(Use),
}

/// The loaded agents.
#[derive(Clone, Copy)]
pub struct Loads<'a>(&'a Platform);

impl<'a> Loads<'a> {
    /// Opens the store, and makes its tables where they are not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "agents", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// Loads agents, all of them or none. One that is loaded already stays as it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(&self, owner: &str, wanted: &[Load], limits: &Limits) -> Result<Loading, OutsideError> {
        let rows: Vec<_> = wanted
            .iter()
            .map(|load| {
                let definition = serde_json::to_string(&load.agent).unwrap_or_default();
                json!([load.id, load.layer.name(), load.family.name(), load.agent.memory, definition])
            })
            .collect();
        let families: Vec<_> = Family::LIMITED
            .iter()
            .zip(limits.families)
            .map(|(family, most)| json!([family.name(), most]))
            .collect();
        let now = self.0.clock().now().timestamp_millis();
        let whole = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
        let take = Statement::new(
            "INSERT INTO agent_loads (owner, agent, layer, family, memory, definition, loaded) \
             WITH fresh AS (SELECT value ->> 0 AS agent, value ->> 1 AS layer, value ->> 2 AS family, value ->> 3 AS memory, \
             value ->> 4 AS definition FROM json_each(?2) WHERE NOT EXISTS \
             (SELECT 1 FROM agent_loads AS known WHERE known.owner = ?1 AND known.agent = json_each.value ->> 0)), \
             held AS (SELECT family, memory FROM agent_loads WHERE owner = ?1 UNION ALL SELECT family, memory FROM fresh) \
             SELECT ?1, agent, layer, family, memory, definition, ?3 FROM fresh \
             WHERE (SELECT count(*) FROM held) <= ?4 AND (SELECT total(memory) FROM held) <= ?5 \
             AND NOT EXISTS (SELECT 1 FROM json_each(?6) AS bound WHERE (bound.value ->> 1) < \
             (SELECT count(*) FROM held WHERE held.family = bound.value ->> 0))",
            [
                owner.into(),
                serde_json::Value::Array(rows).to_string().into(),
                now.into(),
                whole(limits.agents),
                whole(limits.memory),
                serde_json::Value::Array(families).to_string().into(),
            ],
        );
        let outcomes = self.0.database().run(vec![take, select(owner)]).await?;
        let [taken, after] = outcomes.as_slice() else { return Err(unreadable()) };
        let held = read(&after.rows);
        if wanted.iter().all(|load| held.contains_key(&load.id)) {
            return Ok(Loading::Done(taken.changes));
        }
        let fresh = wanted.iter().filter(|load| !held.contains_key(&load.id));
        let would: Vec<&Load> = held.values().chain(fresh).collect();
        let over = uses(&would, limits).into_iter().find(|used| used.used > used.limit);
        over.map(Loading::Over).ok_or_else(unreadable)
    }

    /// The agents that an owner has loaded, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(&self, owner: &str) -> Result<BTreeMap<String, Load>, OutsideError> {
        let outcomes = self.0.database().run(vec![select(owner)]).await?;
        Ok(outcomes.first().map(|outcome| read(&outcome.rows)).unwrap_or_default())
    }

    /// Unloads an agent; whether it was loaded.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unload(&self, owner: &str, agent: &str) -> Result<bool, OutsideError> {
        let sql = "DELETE FROM agent_loads WHERE owner = ?1 AND agent = ?2";
        let outcomes = self.0.database().run(vec![Statement::new(sql, [owner.into(), agent.into()])]).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }
}

/// What loaded agents use of each limit.
#[must_use]
pub fn uses(held: &[&Load], limits: &Limits) -> Vec<Use> {
    let count = |family: Family| held.iter().filter(|load| load.family == family).count() as u64;
    let [opus, sonnet, haiku] = limits.families;
    let memory = held.iter().map(|load| u64::from(load.agent.memory)).sum();
    vec![
        Use { limited_by: "MAX_CONCURRENT_AGENTS", used: held.len() as u64, limit: limits.agents },
        Use { limited_by: "AGENT_MEMORY_LIMIT", used: memory, limit: limits.memory },
        Use { limited_by: "MAX_OPUS_AGENTS", used: count(Family::Opus), limit: opus },
        Use { limited_by: "MAX_SONNET_AGENTS", used: count(Family::Sonnet), limit: sonnet },
        Use { limited_by: "MAX_HAIKU_AGENTS", used: count(Family::Haiku), limit: haiku },
    ]
}

fn select(owner: &str) -> Statement {
    let sql =
        "SELECT agent, layer, family, definition, loaded FROM agent_loads WHERE owner = ?1 ORDER BY agent";
    Statement::new(sql, [owner.into()])
}

fn read(rows: &[Vec<Value>]) -> BTreeMap<String, Load> {
    let load = |row: &Vec<Value>| {
        let text = |place: usize| row.get(place)?.as_text();
        let id = text(0)?.to_owned();
        let load = Load {
            id: id.clone(),
            layer: Layer::named(text(1)?)?,
            family: Family::of(text(2)?),
            agent: serde_json::from_str(text(3)?).ok()?,
            loaded: row.get(4)?.as_i64()?,
        };
        Some((id, load))
    };
    let mut all = BTreeMap::new();
    all.extend(rows.iter().filter_map(load));
    all
}

fn unreadable() -> OutsideError {
    OutsideError::new("database", "a row of the agents cannot be read")
}
