//! A machine with docker, minikube, kubectl and helm, played by shell scripts that replay what the
//! real ones print (`tests/transcripts`) and keep the state of their world in files.

use crate::sandbox::Sandbox;

/// Prints a transcript's streams and ends with its exit code. A last line without a newline has the
/// next mark behind it.
pub(crate) const REPLAY: &str = r#"part() { awk -v want="$2" '
  { line = $0; next_part = "" }
  match(line, /--- (stdout|stderr|exit [0-9]+)$/) { next_part = substr(line, RSTART + 4); line = substr(line, 1, RSTART - 1) }
  part == want && line != "" { print line }
  next_part != "" { part = next_part }' "$TRANSCRIPTS/$1"; }
replay() { part "$1" stdout; part "$1" stderr >&2; exit "$(sed -n 's/.*--- exit \([0-9]*\)$/\1/p' "$TRANSCRIPTS/$1")"; }
log() { printf '%s\n' "$*" >> "$LOG"
  [ -z "$KILL_AT" ] || [ "$(grep -c . "$LOG")" -lt "$KILL_AT" ] || ! mkdir killed 2> /dev/null || kill -9 $PPID; }
state=$(cat state)
unreachable() { case $state in
  missing|astray) echo "$1"'context "minikube" does not exist' >&2; exit 1 ;;
  running) ;;
  *) echo "Unable to connect to the server: dial tcp 192.168.49.2:8443: connect: no route to host" >&2; exit 1 ;; esac; }
"#;

/// A minikube with one profile; the file `state` says how it is, `images` what its node has.
pub(crate) const MINIKUBE: &str = r#"log minikube "$@"
case "$*" in
  "version -o json") replay minikube/version.txt ;;
  "-p minikube status -o json") case $state in
      running) replay minikube/status.txt ;; paused) replay minikube/status-paused.txt ;;
      stopped) replay minikube/status-stopped.txt ;; missing) replay minikube/unknown-profile-status.txt ;;
      lost) printf null ;;
      astray) printf '{"Name":"minikube","Host":"Running","Kubelet":"Running","APIServer":"Running","Kubeconfig":"Misconfigured","Worker":false}'; exit 4 ;;
      half) printf '{"Name":"minikube","Host":"Running","Kubelet":"Stopped","APIServer":"Stopped","Kubeconfig":"Configured","Worker":false}'; exit 2 ;;
      *) echo "X Exiting due to GUEST_STATUS: no one knows" >&2; exit 80 ;; esac ;;
  "profile list -o json") [ "$state" = missing ] && printf '{"invalid":[],"valid":[]}' || replay minikube/profile-list.txt ;;
  "-p minikube start "*) echo half > state; [ ! -e slow-start ] || { touch starting; sleep 60; }
      echo running > state; replay minikube/start-json.txt ;;
  "-p minikube unpause"|"-p minikube update-context") echo running > state ;;
  "-p minikube delete") echo missing > state; rm -f namespace given released; : > built; : > images; echo disabled > ingress; echo disabled > metrics ;;
  "-p minikube addons list -o json") printf '{"ingress":{"Status":"%s"},"metrics-server":{"Status":"%s"}}' "$(cat ingress)" "$(cat metrics)" ;;
  "-p minikube addons enable "*) mkdir enabling 2>/dev/null || touch two-at-once
      sleep 0.2; rm -r enabling
      case $5 in ingress) echo enabled > ingress ;; metrics-server) echo enabled > metrics; replay minikube/addons-enable-metrics.txt ;; esac ;;
  "-p minikube addons disable "*) case $5 in ingress) echo disabled > ingress ;; metrics-server) echo disabled > metrics ;; esac ;;
  "-p minikube docker-env --shell none") case $state in
      running) replay minikube/docker-env-none.txt ;; missing) replay minikube/unknown-profile-docker-env.txt ;;
      *) replay minikube/docker-env-stopped.txt ;; esac ;;
  "-p minikube image ls --format json") [ "$state" = running ] || exit 83
      printf '['; sed 's/.*/{"id":"x","repoTags":["docker.io\/library\/&"]},/' images; printf '{}]' ;;
  "-p minikube image load "*) [ -e lies ] || echo "$5" >> images; replay minikube/image-load.txt ;;
  "-p minikube image rm "*) grep -vxF "$5" images > left || :; cat left > images ;;
  *) echo "unexpected: minikube $*" >&2; exit 64 ;;
esac"#;

