//! Flags in, one call, exit code out.

mod chosen;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::RangedU64ValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use protocol::{KindEntry, Kinds};

use crate::commands;
use engine::called;
use engine::live::Live;
use engine::progress::{self, Form};
use engine::signals::{self, Interrupted};

/// The configuration or the call is wrong.
const WRONG: u8 = 2;

/// Takes an application from source to a verified deployment on local Kubernetes, and away again.
#[derive(Parser)]
#[command(
    name = called::name(),
    bin_name = called::name(),
    version,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// What every command takes.
#[derive(Args, Clone)]
pub(crate) struct Global {
    /// The pipeline's file
    #[arg(
        short,
        long,
        global = true,
        default_value = "pipeline.toml",
        value_name = "FILE"
    )]
    pub file: PathBuf,
    /// Change to this folder first
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Where to deploy: auto, or one of the pipeline's targets
    #[arg(long, global = true, default_value = "auto", value_name = "TARGET")]
    pub target: String,
    /// Which values to deploy with: one of the pipeline's profiles [default: the first]
    #[arg(long, global = true, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How many steps at once, counting what their make and cargo start [default: the processors]
    #[arg(short, long, global = true, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: Option<usize>,
    /// After a failure, go on with what does not depend on it
    #[arg(short, long, global = true)]
    pub keep_going: bool,
    /// Run these steps although nothing changed; all of them if none is named
    #[arg(long, global = true, value_name = "STEP", num_args = 0..=1, default_missing_value = "*", require_equals = true)]
    pub force: Vec<String>,
    /// Take over what is there already and not ours: releases, namespaces, folders, clusters
    #[arg(long, global = true)]
    pub adopt: bool,
    /// Agree to what is asked about: a cluster that is not on this machine, data that would be deleted
    #[arg(long, global = true)]
    pub yes: bool,
    /// Only say what would be done
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// How to show progress
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub progress: Form,
    /// Show failures only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show the steps' own output too
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Serve the report to a browser on this machine while the run goes on, and say where
    #[arg(long, global = true)]
    pub ui: bool,
    /// Override a variable
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// The kinds of steps; no flag, but every command takes them.
    #[arg(skip)]
    pub kinds: Kinds,
    /// What `--ui` serves; no flag either.
    #[arg(skip)]
    pub live: Option<Live>,
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The forms of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Text that Markdown viewers draw.
    Mermaid,
    /// Text for Graphviz.
    Dot,
    /// A picture that needs no other program.
    Svg,
}

/// The systems that can run a goal's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A workflow with one job.
    GithubActions,
    /// A workflow with a task for each step.
    Argo,
}

/// The forms of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// JSON Schema, draft 2020-12: for editors and validators.
    Json,
    /// The reference that people read.
    Markdown,
}

/// The shells that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// GNU bash.
    Bash,
    /// The Z shell.
    Zsh,
    /// fish.
    Fish,
}

