//! What a RUN that failed said. Docker closes with the call and its exit status, and the line that
//! tells why stands somewhere above.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::ImageBuild;
use protocol::{Failure, cut, error_line, without_escapes};

/// How the classic builder colours what a container writes to its standard error.
const RED: &str = "\x1b[91m";
/// How many characters of a call are told.
const LONGEST: usize = 60;

/// A call that ended badly.
struct Call {
    words: String,
    code: String,
    /// Its own last words.
    said: Option<String>,
}

impl ImageBuild {
    /// The RUN that failed, if one did.
    pub(super) fn failed_call(&self, output: &str) -> Option<Failure> {
        let lines: Vec<&str> = output.lines().collect();
        let call = classic(&lines).or_else(|| buildkit(&lines))?;
        let (file, code) = (self.dockerfile.file(), call.code);
        let words = call.words.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = cut(words.strip_prefix("/bin/sh -c ").unwrap_or(&words), LONGEST);
        let said = call.said.map_or(String::new(), |said| format!(": {said}"));
        let cause = format!("RUN {words} of {file} ended with exit status {code}{said}");
        Some(Failure::new(cause))
    }
}

/// Of the classic builder. What the container wrote to both streams comes in any order.
fn classic(lines: &[&str]) -> Option<Call> {
    let at = |line: &&str| line.contains("' returned a non-zero code: ");
    let end = lines.iter().position(at)?;
    let (_, told) = lines[end].split_once("The command '")?;
    let (words, code) = told.split_once("' returned a non-zero code: ")?;
    let begin = lines[..end]
        .iter()
        .rposition(|line| line.starts_with("Step "));
    let own = &lines[begin.map_or(0, |begin| begin + 1)..end];
    let own = own.iter().filter(|line| !line.starts_with(" ---> "));
    let own: Vec<(bool, String)> = own
        .map(|line| (line.contains(RED), without_escapes(line).trim().to_string()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("Removing intermediate"))
        .collect();
    let last = |is_red: bool| own.iter().rev().find(|(red, _)| *red || !is_red);
    let error = error_line(own.iter().map(|(_, line)| &**line));
    let said = error.or_else(|| Some(&*last(true).or_else(|| last(false))?.1));
    Some(Call {
        words: words.to_string(),
        code: code.trim().to_string(),
        said: said.map(str::to_string),
    })
}

/// Of BuildKit, which numbers its steps: `#7 0.123 what it said`, `#7 ERROR: process …`.
fn buildkit(lines: &[&str]) -> Option<Call> {
    let parts = |line: &&str| {
        let (number, told) = line.split_once(" ERROR: process \"")?;
        let (words, code) = told.split_once("\" did not complete successfully: exit code: ")?;
        Some((
            number.to_string(),
            words.to_string(),
            code.trim().to_string(),
        ))
    };
    let (number, words, code) = lines.iter().find_map(parts)?;
    let is_time = |word: &str| word.parse::<f64>().is_ok();
    let own = |line: &&str| {
        let rest = line.strip_prefix(&*number)?.strip_prefix(' ')?;
        let (time, said) = rest.split_once(' ')?;
        let said = without_escapes(said).trim().to_string();
        (is_time(time) && !said.is_empty()).then_some(said)
    };
    let own: Vec<String> = lines.iter().filter_map(own).collect();
    let error = error_line(own.iter().map(String::as_str));
    let said = error.map(str::to_string).or_else(|| own.last().cloned());
    Some(Call { words, code, said })
}

#[cfg(test)]
mod tests {
    /// As docker 20.10 to 29 print it.
    #[test]
    fn the_line_that_tells_why_is_found() {
        let step = super::super::tests::step("dockerfile = 'D'");
        let classic = "Step 2/2 : RUN echo hello; false\n ---> Running in 03a61c0e83e7\n\x1b[91moops: no such thing\n\x1b[0mhello\nThe command '/bin/sh -c echo hello; false' returned a non-zero code: 3\n";
        let buildkit = "#5 [2/2] RUN echo hello; false\n#5 0.201 hello\n#5 0.203 oops: no such thing\n#5 ERROR: process \"/bin/sh -c echo hello; false\" did not complete successfully: exit code: 3\n------\n > [2/2] RUN echo hello; false:\n0.201 hello\n------\nERROR: failed to build: failed to solve: process \"/bin/sh -c echo hello; false\" did not complete successfully: exit code: 3\n";
        for output in [classic, buildkit] {
            assert_eq!(
                step.failed_call(output).unwrap().cause,
                "RUN echo hello; false of D ended with exit status 3: oops: no such thing"
            );
        }
        let compiler = classic.replace(
            "hello\nThe",
            "error[E0308]: mismatched types\n\x1b[91merror: could not compile\n\x1b[0mThe",
        );
        let told = step.failed_call(&compiler).unwrap().cause;
        assert!(told.ends_with(": error[E0308]: mismatched types"), "{told}");
        let silent = "Step 2/2 : RUN false\n ---> Running in 03a61c0e83e7\nThe command '/bin/sh -c false' returned a non-zero code: 1\n";
        let told = step.failed_call(silent).unwrap().cause;
        assert_eq!(told, "RUN false of D ended with exit status 1");
        assert_eq!(step.failed_call("no such file"), None);
    }
}
