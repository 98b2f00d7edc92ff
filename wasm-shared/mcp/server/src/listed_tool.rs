//! A tool in the list of a source.

use rmcp::model::Tool;

/// A tool as a source lists it: made already, or as JSON that is read when it is written into the list, one after the other.
#[derive(Clone, Debug)]
pub struct ListedTool {
    pub(crate) name: String,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Made(Box<Tool>),
    Written(String),
}

impl ListedTool {
    /// A tool of this name, as JSON. What cannot be read as a tool is left out of the list.
    #[must_use]
    pub fn written(name: String, json: String) -> Self {
        Self { name, form: Form::Written(json) }
    }

    /// About how long it is as JSON.
    pub(crate) fn length(&self) -> usize {
        match &self.form {
            // Those of a server itself are a few.
            Form::Made(_) => 4 << 10,
            Form::Written(json) => json.len(),
        }
    }

    /// The tool, if it can be read.
    #[must_use]
    pub fn read(&self) -> Option<Tool> {
        match &self.form {
            Form::Made(tool) => Some(Tool::clone(tool)),
            Form::Written(json) => serde_json::from_str(json).ok(),
        }
    }
}

impl From<Tool> for ListedTool {
    fn from(tool: Tool) -> Self {
        Self { name: tool.name.to_string(), form: Form::Made(Box::new(tool)) }
    }
}
