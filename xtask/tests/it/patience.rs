//! Who never answers is not waited for longer than the step's time, and not at all once the run is
//! being ended.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::processes::server;
use crate::sandbox::{Sandbox, send, until};

/// Far less than any limit that is not the step's own.
const SOON: Duration = Duration::from_secs(20);

/// Somebody who listens and takes every request, and tells of each; what is begun of an answer is
/// never ended.
fn silent() -> (u16, Receiver<TcpStream>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            if told.send(stream).is_err() {
                return;
            }
        }
    });
    (port, asked)
}

/// The steps that ask over HTTP.
fn asking(port: u16, timeout: &str) -> [Sandbox; 2] {
    let step = |kind: &str, with: &str| {
        let text =
            format!("[[step]]\nid='a'\nkind='{kind}'\ntimeout='{timeout}'\nwith={{{with}}}\n");
        Sandbox::new().pipeline(&text)
    };
    let address = format!("http://127.0.0.1:{port}");
    [
        step("health", &format!("urls=['{address}/health']")),
        step(
            "http-flow",
            &format!("base='{address}',requests=[{{name='ask',call='GET /'}}]"),
        ),
    ]
}

#[test]
fn a_step_that_asks_has_no_more_time_than_it_says() {
    let (port, asked) = silent();
    for sandbox in asking(port, "2s") {
        let began = Instant::now();
        sandbox.run(&["run", "a"]).code(1).says("no answer within");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        // Once to plan, at most, and once when its turn has come.
        assert!(asked.try_iter().count() <= 2);
    }
}

#[test]
fn a_tool_that_does_not_answer_soon_is_named() {
    let step = "[[step]]\nid='a'\nkind='context'\nwith={context='far',transport='command'}\n";
    let sandbox = Sandbox::new()
        .pipeline(step)
        .tool("kubectl", "case \"$*\" in *--raw*) sleep 6 ;; esac; exit 1");
    let slow = "`kubectl --context far --request-timeout=10s get --raw /apis/storage.k8s.io/v1/storageclasses` has not answered for 5 s";
    sandbox.run(&["run", "a"]).code(2).says(slow);
    sandbox.run(&["status"]).says(slow);
}

#[test]
fn an_interrupt_does_not_wait_for_an_answer() {
    let (port, asked) = silent();
    for sandbox in asking(port, "10m") {
        let mut running = sandbox.start(&["run", "a"]);
        // From now on it listens to signals: its log says what it does.
        until("it has begun", || sandbox.has(".pipeline/journal-local"));
        asked.recv_timeout(SOON).unwrap();
        let began = Instant::now();
        send("INT", running.id());
        assert_eq!(running.wait().unwrap().code(), Some(130));
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
}

#[test]
fn a_service_that_never_answers_has_its_time_and_is_ended_at_once() {
    let text = format!(
        "[goals]\nup=['web']\nteardown={{undo='up'}}\n[[step]]\nid='web'\nkind='process'\ntimeout='3s'\n\
         with={{name='web',argv=['{}','page.txt'],port=18471,health='/',env={{PORT='{{port}}'}}}}\n",
        server().display()
    );
    let sandbox = Sandbox::new().pipeline(&text).file("page.txt", "silent");
    let began = Instant::now();
    sandbox.run(&["up"]).code(1).says("no answer within");
    sandbox
        .run(&["teardown", "--dry-run"])
        .code(0)
        .prints("stop web");
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

/// Answers like a cluster whose only workload becomes ready when it is asked for the third time.
const LATE: &str = r#"case "$*" in *"get deployments"*) ;; *) exit ;; esac
ready=0
[ ! -e twice ] || ready=1
[ ! -e once ] || : >twice
: >once
echo '{"items": [{"kind": "Deployment", "metadata": {"name": "web", "labels": {"app.kubernetes.io/instance": "app"}},
  "spec": {"replicas": 1}, "status": {"replicas": 1, "updatedReplicas": 1, "readyReplicas": '$ready'}}]}'
"#;

#[test]
fn a_check_that_only_waited_has_done_nothing() {
    let step = "[[step]]\nid='a'\nkind='rollout'\nwith={context='c',namespace='n',release='app'}\n";
    let sandbox = Sandbox::new().pipeline(step).tool("kubectl", LATE);
    let ran = sandbox.run(&["run", "a"]).code(0);
    let ran = ran.says("has 0 of 1 ready").says("  ok   a  ");
    ran.says("  1 workload ready, 0 restarts").says("0 done");
}
