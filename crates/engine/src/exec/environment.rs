//! What a child inherits of the environment that xtask itself was called in. The rules stand in
//! docs/pipeline.md.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where the dynamic linker looks, on Linux and on macOS.
const LIBRARIES: [&str; 2] = ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// What `cargo run` and rustup tell the program that they start: it concerns xtask, and would send
/// another cargo astray.
const TOLD_TO_US: [&str; 9] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "RUST_RECURSION_COUNT",
    "RUSTUP_TOOLCHAIN_SOURCE",
    "OLDPWD",
];

/// How a child's environment differs from ours: the new value, or `None` if it does not get the
/// variable.
pub(super) type Changes = BTreeMap<OsString, Option<OsString>>;

/// What this process was given, as far as it is not passed on. With a pass list nothing else than
/// that and `PATH` is.
pub(super) fn changes(passed: Option<&[String]>) -> Changes {
    let ours: Vec<(OsString, OsString)> = env::vars_os().collect();
    let exe = env::current_exe().unwrap_or_default();
    of(&ours, exe.parent().unwrap_or(Path::new("/")), passed)
}

fn of(ours: &[(OsString, OsString)], own: &Path, passed: Option<&[String]>) -> Changes {
    let value = |name: &str| {
        ours.iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    };
    let by_cargo = value("CARGO_MANIFEST_DIR").is_some();
    // `cargo +NAME` and RUSTUP_TOOLCHAIN are somebody's wish; what rustup found by itself is not.
    let source = value("RUSTUP_TOOLCHAIN_SOURCE").and_then(|source| source.to_str());
    let by_rustup =
        value("RUST_RECURSION_COUNT").is_some() && !matches!(source, Some("env" | "cli"));
    let is_ours = |name: &str| {
        let by_us = TOLD_TO_US.contains(&name) || name.starts_with("CARGO_PKG_");
        name == "OLDPWD" || by_cargo && by_us || by_rustup && name == "RUSTUP_TOOLCHAIN"
    };
    let mut changes = Changes::new();
    for (name, value) in ours {
        let text = name.to_str().unwrap_or_default();
        if is_ours(text) || passed.is_some_and(|passed| !is_passed(text, passed)) {
            changes.insert(name.clone(), None);
        } else if by_cargo && LIBRARIES.contains(&text) {
            changes.insert(name.clone(), without_ours(value, own));
        }
    }
    changes
}

fn is_passed(name: &str, passed: &[String]) -> bool {
    let is = |wanted: &String| match wanted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == wanted,
    };
    name == "PATH" || passed.iter().any(is)
}

/// The folders without those of our own build and of the toolchain that made it.
fn without_ours(folders: &OsString, own: &Path) -> Option<OsString> {
    let is_ours = |folder: &PathBuf| {
        let of_toolchain = folder.as_os_str().as_bytes();
        let of_toolchain = String::from_utf8_lossy(of_toolchain).contains("/toolchains/");
        folder.starts_with(own)
            || folder.ends_with("lib") && of_toolchain
            || folder.as_os_str().is_empty()
    };
    let others: Vec<PathBuf> = env::split_paths(folders)
        .filter(|folder| !is_ours(folder))
        .collect();
    env::join_paths(&others).ok().filter(|_| !others.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ours: &[(&str, &str)], passed: Option<&[&str]>) -> String {
        let ours: Vec<_> = ours
            .iter()
            .map(|(n, v)| (OsString::from(n), OsString::from(v)))
            .collect();
        let passed: Option<Vec<String>> = passed.map(|p| p.iter().map(|p| p.to_string()).collect());
        let changes = of(&ours, Path::new("/p/target/debug"), passed.as_deref());
        let change = |(name, value): (&OsString, &Option<OsString>)| {
            let value = value
                .as_ref()
                .map_or("-".to_string(), |value| value.display().to_string());
            format!("{}={value}", name.display())
        };
        changes.iter().map(change).collect::<Vec<_>>().join(" ")
    }

    const RUN: (&str, &str) = ("CARGO_MANIFEST_DIR", "/p/xtask");
    const PROXY: (&str, &str) = ("RUST_RECURSION_COUNT", "1");

    #[test]
    fn what_cargo_and_rustup_told_us_is_not_passed_on() {
        for (ours, expected) in [
            (
                &[
                    ("HOME", "/h"),
                    ("RUSTUP_TOOLCHAIN", "nightly"),
                    ("CARGO_HOME", "/c"),
                ][..],
                "",
            ),
            (
                &[RUN, ("CARGO_PKG_NAME", "xtask"), ("CARGO_HOME", "/c")],
                "CARGO_MANIFEST_DIR=- CARGO_PKG_NAME=-",
            ),
            // Somebody else's cargo, such as that of a build script that calls us directly.
            (&[("CARGO", "/my/cargo")], ""),
            (
                &[RUN, PROXY, ("RUSTUP_TOOLCHAIN", "stable-x")],
                "CARGO_MANIFEST_DIR=- RUSTUP_TOOLCHAIN=- RUST_RECURSION_COUNT=-",
            ),
            (
                &[
                    PROXY,
                    ("RUSTUP_TOOLCHAIN", "beta"),
                    ("RUSTUP_TOOLCHAIN_SOURCE", "cli"),
                ],
                "",
            ),
            (
                &[
                    PROXY,
                    ("RUSTUP_TOOLCHAIN", "beta"),
                    ("RUSTUP_TOOLCHAIN_SOURCE", "env"),
                ],
                "",
            ),
            (
                &[
                    PROXY,
                    ("RUSTUP_TOOLCHAIN", "s"),
                    ("RUSTUP_TOOLCHAIN_SOURCE", "toolchain file"),
                ],
                "RUSTUP_TOOLCHAIN=-",
            ),
            (
                &[
                    RUN,
                    (
                        "LD_LIBRARY_PATH",
                        "/p/target/debug/deps:/p/target/debug:/r/toolchains/s/lib",
                    ),
                ],
                "CARGO_MANIFEST_DIR=- LD_LIBRARY_PATH=-",
            ),
            (
                &[RUN, ("LD_LIBRARY_PATH", "/p/target/debug:/opt/cuda/lib")],
                "CARGO_MANIFEST_DIR=- LD_LIBRARY_PATH=/opt/cuda/lib",
            ),
            (&[("LD_LIBRARY_PATH", "/p/target/debug")], ""),
            (&[("OLDPWD", "/before")], "OLDPWD=-"),
        ] {
            assert_eq!(told(ours, None), expected, "{ours:?}");
        }
    }

    #[test]
    fn a_pass_list_leaves_nothing_else() {
        let ours = &[
            ("HOME", "/h"),
            ("LC_ALL", "C"),
            ("LANG", "C"),
            ("PATH", "/bin"),
            ("SHLVL", "1"),
        ];
        assert_eq!(told(ours, Some(&["HOME", "LC_*"])), "LANG=- SHLVL=-");
        assert_eq!(told(ours, Some(&[])), "HOME=- LANG=- LC_ALL=- SHLVL=-");
    }
}
