//! A provider that gives one scripted answer after the other, and keeps what it was asked.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use models::{Models, Payer};
use platform::Platform;
use platform_native::memory::World;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What becomes of a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A reply of JSON.
    Json(u16, Value),
    /// The same with `Retry-After`.
    Later(u16, &'static str, Value),
    /// A stream of events.
    Events(String),
    /// The same, whose connection is closed before its end.
    CutEvents(String),
    /// Something else, with a status of 200.
    Text(&'static str),
    /// The connection stays open, and nothing comes.
    Nothing,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// A provider under test.
#[derive(Clone)]
pub(crate) struct Double {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    pub(crate) async fn with(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            asked: Arc::default(),
        };
        let serving = double.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        double
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut read = Vec::new();
        let (head, length) = loop {
            if stream.read_buf(&mut read).await.unwrap() == 0 {
                return;
            }
            let text = String::from_utf8_lossy(&read);
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                break (head.to_owned(), length.unwrap().parse::<usize>().unwrap());
            }
        };
        while read.len() < head.len() + 4 + length {
            stream.read_buf(&mut read).await.unwrap();
        }
        let body = serde_json::from_slice(&read[head.len() + 4..]).unwrap();
        self.asked.lock().unwrap().push(Asked { head, body });
        let answer =
            self.script.lock().unwrap().pop_front().unwrap_or(Answer::Json(500, json!("the script is over")));
        let (status, headers, body, whole) = match answer {
            Answer::Json(status, body) => (status, "application/json".to_owned(), body.to_string(), true),
            Answer::Later(status, after, body) => {
                (status, format!("application/json\r\nretry-after: {after}"), body.to_string(), true)
            }
            Answer::Events(text) => (200, "text/event-stream".to_owned(), text, true),
            Answer::CutEvents(text) => (200, "text/event-stream".to_owned(), text, false),
            Answer::Text(text) => (200, "text/html".to_owned(), text.to_owned(), true),
            Answer::Nothing => std::future::pending().await,
        };
        let length = body.len() + if whole { 0 } else { 100 };
        let reply = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {headers}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A deployment that has this provider, of a protocol, under the protocol's own name.
    pub(crate) fn world(&self, protocol: &str) -> World {
        let world = World::default().hurried(50);
        if protocol == BOUND {
            return world.with_models(format!("http://{}", self.address));
        }
        let providers = json!({protocol: {"url": format!("http://{}", self.address), "key": KEY}});
        world.with_variable("MODEL_PROVIDERS", &providers.to_string())
    }
}

/// The provider's key, which no error and no log may hold.
pub(crate) const KEY: &str = "sk-very-secret-0123456789";

/// Who pays, with a budget.
pub(crate) fn payer(tokens_per_day: u64) -> Payer {
    Payer { owner: "somebody".to_owned(), subject: Some("key:somebody".to_owned()), tokens_per_day }
}

pub(crate) async fn models(platform: &Platform) -> Models {
    Models::open(platform).await.unwrap()
}

/// An answer of a protocol: text, why it ended, tokens read and written.
pub(crate) fn says(protocol: &str, text: &str, stop: &str, (input, output): (u64, u64)) -> Value {
    match protocol {
        "anthropic" => json!({
            "id": "m1", "type": "message", "role": "assistant", "model": "claude-of-today",
            "content": [{"type": "text", "text": text}], "stop_reason": stop,
            "usage": {"input_tokens": input, "output_tokens": output},
        }),
        "google" => json!({
            "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": stop}],
            "usageMetadata": {"promptTokenCount": input, "candidatesTokenCount": output},
            "modelVersion": "gemini-of-today", "responseId": "m1",
        }),
        _ => json!({
            "id": "m1", "object": "chat.completion", "model": "gpt-of-today",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": stop}],
            "usage": {"prompt_tokens": input, "completion_tokens": output},
        }),
    }
}

/// The word of a protocol for the end of an answer.
pub(crate) fn end(protocol: &str) -> &'static str {
    match protocol {
        "anthropic" => "end_turn",
        "google" => "STOP",
        _ => "stop",
    }
}

/// The one that is called by a binding.
pub(crate) const BOUND: &str = "workers-ai";

/// Those that have an address and a key.
pub(crate) const KEYED: [&str; 3] = ["anthropic", "google", "openai"];

/// All of them.
pub(crate) const PROTOCOLS: [&str; 4] = ["anthropic", "google", "openai", BOUND];
