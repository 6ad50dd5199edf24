//! `security`: pods as restricted as they can be, secrets where they are needed and nowhere else,
//! and an ingress that shows only what it must. All findings are told, not just the first.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::http::{Api, Call, Site};

/// Which component may be given which of the application's secrets.
const MAY_KNOW: [(&str, &[&str]); 4] = [
    ("DATABASE_URL", &["backend", "mcp-server", "migrate"]),
    ("BETTER_AUTH_SECRET", &["backend", "mcp-server"]),
    ("OPENAI_API_KEY", &["backend"]),
    ("GEMINI_API_KEY", &["backend"]),
];

/// What the ingress must not show, with the words by which it would be known.
const HIDDEN: [(&str, &str); 5] = [
    ("/metrics", "# TYPE"),
    ("/api/metrics", "# TYPE"),
    ("/mcp", "jsonrpc"),
    ("/api/mcp", "jsonrpc"),
    ("/.env", "="),
];

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    cluster: Cluster,
}

/// Looks everywhere and tells all it found.
pub async fn run(options: &Options) -> Result<()> {
    let cluster = &options.cluster;
    let label = format!("app.kubernetes.io/instance={}", cluster.release);
    let list = cluster.get(&["pods", "-l", &label]).await?;
    let pods = list["items"].as_array().cloned().unwrap_or_default();
    let mut findings: Vec<String> = pods.iter().flat_map(restricted).collect();
    findings.extend(pods.iter().flat_map(knows_too_much));
    findings.extend(admission(cluster, &pods).await?);
    findings.extend(spilt(cluster, &pods).await?);
    findings.extend(shown(&options.site).await?);
    if let Some(first) = findings.first() {
        findings.iter().for_each(|finding| println!("{finding}"));
        bail!("{} findings, the first: {first}", findings.len());
    }
    println!(
        "{} pods are restricted, know only their own secrets, and nothing else shows any",
        pods.len()
    );
    Ok(())
}

fn component(pod: &Value) -> &str {
    pod["metadata"]["labels"]["app.kubernetes.io/component"]
        .as_str()
        .unwrap_or("?")
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    pod["spec"]["containers"].as_array().into_iter().flatten()
}

/// What the pod's own words leave open.
fn restricted(pod: &Value) -> Vec<String> {
    let name = pod["metadata"]["name"].as_str().unwrap_or("?");
    let spec = &pod["spec"];
    let mut open = Vec::new();
    if spec["automountServiceAccountToken"] != false {
        open.push(format!("pod {name} may be given a token of the cluster"));
    }
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    if volumes
        .flat_map(|it| it["projected"]["sources"].as_array().into_iter().flatten())
        .any(|it| !it["serviceAccountToken"].is_null())
    {
        open.push(format!("pod {name} has a token of the cluster mounted"));
    }
    for container in containers(pod) {
        let own = &container["securityContext"];
        let either = |key: &str| {
            if own[key].is_null() {
                spec["securityContext"][key].clone()
            } else {
                own[key].clone()
            }
        };
        let wanted = [
            ("runs as root or may", either("runAsNonRoot") == true),
            (
                "may write its root file system",
                own["readOnlyRootFilesystem"] == true,
            ),
            (
                "may gain privileges",
                own["allowPrivilegeEscalation"] == false,
            ),
            (
                "keeps capabilities",
                own["capabilities"]["drop"] == serde_json::json!(["ALL"]),
            ),
            (
                "has no seccomp profile",
                either("seccompProfile")["type"] == "RuntimeDefault",
            ),
        ];
        let missing = wanted.into_iter().filter(|(_, good)| !good);
        open.extend(
            missing
                .map(|(what, _)| format!("container {} of pod {name} {what}", container["name"])),
        );
    }
    open
}

/// Secrets in the environment of a pod that has no use for them.
fn knows_too_much(pod: &Value) -> Vec<String> {
    let who = component(pod);
    let all = containers(pod).flat_map(|it| it["env"].as_array().into_iter().flatten());
    let secret = all.filter_map(|variable| variable["valueFrom"]["secretKeyRef"]["key"].as_str());
    let allowed = |key: &str| {
        MAY_KNOW
            .iter()
            .any(|(name, who_may)| *name == key && who_may.contains(&who))
    };
    let whole = containers(pod)
        .flat_map(|it| it["envFrom"].as_array().into_iter().flatten())
        .filter(|it| !it["secretRef"].is_null());
    let mut found: Vec<String> = secret
        .filter(|key| !allowed(key))
        .map(|key| format!("{who} is given {key}, which is not for it"))
        .collect();
    found.extend(whole.map(|it| {
        format!(
            "{who} is given all of the Secret {}",
            it["secretRef"]["name"]
        )
    }));
    found
}

