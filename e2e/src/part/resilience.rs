//! `resilience`: under load each kind of pod is deleted once, then all services are rolled over,
//! then a node is drained.
//!
//! While pods of frontend, backend and mcp-server go and come, not one call fails or is refused.
//! While PostgreSQL or redis is away, calls may be refused (503 with `Retry-After`), for a stated
//! time. Nothing acknowledged is lost.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::time::sleep;

use crate::cluster::{Cluster, until};
use crate::http::Site;
use crate::load::{Crowd, Load, Outcome};
use crate::replicas::{SERVICES, Watch};
use crate::series::Series;

/// Quiet time after each event, so that its consequences are seen before the next.
const SETTLE: Duration = Duration::from_secs(5);
/// How long a pod may take to be replaced.
const REPLACED: Duration = Duration::from_secs(120);
/// After a database's pod is ready, services may need this long to have connected again.
const RECONNECT: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    cluster: Cluster,
    /// For how long calls may be refused when the pod of a database is deleted
    #[arg(long, default_value = "30s", value_parser = humantime::parse_duration)]
    outage: Duration,
    /// The file for what a report can plot
    #[arg(long)]
    series: Option<PathBuf>,
}

/// Deletes, rolls and drains, and judges what the users saw of it.
pub async fn run(options: &Options) -> Result<()> {
    let load = Load::start(
        &options.site,
        &options.crowd,
        Series::create(options.series.as_deref())?,
    );
    let watch = Watch::start(options.cluster.clone(), load.shared());
    let outages = disturb(options, &load).await;
    drop(watch);
    let outcome = load.end().await;
    outcome.tell();
    let outages = outages?;
    judge(&outcome, &outages, options.outage)?;
    outcome.nothing_lost(&options.site).await.map(drop)
}

/// A database was away from the deletion of its pod until it was ready and connected to again.
struct Outage {
    component: &'static str,
    from: Instant,
    to: Instant,
}

async fn disturb(options: &Options, load: &Load) -> Result<Vec<Outage>> {
    let cluster = &options.cluster;
    sleep(SETTLE * 2).await;
    for component in SERVICES {
        delete_a_pod(cluster, load, component).await?;
    }
    roll(cluster, load).await?;
    drain(cluster, load).await?;
    let mut outages = Vec::new();
    for component in ["redis", "postgresql"] {
        let from = Instant::now();
        delete_a_pod(cluster, load, component).await?;
        sleep(RECONNECT).await;
        outages.push(Outage {
            component,
            from,
            to: Instant::now(),
        });
    }
    Ok(outages)
}

/// Deletes one pod as an eviction would, and waits until another one is ready in its place.
async fn delete_a_pod(cluster: &Cluster, load: &Load, component: &str) -> Result<()> {
    let pods = cluster.pods(component).await?;
    let Some(pod) = pods.first() else {
        bail!("{component} has no pod to delete")
    };
    let (name, uid) = (text(pod, "name"), text(pod, "uid"));
    let began = Instant::now();
    load.shared()
        .series
        .event(&format!("pod {name} is deleted"));
    cluster
        .kubectl(&["delete", "pod", &name, "--wait=false"])
        .await?;
    until(
        &format!("the replacement of {name}"),
        REPLACED,
        async || {
            let now = cluster.pods(component).await?;
            let ready = now.iter().filter(|pod| is_ready(pod)).count();
            let gone = now.iter().all(|pod| text(pod, "uid") != uid);
            Ok((gone && ready >= pods.len()).then_some(()))
        },
    )
    .await?;
    let took = began.elapsed().as_secs_f64();
    load.shared()
        .series
        .event(&format!("{component} is complete again after {took:.1} s"));
    sleep(SETTLE).await;
    Ok(())
}

async fn roll(cluster: &Cluster, load: &Load) -> Result<()> {
    let began = Instant::now();
    load.shared()
        .series
        .event("all services are rolled over to new pods");
    let ours = format!("app.kubernetes.io/instance={}", cluster.release);
    cluster
        .kubectl(&["rollout", "restart", "deployment", "-l", &ours])
        .await?;
    for service in SERVICES {
        cluster.rolled_out(service, "180s").await?;
    }
    let took = began.elapsed().as_secs_f64();
    load.shared()
        .series
        .event(&format!("all services run in new pods after {took:.1} s"));
    sleep(SETTLE).await;
    Ok(())
}

/// Drains a node that holds no database, whose volume could not follow; only the release's own pods
/// have to go.
async fn drain(cluster: &Cluster, load: &Load) -> Result<()> {
    let Some(node) = spare_node(cluster).await? else {
        println!("LEFT OUT: no node is drained, because there is none without a database");
        return Ok(());
    };
    load.shared()
        .series
        .event(&format!("node {node} is drained"));
    let ours = format!(
        "--pod-selector=app.kubernetes.io/instance={}",
        cluster.release
    );
    let drained = cluster
        .kubectl(&[
            "drain",
            &node,
            "--ignore-daemonsets",
            "--delete-emptydir-data",
            &ours,
            "--timeout=180s",
        ])
        .await;
    for service in SERVICES {
        cluster.rolled_out(service, "180s").await?;
    }
    cluster.kubectl(&["uncordon", &node]).await?;
    load.shared()
        .series
        .event(&format!("node {node} is in use again"));
    sleep(SETTLE).await;
    drained.map(drop)
}

async fn spare_node(cluster: &Cluster) -> Result<Option<String>> {
    let nodes = cluster.get(&["nodes"]).await?;
    let mut taken = Vec::new();
    for database in ["postgresql", "redis"] {
        taken.extend(
            cluster
                .pods(database)
                .await?
                .iter()
                .map(|pod| pod["spec"]["nodeName"].clone()),
        );
    }
    let mut names = nodes["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| node["metadata"]["name"].clone());
    Ok(names
        .find(|name| !taken.contains(name))
        .and_then(|name| name.as_str().map(String::from)))
}

fn judge(outcome: &Outcome, outages: &[Outage], budget: Duration) -> Result<()> {
    let spans: Vec<_> = outages
        .iter()
        .map(|outage| (outage.from, outage.to))
        .collect();
    outcome.excused(&spans)?;
    for Outage {
        component,
        from,
        to,
    } in outages
    {
        let mut refused = outcome
            .tally
            .mishaps
            .iter()
            .map(|mishap| mishap.at)
            .filter(|at| (from..=to).contains(&at));
        let Some(first) = refused.next() else {
            println!("while the pod of {component} was replaced, no call was refused");
            continue;
        };
        let last = refused.next_back().unwrap_or(first);
        let away = last - first;
        println!(
            "while the pod of {component} was replaced, calls were refused for {:.1} s",
            away.as_secs_f64()
        );
        ensure!(
            away <= budget,
            "without {component} calls were refused for {:.1} s, which is over the budget of {} s",
            away.as_secs_f64(),
            budget.as_secs()
        );
    }
    Ok(())
}

fn text(pod: &serde_json::Value, key: &str) -> String {
    pod["metadata"][key]
        .as_str()
        .unwrap_or_default()
        .to_string()
}

fn is_ready(pod: &serde_json::Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .any(|it| it["type"] == "Ready" && it["status"] == "True")
}
