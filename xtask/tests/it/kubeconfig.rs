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
up = ["late", "own", "space"]
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
id = "space"
kind = "namespace"
needs = ["pinned"]
with = { context = "lab", namespace = "space" }
[[step]]
id = "own"
kind = "command"
needs = ["pinned"]
env = { KUBECONFIG = "mine", WIDE = "narrow" }
outputs = ["own.txt"]
with = { argv = ["sh", "-c", "echo $KUBECONFIG $WIDE > own.txt"] }
"#;

const LAB: &str = r#"{"current-context":"lab","key":"lab key-48151623"}"#;

/// Its clusters are the keys of kubeconfigs. One with another key than the user's own is refused, as
/// is a context that is not there.
const KUBECTL: &str = r#"key() { sed 's/.*"key":"\([^"]*\)".*/\1/' "$KUBECONFIG"; }
case "$*" in
  *" config view --minify --flatten --raw -o json") sed "s/lab/$2/g" "$KUBECONFIG" || exit 1 ;;
  "get pods") echo "pods of $(key)" ;;
  *"get namespace"*) [ "$(key)" = "$(KUBECONFIG=$USERS key | sed "s/lab/$2/")" ] || { echo Unauthorized >&2; exit 1; }
      [ ! -e namespace ] || echo '{"metadata":{"labels":{"pipeline.local/owner":"test"}},"status":{"phase":"Active"}}' ;;
  *"create -f -") cat > namespace ;;
  *"delete namespace"*) rm namespace ;;
  *"get persistentvolumes"*|*" -o json configmaps"*) echo '{"items":[]}' ;;
  *api-resources*) echo configmaps ;;
  *) echo "unexpected: kubectl $*" >&2; exit 64 ;;
esac"#;

const FILE: &str = ".pipeline/kubeconfig/lab/config";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new()
        .pipeline(PIPELINE)
        .file("users", LAB)
        .tool("kubectl", KUBECTL);
    let users = sandbox.dir.join("users").display().to_string();
    sandbox.env("KUBECONFIG", &users).env("USERS", &users)
}

#[test]
fn what_comes_after_it_gets_it_and_nobody_else() {
    let sandbox = sandbox();
    sandbox.run(&["up"]).code(0);
    let users = sandbox.dir.join("users");
    let early = format!("{} everybody\n", users.display());
    assert_eq!(sandbox.read("early.txt"), early);
    assert_eq!(sandbox.read("late.txt"), "pods of lab key-48151623\n");
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
    let newer = LAB.replace("key-48151623", "a newer one");
    sandbox.write("users", &newer);
    let ran = sandbox.run(&["up"]).code(0);
    ran.says("context lab is another than when it was made");
    assert_eq!(sandbox.read(FILE), newer);
    assert_eq!(sandbox.read("late.txt"), "pods of lab key-48151623\n");
}

#[test]
fn another_context_is_another_cluster_and_the_old_copy_goes() {
    let sandbox = sandbox();
    sandbox.run(&["run", "late", "own"]).code(0);
    let text = sandbox.read("pipeline.toml");
    sandbox.write(
        "pipeline.toml",
        &text.replace("context = \"lab\", folder", "context = \"other\", folder"),
    );
    let ran = sandbox.run(&["run", "late", "own"]).code(0);
    ran.says("late: env KUBECONFIG changed")
        .says("skip own  inputs unchanged");
    assert!(!sandbox.has(FILE) && sandbox.has(".pipeline/kubeconfig/other/config"));
    assert_eq!(sandbox.read("late.txt"), "pods of other key-48151623\n");
}

#[test]
fn who_needs_it_from_afar_counts_the_variable_and_no_more() {
    let sandbox = sandbox();
    sandbox.run(&["up"]).code(0);
    let explained = sandbox
        .run(&["explain", "late", "-v"])
        .code(0)
        .stdout
        .clone();
    let has = |part: &str| explained.contains(part);
    assert!(has("env WIDE") && has("env KUBECONFIG"), "{explained}");
    assert!(!has("need pinned"), "{explained}");
}

#[test]
fn nobody_is_asked_before_it_is_there() {
    let asks = "[[step]]\nid = \"asks\"\nkind = \"check\"\nneeds = [\"pinned\"]\nwith = { argv = [\"sh\", \"-c\", \"echo $KUBECONFIG >> asked\"] }\n";
    let text = format!(
        "{}{asks}",
        PIPELINE.replace("\"space\"]", "\"space\", \"asks\"]")
    );
    let sandbox = sandbox().pipeline(&text);
    sandbox.run(&["plan", "up"]).code(0);
    sandbox.run(&["status"]);
    assert_eq!(sandbox.read("asked"), "");
    sandbox.run(&["up"]).code(0);
    let asked = sandbox.read("asked");
    assert!(asked.lines().all(|path| path.ends_with(FILE)), "{asked}");
}

#[test]
fn teardown_takes_it_away_also_one_that_is_lost_or_older_than_the_users() {
    let sandbox = sandbox();
    for trouble in ["", "lost", "older"] {
        sandbox.run(&["up"]).code(0);
        match trouble {
            "lost" => std::fs::remove_file(sandbox.dir.join(FILE)).unwrap(),
            "older" => sandbox.write("users", &LAB.replace("key-48151623", "a newer one")),
            _ => {}
        }
        assert!(sandbox.has("namespace"));
        sandbox.run(&["teardown"]).code(0);
        assert!(!sandbox.has("namespace"), "{trouble}");
        assert!(!sandbox.has(".pipeline/kubeconfig/lab"), "{trouble}");
    }
}

#[test]
fn an_unknown_fact_is_told_with_its_place() {
    let text = PIPELINE.replace("${pinned.path}", "${pinned.file}");
    let ran = sandbox().pipeline(&text).run(&["up"]).code(2);
    ran.says("pipeline.toml:7:14: step `pinned` publishes no `file`; its kind, `kubeconfig`, publishes path");
}

#[test]
fn an_empty_context_or_a_folder_from_somewhere_is_refused() {
    for (from, to, told) in [
        (
            "context = \"lab\", folder",
            "context = \"\", folder",
            "an empty context would be whichever is the current one",
        ),
        (
            "${state}/kubeconfig",
            "kube",
            "the folder must be an absolute path, such as `${state}/kubeconfig`",
        ),
    ] {
        let sandbox = Sandbox::new().pipeline(&PIPELINE.replace(from, to));
        sandbox.run(&["plan", "up"]).code(2).says(told);
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
