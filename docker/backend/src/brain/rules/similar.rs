//! How alike two titles are.

use super::spelling::is_slip;
use super::tense::irregular;

/// Words that tell no title from another.
const EMPTY: [&str; 22] = [
    "the", "a", "an", "my", "to", "of", "for", "on", "in", "at", "with", "and", "task", "tasks",
    "todo", "one", "thing", "item", "about", "some", "please", "our",
];

/// 0 for nothing in common, 1 for the same words.
pub fn likeness(wanted: &str, title: &str) -> f64 {
    if wanted.to_lowercase() == title.to_lowercase() {
        return 1.0;
    }
    let (wanted, title) = (words(wanted), words(title));
    if wanted.is_empty() || title.is_empty() {
        return 0.0;
    }
    let found = wanted
        .iter()
        .filter(|word| title.iter().any(|other| same(word, other)))
        .count();
    let recall = found as f64 / wanted.len() as f64;
    let precision = found as f64 / title.len() as f64;
    // Naming a part of a title is common, naming more than it is not.
    (0.8 * recall + 0.2 * precision) * 0.99
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace(['\'', '’'], "");
    let all: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let telling: Vec<String> = all
        .iter()
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .cloned()
        .collect();
    if telling.is_empty() { all } else { telling }
}

fn same(word: &str, other: &str) -> bool {
    let (word, other) = (base(word), base(other));
    word == other || stem(word) == stem(other) || is_slip(word, other)
}

fn base(word: &str) -> &str {
    irregular(word).unwrap_or(word)
}

/// A crude stem: plurals and verb endings off.
fn stem(word: &str) -> &str {
    let endings = ["ies", "ing", "ment", "al", "es", "ed", "s", "y"];
    let cut = endings
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3));
    cut.unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_typos_are_alike() {
        assert!(likeness("groceries", "Buy groceries") > 0.85);
        assert!(likeness("grocery", "Buy groceries") > 0.85);
        assert!(likeness("by grocreies", "Buy groceries") > 0.4);
        assert!(likeness("the dentist task", "Call the dentist") > 0.8);
        assert!(likeness("bought the groceries", "Buy groceries") > 0.85);
        assert!(likeness("rent", "Buy groceries") < 0.1);
        assert!(
            likeness("buy groceries", "Buy groceries")
                > likeness("buy groceries", "Buy more groceries")
        );
    }
}
