//! The parts of `test-e2e` that are more than one request after the other.

use std::future::Future;

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

pub mod crash;
pub mod load;
pub mod mcp;
pub mod network;
pub mod persistence;
pub mod resilience;
pub mod rollback;
pub mod scaling;
pub mod security;

/// Does it, unless somebody ends this process: what was changed for a while can then still be put
/// back.
pub async fn unless_ended<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        done = work => done,
        _ = terminate.recv() => bail!("ended by SIGTERM"),
        _ = interrupt.recv() => bail!("ended by SIGINT"),
    }
}
