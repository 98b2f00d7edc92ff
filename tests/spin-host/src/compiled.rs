//! Compiled components, kept from one start to the next.
//!
//! wasmtime's own cache (its feature `cache`) compresses what it keeps and has to unpack all of it at each start: 5 s for our 22
//! components. These files are mapped into memory instead, and one process compiles while others that want the same component wait.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};
use wasmtime::{Engine, Result, component::Component, error::Context as _};

/// What is kept for longer than its last use: the components of five builds or so.
const KEPT_BYTES: u64 = 2 << 30;

/// A directory of compiled components.
pub(crate) struct Compiled {
    directory: PathBuf,
}

impl Compiled {
    /// # Errors
    ///
    /// When the directory cannot be made.
    pub(crate) fn in_directory(directory: &Path) -> Result<Self> {
        let directory = std::path::absolute(directory)?;
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(Self { directory })
    }

    /// The component at `source`, compiled now or before.
    ///
    /// # Errors
    ///
    /// When it is no component, or the directory cannot be written.
    pub(crate) fn component(&self, engine: &Engine, source: &Path) -> Result<Component> {
        let wasm = fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
        let file = self.directory.join(name(engine, &wasm));
        if let Some(component) = kept(engine, &file) {
            return Ok(component);
        }
        let lock = File::create(self.directory.join("lock"))?;
        lock.lock()?;
        // Another process may have compiled it meanwhile.
        if let Some(component) = kept(engine, &file) {
            return Ok(component);
        }
        let component = Component::from_binary(engine, &wasm)?;
        let unfinished = file.with_extension("new");
        File::create(&unfinished)?.write_all(&component.serialize()?)?;
        fs::rename(&unfinished, &file)?;
        self.drop_unused()?;
        Ok(component)
    }

    /// Removes what was not used for longest, where more is kept than [`KEPT_BYTES`].
    fn drop_unused(&self) -> Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "cwasm") {
                let metadata = entry.metadata()?;
                files.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        files.sort_unstable_by(|(one, ..), (other, ..)| other.cmp(one));
        let mut bytes = 0;
        for (_, length, path) in files {
            bytes += length;
            if bytes > KEPT_BYTES {
                // What is mapped stays so.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

/// Named by what was compiled, and by the compiler: wasmtime's version, its settings and the machine.
fn name(engine: &Engine, wasm: &[u8]) -> String {
    let mut compiler = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compiler);
    let digest = Sha256::digest(wasm);
    let (words, _) = digest.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_be_bytes(*word));
    words.chain([compiler.finish()]).fold(String::new(), |name, word| format!("{name}{word:016x}")) + ".cwasm"
}

/// What was compiled before. A file that cannot be used is compiled anew.
fn kept(engine: &Engine, file: &Path) -> Option<Component> {
    // Tells what is used; where that cannot be told, nothing else is lost.
    let _ = File::open(file).ok()?.set_modified(SystemTime::now());
    #[expect(unsafe_code, reason = "the file was written above, and is replaced as a whole, never changed")]
    // SAFETY: files of this directory are made by `component` alone: complete, then renamed into place.
    let component = unsafe { Component::deserialize_file(engine, file) };
    component.ok()
}
