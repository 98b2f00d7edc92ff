//! The line that exports a function for its target.

/// Exports an application (`fn(Platform) -> axum::Router`) as what the target calls: a Worker's `fetch`, or a Spin
/// component's WASI 0.3 HTTP handler. On any other target it exports nothing.
///
/// ```ignore
/// #[cfg(feature = "entry")]
/// platform::export!(|platform| web::app(routes(), platform));
/// ```
///
/// A Worker with cron triggers names a second function, `async fn(Platform)`, after `scheduled:`. Spin has no such event.
#[macro_export]
macro_rules! export {
    ($app:expr, scheduled: $work:path) => {
        $crate::export!($app);

        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod worker_schedule {
            use super::*;
            use $crate::cloudflare::worker;
            use $crate::cloudflare::worker::wasm_bindgen::prelude::wasm_bindgen;

            /// Runs at the times of the cron triggers.
            #[wasm_bindgen(
                wasm_bindgen = worker::wasm_bindgen,
                wasm_bindgen_futures = worker::wasm_bindgen_futures,
                js_sys = worker::js_sys
            )]
            pub async fn scheduled(
                _event: worker::worker_sys::ScheduledEvent,
                env: worker::Env,
                _context: worker::worker_sys::ScheduleContext,
            ) -> Result<worker::wasm_bindgen::JsValue, worker::wasm_bindgen::JsValue> {
                $crate::cloudflare::scheduled($work, env).await;
                Ok(worker::wasm_bindgen::JsValue::UNDEFINED)
            }
        }
    };
    ($app:expr) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod worker_entry {
            use super::*;
            use $crate::cloudflare::worker;
            use $crate::cloudflare::worker::wasm_bindgen::prelude::wasm_bindgen;

            /// Answers one request.
            #[wasm_bindgen(
                wasm_bindgen = worker::wasm_bindgen,
                wasm_bindgen_futures = worker::wasm_bindgen_futures,
                js_sys = worker::js_sys
            )]
            pub async fn fetch(
                request: worker::worker_sys::web_sys::Request,
                env: worker::Env,
                _context: worker::worker_sys::Context,
            ) -> Result<worker::wasm_bindgen::JsValue, worker::wasm_bindgen::JsValue> {
                $crate::cloudflare::answer($app, request, env).await
            }
        }

        // The SDK's export macro writes `unsafe` link attributes.
        #[cfg(all(target_arch = "wasm32", target_os = "wasi"))]
        #[allow(unsafe_code)]
        mod spin_entry {
            use super::*;
            use $crate::spin::wasip3;

            struct Component;
            wasip3::http::service::export!(Component with_types_in wasip3);

            impl wasip3::exports::http::handler::Guest for Component {
                async fn handle(
                    request: wasip3::http::types::Request,
                ) -> Result<wasip3::http::types::Response, wasip3::http::types::ErrorCode> {
                    $crate::spin::answer($app, request).await
                }
            }
        }
    };
}
