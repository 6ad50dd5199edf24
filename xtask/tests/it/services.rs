//! Services on this machine: found, proven and ended, whatever they do to their environment, their
//! session or their folder.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::processes::server;
use crate::sandbox::{Sandbox, a_port, processes_with, send, until};

/// A service whose program is the test's own server, started with these words around it.
fn service(id: &str, argv: &str, more: &str) -> String {
    format!(
        "[[step]]\nid='{id}'\nkind='process'\ntimeout='20s'\n\
         with={{name='{id}',argv={argv},health='/',env={{PORT='{{port}}'}}{more}}}\n"
    )
}

pub(crate) fn plain(id: &str, port: u16) -> String {
    service(
        id,
        &format!("['{}','page.txt']", server().display()),
        &format!(",port={port}"),
    )
}

pub(crate) fn goals(up: &str) -> String {
    format!("[goals]\nup={up}\nteardown={{undo='up'}}\n")
}

pub(crate) fn sandbox(text: &str) -> Sandbox {
    Sandbox::new().pipeline(text).file("page.txt", "hello\n")
}

fn port(sandbox: &Sandbox, step: usize) -> u16 {
    let status = sandbox.run(&["status", "--format", "json"]).code(0).json();
    status["steps"][step]["facts"]["port"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[track_caller]
fn nobody_listens(port: u16) {
    until("nobody listens", || {
        TcpListener::bind(("127.0.0.1", port)).is_ok()
    });
}

/// Each of these would be lost to somebody who only knows the process that was started, or only its
/// environment.
#[test]
fn one_that_ends_at_once_says_how_and_where_all_of_it_is() {
    let ends = |script: &str| {
        let with = format!("with={{name='w',argv=['sh','-c','{script}']}}\n");
        let sandbox = Sandbox::new().pipeline(&format!("[[step]]\nid='w'\nkind='process'\n{with}"));
        sandbox.run(&["run", "w"]).code(1)
    };
    ends("echo trying; echo no such database; exit 3")
        .says("w ended with exit status 3 within ")
        .says(" of its start: no such database")
        .says("fix: mend what it says; all of it is in .pipeline/logs/services/w.log");
    ends("kill -9 $$")
        .says("w ended by SIGKILL within ")
        .says("it wrote nothing; run it by hand: sh -c");
}

/// What a run says stands would not, once it is over.
#[test]
fn one_that_ends_before_the_run_is_over_has_failed() {
    let steps = |life: &str| {
        let service = format!("['sh','-c','echo no more room; sleep {life}; exit 4']");
        format!(
            "{}[[step]]\nid='w'\nkind='process'\nwith={{name='w',argv={service}}}\n\
             [[step]]\nid='after'\nkind='command'\nneeds=['w']\nalways=true\nwith={{argv=['sleep','2']}}\n",
            goals("['after']")
        )
    };
    let short = sandbox(&steps("1"));
    for _ in 0..2 {
        let ran = short.run(&["run", "up"]).code(1);
        ran.says("w was ready and did not stay: w ended with exit status 4 within ")
            .says(": no more room")
            .says("1 done, 0 skipped, 1 failed");
    }
    let long = sandbox(&steps("604"));
    long.run(&["run", "up"]).code(0).says("2 done");
    long.run(&["run", "teardown"]).code(0);
}

/// It runs and waits for something: what that is stands in its own words only.
#[test]
fn one_that_never_gets_ready_is_told_by_its_own_words() {
    let port = a_port();
    let text = format!(
        "[[step]]\nid='w'\nkind='process'\ntimeout='3s'\n\
         with={{name='w',port={port},health='/',argv=['sh','-c','echo no database at db.local; exec sleep 605']}}\n"
    );
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox
        .run(&["run", "w"])
        .code(1)
        .says("after 3 s still: w is not ready: ")
        .says("no database at db.local")
        .says("mend what it says, all of it is in .pipeline/logs/services/w.log");
}

/// Who is stopped answers nobody, and hears of no signal but one.
#[test]
fn one_that_is_stopped_is_started_again() {
    let sandbox = sandbox(&(goals("['web']") + &plain("web", a_port())));
    sandbox.run(&["run", "up"]).code(0);
    let pid = || {
        let status = sandbox.run(&["status", "--format", "json"]).json();
        let pid = status["steps"][0]["facts"]["pid"].as_str();
        pid.and_then(|pid| pid.parse::<u32>().ok())
    };
    let stopped = pid().unwrap();
    send("STOP", stopped);
    sandbox
        .run(&["run", "up"])
        .code(0)
        .says("web is not ready: it is stopped");
    assert_ne!(pid(), Some(stopped));
    sandbox.run(&["run", "teardown"]).code(0);
}

#[test]
fn a_port_that_is_taken_is_told_with_who_has_it() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let wanted = taken.local_addr().unwrap().port();
    let sandbox = sandbox(&(goals("['web']") + &plain("web", wanted)));
    let told = sandbox.run(&["run", "up"]).code(0);
    told.says(&format!(
        "port {wanted} is taken by process {}",
        std::process::id()
    ));
    sandbox.run(&["run", "teardown"]).code(0);
}

#[test]
fn a_service_is_found_and_ended_whatever_it_does() {
    let server = server().display();
    for argv in [
        format!("['{server}','page.txt']"),
        format!("['env','-i','PORT={{port}}','{server}','page.txt']"),
        format!("['sh','-c','setsid {server} page.txt & exec sleep 1000']"),
        format!("['sh','-c','{server} page.txt & wait']"),
        format!("['sh','-c','setsid env -i PORT={{port}} {server} page.txt & sleep 1000']"),
        format!("['setsid','--wait','env','-i','PORT={{port}}','{server}','page.txt']"),
        // The one that was started is gone, its environment and its group too: only its log is
        // left.
        format!("['sh','-c','setsid env -i PORT={{port}} {server} page.txt & sleep 0.2']"),
    ] {
        for without_proc in [false, true] {
            let only_the_log = argv.contains("sleep 0.2");
            if without_proc && (only_the_log || Command::new("ps").arg("-A").output().is_err()) {
                continue;
            }
            let text = goals("['web']") + &service("web", &argv, &format!(",port={}", a_port()));
            let mut sandbox = sandbox(&text);
            if without_proc {
                sandbox = sandbox.env("XTASK_WITHOUT_PROC", "1");
            }
            sandbox.run(&["up"]).code(0);
            let port = port(&sandbox, 0);
            sandbox.run(&["up"]).code(0).says("0 done");
            sandbox.run(&["teardown"]).code(0).says("1 removed");
            nobody_listens(port);
            sandbox.run(&["teardown"]).code(0).says("nothing to remove");
        }
    }
}

#[test]
fn two_services_that_want_one_port_get_two() {
    let wanted = a_port();
    let slow = |id: &str, wait: &str| {
        let script = format!("sleep {wait}; exec {} page.txt", server().display());
        service(
            id,
            &format!("['sh','-c','{script}']"),
            &format!(",port={wanted}"),
        )
    };
    let sandbox = sandbox(&(goals("['a','b']") + &slow("a", "0.2") + &slow("b", "1")));
    sandbox.run(&["up", "-j2"]).code(0);
    assert_ne!(port(&sandbox, 0), port(&sandbox, 1));
    sandbox.run(&["up"]).code(0).says("0 done");
    sandbox.run(&["teardown"]).code(0);
}

#[test]
fn somebody_elses_answer_proves_nothing() {
    let wanted = a_port();
    // It never listens; somebody else takes its port once it was started.
    let text = goals("['web']")
        + &service("web", "['sleep','1000']", &format!(",port={wanted}")).replace("20s", "10s");
    let sandbox = sandbox(&text);
    let mut up = sandbox.start(&["up"]);
    until("it was started", || {
        sandbox.has(".pipeline/services/web.json")
    });
    let mut other = Command::new(server())
        .arg(sandbox.dir.join("page.txt"))
        .env("PORT", wanted.to_string())
        .spawn()
        .unwrap();
    assert_eq!(up.wait().unwrap().code(), Some(1));
    let log = sandbox.read(".pipeline/logs/web.1.log");
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(log.contains("which is not it"), "{log}");
    sandbox.run(&["teardown"]).code(0);
}

#[test]
fn a_service_whose_step_is_gone_is_named_and_ended() {
    let both = goals("['web','worker']") + &plain("web", a_port()) + &plain("worker", a_port());
    for verb in [&["up"][..], &["teardown"]] {
        let sandbox = sandbox(&both);
        sandbox.run(&["up"]).code(0);
        let (web, worker) = (port(&sandbox, 0), port(&sandbox, 1));
        let text = format!(
            "version = 1\nname = \"test\"\n{}{}",
            goals("['web']"),
            plain("web", web)
        );
        sandbox.write("pipeline.toml", &text);
        sandbox
            .run(&["status"])
            .code(0)
            .prints("astray   the service worker");
        sandbox
            .run(&["teardown", "--dry-run"])
            .code(0)
            .prints("stop worker");
        let plan = sandbox.run(&["plan", "up"]).code(0);
        plan.prints("end   the service worker (process ");
        sandbox.run(verb).code(0).says("ended the service worker");
        nobody_listens(worker);
        sandbox.run(&["teardown"]).code(0);
        nobody_listens(web);
    }
}

#[test]
fn a_renamed_folder_keeps_its_services_and_a_copy_has_none() {
    let sandbox = sandbox(&(goals("['web']") + &plain("web", a_port())));
    sandbox.run(&["up"]).code(0);
    let web = port(&sandbox, 0);
    let copied = Sandbox::new();
    let cp = Command::new("cp")
        .arg("-a")
        .arg(sandbox.dir.join("."))
        .arg(&copied.dir)
        .status();
    assert!(cp.unwrap().success());
    copied.run(&["teardown"]).code(0).says("nothing to remove");
    assert!(!processes_with(&server().display().to_string()).is_empty());
    let moved = Sandbox::new();
    fs::remove_dir(&moved.dir).unwrap();
    fs::rename(&sandbox.dir, &moved.dir).unwrap();
    moved.run(&["up"]).code(0).says("0 done");
    moved.run(&["teardown"]).code(0).says("1 removed");
    nobody_listens(web);
}

/// Nobody has to choose a number to be given a port.
#[test]
fn a_service_that_names_no_port_gets_any_free_one() {
    let argv = format!("['{}','page.txt']", server().display());
    let text = goals("['one','two']") + &service("one", &argv, "") + &service("two", &argv, "");
    let sandbox = sandbox(&text);
    sandbox.run(&["up"]).code(0).says("2 done");
    let (one, two) = (port(&sandbox, 0), port(&sandbox, 1));
    assert!(one > 0 && two > 0 && one != two, "{one} and {two}");
    sandbox.run(&["up"]).code(0).says("0 done, 2 skipped");
    sandbox.run(&["teardown"]).code(0).says("2 removed");
    nobody_listens(one);
}

/// It is ended by force after ten seconds, more than the new one has.
#[test]
fn a_process_that_is_slow_to_end_leaves_the_next_one_its_time() {
    let program = server().display();
    let argv = format!("['sh','-c','trap \"\" TERM; exec {program} page.txt']");
    let step = service("slow", &argv, "").replace("timeout='20s'", "timeout='5s'\ninputs=['conf']");
    let sandbox = sandbox(&format!("{}{step}", goals("['slow']"))).file("conf", "1");
    sandbox.run(&["up"]).code(0);
    sandbox.write("conf", "2");
    sandbox
        .run(&["up"])
        .code(0)
        .says("slow: input conf changed");
    sandbox.run(&["teardown"]).code(0);
}

#[test]
fn who_follows_services_while_none_runs_is_told() {
    let sandbox = sandbox(&(goals("['web']") + &plain("web", a_port())));
    let mut follow = sandbox.command(&["logs", "--follow"]);
    let following = follow.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    send("TERM", following.id());
    let told = following.wait_with_output().unwrap().stderr;
    assert_eq!(
        String::from_utf8_lossy(&told),
        "no service runs on the target local; waiting for one, `cargo xtask up` starts them, Ctrl-C ends it\n"
    );
}

/// `sleep` never answers; each test has its own, that none sees another's.
fn silent(number: u16, timeout: &str) -> String {
    SILENT
        .replace("604", &number.to_string())
        .replace("SECONDS", timeout)
}

const SILENT: &str = "[goals]\nup=['web']\nteardown={undo='up'}\n[[step]]\nid='web'\nkind='process'\ntimeout='SECONDS'\n\
                      with={name='web',argv=['sleep','604'],port=18604,health='/'}\n";

#[test]
fn a_service_whose_start_is_interrupted_ends() {
    let sandbox = Sandbox::new().pipeline(&silent(604, "1m"));
    let mut child = sandbox.start(&["run", "up"]);
    until("it runs", || !processes_with("sleep 604").is_empty());
    send("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(processes_with("sleep 604"), [""; 0]);
}

#[test]
fn one_that_is_interrupted_between_two_attempts_ends_too() {
    let text = silent(607, "1s").replace(
        "timeout='1s'",
        "timeout='1s'\nretry={attempts=3,backoff='20s'}",
    );
    let sandbox = Sandbox::new().pipeline(&text);
    let mut child = sandbox.start(&["run", "up"]);
    let journal = || sandbox.read(".pipeline/journal-local");
    until("it is tried again", || journal().contains("fail\tweb\t"));
    send("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(processes_with("sleep 607"), [""; 0]);
}

#[test]
fn status_names_the_process_of_a_service_that_never_answered() {
    let sandbox = Sandbox::new().pipeline(&silent(608, "1s"));
    sandbox.run(&["run", "up"]).code(1);
    let status = sandbox.run(&["status"]).code(0);
    status
        .prints("it failed last time")
        .prints("; its process ");
    let again = sandbox.run(&["run", "up"]).code(1);
    again.says("nothing here says that it ever got ready");
    sandbox.run(&["run", "teardown"]).code(0).says("1 removed");
    let status = sandbox.run(&["status"]).code(0);
    assert!(!status.stdout.contains("its process"));
}

/// Its child may be what it was started for.
#[test]
fn of_one_that_has_ended_and_left_a_child_both_are_told() {
    let text = goals("['web']")
        + "[[step]]\nid='web'\nkind='process'\nwith={name='web',argv=['sh','-c','sleep 609; true']}\n";
    let sandbox = Sandbox::new().pipeline(&text);
    sandbox.run(&["up"]).code(0);
    let status = sandbox.run(&["status", "--format", "json"]).code(0).json();
    let pid = status["steps"][0]["facts"]["pid"].as_str().unwrap();
    until("its child runs", || processes_with("sleep 609").len() > 1);
    send("KILL", pid.parse().unwrap());
    let told = format!("; process {pid}, which was started, has ended");
    sandbox.run(&["status"]).code(0).prints(&told);
    sandbox.run(&["up"]).code(0).says(&told);
    sandbox.run(&["teardown"]).code(0).says("1 removed");
    assert!(processes_with("sleep 609").is_empty());
}
