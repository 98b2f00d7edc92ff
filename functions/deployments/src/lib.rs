//! `/api/templates`: MCP servers from templates, deployed, changed, stopped and removed. `/internal/deployments/tend`: what a
//! schedule calls where the platform has none.
//!
//! Templates, life cycle and engines are in `wasm-shared/hub/deployments`; here are the routes.

mod request;
mod response;

use std::time::Duration;

use axum::{Router, extract::State, response::Response};
use deployments::{
    configured::Backends,
    engine::Engine,
    lifecycle::{self, Asked, Deployed, Engines as _},
    link::Gateway,
    store::{Held, Store},
    template::Template,
};
use http::StatusCode;
use platform::{Application, OutsideError, Platform, schedule};
use request::{ChangeAsked, DeployAsked, LinesAsked};
use response::{Deleted, DeploymentList, DeploymentReply, Logs, Shown, TemplateList, Tended};
use web::{Admin, NoQuery, Operation, Owner, PathParameter, Problem, Routes, Scope, Verb};

/// The operations of this function. What makes an engine work costs more.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Get, "/api/templates", "list_templates", Scope::Deploy),
    Operation::new(Verb::Get, "/api/templates/{id}", "get_template", Scope::Deploy),
    Operation::new(Verb::Post, "/api/templates/deploy/{id}", "deploy_template", Scope::Deploy).costing(10),
    Operation::new(Verb::Get, "/api/templates/deployments", "list_deployments", Scope::Deploy),
    Operation::new(Verb::Get, "/api/templates/deployments/{id}", "get_deployment", Scope::Deploy),
    Operation::new(Verb::Patch, "/api/templates/deployments/{id}", "change_deployment", Scope::Deploy)
        .costing(10),
    Operation::new(Verb::Delete, "/api/templates/deployments/{id}", "remove_deployment", Scope::Deploy)
        .costing(5),
    Operation::new(
        Verb::Delete,
        "/api/templates/deployments/{id}/delete",
        "delete_deployment",
        Scope::Deploy,
    )
    .costing(5),
    Operation::new(Verb::Post, "/api/templates/deployments/{id}/stop", "stop_deployment", Scope::Deploy)
        .costing(5),
    Operation::new(Verb::Post, "/api/templates/deployments/{id}/start", "start_deployment", Scope::Deploy)
        .costing(5),
    Operation::new(
        Verb::Post,
        "/api/templates/deployments/{id}/rollback",
        "roll_back_deployment",
        Scope::Deploy,
    )
    .costing(5),
    Operation::new(Verb::Get, "/api/templates/deployments/{id}/logs", "get_deployment_logs", Scope::Deploy),
    Operation::new(Verb::Post, "/internal/deployments/tend", "tend_deployments", Scope::Admin),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("list_templates", templates)
        .handle("get_template", template)
        .handle("deploy_template", deploy)
        .handle("list_deployments", list)
        .handle("get_deployment", show)
        .handle("change_deployment", change)
        .handle("remove_deployment", remove)
        .handle("delete_deployment", remove)
        .handle("stop_deployment", stop)
        .handle("start_deployment", start)
        .handle("roll_back_deployment", roll_back)
        .handle("get_deployment_logs", logs)
        .handle("tend_deployments", tend_now)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Database, HttpClient];
    const JOBS: &'static [schedule::Job] =
        &[schedule::Job::every("deployments", Duration::from_mins(1), |platform| Box::pin(tend(platform)))];

    fn routes() -> Router<Platform> {
        routes()
    }
}

async fn tend(platform: Platform) -> Result<(), String> {
    tended(&platform).await.map(drop).map_err(|error| error.to_string())
}

async fn tended(platform: &Platform) -> Result<usize, OutsideError> {
    let backends = Backends::read(platform, GATEWAY).await?;
    lifecycle::tend(platform, &backends, backends.limits).await
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: OutsideError) -> Problem {
    Problem::unavailable(&error)
}