/// A docker whose daemon is the node's when DOCKER_HOST says so. What it has: `built` of our
/// labels, `built-by-others` of another clone's, `images` or `here` by name, `stages` without a
/// name.
pub(crate) const DOCKER: &str = r#"log docker "$1" "$2" "host=$DOCKER_HOST" "certs=$DOCKER_CERT_PATH"
without() { grep -v "^$1\( \|$\)" "$2" > left || :; cat left > "$2"; }
case "$*" in
  version*) echo "28.2.2 28.2.2" ;;
  info*) cat size ;;
  ps*) cat containers 2>/dev/null || : ;;
  "image ls "*dangling=true*) cat stages 2>/dev/null || : ;;
  "image ls "*pipeline.local/builder=*) cat built 2>/dev/null || : ;;
  "image ls "*pipeline.local/owner=*) cat built built-by-others 2>/dev/null || : ;;
  "image ls "*) cat built built-by-others 2>/dev/null; { [ -n "$DOCKER_HOST" ] && cat images || cat here; } | sed 's/$/ sha256:0/' ;;
  "image rm "*) shift 2; for ref; do [ "$ref" = --force ] || {
      without "$ref" images; without "${ref#docker.io/}" built; [ ! -e stages ] || without "$ref" stages; }; done ;;
  "save "*) grep -xF "$2" here ;;
  load) cat >> images ;;
  "tag "*) id=$(grep "^${2#docker.io/} " built | sed 's/.* //'); without "${3#docker.io/}" built; echo "${3#docker.io/} $id" >> built
      [ -z "$DOCKER_HOST" ] || echo "$3" >> images ;;
  "manifest inspect "*) [ ! -s silent ] || { cat silent >&2; exit 1; }; grep -qxF "$3" registry 2>/dev/null || { echo "no such manifest: $3" >&2; exit 1; } ;;
  "push "*) [ ! -s refuses ] || { cat refuses >&2; exit 1; }; echo "$2" >> registry ;;
  build*|import*) case $1 in build) ref=$5 ;; *) for ref; do :; done; tar --list --file=- >> sent ;; esac
      id=$(cat id 2>/dev/null || printf %064d 0); { echo "${ref#docker.io/} sha256:$id"; cat built; } > newer; cat newer > built
      [ "${BUILDX_BUILDER-unset}" = "" ] || { echo "a builder of the user's would keep the image" >&2; exit 65; }
      [ -z "$DOCKER_HOST" ] || echo "$ref" >> images ;;
  *) echo "unexpected: docker $*" >&2; exit 64 ;;
esac"#;

/// A helm with one release, as the file `released` lists it; `labelled` says that it carries our
/// label, `run` which run's, `rendered` what it would be made of, as JSON writes it.
pub(crate) const HELM: &str = r#"log helm "$@"
case "$*" in
  version*) replay helm/version.txt ;;
  lint*) replay helm/lint.txt ;;
  template*) echo 'kind: Deployment' ;;
  *) unreachable 'Error: Kubernetes cluster unreachable: ' ;;
esac
entry() { echo '[{"name":"todo-chatbot","status":"'"$1"'","revision":"'"$2"'","updated":"2026-01-01 00:00:00 +0000 UTC","chart":"todo-chatbot-0.1.0"}]' > released; }
case "$*" in
  version*|lint*|template*) ;;
  list*"/owner!="*) [ -e released ] && [ ! -e labelled ] && cat released || replay helm/list-empty.txt ;;
  list*"/run!="*) case "$*" in *"/run!=$(cat run 2>/dev/null)") replay helm/list-empty.txt ;; esac
      [ -e released ] && cat released || replay helm/list-empty.txt ;;
  list*) [ -e released ] && cat released || replay helm/list-empty.txt ;;
  "get manifest"*) echo '{"kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":1}}' ;;
  upgrade*--dry-run=server*) rendered=$(cat rendered 2>/dev/null) || rendered='kind: Deployment'; printf '{"manifest":"%s"}' "$rendered" ;;
  upgrade*) [ ! -e breaks ] || { entry failed 1; touch labelled; cat breaks >&2; exit 1; }
      touch labelled; for word; do case $word in pipeline.local/owner=*) printf %s "${word##*/run=}" > run ;; esac; done
      cat > values; [ ! -e slow-upgrade ] || { entry pending-install 1; touch upgrading; sleep 60; }
      [ -e released ] && entry deployed 2 || entry deployed 1 ;;
  uninstall*|rollback*) rm -f released labelled ;;
  *) echo "unexpected: helm $*" >&2; exit 64 ;;
esac"#;

/// A kubectl whose cluster has what the files say.
pub(crate) const KUBECTL: &str = r#"case "$*" in
  "version --client"*) echo '{"clientVersion":{"gitVersion":"v1.34.4"}}'; exit ;;
  *"config view --minify --flatten --raw -o json") echo '{"clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}],"current-context":"'"$2"'"}'; exit ;;
