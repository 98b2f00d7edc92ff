//! Long lists, a page at a time.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::Error;

/// The page of `items` that begins at `cursor`, and the cursor of the next one.
///
/// A cursor says which list it is of and where the page begins. It is encoded so that clients do not build their own:
/// clients are to bring back what they were given.
pub(crate) fn page<T>(
    list: &str,
    mut items: Vec<T>,
    cursor: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), Error> {
    let begin = match cursor {
        None => 0,
        Some(cursor) => {
            read(list, cursor).filter(|begin| (1..items.len()).contains(begin)).ok_or_else(|| {
                Error::invalid_params(
                    "Invalid params: `cursor` is not one of this list; list again without it",
                )
            })?
        }
    };
    let end = items.len().min(begin.saturating_add(size.max(1)));
    let next = (end < items.len()).then(|| BASE64_URL_SAFE_NO_PAD.encode(format!("{list} {end}")));
    // Nothing is copied: connected servers' tools are megabytes.
    items.truncate(end);
    items.drain(..begin);
    Ok((items, next))
}

fn read(list: &str, cursor: &str) -> Option<usize> {
    let cursor = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    cursor.strip_prefix(list)?.strip_prefix(' ')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn walking_all_pages_gives_every_item_once(length in 0usize..40, size in 0usize..10) {
            let items: Vec<_> = (0..length).collect();
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let (mut some, next) = page("tools", items.clone(), cursor.as_deref(), size).unwrap();
                seen.append(&mut some);
                cursor = next;
                if cursor.is_none() { break }
            }
            prop_assert_eq!(seen, items);
        }

        #[test]
        fn a_cursor_that_was_not_given_is_refused(cursor in any::<String>()) {
            prop_assert!(page("tools", vec![1, 2, 3], Some(&cursor), 1).is_err());
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let (_, next) = page("tools", vec![1, 2, 3], None, 1).unwrap();
        assert!(page("prompts", vec![1, 2, 3], next.as_deref(), 1).is_err());
    }
}
