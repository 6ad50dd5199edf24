//! How a service ends: unready, then closing.
//!
//! On SIGTERM or SIGINT the service first says it is not ready, so that load balancers send
//! no more; [`crate::server`] asks whoever still calls on a connection it kept to open another
//! one, which leads elsewhere. After a pause it accepts no connection and finishes those it has.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::env::{ConfigError, Env};

/// Whether the service is staying or leaving; clones see the same.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    stage: watch::Sender<Stage>,
    pause: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Stage {
    Serving,
    Unready,
    Closing,
}

impl Lifecycle {
    /// A service that keeps answering for `pause` after it was told to end.
    pub fn new(pause: Duration) -> Self {
        Lifecycle {
            stage: watch::Sender::new(Stage::Serving),
            pause,
        }
    }

    /// The pause from `SHUTDOWN_DELAY_SECONDS`; without it 3 s in production, where load
    /// balancers must notice, and none elsewhere.
    pub fn from_env(env: &Env<'_>) -> Result<Self, ConfigError> {
        let production = env.optional("ENVIRONMENT").as_deref() == Some("production");
        let pause = env.parsed("SHUTDOWN_DELAY_SECONDS", if production { 3 } else { 0 })?;
        Ok(Lifecycle::new(Duration::from_secs(pause)))
    }

    /// Whether the service was told to end; `/readyz` then answers 503.
    pub fn is_ending(&self) -> bool {
        *self.stage.borrow() >= Stage::Unready
    }

    /// Returns when streams that would stay open must end.
    pub async fn closing(&self) {
        let mut stage = self.stage.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = stage.wait_for(|stage| *stage == Stage::Closing).await;
    }

    /// Begins the end, as a signal does.
    pub async fn end(&self) {
        self.stage.send_replace(Stage::Unready);
        tokio::time::sleep(self.pause).await;
        self.stage.send_replace(Stage::Closing);
    }

    /// From now on a signal begins the end.
    pub(crate) fn end_on_signal(&self) {
        let (terminate, interrupt) = match signals() {
            Ok(signals) => signals,
            Err(error) => {
                return tracing::error!(%error, "signals cannot be received, only SIGKILL ends this process");
            }
        };
        let lifecycle = self.clone();
        tokio::spawn(async move {
            let signal = first(terminate, interrupt).await;
            tracing::info!(signal, "ending: no longer ready, draining");
            lifecycle.end().await;
        });
    }
}

/// Those that ask a process to end: SIGTERM and SIGINT.
fn signals() -> io::Result<(Signal, Signal)> {
    let terminate = signal(SignalKind::terminate())?;
    Ok((terminate, signal(SignalKind::interrupt())?))
}

/// The name of the one that comes first.
async fn first(mut terminate: Signal, mut interrupt: Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
