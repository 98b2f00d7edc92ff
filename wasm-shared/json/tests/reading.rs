//! What is read as ever, what is refused before it is built, and names that are given twice.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bounded_json::{Limits, Quantity, Refused, read};
use proptest::prelude::*;
use serde_json::{Value, json};

const WIDE: Limits = Limits {
    bytes: usize::MAX,
    depth: 64,
    containers: usize::MAX,
    members: usize::MAX,
    values: usize::MAX,
    text_bytes: usize::MAX,
};

#[track_caller]
fn refused(text: &str, limits: &Limits) -> String {
    match read(text.as_bytes(), limits) {
        Err(Refused::TooMuch(excess)) => format!("{:?} {}", excess.quantity, excess.limit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_limit_is_reached_and_not_passed() {
    for (quantity, most, one_more) in [
        (Quantity::Depth, "[[[]]]", "[[[[]]]]"),
        (Quantity::Depth, r#"{"a":[{}]}"#, r#"{"a":[{"b":{}}]}"#),
        (Quantity::Containers, "[[],{}]", "[[],[],{}]"),
        (Quantity::Members, r#"{"a":1,"b":[],"c":"d"}"#, r#"{"a":1,"b":{"c":2,"d":3}}"#),
        (Quantity::Values, "[1,2]", "[1,2,3]"),
        (Quantity::Values, "[true, null]", r#"["a", -1.5e3, null]"#),
        (Quantity::Values, r#"{"a": 1,"b":"c"}"#, r#"{"a": 1,"b":"c","d":false}"#),
        (Quantity::TextBytes, r#"["abc"]"#, r#"["abcd"]"#),
        (Quantity::TextBytes, r#"{"a":"bc"}"#, r#"{"ab":"cd"}"#),
        (Quantity::TextBytes, r#"["\n",1]"#, r#"["\u000a",1]"#),
        (Quantity::Bytes, "[ ]", "[  ]"),
    ] {
        let mut limits = WIDE;
        match quantity {
            Quantity::Depth => limits.depth = 3,
            Quantity::Containers => limits.containers = 3,
            Quantity::Members => limits.members = 3,
            Quantity::Values => limits.values = 3,
            Quantity::TextBytes => limits.text_bytes = 3,
            Quantity::Bytes => limits.bytes = 3,
        }
        assert_eq!(
            read(most.as_bytes(), &limits).unwrap().value,
            serde_json::from_str::<Value>(most).unwrap()
        );
        assert_eq!(refused(one_more, &limits), format!("{quantity:?} 3"), "{one_more}");
    }
}

#[test]
fn what_stands_in_a_text_is_not_counted_as_structure() {
    let limits = Limits { depth: 1, containers: 1, members: 1, values: 2, ..WIDE };
    for text in [r#"{"a[[[{{{":"]]]}}},,,:::"}"#, r#"["\"[[[\\\"{{{\\"]"#] {
        assert_eq!(
            read(text.as_bytes(), &limits).unwrap().value,
            serde_json::from_str::<Value>(text).unwrap()
        );
    }
}

#[test]
fn what_is_no_json_is_malformed_also_when_it_breaks_off() {
    for text in [
        "",
        "{",
        "[1,",
        "\"abc",
        "\"abc\\",
        "{\"a\":1,}",
        "[1 2]",
        "1 2",
        "{}{}",
        "]",
        "}}}}",
        "nul",
        "[1e400]",
    ] {
        assert!(matches!(read(text.as_bytes(), &WIDE), Err(Refused::Malformed(_))), "{text}");
    }
    assert!(matches!(read(&[b'"', 0xff, b'"'], &WIDE), Err(Refused::Malformed(_))));
}

#[test]
fn a_name_given_twice_is_found_however_deep_it_is_and_the_last_one_is_kept() {
    for (text, value, repeated) in [
        (r#"{"a":1,"a":2}"#, json!({"a": 2}), vec!["/a"]),
        (r#"{"a":1,"a":2,"a":3}"#, json!({"a": 3}), vec!["/a"]),
        (r#"{"b":[0,{"c":{"a":1,"\u0061":2}}]}"#, json!({"b": [0, {"c": {"a": 2}}]}), vec!["/b/1/c/a"]),
        (
            r#"{"x/y~":1,"b":{"a":1,"a":1},"x/y~":1}"#,
            json!({"x/y~": 1, "b": {"a": 1}}),
            vec!["/b/a", "/x~1y~0"],
        ),
        (r#"[{"a":1},{"a":2}]"#, json!([{"a": 1}, {"a": 2}]), vec![]),
    ] {
        let document = read(text.as_bytes(), &WIDE).unwrap();
        assert_eq!(
            (document.value, document.repeated),
            (value, repeated.into_iter().map(str::to_owned).collect()),
            "{text}"
        );
    }
}

#[test]
fn a_few_of_many_names_given_twice_are_named_and_long_ones_are_cut() {
    let many: Vec<_> = (0..100).map(|name| format!(r#""{name}":1,"{name}":2"#)).collect();
    assert_eq!(
        read(format!("{{{}}}", many.join(",")).as_bytes(), &WIDE).unwrap().repeated.len(),
        bounded_json::MOST_REPEATED
    );
    let long = "é".repeat(10_000);
    let document = read(format!(r#"{{"{long}":1,"{long}":2}}"#).as_bytes(), &WIDE).unwrap();
    assert_eq!(document.repeated[0].chars().count(), 81);
}

#[test]
fn a_limit_is_told_in_its_own_words() {
    let told = |text: &str, limits: Limits| match read(text.as_bytes(), &limits) {
        Err(Refused::TooMuch(excess)) => excess.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&" ".repeat(65_537), Limits { bytes: 64 << 10, ..WIDE }), "is larger than 64 KiB");
    assert_eq!(told("[[]]", Limits { depth: 1, ..WIDE }), "holds objects and lists more than 1 levels deep");
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What a value holds, counted on the value itself.
fn held(value: &Value) -> (usize, usize, usize) {
    let (containers, members, inner): (usize, usize, Vec<&Value>) = match value {
        Value::Array(list) => (1, 0, list.iter().collect()),
        Value::Object(object) => (1, object.len(), object.values().collect()),
        _ => (0, 0, vec![]),
    };
    inner
        .into_iter()
        .map(held)
        .fold((containers, members, 1), |all, one| (all.0 + one.0, all.1 + one.1, all.2 + one.2))
}

proptest! {
    #[test]
    fn everything_within_the_limits_is_read_as_by_any_parser(value in any_value()) {
        let text = value.to_string();
        let document = read(text.as_bytes(), &WIDE).unwrap();
        prop_assert_eq!(&document.value, &serde_json::from_str::<Value>(&text).unwrap());
        prop_assert!(document.repeated.is_empty());
    }

    #[test]
    fn the_count_is_what_the_value_holds(value in any_value()) {
        let (containers, members, values) = held(&value);
        let text = value.to_string();
        let exact = Limits { containers, members, values, ..WIDE };
        prop_assert!(read(text.as_bytes(), &exact).is_ok());
        for short in [
            Limits { containers: containers.wrapping_sub(1), ..WIDE },
            Limits { members: members.wrapping_sub(1), ..WIDE },
            Limits { values: values - 1, ..WIDE },
        ] {
            let cut = short.containers != usize::MAX || short.members != usize::MAX || short.values != usize::MAX;
            prop_assert!(!cut || matches!(read(text.as_bytes(), &short), Err(Refused::TooMuch(_))));
        }
    }

    #[test]
    fn no_bytes_whatever_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &Limits { depth: 4, containers: 8, members: 8, values: 16, text_bytes: 64, bytes: 150 });
    }
}
