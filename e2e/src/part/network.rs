//! `network`: every pair of components, and strangers, from pods of our own: what may connect does,
//! what may not does not.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cluster::{Cluster, until};
use crate::left_out::LeftOut;

/// Who may connect to whom: the arrows of the picture in docs/KUBERNETES_GUIDE.md.
const ALLOWED: [(&str, &str); 9] = [
    ("frontend", "backend"),
    ("backend", "mcp-server"),
    ("backend", "postgresql"),
    ("backend", "redis"),
    ("mcp-server", "postgresql"),
    ("migrate", "postgresql"),
    ("test", "frontend"),
    ("test", "backend"),
    ("test", "mcp-server"),
];

/// Who tries: every component, and a pod that belongs to nobody.
const CALLERS: [&str; 8] = [
    "frontend",
    "backend",
    "mcp-server",
    "migrate",
    "test",
    "postgresql",
    "redis",
    "stranger",
];

/// Who is tried.
const CALLED: [(&str, u16); 5] = [
    ("frontend", 3000),
    ("backend", 8000),
    ("mcp-server", 8001),
    ("postgresql", 5432),
    ("redis", 6379),
];

/// How long the pods may take to start and try.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    cluster: Cluster,
}

/// Tries all pairs at once, from a pod for each caller.
pub async fn run(options: &Options) -> Result<()> {
    let cluster = &options.cluster;
    let targets = targets(cluster).await?;
    let pods: Vec<Value> = CALLERS
        .iter()
        .map(|caller| pod(cluster, caller, &targets))
        .collect();
    remove(cluster).await?;
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": pods });
    cluster
        .kubectl_with(&["create", "-f", "-"], &list.to_string())
        .await?;
    let tried = outcomes(cluster).await;
    remove(cluster).await?;
    judge(&tried?, &targets)
}

/// What can be tried from a caller: the address of each component that is deployed here.
type Targets = BTreeMap<&'static str, Target>;

struct Target {
    host: String,
    port: u16,
    /// Whether its Service is open to the world by a port of the nodes; our own may still not
    /// connect.
    open: bool,
    image: String,
}

async fn targets(cluster: &Cluster) -> Result<Targets> {
    let image = database_image(cluster).await?;
    let mut targets = Targets::new();
    for (component, port) in CALLED {
        let service = cluster.one("services", component).await?;
        let host = service["spec"]["clusterIP"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        let open = service["spec"]["type"] != "ClusterIP";
        targets.insert(
            component,
            Target {
                host,
                port,
                open,
                image: image.clone(),
            },
        );
    }
    Ok(targets)
}

/// The only image of the deployment with a shell; it is in the nodes already.
async fn database_image(cluster: &Cluster) -> Result<String> {
    let pods = cluster.pods("postgresql").await?;
    let image = pods
        .first()
        .and_then(|pod| pod["spec"]["containers"][0]["image"].as_str());
    image.map(String::from).ok_or_else(|| {
        LeftOut(
            "the connections are tried from the image of PostgreSQL, which is not deployed here"
                .into(),
        )
        .into()
    })
}

/// A pod that the policies take for the caller's, and the Services do not, because it never becomes
/// ready.
fn pod(cluster: &Cluster, caller: &str, targets: &Targets) -> Value {
    let image = targets.values().next().map(|target| target.image.clone());
    let mut labels = json!({ "todo-e2e": "network" });
    if caller != "stranger" {
        labels["app.kubernetes.io/instance"] = cluster.release.clone().into();
        labels["app.kubernetes.io/part-of"] = "todo-chatbot".into();
        labels["app.kubernetes.io/component"] = caller.into();
    }
    let tries = targets
        .iter()
        .filter(|(name, _)| **name != caller)
        .map(|(name, target)| {
            let again = if allowed(caller, name, target) { 8 } else { 1 };
            format!("try {name} {} {} {again} &", target.host, target.port)
        });
    let script = format!("{TRY}\n{}\nwait", tries.collect::<Vec<_>>().join("\n"));
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("todo-e2e-network-{caller}"), "labels": labels },
        "spec": {
            "restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false,
            "readinessGates": [{ "conditionType": "todo-e2e/never" }],
            "securityContext": { "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "try", "image": image, "command": ["bash", "-c", script],
                "resources": { "requests": { "cpu": "10m", "memory": "16Mi" }, "limits": { "cpu": "200m", "memory": "64Mi" } },
                "securityContext": { "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } },
            }],
        },
    })
}

