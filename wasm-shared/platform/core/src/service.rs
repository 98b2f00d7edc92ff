use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use crate::deadline::Deadline;

/// A service that a function may use, as a trait object: `dyn Cache`, `dyn Database`.
pub trait Service: Send + Sync + 'static {
    /// What it is called in errors, logs and the table of functions.
    const NAME: &'static str;

    /// The same service with a deadline for each call. One that does not wait for anything, or whose callers have deadlines of
    /// their own, stays as it is.
    #[must_use]
    fn bounded(service: Arc<Self>, _deadline: &Deadline) -> Arc<Self> {
        service
    }
}

/// A backend that has a service.
pub trait Provides<S: Service + ?Sized> {
    /// The service, or `None` where this deployment lacks it.
    fn provide(&self) -> Option<Arc<S>>;
}

/// One service in the list of an [`Application`](crate::Application): `(Uses<dyn Cache>, (Uses<dyn Database>, ()))`.
/// [`services!`](crate::services) writes such a list.
pub struct Uses<S: ?Sized>(std::marker::PhantomData<S>);

/// A list of services that the backend `B` has. A list names what is linked: a component whose function names no database
/// imports none. Where a backend lacks a service of the list, the function does not compile for it.
pub trait ServicesOn<B> {
    /// Takes each service of the list from the backend.
    fn take(backend: &B, into: &mut Services);
}

impl<B> ServicesOn<B> for () {
    fn take(_backend: &B, _into: &mut Services) {}
}

impl<B, First: ServicesOn<B>, Rest: ServicesOn<B>> ServicesOn<B> for (First, Rest) {
    fn take(backend: &B, into: &mut Services) {
        First::take(backend, into);
        Rest::take(backend, into);
    }
}

impl<B: Provides<S>, S: Service + ?Sized> ServicesOn<B> for Uses<S> {
    fn take(backend: &B, into: &mut Services) {
        if into.find::<S>().is_none()
            && let Some(service) = backend.provide()
        {
            into.add(service);
        }
    }
}

/// The services of an instance, one of each kind.
#[derive(Default)]
pub struct Services(Vec<Kept>);

/// A service of some kind.
struct Kept {
    kind: TypeId,
    /// An `Arc<dyn Kind>`.
    service: Box<dyn Any + Send + Sync>,
    bounded: fn(&Self, &Deadline) -> Option<Self>,
}

impl Kept {
    fn new<S: Service + ?Sized>(service: Arc<S>) -> Self {
        let bounded = |kept: &Self, deadline: &Deadline| {
            Some(Self::new(S::bounded(Arc::clone(kept.as_kind::<S>()?), deadline)))
        };
        Self { kind: TypeId::of::<S>(), service: Box::new(service), bounded }
    }

    fn as_kind<S: Service + ?Sized>(&self) -> Option<&Arc<S>> {
        self.service.downcast_ref()
    }
}

impl Services {
    /// Adds a service.
    pub fn add<S: Service + ?Sized>(&mut self, service: Arc<S>) {
        self.0.push(Kept::new(service));
    }

    /// The service of this kind, if it was added.
    #[must_use]
    pub fn find<S: Service + ?Sized>(&self) -> Option<&Arc<S>> {
        let kind = TypeId::of::<S>();
        // Ten at most: a list is faster than a map, and smaller.
        self.0.iter().find(|kept| kept.kind == kind)?.as_kind()
    }

    /// The same services, each call with a deadline.
    pub(crate) fn bounded(&self, deadline: &Deadline) -> Self {
        Self(self.0.iter().filter_map(|kept| (kept.bounded)(kept, deadline)).collect())
    }
}

/// Writes the list of services that a function uses: `services![Cache, Archive]`.
#[macro_export]
macro_rules! services {
    () => { () };
    ($first:ident $(, $rest:ident)* $(,)?) => {
        ($crate::Uses<dyn $crate::$first>, $crate::services![$($rest),*])
    };
}

/// Makes a trait a service: its name, and the method of [`Platform`](crate::Platform) that gives it. `bounded` at the end gives
/// each call a deadline, by the `impl Trait for Bounded<dyn Trait>` that stands beside it.
macro_rules! service {
    ($trait:ident, $method:ident, $name:literal, $what:literal, bounded) => {
        $crate::service::service!(@ $trait, $method, $name, $what, |service, deadline| {
            std::sync::Arc::new($crate::deadline::Bounded::new(service, deadline.clone()))
        });
    };
    ($trait:ident, $method:ident, $name:literal, $what:literal) => {
        $crate::service::service!(@ $trait, $method, $name, $what, |service, _deadline| service);
    };
    (@ $trait:ident, $method:ident, $name:literal, $what:literal, |$service:ident, $deadline:ident| $bounded:expr) => {
        impl $crate::Service for dyn $trait {
            const NAME: &'static str = $name;

            fn bounded(
                $service: std::sync::Arc<Self>,
                $deadline: &$crate::deadline::Deadline,
            ) -> std::sync::Arc<Self> {
                $bounded
            }
        }

        impl $crate::Platform {
            #[doc = $what]
            ///
            /// # Panics
            /// Where the function's entry does not name the service, or the deployment lacks it.
            #[must_use]
            pub fn $method(&self) -> &dyn $trait {
                &**self.service::<dyn $trait>()
            }
        }
    };
}
pub(crate) use service;
