//! What a kind watches wakes whoever waits for it, and nobody is left watching afterwards.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, processes_with, send, until};

const PIPELINE: &str = "[[step]]\nid='pods'\nkind='rollout'\ntimeout='1m'\nwith={context='lab',namespace='n',release='app'}\n";

/// Ready once the file `ready` is there. The watch makes it so and tells.
const KUBECTL: &str = r#"case "$*" in
  *--watch-only*) WATCH ;;
  *"get deployments"*)
    echo asked >> asked
    ready=0; [ -e ready ] && ready=1
    echo '{"items":[{"kind":"Deployment","metadata":{"name":"web","generation":1,"labels":{"app.kubernetes.io/instance":"app"}},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"readyReplicas":'$ready',"updatedReplicas":'$ready'}}]}' ;;
esac"#;

fn sandbox(watch: &str) -> Sandbox {
    Sandbox::new()
        .pipeline(PIPELINE)
        .tool("kubectl", &KUBECTL.replace("WATCH", watch))
}

const MOVES: &str = "sleep 0.3; touch ready; echo web True; echo web True; exec sleep 4327";

#[test]
fn who_waits_is_woken_and_asks_no_more_than_it_must() {
    let sandbox = sandbox(MOVES);
    let began = Instant::now();
    sandbox.run(&["run", "pods"]).code(0);
    // By the plan, before it acts, while nothing has moved, and once that did; and each second.
    let asked = sandbox.read("asked").lines().count() as u64;
    assert!(asked <= 4 + began.elapsed().as_secs(), "{asked}");
    assert_eq!(processes_with("sleep 4327"), [""; 0]);
    let end = "whoever watches is ended, and not waited for until the step's time is over";
    assert!(began.elapsed() < Duration::from_secs(30), "{end}");
}

/// Pods have only begun to start then, on the processors that a question would take.
#[test]
fn who_waits_for_what_has_just_changed_is_asked_only_while_it_is_watched() {
    let made = "[[step]]\nid='made'\nkind='command'\ninputs=['in']\nwith={argv=['rm','-f','ready','asked']}\n";
    let pods = PIPELINE.replace("kind=", "needs=['made']\nkind=");
    // Another number: the test above looks for its own.
    let sandbox = sandbox(&MOVES.replace("4327", "4328")).pipeline(&format!("{made}{pods}"));
    for content in ["1", "2"] {
        sandbox.write("in", content);
        sandbox.run(&["run", "pods"]).code(0);
    }
    assert_eq!(sandbox.read("asked").lines().count(), 2);
}

#[test]
fn without_a_watch_it_is_asked_as_before() {
    for watch in [
        "echo forbidden >&2; exit 1",
        "exit 0",
        "touch ready; exit 0",
    ] {
        let sandbox = sandbox(&format!("touch later; {watch}"));
        let mut running = sandbox.start(&["run", "pods"]);
        until("it watches", || sandbox.has("later"));
        sandbox.write("ready", "");
        assert_eq!(running.wait().unwrap().code(), Some(0), "{watch}");
    }
}

#[test]
fn nobody_watches_after_an_end_that_was_not_good() {
    let silent = "echo web False; touch watched; exec sleep 4329";
    let ends = [("INT", 130), ("TERM", 143)];
    for (signal, code) in ends {
        let sandbox = sandbox(silent);
        let mut running = sandbox.start(&["run", "pods"]);
        until("it watches", || sandbox.has("watched"));
        until("it goes on", || !processes_with("sleep 4329").is_empty());
        send(signal, running.id());
        assert_eq!(running.wait().unwrap().code(), Some(code));
        assert_eq!(processes_with("sleep 4329"), [""; 0]);
    }
    let sandbox = sandbox(silent).pipeline(&PIPELINE.replace("1m", "2s"));
    sandbox
        .run(&["run", "pods"])
        .code(1)
        .says("after 2 s still: deployment/web has 0 of 1 ready");
    assert_eq!(processes_with("sleep 4329"), [""; 0]);
}
