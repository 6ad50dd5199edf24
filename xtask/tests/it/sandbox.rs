//! A folder with a pipeline in it, and the real binary run there. Everything is gone when it is
//! dropped.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A folder of a test's own.
pub(crate) struct Sandbox {
    /// Its path.
    pub dir: PathBuf,
    env: Vec<(String, String)>,
    tools: bool,
}

/// What a run printed and how it ended.
pub(crate) struct Ran {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Sandbox {
    /// An empty folder.
    pub(crate) fn new() -> Sandbox {
        let name = format!(
            "xtask-it-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        Sandbox {
            dir: dir.canonicalize().unwrap(),
            env: Vec::new(),
            tools: false,
        }
    }

    /// A folder with the sources that another has.
    pub(crate) fn copy_of(from: &Path) -> Sandbox {
        let sandbox = Sandbox::new();
        copy(from, &sandbox.dir);
        sandbox
    }

    /// Writes pipeline.toml; version and name are put in front.
    pub(crate) fn pipeline(self, text: &str) -> Sandbox {
        self.file(
            "pipeline.toml",
            &format!("version = 1\nname = \"test\"\n{text}"),
        )
    }

    /// Writes a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Sandbox {
        self.write(path, text);
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Sandbox {
        self.env.push((name.to_string(), value.to_string()));
        self
    }

    /// Puts a fake tool on PATH; the real ones of the machine are then hidden, but for the shell's
    /// own.
    pub(crate) fn tool(mut self, name: &str, script: &str) -> Sandbox {
        self.tools = true;
        self.program(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"))
    }

    /// Writes a file that can be run.
    pub(crate) fn program(self, path: &str, text: &str) -> Sandbox {
        self.write(path, text);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.dir.join(path), mode).unwrap();
        self
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let full = self.dir.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    /// Reads a file; empty if there is none.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir.join(path)).unwrap_or_default()
    }

    /// Whether something is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.dir.join(path).exists()
    }

    /// Runs xtask to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Starts xtask.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The command that runs xtask here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(args)
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        for name in ["CI", "GITHUB_ACTIONS", "PIPELINE_STATE_DIR", "KUBECONFIG"] {
            command.env_remove(name);
        }
        // By it xtask knows that it is called as `cargo xtask`.
        command.env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
        if self.tools {
            command.env("PATH", self.path());
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Fake tools, and links to the few real programs that their scripts need.
    fn path(&self) -> String {
        let basics = self.dir.join("basics");
        if !basics.exists() {
            fs::create_dir(&basics).unwrap();
            for name in [
                "sh", "cat", "sed", "awk", "grep", "id", "sleep", "touch", "rm", "mkdir", "chmod",
                "env", "printf", "paste", "xargs", "date", "head", "tar",
            ] {
                let real = ["/usr/bin", "/bin"]
                    .iter()
                    .map(|dir| Path::new(dir).join(name))
                    .find(|path| path.exists());
                std::os::unix::fs::symlink(real.unwrap(), basics.join(name)).unwrap();
            }
        }
        format!("{}:{}", self.dir.join("bin").display(), basics.display())
    }

    /// Process ids of helm in this folder.
    pub(crate) fn helms(&self) -> Vec<u32> {
        let is_ours = |pid: &u32| {
            let here = fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == self.dir);
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            here && name.trim() == "helm"
        };
        processes().map(|(pid, _)| pid).filter(is_ours).collect()
    }

    /// Processes whose command line holds this folder's path.
    pub(crate) fn processes(&self) -> Vec<String> {
        processes_with(&self.dir.display().to_string())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Ran {
    /// The run must have ended with this code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Ran {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard error must contain this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Ran {
        assert!(
            self.stderr.contains(text),
            "`{text}` is not in stderr:\n{}",
            self.stderr
        );
        self
    }

    /// Standard output must contain this.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Ran {
        assert!(
            self.stdout.contains(text),
            "`{text}` is not in stdout:\n{}",
            self.stdout
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|err| panic!("{err}:\n{}", self.stdout))
    }
}

/// Process ids, and the command lines of those that still have one.
pub(crate) fn processes() -> impl Iterator<Item = (u32, String)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| {
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, line.replace('\0', " ")))
    })
}

/// Command lines that hold a text, but our own.
pub(crate) fn processes_with(text: &str) -> Vec<String> {
    let others = processes().filter(|(pid, _)| *pid != std::process::id());
    others
        .map(|(_, line)| line)
        .filter(|line| line.contains(text))
        .collect()
}

/// Sends a signal to a process.
pub(crate) fn send(signal: &str, pid: u32) {
    let words = [format!("-{signal}"), pid.to_string()];
    assert!(Command::new("kill").args(words).status().unwrap().success());
}

/// A check named `where` that tells a tool's version.
pub(crate) fn tells(tool: &str) -> String {
    format!(
        "[[step]]\nid = \"where\"\nkind = \"tools\"\nwith = {{ tools = {{ {tool} = \"\" }} }}\n"
    )
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < deadline, "still not: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A `command` step that appends its id to `order`.
pub(crate) fn step(id: &str, needs: &[&str], more: &str) -> String {
    format!(
        "[[step]]\nid = \"{id}\"\nkind = \"command\"\nneeds = {needs:?}\n{more}\n\
         with = {{ argv = [\"sh\", \"-c\", \"echo {id} >> order\"] }}\n"
    )
}

/// Copies a folder, but for what a build made in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let made = [".pipeline", "build", "target", "releases", "live"];
        if made.iter().any(|made| name == *made) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(path, to.join(name)).unwrap();
        }
    }
}

/// Says that a test did not run, past the harness, which keeps back what passing tests print; in CI
/// that is a failure.
pub(crate) fn skipped(test: &str, why: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{test} must run in CI, and {why}"
    );
    let _ = writeln!(io::stderr(), "\nSKIPPED {test}: {why}");
}

/// A port that was free a moment ago.
pub(crate) fn a_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Serves these bodies by the end of their path, until the test is over.
pub(crate) fn serve(files: Vec<(&'static str, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let len = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..len]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let body = files.iter().find(|(end, _)| path.ends_with(end));
            let (status, body) =
                body.map_or(("404 Not Found", &[][..]), |(_, body)| ("200 OK", body));
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body));
        }
    });
    address
}
