//! The form of keys, tokens and codes.

use access::{Credential, Kind, Malformed, Refusal, Secret, identifier};
use proptest::prelude::*;

#[test]
fn a_key_is_a_prefix_43_digits_and_a_checksum_of_6() {
    // Payload and checksum computed with Python's integers and zlib.crc32.
    assert_eq!(Secret::mint(Kind::Key, [0; 32]).reveal(), format!("mfe_{}2bXuQ3", "0".repeat(43)));
    let counting = std::array::from_fn(|index| index as u8);
    let expected = "mfe_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2zPr8h";
    assert_eq!(Secret::mint(Kind::Key, counting).reveal(), expected);
    assert_eq!(Secret::parse(expected).unwrap().recognizable(), "mfe_003aUl");
}

#[test]
fn the_largest_number_fits_into_the_digits() {
    let key = Secret::mint(Kind::Key, [255; 32]);
    assert_eq!(key.reveal().len(), Secret::LENGTH);
    assert!(Secret::parse(key.reveal()).is_ok());
}

#[test]
fn each_kind_has_a_prefix_of_its_own() {
    for (kind, prefix) in
        [(Kind::Key, "mfe_"), (Kind::AccessToken, "mfa_"), (Kind::RefreshToken, "mfr_"), (Kind::Code, "mfc_")]
    {
        let secret = Secret::mint(kind, [7; 32]);
        assert!(secret.reveal().starts_with(prefix));
        assert_eq!(Secret::parse(secret.reveal()).unwrap().kind(), kind);
    }
}

#[test]
fn a_secret_is_not_printed_by_accident() {
    let key = Secret::mint(Kind::Key, [9; 32]);
    let credential = Credential::of(key.reveal());
    for printed in [format!("{key:?}"), format!("{credential:?}"), format!("{:?}", key.hash())] {
        assert!(!printed.contains(&key.reveal()[10..]), "{printed}");
    }
}

#[test]
fn identifiers_have_one_length_and_differ() {
    assert_eq!(identifier("key_", [0; 12]), "key_00000000000000000");
    assert_eq!(identifier("key_", [255; 12]).len(), 21);
    assert_ne!(identifier("key_", [255; 12]), identifier("key_", [254; 12]));
}

#[test]
fn the_authorization_header_takes_one_bearer_credential_in_any_case() {
    let key = Secret::mint(Kind::Key, [3; 32]);
    let text = key.reveal();
    for header in [format!("Bearer {text}"), format!("bearer {text}"), format!("BEARER  {text} ")] {
        assert_eq!(
            Credential::from_authorization([header.as_str()]),
            Credential::Key(key.hash()),
            "{header}"
        );
    }
    assert_eq!(Credential::from_authorization([]), Credential::None);
    for bad in ["", "Bearer", "Bearer ", text, "Basic YTpi", "Bearer a b"] {
        let read = Credential::from_authorization([bad]);
        assert_eq!(read, Credential::Refused(Refusal::NotBearer), "{bad}");
    }
    let twice = format!("Bearer {text}");
    let read = Credential::from_authorization([twice.as_str(), twice.as_str()]);
    assert_eq!(read, Credential::Refused(Refusal::NotBearer));
}

#[test]
fn refresh_tokens_and_codes_open_nothing_as_bearer() {
    for kind in [Kind::RefreshToken, Kind::Code] {
        let secret = Secret::mint(kind, [3; 32]);
        assert_eq!(Credential::of(secret.reveal()), Credential::Refused(Refusal::WrongKind));
    }
}

proptest! {
    #[test]
    fn a_minted_secret_reads_back_as_itself(random: [u8; 32]) {
        let secret = Secret::mint(Kind::Key, random);
        prop_assert_eq!(Secret::parse(secret.reveal()), Ok(secret));
    }

    #[test]
    fn different_randomness_makes_different_keys(one: [u8; 32], other: [u8; 32]) {
        prop_assume!(one != other);
        prop_assert!(Secret::mint(Kind::Key, one) != Secret::mint(Kind::Key, other));
    }

    #[test]
    fn one_wrong_character_is_refused_without_a_look_up(random: [u8; 32], at in 4..53_usize, to in "[0-9A-Za-z ~é]") {
        let secret = Secret::mint(Kind::Key, random);
        let mut text = secret.reveal().to_owned();
        text.replace_range(at..=at, &to);
        prop_assume!(text != secret.reveal());
        prop_assert_eq!(Secret::parse(&text), Err(Malformed::Mistyped));
        prop_assert_eq!(Credential::of(&text), Credential::Refused(Refusal::Mistyped));
    }

    #[test]
    fn a_cut_or_lengthened_key_is_refused(random: [u8; 32], length in 4..53_usize) {
        let secret = Secret::mint(Kind::Key, random);
        prop_assert_eq!(Secret::parse(&secret.reveal()[..length]), Err(Malformed::Mistyped));
        prop_assert_eq!(Secret::parse(&format!("{}0", secret.reveal())), Err(Malformed::Mistyped));
    }

    #[test]
    fn anything_at_all_is_read_without_a_panic(text: String) {
        let _ = Credential::from_authorization([text.as_str()]);
        let _ = Credential::of(&text);
        let _ = Secret::parse(&format!("mfe_{text}"));
    }
}
