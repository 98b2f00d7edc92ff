//! Calling a model: with a deadline, bounded retries, and on somebody's account.

use std::{collections::VecDeque, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Response, header};
use platform::{OutsideError, Platform, whole, within};
use web::events::EventReader;

use crate::{
    Event, Failure, Kind, Model, Payer, Protocol, Reply, Request, Tokens,
    budget::{self, Hold},
    protocol::{self, Decoder, Target, Wire},
};

/// How often a provider is asked that has no time.
const MOST_ATTEMPTS: u32 = 3;
/// Before the second attempt, where the provider does not say how long; doubled before the third.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A provider that wants a longer pause is not waited for: the caller is told instead.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The largest reply that is read. An answer of 128,000 tokens has some 500 kB.
const LARGEST_REPLY: usize = 4 << 20;
/// The largest event of a stream, and the largest error.
const LARGEST_EVENT: usize = 1 << 20;
/// Bytes of a request for which at least one token is counted before the provider has counted: English has four or five, JSON
/// and other languages three.
const BYTES_PER_TOKEN: u64 = 3;
/// Tokens of an answer for which a call is worth it.
const LEAST_ANSWER: u32 = 16;

/// A call that was paid for in advance.
struct Call {
    wire: Wire,
    hold: Hold,
    max_tokens: u32,
    /// Tokens that the request has, as far as can be said before.
    input: u64,
    /// When it is given up, in milliseconds since 1970.
    ends: i64,
}

impl Model {
    /// A model's next turn.
    ///
    /// # Errors
    /// Where the budget has no room, or the provider gives no whole answer in time.
    pub async fn complete(
        &self,
        platform: &Platform,
        payer: &Payer,
        request: &Request,
    ) -> Result<Reply, Failure> {
        let call = self.begin(platform, payer, request, false).await?;
        let target = self.target(call.max_tokens);
        let replied = self.replied(platform, &target, &call).await;
        let used = match &replied {
            Ok(reply) => reply.tokens,
            Err(failure) => spent_by(failure, call.input, 0),
        };
        self.settle(platform, call.hold, used, replied.as_ref().err()).await;
        replied
    }

    async fn replied(&self, platform: &Platform, target: &Target<'_>, call: &Call) -> Result<Reply, Failure> {
        let response = self.open(platform, target, &call.wire, call.ends).await?;
        let body = whole(response.into_body(), LARGEST_REPLY);
        let body = within(platform.sleep(), left(platform, call.ends), body).await;
        let body = body.ok_or_else(|| self.timed_out())?;
        let body = body.map_err(|error| self.redacted(protocol::broken(target).because(error)))?;
        protocol::decode(self.provider.protocol, target, &body).map_err(|failure| self.redacted(failure))
    }

    /// A model's next turn while it is written.
    ///
    /// # Errors
    /// As [`Self::complete`], as far as it is known before the first piece.
    pub async fn stream(
        &self,
        platform: &Platform,
        payer: &Payer,
        request: &Request,
    ) -> Result<Streaming, Failure> {
        let call = self.begin(platform, payer, request, true).await?;
        let target = self.target(call.max_tokens);
        let opened = self.open(platform, &target, &call.wire, call.ends).await;
        let response = match opened {
            Ok(response) => response,
            Err(failure) => {
                let used = spent_by(&failure, call.input, 0);
                self.settle(platform, call.hold, used, Some(&failure)).await;
                return Err(failure);
            }
        };
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_whole = kind.is_some_and(|kind| kind.starts_with("application/json"));
        let body = response.into_body();
        let source = if is_whole {
            Source::Whole(body)
        } else {
            Source::Events(Box::new(EventReader::new(body, LARGEST_EVENT)))
        };
        Ok(Streaming {
            decoder: Some(Decoder::new(self.provider.protocol)),
            model: self.clone(),
            platform: platform.clone(),
            source,
            found: VecDeque::new(),
            written: 0,
            max_tokens: call.max_tokens,
            input: call.input,
            ends: call.ends,
            hold: Some(call.hold),
        })
    }

