//! Another validator says the same of every value, and each keyword says what it wants.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use json_schema::{ANNOTATIONS, KEYWORDS, Schema};
use proptest::prelude::*;
use serde_json::{Value, json};

fn small() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        (-3_i64..4).prop_map(|halves| Value::from(halves as f64 / 2.0)),
        "[ab]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let kind =
        prop::sample::select(vec!["null", "boolean", "integer", "number", "string", "array", "object"]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        kind.clone().prop_map(|kind| json!({"type": kind})),
        prop::collection::vec(kind, 1..3).prop_map(|mut kinds| {
            kinds.sort_unstable();
            kinds.dedup();
            json!({"type": kinds})
        }),
        prop::collection::vec(small(), 1..3).prop_map(|values| json!({"enum": values})),
        small().prop_map(|value| json!({"const": value})),
        (-2_i64..3).prop_map(|number| json!({"minimum": number})),
        (-2_i64..3).prop_map(|number| json!({"maximum": number as f64 / 2.0})),
        (-2_i64..3).prop_map(|number| json!({"exclusiveMinimum": number, "exclusiveMaximum": number + 2})),
        (1_i64..4).prop_map(|number| json!({"multipleOf": number as f64 / 2.0})),
        (0_u64..3).prop_map(|number| json!({"minLength": number, "maxLength": number + 1})),
        (0_u64..3)
            .prop_map(|number| json!({"minItems": number, "maxItems": number + 1, "uniqueItems": true})),
        (0_u64..3).prop_map(|number| json!({"minProperties": number, "maxProperties": number + 1})),
        prop::collection::btree_set("[abc]", 0..3).prop_map(|names| json!({"required": names})),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            (prop::collection::btree_map("[abc]", inner.clone(), 0..3), inner.clone()).prop_map(
                |(properties, rest)| json!({"properties": properties, "additionalProperties": rest})
            ),
            inner.clone().prop_map(|items| json!({"items": items})),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
            inner.prop_map(|schema| json!({"not": schema})),
            several.clone().prop_map(|all| json!({"allOf": all})),
            several.clone().prop_map(|all| json!({"anyOf": all})),
            several.prop_map(|all| json!({"oneOf": all})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_another_validator_allows_is_allowed_and_nothing_else(schema in schema(), value in small()) {
        let theirs = jsonschema::draft202012::new(&schema).unwrap();
        let ours = Schema::read(&schema).unwrap();
        let said = ours.check(&value);
        prop_assert_eq!(said.is_empty(), theirs.is_valid(&value), "{} of {}: {:?}", value, schema, said);
    }
}

#[test]
fn each_keyword_says_where_the_value_is_wrong_and_what_would_be_right() {
    for (keyword, schema, value, pointer, detail) in [
        ("type", json!({"type": ["string", "null"]}), json!(1), "", "must be a text or null"),
        ("enum", json!({"enum": ["a", "b"]}), json!("c"), "", "must be one of \"a\", \"b\""),
        ("const", json!({"const": 1}), json!(2), "", "must be 1"),
        (
            "properties",
            json!({"properties": {"a/b": {"type": "integer"}}}),
            json!({"a/b": 1.5}),
            "/a~1b",
            "must be a whole number",
        ),
        ("required", json!({"required": ["a"]}), json!({}), "/a", "is missing"),
        (
            "additionalProperties",
            json!({"properties": {"a": true}, "additionalProperties": false}),
            json!({"b": 1}),
            "/b",
            "is not known; known are a",
        ),
        ("minProperties", json!({"minProperties": 1}), json!({}), "", "must have at least 1 entry"),
        (
            "maxProperties",
            json!({"maxProperties": 1}),
            json!({"a": 1, "b": 2}),
            "",
            "must have at most 1 entry",
        ),
        ("items", json!({"items": {"type": "string"}}), json!(["a", 1]), "/1", "must be a text"),
        ("minItems", json!({"minItems": 2}), json!([1]), "", "must have at least 2 entries"),
        ("maxItems", json!({"maxItems": 1}), json!([1, 2]), "", "must have at most 1 entry"),
        ("uniqueItems", json!({"uniqueItems": true}), json!([1, 1.0]), "/1", "stands in the list already"),
        ("minLength", json!({"minLength": 2}), json!("ü"), "", "must have at least 2 characters"),
        ("maxLength", json!({"maxLength": 1}), json!("ab"), "", "must have at most 1 character"),
        ("minimum", json!({"minimum": 3}), json!(2), "", "must be at least 3"),
        ("maximum", json!({"maximum": 3}), json!(4), "", "must be at most 3"),
        ("exclusiveMinimum", json!({"exclusiveMinimum": 3}), json!(3), "", "must be greater than 3"),
        ("exclusiveMaximum", json!({"exclusiveMaximum": 3}), json!(3), "", "must be less than 3"),
        ("multipleOf", json!({"multipleOf": 0.1}), json!(0.35), "", "must be a multiple of 0.1"),
        ("allOf", json!({"allOf": [{"minimum": 3}]}), json!(1), "", "must be at least 3"),
        (
            "anyOf",
            json!({"anyOf": [{"minimum": 3}, {"const": 0}]}),
            json!(1),
            "",
            "has none of the possible forms: must be at least 3; or must be 0",
        ),
        (
            "oneOf",
            json!({"oneOf": [{"minimum": 3}, {"minimum": 4}]}),
            json!(5),
            "",
            "fits several forms of which it must be exactly one",
        ),
        ("not", json!({"not": {"const": 1}}), json!(1), "", "has a form that is not allowed"),
        (
            "then",
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            json!({"a": 1}),
            "/b",
            "is missing",
        ),
        (
            "else",
            json!({"if": {"required": ["a"]}, "else": {"required": ["c"]}}),
            json!({}),
            "/c",
            "is missing",
        ),
    ] {
        let said = Schema::read(&schema).unwrap().check(&value);
        assert_eq!(said.len(), 1, "{keyword}: {said:?}");
        assert_eq!((said[0].pointer.as_str(), said[0].detail.as_str()), (pointer, detail), "{keyword}");
    }
}

#[test]
fn every_error_is_named_at_once() {
    let schema = json!({"required": ["a", "b"], "properties": {"c": {"type": "string"}, "d": {"minimum": 1}}, "additionalProperties": false});
    let said = Schema::read(&schema).unwrap().check(&json!({"c": 1, "d": 0, "e": true}));
    let pointers: Vec<_> = said.iter().map(|violation| violation.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a", "/b", "/c", "/d", "/e"]);
}

#[test]
fn a_schema_that_cannot_be_checked_is_refused_with_the_place() {
    for (schema, pointer) in [
        (json!({"pattern": "(a+)+$"}), "/pattern"),
        (json!({"properties": {"a": {"$ref": "https://example.com/x"}}}), "/properties/a/$ref"),
        (json!({"type": "text"}), "/type"),
        (json!({"type": []}), "/type"),
        (json!({"required": "a"}), "/required"),
        (json!({"properties": []}), "/properties"),
        (json!({"minLength": -1}), "/minLength"),
        (json!({"minimum": "1"}), "/minimum"),
        (json!({"multipleOf": 0}), "/multipleOf"),
        (json!({"uniqueItems": 1}), "/uniqueItems"),
        (json!({"anyOf": []}), "/anyOf"),
        (json!({"items": 3}), "/items"),
        (json!(3), ""),
    ] {
        let faults = Schema::read(&schema).unwrap_err();
        assert_eq!(faults.len(), 1, "{schema}: {faults:?}");
        assert_eq!(faults[0].pointer, pointer, "{schema}");
    }
    let mut deep = json!(true);
    for _ in 0..100 {
        deep = json!({"not": deep});
    }
    assert!(Schema::read(&deep).is_err());
}

#[test]
fn no_keyword_is_both_checked_and_only_a_note() {
    assert!(KEYWORDS.iter().all(|keyword| !ANNOTATIONS.contains(keyword)));
}
