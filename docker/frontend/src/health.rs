//! What probes ask: alive, ready, and a report for people. Only the report looks at the backend:
//! a page that is up must not leave the service because something behind it is away.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use crate::{config, proxy::Proxy};

const PATIENCE: Duration = Duration::from_secs(3);

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    draining: Arc<AtomicBool>,
    proxy: Proxy,
}

impl Health {
    /// `draining` is set by whoever ends the process.
    pub fn new(draining: Arc<AtomicBool>, proxy: Proxy) -> Self {
        Self { draining, proxy }
    }
}

/// `GET /livez`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: new requests are welcome.
pub async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    match health.draining.load(Ordering::Relaxed) {
        false => (StatusCode::OK, "ok\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
    }
}

/// `GET /health`: the state of the page and of what it depends on.
pub async fn report(State(health): State<Health>) -> Json<Value> {
    let backend = health.proxy.backend_answers("/livez", PATIENCE).await;
    Json(json!({
        "status": if backend { "ok" } else { "degraded" },
        "service": "frontend",
        "version": env!("CARGO_PKG_VERSION"),
        "dependencies": { "backend": if backend { "ok" } else { "unreachable" } },
    }))
}

/// The `healthcheck` subcommand: asks the server on this machine, for images without a shell.
pub fn check_own_port(port: Option<String>) -> Result<()> {
    let port = config::port(port.filter(|value| !value.trim().is_empty()))?;
    let answer =
        get_livez(port).with_context(|| format!("no answer from 127.0.0.1:{port}/livez"))?;
    let status = answer.lines().next().unwrap_or_default();
    ensure!(
        status.contains(" 200 "),
        "127.0.0.1:{port}/livez answered `{status}`"
    );
    Ok(())
}

fn get_livez(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
