//! Tags: `#home`, "tagged home and garden", "with the tag home".

use super::super::words::{Phrase, Word};

/// Takes all tags out of a phrase, in the order they were named.
pub fn take(phrase: &mut Phrase) -> Vec<String> {
    let mut tags = Vec::new();
    while let Some(at) = phrase.words.iter().position(is_hash) {
        tags.push(name(&phrase.take(at..at + 1)[0]));
    }
    tags.extend(take_spelt_out(phrase));
    tags
}

/// Whether the word is `#something`; `#2` is a place in a list.
pub fn is_hash(word: &Word) -> bool {
    let name = word.plain.strip_prefix('#').filter(|_| !word.is_literal());
    name.is_some_and(|name| name.starts_with(char::is_alphabetic))
}

fn name(word: &Word) -> String {
    word.plain.trim_start_matches('#').to_owned()
}

fn take_spelt_out(phrase: &mut Phrase) -> Vec<String> {
    let Some(at) = phrase.words.iter().position(introduces) else {
        return Vec::new();
    };
    let fillers = |words: &[Word]| {
        words
            .iter()
            .take_while(|word| {
                word.is_any(&[
                    "as", "with", "the", "tag", "tags", "label", "called", "named",
                ])
            })
            .count()
    };
    let first = at + 1 + fillers(&phrase.words[at + 1..]);
    let before = phrase.words[..at]
        .iter()
        .rev()
        .take_while(|word| word.is_any(&["with", "and", "the", "a", "under"]))
        .count();
    let needs_with = phrase.words[at].is_any(&["tag", "tags", "label"]);
    if first >= phrase.words.len() || (needs_with && before == 0) {
        return Vec::new();
    }
    let last = end_of_names(&phrase.words, first);
    let taken = phrase.take(at - before..last);
    taken[first - (at - before)..]
        .iter()
        .filter(|word| !word.is("and"))
        .map(name)
        .collect()
}

fn introduces(word: &Word) -> bool {
    word.is_any(&["tagged", "labelled", "labeled", "tag", "tags", "label"])
}

/// One name, and more after each "and".
fn end_of_names(words: &[Word], first: usize) -> usize {
    let mut end = first + 1;
    while words.get(end).is_some_and(|word| word.is("and")) && words.get(end + 1).is_some() {
        end += 2;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, tags: &[&str], rest: &str) {
        let mut phrase = Phrase::new(text);
        assert_eq!(take(&mut phrase), tags, "{text}");
        assert_eq!(phrase.text(), rest);
    }

    #[test]
    fn tags() {
        check(
            "water plants #home #Garden",
            &["home", "garden"],
            "water plants",
        );
        check(
            "water plants tagged home and garden",
            &["home", "garden"],
            "water plants",
        );
        check("water plants with the tag home", &["home"], "water plants");
        check("buy a price tag", &[], "buy a price tag");
        check("delete #2", &[], "delete #2");
    }
}