/// The verbs.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Build, deploy and verify the application
    Up {
        /// Only what this file says, which `plan --format json` wrote; if anything moved since
        /// then, nothing is done and the run says what
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
    },
    /// Verify the deployed application from end to end
    TestE2e {
        /// Only these steps of the goal, separated by commas
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Remove what `up` made, and nothing else
    Teardown {
        /// The cluster too, and a namespace of ours with what others put into it
        #[arg(long)]
        all: bool,
    },
    /// Reach goals or steps, with what they need
    Run {
        /// Goals or steps
        #[arg(required = true, value_name = "GOAL|STEP")]
        wanted: Vec<String>,
        /// Only what this file says, as with `up`
        #[arg(long, value_name = "FILE", conflicts_with_all = ["join", "from"])]
        plan: Option<PathBuf>,
        /// Just these steps, while other processes with --join do others in the same folder: what
        /// they need has been done
        #[arg(long)]
        join: bool,
        /// Also believe the journals NAME.journal in this folder, of runs of the same pipeline on
        /// other machines whose outputs lie here now
        #[arg(long, value_name = "FOLDER", conflicts_with = "join")]
        from: Option<PathBuf>,
    },
    /// Reach goals or steps, and again whenever a file that they depend on changes
    ///
    /// What the steps make themselves starts no run: that it was deleted or replaced by hand is
    /// seen as soon as something else changes.
    Watch {
        /// Goals or steps [default: `up`, else the only goal, else every step]
        #[arg(value_name = "GOAL|STEP")]
        wanted: Vec<String>,
    },
    /// Say what would run and why; changes nothing
    Plan {
        /// Goals or steps [default: `up`, else the only goal, else every step]
        #[arg(value_name = "GOAL|STEP")]
        wanted: Vec<String>,
        /// For people or programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Say what a step depends on and what of it changed
    Explain {
        /// The step
        step: String,
        /// For people or programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Say what stands now
    Status {
        /// Goals or steps [default: `up`, else every step]
        #[arg(value_name = "GOAL|STEP")]
        wanted: Vec<String>,
        /// For people or programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Draw the steps and their needs
    Graph {
        /// The form
        #[arg(long, value_enum, default_value = "mermaid")]
        format: GraphFormat,
        /// Goals or steps; all steps if none is named
        #[arg(value_name = "GOAL|STEP")]
        wanted: Vec<String>,
    },
    /// Print the steps of a goal as a workflow of another system
    Export {
        /// The system
        format: ExportFormat,
        /// Goals or steps
        #[arg(default_value = "up", value_name = "GOAL|STEP")]
        wanted: Vec<String>,
    },
    /// Check every prerequisite at once, each with its fix
    Doctor {
        /// Mend what can be mended without harm: end what killed runs left behind
        #[arg(long)]
        fix: bool,
        /// Fetch helm, kind, kubectl and minikube into `.pipeline/bin`, as far as the target needs
        /// them and they are missing or too old (Linux)
        #[arg(long)]
        install_tools: bool,
        /// Fetch them from here, which has them under the same paths as their makers
        #[arg(long, value_name = "URL", requires = "install_tools")]
        mirror: Option<String>,
        /// For people or programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Answer a question about the deployment: by an AI helper, if one is installed, else by facts
    /// and causes
    Ask {
        /// Such as "why is the backend not ready?"
        question: String,
        /// Hand it over without asking
        #[arg(long)]
        yes: bool,
    },
    /// Show what the steps printed when they last ran, or follow what the services write
    Logs {
        /// A step or a service; all of them if none is named
        step: Option<String>,
        /// Follow the services, each new pod too, until Ctrl-C [short: -f]
        #[arg(long)]
        follow: bool,
        /// Lines as the services write them, not made readable
        #[arg(long, requires = "follow")]
        json: bool,
    },
    /// Say where the report of the last run that did something is
    Report {
        /// Open it in the browser
        #[arg(long)]
        open: bool,
    },
    /// Go back to an earlier revision of the release, and wait until it is ready
    Rollback {
        /// The revision [default: the one before]
        revision: Option<u32>,
    },
    /// Say how to reach what stands
    Access,
    /// List the kinds of steps
    Kinds,
    /// Print what pipeline.toml may hold
    Schema {
        /// For programs or people
        #[arg(long, value_enum, default_value = "json")]
        format: SchemaFormat,
    },
    /// Print the script that lets a shell complete these words
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a small pipeline.toml to begin with
    Init,
    /// Reach the goal `ci`, and print how each check closed: what CI runs
    Ci,
    /// Build a release into target/dist: static programs, charts, bills of materials, checksums
    Dist,
    /// Write what the documentation has from the code: the schema, the reference of keys, tables
    Codegen {
        /// Write nothing, and fail if a file is out of date
        #[arg(long)]
        check: bool,
    },
}

/// What a shell shows of a tool that SIGPIPE ended.
const NOBODY_READS: i32 = 141;

/// `… | head` is no error: as other tools do, end quietly once nobody reads what is printed. On a
/// full disk it is one.
fn end_when_nothing_can_be_printed() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        match text.strip_prefix("failed printing to stdout: ") {
            Some(why) if why.starts_with("Broken pipe") => std::process::exit(NOBODY_READS),
            Some(why) => {
                progress::say(&format!("error: can't write to standard output: {why}"));
                std::process::exit(WRONG.into());
            }
            None => usual(panic),
        }
    }));
}

/// `logs -f` follows, as with every tool that has logs, while `-f` before or behind other verbs is
/// the pipeline's file.
fn spelt(mut words: Vec<OsString>) -> Vec<OsString> {
    let cli = Cli::command();
    let is_verb = |word: &OsString| cli.get_subcommands().any(|verb| *word == *verb.get_name());
    let verb = words.iter().position(is_verb);
    if let Some(verb) = verb.filter(|&verb| words[verb] == "logs") {
        let short = words[verb..].iter_mut().filter(|word| *word == "-f");
        short.for_each(|word| *word = "--follow".into());
    }
    words
}

/// Runs what the command line says, for pipelines whose steps are of these kinds.
pub fn main(kinds: Vec<KindEntry>) -> ExitCode {
    end_when_nothing_can_be_printed();
    signals::outlive_full_files();
    let mut cli = Cli::parse_from(spelt(std::env::args_os().collect()));
    cli.global.kinds = Kinds::new(kinds);
    called::with(cli.global.chosen());
    let code = commands::dispatch(&mut cli);
    if let Some(live) = &cli.global.live {
        live.end();
    }
    match code {
        Ok(code) => ExitCode::from(code),
        Err(err) => match err.downcast_ref::<Interrupted>() {
            Some(interrupted) => ExitCode::from(interrupted.exit_code()),
            None => {
                commands::tell_failed(&cli.global, "run-failed", &err);
                ExitCode::from(WRONG)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_word_for_following_is_that_of_other_tools() {
        let cli = |words: &str| {
            let words = words.split(' ').map(OsString::from).collect();
            Cli::try_parse_from(spelt(words)).unwrap()
        };
        for words in ["xtask logs -f", "xtask -f b.toml logs backend -f --json"] {
            let follows = matches!(cli(words).command, Command::Logs { follow: true, .. });
            assert!(follows, "{words}");
        }
        let up = cli("xtask up -f b.toml");
        assert_eq!(up.global.file, PathBuf::from("b.toml"));
        Cli::command().debug_assert();
    }
}
