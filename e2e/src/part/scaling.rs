//! `scaling`: the replicas of frontend and backend rise under load and fall after it; nobody who is
//! served notices.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cluster::{Cluster, name};
use crate::http::Site;
use crate::ledger::Account;
use crate::left_out::LeftOut;
use crate::load::{Crowd, Load};
use crate::part::unless_ended;
use crate::replicas::{Watch, ready};
use crate::series::Series;

/// The annotation that keeps the original while another way down or another aim is in force.
const KEPT: &str = "todo-e2e/scaling";
/// The services that scale.
const SCALED: [&str; 2] = ["frontend", "backend"];
/// These users are there before the crowd and after it, so that somebody sees how it is then.
const FEW: Crowd = Crowd {
    users: 2,
    think: Duration::from_millis(200),
};
/// A crowd grows by its own size at most so often…
const GROUPS: usize = 4;
/// …and so fast: an autoscaler looks each 15 s at figures of the last 15 s.
const GROWTH: Duration = Duration::from_secs(30);
/// If calls take longer than this, more of them would only wait for each other.
const SLOW: Duration = Duration::from_secs(1);
/// An autoscaler lets it be as long as its figure is not this much above what it aims at.
const TOLERANCE: f64 = 1.1;
/// How long they are alone at first.
const BEFORE: Duration = Duration::from_secs(10);

/// What is asked for.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    cluster: Cluster,
    /// How long the replicas may take to rise
    #[arg(long, default_value = "5m", value_parser = humantime::parse_duration)]
    rise: Duration,
    /// Shrinks the window for scaling down to this for the time of the test; 0s leaves it as it is,
    /// and so does a longer one
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    scale_down: Duration,
    /// The file for what a report can plot
    #[arg(long)]
    series: Option<PathBuf>,
}

/// Loads until they rise, then waits until they fall.
pub async fn run(options: &Options) -> Result<()> {
    let cluster = &options.cluster;
    let scalers = scalers(cluster).await?;
    let window = window(options.scale_down, &scalers);
    shrink(cluster, &scalers, window).await?;
    let scaled = unless_ended(up_and_down(options, &scalers, window)).await;
    restore(cluster, &scalers).await?;
    scaled
}

async fn up_and_down(options: &Options, scalers: &[Scaler], window: Duration) -> Result<()> {
    let series = Series::create(options.series.as_deref())?;
    let few = Load::start(&options.site, &FEW, series);
    let watch = Watch::start(options.cluster.clone(), few.shared());
    sleep(BEFORE).await;
    let before = few.shared().tally().take_phase();
    let (mut accounts, risen) = crowded(options, scalers, &few).await;
    let during = few.shared().tally().take_phase();
    let fallen = match risen {
        Ok(()) => fall(options, scalers, &few, window).await,
        failed => failed,
    };
    let after = few.shared().tally().take_phase();
    drop(watch);
    let mut outcome = few.end().await;
    outcome.accounts.append(&mut accounts);
    outcome.tell();
    for (when, calls) in [("before", before), ("during", during), ("after", after)] {
        println!(
            "{when} the load: {} calls, p95 {:.1} ms",
            calls.count(),
            calls.quantile(0.95)
        );
    }
    fallen?;
    outcome.without_fault()?;
    outcome.nothing_lost(&options.site).await.map(drop)
}

/// Crowds come and grow until every service has more replicas, and go.
async fn crowded(options: &Options, scalers: &[Scaler], few: &Load) -> (Vec<Account>, Result<()>) {
    let mut groups = Vec::new();
    let more = |scaler: &Scaler, now: u64| now > scaler.rest;
    let risen = tokio::select! {
        risen = all(options, scalers, few, options.rise, "more replicas than", more) => risen,
        never = grow(options, scalers, few, &mut groups) => never,
    };
    few.shared().series.event("the users leave");
    let risen = risen.and(aim_as_before(options, scalers).await);
    let mut accounts = Vec::new();
    for group in &mut groups {
        accounts.extend(group.leave().await);
    }
    (accounts, risen)
}

/// How much a machine can take is not known, nor how little its autoscalers need: a service gets
/// more users only while its autoscaler sees no reason to act. Where the machine has no more to
/// give, the autoscaler is told to be content with less.
async fn grow(
    options: &Options,
    scalers: &[Scaler],
    few: &Load,
    groups: &mut Vec<Load>,
) -> Result<()> {
    loop {
        let slow = few.shared().is_slower_than(SLOW);
        for scaler in scalers {
            let hpa = options.cluster.get(&["hpa", &scaler.name]).await?;
            match is_busy(&hpa, scaler.rest) {
                true => {}
                false if groups.len() >= scalers.len() && slow => {
                    aim_lower(options, scaler, &hpa, few).await?
                }
                false if groups.len() < GROUPS * scalers.len() => {
                    groups.push(one_more(options, scaler, few));
                }
                false => {}
            }
        }
        sleep(GROWTH).await;
    }
}

