//! The verbs, one file each. This file is the list of everything that can be asked for.

mod access;
mod ask;
mod ci;
mod codegen;
mod completions;
mod dist;
mod doctor;
mod explain;
mod export;
mod goal;
mod graph;
mod init;
mod kinds;
mod left;
mod logs;
mod noop;
mod open;
mod plan;
mod release;
mod report;
mod rollback;
mod schema;
mod status;
mod watch;

use anyhow::{Context, Result};

use crate::cli::{Cli, Command, Global};
use engine::called;
use engine::live::Live;
use engine::progress::{self, Form};
use serde_json::json;

/// Says why nothing could be done; to programs as this event.
pub(crate) fn tell_failed(global: &Global, event: &str, err: &anyhow::Error) {
    let error = called::told(&format!("{err:#}"));
    progress::say(&format!("error: {error}"));
    if global.progress == Form::Json {
        progress::emit(&json!({"event": event, "error": error}));
    }
}

/// Does what the command line says and returns the exit code.
pub(crate) fn dispatch(cli: &mut Cli) -> Result<u8> {
    if let Some(dir) = &cli.global.directory {
        std::env::set_current_dir(dir)
            .with_context(|| format!("can't change to {}", dir.display()))?;
    }
    if cli.global.ui && runs_steps(&cli.command) {
        cli.global.live = Some(serve()?);
    }
    let global = &cli.global;
    if !matches!(cli.command, Command::Init) {
        open::go_to(&global.file)?;
    }
    match &cli.command {
        Command::Up { plan } => goal::up(global, plan.as_deref()),
        Command::TestE2e { only } => goal::test(global, only),
        Command::Teardown { all } => goal::teardown(global, *all),
        Command::Run {
            wanted,
            plan,
            join,
            from,
        } => {
            let how = goal::How {
                joined: *join,
                from: from.as_deref(),
                plan: plan.as_deref(),
                ..goal::How::default()
            };
            goal::run(global, wanted, how)
        }
        Command::Watch { wanted } => watch::run(global, wanted),
        Command::Plan { wanted, format } => plan::print(global, wanted, *format),
        Command::Explain { step, format } => explain::print(global, step, *format),
        Command::Status { wanted, format } => status::print(global, wanted, *format),
        Command::Graph { format, wanted } => graph::print(global, *format, wanted),
        Command::Export { format, wanted } => export::print(global, *format, wanted),
        Command::Doctor {
            format,
            fix,
            install_tools,
            mirror,
        } => {
            if *install_tools {
                doctor::install(global, mirror.as_deref())?;
            }
            doctor::print(global, *format, *fix)
        }
        Command::Ask { question, yes } => ask::answer(global, question, *yes),
        Command::Logs { step, follow, json } => match follow {
            true => logs::follow(global, step.as_deref(), *json),
            false => logs::print(global, step.as_deref()),
        },
        Command::Report { open } => report::print(global, *open),
        Command::Rollback { revision } => rollback::run(global, *revision),
        Command::Access => access::print(global),
        Command::Kinds => kinds::print(global.kinds),
        Command::Schema { format } => schema::print(global.kinds, *format),
        Command::Completions { shell } => completions::print(*shell),
        Command::Init => init::write(global),
        Command::Ci => ci::run(global),
        Command::Dist => dist::run(),
        Command::Codegen { check } => codegen::run(global.kinds, *check),
    }
}

/// Whether there is something to see while it goes on.
fn runs_steps(command: &Command) -> bool {
    use Command::{Ci, Run, Teardown, TestE2e, Up, Watch};
    matches!(
        command,
        Up { .. } | TestE2e { .. } | Teardown { .. } | Run { .. } | Watch { .. } | Ci
    )
}

fn serve() -> Result<Live> {
    let live = Live::serve().context("--ui: can't listen on a port of 127.0.0.1")?;
    progress::say(&format!("live at {}", live.address()));
    Ok(live)
}
