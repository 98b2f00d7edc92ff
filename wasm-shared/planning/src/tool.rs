//! The table of tools: what each is called, what it takes, and which phases it runs.

use serde_json::{Map, Value, json};

use crate::phase::{ARCHITECTURE, CODE, DESIGN, PHASES, Phase, STRATEGY};

/// A tool that a model works for, as a job.
#[derive(Debug)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// A name for people.
    pub title: &'static str,
    /// What it does: read by a model that has to decide whether to call it.
    pub description: &'static str,
    /// What it takes.
    pub fields: &'static [Field],
    /// The phases that it runs, in this order.
    pub phases: &'static [&'static Phase],
    /// The JSON schema of what it gives.
    pub output: &'static str,
}

/// Something that a tool takes.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it has to be given.
    pub required: bool,
    /// What it may be.
    pub takes: Takes,
    /// What it means.
    pub meaning: &'static str,
}

/// What a field may be.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A text of so many characters at most.
    Text(usize),
    /// A list of texts, of [`LONGEST_ENTRY`] characters each at most.
    Texts,
    /// An object of [`LARGEST_OBJECT`] bytes at most.
    Object,
    /// A list of paths that are relative and stay inside.
    Paths,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// A list of names of phases.
    Phases,
    /// An address that is told what becomes of the job; judged where the job is submitted.
    Address,
}

/// Entries of a list.
pub const MOST_ENTRIES: usize = 50;
/// Characters of an entry of a list.
pub const LONGEST_ENTRY: usize = 500;
/// Bytes of an object, written as JSON.
pub const LARGEST_OBJECT: usize = 100_000;
const NAME: usize = 200;
const DESCRIPTION: usize = 20_000;
const SPEC: usize = 60_000;
const PREFERENCE: usize = 2_000;

const fn field(name: &'static str, takes: Takes, meaning: &'static str) -> Field {
    Field { name, required: false, takes, meaning }
}

const fn required(name: &'static str, takes: Takes, meaning: &'static str) -> Field {
    Field { name, required: true, takes, meaning }
}

const PRODUCT: Field = required("product_name", Takes::Text(NAME), "The product's name.");

/// Strategy and requirements.
pub static STRATEGIZE: Tool = Tool {
    name: "aios_strategize",
    title: "Strategy and requirements",
    description: "Writes a product strategy (vision, segments, positioning, roadmap) and a product requirements document, as data and as \
                  Markdown. Every key problem, segment and metric that you name is answered. A language model writes it; it may take minutes \
                  and cost the operator money.",
    fields: &[
        PRODUCT,
        field("description", Takes::Text(DESCRIPTION), "What it is and does."),
        field("target_segments", Takes::Texts, "For whom it is; each is answered."),
        field("key_problems", Takes::Texts, "What it is to solve; each is answered by a requirement."),
        field("success_metrics", Takes::Texts, "What success is measured by; each is answered."),
        field("market_context", Takes::Text(DESCRIPTION), "What is known of the market."),
    ],
    phases: &[&STRATEGY],
    output: STRATEGY.schema,
};

/// Design system and wireframes.
pub static DESIGN_UX: Tool = Tool {
    name: "aios_design_ux",
    title: "Design system and wireframes",
    description: "Writes a design system (typography, colors with their contrast ratios, spacing, components), wireframes and accessibility \
                  guidelines, as data and as Markdown. Every user flow, page and accessibility requirement that you name is answered. A \
                  language model writes it; it may take minutes and cost the operator money.",
    fields: &[
        PRODUCT,
        field("user_flows", Takes::Texts, "What users do, a flow each; each is answered."),
        field(
            "design_preferences",
            Takes::Object,
            "What it should look like, in your own words and members.",
        ),
        field("accessibility_requirements", Takes::Texts, "Each is answered by a guideline."),
        field("page_structure", Takes::Texts, "The pages, by name; each gets a wireframe."),
    ],
    phases: &[&DESIGN],
    output: DESIGN.schema,
};

/// Architecture.
pub static DESIGN_ARCHITECTURE: Tool = Tool {
    name: "aios_design_architecture",
    title: "Architecture",
    description: "Designs an architecture: stack, data model, API, security, and the decisions with their alternatives, as data and as Markdown. \
                  Every entity in requirements.entities is in the data model. A language model writes it; it may take minutes and cost the \
                  operator money.",
    fields: &[
        required("spec", Takes::Text(SPEC), "What is to be built."),
        field(
            "requirements",
            Takes::Object,
            "What it has to fulfil, in your own members; `entities`, a list of names, are all in the data model.",
        ),
        field("stack_preference", Takes::Text(PREFERENCE), "What it should be built with."),
    ],
    phases: &[&ARCHITECTURE],
    output: ARCHITECTURE.schema,
};

