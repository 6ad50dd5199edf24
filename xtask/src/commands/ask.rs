//! `ask`: a question about the deployment, with what is known of it, for the first AI helper that
//! is installed; without one, what is known is the answer. A helper reaches the pipeline's own
//! cluster and no other, and is told no secret. Changes nothing itself.

mod facts;
mod helper;

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::open::{self, Opened};
use crate::cli::Global;
use engine::config::ConfigError;
use engine::exec::{self, Setting};
use engine::progress;
use engine::report::line;
use helper::Helper;
use kinds::programs::kubeconfig;
use protocol::Probe;

/// Answers, or hands the question over once the user agrees; the exit code is the helper's.
pub(super) fn answer(global: &Global, question: &str, yes: bool) -> Result<u8> {
    let mut opened = open::open(global)?;
    let facts = facts::text(&mut opened)?;
    let Some(helper) = Helper::installed(&opened.world) else {
        println!("{facts}");
        progress::say("none of kubectl-ai, kagent and docker ai is installed; these are the facts");
        return Ok(0);
    };
    let mask = |text: &str| opened.world.exec.secrets().mask(text);
    let prompt = mask(&format!("{question}\n\n{facts}"));
    let context = opened.world.pipeline.text("context").unwrap_or_default();
    progress::say(&format!(
        "to {}, which {}:\n\n{prompt}\n",
        helper.name(),
        reaches(&context)
    ));
    if !(yes || agreed()?) {
        progress::say("nothing was sent");
        return Ok(1);
    }
    let kubeconfig = Kubeconfig::of(&opened, &context)?;
    let env = [("KUBECONFIG", kubeconfig.0.display().to_string())];
    let code = exec::in_foreground(&helper.call(&prompt), &env)?;
    Ok(u8::try_from(code).unwrap_or(1))
}

fn reaches(context: &str) -> String {
    match context {
        "" => "reaches no cluster".to_string(),
        context => format!("reaches the cluster of context {context} and no other"),
    }
}

/// Whether the user types yes; without a terminal nobody can.
fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        let message = "nobody is there to agree that this is sent; read it, then repeat the command with --yes";
        return Err(ConfigError(message.to_string()).into());
    }
    let _ = write!(std::io::stderr(), "send this? [y/N] ");
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(matches!(typed.trim(), "y" | "Y" | "yes"))
}

/// A kubeconfig of one context, readable by its owner alone, gone when it is dropped.
struct Kubeconfig(PathBuf);

impl Kubeconfig {
    /// With nothing in it where the target has no cluster.
    fn of(opened: &Opened, context: &str) -> Result<Kubeconfig> {
        let text = match context {
            "" => String::new(),
            context => one_context(opened, context)?,
        };
        let name = format!("ask-{}.kubeconfig", std::process::id());
        let kubeconfig = Kubeconfig(opened.world.state.dir.join(name));
        kubeconfig
            .write(&text)
            .with_context(|| format!("can't write {}", line::shown(&kubeconfig.0)))?;
        Ok(kubeconfig)
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        self.0.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(true).mode(0o600);
        file.open(&self.0)?.write_all(text.as_bytes())
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        let gone: &Path = &self.0;
        // It holds what the user's own kubeconfig holds.
        let _ = std::fs::remove_file(gone);
    }
}

fn one_context(opened: &Opened, context: &str) -> Result<String> {
    let setting = Setting::default();
    let answer = opened
        .world
        .exec
        .ask(&Probe::Run(kubeconfig(context)), &setting);
    let text = answer.stdout().map(str::to_string);
    Ok(text.ok_or_else(|| {
        let why = answer.trouble();
        ConfigError(format!(
            "kubectl can't tell how context {context} is reached: {why}"
        ))
    })?)
}
