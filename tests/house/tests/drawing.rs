//! The drawing in `docs/architecture.md` shows the crates as they are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, process::Command};

use house::{
    drawing::{self, Arrows},
    root,
};

fn real() -> Arrows {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let said = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    drawing::of_cargo(&serde_json::from_slice(&said.stdout).unwrap()).unwrap()
}

fn drawn() -> Arrows {
    drawing::read(&fs::read_to_string(root().join("docs/architecture.md")).unwrap()).unwrap()
}

#[test]
fn every_arrow_between_crates_is_drawn_and_every_drawn_arrow_is_there() {
    assert_eq!(drawing::differences(&drawn(), &real()), Vec::<String>::new());
}

#[test]
fn an_arrow_too_many_or_too_few_is_seen() {
    let (drawn, real) = (drawn(), real());
    let mut wrong = real.clone();
    wrong.get_mut("economy").unwrap().insert("web".to_owned());
    assert!(
        drawing::differences(&drawn, &wrong).contains(&"economy uses web, which is not drawn".to_owned())
    );
    let mut wrong = drawn.clone();
    wrong.get_mut("economy").unwrap().insert("web".to_owned());
    let said = drawing::differences(&wrong, &real);
    assert!(said.contains(&"economy -> web is drawn, but economy does not use it".to_owned()), "{said:?}");
}

#[test]
fn no_function_uses_another_and_no_crate_reaches_itself() {
    // The functions are drawn as one: one that used another would be a circle.
    assert_eq!(drawing::circle(&real()), None);
}

#[test]
fn the_model_knows_nobody() {
    assert!(real()["economy"].is_empty());
}
