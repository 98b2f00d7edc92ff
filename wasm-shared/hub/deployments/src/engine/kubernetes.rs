//! Kubernetes by its REST API: server-side apply, readiness computed from what the API server says, deletion by label.
//!
//! A deployment is a `Deployment`, a `Service` and perhaps an `Ingress` of its name, and for each of its two revisions a `ConfigMap`
//! and a `Secret` that never change. Pods name the revision's, so another revision is a rollout, and going back needs no secret.

use std::collections::BTreeMap;

use ::http::{Method, StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use platform::Platform;
use serde_json::{Map, Value, json};

use super::{
    Engine, EngineError, INSTANCE, MANAGED_BY, MANAGER, OWNER, REVISION, Reply, TEMPLATE, Wish,
    http::{Answered, Api, query},
    revision_name,
};
use crate::{
    deployment::{Deployment, MOST_REPLICAS, Observation, OwnerTag, Revision},
    template::{MASK, Secrets, Workload},
};

/// What a patch by server-side apply is declared as; JSON is YAML.
const APPLY: &str = "application/apply-patch+yaml";
/// The container's name in its pod.
const CONTAINER: &str = "server";
/// The port's name.
const PORT: &str = "mcp";
/// The most bytes of a log that are read.
const LOG_BYTES: &str = "1000000";
/// Objects of a list; an owner has fewer deployments.
const PAGE: &str = "500";
/// Reasons why a container waits that waiting does not mend.
const HOPELESS: [&str; 3] = ["InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"];

/// A cluster.
pub struct Kubernetes {
    api: Api,
    namespace: String,
    per_owner: bool,
    ingress_host: Option<String>,
    patience_seconds: u64,
}

/// How a cluster is reached, and where in it deployments go.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API server's address.
    pub endpoint: String,
    /// The service account's token.
    pub token: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// Whether each owner has a namespace of its own, whose name begins with that one.
    pub per_owner: bool,
    /// The domain below which each deployment has a host name.
    pub ingress_host: Option<String>,
    /// How long a rollout may take, in seconds.
    pub patience_seconds: u64,
}

/// A kind of object: where its collection is in the API.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    version: &'static str,
    root: &'static str,
    plural: &'static str,
}

const CONFIG_MAP: Kind = Kind { name: "ConfigMap", version: "v1", root: "/api/v1", plural: "configmaps" };
const SECRET: Kind = Kind { name: "Secret", version: "v1", root: "/api/v1", plural: "secrets" };
const SERVICE: Kind = Kind { name: "Service", version: "v1", root: "/api/v1", plural: "services" };
const DEPLOYMENT: Kind =
    Kind { name: "Deployment", version: "apps/v1", root: "/apis/apps/v1", plural: "deployments" };
const INGRESS: Kind = Kind {
    name: "Ingress",
    version: "networking.k8s.io/v1",
    root: "/apis/networking.k8s.io/v1",
    plural: "ingresses",
};

impl Kubernetes {
    /// The cluster that the settings name.
    #[must_use]
    pub fn new(platform: &Platform, settings: Settings) -> Self {
        let base = settings.endpoint.trim_end_matches('/').to_owned();
        let api = Api { platform: platform.clone(), base, token: settings.token };
        Self {
            api,
            namespace: settings.namespace,
            per_owner: settings.per_owner,
            ingress_host: settings.ingress_host,
            patience_seconds: settings.patience_seconds,
        }
    }

    fn namespace(&self, owner: &OwnerTag) -> String {
        if self.per_owner {
            format!("{}-{}", self.namespace, &owner.to_string()[..12])
        } else {
            self.namespace.clone()
        }
    }

    fn collection(&self, kind: Kind, owner: &OwnerTag) -> String {
        format!("{}/namespaces/{}/{}", kind.root, self.namespace(owner), kind.plural)
    }

    fn path(&self, kind: Kind, deployment: &Deployment, name: &str) -> String {
        format!("{}/{name}", self.collection(kind, &OwnerTag::of(&deployment.owner)))
    }

