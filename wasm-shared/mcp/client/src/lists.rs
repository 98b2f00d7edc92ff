//! What a server offers.

use std::collections::HashSet;

use mcp_protocol::{
    ParamHeader,
    model::{JsonObject, Tool},
};
use serde::Deserialize as _;
use serde_json::Value;

use crate::{Client, Error, Ignore, Session};

/// A list of a server's, as far as it can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// Its entries.
    pub entries: Vec<T>,
    /// Why entries are left out, a sentence each.
    pub left_out: Vec<String>,
}

impl Client<'_> {
    /// The server's tools, without those that no client may call.
    ///
    /// # Errors
    /// When the server does not list them.
    pub async fn tools(&self, session: &Session) -> Result<Listed<Tool>, Error> {
        Ok(judged(self.list(session, "tools/list", "tools").await?))
    }

    /// The first pages of the server's tools, for so many requests at most, and whether those are all.
    ///
    /// # Errors
    /// When the server does not list them.
    pub async fn first_tools(&self, session: &Session, pages: usize) -> Result<(Listed<Tool>, bool), Error> {
        let (entries, is_whole) = self.pages(session, "tools/list", "tools", pages).await?;
        Ok((judged(entries), is_whole))
    }

    /// The server's resources, as it describes them.
    ///
    /// # Errors
    /// When the server does not list them.
    pub async fn resources(&self, session: &Session) -> Result<Vec<Value>, Error> {
        self.list(session, "resources/list", "resources").await
    }

    /// The server's templates of resources, as it describes them.
    ///
    /// # Errors
    /// When the server does not list them.
    pub async fn resource_templates(&self, session: &Session) -> Result<Vec<Value>, Error> {
        self.list(session, "resources/templates/list", "resourceTemplates").await
    }

    /// The server's prompts, as it describes them.
    ///
    /// # Errors
    /// When the server does not list them.
    pub async fn prompts(&self, session: &Session) -> Result<Vec<Value>, Error> {
        self.list(session, "prompts/list", "prompts").await
    }

    /// All pages of a list.
    async fn list(&self, session: &Session, method: &str, member: &str) -> Result<Vec<Value>, Error> {
        match self.pages(session, method, member, self.bounds.pages).await? {
            (entries, true) => Ok(entries),
            _ => Err(Error::TooMuch(format!("more than {} pages of {member}", self.bounds.pages))),
        }
    }

    /// The first pages of a list, in the time of one answer, and whether those are all.
    async fn pages(
        &self,
        session: &Session,
        method: &str,
        member: &str,
        pages: usize,
    ) -> Result<(Vec<Value>, bool), Error> {
        self.in_time(async {
            let (mut entries, mut cursor) = (Vec::new(), None);
            for _ in 0..pages.min(self.bounds.pages) {
                let mut params = JsonObject::new();
                params.extend(cursor.map(|cursor| ("cursor".to_owned(), Value::String(cursor))));
                let mut result = self.request(session, method, params, &mut Ignore).await?;
                match result.remove(member) {
                    Some(Value::Array(page)) => entries.extend(page),
                    _ => return Err(Error::malformed(format!("there are no {member} in the list"))),
                }
                if entries.len() > self.bounds.entries {
                    return Err(Error::TooMuch(format!("more than {} {member}", self.bounds.entries)));
                }
                cursor = match result.remove("nextCursor") {
                    Some(Value::String(next)) => Some(next),
                    _ => return Ok((entries, true)),
                };
            }
            Ok((entries, false))
        })
        .await
    }
}

/// The tools that a client may call, and why others are left out.
fn judged(entries: Vec<Value>) -> Listed<Tool> {
    let mut listed = Listed { entries: Vec::new(), left_out: Vec::new() };
    let mut names = HashSet::new();
    for entry in entries {
        let name: String = entry["name"].as_str().unwrap_or("without a name").chars().take(80).collect();
        let tool = Tool::deserialize(&entry).map_err(|_| "is not described as the protocol wants it");
        let tool = tool.and_then(|tool| match ParamHeader::of_schema(&tool.input_schema) {
            Ok(_) if tool.name.is_empty() => Err("has no name"),
            Ok(_) => Ok(tool),
            Err(_) => Err("repeats arguments in headers in a way that is not allowed"),
        });
        match tool {
            Ok(tool) if names.insert(tool.name.clone()) => listed.entries.push(tool),
            Ok(_) => listed.left_out.push(format!("The tool {name} is there twice.")),
            Err(why) => listed.left_out.push(format!("The tool {name} {why}.")),
        }
    }
    listed
}
