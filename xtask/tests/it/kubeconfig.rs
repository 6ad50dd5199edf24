//! A kubeconfig of one context: what comes after it reaches that cluster, whatever the user's own
//! says by then.

use std::os::unix::fs::PermissionsExt;

use crate::sandbox::Sandbox;

const PIPELINE: &str = r#"
[vars]
wide = "everybody"
[env]
KUBECONFIG = "${pinned.path}"
WIDE = "${wide}"
[goals]
up = ["late", "own"]
teardown = { undo = "up" }
[[step]]
id = "early"
kind = "command"
outputs = ["early.txt"]
with = { argv = ["sh", "-c", "echo $KUBECONFIG $WIDE > early.txt"] }
[[step]]
id = "pinned"
kind = "kubeconfig"
needs = ["early"]
with = { context = "lab", folder = "${state}/kubeconfig" }
[[step]]
id = "between"
kind = "command"
needs = ["pinned"]
outputs = ["between.txt"]
with = { argv = ["sh", "-c", "echo between > between.txt"] }
[[step]]
id = "late"
kind = "command"
needs = ["between"]
outputs = ["late.txt"]
with = { argv = ["sh", "-c", "kubectl get pods > late.txt"] }
[[step]]
id = "own"
kind = "command"
needs = ["pinned"]
env = { KUBECONFIG = "mine", WIDE = "narrow" }
outputs = ["own.txt"]
with = { argv = ["sh", "-c", "echo $KUBECONFIG $WIDE > own.txt"] }
"#;

/// Its clusters are the contents of kubeconfigs.
const KUBECTL: &str = r#"case "$*" in
  "--context lab config view --minify --flatten --raw -o json") cat "$KUBECONFIG" || exit 1 ;;
  "get pods") echo "pods of $(cat "$KUBECONFIG")" ;;
  *) echo "unexpected: kubectl $*" >&2; exit 64 ;;
esac"#;

const FILE: &str = ".pipeline/kubeconfig/lab/config";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new()
        .pipeline(PIPELINE)
        .file("users", "key-48151623 of lab")
        .tool("kubectl", KUBECTL);
    let users = sandbox.dir.join("users").display().to_string();
    sandbox.env("KUBECONFIG", &users)
}

#[test]
fn what_comes_after_it_gets_it_and_nobody_else() {
    let sandbox = sandbox();
    sandbox.run(&["up"]).code(0);
    let users = sandbox.dir.join("users");
    let early = format!("{} everybody\n", users.display());
    assert_eq!(sandbox.read("early.txt"), early);
    assert_eq!(sandbox.read("late.txt"), "pods of key-48151623 of lab\n");
    assert_eq!(sandbox.read("own.txt"), "mine narrow\n");
    let mode = sandbox.dir.join(FILE).metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    sandbox.run(&["up"]).code(0).says("0 done");
}

#[test]
fn its_keys_are_nowhere_else() {
    let sandbox = sandbox();
    sandbox.run(&["up", "-v"]).code(0);
    let state = sandbox.dir.join(".pipeline");
    let shows = std::process::Command::new("grep")
        .args(["-rl", "key-48151623", "."])
        .current_dir(state)
        .output()
        .unwrap();
    let shows = String::from_utf8(shows.stdout).unwrap();
    assert_eq!(shows, "./kubeconfig/lab/config\n");
}

#[test]
fn it_follows_the_users_own_and_nothing_is_done_again_for_that() {
    let sandbox = sandbox();
    sandbox.run(&["up"]).code(0);
    sandbox.write("users", "a newer key of lab");
    let ran = sandbox.run(&["up"]).code(0);
    ran.says("context lab is another than when it was made");
    assert_eq!(sandbox.read(FILE), "a newer key of lab");
    assert_eq!(sandbox.read("late.txt"), "pods of key-48151623 of lab\n");
}

#[test]
fn where_a_cluster_is_counts_for_nothing() {
    let sandbox = sandbox();
    sandbox.run(&["up"]).code(0);
    let explained = sandbox
        .run(&["explain", "late", "-v"])
        .code(0)
        .stdout
        .clone();
    assert!(explained.contains("env WIDE"), "{explained}");
    assert!(!explained.contains("KUBECONFIG"), "{explained}");
}

#[test]
fn teardown_takes_it_away_also_one_that_is_lost() {
    let sandbox = sandbox();
    for lost in [false, true] {
        sandbox.run(&["up"]).code(0);
        if lost {
            std::fs::remove_file(sandbox.dir.join(FILE)).unwrap();
        }
        sandbox.run(&["teardown"]).code(0);
        assert!(!sandbox.has(".pipeline/kubeconfig/lab"));
    }
}

#[test]
fn a_variable_of_nobodys_fact_is_refused() {
    let text = PIPELINE.replace("${pinned.path}", "${pined.path}");
    let ran = Sandbox::new().pipeline(&text).run(&["plan", "up"]);
    ran.code(2).says(
        "pipeline.toml:7:14: `[env]` uses a fact of `pined`, and there is no such step (did you mean `pinned`?)",
    );
}
