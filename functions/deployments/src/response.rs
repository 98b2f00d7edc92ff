//! What is answered.

use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, SecondsFormat};
use deployments::{
    deployment::Deployment,
    engine::EngineError,
    lifecycle::Failure,
    template::{Template, is_pinned},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use suggest::Unknown;
use web::Problem;

/// Deployments are their owner's: no cache keeps them.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// A deployment. Secrets of its configuration are masked.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Deployment)]
pub(crate) struct Shown {
    /// Its name, `mcp-<template>-<8 hexadecimal digits>`.
    deployment_name: String,
    /// The template's id.
    template_id: String,
    /// What runs it: `kubernetes`, `docker` or `mock`.
    backend: String,
    /// Whether nothing really runs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    mock: bool,
    /// The caller's own text for it.
    name: Option<String>,
    /// `deploying`, `running`, `stopped` or `failed`.
    status: &'static str,
    /// Why it failed, or what it waits for.
    reason: Option<String>,
    /// Its configuration; a secret is `********`.
    #[schema(value_type = Object)]
    configuration: Map<String, Value>,
    /// The image that it runs.
    image: String,
    /// How many of it run.
    replicas: u32,
    /// The number of its configuration: each change is a new one.
    revision: u32,
    /// The number to which a rollback goes.
    former_revision: Option<u32>,
    /// Where its MCP endpoint is, once it has run.
    endpoint: Option<String>,
    /// Whether its owner is connected to it while it runs.
    connect: bool,
    /// The server as the gateway knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
    /// When it was asked for.
    created_at: String,
    /// When it was last changed.
    updated_at: String,
}

/// A deployment as a server of the gateway.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentServer)]
pub(crate) struct Server {
    /// Its name, with which the names of its tools at /mcp begin.
    name: String,
    /// Whether it is connected, or found by those who may connect it.
    connected: bool,
    /// Why it is not yet.
    reason: Option<String>,
}

impl Server {
    fn of(deployment: &Deployment) -> Option<Self> {
        let link = &deployment.link;
        Some(Self { name: link.server.clone()?, connected: link.told.is_some(), reason: link.reason.clone() })
    }
}

impl From<&Deployment> for Shown {
    fn from(deployment: &Deployment) -> Self {
        Self {
            deployment_name: deployment.name.clone(),
            template_id: deployment.template.clone(),
            backend: deployment.backend.clone(),
            mock: deployment.backend == "mock",
            name: deployment.title.clone(),
            status: deployment.status.name(),
            reason: deployment.reason.clone(),
            configuration: deployment.revision.masked(),
            image: deployment.revision.workload.image.clone(),
            replicas: deployment.revision.replicas,
            revision: deployment.revision.number,
            former_revision: deployment.former.as_ref().map(|former| former.number),
            endpoint: deployment.endpoint.clone(),
            connect: deployment.connect,
            server: Server::of(deployment),
            created_at: time(deployment.created),
            updated_at: time(deployment.updated),
        }
    }
}

/// RFC 3339 in UTC.
fn time(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A deployment, and what was done.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentReply)]
pub(crate) struct DeploymentReply {
    /// Always true: what fails answers a problem.
    success: bool,
    /// What was done, in a sentence.
    message: String,
    /// The deployment.
    deployment: Shown,
}

fn reply(deployment: &Deployment, message: Option<&str>) -> DeploymentReply {
    let message = message.map_or_else(|| format!("It is {}.", deployment.status.name()), str::to_owned);
    DeploymentReply { success: true, message, deployment: deployment.into() }
}

pub(crate) fn accepted(deployment: &Deployment, message: &str) -> Response {
    let path = format!("/api/templates/deployments/{}", deployment.name);
    let location = HeaderValue::from_str(&path).ok().map(|path| [(header::LOCATION, path)]);
    (StatusCode::ACCEPTED, [PRIVATE], location, web::json(&reply(deployment, Some(message)))).into_response()
}

pub(crate) fn shown(deployment: &Deployment, message: Option<&str>) -> Response {
    ([PRIVATE], web::json(&reply(deployment, message))).into_response()
}

