use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::{Node, Object, Range, Rules, is_whole, step};

/// What a schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: a JSON Pointer into the value.
    pub pointer: String,
    /// What would be right. It does not repeat the value, which may be a secret.
    pub detail: String,
}

fn add(found: &mut Vec<Violation>, pointer: &str, detail: impl Into<String>) {
    found.push(Violation { pointer: pointer.to_owned(), detail: detail.into() });
}

/// What of a value is not allowed goes to `found`.
pub(crate) fn check(node: &Node, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    match node {
        Node::Bool(true) => {}
        Node::Bool(false) => add(found, pointer, "is not allowed here"),
        Node::Rules(rules) => {
            if !rules.types.is_empty() && !rules.types.iter().any(|kind| kind.is_of(value)) {
                let words: Vec<_> = rules.types.iter().map(|kind| kind.in_words()).collect();
                // Other rules for another type would only repeat it.
                return add(found, pointer, format!("must be {}", words.join(" or ")));
            }
            values(rules, value, pointer, found);
            match value {
                Value::Object(object) => object_rules(rules, object, pointer, found),
                Value::Array(items) => array_rules(rules, items, pointer, found),
                Value::String(text) => {
                    in_range(rules.length, text.chars().count(), ["character", "characters"], pointer, found);
                }
                Value::Number(number) => number_rules(rules, number, pointer, found),
                _ => {}
            }
            combinations(rules, value, pointer, found);
        }
    }
}

fn allows(node: &Node, value: &Value) -> bool {
    let mut found = Vec::new();
    check(node, value, "", &mut found);
    found.is_empty()
}

fn values(rules: &Rules, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    if let Some(all) = &rules.one_of_values
        && !all.iter().any(|one| equal(one, value))
    {
        let all: Vec<_> = all.iter().take(50).map(Value::to_string).collect();
        add(found, pointer, format!("must be one of {}", all.join(", ")));
    }
    if let Some(constant) = &rules.constant
        && !equal(constant, value)
    {
        add(found, pointer, format!("must be {constant}"));
    }
}

fn object_rules(rules: &Rules, object: &Object, pointer: &str, found: &mut Vec<Violation>) {
    for name in rules.required.iter().filter(|name| !object.contains_key(*name)) {
        add(found, &step(pointer, name), "is missing");
    }
    for (name, node) in &rules.properties {
        if let Some(value) = object.get(name) {
            check(node, value, &step(pointer, name), found);
        }
    }
    if let Some(additional) = &rules.additional {
        let is_listed = |name: &str| rules.properties.iter().any(|(listed, _)| listed == name);
        for (name, value) in object.iter().filter(|(name, _)| !is_listed(name)) {
            // A name that is not listed is long only where somebody means harm.
            let shown: String = name.chars().take(80).collect();
            match additional {
                Node::Bool(false) => {
                    let known: Vec<_> = rules.properties.iter().map(|(name, _)| name.as_str()).collect();
                    add(
                        found,
                        &step(pointer, &shown),
                        format!("is not known; known are {}", known.join(", ")),
                    );
                }
                node => check(node, value, &step(pointer, &shown), found),
            }
        }
    }
    in_range(rules.properties_count, object.len(), ["entry", "entries"], pointer, found);
}

fn array_rules(rules: &Rules, items: &[Value], pointer: &str, found: &mut Vec<Violation>) {
    if let Some(node) = &rules.items {
        for (index, item) in items.iter().enumerate() {
            check(node, item, &step(pointer, &index.to_string()), found);
        }
    }
    in_range(rules.items_count, items.len(), ["entry", "entries"], pointer, found);
    if rules.unique {
        let again =
            items.iter().enumerate().find(|(index, item)| items[..*index].iter().any(|one| equal(one, item)));
        if let Some((index, _)) = again {
            add(found, &step(pointer, &index.to_string()), "stands in the list already");
        }
    }
}

