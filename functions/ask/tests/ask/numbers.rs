//! Which figures of an answer are supported.

use models::figures::unsupported;

const GAVE: &str = r#"{"current_date": "2026-11-21", "circ_supply": [412345678.9, 420000000.25], "network_RBP_EIB": [2.75, 3.015],
    "1y_sector_roi": [0.1234], "rr": 0.8, "rewards": 76543.21, "n_entries": 12}"#;

fn marked(answer: &str) -> Vec<String> {
    unsupported(answer, [GAVE, "What if onboarding is 7.5 PiB a day?"])
}

#[test]
fn figures_that_a_tool_gave_are_supported_in_any_usual_form() {
    for answer in [
        "412,345,678.9 FIL",
        "412.3 million FIL",
        "412 M",
        "0.41 billion",
        "about 420 million",
        "12.3 %",
        "12.34%",
        "0.123",
        "80 percent",
        "2.75 EiB",
        "2.8 EiB",
        "2,816 PiB",
        "3.0",
        "76.5k FIL",
        "76,543",
        "7.5 PiB",
        "12 entries",
        "4.2e8",
    ] {
        assert_eq!(marked(answer), Vec::<String>::new(), "{answer}");
    }
}

#[test]
fn figures_that_no_tool_gave_are_marked_as_they_are_written() {
    assert_eq!(marked("412.9 million FIL and 12.9 %, or 55 EiB."), ["412.9 million", "12.9 %", "55 EiB"]);
    assert_eq!(marked("It costs $3,141.59 (3,141.59)."), ["3,141.59"]);
    assert_eq!(marked("5% and 11 providers"), ["5%", "11"]);
}

#[test]
fn numbers_that_are_no_figures_are_left_alone() {
    let answer = "1. On 2026-11-21, in November 2026, the 3 scenarios of FIP-0081 (see 1y_sector_roi) run for 365 days.\n\
                  2. After 18 months, on 5 May, at 12:30:\n- two weeks, a 30-day median, Q4";
    assert_eq!(marked(answer), Vec::<String>::new());
}

#[test]
fn text_of_any_kind_is_read_without_a_fault() {
    for answer in [
        "",
        "世界 12,34,56 ٣ 1e999 1.2.3.4 99999999999999999999999999 0x1F 1,2,3 e5 -",
        "1e5",
        "é5é",
        "5\u{a0}%",
        "1.",
        "7)",
    ] {
        let _ = marked(answer);
    }
}
