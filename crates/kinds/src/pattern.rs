//! Paths as the patterns that inputs are.

use alloc::format;
use alloc::string::{String, ToString};

/// A pattern that stands for this path alone. What a fact is part of stays as it is until that is
/// known.
pub(crate) fn alone(path: &str) -> String {
    if path.contains("${") {
        return path.to_string();
    }
    let special = |c: char| "\\*?[]{}".contains(c).then_some('\\');
    let escaped = path.chars().flat_map(|c| special(c).into_iter().chain([c]));
    let escaped: String = escaped.collect();
    match path.starts_with('!') {
        true => format!("./{escaped}"),
        false => escaped,
    }
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
