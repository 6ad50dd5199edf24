//! What of a machine gets in a deployment's way though every tool is there: each told with its fix,
//! none of them an obstacle by itself. All questions are asked at the same time; nothing is
//! changed.

use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::Found;
use engine::exec::Setting;
use engine::plan::World;
use kinds::programs::call;
use protocol::{Answer, Cmd, Failure, Probe};

/// Kinds of steps that use docker.
const WITH_DOCKER: [&str; 4] = ["image-build", "image-load", "minikube", "cluster"];
/// Clocks may differ by so much: certificates and tokens are made to bear it.
const SKEW: Duration = Duration::from_secs(10);
/// What nodes in containers need in sum (kind.sigs.k8s.io, known issues).
const INOTIFY: [(&str, u64); 2] = [("max_user_watches", 65_536), ("max_user_instances", 256)];
/// Where clusters of this machine answer: loopback, minikube's nodes, kind's nodes, services.
const NEAR: [&str; 4] = ["localhost", "127.0.0.1", "192.168.49.0/24", "10.96.0.0/12"];

/// What was found of docker, its builder, the kernel's limits and proxies, where the target's steps
/// use docker.
pub(super) fn look(world: &World) -> Vec<Found> {
    let steps = &world.pipeline.steps;
    if !steps
        .iter()
        .any(|step| WITH_DOCKER.contains(&step.entry.name))
    {
        return Vec::new();
    }
    let ask = |cmd: Cmd| world.exec.ask(&Probe::Run(cmd), &Setting::default());
    let (info, builder) = thread::scope(|scope| {
        let info = scope.spawn(|| ask(call("docker", ["info", "--format", "{{json .}}"])));
        let builder = ask(call("docker", ["buildx", "inspect"]));
        (info.join().unwrap_or(Answer::None(String::new())), builder)
    });
    // A daemon that does not answer is told by the step that checks the tools.
    let daemon = info.json().filter(Value::is_object);
    let mut found = Vec::new();
    if let Some(daemon) = &daemon {
        found.push(("docker".to_string(), of_daemon(daemon, SystemTime::now())));
        found.push(("builder".to_string(), of_builder(&builder)));
    }
    found.push(("inotify".to_string(), of_limits(&limit)));
    found.extend(of_proxies(&|name| std::env::var(name).ok()));
    found
}

/// Who answers, by which context, and whether its clock is ours.
fn of_daemon(info: &Value, now: SystemTime) -> Result<String, Failure> {
    let Some(version) = info["ServerVersion"]
        .as_str()
        .filter(|text| !text.is_empty())
    else {
        return Err(in_dockers_clothes(info));
    };
    let text = |value: &Value| value.as_str().unwrap_or("?").to_string();
    let context = text(&info["ClientInfo"]["Context"]);
    let told = humantime::parse_rfc3339(info["SystemTime"].as_str().unwrap_or_default());
    if let Some(skew) = told.ok().and_then(|its| apart(its, now)) {
        let failure = Failure::new(format!(
            "docker's clock is {} s away from this machine's: certificates and tokens look expired, or not yet valid",
            skew.as_secs()
        ));
        return Err(failure
            .fix("restart Docker Desktop, or set both by NTP (`sudo timedatectl set-ntp true`)"));
    }
    let system = text(&info["OperatingSystem"]);
    Ok(format!(
        "{version} on {system} answers at its context `{context}`"
    ))
}

fn in_dockers_clothes(info: &Value) -> Failure {
    let podman = info["host"].is_object() || info["version"]["Version"].is_string();
    let cause = match podman {
        true => "`docker` is podman: minikube, kind and image labels behave differently with it",
        false => "`docker info` does not tell a server's version",
    };
    Failure::new(cause).fix("install Docker Engine beside it and put it first on PATH, or set DOCKER_HOST to a real one")
}

/// How far two clocks are apart, if that is too far.
fn apart(one: SystemTime, other: SystemTime) -> Option<Duration> {
    let skew = one
        .duration_since(other)
        .unwrap_or_else(|err| err.duration());
    (skew > SKEW).then_some(skew)
}

/// Which builder a plain `docker build` would use. One of the user's own would keep images to
/// itself; builds here pass it by.
fn of_builder(answer: &Answer) -> Result<String, Failure> {
    let Some(told) = answer.stdout() else {
        let failure = Failure::new(
            "docker has no buildx: builds go by the old builder, without cache mounts and one stage at a time",
        );
        return Err(failure.fix("install it (Debian: `sudo apt-get install docker-buildx`; otherwise docs.docker.com/build/buildx)"));
    };
    let field = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("?", str::trim).to_string()
    };
    let (name, driver) = (field("Name:"), field("Driver:"));
    Ok(match driver.as_str() {
        "docker" => format!("buildx with docker's own builder `{name}`"),
        _ => format!(
            "buildx; the builder `{name}` ({driver}) keeps images to itself, so builds here use docker's own"
        ),
    })
}

/// One of the kernel's limits; `None` where there are none.
fn limit(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}"));
    text.ok()?.trim().parse().ok()
}

