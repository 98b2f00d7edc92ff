use std::sync::Arc;

use platform::{Answer, Archive, Cache, OutsideError, Provides};
use spin_sdk::{key_value::Store, wasip3::random::random::get_random_u64};

use super::Component;

/// Bytes of a value at most: Spin documents 1 MB, and a hosted store may mean it. A larger one is kept in pieces.
const LARGEST: usize = 1_000_000;

/// How an index begins: what stands under the key of a value that is kept in pieces. A value that begins so itself is kept in
/// pieces too, whatever its size, so nothing that a caller wrote is taken for an index.
const INDEX: &[u8] = b"\0pieces\0";

/// The keys of Spin's default store that start with a prefix.
struct KeyValue(&'static str);

impl Provides<dyn Cache> for Component {
    fn provide(&self) -> Option<Arc<dyn Cache>> {
        Some(Arc::new(KeyValue("cache/")))
    }
}

impl Provides<dyn Archive> for Component {
    fn provide(&self) -> Option<Arc<dyn Archive>> {
        Some(Arc::new(KeyValue("archive/")))
    }
}

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("key-value store", error)
}

/// The pieces of a value. Their names are new with each write, so that whoever reads meanwhile has the old value or the new one.
struct Pieces {
    token: u64,
    bytes: usize,
}

impl Pieces {
    fn new(bytes: usize) -> Self {
        Self { token: get_random_u64(), bytes }
    }

    /// The pieces that a stored value stands for, if it is an index.
    fn of(stored: &[u8]) -> Option<Self> {
        let numbers = stored.strip_prefix(INDEX)?;
        let (token, bytes) = numbers.split_at_checked(8)?;
        let bytes = u64::from_be_bytes(bytes.try_into().ok()?);
        Some(Self { token: u64::from_be_bytes(token.try_into().ok()?), bytes: bytes.try_into().ok()? })
    }

    fn index(&self) -> Vec<u8> {
        [INDEX, &self.token.to_be_bytes(), &(self.bytes as u64).to_be_bytes()].concat()
    }

    /// Outside of both prefixes, so that no list shows them.
    fn names(&self) -> impl Iterator<Item = String> {
        let token = self.token;
        (0..self.bytes.div_ceil(LARGEST)).map(move |piece| format!("pieces/{token:016x}/{piece}"))
    }

    async fn write(&self, store: &Store, value: &[u8]) -> Result<(), OutsideError> {
        for (name, piece) in self.names().zip(value.chunks(LARGEST)) {
            store.set(name, piece).await.map_err(failed)?;
        }
        Ok(())
    }

    /// `None` where a piece is gone: the value was replaced or removed meanwhile.
    async fn read(&self, store: &Store) -> Result<Option<Vec<u8>>, OutsideError> {
        let mut value = Vec::with_capacity(self.bytes);
        for name in self.names() {
            let Some(piece) = store.get(name).await.map_err(failed)? else { return Ok(None) };
            value.extend(piece);
        }
        Ok(Some(value))
    }

    async fn delete(&self, store: &Store) -> Result<(), OutsideError> {
        for name in self.names() {
            store.delete(name).await.map_err(failed)?;
        }
        Ok(())
    }
}

impl KeyValue {
    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.0)
    }

    async fn open() -> Result<Store, OutsideError> {
        Store::open_default().await.map_err(failed)
    }

    fn read<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let store = Self::open().await?;
            let stored = store.get(self.name(key)).await.map_err(failed)?;
            match stored.as_deref().and_then(Pieces::of) {
                Some(pieces) => pieces.read(&store).await,
                None => Ok(stored),
            }
        })
    }

    fn write<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async move {
            let store = Self::open().await?;
            // Only the value that is replaced says what its pieces are called. They would stay for ever otherwise; under names that
            // every write shares, a reader could get pieces of two values.
            let former = self.pieces(&store, key).await?;
            if value.len() <= LARGEST && !value.starts_with(INDEX) {
                store.set(self.name(key), value).await.map_err(failed)?;
            } else {
                let pieces = Pieces::new(value.len());
                pieces.write(&store, value).await?;
                store.set(self.name(key), pieces.index()).await.map_err(failed)?;
            }
            match former {
                Some(former) => former.delete(&store).await,
                None => Ok(()),
            }
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let store = Self::open().await?;
            // The index goes last: where this ends before its time, it is there to be removed once more.
            if let Some(pieces) = self.pieces(&store, key).await? {
                pieces.delete(&store).await?;
            }
            store.delete(self.name(key)).await.map_err(failed)
        })
    }

    /// The pieces of the value that is there now, if it has some.
    async fn pieces(&self, store: &Store, key: &str) -> Result<Option<Pieces>, OutsideError> {
        let stored = store.get(self.name(key)).await.map_err(failed)?;
        Ok(stored.as_deref().and_then(Pieces::of))
    }
}

impl Cache for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.read(key)
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.write(key, value)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.remove(key)
    }
}

impl Archive for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.read(key)
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        self.write(key, value)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.remove(key)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let keys = Self::open().await?.get_keys().await.collect().await.map_err(failed)?;
            let own = keys.iter().filter_map(|key| key.strip_prefix(self.0));
            let mut keys: Vec<String> =
                own.filter(|key| key.starts_with(prefix)).map(str::to_owned).collect();
            keys.sort_unstable();
            Ok(keys)
        })
    }
}
