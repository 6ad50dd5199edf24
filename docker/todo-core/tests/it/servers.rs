//! Real PostgreSQL and redis servers for tests: started on free ports in temporary
//! directories, stopped by their process ids.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server that stops when dropped.
pub struct Server {
    program: PathBuf,
    arguments: Vec<String>,
    child: Option<Child>,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    // Dropped last: the server writes here.
    directory: TempDir,
}

/// A PostgreSQL server, or `None` where there is no program for it.
pub fn postgres() -> Option<Server> {
    let program = found("postgres", "PostgreSQL")?;
    let directory = TempDir::new().expect("a temporary directory");
    own(directory.path());
    let data = directory.path().join("data").display().to_string();
    let initdb = program.with_file_name("initdb");
    let made = unprivileged(&initdb)
        .args([
            "-D",
            &data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ])
        .output();
    let made = made.expect("initdb starts");
    assert!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    let port = free_port();
    let sockets = directory.path().display().to_string();
    let arguments = [
        "-D",
        &data,
        "-k",
        &sockets,
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-c",
        "fsync=off",
    ];
    let arguments = arguments.map(str::to_string).to_vec();
    Some(
        Server {
            program,
            arguments,
            child: None,
            port,
            directory,
        }
        .started(),
    )
}

/// A redis server, or `None` where there is no program for it.
pub fn redis() -> Option<Server> {
    let program = found("redis-server", "redis")?;
    let directory = TempDir::new().expect("a temporary directory");
    own(directory.path());
    let port = free_port();
    let path = directory.path().display().to_string();
    let arguments = [
        "--port",
        &port.to_string(),
        "--dir",
        &path,
        "--save",
        "",
        "--appendonly",
        "no",
    ];
    let arguments = arguments.map(str::to_string).to_vec();
    Some(
        Server {
            program,
            arguments,
            child: None,
            port,
            directory,
        }
        .started(),
    )
}

impl Server {
    /// The address of a PostgreSQL server's first database.
    pub fn postgres_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The address of a redis server.
    pub fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it, again if need be, on the same port with the same data.
    pub fn start(&mut self) {
        let mut command = unprivileged(&self.program);
        command
            .args(&self.arguments)
            .current_dir(self.directory.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("the server starts"));
        self.wait_until_it_answers();
    }

    /// Makes it stand still: it is there, and answers nothing. A restart or [`Server::go_on`] ends
    /// that.
    #[allow(dead_code, reason = "only the backend's tests use it")]
    pub fn stand_still(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after it stood still.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    /// Stops it as an operator would, and waits until it is gone.
    pub fn stop(&mut self) {
        self.go_on();
        let Some(mut child) = self.child.take() else {
            return;
        };
        if !told(&["-INT", &child.id().to_string()]) {
            let _ = child.kill();
        }
        let _ = child.wait();
    }

    /// To the server and its children: PostgreSQL has one for each connection.
    fn signal(&self, name: &str) {
        let Some(pid) = self.child.as_ref().map(Child::id) else {
            return;
        };
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        for pid in std::iter::once(pid.to_string().as_str()).chain(children.split_whitespace()) {
            told(&[&format!("-{name}"), pid]);
        }
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    fn wait_until_it_answers(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.answers() {
            let ended = self
                .child
                .as_mut()
                .and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none(),
                "{} ended: {ended:?}",
                self.program.display()
            );
            assert!(
                Instant::now() < deadline,
                "{} does not answer on port {}",
                self.program.display(),
                self.port
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// A port that accepts is enough for redis; PostgreSQL also has to have started up.
    fn answers(&self) -> bool {
        let ready = self.program.with_file_name("pg_isready");
        if !ready.exists() || self.program.ends_with("redis-server") {
            return TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        }
        let asked = Command::new(ready)
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status();
        asked.is_ok_and(|status| status.success())
    }
}

fn told(kill: &[&str]) -> bool {
    // A child that ended meanwhile is no trouble.
    let told = Command::new("kill")
        .args(kill)
        .stderr(Stdio::null())
        .status();
    told.is_ok_and(|status| status.success())
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where the program is. Its absence is an error in CI, and elsewhere loud: it goes past the
/// test harness, which keeps back what passing tests print.
fn found(name: &str, what: &str) -> Option<PathBuf> {
    let program = directories()
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    if program.is_none() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "CI needs {what}: `{name}` is not installed."
        );
        let _ = writeln!(
            std::io::stderr(),
            "\nSKIPPED: no test ran on {what}, as `{name}` is not installed."
        );
    }
    program
}

/// PATH, and where Debian keeps PostgreSQL's programs, the newest first.
fn directories() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    debian.into_iter().rev().chain(path)
}

/// PostgreSQL refuses to run as root, so root runs servers as the user its package made.
/// They also end if the test is killed.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg(program);
    command
}

fn own(directory: &Path) {
    if is_root() {
        let owned = Command::new("chown")
            .arg("postgres")
            .arg(directory)
            .status();
        assert!(
            owned.is_ok_and(|status| status.success()),
            "the package of PostgreSQL made a user `postgres`"
        );
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout == b"0\n")
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
