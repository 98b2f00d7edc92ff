//! A phase at work: what was made so far, what the model is asked next, and what its answer is worth. Without clock, store or model.

use std::fmt::Write as _;

use models::{Reply, Request, Stop, Tokens, Turn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    contrast, files, names,
    phase::{Phase, Section, Writes},
    schema,
};

const SYSTEM: &str = include_str!("../prompts/system.md");
const REPAIR: &str = include_str!("../prompts/repair.md");
const COMPLETE: &str = include_str!("../prompts/complete.md");

/// Files that are asked for in one answer.
const FILES_AT_ONCE: usize = 3;
/// Bytes of earlier results, of each tag, that a model is given.
const MOST_GIVEN: usize = 60_000;
/// Faults that a model is told, and that a failure repeats.
const MOST_FAULTS: usize = 20;
const MOST_TOLD: usize = 5;
/// Characters of a fault: a member's name in it may be the model's.
const LONGEST_FAULT: usize = 300;

/// What a phase works on: the same for each of its calls.
#[derive(Clone, Copy, Debug)]
pub struct Assignment<'a> {
    /// The phase.
    pub phase: &'static Phase,
    /// The input, checked.
    pub input: &'a Map<String, Value>,
    /// What earlier phases made, by their names.
    pub former: &'a [(&'static str, Value)],
    /// The date, as `YYYY-MM-DD`.
    pub today: &'a str,
}

/// What a phase has made so far. It is stored between two calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The section that is written, by its place.
    section: usize,
    /// The members of the output so far.
    made: Map<String, Value>,
    /// The files that are planned: path and purpose.
    plan: Vec<(String, String)>,
    /// The answer that did not do, and what was said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<(String, String)>,
    /// Whether what is written now was repaired already.
    repaired: bool,
    /// Whether it was completed already.
    completed: bool,
    /// What all calls took.
    pub tokens: Tokens,
    /// How many calls.
    pub calls: u32,
}

/// Why a phase has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoiled {
    /// A stable name, in `UPPER_SNAKE`.
    pub code: &'static str,
    /// A sentence.
    pub reason: String,
}

impl Draft {
    /// The output, once everything is written.
    #[must_use]
    pub fn output(&self, phase: &Phase) -> Option<&Map<String, Value>> {
        (self.section >= phase.sections.len()).then_some(&self.made)
    }

    /// What it works at, for people.
    #[must_use]
    pub fn doing(&self, phase: &Phase) -> String {
        match phase.sections.get(self.section).map(|section| section.writes) {
            Some(Writes::Members(names)) => names.join(", ").replace('_', " "),
            Some(Writes::Plan) => "the plan of the files".to_owned(),
            Some(Writes::Files) => format!("file {} of {}", self.files().len() + 1, self.plan.len()),
            None => "done".to_owned(),
        }
    }

    /// What share of it is written, from 0 to 1.
    #[must_use]
    pub fn share(&self, phase: &Phase) -> f64 {
        let files = self.files().len() as f64 / self.plan.len().max(1) as f64;
        let part = if self.plan.is_empty() { 0.0 } else { files };
        let sections = phase.sections.len().max(1) as f64;
        ((self.section as f64 + part) / sections).min(1.0)
    }