fn of_limits(limit: &dyn Fn(&str) -> Option<u64>) -> Result<String, Failure> {
    let low = |(name, least): &(&str, u64)| limit(name).is_some_and(|has| has < *least);
    let low: Vec<&(&str, u64)> = INOTIFY.iter().filter(|known| low(known)).collect();
    if low.is_empty() {
        return Ok("watches and instances suffice for nodes in containers".to_string());
    }
    let has = |name: &str| limit(name).unwrap_or_default();
    let cause = low
        .iter()
        .map(|(name, least)| format!("{name} is {}, {least} are needed", has(name)));
    let set = low
        .iter()
        .map(|(name, least)| format!("fs.inotify.{name}={least}"));
    let (cause, set): (Vec<_>, Vec<_>) = (cause.collect(), set.collect());
    let failure = Failure::new(format!(
        "the kernel's limits end what runs in nodes (\"too many open files\"): {}",
        cause.join(", ")
    ));
    Err(failure.fix(format!(
        "`sudo sysctl {}`, and the same lines in /etc/sysctl.d/ to keep it",
        set.join(" ")
    )))
}

/// A proxy that would be asked for what is on this machine; nothing if there is none.
fn of_proxies(variable: &dyn Fn(&str) -> Option<String>) -> Option<Found> {
    let either = |name: &str| {
        let value = variable(name).or_else(|| variable(&name.to_lowercase()));
        value.filter(|value| !value.is_empty())
    };
    let proxy = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
        .into_iter()
        .find(|name| either(name).is_some())?;
    let spared = either("NO_PROXY").unwrap_or_default();
    let is_spared =
        |near: &&&str| spared == "*" || spared.split(',').any(|part| part.trim() == **near);
    let lacking: Vec<&str> = NEAR
        .iter()
        .filter(|near| !is_spared(near))
        .copied()
        .collect();
    let result = match lacking.is_empty() {
        true => Ok(format!("{proxy} is set, and what is near is spared")),
        false => {
            let failure = Failure::new(format!(
                "{proxy} is set and would be asked for clusters of this machine: NO_PROXY lacks {}",
                lacking.join(", ")
            ));
            let all: Vec<&str> = spared
                .split(',')
                .filter(|part| !part.is_empty())
                .chain(lacking)
                .collect();
            Err(failure.fix(format!("export NO_PROXY={}", all.join(","))))
        }
    };
    Some(("proxy".to_string(), result))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn info(time: &str) -> Value {
        json!({"ServerVersion": "28.2.2", "OperatingSystem": "Debian", "SystemTime": time, "ClientInfo": {"Context": "desktop"}})
    }

    #[test]
    fn a_clock_that_is_elsewhere_and_podman_are_named() {
        let now = humantime::parse_rfc3339("2026-01-01T00:00:00Z").unwrap();
        let told = of_daemon(&info("2026-01-01T00:00:02.5Z"), now).unwrap();
        assert_eq!(told, "28.2.2 on Debian answers at its context `desktop`");
        for time in ["2026-01-01T00:01:30Z", "2025-12-31T23:58:30Z"] {
            let skewed = of_daemon(&info(time), now).unwrap_err();
            assert!(
                skewed.cause.contains("clock is 90 s away"),
                "{}",
                skewed.cause
            );
        }
        let podman = of_daemon(
            &json!({"host": {"arch": "amd64"}, "version": {"Version": "4.3.1"}}),
            now,
        );
        assert!(podman.unwrap_err().cause.contains("is podman"));
    }

    #[test]
    fn a_builder_that_keeps_images_is_named_and_a_missing_one_told() {
        let ran = |code, stdout: &str| {
            Answer::Ran(protocol::Output {
                code,
                stdout: stdout.to_string(),
                ..Default::default()
            })
        };
        let own = of_builder(&ran(0, "Name:   mine\nDriver: docker-container\n")).unwrap();
        assert!(own.contains("`mine` (docker-container) keeps images to itself"));
        assert!(of_builder(&ran(1, "")).unwrap_err().fix.is_some());
    }

    #[test]
    fn low_limits_come_with_the_line_that_raises_them() {
        assert!(of_limits(&|_| None).is_ok());
        let low = of_limits(&|name| {
            Some(if name == "max_user_instances" {
                128
            } else {
                1 << 20
            })
        });
        let fix = low.unwrap_err().fix.unwrap();
        assert!(
            fix.contains("sysctl fs.inotify.max_user_instances=256`"),
            "{fix}"
        );
    }

    #[test]
    fn a_proxy_must_spare_what_is_near() {
        assert!(of_proxies(&|_| None).is_none());
        let with = |no_proxy: &'static str| {
            move |name: &str| match name {
                "https_proxy" => Some("http://proxy:3128".to_string()),
                "NO_PROXY" => Some(no_proxy.to_string()),
                _ => None,
            }
        };
        let (_, lacks) = of_proxies(&with("localhost,127.0.0.1")).unwrap();
        let fix = lacks.unwrap_err().fix.unwrap();
        assert_eq!(
            fix,
            "export NO_PROXY=localhost,127.0.0.1,192.168.49.0/24,10.96.0.0/12"
        );
        let all = "localhost, 127.0.0.1,192.168.49.0/24,10.96.0.0/12";
        assert!(
            [with("*"), with(all)]
                .iter()
                .all(|with| of_proxies(with).unwrap().1.is_ok())
        );
    }
}
