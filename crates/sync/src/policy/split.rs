//! Long texts in parts. Nobody's text is split unless they ask for it.

use link_core::words::capabilities::TextLimit;
use unicode_segmentation::UnicodeSegmentation as _;

/// Marks that end a sentence without a space after them.
const WIDE_STOPS: &[char] = &['\u{3002}', '\u{ff01}', '\u{ff1f}', '\u{ff61}'];

/// A text in parts that each fit, in order; joined they are the text.
///
/// It is cut after a sentence, else after a word, else between what a reader sees as letters, and only where a single one of those is longer than
/// the limit within it. A sentence or a word that leaves more than half of the room empty is passed over while there is another place, so
/// that no part is a crumb. A limit that holds no letter at all holds one.
///
/// ```
/// use link_core::words::capabilities::TextLimit;
/// use link_sync::split;
///
/// let parts = split("We are open. Come by! We close at six.", TextLimit::Characters(24));
/// assert_eq!(parts, ["We are open. Come by! ", "We close at six."]);
/// ```
pub fn split(text: &str, limit: TextLimit) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let most = reach(rest, limit);
        if most == rest.len() {
            break;
        }
        let (part, after) = rest.split_at(cut(rest, most));
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}

/// Where the first part of a text ends of which so many bytes fit.
fn cut(text: &str, most: usize) -> usize {
    let within = |end: &usize| (1..=most).contains(end);
    let sentences =
        || text.split_sentence_bound_indices().map(|(at, _)| at).take_while(|at| *at <= most).filter(|at| is_stop(&text[..*at]));
    let gaps = || text.char_indices().filter(|(_, letter)| letter.is_whitespace()).map(|(at, letter)| at + letter.len_utf8());
    let words = || text.split_word_bound_indices().map(|(at, _)| at).take_while(|at| *at <= most);
    let letters = || text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= most);
    let roomy = |end: &usize| *end > most / 2;
    let spaced = gaps().take_while(|end| *end <= most).last();
    let ends = [sentences().filter(roomy).last(), spaced.filter(roomy), spaced, words().last(), letters().last()];
    ends.into_iter().flatten().find(within).unwrap_or(most)
}

/// How many bytes from the beginning fit, whole characters only and at least one.
fn reach(text: &str, limit: TextLimit) -> usize {
    let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
    let fit = match limit {
        TextLimit::Characters(most) => ends.take(most).last(),
        TextLimit::Bytes(most) => ends.take_while(|end| *end <= most).last(),
    };
    fit.or_else(|| text.chars().next().map(char::len_utf8)).unwrap_or_default()
}

/// Not every mark ends a sentence: the one in the middle of an address does not.
fn is_stop(before: &str) -> bool {
    before.chars().next_back().is_some_and(|last| last.is_whitespace() || WIDE_STOPS.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str, most: usize) -> Vec<&str> {
        split(text, TextLimit::Characters(most))
    }

    #[test]
    fn a_text_ends_after_a_sentence_else_after_a_word() {
        assert_eq!(of("One. Two. Three is long.", 12), ["One. Two. ", "Three is ", "long."]);
        assert_eq!(of("one two three", 8), ["one two ", "three"]);
        assert_eq!(of("short", 8), ["short"]);
        assert_eq!(of("", 8), [""]);
    }

    #[test]
    fn an_address_is_not_cut_at_its_question_mark() {
        assert_eq!(of("Look: https://x.test/a?b=c", 24), ["Look: ", "https://x.test/a?b=c"]);
    }

    #[test]
    fn a_family_stays_together() {
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        let three = family.repeat(3);
        assert_eq!(of(&three, 12), [family.repeat(2), family.to_owned()]);
        // One that is longer than the limit has to be cut, or nothing of it would arrive.
        assert_eq!(of(family, 2).concat(), family);
    }

    #[test]
    fn a_writing_without_spaces_is_cut_after_its_stops() {
        let text = "\u{5728}\u{3002}\u{6765}\u{3002}\u{672a}";
        assert_eq!(of(text, 4), ["\u{5728}\u{3002}\u{6765}\u{3002}", "\u{672a}"]);
    }

    proptest! {
        /// If this failed, a customer would get a text with a hole in it, or the platform would refuse a part.
        #[test]
        fn the_parts_are_the_text_and_each_fits(
            text in "([a-z]{1,9}[ .!?\n]{1,2}|\u{1f468}\u{200d}\u{1f469}|e\u{301}|\u{5728}\u{3002}|[^\u{0}]){0,60}",
            most in 4_usize..40,
            bytes in any::<bool>(),
        ) {
            let limit = if bytes { TextLimit::Bytes(most) } else { TextLimit::Characters(most) };
            let parts = split(&text, limit);
            prop_assert_eq!(parts.concat(), text.clone());
            prop_assert!(parts.iter().all(|part| limit.fits(part)), "{:?}", parts);
            prop_assert!(parts.iter().all(|part| !part.is_empty()) || text.is_empty());
        }
    }
}
