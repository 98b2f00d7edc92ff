//! Requests and replies, from the runtime's objects to those of `http` and back.
//!
//! `worker`'s own conversion does more than is needed here, and each thing is paid for by every request: it makes the
//! request's abort signal, asks for `cf.httpProtocol`, which throws where there is none, and reads a body through a reader,
//! whose release makes workerd write an error with its stack. Without them a forecast of one day takes 0.7 of the CPU (scripts/bench).

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt as _, StreamBody};
use worker::{
    js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array},
    send::{SendFuture, SendWrapper},
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::JsFuture,
    worker_sys::web_sys,
};

/// The longest body, in bytes, that is read in one piece. A longer one, or one of unknown length, is read piece by piece, so
/// that who reads it can stop.
const ONE_PIECE: u64 = 1 << 20;

/// The longest piece, in bytes, of a reply.
const PIECE: u32 = 64 << 10;

/// The runtime's request. Its body is read when it is asked for.
///
/// # Errors
/// When the runtime's request has a method, an address or a header that `http` does not take.
pub(crate) fn from_web(request: web_sys::Request) -> Result<http::Request<Body>, JsValue> {
    let mut made = http::Request::new(Body::empty());
    *made.method_mut() = request.method().parse().map_err(failed)?;
    *made.uri_mut() = request.url().parse().map_err(failed)?;
    *made.headers_mut() = headers_from(&request.headers())?;
    *made.body_mut() = body_of(request, made.headers());
    Ok(made)
}

/// A reply to a request that was sent. `held` is dropped with its body.
///
/// # Errors
/// When the reply has a status or a header that `http` does not take, or a body that is not bytes.
pub(crate) fn reply_from_web<T: 'static>(
    reply: &web_sys::Response,
    held: T,
) -> Result<http::Response<Body>, JsValue> {
    let body = reply.body().map_or_else(|| Ok(Body::empty()), |stream| pieces(&stream, held))?;
    let mut made = http::Response::new(body);
    *made.status_mut() = StatusCode::from_u16(reply.status()).map_err(failed)?;
    *made.headers_mut() = headers_from(&reply.headers())?;
    Ok(made)
}

fn headers_from(headers: &web_sys::Headers) -> Result<HeaderMap, JsValue> {
    let mut made = HeaderMap::new();
    for entry in headers.entries() {
        let entry: Array = entry?.unchecked_into();
        let [name, value] = [entry.get(0), entry.get(1)].map(|text| text.as_string().unwrap_or_default());
        made.append(
            HeaderName::try_from(name).map_err(failed)?,
            HeaderValue::try_from(value).map_err(failed)?,
        );
    }
    Ok(made)
}

/// A body as it comes, in pieces as large as what lies ready: a reader without room of its own gets 4 KiB at a time, and asking for
/// them costs more than they do.
fn pieces<T: 'static>(stream: &web_sys::ReadableStream, held: T) -> Result<Body, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"mode".into(), &"byob".into())?;
    let reader = method(stream, "getReader")?.call1(stream, &options)?;
    let read = method(&reader, "read")?;
    let begun = SendWrapper::new((reader, read, Uint8Array::new_with_length(PIECE), held));
    Ok(Body::from_stream(try_unfold(begun, |begun| {
        SendFuture::new(async move {
            let SendWrapper((reader, read, room, held)) = begun;
            next_piece(&reader, &read, &room).await.map_err(worker::Error::from).map(|piece| {
                piece.map(|piece| {
                    let room = Uint8Array::new(&piece.buffer());
                    (Bytes::from(piece.to_vec()), SendWrapper::new((reader, read, room, held)))
                })
            })
        })
    })))
}

/// The next bytes, at the beginning of the room that was given for them; `None` at the end.
async fn next_piece(
    reader: &JsValue,
    read: &Function,
    room: &Uint8Array,
) -> Result<Option<Uint8Array>, JsValue> {
    let read: Promise = read.call1(reader, room)?.dyn_into()?;
    let read = JsFuture::from(read).await?;
    if Reflect::get(&read, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    Reflect::get(&read, &"value".into())?.dyn_into().map(Some)
}

fn method(object: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(object, &name.into())?.dyn_into()
}

fn body_of(request: web_sys::Request, headers: &HeaderMap) -> Body {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(0) => Body::empty(),
        Some(1..=ONE_PIECE) => one_piece(request),
        _ => request.body().map_or_else(Body::empty, |stream| Body::new(worker::Body::new(stream))),
    }
}

/// The whole body as one frame, asked for when the frame is.
fn one_piece(request: web_sys::Request) -> Body {
    let read = SendFuture::new(async move {
        let buffer = JsFuture::from(request.array_buffer().map_err(worker::Error::from)?);
        let bytes = Uint8Array::new(&buffer.await.map_err(worker::Error::from)?).to_vec();
        Ok::<_, worker::Error>(http_body::Frame::data(Bytes::from(bytes)))
    });
    Body::new(StreamBody::new(futures_util::stream::once(read)))
}

/// A body whose length is known goes over in one piece; the rest is streamed as it comes.
///
/// # Errors
/// When the runtime refuses the reply, or its body fails.
pub(crate) async fn into_web(response: http::Response<Body>) -> Result<web_sys::Response, JsValue> {
    let length = response.body().size_hint().exact();
    if length.is_none() {
        return worker::response_to_wasm(response).map_err(JsValue::from);
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status().as_u16());
    init.set_headers(headers_of(response.headers())?.as_ref());
    let bytes = match length {
        Some(0) => None,
        _ => Some(response.into_body().collect().await.map_err(failed)?.to_bytes()),
    };
    let bytes = bytes.map(|bytes| Uint8Array::from(&bytes[..]));
    web_sys::Response::new_with_opt_js_u8_array_and_init(bytes.as_ref(), &init)
}

fn headers_of(headers: &HeaderMap) -> Result<web_sys::Headers, JsValue> {
    let made = web_sys::Headers::new()?;
    for (name, value) in headers {
        made.append(name.as_str(), std::str::from_utf8(value.as_bytes()).map_err(failed)?)?;
    }
    Ok(made)
}

fn failed(error: impl std::fmt::Display) -> JsValue {
    worker::js_sys::Error::new(&error.to_string()).into()
}
