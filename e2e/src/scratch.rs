//! A second release of the same images, with the same values, in a namespace of its own: for what
//! nobody would do to a deployment with data in it.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::http::Site;

/// What says that a namespace is ours to delete.
const MARK: &str = "todo-e2e";

/// How long a release may take to be ready. Kubernetes looks after 5 minutes again at a pod that it
/// could not place, should it have missed that its volume was bound meanwhile.
pub const PATIENCE: &str = "8m";

/// The second release.
pub struct Scratch {
    /// Where it is.
    pub cluster: Cluster,
    /// Where it answers.
    pub site: Site,
    chart: String,
    values: String,
}

impl Scratch {
    /// Installs it, in place of what a killed run left behind. Its data is kept when it is
    /// uninstalled.
    pub async fn install(first: &Cluster, site: &Site, chart: &str, name: &str) -> Result<Scratch> {
        let namespace = format!("{}-{name}", first.namespace);
        let cluster = Cluster {
            namespace,
            ..first.clone()
        };
        let host = format!(
            "{name}.{}",
            site.host.as_deref().unwrap_or("todo-app.local")
        );
        let site = Site {
            base: site.base.clone(),
            host: Some(host.clone()),
        };
        let values = values(first, &host).await?;
        let scratch = Scratch {
            cluster,
            site,
            chart: chart.to_string(),
            values,
        };
        scratch.remove().await?;
        scratch.make_namespace(first).await?;
        scratch.deploy().await?;
        println!(
            "a second release stands in namespace {}",
            scratch.cluster.namespace
        );
        Ok(scratch)
    }

    /// Deploys it as it is meant to be, and waits until it is ready.
    pub async fn deploy(&self) -> Result<()> {
        let release = &self.cluster.release;
        let args = [
            "upgrade",
            "--install",
            release,
            &self.chart,
            "-f",
            "-",
            "--wait",
            "--timeout",
            PATIENCE,
        ];
        self.cluster.helm(&args, Some(&self.values)).await.map(drop)
    }

    /// Upgrades it with more values, without waiting for anything.
    pub async fn upgrade(&self, set: &[String], wait: bool) -> Result<()> {
        let release = &self.cluster.release;
        let mut args = vec!["upgrade", release, &self.chart, "-f", "-"];
        set.iter().for_each(|value| args.extend(["--set", value]));
        if wait {
            args.extend(["--wait", "--timeout", PATIENCE]);
        }
        self.cluster.helm(&args, Some(&self.values)).await.map(drop)
    }

    /// The release's newest revision, with its status and description.
    pub async fn newest(&self) -> Result<Value> {
        let history = self
            .cluster
            .helm(&["history", &self.cluster.release, "-o", "json"], None)
            .await?;
        let list: Vec<Value> = serde_json::from_str(&history).context("helm printed no JSON")?;
        list.last().cloned().context("the release has no revision")
    }

    /// Removes the namespace with everything in it.
    pub async fn remove(&self) -> Result<()> {
        let name = &self.cluster.namespace;
        let found = self
            .cluster
            .kubectl(&["get", "namespace", name, "-o", "json", "--ignore-not-found"])
            .await?;
        if found.trim().is_empty() {
            return Ok(());
        }
        let namespace: Value = serde_json::from_str(&found).context("kubectl printed no JSON")?;
        if namespace["metadata"]["labels"][MARK].is_null() {
            bail!(
                "the namespace {name} is not one of these tests, so it is not deleted; the tests need its name"
            );
        }
        self.cluster
            .kubectl(&["delete", "namespace", name, "--timeout=180s"])
            .await
            .map(drop)
    }

    /// With the first one's rules of who may run there.
    async fn make_namespace(&self, first: &Cluster) -> Result<()> {
        let model = first.get(&["namespace", &first.namespace]).await?;
        let labels = model["metadata"]["labels"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let mut labels: serde_json::Map<String, Value> = labels
            .into_iter()
            .filter(|(key, _)| key.starts_with("pod-security.kubernetes.io/"))
            .collect();
        labels.insert(MARK.into(), "scratch".into());
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": self.cluster.namespace, "labels": labels },
        });
        self.cluster
            .kubectl_with(&["create", "-f", "-"], &namespace.to_string())
            .await
            .map(drop)
    }
}

/// The first release's values. JSON is YAML, too.
async fn values(first: &Cluster, host: &str) -> Result<String> {
    let text = first
        .helm(&["get", "values", &first.release, "-o", "json"], None)
        .await?;
    let mut values: Value = serde_json::from_str(&text).context("helm printed no JSON")?;
    values["ingress"]["host"] = host.into();
    for database in ["postgresql", "redis"] {
        values[database]["persistence"]["keep"] = true.into();
    }
    for service in ["frontend", "backend", "mcpServer"] {
        // Two of each, so that one can go; and no autoscaler beside what is tried.
        values[service]["autoscaling"]["enabled"] = false.into();
        values[service]["replicas"] = 2.into();
    }
    // They have to fit beside the first release, and beside each other.
    for workload in ["frontend", "backend", "mcpServer", "postgresql", "redis"] {
        values[workload]["resources"]["requests"]["cpu"] = "10m".into();
    }
    // Sessions must outlive a release that goes and comes, so the key that signs them is given.
    if values["secrets"]["betterAuthSecret"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        values["secrets"]["betterAuthSecret"] =
            format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..)).into();
    }
    Ok(values.to_string())
}
