//! What is stored: servers, heartbeats, connections, tools, health, counters.

use std::collections::BTreeMap;

use mcp_client::Session;
use platform::{Outcome, OutsideError, Platform, Statement, Value};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    candidates::{Candidate, Source},
    circuit::Circuit,
    definition::Definition,
    metrics::Sample,
    pins::{self, Pinned},
};

const MIGRATIONS: [&str; 2] =
    [include_str!("../migrations/0001_gateway.sql"), include_str!("../migrations/0002_hosted.sql")];
/// What is listed at `/mcp` of an owner's connected servers, in bytes: a list is one answer.
const LARGEST_LIST: i64 = 4 << 20;
/// Checks that are kept of each server.
const KEPT_CHECKS: i64 = 50;

/// The records.
#[derive(Clone, Copy)]
pub struct Store<'a>(&'a Platform);

/// Where a server says that it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heartbeat {
    /// The server.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its version, as it says.
    pub version: String,
    /// Until when that holds, in milliseconds of Unix time.
    pub expires: i64,
}

/// A server that a deployment of this service runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The server.
    pub server: String,
    /// Whose it is; `None` where it is for everybody.
    pub owner: Option<String>,
    /// Where it answers.
    pub url: String,
}

/// Who looks for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeker<'a> {
    /// An owner, who sees their own deployments and those that are for everybody.
    Owner(&'a str),
    /// This service itself, which watches all.
    Service,
}

impl<'a> Seeker<'a> {
    const fn owner(self) -> Option<&'a str> {
        match self {
            Self::Owner(owner) => Some(owner),
            Self::Service => None,
        }
    }
}

/// A server that somebody has connected.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The server.
    pub server: String,
    /// Where it was found.
    pub candidate: Candidate,
    /// What was agreed with it.
    pub session: Session,
    /// Its resources, their templates, and its prompts.
    pub offers: Json,
    /// Since when, in milliseconds of Unix time.
    pub connected: i64,
}

/// How a server has answered lately.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Health {
    /// Failures since the last success.
    pub failures: i64,
    /// Until when it is left alone.
    pub open_until: i64,
    /// When it last answered, in milliseconds of Unix time.
    pub last_success: Option<i64>,
    /// Why it did not, last.
    pub last_error: Option<String>,
    /// How long it took, last.
    pub latency_ms: Option<i64>,
    /// When it was last asked.
    pub checked: i64,
    /// What the last probe agreed with it.
    #[serde(skip)]
    pub probe: Option<(Candidate, Session)>,
    /// The hash of its list of tools, when that was last looked at.
    #[serde(skip)]
    pub seen: Option<String>,
}

impl Health {
    /// Its circuit.
    #[must_use]
    pub const fn circuit(&self) -> Circuit {
        Circuit { failures: self.failures, open_until: self.open_until }
    }
}

/// One check of a server.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// When, in milliseconds of Unix time.
    pub at: i64,
    /// Whether it answered.
    pub ok: bool,
    /// How long it took.
    pub latency_ms: i64,
    /// Why it did not answer.
    pub detail: Option<String>,
}

/// A tool as `/mcp` lists it.
pub struct Shown {
    /// Whose it is.
    pub server: String,
    /// Its name at `/mcp`.
    pub exposed: String,
    /// All of it, as JSON.
    pub json: String,
}

/// What a call of a tool needs to know.
#[derive(Clone, Debug)]
pub struct Callable {
    /// The connection.
    pub connection: Connection,
    /// The tool.
    pub pinned: Pinned,
    /// How the server has answered lately, without what a probe agreed with it.
    pub health: Health,
    /// The server, where the operator described it over HTTP.
    pub described: Option<Definition>,
}

/// How a request to a server ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The server.
    pub server: &'a str,
    /// What is counted: `calls`, `connects`, `probes`.
    pub what: &'static str,
    /// `ok`, or a word for what went wrong.
    pub outcome: &'static str,
    /// Why the server is not well; `None` where it answered.
    pub failure: Option<&'a str>,
    /// How it answered before.
    pub before: &'a Health,
    /// How long it took.
    pub latency_ms: i64,
    /// When it ended, in milliseconds of Unix time.
    pub now: i64,
}

impl<'a> Store<'a> {
    /// Opens the store, and makes its tables where they are not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "discovery", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.0.database().run(statements).await
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Vec<Value>>, OutsideError> {
        let outcomes = self.run(vec![Statement::new(sql, values)]).await?;
        Ok(outcomes.into_iter().next().map(|outcome| outcome.rows).unwrap_or_default())
    }

