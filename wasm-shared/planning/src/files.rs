//! The files of generated code: where they may be, and whether they can be read.

use saphyr_parser::Parser;

/// Characters of a path.
pub const LONGEST_PATH: usize = 200;
/// The name of the list of contents in a zip; no file may take its place.
pub const MANIFEST: &str = "MANIFEST.json";

/// Why a path cannot be one; none where it is relative, stays inside, and means the same on every system.
#[must_use]
pub fn path_fault(path: &str) -> Option<String> {
    let is_allowed =
        |c: char| !c.is_control() && !matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let say = |what: &str| {
        Some(format!("{what}; a path is relative, with / between folders, such as app/page.tsx"))
    };
    if !(1..=LONGEST_PATH).contains(&path.chars().count()) {
        return Some(format!("a path has 1 to {LONGEST_PATH} characters"));
    }
    if !path.chars().all(is_allowed) {
        return say("has characters that a path may not have");
    }
    if path.starts_with('/') || path.starts_with('~') {
        return say("is not relative");
    }
    for part in path.split('/') {
        match part {
            "" => return say("has an empty part"),
            "." | ".." => return say("has a part `.` or `..`"),
            ".git" => return say("lies in .git"),
            part if part.ends_with(['.', ' ']) || part.starts_with(' ') => {
                return say("has a part that begins or ends with a space, or ends with a dot");
            }
            _ => {}
        }
    }
    path.eq_ignore_ascii_case(MANIFEST).then(|| format!("{MANIFEST} is the name of the list of contents"))
}

/// What is wrong with paths beside one another: the same path twice, or a file where another has a folder.
#[must_use]
pub fn paths_fault(paths: &[&str]) -> Option<String> {
    let lower: Vec<String> = paths.iter().map(|path| path.to_lowercase()).collect();
    for (index, path) in lower.iter().enumerate() {
        if lower[..index].contains(path) {
            return Some(format!("{} is there twice", paths[index]));
        }
        let inside =
            |other: &String| other.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if let Some(other) = lower.iter().position(inside) {
            return Some(format!("{} is a file and a folder of {}", paths[index], paths[other]));
        }
    }
    None
}

/// Why a file cannot be read as what its name says; none where it can, or where nothing is known of its kind.
#[must_use]
pub fn content_fault(path: &str, content: &str) -> Option<String> {
    let extension = path.rsplit('/').next()?.rsplit_once('.')?.1.to_lowercase();
    let wrong = match extension.as_str() {
        "json" => serde_json::from_str::<serde::de::IgnoredAny>(content).err().map(|error| error.to_string()),
        "toml" => content.parse::<toml::Table>().err().map(|error| error.message().to_owned()),
        "yaml" | "yml" => yaml_fault(content),
        _ => None,
    }?;
    let kind = if extension == "yml" { "YAML" } else { &extension.to_uppercase() };
    Some(format!("is not {kind}: {}", wrong.chars().take(200).collect::<String>()))
}

fn yaml_fault(content: &str) -> Option<String> {
    Parser::new_from_str(content).find_map(Result::err).map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_outside_of_the_project_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/./b",
            "a//b",
            "a/",
            "C:/x",
            "c:x",
            "a\\b",
            "~/x",
            "a\nb",
            "a/..",
            ".git/hooks/pre-commit",
            "manifest.json",
            "a/b.",
            " a",
            "a*b",
        ] {
            assert!(path_fault(path).is_some(), "{path:?}");
        }
        for path in [
            "a",
            "app/page.tsx",
            ".env.example",
            "a..b/c",
            "public/manifest.json",
            "src/[id]/page.tsx",
            "größe/注文.md",
        ] {
            assert_eq!(path_fault(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_file_cannot_be_there_twice_or_be_a_folder() {
        assert_eq!(paths_fault(&["a", "b/c", "b/d", "ab"]), None);
        assert!(paths_fault(&["README.md", "Readme.md"]).is_some());
        assert!(paths_fault(&["b/c/d", "b/c"]).is_some());
        assert!(paths_fault(&["b", "B/c"]).is_some());
    }

    #[test]
    fn files_that_do_not_parse_are_told_and_others_are_taken() {
        for (path, content) in [
            ("a.json", "{\"a\": 1,}"),
            ("a.json", "// no\n{}"),
            ("a.json", ""),
            ("a.toml", "a = \nb"),
            ("a.toml", "a = 1\na = 2"),
            ("a.yaml", "a: [1, 2"),
            ("b/a.yml", "a: b: c: d"),
            ("b/A.YML", "a:\n\t- b"),
        ] {
            assert!(content_fault(path, content).is_some(), "{path}: {content}");
        }
        for (path, content) in [
            ("a.json", "{\"a\": [1, null]}"),
            ("a.toml", "[a]\nb = \"c\""),
            ("a.yaml", "a:\n  - b\n  - {c: d}\n---\ne: |\n  f\n"),
            ("a.tsx", "{{{"),
            ("json", "{"),
            ("a.json5", "{"),
        ] {
            assert_eq!(content_fault(path, content), None, "{path}: {content}");
        }
    }

    proptest! {
        #[test]
        fn an_allowed_path_stays_inside(path in "[a-z./~:\\\\ ]{0,12}") {
            if path_fault(&path).is_none() {
                let joined = std::path::Path::new("/project").join(&path);
                let inside = joined.components().all(|part| !matches!(part, std::path::Component::ParentDir));
                prop_assert!(joined.starts_with("/project") && inside, "{}", path);
            }
        }

        #[test]
        fn whatever_a_file_holds_is_read_without_a_panic(content in "[\\[\\]{}:,\"'#|>&*! a1\n\t-]{0,60}") {
            for path in ["a.json", "a.toml", "a.yaml"] {
                let _ = content_fault(path, &content);
            }
        }
    }
}