esac
unreachable 'error: '
case "$*" in
  *"get namespace"*) [ ! -e namespace ] || echo '{"metadata":{"labels":{"pipeline.local/owner":"todo-chatbot","pod-security.kubernetes.io/enforce":"restricted"}},"status":{"phase":"Active"}}' ;;
  *"get persistentvolume"*) echo '{"items":[]}' ;;
  *"get secret "*) [ ! -e given ] || echo 1:todo-chatbot ;;
  *"-n todo-chatbot create -f -"|*"replace -f -") cat > given ;;
  *"delete secret"*) rm given ;;
  *"create -f -") cat > namespace ;;
  *"delete namespace"*) rm -f namespace given ;;
  *"api-resources"*) printf 'configmaps\npods\n' ;;
  *"-o json configmaps,pods"*) cat contents 2>/dev/null || echo '{"items":[]}' ;;
  *"get pods --all-namespaces"*) cat in-use 2>/dev/null || : ;;
  *"delete persistentvolumeclaims"*) log kubectl "$@" ;;
  *"delete pods"*) log kubectl "$@" ;;
  *"wait --for=condition=available"*) [ "$(cat ingress)" = enabled ] ;;
  *"create ingress answers "*) [ "$(cat ingress)" = disabled ] || [ ! -e webhook ] || { rm webhook; echo 'failed calling webhook "validate.nginx.ingress.kubernetes.io": connection refused' >&2; exit 1; } ;;
  *"get --raw /apis/metrics"*) [ "$(cat metrics)" = enabled ] ;;
  *"get pods,events"*) cat addon-pods ;;
  *"get events"*) echo '{"items":[]}' ;;
  *"get deployments"*) echo '{"items":[{"kind":"Deployment","metadata":{"name":"web","generation":1,"labels":{"app.kubernetes.io/instance":"todo-chatbot"}},"spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":1,"readyReplicas":1,"updatedReplicas":1}}]}' ;;
  *) echo "unexpected: kubectl $*" >&2; exit 64 ;;
esac"#;

/// The repository's pipeline, and tools that play a machine with such a cluster.
pub(crate) fn sandbox(state: &str) -> Sandbox {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let text = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap();
    let tool = |script: &str| format!("{REPLAY}{script}");
    let files = [
        "pipeline.toml",
        "pipeline/kind.toml",
        "pipeline/test-e2e.toml",
        "pipeline/ci.toml",
    ];
    let copied = |sandbox: Sandbox, path: &&str| sandbox.file(path, &text(path));
    let fits = "scripts/password-fits.sh";
    let sandbox = files
        .iter()
        .fold(Sandbox::new(), copied)
        .program(fits, &text(fits))
        .file("state", &format!("{state}\n"))
        .file("ingress", "disabled\n")
        .file("metrics", "disabled\n")
        .file("images", "")
        .file("here", "")
        .file("built", "")
        .file("size", "16 67131899904\n")
        .file("addon-pods", "{\"items\":[]}")
        .file(
            "docker/backend/Dockerfile",
            "FROM rust:1-bookworm AS build\nFROM scratch\n",
        )
        .tool("minikube", &tool(MINIKUBE))
        .tool("docker", &tool(DOCKER))
        .tool("helm", &tool(HELM))
        .tool("kubectl", &tool(KUBECTL))
        // The user's own choices, which must not lead our images astray.
        .env("BUILDX_BUILDER", "mine")
        .env(
            "TRANSCRIPTS",
            &format!(
                "{}/../crates/kinds/tests/transcripts",
                env!("CARGO_MANIFEST_DIR")
            ),
        );
    let log = sandbox.dir.join("log").display().to_string();
    sandbox.env("LOG", &log).env(
        "BETTER_AUTH_SECRET",
        "a secret that is long enough for this",
    )
}

/// What changed the world, tags shortened, questions left out.
pub(crate) fn acts(sandbox: &Sandbox) -> String {
    let questions = [
        "version",
        "docker info",
        "status",
        "profile list",
        "addons list",
        "image ls",
        "manifest inspect",
        " list ",
        "get manifest",
        "--dry-run=server",
        "docker-env",
        "docker ps",
        // A second name for what was built.
        "docker tag",
    ];
    let asks = |line: &&str| !questions.iter().any(|question| line.contains(question));
    let lines = sandbox.read("log");
    lines
        .lines()
        .filter(asks)
        .map(|line| format!("{}\n", without_digests(&sandbox_free(sandbox, line))))
        .collect()
}

/// Every call that was made, tags shortened.
pub(crate) fn calls(sandbox: &Sandbox) -> Vec<String> {
    let log = sandbox.read("log");
    let line = |line: &str| without_digests(&sandbox_free(sandbox, line));
    log.lines().map(line).collect()
}

fn sandbox_free(sandbox: &Sandbox, line: &str) -> String {
    let line = line.replace(&sandbox.dir.display().to_string(), "DIR");
    let line = without_run(&line).replace(" --force ", " ");
    line.strip_suffix(" --force").unwrap_or(&line).to_string()
}

/// `pipeline.local/run=0123456789ab-1795649012` -> `pipeline.local/run=RUN`.
fn without_run(line: &str) -> String {
    let run = |mark: &str| {
        let (head, tail) = line.split_once(mark)?;
        Some(format!("{head}{mark}RUN{}", tail.get(23..)?))
    };
    run("/run=")
        .or_else(|| run("/run!="))
        .unwrap_or_else(|| line.to_string())
}

/// `0.1.0-0123456789ab` -> `0.1.0-TAG`.
fn without_digests(line: &str) -> String {
    let mut parts = line.split("0.1.0-");
    let head = parts.next().unwrap_or_default().to_string();
    parts.fold(head, |text, part| format!("{text}0.1.0-TAG{}", &part[12..]))
}
