//! Giving a result the form that its client's revision knows.

use mcp_protocol::meta::SERVER as META_SERVER;
use rmcp::model::{
    CacheScope, CallToolResult, CompleteResult, ContentBlock, CreateTaskResult, DiscoverResult,
    GetPromptResult, GetTaskResult, Implementation, InputRequiredResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, MetaObject, ReadResourceResult,
    ResultType, TaskAckResult, Tool,
};
use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::Value;

use crate::{CacheHint, Error, ListedTool, Revision, rpc::ResultText, schema};

/// A result whose form differs between revisions.
pub(crate) trait Finish: Serialize {
    /// 2026-07-28: every result says its type, and some how long they may be kept.
    fn finish_stateless(&mut self, hint: CacheHint);

    /// Before: neither is known. What else the revision does not know is taken out or put into words.
    fn finish_older(&mut self, revision: Revision);

    fn meta(&mut self) -> &mut Option<MetaObject>;
}

/// Writes a result for a client of `revision`.
pub(crate) fn write<R: Finish>(
    result: R,
    revision: Revision,
    implementation: &Implementation,
    hint: CacheHint,
) -> Result<ResultText, Error> {
    text(&finished(result, revision, implementation, hint))
}

/// The same for a long result of about this many bytes: a text that grows while it is written is copied, and held twice meanwhile.
pub(crate) fn write_long<R: Finish>(
    result: R,
    revision: Revision,
    implementation: &Implementation,
    hint: CacheHint,
    length: usize,
) -> Result<ResultText, Error> {
    let mut text = Vec::with_capacity(length);
    let written = serde_json::to_writer(&mut text, &finished(result, revision, implementation, hint));
    written.map_err(|why| not_json(&why))?;
    String::from_utf8(text).map_err(|why| not_json(&why))
}

fn finished<R: Finish>(
    mut result: R,
    revision: Revision,
    implementation: &Implementation,
    hint: CacheHint,
) -> R {
    if revision.is_stateless() {
        result.finish_stateless(hint);
        let meta = result.meta().get_or_insert_default();
        if !meta.contains_key(META_SERVER) {
            let server = serde_json::to_value(implementation).unwrap_or(Value::Null);
            meta.insert(META_SERVER.to_owned(), server);
        }
    } else {
        result.finish_older(revision);
    }
    result
}

pub(crate) fn text(result: &impl Serialize) -> Result<ResultText, Error> {
    serde_json::to_string(result).map_err(|why| not_json(&why))
}

fn not_json(why: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("The result is not JSON: {why}"))
}

macro_rules! finish {
    (@older $self:ident, $revision:ident,) => {};
    (@older $self:ident, $revision:ident, $older:expr) => { ($older)($self, $revision) };
    (plain $($result:ident $(=> $older:expr)?),+ $(,)?) => { $(
        impl Finish for $result {
            fn finish_stateless(&mut self, _: CacheHint) {
                self.result_type.get_or_insert(ResultType::COMPLETE);
            }
            fn finish_older(&mut self, _revision: Revision) {
                self.result_type = None;
                finish!(@older self, _revision, $($older)?);
            }
            fn meta(&mut self) -> &mut Option<MetaObject> {
                &mut self.meta
            }
        }
    )+ };
    (cacheable $($result:ident $(=> $older:expr)?),+ $(,)?) => { $(
        impl Finish for $result {
            fn finish_stateless(&mut self, hint: CacheHint) {
                self.result_type.get_or_insert(ResultType::COMPLETE);
                self.ttl_ms.get_or_insert(hint.ttl_ms);
                // `Public` is the default of the type, and must not become the default of a server.
                self.cache_scope.get_or_insert(match hint.scope {
                    CacheScope::Public => CacheScope::Public,
                    _ => CacheScope::Private,
                });
            }
            fn finish_older(&mut self, _revision: Revision) {
                (self.result_type, self.ttl_ms, self.cache_scope) = (None, None, None);
                finish!(@older self, _revision, $($older)?);
            }
            fn meta(&mut self) -> &mut Option<MetaObject> {
                &mut self.meta
            }
        }
    )+ };
}

finish!(plain CallToolResult => call_for, GetPromptResult => prompt_for, CompleteResult);
finish!(cacheable
    ListToolsResult => tools_for,
    ToolPage => |page: &mut ToolPage, revision| page.tools.older = Some(revision),
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListPromptsResult,
    ReadResourceResult,
);

/// A [`ListToolsResult`] whose tools are read one by one while they are written: a thousand at once would take many times the
/// memory of their text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<ResultType>,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<MetaObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_scope: Option<CacheScope>,
    tools: Tools,
}

struct Tools {
    listed: Vec<ListedTool>,
    /// The client's revision, where it is not the newest.
    older: Option<Revision>,
}