/// Deployments, newest first.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Deployments)]
pub(crate) struct DeploymentList {
    /// The deployments.
    deployments: Vec<Shown>,
    /// How many.
    count: usize,
}

pub(crate) fn list(all: &[Deployment]) -> Response {
    let list = DeploymentList { count: all.len(), deployments: all.iter().map(Into::into).collect() };
    ([PRIVATE], web::json(&list)).into_response()
}

/// What would be deployed.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentDryRun)]
pub(crate) struct DryRunReply {
    /// Always true.
    success: bool,
    /// That nothing was done.
    message: &'static str,
    /// Always true.
    dry_run: bool,
    /// A name as it would get one; another time it is another.
    deployment_name: String,
    /// What would run it.
    backend: String,
    /// What would be sent, with secrets masked.
    #[schema(value_type = Vec<Object>)]
    manifests: Vec<Value>,
}

pub(crate) fn dry_run(name: &str, backend: &str, manifests: Vec<Value>) -> Response {
    let reply = DryRunReply {
        success: true,
        message: "This is what would be sent to the engine. Nothing was done.",
        dry_run: true,
        deployment_name: name.to_owned(),
        backend: backend.to_owned(),
        manifests,
    };
    ([PRIVATE], web::json(&reply)).into_response()
}

/// A deployment's log.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentLogs)]
pub(crate) struct Logs {
    /// The deployment.
    deployment_name: String,
    /// The last lines, the oldest first.
    lines: Vec<String>,
}

pub(crate) fn logs(name: &str, text: &str) -> Response {
    let lines = text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
    ([PRIVATE], web::json(&Logs { deployment_name: name.to_owned(), lines })).into_response()
}

/// A deployment that was removed.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentDeleted)]
pub(crate) struct Deleted {
    /// Always true.
    success: bool,
    /// What was done.
    message: &'static str,
    /// Its name.
    deployment_name: String,
}

pub(crate) fn deleted(name: &str) -> Response {
    let message = "The deployment and everything of it is removed.";
    let deleted = Deleted { success: true, message, deployment_name: name.to_owned() };
    ([PRIVATE], web::json(&deleted)).into_response()
}

/// How many deployments were looked at.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DeploymentsTended)]
pub(crate) struct Tended {
    /// Deployments that are under way.
    pub(crate) looked_at: usize,
}

/// The catalogue.
#[derive(utoipa::ToSchema)]
#[schema(as = Templates)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct TemplateList {
    /// The templates, by their ids.
    templates: Vec<TemplateSchema>,
    /// How many.
    count: usize,
}

/// A template.
#[derive(utoipa::ToSchema)]
#[schema(as = Template)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct TemplateSchema {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What the server is good for.
    description: String,
    /// Who publishes the image.
    publisher: String,
    /// Where it is documented.
    homepage: String,
    /// The image.
    image: String,
    /// Whether the image is named by its digest, so that it cannot become another one.
    pinned: bool,
    /// What an operator should know.
    note: Option<String>,
    /// The port on which the server listens.
    port: u16,
    /// The path of its MCP endpoint.
    path: String,
    /// The JSON Schema of its configuration; a property that is `writeOnly` is a secret.
    #[schema(value_type = Object)]
    configuration_schema: Value,
    /// The environment variable of each property.
    #[schema(value_type = Object)]
    env_mapping: Value,
}

fn described(template: &Template) -> Value {
    let mut value = serde_json::to_value(template).unwrap_or_default();
    value["pinned"] = is_pinned(&template.image).into();
    value
}

pub(crate) fn templates(all: &[Template]) -> Response {
    let list: Vec<Value> = all.iter().map(described).collect();
    ([PRIVATE], web::json(&json!({"count": list.len(), "templates": list}))).into_response()
}

pub(crate) fn template(template: &Template) -> Response {
    ([PRIVATE], web::json(&described(template))).into_response()
}

