//! A very small pattern language over words: `mark|set * as done|finished $`.
//!
//! `a|b` is either word, `#` any tag, `@` any verb in the past, `*` any number of words, `?` after
//! a word makes it optional, `$` the end of the message.

use super::slots::tags::is_hash;
use super::tense::is_past;
use super::words::Word;

/// Whether `pattern` fits at the start of `words`.
pub fn fits(pattern: &str, words: &[Word]) -> bool {
    let parts: Vec<&str> = pattern.split(' ').collect();
    matched(&parts, words).is_some()
}

/// How many words `pattern` covers at the start of `words`.
pub fn covers(pattern: &str, words: &[Word]) -> Option<usize> {
    let parts: Vec<&str> = pattern.split(' ').collect();
    matched(&parts, words).map(|rest| words.len() - rest.len())
}

/// Whether `pattern` fits anywhere in `words`.
pub fn fits_anywhere(pattern: &str, words: &[Word]) -> bool {
    (0..=words.len()).any(|start| fits(pattern, &words[start..]))
}

/// What follows the match, if there is one; the shortest gap wins.
fn matched<'w>(parts: &[&str], words: &'w [Word]) -> Option<&'w [Word]> {
    let Some((part, parts)) = parts.split_first() else {
        return Some(words);
    };
    match *part {
        "$" => words.is_empty().then_some(words),
        "*" => (0..=words.len()).find_map(|skipped| matched(parts, &words[skipped..])),
        part => match part.strip_suffix('?') {
            Some(optional) => word(optional, parts, words).or_else(|| matched(parts, words)),
            None => word(part, parts, words),
        },
    }
}

fn word<'w>(options: &str, parts: &[&str], words: &'w [Word]) -> Option<&'w [Word]> {
    let (first, rest) = words.split_first()?;
    let hit = !first.is_literal()
        && options.split('|').any(|option| match option {
            "#" => is_hash(first),
            "@" => is_past(&first.plain),
            option => option == first.plain,
        });
    if hit { matched(parts, rest) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::words::Phrase;
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(
            fits(pattern, &Phrase::new(text).words),
            expected,
            "{pattern} on {text}"
        );
    }

    #[test]
    fn patterns() {
        check(
            "mark * as done|finished $",
            "mark the milk as finished",
            true,
        );
        check(
            "mark * as done|finished $",
            "mark the milk as finished tomorrow",
            false,
        );
        check("add a? task", "add task", true);
        check("add a? task", "add a task", true);
        check("add a? task", "add some task", false);
        check("show", "\"show\"", false);
        assert!(fits_anywhere(
            "due today",
            &Phrase::new("what is due today").words
        ));
    }
}