    /// The objects of a wish, each with the path that it has.
    fn objects(&self, wish: &Wish<'_>, secrets: Option<&Secrets>) -> Vec<(String, Value)> {
        let Wish { deployment, revision, .. } = *wish;
        let owner = OwnerTag::of(&deployment.owner);
        let mut objects = Vec::new();
        if self.per_owner && wish.fresh.is_some() {
            let name = self.namespace(&owner);
            let object = json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name, "labels": {MANAGED_BY: MANAGER, OWNER: owner.to_string()}},
            });
            objects.push((format!("/api/v1/namespaces/{name}"), object));
        }
        let mut add = |kind: Kind, name: &str, rest: Value| {
            let mut object = json!({
                "apiVersion": kind.version, "kind": kind.name,
                "metadata": {"name": name, "namespace": self.namespace(&owner), "labels": labels(deployment, revision)},
            });
            if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
                object.extend(rest);
            }
            objects.push((self.path(kind, deployment, name), object));
        };
        let of_revision = revision_name(deployment, revision.number);
        if wish.fresh.is_some() {
            add(CONFIG_MAP, &of_revision, json!({"data": revision.workload.env, "immutable": true}));
            if !revision.workload.secret_env.is_empty() {
                let encoded = |name: &String| {
                    let value =
                        secrets.map_or(MASK, |secrets| secrets.0.get(name).map_or("", String::as_str));
                    let value =
                        if secrets.is_some() { BASE64_STANDARD.encode(value) } else { value.to_owned() };
                    (name.clone(), Value::from(value))
                };
                let data: Map<String, Value> = revision.workload.secret_env.iter().map(encoded).collect();
                add(SECRET, &of_revision, json!({"type": "Opaque", "data": data, "immutable": true}));
            }
        }
        let name = &deployment.name;
        let port = revision.workload.port;
        let has_another_port = deployment.former.as_ref().is_some_and(|former| former.workload.port != port);
        let is_first = wish.fresh.as_ref().is_some_and(|fresh| fresh.from.is_none());
        if is_first || has_another_port {
            add(SERVICE, name, service(deployment, &revision.workload));
        }
        // The domain may be another one by now.
        if let Some(host) = self.ingress_host.as_ref().filter(|_| wish.fresh.is_some() || has_another_port) {
            add(INGRESS, name, ingress(deployment, &revision.workload, host));
        }
        // The last: its pods need the others.
        add(DEPLOYMENT, name, self.deployment(wish));
        objects
    }

    fn deployment(&self, wish: &Wish<'_>) -> Value {
        let Wish { deployment, revision, replicas, .. } = *wish;
        let workload = &revision.workload;
        let name = revision_name(deployment, revision.number);
        let mut sources = vec![json!({"configMapRef": {"name": name}})];
        if !workload.secret_env.is_empty() {
            sources.push(json!({"secretRef": {"name": name}}));
        }
        let resources = &workload.resources;
        let mut container = json!({
            "name": CONTAINER,
            "image": workload.image,
            "envFrom": sources,
            "ports": [{"name": PORT, "containerPort": workload.port, "protocol": "TCP"}],
            "resources": {
                "requests": {"cpu": format!("{}m", resources.cpu_millis), "memory": format!("{}Mi", resources.memory_mib)},
                "limits": {"cpu": format!("{}m", resources.cpu_millis_limit), "memory": format!("{}Mi", resources.memory_mib_limit)},
            },
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": !workload.writable,
                "capabilities": {"drop": ["ALL"]},
            },
            "readinessProbe": probe(workload.ready.as_ref().or(workload.health.as_ref()), 5, 3),
            "livenessProbe": probe(workload.health.as_ref(), 20, 6),
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        });
        for (field, words) in [("command", &workload.command), ("args", &workload.args)] {
            if !words.is_empty() {
                container[field] = json!(words);
            }
        }
        json!({"spec": {
            "replicas": replicas,
            "revisionHistoryLimit": 1,
            "progressDeadlineSeconds": self.patience_seconds,
            "selector": {"matchLabels": {INSTANCE: deployment.name}},
            // The former one answers until the new one is ready.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": labels(deployment, revision)},
                "spec": {
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 15,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": workload.user,
                        "runAsGroup": workload.user,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [container],
                    "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}],
                },
            },
        }})
    }

    /// The address of a deployment: of its ingress, else within the cluster.
    fn endpoint(&self, deployment: &Deployment) -> String {
        let workload = &deployment.revision.workload;
        let name = &deployment.name;
        if let Some(host) = &self.ingress_host {
            return format!("https://{name}.{host}{}", workload.path);
        }
        let namespace = self.namespace(&OwnerTag::of(&deployment.owner));
        format!("http://{name}.{namespace}.svc.cluster.local:{}{}", workload.port, workload.path)
    }

    /// The secrets of a revision, as its `Secret` has them.
    async fn secrets(&self, deployment: &Deployment, revision: u32) -> Result<Secrets, EngineError> {
        let path = self.path(SECRET, deployment, &revision_name(deployment, revision));
        let secret = self.api.ask(Method::GET, &path, None).await?.ok()?.json()?;
        let decode = |(name, value): (&String, &Value)| {
            let bytes = BASE64_STANDARD.decode(value.as_str()?).ok()?;
            Some((name.clone(), String::from_utf8(bytes).ok()?))
        };
        let data = secret["data"].as_object().into_iter().flatten();
        Ok(Secrets(data.filter_map(decode).collect()))
    }

    /// All secrets of a new revision: those that were given, and those that stay as they were.
    async fn all_secrets(&self, wish: &Wish<'_>) -> Result<Secrets, EngineError> {
        let Some(fresh) = &wish.fresh else { return Ok(Secrets::default()) };
        let mut all = fresh.given.clone();
        if let Some(from) = fresh.from
            && fresh.kept(wish.revision).next().is_some()
        {
            let former = self.secrets(wish.deployment, from).await?;
            for name in fresh.kept(wish.revision) {
                let value = former.0.get(name).ok_or_else(|| {
                    EngineError::Refused(format!("the engine has no secret {name} any more; give it again"))
                })?;
                all.0.insert(name.clone(), value.clone());
            }
        }
        Ok(all)
    }

    async fn apply_objects(&self, wish: &Wish<'_>, secrets: &Secrets) -> Result<(), EngineError> {
        // What somebody else made under this name is not taken over; what we made ourselves is.
        let is_first = wish.fresh.as_ref().is_some_and(|fresh| fresh.from.is_none());
        let force = if is_first { "false" } else { "true" };
        let query = query(&[("fieldManager", MANAGER), ("force", force), ("fieldValidation", "Strict")]);
        for (path, object) in self.objects(wish, Some(secrets)) {
            let answer =
                self.api.ask(Method::PATCH, &format!("{path}?{query}"), Some((APPLY, &object))).await?;
            match answer.status {
                status if status.is_success() => {}
                StatusCode::CONFLICT => return Err(EngineError::Foreign(answer.message())),
                // The namespace, or a whole API group.
                StatusCode::NOT_FOUND => return Err(EngineError::Refused(answer.message())),
                _ => return Err(answer.error()),
            }
        }
        if let Some(stale) = wish.stale {
            self.discard(wish.deployment, stale).await?;
        }
        Ok(())
    }

    /// Deletes an object by its name. Whether it was there.
    async fn delete(&self, kind: Kind, deployment: &Deployment, name: &str) -> Result<bool, EngineError> {
        let path = self.path(kind, deployment, name);
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        let answer = self.api.ask(Method::DELETE, &path, Some(("application/json", &options))).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(false),
            _ => answer.ok().map(|_| true),
        }
    }

    async fn pods(&self, deployment: &Deployment) -> Result<Vec<Value>, EngineError> {
        let path = self.collection(Kind { plural: "pods", ..SERVICE }, &OwnerTag::of(&deployment.owner));
        let selector = format!("{INSTANCE}={},{REVISION}={}", deployment.name, deployment.revision.number);
        let query = query(&[("labelSelector", &selector), ("limit", PAGE)]);
        let list = self.api.ask(Method::GET, &format!("{path}?{query}"), None).await?.ok()?.json()?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// With what its pods say, for one that is not ready.
    async fn with_reason(
        &self,
        deployment: &Deployment,
        seen: Observation,
    ) -> Result<Observation, EngineError> {
        let pods = self.pods(deployment).await?;
        Ok(match (seen, pods.iter().find_map(waiting)) {
            (Observation::Failed { reason }, Some(Waiting { why, .. })) => {
                Observation::Failed { reason: format!("{reason} {why}") }
            }
            (_, Some(Waiting { why, is_hopeless: true })) => Observation::Failed { reason: why },
            (_, Some(Waiting { why, .. })) => Observation::Starting { reason: Some(why) },
            (seen, None) => seen,
        })
    }

    /// Deletes the objects of a kind that a query finds. Whether there were any.
    async fn delete_all(
        &self,
        kind: Kind,
        deployment: &Deployment,
        query: &str,
    ) -> Result<bool, EngineError> {
        let path = format!("{}?{query}", self.collection(kind, &OwnerTag::of(&deployment.owner)));
        let answer = self.api.ask(Method::DELETE, &path, None).await?;
        match answer.status {
            // Without its namespace nothing of it is there.
            StatusCode::NOT_FOUND => Ok(false),
            // Older servers delete services one by one.
            StatusCode::METHOD_NOT_ALLOWED => {
                let list = self.api.ask(Method::GET, &path, None).await?.ok()?.json()?;
                let mut found = false;
                for item in list["items"].as_array().into_iter().flatten() {
                    let name = item["metadata"]["name"].as_str().unwrap_or_default();
                    found |= self.delete(kind, deployment, name).await?;
                }
                Ok(found)
            }
            _ => {
                let deleted = answer.ok()?.json()?;
                Ok(deleted["items"].as_array().is_some_and(|items| !items.is_empty()))
            }
        }
    }
}

