//! What a model might write that keeps to a schema, without knowing the product.

use serde_json::{Map, Value, json};

/// A value of this schema. Every text has all of `names`, and every `path` is one of `paths`, which are used up.
pub(crate) fn write(schema: &Value, names: &str, paths: &mut Vec<String>) -> Value {
    member("", schema, names, paths)
}

fn member(name: &str, schema: &Value, names: &str, paths: &mut Vec<String>) -> Value {
    if let Some(one) = schema["enum"].as_array() {
        return one[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let empty = Map::new();
            let properties = schema["properties"].as_object().unwrap_or(&empty);
            let members =
                properties.iter().map(|(name, schema)| (name.clone(), member(name, schema, names, paths)));
            Value::Object(members.collect())
        }
        Some("array") => {
            let count = if name == "files" { paths.len() } else { 3 };
            (0..count).map(|_| member("", &schema["items"], names, paths)).collect()
        }
        Some("boolean") => json!(false),
        Some(_) => json!(text(name, names, paths)),
        None => Value::Null,
    }
}

fn text(name: &str, names: &str, paths: &mut Vec<String>) -> String {
    match name {
        "hex" => "#1A2B3C".to_owned(),
        "foreground" | "background" | "name" | "version" | "id" => {
            name.chars().take(1).collect::<String>().replace(['f', 'b'], "n")
        }
        "path" if !paths.is_empty() => paths.remove(0),
        "content" => "{}".to_owned(),
        _ => format!("# {name} that a model wrote for this product\n\n{names}"),
    }
}
