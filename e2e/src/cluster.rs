//! kubectl and helm, always pinned to one cluster and one namespace.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::sleep;

/// A release in a cluster.
#[derive(Debug, Clone, clap::Args)]
pub struct Cluster {
    /// The kubeconfig context
    #[arg(long)]
    pub context: String,
    /// The namespace
    #[arg(long, default_value = "todo-chatbot")]
    pub namespace: String,
    /// The release
    #[arg(long, default_value = "todo-chatbot")]
    pub release: String,
}

impl Cluster {
    /// What kubectl prints in the release's namespace; an error is a sentence with its words.
    pub async fn kubectl(&self, args: &[&str]) -> Result<String> {
        let pinned = ["--context", &self.context, "-n", &self.namespace];
        output("kubectl", &[&pinned, args].concat(), None).await
    }

    /// What it says on standard error, too, where warnings are.
    pub async fn kubectl_all(&self, args: &[&str]) -> Result<String> {
        let pinned = ["--context", &self.context, "-n", &self.namespace];
        let done = finished("kubectl", &[&pinned, args].concat(), None).await?;
        Ok(String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    }

    /// The same, with something on standard input.
    pub async fn kubectl_with(&self, args: &[&str], input: &str) -> Result<String> {
        let pinned = ["--context", &self.context, "-n", &self.namespace];
        output("kubectl", &[&pinned, args].concat(), Some(input)).await
    }

    /// What helm prints, with something on standard input.
    pub async fn helm(&self, args: &[&str], input: Option<&str>) -> Result<String> {
        let pinned = ["--kube-context", &self.context, "-n", &self.namespace];
        output("helm", &[args, &pinned].concat(), input).await
    }

    /// Objects, as the cluster has them.
    pub async fn get(&self, what: &[&str]) -> Result<Value> {
        let text = self
            .kubectl(&[&["get", "-o", "json"], what].concat())
            .await?;
        serde_json::from_str(&text).context("kubectl printed no JSON")
    }

    /// The release's pods of a component that are not being deleted.
    pub async fn pods(&self, component: &str) -> Result<Vec<Value>> {
        let list = self.get(&["pods", "-l", &self.selector(component)]).await?;
        let pods = list["items"].as_array().cloned().unwrap_or_default();
        Ok(pods
            .into_iter()
            .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null())
            .collect())
    }

    /// What selects a component's pods.
    pub fn selector(&self, component: &str) -> String {
        format!(
            "app.kubernetes.io/instance={},app.kubernetes.io/component={component}",
            self.release
        )
    }

    /// A component's object of this kind; of two Services the one with an address.
    pub async fn one(&self, kind: &str, component: &str) -> Result<Value> {
        let list = self.get(&[kind, "-l", &self.selector(component)]).await?;
        let mut items = list["items"].as_array().into_iter().flatten();
        let found = items
            .find(|item| item["spec"]["clusterIP"] != "None")
            .cloned();
        found.with_context(|| format!("the release {} has no {kind} for {component}", self.release))
    }

    /// The only pod of a database.
    pub async fn database(&self, component: &str) -> Result<String> {
        let set = self.one("statefulsets", component).await?;
        Ok(format!("{}-0", name(&set)))
    }

    /// Waits until all pods of a component are new and ready.
    pub async fn rolled_out(&self, component: &str, patience: &str) -> Result<()> {
        let kind = match component {
            "postgresql" | "redis" => "statefulset",
            _ => "deployment",
        };
        let (selector, timeout) = (self.selector(component), format!("--timeout={patience}"));
        self.kubectl(&["rollout", "status", kind, "-l", &selector, &timeout])
            .await
            .map(drop)
    }
}

/// An object's name.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Runs a program to its end; its output, or a sentence with its last words.
pub async fn output(program: &str, args: &[&str], input: Option<&str>) -> Result<String> {
    let done = finished(program, args, input).await?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

async fn finished(program: &str, args: &[&str], input: Option<&str>) -> Result<Output> {
    let mut command = Command::new(program);
    command
        .args(args)
        .kill_on_drop(true)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.stdin(if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    let mut child = command
        .spawn()
        .with_context(|| format!("{program} can't be started"))?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        stdin.write_all(input.as_bytes()).await?;
    }
    let done = child.wait_with_output().await?;
    if !done.status.success() {
        let words = [done.stderr, done.stdout].concat();
        bail!(
            "`{program} {}` failed: {}",
            args.join(" "),
            String::from_utf8_lossy(&words).trim()
        );
    }
    Ok(done)
}

/// Asks again each half second until there is an answer; `what` is being waited for.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if began.elapsed() > patience {
            bail!("{what} did not happen within {} s", patience.as_secs());
        }
        sleep(Duration::from_millis(500)).await;
    }
}