impl ToolPage {
    pub(crate) fn new(listed: Vec<ListedTool>, next_cursor: Option<String>) -> Self {
        let tools = Tools { listed, older: None };
        Self { result_type: None, meta: None, next_cursor, ttl_ms: None, cache_scope: None, tools }
    }

    /// About how long it is as JSON, with what is put around it.
    pub(crate) fn length(&self) -> usize {
        self.tools.listed.iter().map(|tool| tool.length() + 1).sum::<usize>() + 1_024
    }
}

impl Serialize for Tools {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for mut tool in self.listed.iter().filter_map(ListedTool::read) {
            if let Some(revision) = self.older {
                tool_for(&mut tool, revision);
            }
            list.serialize_element(&tool)?;
        }
        list.end()
    }
}

/// These exist in 2026-07-28 only, and are complete from the start.
macro_rules! stateless_only {
    ($($result:ident),+) => { $(
        impl Finish for $result {
            fn finish_stateless(&mut self, _: CacheHint) {}
            fn finish_older(&mut self, _: Revision) {}
            fn meta(&mut self) -> &mut Option<MetaObject> {
                &mut self.meta
            }
        }
    )+ };
}

stateless_only!(DiscoverResult, InputRequiredResult, CreateTaskResult, GetTaskResult, TaskAckResult);

fn tools_for(result: &mut ListToolsResult, revision: Revision) {
    result.tools.iter_mut().for_each(|tool| tool_for(tool, revision));
}

fn tool_for(tool: &mut Tool, revision: Revision) {
    if !declares_output(tool, revision) {
        tool.output_schema = None;
    }
}

fn declares_output(tool: &Tool, revision: Revision) -> bool {
    revision.has_structured_output()
        && tool
            .output_schema
            .as_ref()
            .is_some_and(|output| revision.has_any_structured_output() || schema::is_object(output))
}

fn call_for(result: &mut CallToolResult, revision: Revision) {
    let known = revision.has_structured_output()
        && result
            .structured_content
            .as_ref()
            .is_some_and(|value| revision.has_any_structured_output() || value.is_object());
    if !known {
        result.structured_content = None;
    }
    result.content.iter_mut().for_each(|content| content_for(content, revision));
}

fn prompt_for(result: &mut GetPromptResult, revision: Revision) {
    result.messages.iter_mut().for_each(|message| content_for(&mut message.content, revision));
}

/// Puts into words what the revision cannot say otherwise: a client that does not know a kind of content refuses the
/// whole result.
fn content_for(content: &mut ContentBlock, revision: Revision) {
    let words = match content {
        ContentBlock::ResourceLink(link) if !revision.has_resource_links() => {
            format!("{}: {}", link.name, link.uri)
        }
        ContentBlock::Audio(audio) if !revision.has_audio() => {
            format!("(audio of type {}, which protocol revision {revision} cannot carry)", audio.mime_type)
        }
        _ => return,
    };
    *content = ContentBlock::text(words);
}

#[cfg(test)]
mod tests {
    use rmcp::model::Resource;
    use serde_json::json;

    use super::*;

    fn written(result: impl Finish, revision: Revision) -> Value {
        let text = write(result, revision, &Implementation::new("s", "1"), CacheHint::public(5)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_newest_revision_says_type_cache_and_server_and_older_ones_do_not() {
        let newest = written(ListToolsResult::default(), Revision::V2026_07_28);
        assert_eq!(
            newest,
            json!({
                "resultType": "complete", "ttlMs": 5, "cacheScope": "public", "tools": [],
                "_meta": { META_SERVER: { "name": "s", "version": "1" } }
            })
        );
        assert_eq!(written(ListToolsResult::default(), Revision::V2025_11_25), json!({ "tools": [] }));
    }

    #[test]
    fn structured_content_goes_only_to_those_who_know_it() {
        let result = || CallToolResult::structured(json!({ "a": 1 }));
        assert!(written(result(), Revision::V2025_06_18).get("structuredContent").is_some());
        assert!(written(result(), Revision::V2025_03_26).get("structuredContent").is_none());
        let list = || CallToolResult::structured(json!([1]));
        assert!(written(list(), Revision::V2026_07_28).get("structuredContent").is_some());
        assert!(written(list(), Revision::V2025_11_25).get("structuredContent").is_none());
    }

    #[test]
    fn a_link_becomes_words_for_those_who_cannot_follow_it() {
        let result =
            || CallToolResult::success(vec![ContentBlock::resource_link(Resource::new("a://b", "c"))]);
        assert_eq!(written(result(), Revision::V2025_06_18)["content"][0]["type"], "resource_link");
        assert_eq!(written(result(), Revision::V2025_03_26)["content"][0]["text"], "c: a://b");
    }
}
