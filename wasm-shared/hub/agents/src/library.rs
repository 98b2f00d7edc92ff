//! Where a document is: in the layers `user`, `project`, `default` and `registry`, of which the first that has it counts.

use std::collections::BTreeMap;

use platform::{Outcome, OutsideError, Platform, Statement, Value};
use serde::Serialize;

use crate::document::{self, Heading, Kind};

pub(crate) const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_agents.sql")];
/// Documents of a layer: of an owner's own, and of the operator's.
const MOST: i64 = 200;
/// Words of a search.
const MOST_WORDS: usize = 8;

/// Who says a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Its owner, for itself.
    User,
    /// The operator, for everybody, in the place of a bundled one.
    Project,
    /// This service.
    Default,
    /// The operator, for everybody, where nobody else says it. The text is in the archive.
    Registry,
}

impl Layer {
    /// Every layer, the one that counts first at the front.
    pub const ALL: [Self; 4] = [Self::User, Self::Project, Self::Default, Self::Registry];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
            Self::Default => "default",
            Self::Registry => "registry",
        }
    }

    /// The layer of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// Whose row it is: only what is for oneself has an owner.
    fn owner(self, owner: &str) -> &str {
        if self == Self::User { owner } else { "" }
    }
}

/// The documents that come with this service.
const BUNDLED: [(Kind, &str, &str); 7] = [
    (Kind::Agents, "analyst", include_str!("../bundled/agents/analyst.md")),
    (Kind::Agents, "reviewer", include_str!("../bundled/agents/reviewer.yaml")),
    (Kind::Standards, "figures", include_str!("../bundled/standards/figures.md")),
    (Kind::Commands, "network-outlook", include_str!("../bundled/commands/network-outlook.md")),
    (Kind::Commands, "provider-return", include_str!("../bundled/commands/provider-return.md")),
    (Kind::Commands, "what-changed", include_str!("../bundled/commands/what-changed.md")),
    (Kind::Scripts, "forecast-to-csv", include_str!("../bundled/scripts/forecast-to-csv.sh")),
];

/// The document that comes with this service, if there is one.
#[must_use]
pub fn bundled(kind: Kind, id: &str) -> Option<&'static str> {
    BUNDLED.iter().find(|(of, name, _)| *of == kind && *name == id).map(|(_, _, text)| *text)
}

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who says it.
    pub layer: Layer,
    /// The text.
    pub text: String,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub heading: Heading,
    /// Who says it.
    pub layer: Layer,
    /// Who says something else, which does not count.
    pub overrides: Vec<Layer>,
}

/// Whether a document was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is a new one.
    Created,
    /// It took the place of one.
    Replaced,
    /// There are as many as there may be: this many.
    Full(i64),
}

/// The documents.
#[derive(Clone, Copy)]
pub struct Library<'a>(&'a Platform);

