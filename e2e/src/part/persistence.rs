//! `persistence`: what PostgreSQL and redis hold survives the end of their pods, an upgrade, a
//! rollback, and the release itself where its volumes are kept. Tried on a second release, because
//! the first one's data is somebody's.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::http::Site;
use crate::ledger::Account;
use crate::load::{Crowd, Load};
use crate::part::unless_ended;
use crate::scratch::{PATIENCE, Scratch};
use crate::series::Series;
use crate::verdict::nothing_lost;

/// Enough users and time for some hundred tasks.
const CROWD: Crowd = Crowd {
    users: 10,
    think: Duration::from_millis(200),
};
const DURATION: Duration = Duration::from_secs(8);
/// What redis must remember.
const KEY: [&str; 2] = ["todo-e2e:persistence", "kept"];

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    cluster: Cluster,
    /// The chart
    #[arg(long, default_value = "helm/todo-chatbot")]
    chart: String,
    /// Delete the volumes between two releases, to see that it is noticed
    #[arg(long)]
    drop_volumes: bool,
}

/// Fills it, shakes it, counts.
pub async fn run(options: &Options) -> Result<()> {
    let scratch = Scratch::install(
        &options.cluster,
        &options.site,
        &options.chart,
        "persistence",
    )
    .await?;
    let tried = unless_ended(shake(&scratch, options)).await;
    scratch.remove().await?;
    tried
}

async fn shake(scratch: &Scratch, options: &Options) -> Result<()> {
    let cluster = &scratch.cluster;
    let accounts = fill(scratch).await?;
    redis(cluster, &["set", KEY[0], KEY[1]]).await?;
    for (how, args) in [
        ("deleted", &[][..]),
        ("killed at once", &["--grace-period=0", "--force"][..]),
    ] {
        for database in ["postgresql", "redis"] {
            let pod = cluster.database(database).await?;
            cluster
                .kubectl(&[&["delete", "pod", &pod], args].concat())
                .await?;
            cluster.rolled_out(database, "120s").await?;
        }
        still_there(
            scratch,
            &accounts,
            &format!("after the databases' pods were {how}"),
        )
        .await?;
    }
    scratch
        .upgrade(
            &["logLevel=debug".into(), "redis.maxmemory=90mb".into()],
            true,
        )
        .await?;
    still_there(
        scratch,
        &accounts,
        "after an upgrade that restarted every service and redis",
    )
    .await?;
    cluster
        .helm(
            &[
                "rollback",
                &cluster.release,
                "--wait",
                "--timeout",
                PATIENCE,
            ],
            None,
        )
        .await?;
    still_there(scratch, &accounts, "after its rollback").await?;
    cluster
        .helm(
            &["uninstall", &cluster.release, "--wait", "--timeout", "3m"],
            None,
        )
        .await?;
    if options.drop_volumes {
        cluster.kubectl(&["delete", "pvc", "--all"]).await?;
    }
    scratch.deploy().await?;
    still_there(
        scratch,
        &accounts,
        "after the release was uninstalled and installed again",
    )
    .await
}

async fn fill(scratch: &Scratch) -> Result<Vec<Account>> {
    let load = Load::start(&scratch.site, &CROWD, Series::create(None)?);
    sleep(DURATION).await;
    Ok(load.end().await.accounts)
}

async fn still_there(scratch: &Scratch, accounts: &[Account], when: &str) -> Result<()> {
    nothing_lost(accounts, &scratch.site)
        .await
        .with_context(|| when.to_string())?;
    let found = redis(&scratch.cluster, &["get", KEY[0]]).await?;
    ensure!(
        found.trim() == KEY[1],
        "{when}: redis does not know any more what it was told to keep"
    );
    println!("everything is there {when}");
    Ok(())
}

async fn redis(cluster: &Cluster, command: &[&str]) -> Result<String> {
    let pod = cluster.database("redis").await?;
    cluster
        .kubectl(
            &[
                &["exec", &pod, "--", "redis-cli", "-h", "127.0.0.1"],
                command,
            ]
            .concat(),
        )
        .await
}