/// Code.
pub static GENERATE_CODE: Tool = Tool {
    name: "aios_generate_code",
    title: "Code",
    description: "Writes the files of a project, with its packages and how to set it up. Every target file is there; paths stay inside the \
                  project; JSON, TOML and YAML files parse. The code is not run here. A language model writes it; it may take minutes and \
                  cost the operator money.",
    fields: &[
        required("spec", Takes::Text(SPEC), "What is to be built."),
        field("architecture", Takes::Object, "The architecture, such as that of aios_design_architecture."),
        field("ux_spec", Takes::Object, "The design, such as that of aios_design_ux."),
        field("target_files", Takes::Paths, "Paths of files that have to be there."),
        field("framework", Takes::OneOf(&["nextjs-react"]), "The framework; nextjs-react if left out."),
    ],
    phases: &[&CODE],
    output: CODE.schema,
};

/// All phases, one after the other.
pub static FULL_PIPELINE: Tool = Tool {
    name: "aios_full_pipeline",
    title: "From an idea to code",
    description: "Starts a job that writes strategy, design, architecture and code, each from what the former made, and answers with its id at \
                  once. aios_get_status says how far it is, aios_get_artifact gives the documents. A language model writes it; it may take \
                  half an hour and cost the operator money.",
    fields: &[
        PRODUCT,
        required("description", Takes::Text(DESCRIPTION), "What it is and does."),
        field("target_segments", Takes::Texts, "For whom it is; each is answered."),
        field("key_problems", Takes::Texts, "What it is to solve; each is answered by a requirement."),
        field(
            "design_preferences",
            Takes::Object,
            "What it should look like, in your own words and members.",
        ),
        field("tech_stack", Takes::Text(PREFERENCE), "What it should be built with."),
        field(
            "webhook_url",
            Takes::Address,
            "Who is told when the job begins and ends; https, on the public internet.",
        ),
        field(
            "phases",
            Takes::Phases,
            "Which phases, in the order strategy, design, architecture, code; all if left out.",
        ),
    ],
    phases: &PHASES,
    output: include_str!("../schemas/aios_full_pipeline.json"),
};

/// Every tool that is a job.
pub static TOOLS: [&Tool; 5] =
    [&STRATEGIZE, &DESIGN_UX, &DESIGN_ARCHITECTURE, &GENERATE_CODE, &FULL_PIPELINE];

/// The tool of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Tool> {
    TOOLS.into_iter().find(|tool| tool.name == name)
}

impl Tool {
    /// The phases that it runs for an input that was read.
    #[must_use]
    pub fn phases_for(&self, input: &Map<String, Value>) -> Vec<&'static Phase> {
        let chosen = input.get("phases").and_then(Value::as_array);
        let is_chosen =
            |phase: &&Phase| chosen.is_none_or(|chosen| chosen.iter().any(|name| name == phase.name));
        self.phases.iter().copied().filter(|phase| is_chosen(phase)).collect()
    }

    /// The JSON schema of what it takes.
    #[must_use]
    pub fn input_schema(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        properties.extend(self.fields.iter().map(|field| (field.name.to_owned(), field.schema())));
        let required: Vec<_> =
            self.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("required".to_owned(), required.into());
        schema.insert("additionalProperties".to_owned(), false.into());
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema
    }
}

impl Field {
    fn schema(&self) -> Value {
        let texts = |longest: usize| {
            let item = json!({"type": "string", "minLength": 1, "maxLength": longest});
            json!({"type": "array", "maxItems": MOST_ENTRIES, "items": item})
        };
        let mut schema = match self.takes {
            Takes::Text(longest) => json!({"type": "string", "minLength": 1, "maxLength": longest}),
            Takes::Texts => texts(LONGEST_ENTRY),
            Takes::Paths => texts(crate::files::LONGEST_PATH),
            Takes::Object => json!({"type": "object"}),
            Takes::OneOf(names) => json!({"type": "string", "enum": names}),
            Takes::Phases => {
                let names = PHASES.map(|phase| phase.name);
                json!({"type": "array", "minItems": 1, "maxItems": names.len(), "items": {"type": "string", "enum": names}})
            }
            Takes::Address => json!({"type": "string", "maxLength": 2_000}),
        };
        schema["description"] = self.meaning.into();
        schema
    }
}
