//! `crash`: the services as processes on this machine, on a database of their own, each ended with
//! `kill -9` under load and started again. Users may be told to come back, or find nobody for a
//! moment; what was acknowledged is there afterwards.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::cluster::until;
use crate::http::Site;
use crate::load::{Crowd, Load};
use crate::series::Series;

/// Users who leave no moment without a write.
const CROWD: Crowd = Crowd {
    users: 10,
    think: Duration::from_millis(100),
};
/// Between two ends.
const SETTLE: Duration = Duration::from_secs(3);
/// How long a process may take to answer.
const READY: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    /// The folder of the programs frontend, backend and mcp-server
    #[arg(long, default_value = "docker/target/debug")]
    programs: PathBuf,
    /// How often each of them is ended
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Take the database's log away at the end, to see that losses are noticed
    #[arg(long)]
    lose: bool,
    /// The file for what a report can plot
    #[arg(long)]
    series: Option<PathBuf>,
}

/// Ends and starts them, then counts.
pub async fn run(options: &Options) -> Result<()> {
    let folder =
        Folder(std::env::temp_dir().join(format!("todo-e2e-crash-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)
        .with_context(|| format!("{} can't be made", folder.0.display()))?;
    let ports = Ports {
        frontend: free_port()?,
        backend: free_port()?,
        mcp_server: free_port()?,
    };
    let mut services = Vec::new();
    for name in ["mcp-server", "backend", "frontend"] {
        services.push(Service::start(name, options, &ports, &folder.0).await?);
    }
    let site = Site {
        base: format!("http://127.0.0.1:{}", ports.frontend),
        host: None,
    };
    let load = Load::start(&site, &CROWD, Series::create(options.series.as_deref())?);
    sleep(SETTLE).await;
    for round in 0..options.rounds {
        for service in &mut services {
            load.shared().series.event(&format!(
                "round {}: {} is ended with kill -9",
                round + 1,
                service.name
            ));
            service.process.kill().await?;
            *service = Service::start(service.name, options, &ports, &folder.0).await?;
            sleep(SETTLE).await;
        }
    }
    let outcome = load.end().await;
    outcome.tell();
    let good = outcome.tally.total();
    ensure!(
        good.count() > 2 * (good.failed + good.refused),
        "most calls went wrong, so little is proven"
    );
    if options.lose {
        lose(&mut services, options, &ports, &folder.0).await?;
    }
    outcome.nothing_lost(&site).await.map(drop)
}

/// Removed with what is in it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Ports {
    frontend: u16,
    backend: u16,
    mcp_server: u16,
}

struct Service {
    name: &'static str,
    process: Child,
}

impl Service {
    async fn start(
        name: &'static str,
        options: &Options,
        ports: &Ports,
        folder: &Path,
    ) -> Result<Service> {
        let Ports {
            frontend,
            backend,
            mcp_server,
        } = ports;
        let port = match name {
            "frontend" => frontend,
            "backend" => backend,
            _ => mcp_server,
        };
        let program = options.programs.join(name);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join(format!("{name}.log")))?;
        let mut command = Command::new(&program);
        command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        command.envs([
            ("HOST", "127.0.0.1".to_string()),
            ("PORT", port.to_string()),
            ("LOG_LEVEL", "warn".into()),
        ]);
        command.env(
            "DATABASE_URL",
            format!("sqlite://{}", folder.join("todo.db").display()),
        );
        command.env(
            "BETTER_AUTH_SECRET",
            "of-these-processes-only-0123456789abcdef",
        );
        command.env(
            "MCP_SERVER_URL",
            format!("http://127.0.0.1:{mcp_server}/mcp"),
        );
        command.env("BACKEND_URL", format!("http://127.0.0.1:{backend}"));
        command.envs(
            ["AUTH", "LOGIN", "CHAT", "API"].map(|limit| (format!("RATE_LIMIT_{limit}"), "0")),
        );
        let process = command
            .spawn()
            .with_context(|| format!("{} can't be started", program.display()))?;
        let mut service = Service { name, process };
        until(&format!("the start of {name}"), READY, async || {
            service.answers(*port).await
        })
        .await?;
        Ok(service)
    }

    async fn answers(&mut self, port: u16) -> Result<Option<()>> {
        if let Some(status) = self.process.try_wait()? {
            bail!("{} ended at once: {status}", self.name);
        }
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/livez")).await;
        Ok(answer
            .is_ok_and(|answer| answer.status().is_success())
            .then_some(()))
    }
}

/// Takes the last committed pages away, as a disk that lied about them would.
async fn lose(
    services: &mut [Service],
    options: &Options,
    ports: &Ports,
    folder: &Path,
) -> Result<()> {
    for service in services.iter_mut() {
        service.process.kill().await?;
    }
    std::fs::remove_file(folder.join("todo.db-wal")).context("there is no log to lose")?;
    for service in services.iter_mut() {
        *service = Service::start(service.name, options, ports, folder).await?;
    }
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