    /// The servers that the operator described over HTTP.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn definitions(&self) -> Result<BTreeMap<String, Definition>, OutsideError> {
        let rows = self.rows("SELECT name, definition FROM mcp_servers", vec![]).await?;
        Ok(rows
            .iter()
            .filter_map(|row| Some((text(row, 0)?, serde_json::from_str(&text(row, 1)?).ok()?)))
            .collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn definition(&self, name: &str) -> Result<Option<Definition>, OutsideError> {
        let rows = self.rows("SELECT definition FROM mcp_servers WHERE name = ?1", vec![name.into()]).await?;
        Ok(rows.first().and_then(|row| serde_json::from_str(&text(row, 0)?).ok()))
    }

    /// Describes a server; whether it is a new one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn describe(
        &self,
        name: &str,
        definition: &Definition,
        now: i64,
    ) -> Result<bool, OutsideError> {
        let text = serde_json::to_string(definition).unwrap_or_default();
        let outcomes = self
            .run(vec![
                Statement::new("SELECT 1 FROM mcp_servers WHERE name = ?1", [name.into()]),
                Statement::new(
                    "INSERT INTO mcp_servers (name, definition, changed) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (name) DO UPDATE SET definition = ?2, changed = ?3",
                    [name.into(), text.into(), now.into()],
                ),
            ])
            .await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.rows.is_empty()))
    }

    /// Forgets a server and everybody's connections to it; whether there was one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(&self, name: &str) -> Result<bool, OutsideError> {
        let of = |sql| Statement::new(sql, [Value::from(name)]);
        let outcomes = self
            .run(vec![
                of("DELETE FROM mcp_servers WHERE name = ?1"),
                of("DELETE FROM mcp_tools WHERE server = ?1"),
                of("DELETE FROM mcp_connections WHERE server = ?1"),
                of("DELETE FROM mcp_hosted WHERE server = ?1 AND owner IS NULL"),
                of("DELETE FROM mcp_health WHERE server = ?1"),
                of("DELETE FROM mcp_checks WHERE server = ?1"),
            ])
            .await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    /// Notes a heartbeat, unless a newer one is known.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn announce(&self, heartbeat: &Heartbeat, signed: i64, now: i64) -> Result<(), OutsideError> {
        let Heartbeat { name, url, version, expires } = heartbeat.clone();
        self.run(vec![
            Statement::new("DELETE FROM mcp_heartbeats WHERE expires <= ?1", [now.into()]),
            Statement::new(
                "INSERT INTO mcp_heartbeats (name, url, version, signed, expires) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (name, url) DO UPDATE SET version = ?3, signed = ?4, expires = ?5 WHERE signed <= ?4",
                [name.into(), url.into(), version.into(), signed.into(), expires.into()],
            ),
        ])
        .await
        .map(drop)
    }

    /// The heartbeats that are in force, the newest first; of one server where it is named.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn heartbeats(&self, name: Option<&str>, now: i64) -> Result<Vec<Heartbeat>, OutsideError> {
        let sql = "SELECT name, url, version, expires FROM mcp_heartbeats WHERE expires > ?1 AND (?2 IS NULL OR name = ?2) \
                   ORDER BY signed DESC LIMIT 200";
        let rows = self.rows(sql, vec![now.into(), name.map_or(Value::Null, Value::from)]).await?;
        let heartbeat = |row: &Vec<Value>| {
            Some(Heartbeat {
                name: text(row, 0)?,
                url: text(row, 1)?,
                version: text(row, 2)?,
                expires: number(row, 3)?,
            })
        };
        Ok(rows.iter().filter_map(heartbeat).collect())
    }

    /// Notes where a deployment answers. False where the name is somebody else's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn host(&self, hosted: &Hosted) -> Result<bool, OutsideError> {
        let sql = "INSERT INTO mcp_hosted (server, owner, url) VALUES (?1, ?2, ?3) ON CONFLICT (server) DO UPDATE \
                   SET url = ?3 WHERE owner IS ?2";
        let owner = hosted.owner.as_deref().map_or(Value::Null, Value::from);
        let values = [hosted.server.as_str().into(), owner, hosted.url.as_str().into()];
        let outcomes = self.run(vec![Statement::new(sql, values)]).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    /// Forgets where a deployment answered, and how.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unhost(&self, server: &str, owner: Option<&str>) -> Result<(), OutsideError> {
        let owner = || owner.map_or(Value::Null, Value::from);
        let mut statements = vec![Statement::new(
            "DELETE FROM mcp_hosted WHERE server = ?1 AND owner IS ?2",
            [server.into(), owner()],
        )];
        // What the operator described is still watched.
        for sql in [
            "DELETE FROM mcp_health WHERE server = ?1 AND ?2 IS NOT NULL",
            "DELETE FROM mcp_checks WHERE server = ?1 AND ?2 IS NOT NULL",
        ] {
            statements.push(Statement::new(sql, [server.into(), owner()]));
        }
        self.run(statements).await.map(drop)
    }

    /// The servers that deployments run and that somebody may see; of one name where it is given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hosted(&self, name: Option<&str>, seeker: Seeker<'_>) -> Result<Vec<Hosted>, OutsideError> {
        let sql = "SELECT server, owner, url FROM mcp_hosted WHERE (?1 IS NULL OR server = ?1) \
                   AND (?2 IS NULL OR owner IS NULL OR owner = ?2) ORDER BY server LIMIT 1000";
        let optional = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let rows = self.rows(sql, vec![optional(name), optional(seeker.owner())]).await?;
        let hosted = |row: &Vec<Value>| {
            Some(Hosted { server: text(row, 0)?, owner: text(row, 1), url: text(row, 2)? })
        };
        Ok(rows.iter().filter_map(hosted).collect())
    }

    /// The servers that an owner has connected.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connections(&self, owner: &str) -> Result<Vec<Connection>, OutsideError> {
        let sql = "SELECT server, source, url, session, offers, connected FROM mcp_connections WHERE owner = ?1 ORDER BY server";
        Ok(self.rows(sql, vec![owner.into()]).await?.iter().filter_map(|row| connection(row)).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connection(&self, owner: &str, server: &str) -> Result<Option<Connection>, OutsideError> {
        let sql = "SELECT server, source, url, session, offers, connected FROM mcp_connections WHERE owner = ?1 AND server = ?2";
        Ok(self.rows(sql, vec![owner.into(), server.into()]).await?.first().and_then(|row| connection(row)))
    }

    /// Stores a connection with its tools.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn connect(
        &self,
        owner: &str,
        connection: &Connection,
        tools: &[Pinned],
    ) -> Result<(), OutsideError> {
        let mut statements = vec![
            Statement::new(
                "INSERT INTO mcp_connections (owner, server, source, url, session, offers, connected) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (owner, server) DO UPDATE SET \
                 source = ?3, url = ?4, session = ?5, offers = ?6, connected = ?7",
                [
                    owner.into(),
                    connection.server.as_str().into(),
                    connection.candidate.source.name().into(),
                    connection.candidate.url.as_str().into(),
                    written(&connection.session),
                    connection.offers.to_string().into(),
                    connection.connected.into(),
                ],
            ),
            // What was seen meanwhile was not this list.
            Statement::new(
                "UPDATE mcp_health SET probe = json_remove(probe, '$.seen') WHERE server = ?1 AND probe IS NOT NULL",
                [connection.server.as_str().into()],
            ),
        ];
        statements.extend(of_tools(owner, &connection.server, tools));
        self.run(statements).await.map(drop)
    }

    /// Stores the tools of a server that is connected.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write_tools(&self, owner: &str, server: &str, tools: &[Pinned]) -> Result<(), OutsideError> {
        self.run(of_tools(owner, server, tools)).await.map(drop)
    }

    /// Who has connected a server.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owners(&self, server: &str) -> Result<Vec<String>, OutsideError> {
        let rows =
            self.rows("SELECT owner FROM mcp_connections WHERE server = ?1", vec![server.into()]).await?;
        Ok(rows.iter().filter_map(|row| text(row, 0)).collect())
    }

    /// Stores what was agreed anew with a server that is connected.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn renew(&self, owner: &str, connection: &Connection) -> Result<(), OutsideError> {
        let sql =
            "UPDATE mcp_connections SET source = ?3, url = ?4, session = ?5 WHERE owner = ?1 AND server = ?2";
        let values = [
            owner.into(),
            connection.server.as_str().into(),
            connection.candidate.source.name().into(),
            connection.candidate.url.as_str().into(),
            written(&connection.session),
        ];
        self.run(vec![Statement::new(sql, values)]).await.map(drop)
    }

    /// Ends a connection; whether there was one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn disconnect(&self, owner: &str, server: &str) -> Result<bool, OutsideError> {
        let of = |sql| Statement::new(sql, [Value::from(owner), Value::from(server)]);
        let outcomes = self
            .run(vec![
                of("DELETE FROM mcp_connections WHERE owner = ?1 AND server = ?2"),
                of("DELETE FROM mcp_tools WHERE owner = ?1 AND server = ?2"),
            ])
            .await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    /// The tools of a connected server; `None` where it is not connected.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tools(&self, owner: &str, server: &str) -> Result<Option<Vec<Pinned>>, OutsideError> {
        let of = |sql| Statement::new(sql, [Value::from(owner), Value::from(server)]);
        let outcomes = self
            .run(vec![
                of("SELECT 1 FROM mcp_connections WHERE owner = ?1 AND server = ?2"),
                of("SELECT name, exposed, tool, held FROM mcp_tools WHERE owner = ?1 AND server = ?2 ORDER BY exposed"),
            ])
            .await?;
        let [connected, tools] = outcomes.as_slice() else { return Ok(None) };
        Ok((!connected.rows.is_empty()).then(|| tools.rows.iter().filter_map(|row| pinned(row, 0)).collect()))
    }

    /// How many tools the other servers of an owner have.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn others(&self, owner: &str, server: &str) -> Result<usize, OutsideError> {
        let sql = "SELECT count(*) FROM mcp_tools WHERE owner = ?1 AND server <> ?2";
        let rows = self.rows(sql, vec![owner.into(), server.into()]).await?;
        Ok(rows.first().and_then(|row| usize::try_from(number(row, 0)?).ok()).unwrap_or_default())
    }

    /// What an owner's connected servers offer at `/mcp`: each with its server, as JSON, as far as it has no more than 4 MiB
    /// together.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listed(&self, owner: &str, most: usize) -> Result<Vec<Shown>, OutsideError> {
        // The sizes are added up without the texts, which the database would hold a second time while it counts.
        let sql = "SELECT t.server, t.exposed, t.shown FROM (SELECT rowid AS id, sum(length(shown)) OVER (ORDER BY exposed) AS size \
             FROM mcp_tools WHERE owner = ?1 AND shown IS NOT NULL ORDER BY exposed LIMIT ?2) AS sizes \
             CROSS JOIN mcp_tools t ON t.rowid = sizes.id WHERE sizes.size <= ?3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = self.rows(sql, vec![owner.into(), most.into(), LARGEST_LIST.into()]).await?;
        let shown = |row: Vec<Value>| {
            let [Value::Text(server), Value::Text(exposed), Value::Text(json)] =
                <[Value; 3]>::try_from(row).ok()?
            else {
                return None;
            };
            Some(Shown { server, exposed, json })
        };
        let mut listed: Vec<_> = rows.into_iter().filter_map(shown).collect();
        listed.sort_unstable_by(|one, other| one.exposed.cmp(&other.exposed));
        Ok(listed)
    }

    /// Everything that a call of a tool needs: by its name at `/mcp`, or by server and the server's own name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn callable(&self, owner: &str, tool: Named<'_>) -> Result<Option<Callable>, OutsideError> {
        // A statement each: a condition that is either of two would read all tools of the owner.
        let (sql, values) = match tool {
            Named::Exposed(name) => (CALLABLE_AS_EXPOSED, vec![owner.into(), name.into()]),
            Named::Of(server, name) => (CALLABLE_OF_SERVER, vec![owner.into(), server.into(), name.into()]),
        };
        let rows = self.rows(sql, values).await?;
        let found = rows.first().and_then(|row| {
            Some(Callable {
                connection: connection(row)?,
                pinned: pinned(row, 6)?,
                health: health(row, 10),
                described: text(row, 17).and_then(|text| serde_json::from_str(&text).ok()),
            })
        });
        Ok(found)
    }

    /// Takes what is held back, of all tools of a server or of those that are named, as good; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn confirm(
        &self,
        owner: &str,
        server: &str,
        names: Option<&[String]>,
    ) -> Result<usize, OutsideError> {
        let Some(tools) = self.tools(owner, server).await? else { return Ok(0) };
        let mut statements = Vec::new();
        for tool in tools {
            let Some(held) =
                tool.held.clone().filter(|_| names.is_none_or(|names| names.contains(&tool.name)))
            else {
                continue;
            };
            let confirmed = Pinned { tool: Some(held.clone()), held: None, ..tool };
            let shown = pins::shown(server, &confirmed).and_then(|tool| serde_json::to_string(&tool).ok());
            // What was held when it was read, and nothing that came in between.
            statements.push(Statement::new(
                "UPDATE mcp_tools SET tool = held, held = NULL, shown = ?4 WHERE owner = ?1 AND exposed = ?2 AND held = ?3",
                [
                    owner.into(),
                    confirmed.exposed.into(),
                    held.to_string().into(),
                    shown.map_or(Value::Null, Value::from),
                ],
            ));
        }
        if statements.is_empty() {
            return Ok(0);
        }
        let outcomes = self.run(statements).await?;
        Ok(outcomes.iter().filter(|outcome| outcome.changes > 0).count())
    }

    /// Notes how a request to a server ended: counted, and in its health.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ended(&self, ended: Ended<'_>) -> Result<(), OutsideError> {
        let Ended { server, what, outcome, failure, before, latency_ms, now } = ended;
        let circuit = before.circuit().after(failure.is_none(), now);
        let success = if failure.is_none() { Value::Integer(now) } else { Value::Null };
        self.run(vec![
            count(what, server, outcome),
            Statement::new(
                "INSERT INTO mcp_health (server, failures, open_until, last_success, last_error, latency_ms, checked) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (server) DO UPDATE SET failures = ?2, open_until = ?3, \
                 last_success = coalesce(?4, last_success), last_error = coalesce(?5, last_error), latency_ms = ?6, checked = ?7",
                [
                    server.into(),
                    circuit.failures.into(),
                    circuit.open_until.into(),
                    success,
                    failure.map_or(Value::Null, Value::from),
                    latency_ms.into(),
                    now.into(),
                ],
            )
            .that_may_be_lost(),
        ])
        .await
        .map(drop)
    }

    /// Counts something that happened.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(
        &self,
        what: &'static str,
        server: &str,
        outcome: &'static str,
    ) -> Result<(), OutsideError> {
        self.run(vec![count(what, server, outcome)]).await.map(drop)
    }

    /// How one server has answered lately, without what a probe agreed with it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn health_of(&self, server: &str) -> Result<Health, OutsideError> {
        let sql = "SELECT failures, open_until, last_success, last_error, latency_ms, checked FROM mcp_health WHERE server = ?1";
        let rows = self.rows(sql, vec![server.into()]).await?;
        Ok(rows.first().map(|row| health(row, 0)).unwrap_or_default())
    }

    /// How servers have answered lately.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn health(&self) -> Result<BTreeMap<String, Health>, OutsideError> {
        let sql = "SELECT failures, open_until, last_success, last_error, latency_ms, checked, probe, server FROM mcp_health";
        let rows = self.rows(sql, vec![]).await?;
        Ok(rows.iter().filter_map(|row| Some((text(row, 7)?, health(row, 0)))).collect())
    }

    /// The newest checks of a server, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checks(&self, server: &str, most: i64) -> Result<Vec<Check>, OutsideError> {
        let sql =
            "SELECT at, ok, latency_ms, detail FROM mcp_checks WHERE server = ?1 ORDER BY at DESC LIMIT ?2";
        let rows = self.rows(sql, vec![server.into(), most.into()]).await?;
        let check = |row: &Vec<Value>| {
            Some(Check {
                at: number(row, 0)?,
                ok: number(row, 1)? == 1,
                latency_ms: number(row, 2)?,
                detail: text(row, 3),
            })
        };
        Ok(rows.iter().filter_map(check).collect())
    }

    /// Stores a check, and what it agreed with the server.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checked(
        &self,
        server: &str,
        check: &Check,
        probe: Option<&(Candidate, Session)>,
        seen: Option<&str>,
    ) -> Result<(), OutsideError> {
        let probe = probe.map(|(candidate, session)| {
            json!({ "source": candidate.source, "url": candidate.url, "session": session, "seen": seen })
                .to_string()
        });
        self.run(vec![
            Statement::new(
                "INSERT INTO mcp_checks (server, at, ok, latency_ms, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    server.into(),
                    check.at.into(),
                    i64::from(check.ok).into(),
                    check.latency_ms.into(),
                    check.detail.clone().map_or(Value::Null, Value::from),
                ],
            ),
            Statement::new(
                "DELETE FROM mcp_checks WHERE server = ?1 AND at < (SELECT min(at) FROM (SELECT at FROM mcp_checks \
                 WHERE server = ?1 ORDER BY at DESC LIMIT ?2))",
                [server.into(), KEPT_CHECKS.into()],
            ),
            Statement::new(
                "UPDATE mcp_health SET probe = ?2 WHERE server = ?1",
                [server.into(), probe.map_or(Value::Null, Value::from)],
            ),
        ])
        .await
        .map(drop)
    }

    /// The counters of one kind.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counters(&self) -> Result<BTreeMap<String, Vec<Sample>>, OutsideError> {
        let sql = "SELECT name, server, outcome, value FROM mcp_counters ORDER BY name, server, outcome";
        let mut counters: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        for row in self.rows(sql, vec![]).await? {
            let (Some(name), Some(server), Some(outcome), Some(value)) =
                (text(&row, 0), text(&row, 1), text(&row, 2), number(&row, 3))
            else {
                continue;
            };
            let labels = vec![("server", server), ("outcome", outcome)];
            counters.entry(name).or_default().push(Sample { labels, value });
        }
        Ok(counters)
    }

    /// How many connections and tools there are of everybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn totals(&self) -> Result<(i64, i64), OutsideError> {
        let sql = "SELECT (SELECT count(*) FROM mcp_connections), (SELECT count(*) FROM mcp_tools)";
        let rows = self.rows(sql, vec![]).await?;
        Ok(rows.first().and_then(|row| Some((number(row, 0)?, number(row, 1)?))).unwrap_or_default())
    }

    /// The number of a lease on starting a server, until this time; `None` while somebody else has it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lease(&self, server: &str, now: i64, until: i64) -> Result<Option<i64>, OutsideError> {
        let sql = "INSERT INTO mcp_leases (server, fence, until) VALUES (?1, 1, ?3) ON CONFLICT (server) DO UPDATE \
                   SET fence = fence + 1, until = ?3 WHERE until <= ?2 RETURNING fence";
        let rows = self.rows(sql, vec![server.into(), now.into(), until.into()]).await?;
        Ok(rows.first().and_then(|row| number(row, 0)))
    }

    /// Whether a lease is still this one: nobody got it after.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self, server: &str, fence: i64) -> Result<bool, OutsideError> {
        let sql = "SELECT 1 FROM mcp_leases WHERE server = ?1 AND fence = ?2";
        Ok(!self.rows(sql, vec![server.into(), fence.into()]).await?.is_empty())
    }

    /// Gives a lease back, if it is still this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release(&self, server: &str, fence: i64) -> Result<bool, OutsideError> {
        let sql = "UPDATE mcp_leases SET until = 0 WHERE server = ?1 AND fence = ?2";
        let outcomes = self.run(vec![Statement::new(sql, [server.into(), fence.into()])]).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }
}

