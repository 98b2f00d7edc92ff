//! Every variable that configures the product, in one table, and the readers of their values.
//!
//! A value that cannot be read is never taken for another one silently: the reader logs a warning, `/health` is `degraded` and
//! names the variable and what it accepts. Until the operator corrects it, a switch counts as off (each is named for what it
//! allows), a number as its default, and an origin that is none is left out.
//!
//! To add a setting, add a constant and its row in [`ALL`]; its owner reads it with `NAME.read(platform).await`.

use std::collections::BTreeSet;

use access::{Configured, Logins};
use http::{HeaderName, Uri};
use platform::{OutsideError, Platform, deadline};

use crate::log;

/// Answer from the demonstration network until real data are loaded.
pub const BUNDLED_NETWORK: Switch = Switch {
    name: "BUNDLED_NETWORK",
    default: true,
    meaning: "Serve the bundled demonstration network until real data are loaded.",
};

/// How long an instance serves its snapshot without asking for a newer one.
pub const SNAPSHOT_RECHECK_SECONDS: Number = Number {
    name: "SNAPSHOT_RECHECK_SECONDS",
    unit: "seconds",
    range: (0, 86_400),
    default: 20,
    meaning: "How long an instance serves its snapshot without asking for a newer one.",
};

/// How long a published snapshot is archived.
pub const ARCHIVE_DAYS: Number = Number {
    name: "ARCHIVE_DAYS",
    unit: "days",
    range: (1, 36_500),
    default: 400,
    meaning: "How long a published snapshot stays in the archive, counted back from the newest.",
};

/// How long a store may take on the way to an answer.
pub const STORE_TIMEOUT_MS: Number = Number {
    name: deadline::VARIABLE,
    unit: "milliseconds",
    range: deadline::RANGE_MS,
    default: deadline::DEFAULT_MS,
    meaning: "How long a store may take on the way to an answer; the operator's requests wait five times as long for each call.",
};

/// Whether there is no database to publish with.
pub const PUBLISH_WITHOUT_DATABASE: Switch = Switch {
    name: "PUBLISH_WITHOUT_DATABASE",
    default: false,
    meaning: "Publish snapshots without a database, for platforms that have none. Of two publications at once either may stay.",
};

/// Pages that may call everything but `/mcp`.
pub const CORS_ORIGINS: OriginList = OriginList {
    name: "CORS_ORIGINS",
    default: "*",
    meaning: "Web pages that may call everything but /mcp from a browser.",
};

/// Pages that may call `/mcp`.
pub const MCP_ALLOWED_ORIGINS: OriginList = OriginList {
    name: "MCP_ALLOWED_ORIGINS",
    default: "",
    meaning: "Web pages that may call /mcp, besides those of this machine. Where it is set, the service's own public origin \
              belongs into it too.",
};

/// The operator's key; [`operators_key`](crate::operators_key) reads it.
pub const ADMIN_API_KEY: Secret = Secret {
    name: "ADMIN_API_KEY",
    least: 24,
    meaning: "The operator's key. While it is not set, administration is closed.",
};

/// Whether the operator's key may stand in a URL.
pub const ALLOW_ADMIN_KEY_IN_QUERY: Switch = Switch {
    name: "ALLOW_ADMIN_KEY_IN_QUERY",
    default: false,
    meaning: "Accept the operator's key as ?admin_key=, where it ends up in logs.",
};

/// Keys besides those that the operator makes; `access::Configured` reads them.
pub const API_KEYS: KeyList = KeyList {
    name: "API_KEYS",
    meaning: "API keys besides those of /api/admin/keys: {\"name\":\"key\"} or name:key,name:key, each of 24 or more characters.",
};

/// The service's own address.
pub const PUBLIC_URL: Url = Url {
    name: "PUBLIC_URL",
    default: "",
    meaning: "The service's public origin, to which tokens are bound. Needed on Spin and behind proxies; elsewhere the host of the \
              request is taken.",
};

/// Whether anonymous callers may read.
pub const PUBLIC_ACCESS: Switch = Switch {
    name: "PUBLIC_ACCESS",
    default: true,
    meaning: "Let everybody read data and make forecasts without a key, within the limits of an address. Off: a key everywhere but \
              at the documentation, /health and the sign-in.",
};

/// When an MCP host is asked to sign in.
pub const MCP_SIGN_IN: Choice = Choice {
    name: "MCP_SIGN_IN",
    among: &["optional", "required"],
    default: "optional",
    strictest: "required",
    meaning: "When an MCP host is asked to sign in: when it wants something that needs a key (optional), or at once (required).",
};

/// Requests a minute of an address without a key.
pub const ANONYMOUS_REQUESTS_PER_MINUTE: Number = Number {
    name: "ANONYMOUS_REQUESTS_PER_MINUTE",
    unit: "requests",
    range: (1, 1_000_000),
    default: 60,
    meaning: "What an address may spend in a minute without a key; a forecast costs 1.",
};

/// Requests a day of an address without a key.
pub const ANONYMOUS_REQUESTS_PER_DAY: Number = Number {
    name: "ANONYMOUS_REQUESTS_PER_DAY",
    unit: "requests",
    range: (1, 1_000_000_000),
    default: 5_000,
    meaning: "What an address may spend on a day (UTC) without a key.",
};

/// After how many wrong keys an address has to wait.
pub const WRONG_KEYS_PER_MINUTE: Number = Number {
    name: "WRONG_KEYS_PER_MINUTE",
    unit: "keys",
    range: (1, 1_000_000),
    default: 20,
    meaning: "How many unknown keys an address may try in a minute, counted in each instance. After that, keys from it are refused \
              for the rest of the minute.",
};