impl<'a> Library<'a> {
    /// Opens the library, and makes its tables where they are not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        platform::migrate(platform, "agents", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// The document of this id that counts for an owner.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn find(&self, owner: &str, kind: Kind, id: &str) -> Result<Option<Found>, OutsideError> {
        let sql = "SELECT layer, text FROM documents WHERE kind = ?1 AND id = ?2 AND owner IN ('', ?3)";
        let rows = self.rows(sql, vec![kind.name().into(), id.into(), owner.into()]).await?;
        let mut found: BTreeMap<Layer, Option<String>> = BTreeMap::new();
        found.extend(
            rows.iter()
                .filter_map(|row| Some((Layer::named(text(row, 0)?)?, text(row, 1).map(str::to_owned)))),
        );
        found.extend(bundled(kind, id).map(|text| (Layer::Default, Some(text.to_owned()))));
        let Some((layer, text)) = found.into_iter().next() else { return Ok(None) };
        let text = match text {
            Some(text) => Some(text),
            None => self.archived(kind, id).await?,
        };
        Ok(text.map(|text| Found { layer, text }))
    }

    /// The document of this id in one layer.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn of_layer(
        &self,
        layer: Layer,
        owner: &str,
        kind: Kind,
        id: &str,
    ) -> Result<Option<String>, OutsideError> {
        let sql = "SELECT text FROM documents WHERE kind = ?1 AND id = ?2 AND layer = ?3 AND owner = ?4";
        let values = vec![kind.name().into(), id.into(), layer.name().into(), layer.owner(owner).into()];
        match self.rows(sql, values).await?.first() {
            None => Ok(None),
            Some(row) => match text(row, 0) {
                Some(text) => Ok(Some(text.to_owned())),
                None => self.archived(kind, id).await,
            },
        }
    }

    async fn archived(&self, kind: Kind, id: &str) -> Result<Option<String>, OutsideError> {
        let bytes = self.0.archive().get(&key(kind, id)).await?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Everything of a kind that there is for an owner, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, owner: &str, kind: Kind) -> Result<Vec<Listed>, OutsideError> {
        Ok(self.matching(owner, kind, &[]).await?.into_iter().map(|(listed, _)| listed).collect())
    }

    /// What has all words of a query in its heading or text; those first that have more of them in the heading.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search(&self, owner: &str, kind: Kind, query: &str) -> Result<Vec<Listed>, OutsideError> {
        let words: Vec<String> =
            query.to_lowercase().split_whitespace().take(MOST_WORDS).map(str::to_owned).collect();
        let mut found: Vec<(usize, Listed)> = Vec::new();
        for (listed, in_text) in self.matching(owner, kind, &words).await? {
            let Heading { name, description, category } = &listed.heading;
            let heading = format!("{} {name} {description} {category}", listed.id).to_lowercase();
            let in_heading: Vec<bool> = words.iter().map(|word| heading.contains(word.as_str())).collect();
            if in_heading.iter().zip(&in_text).all(|(heading, text)| *heading || *text) {
                found.push((in_heading.iter().filter(|is| !**is).count(), listed));
            }
        }
        found.sort_by(|one, other| (one.0, &one.1.id).cmp(&(other.0, &other.1.id)));
        Ok(found.into_iter().map(|(_, listed)| listed).collect())
    }

    /// Everything of a kind, each with whether its text has each of the words. Texts in the archive are not looked into.
    async fn matching(
        &self,
        owner: &str,
        kind: Kind,
        words: &[String],
    ) -> Result<Vec<(Listed, Vec<bool>)>, OutsideError> {
        let sql = "SELECT id, layer, name, description, category, \
             (SELECT json_group_array(instr(lower(coalesce(documents.text, '')), word.value) > 0) FROM json_each(?3) AS word) \
             FROM documents WHERE kind = ?1 AND owner IN ('', ?2)";
        let listed = serde_json::to_string(words).unwrap_or_default();
        let mut all: BTreeMap<(String, Layer), (Heading, Vec<bool>)> = BTreeMap::new();
        for row in self.rows(sql, vec![kind.name().into(), owner.into(), listed.into()]).await? {
            let word = |place| text(&row, place).unwrap_or_default().to_owned();
            let Some(layer) = text(&row, 1).and_then(Layer::named) else { continue };
            let hits: Vec<u8> = serde_json::from_str(&word(5)).unwrap_or_default();
            let heading = Heading { name: word(2), description: word(3), category: word(4) };
            all.insert((word(0), layer), (heading, hits.into_iter().map(|hit| hit > 0).collect()));
        }
        for (_, id, text) in BUNDLED.iter().filter(|(of, ..)| *of == kind) {
            let lower = text.to_lowercase();
            let hits = words.iter().map(|word| lower.contains(word.as_str())).collect();
            all.insert(((*id).to_owned(), Layer::Default), (heading_of(kind, id, text), hits));
        }
        let mut found: Vec<(Listed, Vec<bool>)> = Vec::new();
        for ((id, layer), (heading, hits)) in all {
            match found.last_mut().filter(|(last, _)| last.id == id) {
                Some((last, _)) => last.overrides.push(layer),
                None => found.push((Listed { id, heading, layer, overrides: Vec::new() }, hits)),
            }
        }
        Ok(found)
    }

    /// Stores a document in a layer.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn put(
        &self,
        layer: Layer,
        owner: &str,
        kind: Kind,
        id: &str,
        text: &str,
        heading: Heading,
    ) -> Result<Put, OutsideError> {
        let owner = layer.owner(owner);
        let key_of =
            || -> Vec<Value> { vec![kind.name().into(), id.into(), layer.name().into(), owner.into()] };
        let mut stored: Value = text.into();
        if layer == Layer::Registry {
            self.0.archive().put(&key(kind, id), text.as_bytes()).await?;
            stored = Value::Null;
        }
        let now = self.0.clock().now().timestamp_millis();
        let mut values = key_of();
        values.extend([
            stored,
            heading.name.into(),
            heading.description.into(),
            heading.category.into(),
            now.into(),
            MOST.into(),
        ]);
        let outcomes = self
            .run(vec![
                Statement::new("SELECT 1 FROM documents WHERE kind = ?1 AND id = ?2 AND layer = ?3 AND owner = ?4", key_of()),
                Statement::new(
                    "INSERT INTO documents (kind, id, layer, owner, text, name, description, category, changed) \
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ?10 > (SELECT count(*) FROM documents \
                     WHERE layer = ?3 AND owner = ?4 AND NOT (kind = ?1 AND id = ?2)) \
                     ON CONFLICT (kind, id, layer, owner) DO UPDATE SET text = ?5, name = ?6, description = ?7, category = ?8, changed = ?9",
                    values,
                ),
            ])
            .await?;
        let [before, after] = outcomes.as_slice() else { return Ok(Put::Full(MOST)) };
        Ok(match (after.changes > 0, before.rows.is_empty()) {
            (false, _) => Put::Full(MOST),
            (true, true) => Put::Created,
            (true, false) => Put::Replaced,
        })
    }

    /// Removes a document from a layer; whether there was one.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn delete(
        &self,
        layer: Layer,
        owner: &str,
        kind: Kind,
        id: &str,
    ) -> Result<bool, OutsideError> {
        let sql = "DELETE FROM documents WHERE kind = ?1 AND id = ?2 AND layer = ?3 AND owner = ?4";
        let values = vec![kind.name().into(), id.into(), layer.name().into(), layer.owner(owner).into()];
        let outcomes = self.run(vec![Statement::new(sql, values)]).await?;
        if layer == Layer::Registry {
            self.0.archive().delete(&key(kind, id)).await?;
        }
        Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, OutsideError> {
        self.0.database().run(statements).await
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Vec<Value>>, OutsideError> {
        let outcomes = self.run(vec![Statement::new(sql, values)]).await?;
        Ok(outcomes.into_iter().next().map(|outcome| outcome.rows).unwrap_or_default())
    }
}

/// What a text says of itself. An agent may be YAML throughout, where it is said without front matter.
#[must_use]
pub fn heading_of(kind: Kind, id: &str, text: &str) -> Heading {
    let heading = document::heading(id, text).unwrap_or_default();
    match crate::definition::Agent::read(id, text) {
        Ok(agent) if kind == Kind::Agents => {
            Heading { name: agent.name, description: agent.description, ..heading }
        }
        _ => heading,
    }
}

fn key(kind: Kind, id: &str) -> String {
    format!("catalogues/{}/{id}", kind.name())
}

fn text(row: &[Value], place: usize) -> Option<&str> {
    row.get(place)?.as_text()
}
