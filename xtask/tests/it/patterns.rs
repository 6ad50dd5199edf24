//! Patterns drawn at random name the files that git's own pathspecs name (gitglossary(7), "glob").

use std::collections::BTreeSet;
use std::process::Command;

use engine::files::Files;
use proptest::prelude::*;

use crate::sandbox::Sandbox;

const NAMES: [&str; 4] = ["a", "b", "ab", ".c"];

/// Every file that names of three folders can make.
fn tree() -> Sandbox {
    let sandbox = Sandbox::new();
    for one in NAMES {
        sandbox.write(&format!("{one}/{one}/{one}"), "");
        for two in NAMES.into_iter().filter(|two| *two != one) {
            sandbox.write(&format!("{one}/{two}"), "");
            sandbox.write(&format!("x{one}/{two}/{one}"), "");
        }
        sandbox.write(&format!("f{one}"), "");
    }
    let git = Command::new("git")
        .args(["init", "-q"])
        .current_dir(&sandbox.dir)
        .status();
    assert!(git.is_ok_and(|status| status.success()), "git is needed");
    sandbox
}

fn name() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(&NAMES[..]).prop_map(str::to_string);
    let wild = prop::sample::select(
        &[
            "*", "?", "a*", "*b", "[ab]", "[!a]*", "[^b]", "x?", "f*", "?b", "**", "x*", "\\a",
        ][..],
    );
    prop_oneof![plain, wild.prop_map(str::to_string)]
}

fn pattern() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|names| names.join("/"))
}

fn git_names(sandbox: &Sandbox, pattern: &str) -> BTreeSet<String> {
    // A last name without wildcards may be a folder; with `**` before it git asks for that to be
    // said.
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let mut specs = vec![format!(":(glob){pattern}")];
    if !last.contains(['*', '?', '[']) {
        specs.push(format!(":(glob){pattern}/**"));
    }
    let call = Command::new("git")
        .args(["ls-files", "-z", "--others", "--"])
        .args(specs)
        .current_dir(&sandbox.dir)
        .output()
        .unwrap();
    let text = String::from_utf8(call.stdout).unwrap();
    text.split_terminator('\0').map(str::to_string).collect()
}

#[test]
fn patterns_name_what_git_names() {
    let sandbox = tree();
    let ours = |patterns: &[String]| -> BTreeSet<String> {
        let files = Files::open(&sandbox.dir, &sandbox.dir.join(".pipeline"));
        let found = files.expand(patterns).unwrap();
        let is_file = |path: &String| sandbox.dir.join(path).is_file();
        found
            .iter()
            .map(|path| path.to_string())
            .filter(is_file)
            .collect()
    };
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(with in pattern(), without in pattern())| {
        let wild = format!("{with}/**");
        // A name alone stands for a folder as a whole; what lies in it is asked for by pattern.
        let plain = !with.contains(['*', '?', '[']);
        let (asked, expected) = match plain {
            true => (&wild, git_names(&sandbox, &wild)),
            false => (&with, git_names(&sandbox, &with)),
        };
        prop_assert_eq!(&ours(std::slice::from_ref(asked)), &expected, "{}", asked);
        let left: BTreeSet<String> = expected.difference(&git_names(&sandbox, &without)).cloned().collect();
        prop_assert_eq!(ours(&[asked.clone(), format!("!{without}")]), left, "{} without {}", asked, without);
    });
}
