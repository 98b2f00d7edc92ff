//! What is asked: a deployment, a change, the end of a log.

use std::{collections::BTreeSet, fmt::Write as _};

use axum::extract::{FromRequest, FromRequestParts, Request};
use deployments::{
    configured::{Backends, NAMES},
    deployment::Deployment,
    engine::mock::FAULTS,
    lifecycle::Engines as _,
    template::{Configured, Template},
};
use http::request::Parts;
use platform::Platform;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use suggest::Unknown;
use web::{FieldProblem, JsonObject, NoQuery, Owner, Problem, QueryPairs, idempotency_key};

/// The longest text that a caller gives a deployment.
const LONGEST_TITLE: usize = 200;
/// Lines of a log, where the caller does not say; and at most.
const LINES: (u32, u32) = (100, 5_000);

/// The members of a body, taken one by one.
struct Fields {
    object: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    fn of(object: Map<String, Value>, known: &[&str]) -> Self {
        let unknown = object.keys().filter(|name| !known.contains(&name.as_str())).take(20);
        let problems = unknown.map(|name| FieldProblem {
            pointer: pointer(name),
            detail: Unknown::new(name, known.iter().copied()).listing(known),
        });
        let problems = problems.collect();
        Self { object, problems }
    }

    fn problem(&mut self, name: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { pointer: format!("/{name}"), detail: detail.into() });
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Option<String> {
        if let Value::String(text) = self.take(name)? {
            return Some(text);
        }
        self.problem(name, "must be a text");
        None
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(on)) => on,
            Some(_) => {
                self.problem(name, "must be true or false");
                false
            }
        }
    }

    fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.take(name) {
            None => Map::new(),
            Some(Value::Object(object)) => object,
            Some(_) => {
                self.problem(name, "must be an object");
                Map::new()
            }
        }
    }

    fn one_of(&mut self, name: &str, known: &[&str]) -> Option<String> {
        let given = self.text(name)?;
        if !known.contains(&given.as_str()) {
            self.problem(name, Unknown::new(&given, known.iter().copied()).listing(known));
            return None;
        }
        Some(given)
    }

    fn replicas(&mut self, most: u32) -> Option<u32> {
        let given = self.take("replicas")?;
        let count = given
            .as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=most).contains(count));
        if count.is_none() {
            let detail = if most == 1 {
                "must be 1: this backend runs one of each deployment".to_owned()
            } else {
                format!("must be a whole number from 1 to {most}")
            };
            self.problem("replicas", detail);
        }
        count
    }
}

fn pointer(name: &str) -> String {
    let shown: String = name.chars().take(80).collect();
    format!("/{}", shown.replace('~', "~0").replace('/', "~1"))
}

/// A deployment that is asked for, checked.
pub(crate) struct DeployAsked {
    pub(crate) owner: String,
    pub(crate) template: Template,
    pub(crate) configured: Configured,
    pub(crate) backends: Backends,
    pub(crate) backend: String,
    pub(crate) title: Option<String>,
    pub(crate) replicas: u32,
    pub(crate) connect: bool,
    pub(crate) dry_run: bool,
    pub(crate) fault: Option<String>,
    pub(crate) idempotency: Option<(String, String)>,
}

impl FromRequest<Platform> for DeployAsked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Owner { owner, .. } = Owner::from_request_parts(&mut parts, platform).await?;
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let web::PathParameter(id) = web::PathParameter::from_request_parts(&mut parts, platform).await?;
        let key = idempotency_key(&parts.headers)?;
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        let backends = crate::backends(platform).await?;
        let template = crate::find_template(platform, &backends, &id).await?;
        let digest = key.is_some().then(|| digest(&id, &object, &template));
        let mut fields = Fields::of(object, &DEPLOY_FIELDS);
        let configuration = fields.object("configuration");
        let backend = fields.one_of("backend", &NAMES);
        let backend = match backend.as_deref().or(backends.chosen) {
            Some(name) => name.to_owned(),
            None => return Err(crate::response::unknown_backend()),
        };
        let most = backends.named(&backend).map_or(1, deployments::engine::Engine::most_replicas);
        let replicas = fields.replicas(most).unwrap_or(1);
        let title = fields.text("name");
        if title
            .as_ref()
            .is_some_and(|title| title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control))
        {
            fields.problem("name", format!("must be at most {LONGEST_TITLE} characters in one line"));
        }
        let known: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
        let fault = fields.one_of("fault", &known);
        if fault.is_some() && backend != "mock" {
            fields.problem("fault", "is for the backend mock only");
        }
        let (connect, dry_run) = (fields.switch("connect"), fields.switch("dry_run"));
        if connect && backends.gateway().is_none() {
            fields.problem("connect", "is not possible here: no gateway is part of this deployment");
        }
        let configured = template.configure(&configuration, &BTreeSet::new(), backends.registry.as_deref());
        let mut problems = fields.problems;
        match configured {
            Ok(configured) if problems.is_empty() => Ok(Self {
                owner,
                template,
                configured,
                backends,
                backend,
                title,
                replicas,
                connect,
                dry_run,
                fault,
                idempotency: key.zip(digest),
            }),
            Ok(_) => Err(Problem::invalid(problems)),
            Err(violations) => {
                problems.extend(in_configuration(violations));
                Err(Problem::invalid(problems))
            }
        }
    }
}