/// What a call needs to know of a tool, up to the condition that says which one.
macro_rules! callable {
    () => {
        "SELECT c.server, c.source, c.url, c.session, '{}', c.connected, t.name, t.exposed, t.tool, t.held, \
         h.failures, h.open_until, h.last_success, h.last_error, h.latency_ms, h.checked, NULL, s.definition \
         FROM mcp_tools t JOIN mcp_connections c ON c.owner = t.owner AND c.server = t.server \
         LEFT JOIN mcp_health h ON h.server = t.server LEFT JOIN mcp_servers s ON s.name = t.server WHERE "
    };
}

const CALLABLE_AS_EXPOSED: &str = concat!(callable!(), "t.owner = ?1 AND t.exposed = ?2");
const CALLABLE_OF_SERVER: &str = concat!(callable!(), "t.owner = ?1 AND t.server = ?2 AND t.name = ?3");

/// How a tool is named.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// By its name at `/mcp`.
    Exposed(&'a str),
    /// By its server and the server's own name.
    Of(&'a str, &'a str),
}

/// What stores the tools of a connected server, in the place of those before.
fn of_tools(owner: &str, server: &str, tools: &[Pinned]) -> Vec<Statement> {
    let mut statements = vec![Statement::new(
        "DELETE FROM mcp_tools WHERE owner = ?1 AND server = ?2",
        [owner.into(), server.into()],
    )];
    let rows = tools.iter().map(|one| {
        let shown = pins::shown(server, one).and_then(|tool| serde_json::to_string(&tool).ok());
        let written = |tool: &Option<Json>| tool.as_ref().map(Json::to_string);
        json!([one.name, one.exposed, written(&one.tool), written(&one.held), shown])
    });
    // A value may have 2 MB at most.
    let mut batches: Vec<Vec<Json>> = vec![Vec::new()];
    let mut size = 0;
    for row in rows {
        let length = row.to_string().len();
        if size + length > 1_500_000 {
            batches.push(Vec::new());
            size = 0;
        }
        size += length;
        if let Some(batch) = batches.last_mut() {
            batch.push(row);
        }
    }
    for batch in batches {
        statements.push(Statement::new(
            "INSERT INTO mcp_tools (owner, server, name, exposed, tool, held, shown) \
             SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?3)",
            [owner.into(), server.into(), Json::Array(batch).to_string().into()],
        ));
    }
    statements
}

