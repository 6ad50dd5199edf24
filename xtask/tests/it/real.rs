//! The real tools and a real cluster. These run where they are there; in CI they must be.

mod helm;
mod images;
mod lab;
mod local;
mod values;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How the names of what a test makes in a shared docker or cluster begin.
const OTHERS: &str = "pipeline-it-";

/// Held by what compiles the services, or loads them for minutes: beside another its answers would
/// come late.
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// A fresh copy of the repository as it is in the working tree, in a folder that is deleted when it
/// is dropped. It shares what was compiled of the services already: what is tested here is not the
/// compiler.
pub(crate) struct Clone(PathBuf);

impl Clone {
    /// Copies what git tracks.
    pub(crate) fn new(name: &str) -> Clone {
        let dir = std::env::temp_dir().join(format!("xtask-real-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let script = format!(
            "git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t '{}' 2>/dev/null; true",
            dir.display()
        );
        assert!(
            Command::new("sh")
                .args(["-c", &script])
                .current_dir(root())
                .status()
                .unwrap()
                .success()
        );
        for target in ["docker/target", "e2e/target"] {
            let shared = root().join(target);
            std::fs::create_dir_all(&shared).unwrap();
            std::os::unix::fs::symlink(shared, dir.join(target)).unwrap();
        }
        Clone(dir)
    }

    /// Runs xtask in it and returns what came of it.
    pub(crate) fn xtask(&self, args: &[&str], env: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(args)
            .current_dir(&self.0)
            .env_remove("PIPELINE_STATE_DIR")
            .envs(env.iter().copied());
        command.env_remove("CARGO_TARGET_DIR").output().unwrap()
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Standard error of a run that must have ended with this code.
#[track_caller]
fn stderr(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout:\n{}\nstderr:\n{text}",
        String::from_utf8_lossy(&output.stdout)
    );
    text
}

/// `test-e2e` saw the page in a browser; only outside CI may it have been left out.
#[track_caller]
fn seen_in_a_browser(text: &str) {
    let left_out = text.contains("LEFT OUT browser") && std::env::var_os("CI").is_none();
    assert!(text.contains("done browser") || left_out, "{text}");
}
