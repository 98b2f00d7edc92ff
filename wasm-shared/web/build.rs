//! Names the build where nobody did: a release that is compiled by plain cargo from a clone is named after its commit.
//!
//! The scripts that make what ships set `MECHAFIL_BUILD`. Other profiles than release are not named: each commit would compile
//! again whatever uses this crate.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=MECHAFIL_BUILD");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_release || env::var("MECHAFIL_BUILD").is_ok_and(|build| !build.is_empty()) {
        return;
    }
    // The root of the repository.
    let git = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git");
    if let Some(commit) = commit(&git) {
        println!("cargo:rustc-env=MECHAFIL_BUILD={commit}");
        for name in ["HEAD", "logs/HEAD", "packed-refs"].map(|name| git.join(name)) {
            if name.exists() {
                println!("cargo:rerun-if-changed={}", name.display());
            }
        }
    }
}

/// The first twelve digits of the commit that is checked out, as `git rev-parse --short=12 HEAD` says.
fn commit(git: &Path) -> Option<String> {
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let commit = match head.trim().strip_prefix("ref: ") {
        None => head.trim().to_owned(),
        Some(branch) => {
            fs::read_to_string(git.join(branch)).map(|text| text.trim().to_owned()).ok().or_else(|| {
                let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
                packed
                    .lines()
                    .find_map(|line| line.strip_suffix(branch)?.split_whitespace().next().map(str::to_owned))
            })?
        }
    };
    commit.get(..12).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_found_on_a_branch_in_packed_references_and_without_a_branch() {
        let folder = env::temp_dir().join(format!("mechafil-commit-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let [packed, loose, detached] = ["a", "b", "c"].map(|digit| digit.repeat(40));
        assert_eq!(commit(&folder), None);
        write("HEAD", "ref: refs/heads/main\n");
        write("packed-refs", &format!("# pack-refs with: peeled\n{packed} refs/heads/main\n"));
        assert_eq!(commit(&folder).as_deref(), Some("aaaaaaaaaaaa"));
        write("refs/heads/main", &format!("{loose}\n"));
        assert_eq!(commit(&folder).as_deref(), Some("bbbbbbbbbbbb"));
        write("HEAD", &format!("{detached}\n"));
        assert_eq!(commit(&folder).as_deref(), Some("cccccccccccc"));
        fs::remove_dir_all(folder).unwrap();
    }
}
