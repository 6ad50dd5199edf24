//! What a kind of step is, as plain data: probes, how to read their answers, and the actions that
//! bring an effect about.
//!
//! A kind never does anything. The engine asks its probes, lets it assess the answers, performs its
//! actions, and asks again: only an answer is proof that an effect is there, never an exit status.
//! This crate has no `std`, so neither it nor a crate of kinds written like it can start a process,
//! open a file or read a clock.
//!
//! ```
//! use protocol::{Action, Answer, Cmd, Failure, Kind, KindEntry, Probe, StepContext, checks};
//!
//! /// Looks whether a name resolves.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Resolves {
//!     /// The host's name.
//!     host: String,
//! }
//!
//! impl Kind for Resolves {
//!     fn probes(&self, _: &StepContext) -> Vec<Probe> {
//!         vec![Probe::Run(Cmd::new("getent", ["hosts", &self.host]))]
//!     }
//!
//!     fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
//!         Ok(Vec::new())
//!     }
//! }
//!
//! const RESOLVES: KindEntry = checks::<Resolves>("resolves", "looks whether a name resolves");
//! assert_eq!(RESOLVES.name, "resolves");
//! ```

#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
extern crate alloc;

mod action;
mod cmd;
mod failure;
mod kind;
mod list;
mod log_line;
mod probe;
pub mod template;
mod text;

pub use action::{Action, Daemon, Exchange, FOLDER_MARK};
pub use cmd::{Cmd, shell_word};
pub use failure::Failure;
pub use kind::{Effect, Facts, Hides, Kind, StepContext, Table, answered, argv, fact_text, facts};
pub use list::{KindEntry, Kinds, Nature, Parsed, checks, makes};
pub use log_line::readable;
pub use probe::{Answer, LastWords, Output, Probe, Reply, Request};
pub use text::{coloured, cut, drawn, error_line, without_escapes};
