//! `rollback`: an earlier revision of the release, verified by the steps of the goal
//! `after-rollback`.

use anyhow::{Result, bail};
use serde_json::Value;

use super::release::Release;
use super::{goal, open};
use crate::cli::Global;
use engine::exec::Setting;
use kinds::programs::helm;

/// The goal whose steps tell whether the release is well again. They need nothing that would
/// deploy.
const VERIFY: &str = "after-rollback";

/// Rolls back, and verifies it.
pub(super) fn run(global: &Global, revision: Option<u32>) -> Result<u8> {
    let opened = open::open(global)?;
    let release = Release::of(&opened, "to roll back")?;
    let revision = revision.map(|revision| revision.to_string());
    let args = ["rollback", &release.name]
        .into_iter()
        .chain(revision.as_deref());
    let verified = opened.world.pipeline.goals.contains_key(VERIFY);
    // Who only waits is told "timed out"; the steps name the cause.
    let wait: &[&str] = if verified {
        &[]
    } else {
        &["--wait", "--timeout", "3m"]
    };
    let args: Vec<&str> = args.chain(wait.iter().copied()).collect();
    let lock = match global.dry_run {
        true => None,
        false => Some(opened.world.state.lock()?),
    };
    let before = release.newest(&opened);
    if revision.is_none() && matches!(before, Some((1, _))) {
        bail!(
            "the release {} is at its first revision, so there is none to go back to; mend it and run `cargo xtask up`, or `cargo xtask teardown`",
            release.name
        );
    }
    if global.dry_run {
        println!("{}", helm(args, &release.context, &release.namespace));
        return Ok(0);
    }
    if let Err(words) = release.helm(&opened, &args) {
        let hint = match verified {
            true => "",
            false => {
                "; a goal `after-rollback` with a step of the kind `rollout` that needs nothing would name the cause"
            }
        };
        bail!(
            "helm can't roll back: {words}; `helm history` lists the revisions there are, and `cargo xtask up` deploys what the sources say{hint}"
        );
    }
    println!("{}", told(before, release.newest(&opened)));
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

    /// The newest revision and what helm says about it; none where helm can't say.
    fn newest(&self, opened: &open::Opened) -> Option<(u64, String)> {
        let text = self
            .helm(opened, &["history", &self.name, "--max", "1", "-o", "json"])
            .ok()?;
        let line = text.lines().find(|line| line.starts_with('['))?;
        let list: Value = serde_json::from_str(line).ok()?;
        let last = list.as_array()?.last()?;
        Some((
            last["revision"].as_u64()?,
            last["description"].as_str()?.to_string(),
        ))
    }
}

/// From where to where. Helm makes a new revision of an old one, and says of which.
fn told(before: Option<(u64, String)>, after: Option<(u64, String)>) -> String {
    match (before, after) {
        (Some((from, _)), Some((now, said))) => {
            let to = said.strip_prefix("Rollback to ").unwrap_or(&said);
            format!(
                "the release went from revision {from} back to what revision {to} was, as revision {now}"
            )
        }
        _ => "the release is at the earlier revision again".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_from_where_to_where() {
        let before = Some((7, "Upgrade complete".to_string()));
        let after = Some((8, "Rollback to 6".to_string()));
        assert_eq!(
            told(before, after),
            "the release went from revision 7 back to what revision 6 was, as revision 8"
        );
        assert_eq!(
            told(None, None),
            "the release is at the earlier revision again"
        );
    }
}
