//! `rollback`: releases that are broken on purpose, each in its own way, are noticed by their
//! cause, leave their evidence in files, and are rolled back by the pipeline, while the old pods
//! serve on. Tried on a second release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::http::Site;
use crate::load::{Crowd, Load};
use crate::part::unless_ended;
use crate::replicas::Watch;
use crate::scratch::Scratch;
use crate::series::Series;

/// A pipeline that only asks; beside this package's manifest.
const PIPELINE: &str = "e2e/rollout.toml";

/// Enough users to notice a moment without service.
const CROWD: Crowd = Crowd {
    users: 10,
    think: Duration::from_millis(500),
};
/// Quiet time around each fault.
const SETTLE: Duration = Duration::from_secs(4);

/// One way to break a release.
struct Fault {
    key: &'static str,
    component: &'static str,
    /// What must be told as its cause: the words that only this fault brings into the cluster.
    cause: &'static str,
}

const FAULTS: [Fault; 3] = [
    Fault {
        key: "badImage",
        component: "frontend",
        cause: "missing-on-purpose",
    },
    Fault {
        key: "crash",
        component: "backend",
        cause: "broken-on-purpose",
    },
    Fault {
        key: "unready",
        component: "mcp-server",
        cause: "statuscode: 404",
    },
];

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
    /// The folder for the evidence of each bad release
    #[arg(long)]
    evidence: PathBuf,
    /// Leave the bad release as it is, to see that it is noticed
    #[arg(long)]
    no_rollback: bool,
    /// The file for what a report can plot
    #[arg(long)]
    series: Option<PathBuf>,
}

/// Breaks it and rolls it back, once for each fault.
pub async fn run(options: &Options) -> Result<()> {
    let scratch =
        Scratch::install(&options.cluster, &options.site, &options.chart, "rollback").await?;
    let tried = unless_ended(all(&scratch, options)).await;
    scratch.remove().await?;
    tried
}

async fn all(scratch: &Scratch, options: &Options) -> Result<()> {
    let series = Series::create(options.series.as_deref())?;
    let load = Load::start(&scratch.site, &CROWD, series);
    let watch = Watch::start(scratch.cluster.clone(), load.shared());
    sleep(SETTLE).await;
    let mut broken = Ok(());
    for fault in &FAULTS {
        broken = one(scratch, options, fault, &load)
            .await
            .with_context(|| format!("faults.{} of {}", fault.key, fault.component));
        if broken.is_err() {
            break;
        }
        sleep(SETTLE).await;
    }
    drop(watch);
    let outcome = load.end().await;
    outcome.tell();
    broken?;
    outcome.without_fault()?;
    outcome.nothing_lost(&scratch.site).await.map(drop)
}

async fn one(scratch: &Scratch, options: &Options, fault: &Fault, load: &Load) -> Result<()> {
    let shared = load.shared();
    let good = revision(scratch).await?;
    let began = Instant::now();
    shared.series.event(&format!(
        "a release with faults.{} of {} is deployed",
        fault.key, fault.component
    ));
    scratch
        .upgrade(
            &[
                format!("faults.component={}", fault.component),
                format!("faults.{}=true", fault.key),
            ],
            false,
        )
        .await?;
    let (well, said) = xtask(scratch, &["run", "noticed", "--force"]).await?;
    let folder = options.evidence.join(fault.key);
    keep_evidence(scratch, fault, &folder, &said).await?;
    ensure!(!well, "the bad release was taken for a good one");
    ensure!(
        said.contains(fault.cause),
        "the cause that was told does not name `{}`; see {}",
        fault.cause,
        folder.display()
    );
    shared.series.event(&format!(
        "it is noticed after {:.0} s: {}",
        began.elapsed().as_secs_f64(),
        cause_line(&said, fault.cause)
    ));
    // It verifies by the same steps where it went.
    let verified: &[&str] = match options.no_rollback {
        false => &["rollback"],
        true => &["run", "chart-tests", "--force"],
    };
    let (well, said) = xtask(scratch, verified).await?;
    ensure!(
        well,
        "after the rollback the release is not well: {}",
        cause_line(&said, "FAIL")
    );
    let now = revision(scratch).await?;
    ensure!(
        now.1 == format!("Rollback to {}", good.0),
        "the release is at revision {} ({}), not back at {}",
        now.0,
        now.1,
        good.0
    );
    shared.series.event(&format!(
        "it is rolled back and verified after {:.0} s",
        began.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The newest revision's number and description.
async fn revision(scratch: &Scratch) -> Result<(u64, String)> {
    let newest = scratch.newest().await?;
    let number = newest["revision"]
        .as_u64()
        .context("helm told no revision")?;
    Ok((
        number,
        newest["description"]
            .as_str()
            .unwrap_or_default()
            .to_string(),
    ))
}

/// Whether xtask succeeded, and all that it said. Its state is its own: the run that this is part
/// of holds the other.
async fn xtask(scratch: &Scratch, args: &[&str]) -> Result<(bool, String)> {
    let Cluster {
        context,
        namespace,
        release,
    } = &scratch.cluster;
    let state = std::env::temp_dir().join(format!("todo-e2e-{namespace}-{}", std::process::id()));
    let mut command = match std::env::var_os("XTASK") {
        Some(program) => Command::new(program),
        None => Command::new("cargo"),
    };
    if std::env::var_os("XTASK").is_none() {
        command.arg("xtask");
    }
    command.args(args).args([
        "-f",
        PIPELINE,
        "--progress",
        "plain",
        "--target",
        &format!("context:{context}"),
    ]);
    command.args([
        "--set",
        &format!("namespace={namespace}"),
        "--set",
        &format!("release={release}"),
    ]);
    let done = command
        .env("PIPELINE_STATE_DIR", &state)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let done = done.context("cargo xtask can't be started")?;
    let _ = fs::remove_dir_all(&state);
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    match done.status.code() {
        Some(0) => Ok((true, said)),
        Some(1) => Ok((false, said)),
        _ => bail!("cargo xtask {} can't say: {said}", args.join(" ")),
    }
}

/// The line with these words, or else the one that says what failed.
fn cause_line<'a>(said: &'a str, words: &str) -> &'a str {
    let mut lines = said.lines().map(str::trim);
    let named = lines.clone().find(|line| line.contains(words));
    named
        .or_else(|| lines.find(|line| line.starts_with("FAIL")))
        .unwrap_or("it said nothing")
}

/// What somebody needs who looks into it tomorrow, when pods and events are gone.
async fn keep_evidence(scratch: &Scratch, fault: &Fault, folder: &Path, said: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let cluster = &scratch.cluster;
    let selector = cluster.selector(fault.component);
    let questions: [(&str, &[&str]); 4] = [
        ("events.txt", &["get", "events", "--sort-by=.lastTimestamp"]),
        ("pods.txt", &["describe", "pods", "-l", &selector]),
        (
            "logs.txt",
            &[
                "logs",
                "-l",
                &selector,
                "--all-containers",
                "--prefix",
                "--tail=100",
                "--ignore-errors",
            ],
        ),
        (
            "objects.yaml",
            &["get", "deployments,replicasets,pods", "-o", "yaml"],
        ),
    ];
    for (file, question) in questions {
        let text = cluster
            .kubectl(question)
            .await
            .unwrap_or_else(|error| error.to_string());
        fs::write(folder.join(file), text)?;
    }
    fs::write(folder.join("verdict.txt"), said)?;
    println!("the evidence is in {}", folder.display());
    Ok(())
}
