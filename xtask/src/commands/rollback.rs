//! `rollback`: an earlier revision of the release, verified by the steps of the goal
//! `after-rollback`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::release::Release;
use super::{goal, open};
use crate::cli::Global;
use engine::exec::Setting;
use engine::signals::{self, Interrupted};
use kinds::programs::helm;

/// The goal whose steps tell whether the release is well again. They need nothing that would
/// deploy.
const VERIFY: &str = "after-rollback";

/// Rolls back, and verifies it.
pub(super) fn run(global: &Global, revision: Option<u32>) -> Result<u8> {
    let opened = open::open(global)?;
    let release = Release::of(&opened, "to roll back")?;
    let mut lock = match global.dry_run {
        true => None,
        false => Some(opened.world.state.lock()?),
    };
    if let Some(lock) = &mut lock {
        opened.world.exec.begin(&lock.run);
        goal::reap(&opened.world, lock)?;
    }
    let history = release.history(&opened);
    let before = history.last().cloned();
    let revision = match revision {
        None => release.served(&history)?,
        named => named,
    };
    let revision = revision.map(|revision| revision.to_string());
    let verified = opened.world.pipeline.goals.contains_key(VERIFY);
    // Who only waits is told "timed out"; the steps name the cause.
    let wait: &[&str] = match verified {
        true => &[],
        false => &["--wait", "--timeout", "3m"],
    };
    let args = ["rollback", &release.name].into_iter();
    let args = args.chain(revision.as_deref()).chain(wait.iter().copied());
    let args: Vec<&str> = args.collect();
    if global.dry_run {
        println!("{}", helm(args, &release.context, &release.namespace));
        return Ok(0);
    }
    let serving = signals::serve(opened.world.exec.clone(), |_| ());
    let serving = serving.context("can't listen for signals")?;
    let rolled_back = release.helm(&opened, &args);
    if let (Err(_), Some(signal)) = (&rolled_back, opened.world.exec.ended_by()) {
        eprintln!("helm was ended half-way: the same command again finishes it");
        return Err(Interrupted(signal).into());
    }
    drop(serving);
    if let Err(words) = rolled_back {
        let hint = match verified {
            // Helm looks only among the objects of the revision that it leaves.
            _ if words.contains("with the name") && words.contains("found") => {
                "; helm can't make again what the last revision, which failed, had left out: `helm uninstall` and `up`, or `up` with the sources as they were, bring it back"
            }
            true => "",
            false => {
                "; a goal `after-rollback` with a step of the kind `rollout` that needs nothing would name the cause"
            }
        };
        bail!(
            "helm can't roll back: {words}; `helm history` lists the revisions there are, and `cargo xtask up` deploys what the sources say{hint}"
        );
    }
    let after = release.history(&opened).pop();
    println!("{}", told(before, after));
    drop(lock);
    let code = if verified {
        goal::run(global, &[VERIFY.to_string()], goal::How::default())?
    } else {
        0
    };
    if code == 0 {
        println!("the next `up` deploys what the sources say");
    }
    Ok(code)
}

impl Release {
    /// What helm prints, or its last words.
    fn helm(&self, opened: &open::Opened, args: &[&str]) -> Result<String, String> {
        let cmd = helm(args.iter().copied(), &self.context, &self.namespace);
        let mut lines = Vec::new();
        let mut keep = |line: &str| lines.push(line.to_string());
        let output = opened.world.exec.run(&cmd, &Setting::default(), &mut keep);
        match output.map_err(|failure| failure.cause)? {
            output if output.code != 0 => Err(output.last_words()),
            _ => Ok(lines.join("\n")),
        }
    }