/// What connects deployed servers, where the group of it is deployed too.
#[cfg(feature = "gateway")]
const GATEWAY: Option<&'static dyn Gateway> = Some(&hosting::connecting::ThisGateway);
#[cfg(not(feature = "gateway"))]
const GATEWAY: Option<&'static dyn Gateway> = None;

/// The engine of this name.
fn engine<'a>(backends: &'a Backends, name: &str) -> Result<&'a dyn Engine, Problem> {
    backends.named(name).ok_or_else(|| {
        let setting = if name == "kubernetes" { "KUBERNETES_CLUSTER_ENDPOINT" } else { "DOCKER_ENGINE_URL" };
        let detail = format!("The backend {name} is not configured here: the operator has to set {setting}.");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "BACKEND_NOT_CONFIGURED", detail)
    })
}

async fn find_template(platform: &Platform, backends: &Backends, id: &str) -> Result<Template, Problem> {
    let mut templates = backends.templates(platform).await.map_err(unavailable)?;
    match templates.iter().position(|template| template.id == id) {
        Some(found) => Ok(templates.swap_remove(found)),
        None => Err(response::no_template(id, &templates)),
    }
}

async fn find(platform: &Platform, owner: &str, name: &str) -> Result<Held, Problem> {
    let store = Store::open(platform).await.map_err(unavailable)?;
    store.find(name, owner).await.map_err(unavailable)?.ok_or_else(response::not_found)
}

async fn backends(platform: &Platform) -> Result<Backends, Problem> {
    Backends::read(platform, GATEWAY).await.map_err(unavailable)
}

/// The templates that can be deployed.
#[utoipa::path(
    get, path = "/api/templates", operation_id = "list_templates", tag = "deployments", security(("key" = [])),
    responses((status = 200, description = "The catalogue.", body = TemplateList),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `deploy`.", body = Problem),
              (status = 503, description = "A store did not answer.", body = Problem)),
)]
async fn templates(_: Owner, State(platform): State<Platform>, _: NoQuery) -> Result<Response, Problem> {
    let backends = backends(&platform).await?;
    Ok(response::templates(&backends.templates(&platform).await.map_err(unavailable)?))
}

/// One template, with the JSON Schema of its configuration.
#[utoipa::path(
    get, path = "/api/templates/{id}", operation_id = "get_template", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The template's id.")),
    responses((status = 200, description = "The template.", body = response::TemplateSchema),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such template.", body = Problem)),
)]
async fn template(
    _: Owner,
    State(platform): State<Platform>,
    PathParameter(id): PathParameter,
) -> Result<Response, Problem> {
    let backends = backends(&platform).await?;
    Ok(response::template(&find_template(&platform, &backends, &id).await?))
}

