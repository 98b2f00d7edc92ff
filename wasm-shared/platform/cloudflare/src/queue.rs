use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use platform::{
    Answer, Application, Delivery, Message, Outgoing, OutsideError, Platform, Provides, Queue, ServicesOn,
    queue::{DeadLetter, MOST_ATTEMPTS, TableQueue, deliver, is_slow},
};
use worker::{
    js_sys::{Array, Object, Reflect, futures::JsFuture},
    wasm_bindgen::{JsCast, JsValue},
    worker_sys,
};

use super::{Bindings, DateNow, on_this_thread};

/// The suffix of the names of queues that take dead letters.
const DEAD_LETTERS: &str = "dead-letters";
/// The limits of one call of `sendBatch`: messages, and bytes of them (256 kB less what the platform adds).
const BATCH: (usize, usize) = (100, 240_000);

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("queue", error)
}

fn thrown(error: JsValue) -> OutsideError {
    failed(worker::Error::from(error))
}

impl Provides<dyn Queue> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Queue>> {
        let letters = TableQueue::new(Arc::new(self.clone()), Arc::new(DateNow));
        Some(Arc::new(Queues { bindings: self.clone(), letters }))
    }
}

/// Cloudflare Queues, binding `QUEUE`. What Cloudflare gives up goes to its dead-letter queue, whose consumer writes it into
/// the database: a Worker cannot look into a queue.
struct Queues {
    bindings: Bindings,
    letters: TableQueue,
}

/// A message has no attributes, so its topic stands before its body. Text, because objects are changed on the way.
fn to_js(message: &Outgoing) -> Result<JsValue, OutsideError> {
    let object = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&object, &name.into(), &value).map_err(thrown);
    set("body", format!("{}\n{}", message.topic, message.body).into())?;
    set("contentType", "text".into())?;
    set("delaySeconds", seconds(message.delay).into())?;
    Ok(object.into())
}

/// Whole seconds, never fewer than asked for.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

impl Queues {
    async fn send(&self, batch: Array) -> Result<(), OutsideError> {
        let queue = Reflect::get(&self.bindings.0, &"QUEUE".into()).map_err(thrown)?;
        if queue.is_undefined() {
            return Err(failed("there is no queue with the binding QUEUE in wrangler.toml"));
        }
        let queue: worker_sys::Queue = queue.unchecked_into();
        let sent = queue.send_batch(batch, JsValue::UNDEFINED).map_err(thrown)?;
        JsFuture::from(sent).await.map(drop).map_err(thrown)
    }
}

impl Queue for Queues {
    fn put(&self, messages: Vec<Outgoing>) -> Answer<'_, ()> {
        on_this_thread(async move {
            let (mut batch, mut bytes) = (Array::new(), 0);
            for message in messages {
                let length = message.topic.len() + message.body.len() + 1;
                if batch.length() as usize == BATCH.0 || bytes + length > BATCH.1 {
                    self.send(std::mem::replace(&mut batch, Array::new())).await?;
                    bytes = 0;
                }
                bytes += length;
                batch.push(&to_js(&message)?);
            }
            self.send(batch).await
        })
    }

    fn claim<'a>(&'a self, _topics: &'a [&'static str]) -> Answer<'a, Option<Message>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn settle<'a>(&'a self, _message: &'a Message, _delivery: Delivery) -> Answer<'a, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn dead_letters(&self, before: Option<i64>, most: u32) -> Answer<'_, Vec<DeadLetter>> {
        self.letters.dead_letters(before, most)
    }

    /// Sent first and removed then: what fails in between is sent twice, and not lost.
    fn resend(&self, id: i64) -> Answer<'_, bool> {
        on_this_thread(async move {
            let letters = self.letters.dead_letters(Some(id.saturating_add(1)), 1).await?;
            let Some(letter) = letters.into_iter().find(|letter| letter.id == id) else { return Ok(false) };
            self.put(vec![Outgoing::new(letter.topic, letter.body)]).await?;
            self.letters.remove_dead_letter(id).await
        })
    }
}

/// Delivers a batch of messages that the Workers runtime hands over, or writes down a batch of dead letters. What is neither
/// acknowledged nor sent back when this ends with an error, the runtime delivers again.
///
/// # Errors
/// When the runtime's own objects are not what they should be.
pub async fn deliver_batch<A: Application<Services: ServicesOn<Bindings>>>(
    batch: worker_sys::MessageBatch,
    env: worker::Env,
) -> Result<JsValue, JsValue> {
    let platform = super::platform::<A>(&env);
    let letters = TableQueue::new(Arc::new(Bindings(env)), Arc::new(DateNow));
    let dead = String::from(batch.queue()?).ends_with(DEAD_LETTERS);
    let messages: Vec<worker_sys::Message> = batch.messages()?.iter().map(JsCast::unchecked_into).collect();
    let mut slow = Vec::new();
    for raw in &messages {
        let message = read(raw)?;
        let one = deliver_one::<A>(&platform, &letters, raw, message.clone(), dead);
        // Slow ones wait together and not one after the other: a batch has a quarter of an hour in all.
        if is_slow(&message.topic) && !dead { slow.push(one) } else { one.await? }
    }
    for settled in join_all(slow).await {
        settled?;
    }
    Ok(JsValue::UNDEFINED)
}

async fn deliver_one<A: Application<Services: ServicesOn<Bindings>>>(
    platform: &Platform,
    letters: &TableQueue,
    raw: &worker_sys::Message,
    mut message: Message,
    dead: bool,
) -> Result<(), JsValue> {
    let delivery = if dead {
        message.attempts = MOST_ATTEMPTS;
        Delivery::Dead { reason: format!("{MOST_ATTEMPTS} attempts failed") }
    } else {
        deliver::<A>(platform, message.clone()).await
    };
    match delivery {
        Delivery::Done => raw.ack(),
        Delivery::Retry { after } => retry(raw, after),
        Delivery::Dead { reason } => match letters.bury(&message, &reason).await {
            Ok(()) => raw.ack(),
            Err(error) => {
                platform::log::error(platform, "a dead letter was not kept", &error);
                retry(raw, Duration::from_mins(1))
            }
        },
    }
}

fn read(raw: &worker_sys::Message) -> Result<Message, JsValue> {
    let text = raw.body()?.as_string().unwrap_or_default();
    let (topic, body) = text.split_once('\n').unwrap_or(("", &text));
    let attempts = Reflect::get(raw, &"attempts".into())?.as_f64().unwrap_or(1.0);
    Ok(Message {
        id: raw.id()?.into(),
        topic: topic.to_owned(),
        body: body.to_owned(),
        attempts: attempts as u32,
    })
}

fn retry(raw: &worker_sys::Message, after: Duration) -> Result<(), JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"delaySeconds".into(), &seconds(after).into())?;
    raw.retry(options.into())
}
