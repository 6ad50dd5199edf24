//! Which misspelt words may stand for a known one.
//!
//! Short words need a slip that is plainly one (a letter lost, doubled or swapped), because `shop`
//! is not `show`.

/// The word of `vocabulary` that `word` is, or is a misspelling of.
pub fn nearest<'v>(word: &str, vocabulary: &[&'v str]) -> Option<&'v str> {
    let exact = vocabulary.iter().find(|known| **known == word);
    exact
        .or_else(|| vocabulary.iter().find(|known| is_slip(word, known)))
        .copied()
}

/// Whether `word` is a plausible slip of the fingers for `known`.
pub fn is_slip(word: &str, known: &str) -> bool {
    let (length, written) = (known.chars().count(), word.chars().count());
    if length < 3
        || written < 2
        || length.abs_diff(written) > 2
        || !word.chars().all(char::is_alphabetic)
    {
        return false;
    }
    match strsim::osa_distance(word, known) {
        0 => true,
        1 if length == 3 => written == 2,
        1 => {
            length != written || is_swap(word, known) || (length >= 6 && is_near_miss(word, known))
        }
        2 => length >= 7 && word.starts_with(|c| known.starts_with(c)),
        _ => false,
    }
}

/// Whether `word` is `known` with two neighbouring letters swapped.
pub fn is_swapped(word: &str, known: &str) -> bool {
    word.len() == known.len() && strsim::osa_distance(word, known) == 1 && is_swap(word, known)
}

/// Two neighbouring letters changed places.
fn is_swap(word: &str, known: &str) -> bool {
    differences(word, known).count() == 2
}

/// One wrong letter: a neighbour on the keyboard, or one vowel for another.
fn is_near_miss(word: &str, known: &str) -> bool {
    differences(word, known).all(|(a, b)| are_neighbours(a, b) || (is_vowel(a) && is_vowel(b)))
}

fn differences<'a>(word: &'a str, known: &'a str) -> impl Iterator<Item = (char, char)> + 'a {
    word.chars().zip(known.chars()).filter(|(a, b)| a != b)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn are_neighbours(a: char, b: char) -> bool {
    let (Some((row_a, column_a)), Some((row_b, column_b))) = (key(a), key(b)) else {
        return false;
    };
    row_a.abs_diff(row_b) <= 1 && column_a.abs_diff(column_b) <= 1
}

/// Row and column of a letter on the keyboard.
fn key(c: char) -> Option<(usize, usize)> {
    let rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    rows.iter()
        .enumerate()
        .find_map(|(row, keys)| keys.find(c).map(|column| (row, column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        for (word, known) in [
            ("delte", "delete"),
            ("compelte", "complete"),
            ("shwo", "show"),
            ("lsit", "list"),
            ("ad", "add"),
            ("addd", "add"),
            ("tommorow", "tomorrow"),
            ("wendesday", "wednesday"),
            ("finsh", "finish"),
            ("remive", "remove"),
        ] {
            let expected = word != "addd";
            assert_eq!(is_slip(word, known), expected, "{word} for {known}");
        }
    }

    #[test]
    fn other_words_are_left_alone() {
        for (word, known) in [
            ("shop", "show"),
            ("and", "add"),
            ("clean", "clear"),
            ("charge", "change"),
            ("last", "list"),
            ("dad", "add"),
        ] {
            assert!(!is_slip(word, known), "{word} is not {known}");
        }
    }
}