/// The header in which the operator's proxy says where a request comes from.
pub const CLIENT_ADDRESS_HEADER: HeaderText = HeaderText {
    name: "CLIENT_ADDRESS_HEADER",
    meaning: "The header to which your own proxy appends the client's address, such as x-forwarded-for. Only where nobody reaches \
              the service around the proxy. Empty: Cloudflare's own, Spin's own, or the connection's address.",
};

/// Where metadata documents of MCP clients may be fetched.
pub const CIMD_HOSTS: HostList = HostList {
    name: "CIMD_HOSTS",
    default: "claude.ai,chatgpt.com,vscode.dev,cursor.com,zed.dev",
    meaning: "Hosts from which the descriptions of MCP clients are fetched, where a client's id is the address of one. On Spin \
              the component's allowed_outbound_hosts have to name them too.",
};

/// An OpenID Connect provider where people sign in instead of pasting a key.
pub const LOGIN_OIDC_ISSUER: Url = Url {
    name: "LOGIN_OIDC_ISSUER",
    default: "",
    meaning: "An OpenID Connect provider where people sign in instead of pasting a key. On Spin the component's \
              allowed_outbound_hosts have to name it too.",
};

/// This service's name at that provider.
pub const LOGIN_OIDC_CLIENT_ID: Secret = Secret {
    name: "LOGIN_OIDC_CLIENT_ID",
    least: 1,
    meaning: "The client id that the provider gave this service.",
};

/// This service's secret at that provider.
pub const LOGIN_OIDC_CLIENT_SECRET: Secret = Secret {
    name: "LOGIN_OIDC_CLIENT_SECRET",
    least: 1,
    meaning: "The client secret that the provider gave this service, where it gave one.",
};

/// Where GitHub is.
pub const LOGIN_GITHUB_URL: Url = Url {
    name: "LOGIN_GITHUB_URL",
    default: "https://github.com",
    meaning: "GitHub, or a GitHub Enterprise Server, where people sign in if LOGIN_GITHUB_CLIENT_ID is set. On Spin \
              the component's allowed_outbound_hosts have to name an Enterprise Server too.",
};

/// This service's name at GitHub.
pub const LOGIN_GITHUB_CLIENT_ID: Secret = Secret {
    name: "LOGIN_GITHUB_CLIENT_ID",
    least: 1,
    meaning: "The client id of an OAuth app at GitHub. With it people sign in there instead of pasting a key.",
};

/// This service's secret at GitHub.
pub const LOGIN_GITHUB_CLIENT_SECRET: Secret =
    Secret { name: "LOGIN_GITHUB_CLIENT_SECRET", least: 1, meaning: "The secret of that OAuth app." };

/// Who may sign in at a provider, and as which key.
pub const LOGIN_ALLOW: LoginList = LoginList {
    name: "LOGIN_ALLOW",
    meaning: "Accounts that may sign in, each with the name or id of the key it stands for: github:<number>=<key>,oidc:<sub>=<key>.",
};

/// Where the network's data come from.
pub const SPACESCOPE_BASE_URL: Url = Url {
    name: "SPACESCOPE_BASE_URL",
    default: "https://api.spacescope.io",
    meaning: "Scheme and host of Spacescope, where the network's data come from.",
};

/// The token that Spacescope asks for.
pub const SPACESCOPE_TOKEN: Secret = Secret {
    name: "SPACESCOPE_TOKEN",
    least: 1,
    meaning: "The token that Spacescope asks for. Without it nothing can be refreshed.",
};

/// When a request to Spacescope is given up.
pub const SPACESCOPE_TIMEOUT_SECONDS: Number = Number {
    name: "SPACESCOPE_TIMEOUT_SECONDS",
    unit: "seconds",
    // A refresh holds its lease for as long as a request and its retries may take, and keeps others out for that long if it is
    // killed.
    range: (1, 120),
    default: 20,
    meaning: "How long a request to Spacescope may take.",
};

/// How many jobs of a key run at the same time.
pub const JOBS_RUNNING_PER_KEY: Number = Number {
    name: "JOBS_RUNNING_PER_KEY",
    unit: "jobs",
    range: (1, 1_000),
    default: 5,
    meaning: "How many jobs of a key run at the same time; the others wait.",
};

/// How many jobs of a key wait.
pub const JOBS_QUEUED_PER_KEY: Number = Number {
    name: "JOBS_QUEUED_PER_KEY",
    unit: "jobs",
    range: (1, 10_000),
    default: 100,
    meaning: "How many jobs of a key wait at most; one more is refused.",
};

/// How large a job's result may be.
pub const JOB_RESULT_BYTES: Number = Number {
    name: "JOB_RESULT_BYTES",
    unit: "bytes",
    range: (1_000, 100_000_000),
    default: 16_777_216,
    meaning: "How large the result of a job may be.",
};

/// How long a completed job is kept.
pub const JOB_COMPLETED_SECONDS: Number = Number {
    name: "JOB_COMPLETED_SECONDS",
    unit: "seconds",
    range: (60, 31_536_000),
    default: 3_600,
    meaning: "How long a completed or cancelled job is kept, with its result.",
};

/// How long a failed job is kept.
pub const JOB_FAILED_SECONDS: Number = Number {
    name: "JOB_FAILED_SECONDS",
    unit: "seconds",
    range: (60, 31_536_000),
    default: 86_400,
    meaning: "How long a failed job is kept, with its reason.",
};