impl Engine for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn most_replicas(&self) -> u32 {
        MOST_REPLICAS
    }

    fn manifests(&self, wish: &Wish<'_>) -> Vec<Value> {
        self.objects(wish, None).into_iter().map(|(_, object)| object).collect()
    }

    fn apply<'a>(&'a self, wish: &'a Wish<'a>) -> Reply<'a, ()> {
        Box::pin(async move {
            let secrets = self.all_secrets(wish).await?;
            self.apply_objects(wish, &secrets).await.map_err(|error| error.without(&secrets))
        })
    }

    fn discard<'a>(&'a self, deployment: &'a Deployment, revision: u32) -> Reply<'a, ()> {
        Box::pin(async move {
            let name = revision_name(deployment, revision);
            self.delete(SECRET, deployment, &name).await?;
            self.delete(CONFIG_MAP, deployment, &name).await.map(drop)
        })
    }

    fn remove<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, bool> {
        Box::pin(async move {
            let mut found = false;
            // Only what has our labels, of every revision.
            let selector = format!("{MANAGED_BY}={MANAGER},{INSTANCE}={}", deployment.name);
            let query = query(&[("labelSelector", &selector), ("propagationPolicy", "Background")]);
            let kinds = [DEPLOYMENT, INGRESS, SERVICE, CONFIG_MAP, SECRET];
            for kind in
                kinds.into_iter().filter(|kind| self.ingress_host.is_some() || kind.name != INGRESS.name)
            {
                found |= self.delete_all(kind, deployment, &query).await?;
            }
            Ok(found)
        })
    }

    fn observe<'a>(&'a self, deployment: &'a Deployment) -> Reply<'a, Observation> {
        Box::pin(async move {
            let path = self.path(DEPLOYMENT, deployment, &deployment.name);
            let answer = self.api.ask(Method::GET, &path, None).await?;
            if answer.status == StatusCode::NOT_FOUND {
                return Ok(Observation::Missing);
            }
            let object = answer.ok()?.json()?;
            let number = deployment.revision.number.to_string();
            if object["metadata"]["labels"][REVISION] != number.as_str() {
                return Ok(Observation::Starting {
                    reason: Some("the engine still has another revision".to_owned()),
                });
            }
            match seen(&object) {
                Observation::Ready { .. } => {
                    Ok(Observation::Ready { endpoint: Some(self.endpoint(deployment)) })
                }
                Observation::Stopped => Ok(Observation::Stopped),
                waiting => self.with_reason(deployment, waiting).await,
            }
        })
    }

    fn observe_all<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, BTreeMap<String, Observation>> {
        Box::pin(async move {
            let selector = format!("{MANAGED_BY}={MANAGER},{OWNER}={owner}");
            let query = query(&[("labelSelector", &selector), ("limit", PAGE)]);
            let path = format!("{}?{query}", self.collection(DEPLOYMENT, owner));
            let list = self.api.ask(Method::GET, &path, None).await?.ok()?.json()?;
            let items = list["items"].as_array().into_iter().flatten();
            let named = |item: &Value| Some((item["metadata"]["name"].as_str()?.to_owned(), seen(item)));
            Ok(items.filter_map(named).collect())
        })
    }

    fn logs<'a>(&'a self, deployment: &'a Deployment, lines: u32) -> Reply<'a, String> {
        Box::pin(async move {
            let pods = self.pods(deployment).await?;
            // The newest; times in this form are ordered as texts.
            let created =
                |pod: &&Value| pod["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned();
            let Some(pod) = pods.iter().max_by_key(created).and_then(|pod| pod["metadata"]["name"].as_str())
            else {
                return Err(EngineError::Missing);
            };
            let pods = self.collection(Kind { plural: "pods", ..SERVICE }, &OwnerTag::of(&deployment.owner));
            let query = query(&[
                ("container", CONTAINER),
                ("tailLines", &lines.to_string()),
                ("limitBytes", LOG_BYTES),
            ]);
            let answer: Answered =
                self.api.ask(Method::GET, &format!("{pods}/{pod}/log?{query}"), None).await?;
            if answer.status == StatusCode::BAD_REQUEST {
                // The container has not begun: there is no log yet.
                return Ok(String::new());
            }
            let text = String::from_utf8_lossy(&answer.ok()?.body).into_owned();
            if deployment.revision.secrets.is_empty() {
                return Ok(text);
            }
            let secrets = self.secrets(deployment, deployment.revision.number).await?;
            Ok(secrets.redact(&text))
        })
    }
}