fn in_configuration(violations: Vec<deployments::template::Violation>) -> impl Iterator<Item = FieldProblem> {
    violations.into_iter().map(|violation| FieldProblem {
        pointer: format!("/configuration{}", violation.pointer),
        detail: violation.detail,
    })
}

const DEPLOY_FIELDS: [&str; 7] =
    ["configuration", "name", "backend", "dry_run", "replicas", "connect", "fault"];

/// The SHA-256 of what is asked for, without its secrets: a stored digest of a short secret could be guessed.
fn digest(id: &str, object: &Map<String, Value>, template: &Template) -> String {
    let mut object = object.clone();
    if let Some(Value::Object(configuration)) = object.get_mut("configuration") {
        *configuration = template.masked(configuration);
    }
    let text = format!("{id} {}", Value::Object(object));
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A change that is asked for.
pub(crate) struct ChangeAsked(Fields);

impl FromRequest<Platform> for ChangeAsked {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let NoQuery = NoQuery::from_request_parts(&mut parts, platform).await?;
        let JsonObject(object) = JsonObject::from_request(Request::from_parts(parts, body), platform).await?;
        Ok(Self(Fields::of(object, &["configuration", "replicas"])))
    }
}

impl ChangeAsked {
    /// What becomes of a deployment by it.
    pub(crate) fn apply(
        mut self,
        deployment: &Deployment,
        template: &Template,
        backends: &Backends,
        most: u32,
    ) -> Result<(Configured, u32), Problem> {
        let present = &deployment.revision;
        let change = self.0.object("configuration");
        let replicas = self.0.replicas(most);
        let mut problems = self.0.problems;
        if change.is_empty() && replicas.is_none() && problems.is_empty() {
            problems.push(FieldProblem {
                pointer: String::new(),
                detail: "Give configuration or replicas: what of the deployment is to be another.".to_owned(),
            });
        }
        let mut configuration = present.masked();
        for (name, value) in change {
            if value.is_null() {
                configuration.remove(&name);
            } else {
                configuration.insert(name, value);
            }
        }
        let kept: BTreeSet<String> = present.secrets.keys().cloned().collect();
        match template.configure(&configuration, &kept, backends.registry.as_deref()) {
            Ok(configured) if problems.is_empty() => Ok((configured, replicas.unwrap_or(present.replicas))),
            Ok(_) => Err(Problem::invalid(problems)),
            Err(violations) => {
                problems.extend(in_configuration(violations));
                Err(Problem::invalid(problems))
            }
        }
    }
}

/// How many lines of a log.
pub(crate) struct LinesAsked(pub(crate) u32);

impl FromRequestParts<Platform> for LinesAsked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let ([lines], mut problems) = pairs.each_once(["lines"]);
        let (usual, most) = LINES;
        let lines = match lines.map(|lines| lines.parse()) {
            None => usual,
            Some(Ok(lines)) if (1..=most).contains(&lines) => lines,
            Some(_) => {
                problems
                    .push(FieldProblem::in_query("lines", format!("is not a whole number from 1 to {most}")));
                usual
            }
        };
        if problems.is_empty() { Ok(Self(lines)) } else { Err(Problem::invalid(problems)) }
    }
}

/// A deployment that is asked for.
#[derive(utoipa::ToSchema)]
#[schema(as = DeploymentRequest)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct DeployRequest {
    /// What the template's `configuration_schema` wants.
    #[schema(value_type = Object)]
    configuration: Option<Value>,
    /// A text of your own for it, given back.
    name: Option<String>,
    /// `kubernetes`, `docker` or `mock`; the operator's choice if left out.
    backend: Option<String>,
    /// Only show what would be sent to the engine.
    dry_run: Option<bool>,
    /// How many of it run, 1 to 10; 1 if left out. A Docker host runs one.
    replicas: Option<u32>,
    /// Connect it while it runs: its tools are then tools of /mcp for you. Your key needs the scope `connect` to use them. Refused
    /// where no gateway is deployed.
    connect: Option<bool>,
    /// For the backend mock: what goes wrong, to try out what you do then. `image`, `refused`, `forbidden`, `unreachable`, `crash` or
    /// `never-ready`.
    fault: Option<String>,
}

/// A change that is asked for.
#[derive(utoipa::ToSchema)]
#[schema(as = DeploymentChange)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct ChangeRequest {
    /// The properties that are to be others; `null` takes one away. Secrets that are left out stay as they are.
    #[schema(value_type = Object)]
    configuration: Option<Value>,
    /// How many of it run.
    replicas: Option<u32>,
}