    fn files(&self) -> &[Value] {
        self.made.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The planned files that are written next.
    fn next_files(&self) -> &[(String, String)] {
        let rest = self.plan.get(self.files().len()..).unwrap_or_default();
        &rest[..rest.len().min(FILES_AT_ONCE)]
    }

    /// What the model is asked next; `None` when everything is written.
    #[must_use]
    pub fn request(&self, assignment: &Assignment<'_>) -> Option<Request> {
        let section = assignment.phase.sections.get(self.section)?;
        let asked = schema::asked(&schema::of_section(assignment.phase, section.writes));
        let system = SYSTEM.replace("{schema}", &asked.to_string());
        let mut request = Request::new(system).user(self.task(assignment, section));
        if let Some((answer, complaint)) = &self.refused {
            request.messages.push(models::Message::Model(Turn::text(answer)));
            request = request.user(complaint);
        }
        let name = match section.writes {
            Writes::Members(names) => names[0],
            Writes::Plan => "code_plan",
            Writes::Files => "code_files",
        };
        Some(request.schema(name, asked))
    }

    fn task(&self, assignment: &Assignment<'_>, section: &Section) -> String {
        let paths: Vec<String> = self.next_files().iter().map(|(path, _)| data(path)).collect();
        let mut text = section.prompt.trim().replace("{paths}", &paths.join(", "));
        let mut give = |tag: &str, value: &Value| {
            // Writing to a String does not fail.
            let _ = write!(text, "\n\n<{tag}>\n{}\n</{tag}>", data(value));
        };
        // A webhook's address may hold a secret, and is nothing to plan with.
        let mut input = assignment.input.clone();
        input.remove("webhook_url");
        give("input", &Value::Object(input));
        for (name, value) in assignment.former {
            give(name, &brief(value));
        }
        if !self.plan.is_empty() {
            let plan: Vec<_> =
                self.plan.iter().map(|(path, purpose)| json!({"path": path, "purpose": purpose})).collect();
            give("plan", &plan.into());
        }
        if !self.made.is_empty() {
            give("made", &brief(&Value::Object(self.made.clone())));
        }
        text
    }

    /// Takes the model's answer. Says whether everything is written now.
    ///
    /// # Errors
    /// Where the answer ends the phase: it was refused a second time, or the model refuses.
    pub fn take(&mut self, assignment: &Assignment<'_>, reply: &Reply) -> Result<bool, Spoiled> {
        self.tokens += reply.tokens;
        self.calls += 1;
        let Some(section) = assignment.phase.sections.get(self.section) else { return Ok(true) };
        if reply.stop == Stop::Refusal {
            let reason = format!("The model refuses to write {}.", self.doing(assignment.phase));
            return Err(Spoiled { code: "MODEL_REFUSED", reason });
        }
        let text = &reply.turn.text;
        let (answer, mut faults) = match object_in(text) {
            Some(answer) => {
                let faults = schema::faults(&schema::of_section(assignment.phase, section.writes), &answer);
                (answer, faults)
            }
            None => (Value::Null, vec!["is no JSON object".to_owned()]),
        };
        if reply.stop == Stop::Length {
            faults = vec!["was cut off at the most tokens of an answer: be shorter".to_owned()];
        }
        if faults.is_empty() {
            faults = self.further_faults(section.writes, &answer);
        }
        if !faults.is_empty() {
            return self.refuse(
                assignment.phase,
                text,
                &REPAIR.replace("{faults}", &lines(&faults)),
                &faults,
                false,
            );
        }
        let missing = self.missing(assignment, section, &answer);
        if !missing.is_empty() {
            return self.refuse(
                assignment.phase,
                text,
                &COMPLETE.replace("{missing}", &lines(&missing)),
                &missing,
                true,
            );
        }
        self.keep(assignment, section.writes, answer);
        Ok(self.section >= assignment.phase.sections.len())
    }

    /// Has the answer mended, once for each kind of fault.
    fn refuse(
        &mut self,
        phase: &Phase,
        text: &str,
        complaint: &str,
        faults: &[String],
        incomplete: bool,
    ) -> Result<bool, Spoiled> {
        let before = if incomplete { &mut self.completed } else { &mut self.repaired };
        if !std::mem::replace(before, true) {
            let (text, _) = models::shortened(text, MOST_GIVEN);
            // Providers refuse a turn in which nothing was said.
            let text = if text.trim().is_empty() { "{}" } else { text };
            self.refused = Some((text.to_owned(), complaint.trim().to_owned()));
            return Ok(false);
        }
        let told: Vec<&str> =
            faults.iter().take(MOST_TOLD).map(|fault| models::shortened(fault, LONGEST_FAULT).0).collect();
        let (told, what) = (told.join("; "), self.doing(phase));
        let (code, reason) = if incomplete {
            (
                "OUTPUT_INCOMPLETE",
                format!("The model left out of {what}, also when it was asked once more: {told}."),
            )
        } else {
            (
                "OUTPUT_INVALID",
                format!("The model's answer ({what}) does not fit, also after one repair: {told}."),
            )
        };
        Err(Spoiled { code, reason })
    }

    /// What the schema cannot say.
    fn further_faults(&self, writes: Writes, answer: &Value) -> Vec<String> {
        let entries = answer["files"].as_array().map(Vec::as_slice).unwrap_or_default();
        let path = |entry: &'_ Value| entry["path"].as_str().unwrap_or_default().to_owned();
        match writes {
            Writes::Members(_) => color_faults(answer),
            Writes::Plan => {
                let paths: Vec<String> = entries.iter().map(path).collect();
                let single = paths.iter().enumerate().filter_map(|(index, path)| {
                    files::path_fault(path).map(|fault| format!("/files/{index}/path {fault}"))
                });
                let mut faults: Vec<String> = single.collect();
                let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
                faults.extend(files::paths_fault(&paths).map(|fault| format!("/files {fault}")));
                faults
            }
            Writes::Files => {
                let wanted = self.next_files();
                let fault = |(index, entry): (usize, &Value)| {
                    let path = path(entry);
                    if !wanted.iter().any(|(wanted, _)| *wanted == path) {
                        return Some(format!("/files/{index}/path is none of the files that were asked for"));
                    }
                    let fault = files::content_fault(&path, entry["content"].as_str().unwrap_or_default())?;
                    Some(format!("/files/{index}/content {fault}"))
                };
                entries.iter().enumerate().filter_map(fault).collect()
            }
        }
    }

    /// What the input names and the answer does not have.
    fn missing(&self, assignment: &Assignment<'_>, section: &Section, answer: &Value) -> Vec<String> {
        let has = |path: &str| {
            answer["files"].as_array().is_some_and(|files| files.iter().any(|file| file["path"] == path))
        };
        match section.writes {
            Writes::Members(_) => {
                let input = Value::Object(assignment.input.clone());
                let one = |answers: &crate::phase::Answers| {
                    names::missing(names::of(input.pointer(answers.asked)), answer.pointer(answers.answered))
                };
                section.answers.iter().flat_map(one).collect()
            }
            Writes::Plan => {
                let wanted = assignment.input.get("target_files").and_then(Value::as_array);
                let wanted = wanted.into_iter().flatten().filter_map(Value::as_str);
                wanted.filter(|path| !has(path)).map(str::to_owned).collect()
            }
            Writes::Files => {
                self.next_files().iter().map(|(path, _)| path).filter(|path| !has(path)).cloned().collect()
            }
        }
    }

    fn keep(&mut self, assignment: &Assignment<'_>, writes: Writes, mut answer: Value) {
        (self.refused, self.repaired, self.completed) = (None, false, false);
        match writes {
            Writes::Members(_) => {
                compute(&mut answer, assignment.today);
                if let Value::Object(members) = answer {
                    self.made.extend(members);
                }
                self.section += 1;
            }
            Writes::Plan => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let entries = answer["files"].as_array().into_iter().flatten();
                self.plan = entries.map(|file| (text(&file["path"]), text(&file["purpose"]))).collect();
                self.made.insert("dependencies".to_owned(), dependencies(&answer["packages"]));
                self.made.insert("setup_instructions".to_owned(), answer["setup_instructions"].take());
                self.section += 1;
            }
            Writes::Files => {
                // In the order of the plan, each once.
                let wanted: Vec<String> = self.next_files().iter().map(|(path, _)| path.clone()).collect();
                let written = answer["files"].as_array().map(Vec::as_slice).unwrap_or_default();
                let find = |path: &String| written.iter().find(|file| file["path"] == path.as_str()).cloned();
                let found: Vec<Value> = wanted.iter().filter_map(find).collect();
                if let Value::Array(files) = self.made.entry("files").or_insert_with(|| json!([])) {
                    files.extend(found);
                }
                if self.files().len() >= self.plan.len() {
                    self.section += 1;
                }
            }
        }
    }
}