/// What signs webhooks.
pub const WEBHOOK_SECRET: SigningKeys = SigningKeys {
    name: "WEBHOOK_SECRET",
    meaning: "What signs webhooks: whsec_ and base64 of 24 to 64 random bytes. Two with a space between them sign both, while one \
              takes the other's place. While it is not set, webhooks are off.",
};

/// When a request to a webhook's receiver is given up.
pub const WEBHOOK_TIMEOUT_MS: Number = Number {
    name: "WEBHOOK_TIMEOUT_MS",
    unit: "milliseconds",
    // A delivery of a message may take a minute.
    range: (100, 30_000),
    default: 10_000,
    meaning: "How long a webhook's receiver may take to answer.",
};

/// Whether webhooks may go to this machine.
pub const ALLOW_INSECURE_WEBHOOKS: Switch = Switch {
    name: "ALLOW_INSECURE_WEBHOOKS",
    default: false,
    meaning: "Send webhooks also to loopback addresses, and there by http: for development only.",
};

/// The key for Anthropic's models.
pub const ANTHROPIC_API_KEY: Secret = Secret {
    name: "ANTHROPIC_API_KEY",
    least: 1,
    meaning: "The key for Anthropic's models (api.anthropic.com).",
};

/// The key for Google's models.
pub const GOOGLE_API_KEY: Secret = Secret {
    name: "GOOGLE_API_KEY",
    least: 1,
    meaning: "The key for Google's models (generativelanguage.googleapis.com).",
};

/// The key for `OpenAI`'s models.
pub const OPENAI_API_KEY: Secret =
    Secret { name: "OPENAI_API_KEY", least: 1, meaning: "The key for OpenAI's models (api.openai.com)." };

/// Other providers of models, or other models of those.
pub const MODEL_PROVIDERS: Table = Table {
    name: "MODEL_PROVIDERS",
    meaning: "Providers of language models by name: {\"local\":{\"protocol\":\"openai\",\"url\":\"http://127.0.0.1:11434/v1\",\
              \"model\":\"llama3.2\"}}, each with protocol (anthropic, google, openai, workers-ai), url, key, model, models. These \
              names change the known ones. On Spin the component's allowed_outbound_hosts have to name their hosts too.",
};

/// The model that is asked where nobody says which.
pub const MODEL_DEFAULT: Text = Text {
    name: "MODEL_DEFAULT",
    meaning: "The language model that is asked where nobody says which: provider, or provider/model. Else the first provider that is \
              set, of the known ones and those of MODEL_PROVIDERS.",
};

/// When a call of a model is given up.
pub const MODEL_TIMEOUT: Number = Number {
    name: "MODEL_TIMEOUT",
    unit: "seconds",
    range: (1, 600),
    default: 60,
    meaning: "How long a language model may take to answer, with all attempts.",
};

/// How long a model's answer may be.
pub const MODEL_MAX_TOKENS: Number = Number {
    name: "MODEL_MAX_TOKENS",
    unit: "tokens",
    range: (16, 128_000),
    default: 8_192,
    meaning: "How many tokens a language model may write in one answer, with what it thinks.",
};

/// What a key may spend at models.
pub const MODEL_TOKENS_PER_DAY: Number = Number {
    name: "MODEL_TOKENS_PER_DAY",
    unit: "tokens",
    range: (0, 1_000_000_000_000),
    default: 1_000_000,
    meaning: "How many tokens of language models, read and written, a key may spend on a day (UTC), unless the key says otherwise.",
};

/// Tools whose jobs wait for a reviewer.
pub const REQUIRE_APPROVAL: NameList = NameList {
    name: "REQUIRE_APPROVAL",
    meaning: "Tools whose jobs wait until a reviewer (a key with the scope approve, of another owner) allows them: sweep,goal. * is all.",
};

/// How many daemons an owner has summoned at the same time.
pub const MAX_CONCURRENT_DAEMONS: Number = Number {
    name: "MAX_CONCURRENT_DAEMONS",
    unit: "daemons",
    range: (1, 100),
    default: 3,
    meaning: "How many daemons the keys of an owner have summoned at the same time.",
};

/// When an idle daemon is banished.
pub const DAEMON_TIMEOUT: Number = Number {
    name: "DAEMON_TIMEOUT",
    unit: "seconds",
    range: (1, 2_592_000),
    default: 300,
    meaning: "After what time without a call a daemon is banished.",
};

/// Other MCP servers.
pub const MCP_SERVERS: Table = Table {
    name: "MCP_SERVERS",
    meaning: "Other MCP servers that callers with the scope connect may use: {\"name\":{\"url\":\"https://...\"}}, in the shape of \
              .mcp.json. Secrets stand in variables of their own, and here as ${NAME}.",
};

/// Of what the keys are derived that sign the heartbeats of MCP servers.
pub const MCP_HEARTBEAT_SECRET: SigningKeys = SigningKeys {
    name: "MCP_HEARTBEAT_SECRET",
    meaning: "Of what each MCP server's key is derived, by which it signs the heartbeats that say where it is: whsec_ and base64 of \
              24 to 64 random bytes. While it is not set, no heartbeat is taken.",
};

/// Whether MCP servers of this machine may announce themselves.
pub const ALLOW_INSECURE_MCP_SERVERS: Switch = Switch {
    name: "ALLOW_INSECURE_MCP_SERVERS",
    default: false,
    meaning: "Take heartbeats and an index of templates at loopback addresses, and there by http: for development only.",
};

/// When a connected MCP server is given up.
pub const MCP_CALL_TIMEOUT_MS: Number = Number {
    name: "MCP_CALL_TIMEOUT_MS",
    unit: "milliseconds",
    range: (100, 120_000),
    default: 30_000,
    meaning: "How long a connected MCP server may take for an answer, unless its description says otherwise.",
};

