//! Numbers, in digits or words.

use super::super::words::Word;

const WORDS: [&str; 21] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

const ORDINALS: [&str; 21] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// `3`, `three`, `a`, `a couple` is not one word and not known here.
pub fn cardinal(word: &Word) -> Option<usize> {
    if word.is_literal() {
        return None;
    }
    match word.plain.as_str() {
        "a" | "an" => Some(1),
        "couple" => Some(2),
        plain => plain
            .parse()
            .ok()
            .or_else(|| WORDS.iter().position(|known| *known == plain)),
    }
}

/// `3rd`, `third`.
pub fn ordinal(word: &Word) -> Option<usize> {
    let plain = word.plain.as_str();
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| plain.strip_suffix(ending));
    let number = digits.and_then(|digits| digits.parse().ok());
    number
        .or_else(|| ORDINALS.iter().position(|known| *known == plain))
        .filter(|_| !word.is_literal())
}

/// `#3`, `3`, `3.`: a place in a list.
pub fn place(word: &Word) -> Option<usize> {
    let plain = word.plain.trim_start_matches('#');
    plain
        .parse()
        .ok()
        .filter(|place| (1..=999).contains(place) && !word.is_literal())
}