/// At half of what it sees.
async fn aim_lower(options: &Options, scaler: &Scaler, hpa: &Value, few: &Load) -> Result<()> {
    let Some(seen) = utilization(&hpa["status"]["currentMetrics"], "current", "cpu") else {
        return Ok(());
    };
    let aim = (seen / 2.0).floor().max(1.0);
    let text = format!(
        "the machine has no more to give: {} aims at {aim} % of its CPU for now",
        scaler.service
    );
    few.shared().series.event(&text);
    let metrics = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": aim as u64 } } }]);
    patch(
        &options.cluster,
        scaler,
        json!({ "metrics": metrics }),
        true,
    )
    .await
}

async fn aim_as_before(options: &Options, scalers: &[Scaler]) -> Result<()> {
    for scaler in scalers {
        let before = json!({ "metrics": scaler.original["metrics"] });
        patch(&options.cluster, scaler, before, true).await?;
    }
    Ok(())
}

/// Calls of the API go past the frontend, so it needs visitors of its own to have something to do;
/// each asks for much.
fn one_more(options: &Options, scaler: &Scaler, few: &Load) -> Load {
    let (who, group) = match scaler.service {
        "frontend" => ("visitors", few.visitors(&options.crowd)),
        _ => ("users", few.more(&options.crowd)),
    };
    let event = format!("{} more {who} begin", options.crowd.users);
    few.shared().series.event(&event);
    group
}

/// Whether an autoscaler has acted, or sees a reason to.
fn is_busy(hpa: &Value, rest: u64) -> bool {
    let too_much = |name: &&str| {
        let aim = utilization(&hpa["spec"]["metrics"], "target", name);
        let seen = utilization(&hpa["status"]["currentMetrics"], "current", name);
        aim.zip(seen)
            .is_some_and(|(aim, seen)| seen > aim * TOLERANCE)
    };
    let desired = hpa["status"]["desiredReplicas"].as_u64();
    desired.is_some_and(|desired| desired > rest) || ["cpu", "memory"].iter().any(too_much)
}

/// In percent of what the pods request.
fn utilization(metrics: &Value, what: &str, name: &str) -> Option<f64> {
    let mut metrics = metrics.as_array()?.iter();
    let resource = metrics.find(|metric| metric["resource"]["name"] == name)?;
    resource["resource"][what]["averageUtilization"].as_f64()
}

/// One replica goes at a time, after the window.
async fn fall(options: &Options, scalers: &[Scaler], few: &Load, window: Duration) -> Result<()> {
    let patience = window * 4 + Duration::from_secs(180);
    let fewer = |scaler: &Scaler, now: u64| now <= scaler.rest;
    all(options, scalers, few, patience, "as few replicas as", fewer).await
}