pub(crate) fn no_template(id: &str, all: &[Template]) -> Problem {
    let known: Vec<&str> = all.iter().map(|template| template.id.as_str()).take(50).collect();
    let detail = format!("The template {}", Unknown::new(id, known.iter().copied()).listing(&known));
    Problem::new(StatusCode::NOT_FOUND, "TEMPLATE_NOT_FOUND", detail)
}

pub(crate) fn not_found() -> Problem {
    let detail = "No such deployment is yours. GET /api/templates/deployments lists your deployments.";
    Problem::new(StatusCode::NOT_FOUND, "DEPLOYMENT_NOT_FOUND", detail)
}

pub(crate) fn other_request() -> Problem {
    let detail = "This Idempotency-Key came with another request within the last 24 hours. Use a new one.";
    Problem::new(StatusCode::CONFLICT, "IDEMPOTENCY_KEY_REUSED", detail)
}

pub(crate) fn full(most: u32) -> Problem {
    let detail = format!("You have {most} deployments, which is as many as may be. Delete one.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_DEPLOYMENTS", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("60"))
}

pub(crate) fn unknown_backend() -> Problem {
    let detail = "MCP_DEPLOYMENT_BACKEND names no backend; the operator has to set kubernetes, docker or mock. A request may name one.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "BACKEND_UNKNOWN", detail)
}

/// Why nothing came of it.
pub(crate) fn failed(failure: Failure) -> Problem {
    let conflict = |code, detail: &'static str| Problem::new(StatusCode::CONFLICT, code, detail);
    match failure {
        Failure::Outside(error) | Failure::Engine { error: EngineError::Outside(error), .. } => {
            Problem::unavailable(&error)
        }
        Failure::Engine { error, leftover } => engine(&error, leftover),
        Failure::NoEngine(name) => {
            let detail =
                format!("The backend {name}, which runs this deployment, is not configured here any more.");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "BACKEND_NOT_CONFIGURED", detail)
        }
        Failure::Busy => conflict(
            "DEPLOYMENT_BUSY",
            "Somebody else is changing this deployment. Try again when that is done.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("5")),
        Failure::NoFormer => conflict(
            "NO_FORMER_REVISION",
            "There is no former revision to go back to: it was not changed yet.",
        ),
        Failure::NeverRan => conflict(
            "DEPLOYMENT_FAILED",
            "This deployment failed before it ever ran, and nothing of it is left. Delete it, and deploy it again.",
        ),
    }
}

fn engine(error: &EngineError, leftover: bool) -> Problem {
    let rest = if leftover {
        " What was begun could not be taken back yet; it is tried again every minute."
    } else {
        ""
    };
    let (code, detail) = match error {
        EngineError::Unreachable(_) => {
            ("ENGINE_UNREACHABLE", format!("The engine cannot be reached, or does not answer.{rest}"))
        }
        EngineError::Unauthorized => (
            "ENGINE_UNAUTHORIZED",
            format!(
                "The engine does not take this service's credential; the operator has to renew it.{rest}"
            ),
        ),
        EngineError::Forbidden(reason) => (
            "ENGINE_FORBIDDEN",
            format!(
                "The engine does not allow this service to do that ({reason}). For Kubernetes the operator applies deploy/kubernetes-rbac.yaml.{rest}"
            ),
        ),
        EngineError::Image(reason) => {
            ("IMAGE_UNAVAILABLE", format!("The image cannot be had: {reason}.{rest}"))
        }
        EngineError::Foreign(reason) => (
            "NAME_TAKEN",
            format!("Something of this name is there that is not of this service: {reason}.{rest}"),
        ),
        EngineError::Missing => {
            let detail = "The engine has nothing of this deployment, so there is nothing to do it to. Ask for its status.";
            return Problem::new(StatusCode::NOT_FOUND, "DEPLOYMENT_NOT_RUNNING", detail);
        }
        other => ("ENGINE_REFUSED", format!("The engine did not do it: {other}.{rest}")),
    };
    Problem::new(StatusCode::BAD_GATEWAY, code, detail).with_cause(error)
}
