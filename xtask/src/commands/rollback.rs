//! `rollback`: an earlier revision of the release, waited for until it is ready.

use anyhow::{Result, bail};

use super::open;
use crate::cli::Global;
use engine::config::ConfigError;
use engine::exec::Setting;
use engine::vars::text_of;
use kinds::programs::helm;

/// Rolls back.
pub(super) fn run(global: &Global, revision: Option<u32>) -> Result<u8> {
    let opened = open::open(global)?;
    let var = |name: &str| {
        opened
            .world
            .pipeline
            .vars
            .get(name)
            .and_then(text_of)
            .filter(|text| !text.is_empty())
    };
    let (Some(context), Some(namespace), Some(release)) =
        (var("context"), var("namespace"), var("release"))
    else {
        let message = format!(
            "target {} has no release to roll back; choose a cluster with --target",
            opened.target
        );
        return Err(ConfigError(message).into());
    };
    let revision = revision.map(|revision| revision.to_string());
    let args = ["rollback".to_string(), release]
        .into_iter()
        .chain(revision);
    let cmd = helm(args, &context, &namespace).args(["--wait", "--timeout", "3m"]);
    if global.dry_run {
        println!("{cmd}");
        return Ok(0);
    }
    let _lock = opened.world.state.lock()?;
    let mut show = |line: &str| println!("{line}");
    let output = opened
        .world
        .exec
        .run(&cmd, &Setting::default(), &mut show)
        .map_err(|failure| anyhow::anyhow!(failure.cause))?;
    if output.code != 0 {
        bail!(
            "helm can't roll back: {}; `helm history` lists the revisions there are",
            output.last_words()
        );
    }
    println!(
        "the release is at the earlier revision again; the next `up` deploys what the sources say"
    );
    Ok(0)
}
