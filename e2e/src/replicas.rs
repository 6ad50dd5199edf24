//! How many pods of each service are ready, watched beside a load.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::load::Shared;

/// The services that a Deployment runs.
pub const SERVICES: [&str; 3] = ["frontend", "backend", "mcp-server"];

/// Puts the numbers into the load's samples until it is dropped.
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Begins to look, every two seconds.
    pub fn start(cluster: Cluster, shared: Arc<Shared>) -> Watch {
        Watch(tokio::spawn(async move {
            loop {
                // What can't be asked for now is asked for again.
                if let Ok(numbers) = ready(&cluster).await {
                    for (service, number) in numbers {
                        shared.gauge(&format!("{service} replicas"), number as f64);
                    }
                }
                sleep(Duration::from_secs(2)).await;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The ready replicas of each service.
pub async fn ready(cluster: &Cluster) -> Result<Vec<(&'static str, u64)>> {
    let label = format!("app.kubernetes.io/instance={}", cluster.release);
    let list = cluster.get(&["deployments", "-l", &label]).await?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let of = |service: &str| {
        let component =
            |item: &Value| item["metadata"]["labels"]["app.kubernetes.io/component"].clone();
        let found = items.iter().find(|item| component(item) == service);
        found.map_or(0, |item| {
            item["status"]["readyReplicas"].as_u64().unwrap_or(0)
        })
    };
    Ok(SERVICES.map(|service| (service, of(service))).to_vec())
}
