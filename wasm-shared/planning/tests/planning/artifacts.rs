use std::process::Command;

use planning::artifact::{self, Format, Results};
use serde_json::json;

#[test]
fn a_zip_opens_with_another_reader_and_has_the_files_under_their_paths() {
    let code = json!({
        "files": [{"path": "app/größe.ts", "content": "let a = 1;\n", "language": "ts"}, {"path": "empty", "content": "", "language": ""}],
        "dependencies": {"production": {"next": "16"}, "development": {}}, "setup_instructions": "npm install",
    });
    let strategy =
        json!({"prd": {"title": "T"}, "strategy": {}, "prd_markdown": "# P", "strategy_markdown": "# S"});
    let results: Results = vec![
        ("strategy".to_owned(), strategy.as_object().unwrap().clone()),
        ("code".to_owned(), code.as_object().unwrap().clone()),
    ];
    let zip = artifact::named("all").unwrap().render(&results, Format::Zip).unwrap();
    let path = std::env::temp_dir().join(format!("planning-{}.zip", std::process::id()));
    std::fs::write(&path, zip).unwrap();
    let script = "import json, sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                  print(json.dumps([[i.filename, z.read(i).decode()] for i in z.infolist()]))";
    let read = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
    let tested = Command::new("unzip").arg("-t").arg(&path).output();
    std::fs::remove_file(&path).unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    // Where it is installed.
    if let Ok(tested) = tested {
        assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stdout));
    }
    let files: Vec<(String, String)> = serde_json::from_slice(&read.stdout).unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let documents =
        ["documents/prd.json", "documents/prd.md", "documents/strategy.json", "documents/strategy.md"];
    assert_eq!(names, [&["MANIFEST.json"][..], &documents, &["code/app/größe.ts", "code/empty"]].concat());
    assert_eq!(files[5].1, "let a = 1;\n");
    let manifest: serde_json::Value = serde_json::from_str(&files[0].1).unwrap();
    assert_eq!(manifest["dependencies"]["production"]["next"], "16");
    assert_eq!(manifest["files"].as_array().unwrap().len(), 6);
}