/// A value as JSON in which no mark can be forged: `<` is written as its number.
fn data(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

/// What a model is given of an earlier result: the data, without the documents that say the same; where it is still too long, without
/// the contents of files, and at last only the names of its members.
fn brief(value: &Value) -> Value {
    let fits = |value: &Value| value.to_string().len() <= MOST_GIVEN;
    let Value::Object(members) = value else { return value.clone() };
    let mut brief: Map<String, Value> = Map::new();
    brief.extend(
        members
            .iter()
            .filter(|(name, _)| !name.ends_with("_markdown"))
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let mut brief = Value::Object(brief);
    if !fits(&brief)
        && let Some(files) = brief["files"].as_array_mut()
    {
        for file in files {
            file["content"] = "(left out here)".into();
        }
    }
    if fits(&brief) {
        return brief;
    }
    let names: Vec<&String> = members.keys().collect();
    json!({"too_long_to_be_given": names})
}

/// The JSON object in a model's answer: all of it, or what stands between the first `{` and the last `}`.
fn object_in(text: &str) -> Option<Value> {
    let text = text.get(text.find('{')?..=text.rfind('}')?)?;
    serde_json::from_str(text).ok().filter(Value::is_object)
}

fn lines(faults: &[String]) -> String {
    let line = |fault: &String| format!("- {}", models::shortened(fault, LONGEST_FAULT).0);
    let shown: Vec<String> = faults.iter().take(MOST_FAULTS).map(line).collect();
    // What a fault repeats of the input or of an answer forges no mark either.
    shown.join("\n").replace('<', "\u{2039}")
}

fn color_faults(answer: &Value) -> Vec<String> {
    let colors = &answer["design_system"]["colors"];
    let entries =
        |name: &str| colors[name].as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    let mut faults = Vec::new();
    for (index, color) in entries("palette") {
        if contrast::ratio(color["hex"].as_str().unwrap_or_default(), "#000000").is_none() {
            faults.push(format!("/design_system/colors/palette/{index}/hex must be a color such as #1A2B3C"));
        }
    }
    for (index, pair) in entries("pairs") {
        for side in ["foreground", "background"] {
            if hex_of(colors, &pair[side]).is_none() {
                faults.push(format!(
                    "/design_system/colors/pairs/{index}/{side} must be a name of the palette"
                ));
            }
        }
    }
    faults
}

fn hex_of(colors: &Value, name: &Value) -> Option<String> {
    let palette = colors["palette"].as_array()?;
    palette.iter().find(|color| color["name"] == *name)?["hex"].as_str().map(str::to_owned)
}

/// Adds what no model is asked for: the date of a document, and the contrast of colors.
fn compute(answer: &mut Value, today: &str) {
    if let Some(Value::Object(prd)) = answer.get_mut("prd") {
        prd.insert("created_at".to_owned(), today.into());
    }
    let Some(colors) = answer.pointer_mut("/design_system/colors") else { return };
    let given = colors.clone();
    for pair in colors["pairs"].as_array_mut().into_iter().flatten() {
        let sides = hex_of(&given, &pair["foreground"]).zip(hex_of(&given, &pair["background"]));
        if let Some(ratio) = sides.and_then(|(one, other)| contrast::ratio(&one, &other)) {
            pair["contrast_ratio"] = ratio.into();
            pair["wcag"] = contrast::enough_for(ratio).into();
        }
    }
}

fn dependencies(packages: &Value) -> Value {
    let packages = packages.as_array().map(Vec::as_slice).unwrap_or_default();
    let of =
        |development: bool| {
            let mut all = Map::new();
            let wanted = packages.iter().filter(|package| package["development"] == development);
            all.extend(wanted.filter_map(|package| {
                Some((package["name"].as_str()?.to_owned(), package["version"].clone()))
            }));
            Value::Object(all)
        };
    json!({"production": of(false), "development": of(true)})
}
