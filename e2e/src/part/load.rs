//! `load`: many users for a while; not one call fails, and nothing acknowledged is lost.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::http::Site;
use crate::load::{Crowd, Load};
use crate::series::Series;

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    crowd: Crowd,
    /// For how long
    #[arg(long, default_value = "5m", value_parser = humantime::parse_duration)]
    duration: Duration,
    /// 95 of 100 calls must be answered within this time
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration)]
    p95: Duration,
    /// The file for what a report can plot
    #[arg(long)]
    series: Option<PathBuf>,
}

/// Plays them.
pub async fn run(options: &Options) -> Result<()> {
    let series = Series::create(options.series.as_deref())?;
    let load = Load::start(&options.site, &options.crowd, series);
    sleep(options.duration).await;
    let outcome = load.end().await;
    outcome.tell();
    outcome.without_fault()?;
    outcome.nothing_lost(&options.site).await?;
    outcome.fast(options.p95)
}