/// Says `open` or `closed`, and whom it tried. What is allowed may need some attempts: a pod's
/// address has to get around.
const TRY: &str = r#"try() {
  for _ in $(seq "$4"); do
    if timeout 3 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; then echo "open $1"; return; fi
    sleep 0.5
  done
  echo "closed $1"
}"#;

/// Caller -> what its pod said.
async fn outcomes(cluster: &Cluster) -> Result<BTreeMap<&'static str, String>> {
    until(
        "the end of the pods that try connections",
        PATIENCE,
        async || {
            let list = cluster.get(&["pods", "-l", "todo-e2e=network"]).await?;
            let phases = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|pod| &pod["status"]["phase"]);
            let ended = phases
                .filter(|phase| *phase == "Succeeded" || *phase == "Failed")
                .count();
            Ok((ended == CALLERS.len()).then_some(()))
        },
    )
    .await?;
    let mut said = BTreeMap::new();
    for caller in CALLERS {
        let words = cluster
            .kubectl(&["logs", &format!("todo-e2e-network-{caller}")])
            .await;
        said.insert(
            caller,
            words.with_context(|| format!("what {caller} tried is not known"))?,
        );
    }
    Ok(said)
}

async fn remove(cluster: &Cluster) -> Result<()> {
    let args = [
        "delete",
        "pods",
        "-l",
        "todo-e2e=network",
        "--ignore-not-found",
        "--grace-period=1",
    ];
    cluster.kubectl(&args).await.map(drop)
}

fn allowed(caller: &str, called: &str, target: &Target) -> bool {
    ALLOWED.contains(&(caller, called)) || (target.open && caller == "stranger")
}

fn judge(said: &BTreeMap<&str, String>, targets: &Targets) -> Result<()> {
    let (mut open, mut closed, mut kept, mut made) = (Vec::new(), Vec::new(), 0, 0);
    for (caller, words) in said {
        for (name, target) in targets.iter().filter(|(name, _)| *name != caller) {
            let connects = words.lines().any(|line| line == format!("open {name}"));
            match (allowed(caller, name, target), connects) {
                (true, true) => made += 1,
                (false, false) => kept += 1,
                (false, true) => open.push(format!("{caller} -> {name}:{}", target.port)),
                (true, false) => closed.push(format!("{caller} -> {name}:{}", target.port)),
            }
        }
    }
    if !closed.is_empty() {
        bail!(
            "connections that the application needs are not possible: {}",
            closed.join(", ")
        );
    }
    if kept == 0 && !open.is_empty() {
        let why = format!(
            "network policies are not enforced by this cluster's network: all {} forbidden connections came about",
            open.len()
        );
        return Err(LeftOut(why).into());
    }
    if !open.is_empty() {
        bail!(
            "connections came about that the policies must prevent: {}",
            open.join(", ")
        );
    }
    println!("{made} allowed connections came about, {kept} forbidden ones did not");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(stranger: &str, frontend: &str) -> String {
        let target = |open, port| Target {
            host: String::new(),
            port,
            open,
            image: String::new(),
        };
        let targets = BTreeMap::from([
            ("backend", target(false, 8000)),
            ("redis", target(false, 6379)),
        ]);
        let said = BTreeMap::from([
            ("stranger", stranger.to_string()),
            ("frontend", frontend.to_string()),
        ]);
        judge(&said, &targets).map_or_else(|error| error.to_string(), |()| "good".into())
    }

    #[test]
    fn each_connection_must_be_as_the_picture_has_it() {
        let (none, right) = ("closed backend\nclosed redis", "open backend\nclosed redis");
        assert_eq!(judged(none, right), "good");
        assert_eq!(
            judged("closed backend\nopen redis", right),
            "connections came about that the policies must prevent: stranger -> redis:6379"
        );
        assert_eq!(
            judged(none, none),
            "connections that the application needs are not possible: frontend -> backend:8000"
        );
        let all = "open backend\nopen redis";
        assert!(
            judged(all, all).starts_with("network policies are not enforced"),
            "{}",
            judged(all, all)
        );
    }
}