fn count(what: &'static str, server: &str, outcome: &'static str) -> Statement {
    Statement::new(
        "INSERT INTO mcp_counters (name, server, outcome, value) VALUES (?1, ?2, ?3, 1) \
         ON CONFLICT (name, server, outcome) DO UPDATE SET value = value + 1",
        [what.into(), server.into(), outcome.into()],
    )
    .that_may_be_lost()
}

fn written(session: &Session) -> Value {
    serde_json::to_string(session).unwrap_or_default().into()
}

fn text(row: &[Value], place: usize) -> Option<String> {
    row.get(place)?.as_text().map(str::to_owned)
}

fn number(row: &[Value], place: usize) -> Option<i64> {
    row.get(place)?.as_i64()
}

fn connection(row: &[Value]) -> Option<Connection> {
    Some(Connection {
        server: text(row, 0)?,
        candidate: Candidate { source: Source::named(&text(row, 1)?)?, url: text(row, 2)? },
        session: serde_json::from_str(&text(row, 3)?).ok()?,
        offers: serde_json::from_str(&text(row, 4)?).ok()?,
        connected: number(row, 5)?,
    })
}

fn pinned(row: &[Value], from: usize) -> Option<Pinned> {
    let tool = |place| text(row, place).and_then(|text| serde_json::from_str(&text).ok());
    Some(Pinned {
        name: text(row, from)?,
        exposed: text(row, from + 1)?,
        tool: tool(from + 2),
        held: tool(from + 3),
    })
}

