//! The table of phases: what each writes, in which sections, and what of the input it has to answer.

use std::time::Duration;

/// A phase of the work: strategy, design, architecture or code.
#[derive(Debug)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// The most that all its calls of the model may take.
    pub deadline: Duration,
    /// What it writes, one after the other.
    pub sections: &'static [Section],
    /// The JSON schema of what it gives. What is `readOnly` there the code computes, and no model is asked for it.
    pub schema: &'static str,
}

/// What a model writes in one answer.
#[derive(Debug)]
pub struct Section {
    /// What is written.
    pub writes: Writes,
    /// The prompt.
    pub prompt: &'static str,
    /// What of the input it has to answer.
    pub answers: &'static [Answers],
}

/// What a section writes.
#[derive(Clone, Copy, Debug)]
pub enum Writes {
    /// These members of the phase's output.
    Members(&'static [&'static str]),
    /// The plan of the files.
    Plan,
    /// The files of the plan, a few at a time.
    Files,
}

/// What the input names, and where the output has to answer it.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// A JSON pointer to a list of names in the input.
    pub asked: &'static str,
    /// A JSON pointer into what the section writes.
    pub answered: &'static str,
}

const fn answers(asked: &'static str, answered: &'static str) -> Answers {
    Answers { asked, answered }
}

macro_rules! section {
    ($members:expr, $prompt:literal $(, $answers:expr)*) => {
        Section {
            writes: Writes::Members($members),
            prompt: include_str!(concat!("../prompts/", $prompt, ".md")),
            answers: &[$($answers),*],
        }
    };
}

/// Strategy and requirements.
pub static STRATEGY: Phase = Phase {
    name: "strategy",
    deadline: Duration::from_mins(10),
    sections: &[
        section!(&["strategy"], "strategy", answers("/target_segments", "/strategy/target_segments")),
        section!(
            &["prd"],
            "prd",
            answers("/key_problems", "/prd/functional_requirements"),
            answers("/success_metrics", "/prd/success_metrics")
        ),
        section!(&["strategy_markdown"], "strategy_markdown"),
        section!(&["prd_markdown"], "prd_markdown"),
    ],
    schema: include_str!("../schemas/aios_strategize.json"),
};

/// Design system and wireframes.
pub static DESIGN: Phase = Phase {
    name: "design",
    deadline: Duration::from_mins(8),
    sections: &[
        section!(&["design_system"], "design_system"),
        section!(
            &["wireframes", "accessibility_guidelines"],
            "wireframes",
            answers("/user_flows", "/wireframes"),
            answers("/page_structure", "/wireframes"),
            answers("/accessibility_requirements", "/accessibility_guidelines")
        ),
        section!(&["design_system_markdown", "wireframes_markdown"], "design_markdown"),
    ],
    schema: include_str!("../schemas/aios_design_ux.json"),
};

/// Architecture.
pub static ARCHITECTURE: Phase = Phase {
    name: "architecture",
    deadline: Duration::from_mins(5),
    sections: &[
        section!(
            &["architecture"],
            "architecture",
            answers("/requirements/entities", "/architecture/data_model/entities")
        ),
        section!(&["architecture_markdown"], "architecture_markdown"),
    ],
    schema: include_str!("../schemas/aios_design_architecture.json"),
};

/// Code.
pub static CODE: Phase = Phase {
    name: "code",
    deadline: Duration::from_mins(15),
    sections: &[
        Section { writes: Writes::Plan, prompt: include_str!("../prompts/code_plan.md"), answers: &[] },
        Section { writes: Writes::Files, prompt: include_str!("../prompts/code_files.md"), answers: &[] },
    ],
    schema: include_str!("../schemas/aios_generate_code.json"),
};

/// Every phase, in the order in which they follow one another.
pub static PHASES: [&Phase; 4] = [&STRATEGY, &DESIGN, &ARCHITECTURE, &CODE];

/// The phase of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Phase> {
    PHASES.into_iter().find(|phase| phase.name == name)
}