    /// Reserves what the call takes at most.
    async fn begin(
        &self,
        platform: &Platform,
        payer: &Payer,
        request: &Request,
        streams: bool,
    ) -> Result<Call, Failure> {
        let now = platform.clock().now().timestamp_millis();
        let ends = now.saturating_add(i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX));
        let wanted =
            request.max_tokens.map_or(self.most_tokens, |wanted| wanted.min(self.most_tokens)).max(1);
        let encode = |most| protocol::encode(self.provider.protocol, &self.target(most), request, streams);
        let mut wire = encode(wanted);
        let input = (wire.body.to_string().len() as u64).div_ceil(BYTES_PER_TOKEN);
        if let Some(known) = self.known().filter(|known| input / 2 > known.context) {
            let detail = format!(
                "The conversation has about {input} tokens, and {} reads {}.",
                self.name, known.context
            );
            return Err(Failure::new(Kind::Rejected, detail));
        }
        let least = input + u64::from(wanted.min(LEAST_ANSWER));
        let hold = budget::reserve(platform, payer, least, input + u64::from(wanted)).await?;
        let most = u32::try_from(hold.granted.saturating_sub(input)).unwrap_or(u32::MAX).min(wanted);
        if most < wanted {
            wire = encode(most);
        }
        Ok(Call { wire, hold, max_tokens: most, input, ends })
    }

    /// A reply whose status says that it is one; else another attempt, or why there is none.
    async fn open(
        &self,
        platform: &Platform,
        target: &Target<'_>,
        wire: &Wire,
        ends: i64,
    ) -> Result<Response<Body>, Failure> {
        let body = Bytes::from(wire.body.to_string());
        let mut attempt = 0;
        loop {
            let failure = match self.attempt(platform, target, wire, body.clone(), ends).await {
                Ok(response) => return Ok(response),
                Err(failure) => self.redacted(failure),
            };
            let pause = failure.retry_after.unwrap_or(FIRST_PAUSE * (1 << attempt));
            attempt += 1;
            let may_pass = matches!(failure.kind, Kind::RateLimited | Kind::Overloaded | Kind::Unreachable);
            let fits = pause <= LONGEST_PAUSE && pause < left(platform, ends);
            if attempt == MOST_ATTEMPTS || !may_pass || !fits {
                return Err(failure);
            }
            platform.sleep().sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        platform: &Platform,
        target: &Target<'_>,
        wire: &Wire,
        body: Bytes,
        ends: i64,
    ) -> Result<Response<Body>, Failure> {
        let sleep = platform.sleep();
        let request = self.request(target, wire, &body)?;
        let response = match request {
            Some(request) => within(sleep, left(platform, ends), platform.http().open(request)).await,
            None => within(sleep, left(platform, ends), run(platform, &self.name, body)).await,
        };
        let response =
            response.ok_or_else(|| self.timed_out())?.map_err(|error| unreachable(target, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = within(sleep, left(platform, ends), whole(response.into_body(), LARGEST_EVENT)).await;
        let body = body.and_then(Result::ok).unwrap_or_default();
        Err(protocol::fault(target, status, &headers, &body))
    }

    /// The request to the provider's address; none where it is called by the platform's binding.
    fn request(
        &self,
        target: &Target<'_>,
        wire: &Wire,
        body: &Bytes,
    ) -> Result<Option<http::Request<Bytes>>, Failure> {
        if self.provider.protocol == Protocol::WorkersAi {
            return Ok(None);
        }
        let mut request = http::Request::post(&wire.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("mechafil-edge/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &wire.headers {
            request = request.header(*name, value);
        }
        let request = request.body(body.clone()).map_err(|error| {
            // Its text may hold the value of a header.
            let _ = error;
            Failure::new(
                Kind::Unreachable,
                format!("The address or key of {} cannot be used.", target.provider),
            )
        })?;
        Ok(Some(request))
    }

    async fn settle(&self, platform: &Platform, hold: Hold, used: Tokens, failure: Option<&Failure>) {
        if let Some(failure) = failure {
            let cause = failure.cause.clone().map(|cause| OutsideError::new("model", cause));
            let told = format!("{} did not answer: {}", self.by(), failure.detail);
            web::log::warning(platform, &told, cause.as_ref().map(|cause| cause as &dyn std::fmt::Display));
        }
        // What the caller was promised holds whether it can be written down or not; the reservation then stays counted.
        if let Err(error) = budget::settle(platform, self, hold, used, failure.is_some()).await {
            web::log::error(platform, "the tokens of a call were not written down", &error);
        }
    }

    fn timed_out(&self) -> Failure {
        let detail =
            format!("{} did not answer within {} s.", self.provider.name, self.timeout.as_secs_f64().ceil());
        Failure::new(Kind::TimedOut, detail)
    }

    /// Without the key, whoever said it.
    fn redacted(&self, mut failure: Failure) -> Failure {
        if let Some(key) = &self.provider.key {
            failure.detail = failure.detail.replace(key.as_str(), "[key]");
            failure.cause = failure.cause.map(|cause| cause.replace(key.as_str(), "[key]"));
        }
        failure
    }
}

/// Calls the platform's own model.
async fn run(platform: &Platform, model: &str, input: Bytes) -> Result<Response<Body>, OutsideError> {
    let inference = platform.inference().ok_or_else(|| OutsideError::new("inference", "is not bound"))?;
    inference.run(model, input).await
}

fn unreachable(target: &Target<'_>, error: &OutsideError) -> Failure {
    let detail = format!("{} was not reached. Please try again in a moment.", target.provider);
    Failure::new(Kind::Unreachable, detail).because(error)
}

/// What a call took that failed: nothing where the provider refused it; else what it has read and written as far as is known.
fn spent_by(failure: &Failure, input: u64, written: u64) -> Tokens {
    match failure.kind {
        Kind::TimedOut | Kind::Broken | Kind::Unreadable => {
            Tokens { input, output: written.div_ceil(BYTES_PER_TOKEN) }
        }
        _ if written > 0 => Tokens { input, output: written.div_ceil(BYTES_PER_TOKEN) },
        _ => Tokens::default(),
    }
}

fn left(platform: &Platform, ends: i64) -> Duration {
    let left = ends.saturating_sub(platform.clock().now().timestamp_millis());
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

enum Source {
    Events(Box<EventReader>),
    /// A server that does not stream.
    Whole(Body),
    Ended,
}

/// A turn while it is written. Dropping it ends the request.
pub struct Streaming {
    model: Model,
    platform: Platform,
    source: Source,
    decoder: Option<Decoder>,
    found: VecDeque<Event>,
    written: u64,
    max_tokens: u32,
    input: u64,
    ends: i64,
    hold: Option<Hold>,
}

impl Streaming {
    /// The next event; the last one is [`Event::Done`] or a failure.
    pub async fn next(&mut self) -> Option<Result<Event, Failure>> {
        loop {
            if let Some(event) = self.found.pop_front() {
                return Some(Ok(event));
            }
            let decoder = self.decoder.as_mut()?;
            let read = within(self.platform.sleep(), left(&self.platform, self.ends), read(&mut self.source));
            let target = self.model.target(self.max_tokens);
            let ended = match read.await {
                Some(Chunk::Data(data)) if data.trim() == "[DONE]" => {
                    decoder.done();
                    Ok(())
                }
                Some(Chunk::Data(data)) => match decoder.feed(&target, &data) {
                    Ok(events) => {
                        for event in &events {
                            if let Event::Text(text) = event {
                                self.written += text.len() as u64;
                            }
                        }
                        self.found.extend(events);
                        continue;
                    }
                    Err(failure) => Err(failure),
                },
                Some(Chunk::Whole(body)) => {
                    let replied = protocol::decode(self.model.provider.protocol, &target, &body);
                    if let Ok(reply) = &replied
                        && !reply.turn.text.is_empty()
                    {
                        self.found.push_back(Event::Text(reply.turn.text.clone()));
                    }
                    self.decoder = None;
                    return self.end(replied).await;
                }
                Some(Chunk::End) => Ok(()),
                // What came is whole: what the connection did afterwards does not matter.
                _ if decoder.is_whole() => Ok(()),
                Some(Chunk::Cut(error)) => Err(protocol::broken(&target).because(error)),
                None => Err(self.model.timed_out()),
            };
            let decoder = self.decoder.take()?;
            let replied = ended.and_then(|()| decoder.finish(&target));
            return self.end(replied).await;
        }
    }

    async fn end(&mut self, replied: Result<Reply, Failure>) -> Option<Result<Event, Failure>> {
        self.source = Source::Ended;
        let replied = replied.map_err(|failure| self.model.redacted(failure));
        let used = match &replied {
            Ok(reply) if reply.tokens.total() > 0 => reply.tokens,
            // A server that does not count.
            Ok(_) => Tokens { input: self.input, output: self.written.div_ceil(BYTES_PER_TOKEN) },
            Err(failure) => spent_by(failure, self.input, self.written),
        };
        if let Some(hold) = self.hold.take() {
            self.model.settle(&self.platform, hold, used, replied.as_ref().err()).await;
        }
        match replied {
            Ok(reply) => self.found.push_back(Event::Done(Box::new(reply))),
            Err(failure) => return Some(Err(failure)),
        }
        self.found.pop_front().map(Ok)
    }
}

enum Chunk {
    Data(String),
    Whole(Bytes),
    End,
    Cut(OutsideError),
}

async fn read(source: &mut Source) -> Chunk {
    match source {
        Source::Events(reader) => loop {
            return match reader.next().await {
                None => Chunk::End,
                Some(Err(error)) => Chunk::Cut(error),
                // A comment, or a field without data.
                Some(Ok(event)) => match event.data {
                    Some(data) => Chunk::Data(data),
                    None => continue,
                },
            };
        },
        Source::Whole(body) => match whole(std::mem::take(body), LARGEST_REPLY).await {
            Ok(body) => Chunk::Whole(body),
            Err(error) => Chunk::Cut(error),
        },
        Source::Ended => Chunk::End,
    }
}
