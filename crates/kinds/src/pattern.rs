//! Paths as the patterns that inputs are.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A pattern that stands for this path alone. What a fact is part of stays as it is until that is
/// known.
pub(crate) fn alone(path: &str) -> String {
    if path.contains("${") {
        return path.to_string();
    }
    let escaped = escaped(path, "\\*?[]{}");
    match path.starts_with('!') {
        true => format!("./{escaped}"),
        false => escaped,
    }
}

/// All that a release is made from: the chart's folder and the files of values.
pub(crate) fn chart(chart: &str, values: &[String]) -> Vec<String> {
    let chart = format!("{}/**", alone(chart));
    let values = values.iter().map(|file| alone(file));
    [chart].into_iter().chain(values).collect()
}

/// A text with a backslash before each of these characters.
pub(crate) fn escaped(text: &str, special: &str) -> String {
    let before = |c: char| special.contains(c).then_some('\\');
    let escaped = text.chars().flat_map(|c| before(c).into_iter().chain([c]));
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::alone;

    #[test]
    fn what_means_something_in_a_pattern_is_escaped() {
        for (path, pattern) in [
            ("target/app", "target/app"),
            ("a*{b,c}?", "a\\*\\{b,c\\}\\?"),
            ("!v", "./!v"),
            ("[x]\\y", "\\[x\\]\\\\y"),
            ("${made}/x*", "${made}/x*"),
        ] {
            assert_eq!(alone(path), pattern);
        }
    }
}