fn in_range(range: Range, count: usize, [one, many]: [&str; 2], pointer: &str, found: &mut Vec<Violation>) {
    let count = count as u64;
    let noun = |number| if number == 1 { one } else { many };
    if let Some(least) = range.least.filter(|least| count < *least) {
        add(found, pointer, format!("must have at least {least} {}", noun(least)));
    }
    if let Some(most) = range.most.filter(|most| count > *most) {
        add(found, pointer, format!("must have at most {most} {}", noun(most)));
    }
}

fn number_rules(rules: &Rules, number: &Number, pointer: &str, found: &mut Vec<Violation>) {
    let mut refuse = |limit: &Option<Number>, is_wrong: fn(Ordering) -> bool, words: &str| {
        if let Some(limit) = limit
            && compare(number, limit).is_none_or(is_wrong)
        {
            add(found, pointer, format!("must be {words} {limit}"));
        }
    };
    refuse(&rules.minimum, Ordering::is_lt, "at least");
    refuse(&rules.maximum, Ordering::is_gt, "at most");
    refuse(&rules.above, Ordering::is_le, "greater than");
    refuse(&rules.below, Ordering::is_ge, "less than");
    if let Some(divisor) = &rules.multiple_of
        && !is_multiple(number, divisor)
    {
        add(found, pointer, format!("must be a multiple of {divisor}"));
    }
}

fn combinations(rules: &Rules, value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    for node in &rules.all_of {
        check(node, value, pointer, found);
    }
    if !rules.any_of.is_empty() && !rules.any_of.iter().any(|node| allows(node, value)) {
        alternatives(&rules.any_of, value, pointer, found);
    }
    if !rules.one_of.is_empty() {
        match rules.one_of.iter().filter(|node| allows(node, value)).count() {
            1 => {}
            0 => alternatives(&rules.one_of, value, pointer, found),
            _ => add(found, pointer, "fits several forms of which it must be exactly one"),
        }
    }
    if rules.not.as_ref().is_some_and(|node| allows(node, value)) {
        add(found, pointer, "has a form that is not allowed");
    }
    if let Some(condition) = &rules.condition {
        let follows = if allows(condition, value) { &rules.then } else { &rules.otherwise };
        if let Some(node) = follows {
            check(node, value, pointer, found);
        }
    }
}

/// What each of several forms wants of a value that has none of them.
fn alternatives(nodes: &[Node], value: &Value, pointer: &str, found: &mut Vec<Violation>) {
    let wishes: Vec<String> = nodes
        .iter()
        .take(5)
        .map(|node| {
            let mut found = Vec::new();
            check(node, value, "", &mut found);
            let wishes = found
                .iter()
                .take(3)
                .map(|Violation { pointer, detail }| format!("{pointer} {detail}").trim().to_owned());
            wishes.collect::<Vec<_>>().join(", ")
        })
        .collect();
    add(found, pointer, format!("has none of the possible forms: {}", wishes.join("; or ")));
}

/// Whether two values are the same to JSON Schema, to which 1 and 1.0 are.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare(one, other) == Some(Ordering::Equal),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| equal(one, other)))
        }
        _ => one == other,
    }
}

fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn is_multiple(number: &Number, divisor: &Number) -> bool {
    if let (Some(number), Some(divisor)) = (number.as_i128(), divisor.as_i128()) {
        return number % divisor == 0;
    }
    let (Some(number), Some(divisor)) = (number.as_f64(), divisor.as_f64()) else { return false };
    // 0.3 is a multiple of 0.1 though neither is exact.
    let quotient = number / divisor;
    is_whole_nearly(quotient)
}

fn is_whole_nearly(quotient: f64) -> bool {
    Number::from_f64(quotient).is_some_and(|quotient| is_whole(&quotient))
        || (quotient - quotient.round()).abs() <= 1e-9 * quotient.abs().max(1.0)
}
