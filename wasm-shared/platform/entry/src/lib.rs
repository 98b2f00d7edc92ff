//! The line that exports a function for its target: a Worker's `fetch` and `scheduled`, or a Spin component's WASI 0.3
//! HTTP handler. On any other target it exports nothing: the native server links the functions as they are.
//!
//! ```ignore
//! #[cfg(feature = "entry")]
//! entry::export!(Function);
//! ```
//!
//! `entry::export!(guarded Function)` puts the guard in front of it, where the crate's feature `guard` is on.

#[cfg(feature = "guard")]
pub use guard::Guarded;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub use platform_cloudflare as backend;
#[cfg(all(target_arch = "wasm32", target_os = "wasi"))]
pub use platform_spin as backend;
pub use web::app;

/// Exports an [`Application`](platform::Application) as what the target calls.
#[macro_export]
macro_rules! export {
    (guarded $application:ty) => {
        #[cfg(feature = "guard")]
        $crate::export!($crate::Guarded<$application>);
        #[cfg(not(feature = "guard"))]
        $crate::export!($application);
    };
    ($application:ty) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod worker_entry {
            use super::*;
            use $crate::backend::worker;
            use $crate::backend::worker::wasm_bindgen::prelude::{JsValue, wasm_bindgen};

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
            ) -> Result<JsValue, JsValue> {
                $crate::backend::answer::<$application>($crate::app, request, env).await
            }

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
            ) -> Result<JsValue, JsValue> {
                $crate::backend::scheduled::<$application>(env).await
            }

            $crate::export_queue!($application);
        }

        // The SDK's export macro writes `unsafe` link attributes.
        #[cfg(all(target_arch = "wasm32", target_os = "wasi"))]
        #[allow(unsafe_code)]
        mod spin_entry {
            use super::*;
            use $crate::backend::wasip3;

            struct Component;
            wasip3::http::service::export!(Component with_types_in wasip3);

            impl wasip3::exports::http::handler::Guest for Component {
                async fn handle(
                    request: wasip3::http::types::Request,
                ) -> Result<wasip3::http::types::Response, wasip3::http::types::ErrorCode> {
                    $crate::backend::answer::<$application>($crate::app, request).await
                }
            }
        }
    };
}

/// The consumer of a Worker's queue, with the feature `queue`.
#[cfg(feature = "queue")]
#[doc(hidden)]
#[macro_export]
#[rustfmt::skip] // It moves the attribute to the right each time.
macro_rules! export_queue {
    ($application:ty) => {
        /// Delivers a batch of messages.
        #[wasm_bindgen(
            wasm_bindgen = worker::wasm_bindgen,
            wasm_bindgen_futures = worker::wasm_bindgen_futures,
            js_sys = worker::js_sys
        )]
        pub async fn queue(
            batch: worker::worker_sys::MessageBatch,
            env: worker::Env,
            _context: worker::worker_sys::Context,
        ) -> Result<JsValue, JsValue> {
            $crate::backend::deliver_batch::<$application>(batch, env).await
        }
    };
}

/// Nothing, without the feature `queue`.
#[cfg(not(feature = "queue"))]
#[doc(hidden)]
#[macro_export]
macro_rules! export_queue {
    ($application:ty) => {};
}
