//! The documents of a result: as JSON, Markdown, HTML without scripts, or zip.

use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use crate::{files::MANIFEST, zip};

/// A type of artifact.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// A title for people.
    pub title: &'static str,
    /// The phase that makes it; none for all of them together.
    pub phase: Option<&'static str>,
    /// The member of the phase's output that has its data; all of the output where none is named.
    data: Option<&'static str>,
    /// The member that has it as Markdown.
    markdown: Option<&'static str>,
}

const fn kind(
    name: &'static str,
    title: &'static str,
    phase: &'static str,
    data: &'static str,
    markdown: &'static str,
) -> Kind {
    Kind { name, title, phase: Some(phase), data: Some(data), markdown: Some(markdown) }
}

/// Every type, those of single documents in the order of the phases.
pub static KINDS: [Kind; 7] = [
    kind("prd", "Product requirements", "strategy", "prd", "prd_markdown"),
    kind("strategy", "Strategy", "strategy", "strategy", "strategy_markdown"),
    kind("design_system", "Design system", "design", "design_system", "design_system_markdown"),
    kind("wireframes", "Wireframes", "design", "wireframes", "wireframes_markdown"),
    kind("architecture", "Architecture", "architecture", "architecture", "architecture_markdown"),
    Kind { name: "code_files", title: "Code", phase: Some("code"), data: None, markdown: None },
    Kind { name: "all", title: "All documents", phase: None, data: None, markdown: None },
];

/// The type of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The form of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The data.
    Json,
    /// The document.
    Markdown,
    /// The document as a page without scripts.
    Html,
    /// Both, and files under their paths, with a list of contents.
    Zip,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Json, Self::Markdown, Self::Html, Self::Zip];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Zip => "zip",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Zip => "application/zip",
        }
    }

    /// What names of such files end with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Zip => "zip",
        }
    }
}

/// What phases made, by their names.
pub type Results = Vec<(String, Map<String, Value>)>;

impl Kind {
    /// Whether there is one among these results.
    #[must_use]
    pub fn is_in(&self, results: &Results) -> bool {
        match self.phase {
            Some(_) => self.output(results).is_some(),
            None => !results.is_empty(),
        }
    }

    fn output<'a>(&self, results: &'a Results) -> Option<&'a Map<String, Value>> {
        let phase = self.phase?;
        results.iter().find(|(name, _)| name == phase).map(|(_, output)| output)
    }

    fn data(&self, results: &Results) -> Option<Value> {
        if self.phase.is_none() {
            let mut all = Map::new();
            all.extend(singles(results).filter_map(|kind| Some((kind.name.to_owned(), kind.data(results)?))));
            return Some(Value::Object(all));
        }
        let output = self.output(results)?;
        match self.data {
            Some(member) => output.get(member).cloned(),
            None => Some(Value::Object(output.clone())),
        }
    }

    fn markdown(&self, results: &Results) -> Option<String> {
        if self.phase.is_none() {
            let all: Vec<String> = singles(results).filter_map(|kind| kind.markdown(results)).collect();
            return Some(all.join("\n\n"));
        }
        let output = self.output(results)?;
        match self.markdown {
            Some(member) => output.get(member)?.as_str().map(|text| text.trim_end().to_owned() + "\n"),
            None => Some(code(output)),
        }
    }

    /// The files of a zip: the documents, and code under its own paths.
    fn files(&self, results: &Results) -> Option<Vec<(String, Vec<u8>)>> {
        if self.phase.is_none() {
            let mut all = Vec::new();
            for kind in singles(results) {
                let folder = if kind.markdown.is_some() { "documents" } else { "code" };
                let files = kind.files(results)?.into_iter();
                all.extend(files.map(|(path, content)| (format!("{folder}/{path}"), content)));
            }
            return Some(all);
        }
        if self.markdown.is_some() {
            let data = serde_json::to_vec_pretty(&self.data(results)?).ok()?;
            let document = self.markdown(results)?.into_bytes();
            return Some(vec![
                (format!("{}.json", self.name), data),
                (format!("{}.md", self.name), document),
            ]);
        }
        let files = self.output(results)?.get("files")?.as_array()?;
        let file = |file: &Value| {
            Some((file["path"].as_str()?.to_owned(), file["content"].as_str()?.as_bytes().to_vec()))
        };
        files.iter().map(file).collect()
    }

    /// The artifact in a format; none where the phase that makes it is not among the results.
    #[must_use]
    pub fn render(&self, results: &Results, format: Format) -> Option<Vec<u8>> {
        if !self.is_in(results) {
            return None;
        }
        match format {
            Format::Json => serde_json::to_vec(&self.data(results)?).ok(),
            Format::Markdown => self.markdown(results).map(String::into_bytes),
            Format::Html => Some(page(self.title, &self.markdown(results)?).into_bytes()),
            Format::Zip => {
                let mut files = self.files(results)?;
                let list: Vec<Value> = files
                    .iter()
                    .map(|(path, content)| json!({"path": path, "bytes": content.len()}))
                    .collect();
                let mut manifest = json!({"artifact_type": self.name, "files": list});
                if let Some(code) = results
                    .iter()
                    .find(|(name, _)| name == "code" && matches!(self.phase, None | Some("code")))
                {
                    manifest["dependencies"] = code.1.get("dependencies").cloned().unwrap_or_default();
                    manifest["setup_instructions"] =
                        code.1.get("setup_instructions").cloned().unwrap_or_default();
                }
                files.insert(0, (MANIFEST.to_owned(), serde_json::to_vec_pretty(&manifest).ok()?));
                zip::of(&files)
            }
        }
    }
}