fn health(row: &[Value], from: usize) -> Health {
    let mut seen = None;
    let probe = text(row, from + 6).and_then(|text| {
        let mut probe: Json = serde_json::from_str(&text).ok()?;
        seen = probe["seen"].as_str().map(str::to_owned);
        let candidate = Candidate {
            source: Source::named(probe["source"].as_str()?)?,
            url: probe["url"].as_str()?.to_owned(),
        };
        Some((candidate, serde_json::from_value(probe["session"].take()).ok()?))
    });
    Health {
        failures: number(row, from).unwrap_or_default(),
        open_until: number(row, from + 1).unwrap_or_default(),
        last_success: number(row, from + 2),
        last_error: text(row, from + 3),
        latency_ms: number(row, from + 4),
        checked: number(row, from + 5).unwrap_or_default(),
        probe,
        seen,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use platform_native::memory::World;

    use super::*;

    /// With a thousand tools that was a megabyte for each call.
    #[tokio::test]
    async fn a_call_finds_its_tool_without_reading_the_others_of_its_owner() {
        let platform = World::default().platform();
        let store = Store::open(&platform).await.unwrap();
        for (sql, wanted) in [
            (CALLABLE_AS_EXPOSED, "t USING INDEX sqlite_autoindex_mcp_tools_1 (owner=? AND exposed=?)"),
            (CALLABLE_OF_SERVER, "t USING INDEX mcp_tools_of_server (owner=? AND server=?)"),
        ] {
            let values = vec!["a".into(), "b".into(), "c".into()];
            let values = values.into_iter().take(sql.matches('?').count()).collect();
            let plan = store.rows(format!("EXPLAIN QUERY PLAN {sql}").leak(), values).await.unwrap();
            let steps: Vec<_> = plan.iter().filter_map(|row| text(row, 3)).collect();
            assert!(steps.iter().any(|step| step.contains(wanted)), "{steps:?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:?}");
        }
    }
}
