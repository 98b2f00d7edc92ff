//! Which daemons there are: the built-in ones, as the operator changed them, and the operator's own.

use std::collections::BTreeMap;

use platform::{Outcome, OutsideError, Statement, Value};

use crate::{DaemonStore, Definition, definition::BUILT_IN, store::unreadable};

/// Every daemon by its name.
pub type Catalogue = BTreeMap<String, Definition>;

pub(crate) const SELECT: &str = "SELECT name, definition FROM daemon_definitions";

/// The daemons, from the rows of [`SELECT`].
pub(crate) fn read(rows: &Outcome) -> Result<Catalogue, OutsideError> {
    let mut all = Catalogue::new();
    all.extend(
        BUILT_IN.into_iter().filter_map(|(name, ..)| Some((name.to_owned(), Definition::built_in(name)?))),
    );
    for row in &rows.rows {
        let name = row.first().and_then(Value::as_text).ok_or_else(unreadable)?;
        match row.get(1).and_then(Value::as_text) {
            Some(text) => {
                let definition =
                    serde_json::from_str(text).map_err(|error| OutsideError::new("database", error))?;
                all.insert(name.to_owned(), definition);
            }
            None => drop(all.remove(name)),
        }
    }
    Ok(all)
}

impl DaemonStore<'_> {
    /// Every daemon.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn catalogue(&self) -> Result<Catalogue, OutsideError> {
        let outcomes = self.run(vec![Statement::new(SELECT, [])]).await?;
        read(outcomes.first().ok_or_else(unreadable)?)
    }

    /// Adds or changes a daemon. Those who have summoned it keep it, with the new definition from the next call on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn define(&self, name: &str, definition: &Definition) -> Result<(), OutsideError> {
        let text = serde_json::to_string(definition).map_err(|error| OutsideError::new("database", error))?;
        let insert = Statement::new(
            "INSERT INTO daemon_definitions (name, definition) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
            [name.into(), text.into()],
        );
        self.run(vec![insert]).await.map(drop)
    }

    /// Takes a daemon away, and from all who have summoned it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove(&self, name: &str) -> Result<(), OutsideError> {
        let statements = vec![
            Statement::new(
                "INSERT INTO daemon_definitions (name, definition) VALUES (?1, NULL) \
                 ON CONFLICT (name) DO UPDATE SET definition = NULL",
                [name.into()],
            ),
            Statement::new(
                "INSERT INTO daemon_records (owner, at, kind, daemon, data) \
                 SELECT owner, ?2, 'banish', name, json_object('reason', 'removed', 'invocation_count', invocations) \
                 FROM daemons WHERE name = ?1 AND session IS NOT NULL",
                [name.into(), self.now().into()],
            ),
            Statement::new(
                "UPDATE daemons SET session = NULL WHERE name = ?1 AND session IS NOT NULL",
                [name.into()],
            ),
        ];
        self.run(statements).await.map(drop)
    }
}