/// What the cluster itself would say if it had to admit these pods as restricted.
async fn admission(cluster: &Cluster, pods: &[Value]) -> Result<Vec<String>> {
    let label = "pod-security.kubernetes.io/enforce=restricted";
    let said = cluster
        .kubectl_all(&[
            "label",
            "--dry-run=server",
            "--overwrite",
            "namespace",
            &cluster.namespace,
            label,
        ])
        .await?;
    // Storage that knows no fsGroup needs an init container that gives the databases their volumes,
    // as root.
    let owned = pods.iter().filter(|pod| {
        pod["spec"]["initContainers"]
            .to_string()
            .contains("\"runAsUser\":0")
    });
    let owned: Vec<&str> = owned
        .filter_map(|pod| pod["metadata"]["name"].as_str())
        .collect();
    let warned = said
        .lines()
        .filter(|line| line.starts_with("Warning: ") && line.contains(": "));
    let of_pod = warned.filter(|line| !line.contains("existing pods in namespace"));
    let (excused, found): (Vec<&str>, Vec<&str>) = of_pod.partition(|line| {
        owned.iter().any(|name| {
            line.starts_with(&format!("Warning: {name}:"))
                || line.starts_with(&format!("Warning: {name} "))
        })
    });
    if !excused.is_empty() {
        println!(
            "not restricted, because this cluster's storage makes volumes for root only: {}",
            owned.join(", ")
        );
    }
    Ok(found
        .into_iter()
        .map(|line| format!("not admitted as restricted: {line}"))
        .collect())
}

/// Secrets in plain words where many look: logs, other pods' definitions, ConfigMaps, the release's
/// values.
async fn spilt(cluster: &Cluster, pods: &[Value]) -> Result<Vec<String>> {
    let secrets = secrets(cluster).await?;
    let mut places = vec![(
        "the release's values".to_string(),
        cluster
            .helm(&["get", "values", &cluster.release], None)
            .await?,
    )];
    places.push((
        "the ConfigMaps".into(),
        cluster
            .kubectl(&["get", "configmaps", "-o", "json"])
            .await?,
    ));
    places.push((
        "the events".into(),
        cluster.kubectl(&["get", "events", "-o", "json"]).await?,
    ));
    for pod in pods {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        places.push((format!("the definition of pod {name}"), pod.to_string()));
        let logs = cluster
            .kubectl(&["logs", name, "--all-containers", "--ignore-errors"])
            .await
            .unwrap_or_default();
        places.push((format!("the log of pod {name}"), logs));
    }
    let found = places.iter().flat_map(|(place, text)| {
        let inside = secrets
            .iter()
            .filter(|(_, value)| text.contains(value.as_str()));
        inside.map(move |(key, _)| format!("{place} shows {key} in plain words"))
    });
    Ok(found.collect())
}

/// Key -> value, of all the release's Secrets. Short values would be found anywhere.
async fn secrets(cluster: &Cluster) -> Result<BTreeMap<String, String>> {
    let label = format!("app.kubernetes.io/instance={}", cluster.release);
    let template = r#"{{range .items}}{{range $key, $value := .data}}{{$key}} {{base64decode $value}}{{"\n"}}{{end}}{{end}}"#;
    let text = cluster
        .kubectl(&[
            "get",
            "secrets",
            "-l",
            &label,
            "-o",
            &format!("go-template={template}"),
        ])
        .await?;
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs
        .filter(|(_, value)| value.len() >= 12)
        .map(|(key, value)| (key.into(), value.into()))
        .collect())
}

/// What the ingress shows that it must not.
async fn shown(site: &Site) -> Result<Vec<String>> {
    let api = Api::new(site);
    let mut found = Vec::new();
    for (path, words) in HIDDEN {
        if let Ok(text) = api.text(Call::get(path, "")).await {
            let page = text.contains("<title>");
            if text.contains(words) && !page {
                found.push(format!("the ingress shows {path} to everybody"));
            }
        }
    }
    Ok(found)
}