/// Deploy a template.
///
/// The answer comes when the engine has taken the order (a Docker host downloads the image before). The same `Idempotency-Key` gives
/// the same deployment for 24 hours. With `dry_run` the answer is 200, with what would be sent to the engine.
#[utoipa::path(
    post, path = "/api/templates/deploy/{id}", operation_id = "deploy_template", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The template's id."),
           ("Idempotency-Key" = Option<String>, Header, description = "Of your own making: the same one gives the same deployment for 24 hours.")),
    request_body(content = request::DeployRequest),
    responses((status = 202, description = "It is being deployed.", body = DeploymentReply),
              (status = 200, description = "What would be deployed (`dry_run`).", body = response::DryRunReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `deploy`.", body = Problem),
              (status = 404, description = "No such template.", body = Problem),
              (status = 409, description = "The idempotency key came with another request.", body = Problem),
              (status = 429, description = "You have as many deployments as may be.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached. Nothing is left of what it made.", body = Problem),
              (status = 503, description = "The backend is not configured, or a store did not answer.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn deploy(State(platform): State<Platform>, asked: DeployAsked) -> Result<Response, Problem> {
    let backends = &asked.backends;
    let engine = engine(backends, &asked.backend)?;
    let wanted = Asked {
        owner: &asked.owner,
        title: asked.title.clone(),
        template: &asked.template.id,
        configured: &asked.configured,
        replicas: asked.replicas,
        connect: asked.connect,
        server: None,
        fault: asked.fault.clone(),
        idempotency: asked.idempotency.as_ref().map(|(key, digest)| (key.as_str(), digest.as_str())),
    };
    if asked.dry_run {
        let (name, manifests) = lifecycle::dry_run(&platform, engine, &wanted).map_err(unavailable)?;
        return Ok(response::dry_run(&name, engine.name(), manifests));
    }
    // What makes others work has more time than what a reader waits for.
    let platform = platform.patient();
    match lifecycle::deploy(&platform, engine, &wanted, backends.limits).await.map_err(response::failed)? {
        Deployed::New(deployment) => {
            Ok(response::accepted(&deployment, "The deployment was begun. Ask for it to see when it runs."))
        }
        Deployed::Same(name) => {
            let held = find(&platform, &asked.owner, &name).await?;
            Ok(response::accepted(
                &held.deployment,
                "This Idempotency-Key stands for this deployment already.",
            ))
        }
        Deployed::OtherRequest => Err(response::other_request()),
        Deployed::Full => Err(response::full(backends.limits.most)),
    }
}

/// Your deployments, newest first, as the engines see them now.
#[utoipa::path(
    get, path = "/api/templates/deployments", operation_id = "list_deployments", tag = "deployments", security(("key" = [])),
    responses((status = 200, description = "The deployments.", body = DeploymentList),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `deploy`.", body = Problem)),
)]
async fn list(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    _: NoQuery,
) -> Result<Response, Problem> {
    let backends = backends(&platform).await?;
    let all = lifecycle::list(&platform, &backends, &owner, backends.limits).await.map_err(unavailable)?;
    Ok(response::list(&all))
}

/// One deployment, as its engine sees it now.
#[utoipa::path(
    get, path = "/api/templates/deployments/{id}", operation_id = "get_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 200, description = "The deployment.", body = DeploymentReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem)),
)]
async fn show(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let now = lifecycle::refresh(&platform, &backends, held, backends.limits).await.map_err(unavailable)?;
    now.map(|deployment| response::shown(&deployment, None)).ok_or_else(response::not_found)
}

/// Change a deployment's configuration, or how many of it run. What is left out stays as it is, secrets too; `null` takes away.
#[utoipa::path(
    patch, path = "/api/templates/deployments/{id}", operation_id = "change_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    request_body(content = request::ChangeRequest),
    responses((status = 202, description = "It is being changed.", body = DeploymentReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem),
              (status = 409, description = "It is being changed already, or never ran.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached. It runs as before.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn change(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
    body: ChangeAsked,
) -> Result<Response, Problem> {
    let platform = platform.patient();
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let template = find_template(&platform, &backends, &held.deployment.template).await?;
    let most = engine(&backends, &held.deployment.backend)?.most_replicas();
    let (configured, replicas) = body.apply(&held.deployment, &template, &backends, most)?;
    let changed = lifecycle::change(&platform, &backends, held, &configured, replicas, backends.limits).await;
    let deployment = changed.map_err(response::failed)?;
    Ok(response::accepted(
        &deployment,
        "The change was begun. The former revision answers until the new one is ready.",
    ))
}

/// Stop a deployment. It keeps its name, configuration and secrets.
#[utoipa::path(
    post, path = "/api/templates/deployments/{id}/stop", operation_id = "stop_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 200, description = "It is stopped.", body = DeploymentReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem),
              (status = 409, description = "It is being changed, or never ran.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached.", body = Problem)),
)]
async fn stop(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    // What changes something has more time than what a reader waits for, from the start on: many may do so at once.
    let platform = platform.patient();
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let deployment = lifecycle::stop(&platform, &backends, held).await.map_err(response::failed)?;
    Ok(response::shown(&deployment, Some("It is stopped.")))
}