/// How many tools of connected MCP servers an owner may have.
pub const MCP_TOOLS_PER_KEY: Number = Number {
    name: "MCP_TOOLS_PER_KEY",
    unit: "tools",
    range: (1, 2_000),
    default: 1_000,
    meaning: "How many tools of connected MCP servers an owner may have at /mcp.",
};

/// Where other MCP servers may be on Spin.
pub const MCP_PRIVATE_HOSTS: Word = Word {
    name: "MCP_PRIVATE_HOSTS",
    default: "https://*:443",
    accepts: is_outbound_host,
    form: "scheme, host and port as Spin writes an outbound host, such as http://*.internal:*",
    meaning: "On Spin: where other MCP servers, providers of models, and the Docker host that is asked for servers, may be besides https on \
              port 443: http://mcp.internal:8080 or http://*.internal:*. The default adds nothing. Elsewhere MCP_SERVERS and MODEL_PROVIDERS \
              alone decide.",
};

/// How many agents an owner has loaded.
pub const MAX_CONCURRENT_AGENTS: Number = Number {
    name: "MAX_CONCURRENT_AGENTS",
    unit: "agents",
    range: (1, 1_000),
    default: 10,
    meaning: "How many agents the keys of an owner have loaded at the same time.",
};

/// How much memory the loaded agents of an owner reserve.
pub const AGENT_MEMORY_LIMIT: Number = Number {
    name: "AGENT_MEMORY_LIMIT",
    unit: "megabytes",
    range: (1, 1_000_000),
    default: 2_048,
    meaning: "How much memory the loaded agents of an owner reserve together.",
};

/// How many agents of the largest models an owner has loaded.
pub const MAX_OPUS_AGENTS: Number = Number {
    name: "MAX_OPUS_AGENTS",
    unit: "agents",
    range: (0, 1_000),
    default: 3,
    meaning: "How many of an owner's loaded agents are of an opus model.",
};

/// How many agents of the middle models an owner has loaded.
pub const MAX_SONNET_AGENTS: Number = Number {
    name: "MAX_SONNET_AGENTS",
    unit: "agents",
    range: (0, 1_000),
    default: 8,
    meaning: "How many of an owner's loaded agents are of a sonnet model.",
};

/// How many agents of the smallest models an owner has loaded.
pub const MAX_HAIKU_AGENTS: Number = Number {
    name: "MAX_HAIKU_AGENTS",
    unit: "agents",
    range: (0, 1_000),
    default: 15,
    meaning: "How many of an owner's loaded agents are of a haiku model.",
};

/// What runs deployments where a request names nothing.
pub const MCP_DEPLOYMENT_BACKEND: Choice = Choice {
    name: "MCP_DEPLOYMENT_BACKEND",
    among: &["kubernetes", "docker", "mock"],
    default: "mock",
    strictest: "none",
    meaning: "What runs deployed MCP servers where a request does not say: kubernetes, docker, or mock, which runs nothing.",
};

/// When a deployment that is not ready has failed.
pub const MCP_DEPLOYMENT_DEADLINE_SECONDS: Number = Number {
    name: "MCP_DEPLOYMENT_DEADLINE_SECONDS",
    unit: "seconds",
    range: (10, 3_600),
    default: 300,
    meaning: "How long a deployed server may take to become ready before it counts as failed and is rolled back or removed.",
};

/// What mock deployments are connected to.
pub const MCP_MOCK_ENDPOINT: Url = Url {
    name: "MCP_MOCK_ENDPOINT",
    default: "",
    meaning: "Where deployments of the backend mock say that they answer: an MCP server of your own, to try out connecting them. \
              Empty: at a name that nobody has.",
};

/// How many deployments an owner may have.
pub const MCP_DEPLOYMENTS_PER_OWNER: Number = Number {
    name: "MCP_DEPLOYMENTS_PER_OWNER",
    unit: "deployments",
    range: (1, 500),
    default: 200,
    meaning: "How many deployments an owner may have at the same time.",
};

/// The operator's own copies of images.
pub const MCP_IMAGE_REGISTRY: Word = Word {
    name: "MCP_IMAGE_REGISTRY",
    default: "",
    accepts: is_registry,
    form: "a registry such as registry.example.com/team, without a scheme",
    meaning: "Where copies of the templates' images are, as <registry>/mcp-<template>:<tag>. Empty: where their publishers have them.",
};

/// Where the API server of a cluster is.
pub const KUBERNETES_CLUSTER_ENDPOINT: Url = Url {
    name: "KUBERNETES_CLUSTER_ENDPOINT",
    default: "",
    meaning: "The address of the Kubernetes API server on which MCP servers are deployed. On Spin the component's \
              allowed_outbound_hosts have to name it where its port is neither 443 nor 6443.",
};

/// Who this service is to the cluster.
pub const KUBERNETES_SERVICE_ACCOUNT_TOKEN: Secret = Secret {
    name: "KUBERNETES_SERVICE_ACCOUNT_TOKEN",
    least: 1,
    meaning: "The token of the service account that deploys; deploy/kubernetes-rbac.yaml says what it has to be allowed.",
};

/// Where in the cluster deployments go.
pub const MCP_NAMESPACE: Word = Word {
    name: "MCP_NAMESPACE",
    default: "mcp",
    accepts: is_short_label,
    form: "the name of a namespace, of at most 40 lower-case letters, digits and hyphens",
    meaning: "The namespace of deployed MCP servers.",
};