    /// The revisions that helm keeps, oldest first; none where it can't say.
    fn history(&self, opened: &open::Opened) -> Vec<Revision> {
        let text = self.helm(opened, &["history", &self.name, "-o", "json"]);
        let text = text.unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with('['));
        let list = line.and_then(|line| serde_json::from_str(line).ok());
        list.unwrap_or_default()
    }

    /// The newest revision before the last one that came to its end well: what failed is no place to
    /// go back to, nor is what a rollback was leaving that did not come to its end. Left to helm
    /// where it tells no history.
    fn served(&self, history: &[Revision]) -> Result<Option<u32>> {
        let Some((last, mut earlier)) = history.split_last() else {
            return Ok(None);
        };
        if let (Some(to), "pending-rollback") = (last.goes_to(), &*last.status) {
            return Ok(Some(to));
        }
        if last.status == "failed" && last.description.starts_with("Rollback ") {
            earlier = earlier.split_last().map_or(earlier, |(_, before)| before);
        }
        let is_good = |one: &&Revision| {
            ["superseded", "deployed"].contains(&&*one.status)
                && last.goes_to() != Some(one.revision)
        };
        match (earlier.iter().rfind(is_good), earlier.first()) {
            (Some(good), _) => Ok(Some(good.revision)),
            (None, None) if last.revision == 1 => bail!(
                "the release {} is at its first revision, so there is none to go back to; mend it and run `cargo xtask up`, or `cargo xtask teardown`",
                self.name
            ),
            (None, _) => bail!(
                "helm keeps no other revision of the release {} before revision {} that was ever well, so there is none to go back to; mend it and run `cargo xtask up`",
                self.name,
                last.revision
            ),
        }
    }
}

/// One revision, as helm tells it.
#[derive(Debug, Clone, Deserialize)]
struct Revision {
    revision: u32,
    status: String,
    description: String,
}

impl Revision {
    /// Which one it is again, if it is.
    fn goes_to(&self) -> Option<u32> {
        self.description.strip_prefix("Rollback to ")?.parse().ok()
    }
}

/// From where to where. Helm makes a new revision of an old one, and says of which.
fn told(before: Option<Revision>, after: Option<Revision>) -> String {
    match (before, after) {
        (Some(Revision { revision: from, .. }), Some(now)) => {
            let said = now.description.strip_prefix("Rollback to ");
            let to = said.unwrap_or(&now.description);
            format!(
                "the release went from revision {from} back to what revision {to} was, as revision {}",
                now.revision
            )
        }
        _ => "the release is at the earlier revision again".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(revision: u32, status: &str, description: &str) -> Revision {
        Revision {
            revision,
            status: status.to_string(),
            description: description.to_string(),
        }
    }

    #[test]
    fn it_is_told_from_where_to_where() {
        let before = Some(revision(7, "superseded", "Upgrade complete"));
        let after = Some(revision(8, "deployed", "Rollback to 6"));
        assert_eq!(
            told(before, after),
            "the release went from revision 7 back to what revision 6 was, as revision 8"
        );
        assert_eq!(
            told(None, None),
            "the release is at the earlier revision again"
        );
    }

    #[test]
    fn it_goes_back_to_what_was_well() {
        let release = Release {
            context: "lab".to_string(),
            namespace: "n".to_string(),
            name: "app".to_string(),
        };
        let ended = |statuses: &[&str], said: &str| {
            let one = |(at, status): (u32, &&str)| revision(at, status, "");
            let mut history: Vec<Revision> = (1..).zip(statuses).map(one).collect();
            if let Some(last) = history.last_mut() {
                last.description = said.to_string();
            }
            release.served(&history).map_err(|err| err.to_string())
        };
        let to = |statuses: &[&str]| ended(statuses, "Upgrade complete");
        assert_eq!(to(&["superseded", "deployed"]), Ok(Some(1)));
        assert_eq!(to(&["superseded", "superseded", "deployed"]), Ok(Some(2)));
        assert_eq!(to(&["deployed", "failed"]), Ok(Some(1)));
        assert_eq!(to(&["deployed", "failed", "failed"]), Ok(Some(1)));
        // A rollback that was ended half-way, that failed, and that came to its end.
        let bad = ["superseded", "deployed", "pending-rollback"];
        assert_eq!(ended(&bad, "Rollback to 1"), Ok(Some(1)));
        let bad = ["superseded", "superseded", "failed"];
        assert_eq!(ended(&bad, "Rollback \"app\" failed: x"), Ok(Some(1)));
        let back = ["superseded", "failed", "deployed"];
        assert!(ended(&back, "Rollback to 1").is_err());
        assert_eq!(to(&[]), Ok(None));
        assert!(to(&["failed"]).unwrap_err().contains("first revision"));
        assert!(to(&["failed", "failed"]).unwrap_err().contains("ever well"));
    }
}
