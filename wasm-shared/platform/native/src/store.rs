//! Values by key on disk, for the cache and for the archive: one file each, written whole.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use platform::{Answer, Archive, Cache, OutsideError};

/// A folder of values. A key's parts (`snapshots/2025-09-09.bin`) are encoded into one file name, so that no key leads out
/// of the folder.
pub(crate) struct Folder {
    root: PathBuf,
    service: &'static str,
}

impl Folder {
    /// The folder, made where it is missing.
    pub(crate) fn open(root: PathBuf, service: &'static str) -> Result<Self, OutsideError> {
        let failed = |error| OutsideError::new(service, error);
        fs::create_dir_all(&root).map_err(failed)?;
        remove_unfinished(&root).map_err(failed)?;
        Ok(Self { root, service })
    }

    fn failed(&self, error: impl std::fmt::Display) -> OutsideError {
        OutsideError::new(self.service, error)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(file_name(key))
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, OutsideError> {
        match fs::read(self.path(key)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Written under another name first, so that a reader, or a start after a crash, sees the old value or the new one.
    /// That name is drawn: two servers in containers that share the folder may have the same process id.
    fn write(&self, key: &str, value: &[u8]) -> Result<(), OutsideError> {
        write_whole(&self.root, &self.path(key), value).map_err(|error| self.failed(error))
    }

    fn remove(&self, key: &str) -> Result<(), OutsideError> {
        match fs::remove_file(self.path(key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, OutsideError> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(|error| self.failed(error))? {
            let name = entry.map_err(|error| self.failed(error))?.file_name();
            keys.extend(name.to_str().and_then(key_of).filter(|key| key.starts_with(prefix)));
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

/// Ending of a file that is being written.
const UNFINISHED: &str = ".part";

/// After what time a file that is still being written was left behind by a process that was killed.
const ABANDONED: Duration = Duration::from_hours(1);

/// Removes what a process left behind that was killed while it wrote. Another process on the same folder may be writing.
fn remove_unfinished(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Keys have file names that do not begin so.
        if name.starts_with('.')
            && name.ends_with(UNFINISHED)
            && fs::metadata(&path)
                .and_then(|file| file.modified())
                .is_ok_and(|written| written.elapsed().is_ok_and(|age| age > ABANDONED))
        {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn write_whole(root: &Path, path: &Path, value: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(UNFINISHED);
    // As other programs make files: the umask says who else may read them.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(root)?;
    io::Write::write_all(&mut file, value)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A key as a file name: `%` and the two hexadecimal digits of each byte that is no letter, digit, `-`, `_` or inner `.`.
fn file_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for (index, byte) in key.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if index > 0 => name.push('.'),
            // Writing to a String does not fail.
            _ => drop(write!(name, "%{byte:02x}")),
        }
    }
    name
}

/// The key of a file name, if it is one of ours.
fn key_of(name: &str) -> Option<String> {
    let mut key = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    if rest.first() == Some(&b'.') {
        return None;
    }
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            key.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            key.push(*first);
            rest = after;
        }
    }
    String::from_utf8(key).ok()
}

fn now<'a, T: Send + 'a>(result: Result<T, OutsideError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
}

impl Cache for Folder {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        now(self.read(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        now(self.write(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        now(self.remove(key))
    }
}

impl Archive for Folder {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        now(self.read(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Answer<'a, ()> {
        now(self.write(key, value))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        now(self.remove(key))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<String>> {
        now(self.keys(prefix))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::{
        fs::{self, File},
        time::{Duration, SystemTime},
    };

    use super::{Folder, file_name, key_of};

    #[test]
    fn what_a_killed_process_left_half_written_is_removed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new, value] = [".1-0.part", ".2-0.part", "value.part"].map(|name| folder.path().join(name));
        for path in [&old, &new, &value] {
            fs::write(path, b"x").unwrap();
        }
        let yesterday = SystemTime::now() - Duration::from_hours(24);
        for path in [&old, &value] {
            File::options().write(true).open(path).unwrap().set_modified(yesterday).unwrap();
        }
        let opened = Folder::open(folder.path().to_owned(), "cache").unwrap();
        assert!(!old.exists(), "nobody goes on with it");
        assert!(new.exists(), "another process may be writing it");
        assert!(value.exists(), "a value may have such a name");
        assert_eq!(opened.keys("").unwrap(), ["value.part"]);
    }

    #[test]
    fn two_servers_on_one_folder_can_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Folder::open(folder.path().to_owned(), "cache").unwrap();
        // In containers both may have the same process id.
        let servers = [open(), open()];
        std::thread::scope(|threads| {
            for (name, server) in ["a", "b"].into_iter().zip(&servers) {
                threads.spawn(move || {
                    for number in 0..100 {
                        server.write(&format!("{name}{number}"), name.as_bytes()).unwrap();
                    }
                });
            }
        });
        for key in servers[0].keys("").unwrap() {
            assert_eq!(servers[0].read(&key).unwrap().unwrap(), &key.as_bytes()[..1], "{key}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 200);
    }

    #[test]
    fn every_key_has_a_file_name_of_its_own_that_leads_nowhere_else() {
        for key in ["snapshots/2025-09-09.bin", "../../etc/passwd", ".hidden", "%41", "A", "ä ö", ""] {
            let name = file_name(key);
            assert!(!name.contains('/') && !name.starts_with('.'), "{name}");
            assert_eq!(key_of(&name).as_deref(), Some(key));
        }
    }
}
