//! `--ui`: the report's page while the run goes on, for this machine's browsers alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

/// A run that serves its page.
struct Served {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// `127.0.0.1:PORT`.
    host: String,
    /// `/TOKEN/`.
    path: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Served {
        let mut command = sandbox.command(args);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("live at http://");
        let (host, path) = address.expect(&line).split_once('/').unwrap();
        Served {
            child,
            stderr,
            host: host.to_string(),
            path: format!("/{path}"),
        }
    }

    /// Status and text of a GET.
    fn get(&self, path: &str, host: &str) -> (u16, String) {
        self.ask(&format!("GET {path}"), host)
    }

    /// A method and a path.
    fn ask(&self, what: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "{what} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
        (status.expect(&text), text)
    }

    fn page(&self) -> String {
        self.get(&self.path, &self.host).1
    }

    /// The page, once it tells this.
    #[track_caller]
    fn page_with(&self, wanted: &[&str]) -> String {
        let began = Instant::now();
        loop {
            let page = self.page();
            if wanted.iter().all(|text| page.contains(text)) {
                return page;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{wanted:?}: {page}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The version that a page says it is.
    fn version(page: &str) -> &str {
        let (_, rest) = page.split_once("etag: ").unwrap();
        rest.split_once("\r\n").unwrap().0
    }

    fn end(mut self) -> i32 {
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().code().unwrap()
    }
}

const WAITS: &str = r#"
env_file = ".env"
[goals]
up = ["last"]
[[step]]
id = "first"
kind = "command"
secrets = ["CANARY"]
with = { argv = ["sh", "-c", "echo at work with $CANARY; until [ -e go ]; do sleep 0.05; done; echo no; exit 3"] }
[[step]]
id = "last"
kind = "command"
needs = ["first"]
with = { argv = ["true"] }
"#;

fn waits() -> Sandbox {
    let sandbox = Sandbox::new().pipeline(WAITS);
    sandbox.file(".env", "CANARY=canary-48151623\n")
}

#[test]
fn the_page_follows_the_run_to_its_end() {
    let sandbox = waits();
    let served = Served::start(&sandbox, &["up", "--ui"]);
    let running = served.page_with(&["at work with [masked]"]);
    for text in [
        "running</span>",
        "1 running, 1 waiting",
        "first (command): running",
    ] {
        assert!(running.contains(text), "{text}: {running}");
    }
    let (_, log) = served.get(&format!("{}log/0", served.path), &served.host);
    assert!(log.contains("at work with [masked]"), "{log}");
    assert!(!running.contains("canary-48151623") && !log.contains("canary-48151623"));
    // Whoever waits for news is told how it ended before the process is gone.
    sandbox.write("go", "");
    let mut page = running;
    while !page.contains("failed</span></h1>") {
        let path = format!("{}?after={}", served.path, Served::version(&page));
        page = served.get(&path, &served.host).1;
    }
    assert!(page.contains("needs first, which failed"), "{page}");
    let (failure, steps) = (page.find("id=\"failure-0\""), page.find("id=\"steps\""));
    assert!(
        failure.is_some() && failure < steps,
        "the failure comes first"
    );
    assert_eq!(served.end(), 1);
    let report = sandbox.read(".pipeline/report.html");
    assert!(report.contains("id=\"graph\"") && !report.contains("<script"));
}

/// It may be over before anybody has looked.
#[test]
fn what_is_left_to_look_at_is_told() {
    let text =
        "[goals]\nup = ['a']\n[[step]]\nid = 'a'\nkind = 'command'\nwith = { argv = ['true'] }\n";
    let sandbox = Sandbox::new().pipeline(text);
    for _ in 0..2 {
        let ran = sandbox.run(&["up", "--ui"]).code(0);
        ran.says("the live page is closed; .pipeline/report.html is about up on local, ");
    }
}

#[test]
fn only_who_was_told_the_address_is_served() {
    let sandbox = waits();
    let served = Served::start(&sandbox, &["up", "--ui"]);
    assert!(served.path.len() > 32, "{}", served.path);
    let wrong = format!("/{}/", "0".repeat(32));
    assert_eq!(served.get("/", &served.host).0, 404);
    assert_eq!(served.get(&wrong, &served.host).0, 404);
    // A name of somebody else that leads to this machine.
    assert_eq!(served.get(&served.path, "elsewhere.example").0, 403);
    let post = served.ask(&format!("POST {}", served.path), &served.host);
    assert_eq!(post.0, 405);
    let head = served.ask(&format!("HEAD {}", served.path), &served.host);
    assert!(head.0 == 200 && head.1.ends_with("\r\n\r\n"), "{}", head.1);
    for below in ["log/7", "log/../../.env", "log/", "other"] {
        let path = format!("{}{below}", served.path);
        assert_eq!(served.get(&path, &served.host).0, 404, "{below}");
    }
    sandbox.write("go", "");
    assert_eq!(served.end(), 1);
}

#[test]
fn watch_serves_one_round_after_the_other() {
    let sandbox = Sandbox::new().pipeline(
        "[[step]]\nid = \"copy\"\nkind = \"command\"\ninputs = [\"in\"]\nwith = { argv = [\"cat\", \"in\"] }\n",
    );
    sandbox.write("in", "one\n");
    let served = Served::start(&sandbox, &["watch", "copy", "--ui"]);
    served.page_with(&["one</pre>", "succeeded</span>"]);
    sandbox.write("in", "two\n");
    served.page_with(&["two</pre>", "succeeded</span>"]);
}
