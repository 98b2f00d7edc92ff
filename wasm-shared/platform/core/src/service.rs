use std::{
    any::{Any, TypeId},
    sync::Arc,
};

/// A service that a function may use, as a trait object: `dyn Cache`, `dyn Database`.
pub trait Service: Send + Sync + 'static {
    /// What it is called in errors, logs and the table of functions.
    const NAME: &'static str;
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
pub struct Services(Vec<(TypeId, Box<dyn Any + Send + Sync>)>);

impl Services {
    /// Adds a service.
    pub fn add<S: Service + ?Sized>(&mut self, service: Arc<S>) {
        self.0.push((TypeId::of::<S>(), Box::new(service)));
    }

    /// The service of this kind, if it was added.
    #[must_use]
    pub fn find<S: Service + ?Sized>(&self) -> Option<&Arc<S>> {
        let kind = TypeId::of::<S>();
        // Ten at most: a list is faster than a map, and smaller.
        let (_, service) = self.0.iter().find(|(found, _)| *found == kind)?;
        service.downcast_ref()
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

/// Makes a trait a service: its name, and the method of [`Platform`](crate::Platform) that gives it.
macro_rules! service {
    ($trait:ident, $method:ident, $name:literal, $what:literal) => {
        impl $crate::Service for dyn $trait {
            const NAME: &'static str = $name;
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
