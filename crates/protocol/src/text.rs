//! Lines of output as a terminal shows them in the end.

use alloc::format;
use alloc::string::{String, ToString};

/// Of a line that is drawn over again, as by a progress bar, what is left to be read in the end.
pub fn drawn(line: &str) -> &str {
    let mut parts = line.rsplit('\r');
    parts.find(|part| !is_blank(part)).unwrap_or_default()
}

/// At most so many characters, and a sign that there are more.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}

/// The first line that calls itself an error. It says more than the last one, which often only
/// repeats the exit status.
pub fn error_line<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_error =
        |line: &&str| begins_as_error(line) || PLACED.iter().any(|sign| line.contains(sign));
    lines.into_iter().map(str::trim).find(is_error)
}

/// How compilers put it behind the place.
const PLACED: [&str; 2] = [": error: ", ": fatal error: "];

/// Neither "0 errors" nor "errors: 0" nor "error.c" says that something went wrong.
fn begins_as_error(line: &str) -> bool {
    let plain = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let front = line.strip_suffix(plain).unwrap_or_default();
    let counts = front == "0 " || front.ends_with(" 0 ");
    let (head, rest) = plain.split_at_checked(5).unwrap_or_default();
    let goes_on = rest.starts_with(|c: char| c.is_alphanumeric() || "._-(".contains(c));
    head.eq_ignore_ascii_case("error") && !counts && !goes_on
}

/// Whether a terminal shows nothing of it.
pub(crate) fn is_blank(line: &str) -> bool {
    without_escapes(line).trim().is_empty()
}

/// Without colours, titles, links and whatever else a terminal would act on (ECMA-48 control
/// sequences).
pub fn without_escapes(line: &str) -> String {
    plain(line, |_| 0)
}

/// Of what a terminal would act on, colours and weights only: a step must not clear the screen.
pub fn coloured(line: &str) -> String {
    plain(drawn(line), colour)
}

/// A line without what a terminal would act on, but for so many bytes behind an escape character.
fn plain(line: &str, kept: impl Fn(&str) -> usize) -> String {
    let printed = |text: &str| -> String {
        let is_text = |c: &char| !c.is_control() || *c == '\t';
        text.chars().filter(is_text).collect()
    };
    let mut parts = line.split('\x1b');
    let mut all = printed(parts.next().unwrap_or_default());
    for part in parts {
        match kept(part) {
            0 => all += &printed(after_escape(part)),
            end => all += &format!("\x1b{}{}", &part[..end], printed(&part[end..])),
        }
    }
    all
}

/// How long a sequence is that sets colour or weight (SGR), if it is one.
fn colour(part: &str) -> usize {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
    let rest = part
        .strip_prefix('[')
        .map(|rest| rest.trim_start_matches(is_number));
    let is_one = rest.is_some_and(|rest| rest.starts_with('m'));
    rest.filter(|_| is_one)
        .map_or(0, |rest| part.len() - rest.len() + 1)
}

/// What follows the rest of an escape sequence: `[…letter`, `]…bell`, or one character.
fn after_escape(part: &str) -> &str {
    let end = match part.chars().next() {
        Some('[') => part[1..]
            .find(|c: char| ('@'..='~').contains(&c))
            .map(|end| end + 1),
        Some(']') => part.find('\x07'),
        Some(_) => Some(0),
        None => None,
    };
    let rest = end.map(|end| part[end..].chars());
    rest.map_or("", |mut rest| {
        rest.next();
        rest.as_str()
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::Output;

    #[test]
    fn a_line_that_calls_itself_an_error_tells_why() {
        for (line, is_one) in [
            ("error[E0308]: mismatched types", true),
            ("ERROR: failed to solve", true),
            ("[ERROR] Failed to execute goal", true),
            ("12:30:01 Error response from daemon: no such image", true),
            ("main.c:12:3: error: expected ;", true),
            ("0 errors found", false),
            ("1 warning, 0 error generated", false),
            ("0 error generated", false),
            ("Errors: 0", false),
            ("error.c", false),
            ("Error(s) 0", false),
        ] {
            assert_eq!(error_line([line]).is_some(), is_one, "{line}");
        }
    }

    #[test]
    fn of_a_line_that_is_drawn_over_the_last_counts() {
        for (line, left) in [
            ("10%\r20%\rfatal: early EOF", "fatal: early EOF"),
            ("10%\r100%\r", "100%"),
            ("100%\r    \r\n", "100%"),
            ("red\r\x1b[0m", "red"),
            ("a line\r", "a line"),
            ("a line", "a line"),
            ("", ""),
        ] {
            assert_eq!(drawn(line), left);
        }
        let output = Output {
            stderr: "10%\r20%\rfatal: no\r\n---\n".to_string(),
            ..Output::default()
        };
        assert_eq!(output.last_words(), "fatal: no");
    }

    #[test]
    fn of_what_a_terminal_acts_on_colours_stay() {
        for (line, left) in [
            ("\x1b[2J\x1b[1;1Hclear", "clear"),
            (
                "\x1b]0;title\x07\x1b[1;31mred\x1b[0m",
                "\x1b[1;31mred\x1b[0m",
            ),
            ("\x1b[38:5:9mx\x1b[Kend\x07\u{9b}", "\x1b[38:5:9mxend"),
            ("10%\r20%", "20%"),
            ("a\tb\x1b", "a\tb"),
            ("a line", "a line"),
        ] {
            assert_eq!(coloured(line), left);
        }
    }

    #[test]
    fn what_no_terminal_shows_is_no_last_word() {
        let stdout = "\x1b[31mred\x1b[0m\n\x1b]0;title\x07\n\x1b[0m\n".to_string();
        let output = Output {
            stdout,
            ..Output::default()
        };
        for said in [output.last_words(), output.last_words_or("nothing")] {
            assert_eq!(without_escapes(&said), "red");
        }
    }
}