/// Whether owners are kept apart in the cluster.
pub const MCP_NAMESPACE_PER_OWNER: Switch = Switch {
    name: "MCP_NAMESPACE_PER_OWNER",
    default: false,
    meaning: "Give each owner of deployments a namespace of its own, MCP_NAMESPACE and twelve digits. The service account needs to \
              make namespaces then.",
};

/// The domain of deployments.
pub const MCP_INGRESS_HOST: Word = Word {
    name: "MCP_INGRESS_HOST",
    default: "",
    accepts: is_host,
    form: "the name of a domain such as mcp.example.com",
    meaning: "The domain below which each deployment on Kubernetes gets a host name, by an Ingress. Empty: reachable within the cluster only.",
};

/// Where the Docker host is.
pub const DOCKER_ENGINE_URL: Url = Url {
    name: "DOCKER_ENGINE_URL",
    default: "",
    meaning: "The address of the Docker Engine API (or of Podman's) on which MCP servers are deployed. Whoever reaches it is root on \
              that machine: only by TLS with a client certificate, or through a proxy that authenticates.",
};

/// What the proxy in front of the Docker host asks for.
pub const DOCKER_ENGINE_TOKEN: Secret = Secret {
    name: "DOCKER_ENGINE_TOKEN",
    least: 1,
    meaning: "Sent to DOCKER_ENGINE_URL as Authorization: Bearer, for a proxy that authenticates.",
};

/// Where deployed containers listen.
pub const DOCKER_PUBLISH_ADDRESS: Word = Word {
    name: "DOCKER_PUBLISH_ADDRESS",
    default: "127.0.0.1",
    accepts: is_address,
    form: "an IP address",
    meaning: "The Docker host's address on which deployed servers are published, each on a port that the engine chooses.",
};

/// An index of further templates.
pub const MCP_TEMPLATES_URL: Url = Url {
    name: "MCP_TEMPLATES_URL",
    default: "",
    meaning: "An index of further templates over HTTPS, fetched again after six hours.",
};

/// The index that is meant.
pub const MCP_TEMPLATES_SHA256: Word = Word {
    name: "MCP_TEMPLATES_SHA256",
    default: "",
    accepts: is_sha256,
    form: "64 hexadecimal digits",
    meaning: "The SHA-256 that the index of MCP_TEMPLATES_URL must have; another one is not taken.",
};

/// The settings that one group of functions reads beside those of [`FORECASTS`].
pub type Group = &'static [&'static dyn Setting];

/// Every setting, by group of functions. Documents and manifests are checked against this list.
pub const GROUPS: &[Group] = &[FORECASTS, ACCESS, JOBS, MODELS, DAEMONS, GATEWAY, DEPLOYMENTS];

/// Read by every deployment.
pub const FORECASTS: Group = &[
    &BUNDLED_NETWORK,
    &SNAPSHOT_RECHECK_SECONDS,
    &ARCHIVE_DAYS,
    &STORE_TIMEOUT_MS,
    &PUBLISH_WITHOUT_DATABASE,
    &CORS_ORIGINS,
    &MCP_ALLOWED_ORIGINS,
    &ADMIN_API_KEY,
    &ALLOW_ADMIN_KEY_IN_QUERY,
    &PUBLIC_URL,
    &SPACESCOPE_BASE_URL,
    &SPACESCOPE_TOKEN,
    &SPACESCOPE_TIMEOUT_SECONDS,
];

/// Read by the guard, and for signing in.
pub const ACCESS: Group = &[
    &API_KEYS,
    &PUBLIC_ACCESS,
    &MCP_SIGN_IN,
    &ANONYMOUS_REQUESTS_PER_MINUTE,
    &ANONYMOUS_REQUESTS_PER_DAY,
    &WRONG_KEYS_PER_MINUTE,
    &CLIENT_ADDRESS_HEADER,
    &CIMD_HOSTS,
    &LOGIN_OIDC_ISSUER,
    &LOGIN_OIDC_CLIENT_ID,
    &LOGIN_OIDC_CLIENT_SECRET,
    &LOGIN_GITHUB_URL,
    &LOGIN_GITHUB_CLIENT_ID,
    &LOGIN_GITHUB_CLIENT_SECRET,
    &LOGIN_ALLOW,
];

/// Read for jobs, their approvals and their webhooks.
pub const JOBS: Group = &[
    &JOBS_RUNNING_PER_KEY,
    &JOBS_QUEUED_PER_KEY,
    &JOB_RESULT_BYTES,
    &JOB_COMPLETED_SECONDS,
    &JOB_FAILED_SECONDS,
    &WEBHOOK_SECRET,
    &WEBHOOK_TIMEOUT_MS,
    &ALLOW_INSECURE_WEBHOOKS,
    &REQUIRE_APPROVAL,
];

/// Read wherever language models are asked.
pub const MODELS: Group = &[
    &ANTHROPIC_API_KEY,
    &GOOGLE_API_KEY,
    &OPENAI_API_KEY,
    &MODEL_PROVIDERS,
    &MODEL_DEFAULT,
    &MODEL_TIMEOUT,
    &MODEL_MAX_TOKENS,
    &MODEL_TOKENS_PER_DAY,
];

/// Read for daemons.
pub const DAEMONS: Group = &[&MAX_CONCURRENT_DAEMONS, &DAEMON_TIMEOUT];

