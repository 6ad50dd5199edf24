//! `ci`: formatting, lints, every test, and referees that nobody here wrote. What `.ci/run` calls, and a developer before a commit.
//!
//! A referee whose tools are missing is left out, loudly; with `CI` set that is a failure.

use std::time::Instant;

use anyhow::{Result, bail};
use protocol::Kinds;
use xshell::{Shell, cmd};

/// A check that lives in a script of its own.
struct Referee {
    name: &'static str,
    script: &'static str,
    args: &'static [&'static str],
    needs: &'static [&'static str],
}

const REFEREES: &[Referee] = &[
    Referee {
        name: "chart",
        script: "helm/check.sh",
        args: &[],
        needs: &["helm", "python3"],
    },
    Referee {
        name: "helm 4",
        script: "scripts/helm4.sh",
        args: &[],
        needs: &["go", "python3"],
    },
    Referee {
        name: "shell scripts",
        script: "scripts/check.sh",
        args: &[],
        needs: &["shellcheck"],
    },
    Referee {
        name: "page is freshly built",
        script: "docker/frontend/tests/fresh-build.sh",
        args: &[],
        needs: &["npm"],
    },
    Referee {
        name: "page in a browser",
        script: "docker/frontend/tests/with-services.sh",
        args: &["docker/frontend/tests/e2e/run.sh"],
        needs: &["chromium", "python3"],
    },
    Referee {
        name: "Lighthouse",
        script: "docker/frontend/tests/with-services.sh",
        args: &["docker/frontend/tests/lighthouse/run.sh"],
        needs: &["chromium", "python3"],
    },
    Referee {
        name: "API against its description",
        script: "docker/backend/tests/schemathesis.sh",
        args: &[],
        needs: &["python3"],
    },
    Referee {
        name: "language model client",
        script: "docker/backend/tests/openai_client.sh",
        args: &[],
        needs: &["python3"],
    },
    Referee {
        name: "MCP conformance",
        script: "docker/mcp-server/tests/conformance.sh",
        args: &[],
        needs: &["npm", "python3"],
    },
    Referee {
        name: "MCP client",
        script: "docker/mcp-server/tests/python_client.sh",
        args: &[],
        needs: &["python3"],
    },
    Referee {
        name: "kill -9 at random moments",
        script: "scripts/kill-test.sh",
        args: &["12"],
        needs: &["python3"],
    },
    Referee {
        name: "random pipelines and journals",
        script: "scripts/fuzz.sh",
        args: &["60"],
        needs: &[],
    },
    Referee {
        name: "the application in docker compose",
        script: "docker/compose-test.sh",
        args: &[],
        needs: &[COMPOSE],
    },
];

/// Debian does not package its second version, so it may be missing in CI too.
const COMPOSE: &str = "docker compose";

/// Runs the checks; the first failure ends it.
pub(super) fn run(kinds: Kinds) -> Result<u8> {
    let sh = Shell::new()?;
    // The scripts that judge xtask judge this one. The tests may build it anew, under the same name.
    sh.set_var("XTASK", std::env::current_exe()?);
    for manifest in ["Cargo.toml", "docker/Cargo.toml"] {
        let of = ["--manifest-path", manifest];
        section(&format!("formatting, {manifest}"));
        cmd!(sh, "cargo fmt {of...} --all --check").run()?;
        section(&format!("lints, {manifest}"));
        cmd!(
            sh,
            "cargo clippy {of...} --workspace --all-targets --quiet -- -D warnings"
        )
        .run()?;
        section(&format!("documentation, {manifest}"));
        cmd!(sh, "cargo doc {of...} --workspace --no-deps --quiet")
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()?;
        section(&format!("tests, {manifest}"));
        cmd!(sh, "cargo test {of...} --workspace").run()?;
    }
    section("generated files");
    if super::codegen::run(kinds, true)? > 0 {
        bail!("generated files are out of date");
    }
    let mut left_out = Vec::new();
    for referee in REFEREES {
        match referee.needs.iter().find(|tool| !is_there(&sh, tool)) {
            None => referee.run(&sh)?,
            Some(tool) if std::env::var_os("CI").is_some() && *tool != COMPOSE => {
                bail!("{} needs {tool}, which is not on PATH", referee.name)
            }
            Some(tool) => left_out.push(format!("{} (needs {tool})", referee.name)),
        }
    }
    match left_out.as_slice() {
        [] => println!("\neverything passed"),
        some => println!("\nLEFT OUT: {}\neverything else passed", some.join(", ")),
    }
    Ok(0)
}

/// A program on PATH, or a command of docker's own.
fn is_there(sh: &Shell, tool: &str) -> bool {
    match tool.split_once(' ') {
        None => which::which(tool).is_ok(),
        Some((program, command)) => cmd!(sh, "{program} {command} version")
            .quiet()
            .read()
            .is_ok(),
    }
}

impl Referee {
    fn run(&self, sh: &Shell) -> Result<()> {
        section(self.name);
        let (script, args, began) = (self.script, self.args, Instant::now());
        cmd!(sh, "bash {script} {args...}").run()?;
        println!("{}: passed in {} s", self.name, began.elapsed().as_secs());
        Ok(())
    }
}

fn section(title: &str) {
    println!("\n== {title}");
}