fn singles(results: &Results) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.phase.is_some() && kind.is_in(results))
}

/// Code as a document: what the model wrote, in fences.
fn code(output: &Map<String, Value>) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut document = format!("# Code\n\n{}\n", text(output.get("setup_instructions")).trim());
    for file in output.get("files").and_then(Value::as_array).into_iter().flatten() {
        let content = text(file.get("content"));
        // Longer than every run of backticks inside.
        let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let language: String =
            text(file.get("language")).chars().filter(char::is_ascii_alphanumeric).collect();
        let path = text(file.get("path")).replace('`', "'");
        let end = if content.ends_with('\n') { "" } else { "\n" };
        // Writing to a String does not fail.
        let _ = write!(document, "\n## `{path}`\n\n{fence}{language}\n{content}{end}{fence}\n");
    }
    document
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
table{border-collapse:collapse}td,th{border:1px solid;padding:.25rem .5rem;text-align:left}pre{overflow-x:auto}";

/// A page of a document. HTML in the document becomes text, links lead only to the web or to mail, and pictures become their
/// descriptions: so the page runs nothing and loads nothing.
#[must_use]
pub fn page(title: &str, markdown: &str) -> String {
    let mut body = String::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let safe = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = if leads_to_the_web(&dest_url) { dest_url } else { CowStr::Borrowed("#") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        event => Some(event),
    });
    pulldown_cmark::html::push_html(&mut body, safe);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<main>\n{body}</main>\n</html>\n"
    )
}

fn leads_to_the_web(address: &str) -> bool {
    let address = address.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:", "#"].iter().any(|start| address.starts_with(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn results() -> Results {
        let object = |value: Value| value.as_object().unwrap().clone();
        let strategy = json!({"prd": {"title": "T"}, "strategy": {"product_vision": "V"}, "prd_markdown": "# P\n", "strategy_markdown": "# S\n\nx"});
        let file = |path: &str, content: &str| json!({"path": path, "content": content, "language": "js"});
        let code = json!({
            "files": [file("a.js", "let a = `x`;\n"), file("größe/b.md", "```\nfence\n```")],
            "dependencies": {"production": {}, "development": {}}, "setup_instructions": "npm install",
        });
        vec![("strategy".to_owned(), object(strategy)), ("code".to_owned(), object(code))]
    }

    fn text(kind: &str, format: Format) -> String {
        String::from_utf8(named(kind).unwrap().render(&results(), format).unwrap()).unwrap()
    }

    #[test]
    fn a_document_comes_as_data_and_as_markdown() {
        assert_eq!(text("prd", Format::Json), "{\"title\":\"T\"}");
        assert_eq!(text("prd", Format::Markdown), "# P\n");
        assert_eq!(text("all", Format::Markdown).matches("\n# ").count() + 1, 3);
        let all: Value = serde_json::from_str(&text("all", Format::Json)).unwrap();
        let names: Vec<&String> = all.as_object().unwrap().keys().collect();
        assert_eq!(names, ["code_files", "prd", "strategy"]);
    }

    #[test]
    fn what_was_not_made_is_not_there() {
        for kind in ["wireframes", "design_system", "architecture"] {
            for format in Format::ALL {
                assert_eq!(named(kind).unwrap().render(&results(), format), None);
            }
        }
        assert_eq!(named("all").unwrap().render(&Vec::new(), Format::Zip), None);
    }

    #[test]
    fn files_with_fences_stay_in_theirs() {
        let html = text("code_files", Format::Html);
        assert!(html.contains("<pre><code class=\"language-js\">```\nfence\n```\n</code></pre>"), "{html}");
    }

    #[test]
    fn html_in_a_document_is_text() {
        let hostile = "# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n<div>\n\n[a](javascript:alert(1)) [b](JAVASCRIPT:x) \
                       [c](data:text/html,x) [d](https://example.org) ![e](https://example.org/e.png) <javascript:alert(1)>\n\n`</main>`";
        let html = page("T", hostile);
        let body = html.split_once("<main>").unwrap().1;
        for part in ["<script", "<img", "<div", "javascript:alert(1)\"", "href=\"data:"] {
            assert!(!body.to_lowercase().contains(&part.to_lowercase()), "{part} in {body}");
        }
        assert!(body.contains("href=\"https://example.org\"") && body.contains("&lt;script&gt;"));
    }

    proptest! {
        #[test]
        fn no_document_makes_a_tag_of_its_own(markdown in "[a<>/\"'!\\[\\]() &;#`*_\n-]{0,80}|<[a-z/!?-]{1,8}[ a=\"'>]{0,8}") {
            let html = page("T", &markdown);
            let body = html.split_once("<main>").unwrap().1;
            let known = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "blockquote", "hr", "br",
                "table", "thead", "tbody", "tr", "th", "td", "del", "input", "main", "html"];
            for tag in body.split('<').skip(1) {
                let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                prop_assert!(known.contains(&name.as_str()), "{} in {}", name, body);
            }
        }
    }
}