/// Read for other MCP servers, and for agents.
pub const GATEWAY: Group = &[
    &MCP_SERVERS,
    &MCP_HEARTBEAT_SECRET,
    &ALLOW_INSECURE_MCP_SERVERS,
    &MCP_CALL_TIMEOUT_MS,
    &MCP_TOOLS_PER_KEY,
    &MCP_PRIVATE_HOSTS,
    &MAX_CONCURRENT_AGENTS,
    &AGENT_MEMORY_LIMIT,
    &MAX_OPUS_AGENTS,
    &MAX_SONNET_AGENTS,
    &MAX_HAIKU_AGENTS,
];

/// Read for deployments of MCP servers.
pub const DEPLOYMENTS: Group = &[
    &MCP_DEPLOYMENT_BACKEND,
    &MCP_DEPLOYMENT_DEADLINE_SECONDS,
    &MCP_DEPLOYMENTS_PER_OWNER,
    &MCP_MOCK_ENDPOINT,
    &MCP_IMAGE_REGISTRY,
    &KUBERNETES_CLUSTER_ENDPOINT,
    &KUBERNETES_SERVICE_ACCOUNT_TOKEN,
    &MCP_NAMESPACE,
    &MCP_NAMESPACE_PER_OWNER,
    &MCP_INGRESS_HOST,
    &DOCKER_ENGINE_URL,
    &DOCKER_ENGINE_TOKEN,
    &DOCKER_PUBLISH_ADDRESS,
    &MCP_TEMPLATES_URL,
    &MCP_TEMPLATES_SHA256,
];

/// Every setting.
pub fn all() -> impl Iterator<Item = &'static dyn Setting> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}

/// A setting's description of itself.
pub trait Setting: Sync {
    /// Its name, as an environment variable is written.
    fn name(&self) -> &'static str;

    /// What it decides, in a sentence.
    fn meaning(&self) -> &'static str;

    /// The value where it is not set; empty for none.
    fn default_value(&self) -> String;

    /// The values that it accepts, in words that end a sentence.
    fn accepted(&self) -> String;

    /// Whether the product reads this value as it was meant.
    fn is_readable(&self, value: &str) -> bool;

    /// Whether its value must not be shown.
    fn is_secret(&self) -> bool {
        false
    }
}

/// The sentence about a value that cannot be read: the setting, and what it accepts. It does not repeat the value, which may be
/// a secret in the wrong place.
fn complaint(setting: &dyn Setting) -> String {
    format!("The setting {} cannot be read; it accepts {}.", setting.name(), setting.accepted())
}

/// A sentence for every setting whose value cannot be read, for `/health`.
///
/// A variable that the platform does not give to this function is left out: the function that uses it reports it.
pub async fn complaints(platform: &Platform, groups: &'static [Group]) -> Vec<String> {
    let mut complaints = Vec::new();
    for group in groups {
        for setting in *group {
            let Ok(given) = platform.config().get(setting.name()).await else {
                // Each of the others would wait as long.
                complaints.push(
                    "The settings cannot be read at the moment: what holds them does not answer.".to_owned(),
                );
                return complaints;
            };
            if given.is_some_and(|value| !setting.is_readable(&value)) {
                complaints.push(complaint(*setting));
            }
        }
    }
    complaints
}

/// The settings that this instance has complained about in its log.
#[derive(Clone, Default)]
struct Told(BTreeSet<&'static str>);

/// A setting's value, trimmed: `None` where it is not set, and an `Err(())` where it cannot be read, which is logged once an
/// instance.
async fn given(
    platform: &Platform,
    setting: &dyn Setting,
) -> Result<Result<Option<String>, ()>, OutsideError> {
    let Some(value) = platform.config().get(setting.name()).await? else { return Ok(Ok(None)) };
    let value = value.trim();
    if value.is_empty() {
        return Ok(Ok(None));
    }
    if setting.is_readable(value) {
        return Ok(Ok(Some(value.to_owned())));
    }
    let mut told = platform.instance().get::<Told>().unwrap_or_default();
    if told.0.insert(setting.name()) {
        platform.instance().set(told);
        log::warning(platform, &complaint(setting), None);
    }
    Ok(Err(()))
}

/// A setting that is on or off.
pub struct Switch {
    name: &'static str,
    default: bool,
    meaning: &'static str,
}

impl Switch {
    const ON: [&str; 4] = ["true", "1", "yes", "on"];
    const OFF: [&str; 4] = ["false", "0", "no", "off"];

    /// Whether it is on. A value that cannot be read is off.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<bool, OutsideError> {
        Ok(match given(platform, self).await? {
            Ok(Some(value)) => is_one_of(&Self::ON, &value),
            Ok(None) => self.default,
            Err(()) => false,
        })
    }
}

fn is_one_of(words: &[&str], value: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(value.trim()))
}

impl Setting for Switch {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_string()
    }

    fn accepted(&self) -> String {
        "true or false".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        is_one_of(&Self::ON, value) || is_one_of(&Self::OFF, value)
    }
}

/// A setting that is one of a few words.
pub struct Choice {
    name: &'static str,
    among: &'static [&'static str],
    default: &'static str,
    /// What a value counts as that cannot be read.
    strictest: &'static str,
    meaning: &'static str,
}

impl Choice {
    /// The word, in lower case.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<&'static str, OutsideError> {
        Ok(match given(platform, self).await? {
            Ok(Some(value)) => self.word(&value).unwrap_or(self.strictest),
            Ok(None) => self.default,
            Err(()) => self.strictest,
        })
    }

    fn word(&self, value: &str) -> Option<&'static str> {
        self.among.iter().find(|word| word.eq_ignore_ascii_case(value.trim())).copied()
    }
}

impl Setting for Choice {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_owned()
    }

    fn accepted(&self) -> String {
        self.among.join(" or ")
    }

    fn is_readable(&self, value: &str) -> bool {
        self.word(value).is_some()
    }
}