fn labels(deployment: &Deployment, revision: &Revision) -> Value {
    json!({
        MANAGED_BY: MANAGER,
        INSTANCE: deployment.name,
        TEMPLATE: deployment.template,
        OWNER: OwnerTag::of(&deployment.owner).to_string(),
        REVISION: revision.number.to_string(),
    })
}

fn service(deployment: &Deployment, workload: &Workload) -> Value {
    json!({"spec": {
        "type": "ClusterIP",
        "selector": {INSTANCE: deployment.name},
        "ports": [{"name": PORT, "port": workload.port, "targetPort": PORT, "protocol": "TCP"}],
    }})
}

fn ingress(deployment: &Deployment, workload: &Workload, host: &str) -> Value {
    let name = &deployment.name;
    let host = format!("{name}.{host}");
    let backend = json!({"service": {"name": name, "port": {"number": workload.port}}});
    json!({"spec": {
        // The controller's own certificate, which has to be one for all names below the domain.
        "tls": [{"hosts": [host]}],
        "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    }})
}

fn probe(path: Option<&String>, period: u32, failures: u32) -> Value {
    let mut probe = json!({"periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures});
    match path {
        Some(path) => probe["httpGet"] = json!({"path": path, "port": PORT}),
        None => probe["tcpSocket"] = json!({"port": PORT}),
    }
    probe
}

/// How a `Deployment` does: ready when the controller has seen the newest wish and all of the newest pods are available.
fn seen(object: &Value) -> Observation {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let (status, wanted) = (&object["status"], object["spec"]["replicas"].as_u64().unwrap_or(1));
    let condition = |kind: &str| {
        status["conditions"].as_array().into_iter().flatten().find(|condition| condition["type"] == kind)
    };
    let message =
        |condition: &Value| condition["message"].as_str().unwrap_or("the rollout does not get on").to_owned();
    if number(&status["observedGeneration"]) < number(&object["metadata"]["generation"]) {
        return Observation::Starting { reason: None };
    }
    if wanted == 0 {
        return Observation::Stopped;
    }
    if let Some(stuck) =
        condition("Progressing").filter(|condition| condition["reason"] == "ProgressDeadlineExceeded")
    {
        return Observation::Failed { reason: message(stuck) };
    }
    let is_ready = number(&status["updatedReplicas"]) >= wanted
        && number(&status["availableReplicas"]) >= wanted
        && number(&status["replicas"]) <= number(&status["updatedReplicas"]);
    if is_ready {
        return Observation::Ready { endpoint: None };
    }
    let failure = condition("ReplicaFailure").filter(|condition| condition["status"] == "True");
    Observation::Starting { reason: failure.map(message) }
}

/// Why a pod's container waits.
struct Waiting {
    why: String,
    is_hopeless: bool,
}

fn waiting(pod: &Value) -> Option<Waiting> {
    let container = pod["status"]["containerStatuses"].as_array()?.first()?;
    let waiting = container["state"].get("waiting")?;
    let name = waiting["reason"].as_str()?;
    let mut why = name.to_owned();
    if let Some(message) = waiting["message"].as_str() {
        why = format!("{why}: {message}");
    }
    if let Some(code) = container["lastState"]["terminated"]["exitCode"].as_i64() {
        why = format!("{why} (the server ended with code {code})");
    }
    Some(Waiting { why, is_hopeless: HOPELESS.contains(&name) })
}