/// Waits until it is so for every service, and says how long each took.
async fn all(
    options: &Options,
    scalers: &[Scaler],
    few: &Load,
    patience: Duration,
    what: &str,
    so: impl Fn(&Scaler, u64) -> bool,
) -> Result<()> {
    let began = Instant::now();
    let mut waiting: Vec<&Scaler> = scalers.iter().collect();
    while !waiting.is_empty() {
        let ready = ready(&options.cluster).await?;
        let number = |scaler: &Scaler| {
            ready
                .iter()
                .find(|(name, _)| *name == scaler.service)
                .map_or(0, |it| it.1)
        };
        for scaler in waiting.extract_if(.., |scaler| so(scaler, number(scaler))) {
            let (service, now, took) = (scaler.service, number(scaler), began.elapsed().as_secs());
            few.shared().series.event(&format!(
                "{service} has {what} at rest after {took} s: {now}"
            ));
        }
        if began.elapsed() > patience {
            let Some(scaler) = waiting.first() else { break };
            bail!("{}", stuck(options, scaler, what, patience).await?);
        }
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// What the autoscaler itself says about a service that does not get there.
async fn stuck(
    options: &Options,
    scaler: &Scaler,
    what: &str,
    patience: Duration,
) -> Result<String> {
    let hpa = options.cluster.get(&["hpa", &scaler.name]).await?;
    let conditions = hpa["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let said = conditions
        .iter()
        .filter_map(|it| it["message"].as_str())
        .collect::<Vec<_>>()
        .join("; ");
    Ok(format!(
        "{} did not get {what} at rest, {}, within {} s; its autoscaler (at most {}) says: {said}",
        scaler.service,
        scaler.rest,
        patience.as_secs(),
        hpa["spec"]["maxReplicas"]
    ))
}

/// A service's autoscaler, as it was before.
struct Scaler {
    service: &'static str,
    name: String,
    rest: u64,
    /// What is changed for a while: `metrics` and `behavior`.
    original: Value,
}

async fn scalers(cluster: &Cluster) -> Result<Vec<Scaler>> {
    let mut found = Vec::new();
    for service in SCALED {
        let Ok(hpa) = cluster.one("hpa", service).await else {
            return Err(LeftOut(format!("{service} has no autoscaler in this profile")).into());
        };
        found.push(Scaler {
            service,
            name: name(&hpa).to_string(),
            rest: hpa["spec"]["minReplicas"].as_u64().unwrap_or(1),
            original: original(&hpa),
        });
    }
    Ok(found)
}

/// As the chart has it, also where a run that was killed left it changed.
fn original(hpa: &Value) -> Value {
    let kept = hpa["metadata"]["annotations"][KEPT].as_str();
    let spec = &hpa["spec"];
    kept.and_then(|kept| serde_json::from_str(kept).ok())
        .unwrap_or_else(|| json!({ "metrics": spec["metrics"], "behavior": { "scaleDown": spec["behavior"]["scaleDown"] } }))
}

fn longest_window(scalers: &[Scaler]) -> Duration {
    let windows = scalers.iter().filter_map(|scaler| {
        scaler.original["behavior"]["scaleDown"]["stabilizationWindowSeconds"].as_u64()
    });
    Duration::from_secs(windows.max().unwrap_or(300))
}

/// The window that is in force while this runs: the chart's, or a shorter one that was asked for.
fn window(asked: Duration, scalers: &[Scaler]) -> Duration {
    let own = longest_window(scalers);
    match asked {
        Duration::ZERO => own,
        asked => asked.min(own),
    }
}

/// For a gate that has no five minutes: the same way down in a shorter window.
async fn shrink(cluster: &Cluster, scalers: &[Scaler], to: Duration) -> Result<()> {
    let (seconds, own) = (to.as_secs(), longest_window(scalers).as_secs());
    if seconds >= own {
        return Ok(());
    }
    println!("the window for scaling down is {seconds} s for now, instead of {own} s");
    let policies = json!([{ "type": "Pods", "value": 1, "periodSeconds": seconds.max(1) }]);
    let down = json!({ "stabilizationWindowSeconds": seconds, "policies": policies });
    for scaler in scalers {
        let spec = json!({ "behavior": { "scaleDown": down } });
        patch(cluster, scaler, spec, true).await?;
    }
    Ok(())
}

async fn restore(cluster: &Cluster, scalers: &[Scaler]) -> Result<()> {
    for scaler in scalers {
        patch(cluster, scaler, scaler.original.clone(), false).await?;
    }
    Ok(())
}

/// Changes it, for a while or back.
async fn patch(cluster: &Cluster, scaler: &Scaler, spec: Value, for_a_while: bool) -> Result<()> {
    let kept = match for_a_while {
        true => scaler.original.to_string().into(),
        false => Value::Null,
    };
    let patch = json!({ "metadata": { "annotations": { KEPT: kept } }, "spec": spec }).to_string();
    let args = ["patch", "hpa", &scaler.name, "--type=merge", "-p", &patch];
    cluster.kubectl(&args).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_that_has_reason_to_act_gets_no_more_users() {
        let hpa = |cpu: u64, memory: u64, desired: u64| {
            let metric = |name: &str, when: &str, percent: u64| json!({"type": "Resource", "resource": {"name": name, when: {"averageUtilization": percent}}});
            let aims = [metric("cpu", "target", 70), metric("memory", "target", 80)];
            let seen = [
                metric("cpu", "current", cpu),
                metric("memory", "current", memory),
            ];
            json!({"spec": {"metrics": aims}, "status": {"currentMetrics": seen, "desiredReplicas": desired}})
        };
        assert!(!is_busy(&hpa(10, 20, 2), 2));
        assert!(!is_busy(&hpa(77, 88, 2), 2), "within its tolerance");
        assert!(is_busy(&hpa(78, 20, 2), 2));
        assert!(is_busy(&hpa(10, 89, 2), 2));
        assert!(is_busy(&hpa(10, 20, 3), 2), "it has acted");
        assert!(
            !is_busy(&json!({"spec": {}, "status": {}}), 2),
            "it has seen nothing yet"
        );
    }
}