/// A setting that is a word of a certain form.
pub struct Word {
    name: &'static str,
    default: &'static str,
    /// Whether a value has the form.
    accepts: fn(&str) -> bool,
    /// The form, in words.
    form: &'static str,
    meaning: &'static str,
}

impl Word {
    /// The word. A value that cannot be read counts as the default.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<String, OutsideError> {
        let given = given(platform, self).await?.ok().flatten();
        Ok(given.unwrap_or_else(|| self.default.to_owned()))
    }
}

impl Setting for Word {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_owned()
    }

    fn accepted(&self) -> String {
        self.form.to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        let value = value.trim();
        value.is_empty() || (self.accepts)(value)
    }
}

fn is_dns_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_short_label(text: &str) -> bool {
    text.len() <= 40 && is_dns_label(text)
}

fn is_host(text: &str) -> bool {
    text.len() <= 190 && text.contains('.') && text.split('.').all(is_dns_label)
}

/// `scheme://host[:port]`, where `*` stands for a whole host, for its front or for every port. All hosts of a scheme without a port
/// of their own are no place.
fn is_outbound_host(text: &str) -> bool {
    let Some((scheme @ ("http" | "https"), rest)) = text.split_once("://") else { return false };
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, if scheme == "http" { "80" } else { "443" }));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_host = host.strip_prefix("*.").unwrap_or(host).split('.').all(is_label);
    let is_port = port == "*" || port.parse::<u16>().is_ok_and(|port| port > 0);
    (is_host && is_port) || (host == "*" && scheme == "https" && port == "443")
}

fn is_registry(text: &str) -> bool {
    let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
    };
    name.split('.').all(is_dns_label)
        && host.split_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_ok())
        && path.is_none_or(|path| path.split('/').all(is_part))
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A setting that names a header.
pub struct HeaderText {
    name: &'static str,
    meaning: &'static str,
}

impl HeaderText {
    /// The header; `None` where none is set, or one that cannot be.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<HeaderName>, OutsideError> {
        let value = given(platform, self).await?.ok().flatten();
        Ok(value.and_then(|value| value.to_ascii_lowercase().parse().ok()))
    }
}

impl Setting for HeaderText {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "the name of a header".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        value.trim().is_empty() || value.trim().parse::<HeaderName>().is_ok()
    }
}

/// A setting that lists API keys.
pub struct KeyList {
    name: &'static str,
    meaning: &'static str,
}

impl KeyList {
    /// The list as it was set, or `None` where none is. Keys in it that cannot be read are left out by whoever reads it, and
    /// logged here once an instance.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        // Only for the log: the keys that can be read stay good.
        let _ = given(platform, self).await?;
        platform.config().get(self.name).await
    }
}

impl Setting for KeyList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "{\"name\":\"key\"} or name:key,name:key, each name and key once, and keys of 24 or more characters"
            .to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        Configured::read(None, Some(value)).problems().is_empty()
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// A setting that lists accounts at login providers.
pub struct LoginList {
    name: &'static str,
    meaning: &'static str,
}

impl LoginList {
    /// The list. Where one entry cannot be read, nobody is on it.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Logins, OutsideError> {
        let given = given(platform, self).await?.ok().flatten();
        Ok(given.and_then(|list| Logins::parse(&list).ok()).unwrap_or_default())
    }
}

impl Setting for LoginList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "github:<number>=<key> and oidc:<sub>=<key> with commas between them".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        Logins::parse(value).is_ok()
    }
}

/// A setting that lists names.
pub struct NameList {
    name: &'static str,
    meaning: &'static str,
}

impl NameList {
    /// Whether the list names this. A list that cannot be read names everything: each is named for what it guards.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn names(&self, platform: &Platform, name: &str) -> Result<bool, OutsideError> {
        Ok(match given(platform, self).await? {
            Ok(Some(list)) => entries(&list).any(|entry| entry == "*" || entry == name),
            Ok(None) => false,
            Err(()) => true,
        })
    }
}

impl Setting for NameList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "names of lower-case letters, digits, - and _ with commas between them, or *".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        entries(value).all(|entry| entry == "*" || entry.chars().all(is_letter))
    }
}

/// A setting that lists hosts by name.
pub struct HostList {
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
}

impl HostList {
    /// The hosts, in lower case. Where one cannot be read, the list is empty.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Vec<String>, OutsideError> {
        let list = match given(platform, self).await? {
            Ok(Some(list)) => list,
            Ok(None) => self.default.to_owned(),
            Err(()) => String::new(),
        };
        Ok(entries(&list).map(str::to_ascii_lowercase).collect())
    }
}

impl Setting for HostList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_owned()
    }

    fn accepted(&self) -> String {
        "names of hosts such as claude.ai with commas between them".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        let is_label =
            |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        // The last label of a name is no number, so an address in numbers is none.
        let is_name = |host: &str| {
            host.contains('.')
                && host.split('.').all(is_label)
                && host.rsplit('.').next().is_some_and(|last| last.chars().any(|c| c.is_ascii_alphabetic()))
        };
        entries(value).all(is_name)
    }
}

/// A setting that is a whole number.
pub struct Number {
    name: &'static str,
    unit: &'static str,
    range: (u64, u64),
    default: u64,
    meaning: &'static str,
}

impl Number {
    /// The number, in the setting's unit. A value that cannot be read counts as the default.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<u64, OutsideError> {
        let given = given(platform, self).await?.ok().flatten();
        Ok(given.and_then(|value| value.parse().ok()).unwrap_or(self.default))
    }

    /// The number where none is set.
    #[must_use]
    pub const fn default(&self) -> u64 {
        self.default
    }
}

