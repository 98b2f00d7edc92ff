use serde_json::{Number, Value};

use crate::{ANNOTATIONS, DEEPEST, KEYWORDS, Node, Object, Range, Rules, Type, Unreadable, step};

/// Reads a schema. What is wrong with it goes to `faults`.
pub(crate) fn node(schema: &Value, pointer: &str, depth: usize, faults: &mut Vec<Unreadable>) -> Node {
    match schema {
        Value::Bool(allowed) => Node::Bool(*allowed),
        Value::Object(_) if depth >= DEEPEST => {
            fault(faults, pointer, format!("stands deeper than {DEEPEST} schemas in one another"));
            Node::Bool(false)
        }
        Value::Object(object) => Node::Rules(Box::new(Reader { object, pointer, depth, faults }.rules())),
        _ => {
            fault(faults, pointer, "a schema is an object, true or false");
            Node::Bool(false)
        }
    }
}

fn fault(faults: &mut Vec<Unreadable>, pointer: &str, detail: impl Into<String>) {
    faults.push(Unreadable { pointer: pointer.to_owned(), detail: detail.into() });
}

struct Reader<'a> {
    object: &'a Object,
    pointer: &'a str,
    depth: usize,
    faults: &'a mut Vec<Unreadable>,
}

impl Reader<'_> {
    fn rules(mut self) -> Rules {
        for name in self.object.keys() {
            if !KEYWORDS.contains(&name.as_str()) && !ANNOTATIONS.contains(&name.as_str()) {
                let detail = format!("the keyword is not checked here; checked are {}", KEYWORDS.join(", "));
                fault(self.faults, &step(self.pointer, name), detail);
            }
        }
        Rules {
            types: self.types(),
            one_of_values: self.list("enum").map(<[Value]>::to_vec),
            constant: self.object.get("const").cloned(),
            properties: self.properties(),
            required: self.names("required"),
            additional: self.schema("additionalProperties"),
            properties_count: self.range("minProperties", "maxProperties"),
            items: self.schema("items"),
            items_count: self.range("minItems", "maxItems"),
            unique: self.switch("uniqueItems"),
            length: self.range("minLength", "maxLength"),
            minimum: self.number("minimum"),
            maximum: self.number("maximum"),
            above: self.number("exclusiveMinimum"),
            below: self.number("exclusiveMaximum"),
            multiple_of: self.divisor(),
            all_of: self.schemas("allOf"),
            any_of: self.schemas("anyOf"),
            one_of: self.schemas("oneOf"),
            not: self.schema("not"),
            condition: self.schema("if"),
            then: self.schema("then"),
            otherwise: self.schema("else"),
        }
    }

    fn fault(&mut self, name: &str, detail: &str) {
        fault(self.faults, &step(self.pointer, name), detail);
    }

    fn types(&mut self) -> Vec<Type> {
        let named = |value: &Value| {
            let name = value.as_str()?;
            Type::ALL.iter().find(|(known, _, _)| *known == name).map(|(_, _, found)| *found)
        };
        let found = match self.object.get("type") {
            None => return Vec::new(),
            Some(Value::Array(list)) if !list.is_empty() => list.iter().map(named).collect(),
            Some(one) => named(one).map(|one| vec![one]),
        };
        found.unwrap_or_else(|| {
            self.fault("type", "must be a type's name, or a list of them: null, boolean, integer, number, string, array, object");
            Vec::new()
        })
    }

    fn list(&mut self, name: &str) -> Option<&[Value]> {
        let list = self.object.get(name)?.as_array();
        if list.is_none() {
            fault(self.faults, &step(self.pointer, name), "must be a list");
        }
        list.map(Vec::as_slice)
    }

    fn names(&mut self, name: &str) -> Vec<String> {
        let names = self
            .list(name)
            .map(|list| list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        match names {
            None => Vec::new(),
            Some(Some(names)) => names,
            Some(None) => {
                self.fault(name, "must be a list of names");
                Vec::new()
            }
        }
    }

    fn properties(&mut self) -> Vec<(String, Node)> {
        match self.object.get("properties") {
            None => Vec::new(),
            Some(Value::Object(all)) => {
                let pointer = step(self.pointer, "properties");
                all.iter()
                    .map(|(name, schema)| {
                        let read = node(schema, &step(&pointer, name), self.depth + 1, self.faults);
                        (name.clone(), read)
                    })
                    .collect()
            }
            Some(_) => {
                self.fault("properties", "must be an object");
                Vec::new()
            }
        }
    }

    fn schema(&mut self, name: &str) -> Option<Node> {
        let schema = self.object.get(name)?;
        Some(node(schema, &step(self.pointer, name), self.depth + 1, self.faults))
    }

    fn schemas(&mut self, name: &str) -> Vec<Node> {
        let Some(value) = self.object.get(name) else { return Vec::new() };
        let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
            self.fault(name, "must be a list of schemas with one at least");
            return Vec::new();
        };
        let pointer = step(self.pointer, name);
        list.iter()
            .enumerate()
            .map(|(index, schema)| {
                node(schema, &step(&pointer, &index.to_string()), self.depth + 1, self.faults)
            })
            .collect()
    }

    fn count(&mut self, name: &str) -> Option<u64> {
        let count = self.object.get(name)?.as_u64();
        if count.is_none() {
            self.fault(name, "must be a whole number from 0 on");
        }
        count
    }

    fn range(&mut self, least: &str, most: &str) -> Range {
        Range { least: self.count(least), most: self.count(most) }
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.object.get(name) {
            None => false,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                self.fault(name, "must be true or false");
                false
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<Number> {
        let number = self.object.get(name)?.as_number().cloned();
        if number.is_none() {
            self.fault(name, "must be a number");
        }
        number
    }

    fn divisor(&mut self) -> Option<Number> {
        let number = self.number("multipleOf")?;
        if number.as_f64().is_some_and(|number| number > 0.0) {
            return Some(number);
        }
        self.fault("multipleOf", "must be greater than zero");
        None
    }
}
