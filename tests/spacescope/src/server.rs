use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Query, Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use chrono::NaiveDate;
use http::{HeaderMap, StatusCode, header};
use network_data::spacescope::{DayRange, LONGEST_RANGE, Statistic};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{Fault, Kind, reply, rows::Rows};

/// A server on the loopback interface; dropped, it stops.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<Shared>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    rows: Arc<Rows>,
    token: String,
    newest: NaiveDate,
    fault: Option<Fault>,
    /// Calls since the fault was set.
    since_fault: usize,
    calls: usize,
    under_way: usize,
    most_under_way: usize,
    delay: Duration,
}

fn lock(state: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Serves rows on a port (0: any free one) to callers with a token.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(rows: Rows, token: &str, port: u16) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(Shared {
            newest: rows.newest,
            rows: Arc::new(rows),
            token: token.to_owned(),
            fault: None,
            since_fault: 0,
            calls: 0,
            under_way: 0,
            most_under_way: 0,
            delay: Duration::ZERO,
        }));
        let mut app = Router::new().route("/fault", get(show_fault).put(set_fault).delete(clear_fault));
        for statistic in Statistic::ALL {
            let answer = move |State(state): State<Arc<Mutex<Shared>>>,
                               Query(query): Query<Vec<(String, String)>>,
                               headers: HeaderMap| async move {
                answer(&state, statistic, &query, &headers).await
            };
            app = app.route(statistic.path(), get(answer));
        }
        let app = app.with_state(Arc::clone(&state));
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                // Without waiting for calls under way: some are never answered.
                tokio::select! {
                    _ = axum::serve(listener, app) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, state, stop: Some(stop), thread: Some(thread) })
    }

    /// What `SPACESCOPE_BASE_URL` has to be.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Misbehaves from now on, or no more.
    pub fn set_fault(&self, fault: Option<Fault>) {
        set(&self.state, fault);
    }

    /// Ends the data on a day, as if it were the newest.
    pub fn set_newest(&self, day: NaiveDate) {
        lock(&self.state).newest = day;
    }

    /// Serves other rows from now on, up to their own newest day.
    pub fn set_rows(&self, rows: Rows) {
        let mut state = lock(&self.state);
        state.newest = rows.newest;
        state.rows = Arc::new(rows);
    }

    /// Makes every reply take this long.
    pub fn set_delay(&self, delay: Duration) {
        lock(&self.state).delay = delay;
    }

    /// How many calls came, since this was last asked.
    #[must_use]
    pub fn take_calls(&self) -> usize {
        std::mem::take(&mut lock(&self.state).calls)
    }

    /// The most calls that were under way at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        lock(&self.state).most_under_way
    }

    /// Waits until the server ends, which by itself it does not.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn set(state: &Mutex<Shared>, fault: Option<Fault>) {
    let mut state = lock(state);
    state.fault = fault;
    state.since_fault = 0;
}

async fn show_fault(State(state): State<Arc<Mutex<Shared>>>) -> String {
    lock(&state).fault.map_or_else(|| "none\n".to_owned(), |fault| format!("{}\n", fault.kind))
}

async fn set_fault(State(state): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let body = axum::body::to_bytes(request.into_body(), 1024).await.unwrap_or_default();
    match String::from_utf8_lossy(&body).parse() {
        Ok(fault) => {
            set(&state, Some(fault));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, format!("{reason}\n")).into_response(),
    }
}

async fn clear_fault(State(state): State<Arc<Mutex<Shared>>>) -> StatusCode {
    set(&state, None);
    StatusCode::NO_CONTENT
}

/// Counts a call as under way for as long as it lives.
struct UnderWay<'a>(&'a Mutex<Shared>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        lock(self.0).under_way -= 1;
    }
}

async fn answer(
    state: &Mutex<Shared>,
    statistic: Statistic,
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Response {
    let (rows, newest, token, fault, delay) = {
        let mut state = lock(state);
        state.calls += 1;
        state.since_fault += 1;
        state.under_way += 1;
        state.most_under_way = state.most_under_way.max(state.under_way);
        let fault = state.fault.filter(|fault| fault.meets(state.since_fault)).map(|fault| fault.kind);
        (Arc::clone(&state.rows), state.newest, state.token.clone(), fault, state.delay)
    };
    let _under_way = UnderWay(state);
    tokio::time::sleep(delay).await;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {token}")) || fault == Some(Kind::Unauthorized) {
        return (StatusCode::UNAUTHORIZED, r#"{"code":10001,"message":"invalid token"}"#).into_response();
    }
    let asked = match asked(statistic, query) {
        Ok(asked) => asked,
        Err(reason) => return (StatusCode::BAD_REQUEST, reason).into_response(),
    };
    match fault {
        Some(Kind::Forbidden) => StatusCode::FORBIDDEN.into_response(),
        Some(Kind::TooManyRequests) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response()
        }
        Some(Kind::TooManyRequestsWithoutRetryAfter) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Some(Kind::ServerError) => (StatusCode::INTERNAL_SERVER_ERROR, "oops").into_response(),
        Some(Kind::Timeout) => std::future::pending().await,
        Some(Kind::Html) => {
            ([(header::CONTENT_TYPE, "text/html")], "<!doctype html><title>Sign in</title>").into_response()
        }
        _ => {
            let body = reply::body(&rows, newest, statistic, asked, fault).to_string();
            whole_or_not(body.into_bytes(), fault)
        }
    }
}

/// The body; cut where the fault says so.
fn whole_or_not(body: Vec<u8>, fault: Option<Kind>) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    let half = body.len() / 2;
    match fault {
        Some(Kind::Truncated) => (json, body[..half].to_vec()).into_response(),
        Some(Kind::Cut) => {
            let length = body.len().to_string();
            let first: Result<Bytes, std::io::Error> = Ok(Bytes::from(body[..half].to_vec()));
            let then = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
            let frames = futures_util::stream::iter([first, then]);
            ([(header::CONTENT_LENGTH, length)], json, Body::from_stream(frames)).into_response()
        }
        _ => (json, body).into_response(),
    }
}

fn asked(statistic: Statistic, query: &[(String, String)]) -> Result<Option<DayRange>, String> {
    if statistic == Statistic::Expirations {
        return Ok(None);
    }
    let day = |name: &str| {
        let given = query.iter().find(|(key, _)| key == name).map(|(_, value)| value.parse::<NaiveDate>());
        given.and_then(Result::ok).ok_or_else(|| format!("{name} is not a date"))
    };
    let range = DayRange { first: day("start_date")?, last: day("end_date")? };
    if range.days() == 0 || range.days() > LONGEST_RANGE {
        return Err(format!("{range} is not between 1 and {LONGEST_RANGE} days"));
    }
    Ok(Some(range))
}