impl Setting for Number {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_string()
    }

    fn accepted(&self) -> String {
        let (least, most) = self.range;
        format!("a whole number of {} from {least} to {most}", self.unit)
    }

    fn is_readable(&self, value: &str) -> bool {
        let (least, most) = self.range;
        value.trim().parse().is_ok_and(|number: u64| (least..=most).contains(&number))
    }
}

/// A setting that lists the origins of web pages.
pub struct OriginList {
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
}

/// Origins of web pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every page.
    Any,
    /// The pages of these origins: scheme, host and port, without a slash at the end.
    Listed(Vec<String>),
}

impl From<&str> for Origins {
    /// Reads a list with commas between the origins. Addresses are often copied with the slash that begins a path. What is no
    /// origin is left out: no page has it.
    fn from(list: &str) -> Self {
        let mut origins = Vec::new();
        for origin in entries(list) {
            if origin == "*" {
                return Self::Any;
            }
            if is_origin(origin) {
                origins.push(origin.to_owned());
            }
        }
        Self::Listed(origins)
    }
}

impl Origins {
    /// Whether pages of this origin are among them.
    #[must_use]
    pub fn include(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(origins) => origins.iter().any(|listed| listed.eq_ignore_ascii_case(origin)),
        }
    }
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|origin| origin.trim().trim_end_matches('/')).filter(|origin| !origin.is_empty())
}

/// Scheme, host and perhaps port; no path, query or white space.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let scheme_is_plain = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    scheme_is_plain
        && !host.is_empty()
        && host.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '@' | '*' | '\\'))
}

impl OriginList {
    /// The origins that are listed.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Origins, OutsideError> {
        let value = platform.config().get(self.name).await?.unwrap_or_else(|| self.default.to_owned());
        // For the log line about entries that are none.
        given(platform, self).await?.ok();
        Ok(Origins::from(value.as_str()))
    }
}

impl Setting for OriginList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_owned()
    }

    fn accepted(&self) -> String {
        "* for every page, or origins such as https://app.example.com with commas between them".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        entries(value).all(|origin| origin == "*" || is_origin(origin))
    }
}

/// A setting that is the address of another service.
pub struct Url {
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
}

impl Url {
    /// The address without a slash at its end; `None` for one that cannot be read, because calling another service than the
    /// one that was meant would be worse than calling none.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        Ok(match given(platform, self).await? {
            Ok(Some(value)) => Some(value.trim_end_matches('/').to_owned()),
            Ok(None) => Some(self.default.to_owned()),
            Err(()) => None,
        })
    }
}

impl Setting for Url {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        self.default.to_owned()
    }

    fn accepted(&self) -> String {
        "an address such as https://api.example.com, without a query".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        value.trim().parse::<Uri>().is_ok_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some()
                && url.query().is_none()
        })
    }
}

/// A setting that only the operator may know.
pub struct Secret {
    name: &'static str,
    /// The fewest characters that are hard to guess.
    least: usize,
    meaning: &'static str,
}

impl Secret {
    /// The secret without white space around it (one that comes from a file often has the file's last line break), whether it
    /// is hard to guess or not; `None` where none is set.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        let value = platform.config().get(self.name).await?;
        Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
    }
}

impl Setting for Secret {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        format!("{} or more characters that a header can carry", self.least)
    }

    fn is_readable(&self, value: &str) -> bool {
        let value = value.trim();
        value.is_empty() || (value.len() >= self.least && value.chars().all(|c| matches!(c, ' '..='~')))
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// A setting that is a JSON object with an object for each name. It may hold secrets.
pub struct Table {
    name: &'static str,
    meaning: &'static str,
}

impl Table {
    /// The JSON as it was set, or `None` where none is, or where it cannot be read.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        Ok(given(platform, self).await?.ok().flatten())
    }
}

impl Setting for Table {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "a JSON object with a JSON object for each name".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        value.trim().is_empty()
            || serde_json::from_str::<serde_json::Value>(value).is_ok_and(|table| {
                table.as_object().is_some_and(|table| table.values().all(serde_json::Value::is_object))
            })
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// A setting that is a name.
pub struct Text {
    name: &'static str,
    meaning: &'static str,
}

impl Text {
    /// The name; `None` where none is set.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        Ok(given(platform, self).await?.ok().flatten())
    }
}

impl Setting for Text {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "a name without spaces".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        value.trim().chars().all(|c| c.is_ascii_graphic())
    }
}

/// A setting that is one secret that signs, or two while one takes the other's place.
pub struct SigningKeys {
    name: &'static str,
    meaning: &'static str,
}

impl SigningKeys {
    /// The secrets as they were set, or `None` where none is, or where they cannot be read.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(&self, platform: &Platform) -> Result<Option<String>, OutsideError> {
        Ok(given(platform, self).await?.ok().flatten())
    }
}

impl Setting for SigningKeys {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn default_value(&self) -> String {
        String::new()
    }

    fn accepted(&self) -> String {
        "one or two secrets with a space between them, each whsec_ and base64 of 24 to 64 bytes".to_owned()
    }

    fn is_readable(&self, value: &str) -> bool {
        let is_base64 = |text: &str| {
            let digits = text.trim_end_matches('=');
            text.len().is_multiple_of(4)
                && (32..=88).contains(&text.len())
                && text.len() - digits.len() <= 2
                && digits.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
        };
        let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        words.len() <= 2 && words.iter().all(|word| word.strip_prefix("whsec_").is_some_and(is_base64))
    }

    fn is_secret(&self) -> bool {
        true
    }
}
