//! How a service ends: unready, drain, close. Knows nothing of what it serves.
//!
//! On SIGTERM or SIGINT the service first says it is not ready, so that load balancers send
//! no more, and asks whoever still calls on a connection it kept to open another one, which
//! leads elsewhere; after a pause it accepts no connection and finishes those it has; what is not
//! finished in time is cut.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::env::{ConfigError, Env};

/// How long open requests may take to finish.
const DRAIN: Duration = Duration::from_secs(20);

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

    /// Serves until a signal comes, then drains. Returns when the last request was answered.
    pub async fn serve(&self, listener: TcpListener, router: Router) -> io::Result<()> {
        self.serve_then(listener, router, async {}).await
    }

    /// The same, and `rest`, which is work that no open request waits for, gets what is left of the time to drain.
    pub async fn serve_then(
        &self,
        listener: TcpListener,
        router: Router,
        rest: impl Future<Output = ()>,
    ) -> io::Result<()> {
        tokio::spawn(self.clone().end_on_signal());
        let closing = self.clone();
        let service = router
            .layer(from_fn_with_state(self.clone(), part))
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, service)
            .with_graceful_shutdown(async move { closing.closing().await });
        let all = async {
            server.await?;
            rest.await;
            Ok(())
        };
        tokio::select! {
            served = all => return served,
            () = self.drained_too_long() => {}
        }
        tracing::warn!("what was still open after {DRAIN:?} was cut");
        Ok(())
    }

    async fn end_on_signal(self) {
        match signalled().await {
            Ok(name) => tracing::info!(signal = name, "ending: no longer ready, draining"),
            Err(error) => {
                return tracing::error!(%error, "signals cannot be received, only SIGKILL ends this process");
            }
        }
        self.end().await;
    }

    async fn drained_too_long(&self) {
        self.closing().await;
        tokio::time::sleep(DRAIN).await;
    }
}

/// Ends the connection with the answer once the service is leaving: behind a Service of Kubernetes a
/// kept connection leads to the same pod until it is closed, and a call sent while it is being
/// closed is lost.
async fn part(State(lifecycle): State<Lifecycle>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if lifecycle.is_ending() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Returns the name of the first signal that asks the process to end.
async fn signalled() -> io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn ask(connection: &mut TcpStream) -> String {
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        connection.write_all(request).await.unwrap();
        let mut answer = [0; 1024];
        let length = connection.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).to_lowercase()
    }

    #[tokio::test]
    async fn who_calls_while_the_service_leaves_is_answered_and_sent_elsewhere() {
        let lifecycle = Lifecycle::new(Duration::from_secs(3600));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = lifecycle.clone();
        tokio::spawn(async move { serving.serve(listener, Router::new()).await });
        let mut kept = TcpStream::connect(address).await.unwrap();
        assert!(!ask(&mut kept).await.contains("connection: close"));
        tokio::spawn({
            let leaving = lifecycle.clone();
            async move { leaving.end().await }
        });
        while !lifecycle.is_ending() {
            tokio::task::yield_now().await;
        }
        assert!(ask(&mut kept).await.contains("connection: close"));
        assert_eq!(kept.read(&mut [0]).await.unwrap(), 0, "it stays open");
    }
}
