//! Where a server may be, and in which order its places are tried.

use serde::{Deserialize, Serialize};

use crate::definition::Definition;

/// Who says where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The operator, by a URL.
    External,
    /// The server itself, by a heartbeat.
    User,
    /// A bundled configuration.
    Project,
    /// A container engine, by a label.
    Docker,
    /// A deployment of this service's.
    Hosted,
}

impl Source {
    /// The order in which they are tried.
    pub const ORDER: [Self; 5] = [Self::External, Self::User, Self::Project, Self::Docker, Self::Hosted];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::User => "user",
            Self::Project => "project",
            Self::Docker => "docker",
            Self::Hosted => "hosted",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ORDER.into_iter().find(|source| source.name() == name)
    }
}

/// A place where a server may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who says so.
    pub source: Source,
    /// Its address.
    pub url: String,
}

/// What was tried, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// Who said that the server is there.
    pub source: Source,
    /// Where; nothing where the source knows no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `chosen`, `failed`, or `nothing` where the source knows no address.
    pub outcome: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How long it took, in milliseconds.
    pub latency_ms: i64,
}

/// The places of a server in the order in which they are tried, and the sources that know none, each with the reason.
#[must_use]
pub fn plan(
    definition: &Definition,
    announced: &[String],
    bundled: &[String],
    hosted: &[String],
) -> Vec<Result<Candidate, (Source, &'static str)>> {
    let order = definition.priority_order.as_deref().unwrap_or(&Source::ORDER);
    let mut plan = Vec::new();
    for (place, &source) in order.iter().enumerate() {
        if order[..place].contains(&source) {
            continue;
        }
        let urls: Vec<String> = match source {
            Source::External => definition.urls().map(str::to_owned).collect(),
            Source::User => announced.to_vec(),
            Source::Project => bundled.to_vec(),
            Source::Docker => Vec::new(),
            Source::Hosted => hosted.to_vec(),
        };
        if urls.is_empty() {
            let why = match source {
                Source::External => "no URL is configured",
                Source::User => "no heartbeat is in force",
                Source::Project => "the bundled configuration does not have it",
                Source::Docker => "no container engine is asked by this deployment",
                Source::Hosted => "no deployment of this service runs it",
            };
            plan.push(Err((source, why)));
        }
        plan.extend(urls.into_iter().map(|url| Ok(Candidate { source, url })));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(plan: &[Result<Candidate, (Source, &str)>]) -> Vec<String> {
        let name = |one: &Result<Candidate, (Source, &str)>| match one {
            Ok(candidate) => format!("{} {}", candidate.source.name(), candidate.url),
            Err((source, _)) => format!("{} -", source.name()),
        };
        plan.iter().map(name).collect()
    }

    #[test]
    fn places_are_tried_in_the_documented_order() {
        let definition = Definition {
            url: Some("https://a.example".to_owned()),
            candidates: vec!["https://b.example".to_owned()],
            ..Definition::default()
        };
        let plan =
            plan(&definition, &["https://c.example".to_owned()], &[], &["https://d.example".to_owned()]);
        assert_eq!(
            sources(&plan),
            [
                "external https://a.example",
                "external https://b.example",
                "user https://c.example",
                "project -",
                "docker -",
                "hosted https://d.example"
            ]
        );
    }

    #[test]
    fn a_servers_own_order_decides_and_names_no_place_twice() {
        let order = vec![Source::User, Source::External, Source::User];
        let definition = Definition {
            url: Some("https://a.example".to_owned()),
            priority_order: Some(order),
            ..Definition::default()
        };
        let plan = plan(&definition, &["https://c.example".to_owned()], &[], &[]);
        assert_eq!(sources(&plan), ["user https://c.example", "external https://a.example"]);
    }
}
