//! A helm that takes long is looked on: what it waits for is told, and one that waits for what can't
//! come is ended with the cause.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, processes_with};

const PIPELINE: &str = "[goals]\nup=['app']\nteardown={undo='up'}\n[[step]]\nid='app'\nkind='helm-release'\ntimeout='2m'\nwith={context='lab',namespace='n',release='app',chart='c'}\n";

/// Installs for as long as the hook's image is not there; uninstalls for as long as something keeps
/// the Deployment.
const HELM: &str = r#"case "$*" in
  upgrade*) [ -e good ] || { trap 'touch ended; exit 1' TERM; sleep 4331 & wait; }; touch deployed ;;
  uninstall*) sleep 4; rm deployed ;;
  *"list -o json"*--selector*) echo '[]' ;;
  *"list -o json"*) [ -e deployed ] || { echo '[]'; exit; }
    echo '[{"name":"app","namespace":"n","revision":"1","updated":"2026-01-01 00:00:00.0 +0000 UTC","status":"deployed","chart":"c-1","app_version":"1"}]' ;;
esac"#;

const KUBECTL: &str = r#"case "$*" in
  *"get deployments"*) sed "s/NOW/$(date -u +%FT%TZ)/" objects ;;
  *"get events"*) echo '{"items":[]}' ;;
esac"#;

const HOOK: &str = r#"{"items":[
  {"kind":"Job","metadata":{"name":"migrate","uid":"1","creationTimestamp":"NOW","annotations":{"helm.sh/hook":"pre-install"}},"status":{"active":1}},
  {"kind":"Pod","metadata":{"name":"migrate-x","ownerReferences":[{"uid":"1"}]},"spec":{"containers":[{"name":"m"}]},"status":{"containerStatuses":[{"name":"m","image":"Web:1","state":{"waiting":{"reason":"InvalidImageName"}}}]}}]}"#;
const KEPT: &str = r#"{"items":[{"kind":"Deployment","metadata":{"name":"web","annotations":{"meta.helm.sh/release-name":"app"},
  "deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["example.com/hold"]}}]}"#;

fn sandbox(objects: &str) -> Sandbox {
    let sandbox = Sandbox::new()
        .pipeline(PIPELINE)
        .file("c/Chart.yaml", "name: c")
        .file("objects", objects);
    sandbox.tool("helm", HELM).tool("kubectl", KUBECTL)
}

#[test]
fn a_hook_that_can_not_come_to_an_end_ends_helm_with_the_cause() {
    let sandbox = sandbox(HOOK);
    let began = Instant::now();
    let ran = sandbox.run(&["run", "app"]).code(1);
    ran.says("pod/migrate-x container m").says("Web:1");
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(
        sandbox.has("ended"),
        "helm is asked to end, and may put things right"
    );
    assert_eq!(processes_with("sleep 4331"), [""; 0]);
}

#[test]
fn what_an_uninstall_waits_for_is_told_while_it_does() {
    let sandbox = sandbox(KEPT).file("good", "");
    sandbox.run(&["run", "app"]).code(0);
    let gone = sandbox.run(&["teardown"]).code(0);
    gone.says("deployment/web is kept by its finalizer example.com/hold");
}

#[test]
fn a_hook_that_hangs_is_named_when_the_time_is_over() {
    let hook = HOOK.replace("InvalidImageName", "ContainerCreating");
    let sandbox = sandbox(&hook).pipeline(&PIPELINE.replace("2m", "20s"));
    let sandbox = sandbox.tool("helm", &HELM.replace("4331", "4332"));
    let ran = sandbox.run(&["run", "app"]).code(1);
    ran.says("warning  app: waiting: the chart's hook job/migrate runs")
        .says("was ended: the chart's hook job/migrate runs");
}

/// A chart may have its hook deleted as soon as it fails.
#[test]
fn a_hook_that_failed_and_is_gone_is_still_the_cause() {
    let job = r#"{"items":[{"kind":"Job","metadata":{"name":"smoke","uid":"1","creationTimestamp":"NOW","annotations":{"helm.sh/hook":"post-install"}},
      "status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"no answer"}]}}]}"#;
    let fails = HELM.replace(
        "[ -e good ] ||",
        "sleep 5; echo '{\"items\":[]}' > objects; echo 'Error: failed' >&2; exit 1; [ -e good ] ||",
    );
    let sandbox = sandbox(job).tool("helm", &fails);
    let ran = sandbox.run(&["run", "app"]).code(1);
    ran.says("job/smoke has failed for good");
}
