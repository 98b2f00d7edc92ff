//! Agents, and the documents that they and people read: standards, commands and scripts.
//!
//! What is decided is apart from what is stored: [`yaml`], [`document`] and [`definition`] read texts and know no I/O; [`library`]
//! finds a text in its layers, and [`loads`] keeps the limits.
//!
//! Nothing of a document is ever executed. An agent is a language model's instructions with the tools that it may call;
//! `functions/agents` runs it.

pub mod definition;
pub mod document;
pub mod library;
pub mod loads;
mod yaml;