/// Start a deployment that was stopped.
#[utoipa::path(
    post, path = "/api/templates/deployments/{id}/start", operation_id = "start_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 202, description = "It is being started.", body = DeploymentReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem),
              (status = 409, description = "It is being changed, or never ran.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached.", body = Problem)),
)]
async fn start(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let platform = platform.patient();
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let started = lifecycle::start(&platform, &backends, held, backends.limits).await;
    Ok(response::accepted(&started.map_err(response::failed)?, "It is being started."))
}

/// Go back to the former revision; once more goes forward again.
#[utoipa::path(
    post, path = "/api/templates/deployments/{id}/rollback", operation_id = "roll_back_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 202, description = "The former revision is being started.", body = DeploymentReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem),
              (status = 409, description = "There is no former revision, or it is being changed.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached.", body = Problem)),
)]
async fn roll_back(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let platform = platform.patient();
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let back = lifecycle::roll_back(&platform, &backends, held, backends.limits).await;
    Ok(response::accepted(&back.map_err(response::failed)?, "The former revision is being started."))
}

/// The end of a deployment's log, without its secrets.
#[utoipa::path(
    get, path = "/api/templates/deployments/{id}/logs", operation_id = "get_deployment_logs", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name."),
           ("lines" = Option<u32>, Query, description = "Lines, 1 to 5,000; 100 if left out.")),
    responses((status = 200, description = "The log.", body = Logs),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner, or it runs nowhere.", body = Problem),
              (status = 422, description = "A parameter is not possible.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached.", body = Problem)),
)]
async fn logs(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
    LinesAsked(lines): LinesAsked,
) -> Result<Response, Problem> {
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    let engine = engine(&backends, &held.deployment.backend)?;
    let text = engine.logs(&held.deployment, lines).await.map_err(|error| response::failed(error.into()))?;
    Ok(response::logs(&held.deployment.name, &text))
}

/// Remove a deployment and everything of it from its engine.
#[utoipa::path(
    delete, path = "/api/templates/deployments/{id}", operation_id = "remove_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 200, description = "It is removed.", body = Deleted),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem),
              (status = 409, description = "It is being changed.", body = Problem),
              (status = 502, description = "The engine refused, or cannot be reached; it is tried again every minute.", body = Problem)),
)]
async fn remove(
    Owner { owner, .. }: Owner,
    State(platform): State<Platform>,
    PathParameter(name): PathParameter,
) -> Result<Response, Problem> {
    let platform = platform.patient();
    let held = find(&platform, &owner, &name).await?;
    let backends = backends(&platform).await?;
    lifecycle::remove(&platform, &backends, held).await.map_err(response::failed)?;
    Ok(response::deleted(&name))
}

/// The same as `DELETE /api/templates/deployments/{id}`.
#[utoipa::path(
    delete, path = "/api/templates/deployments/{id}/delete", operation_id = "delete_deployment", tag = "deployments", security(("key" = [])),
    params(("id" = String, Path, description = "The deployment's name.")),
    responses((status = 200, description = "It is removed.", body = Deleted),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 404, description = "No such deployment of this owner.", body = Problem)),
)]
#[allow(dead_code, reason = "only its description is used")]
fn delete_deployment() {}

/// Look after the deployments that are under way: for a schedule, where the platform has none.
#[utoipa::path(
    post, path = "/internal/deployments/tend", operation_id = "tend_deployments", tag = "operation",
    responses((status = 200, description = "How many were looked at.", body = Tended)),
)]
async fn tend_now(_: Admin, State(platform): State<Platform>) -> Result<Response, Problem> {
    let looked_at = tended(&platform.patient()).await.map_err(unavailable)?;
    Ok(web::json(&Tended { looked_at }))
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;

    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            templates,
            template,
            deploy,
            list,
            show,
            change,
            stop,
            start,
            roll_back,
            logs,
            remove,
            delete_deployment,
            tend_now
        ),
        components(schemas(Shown))
    )]
    struct Part;

    web::openapi::described(Part::openapi(), OPERATIONS)
}
