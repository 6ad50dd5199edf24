//! The engine: text becomes a verified deployment, one type per stage.
//!
//! `text —config→ Pipeline —graph→ Graph —plan→ Plan —run→ Report —report→ exit code`
//!
//! # Layout, in the order data flows
//! - [`config`], [`vars`], [`target`], [`secrets`]: pipeline.toml, its variables, where it deploys
//!   to, what must stay unseen.
//! - [`schema`]: what pipeline.toml may hold, as JSON Schema and as Markdown, made from the types
//!   that read it.
//! - [`graph`]: steps in dependency order, goals, cycles, the critical path.
//! - [`digest`], [`files`], [`fingerprint`]: what a step depends on, as bytes that can be compared
//!   and explained.
//! - [`journal`], [`state`]: what finished, on disk.
//! - [`plan`]: run or skip, with a reason, for every step; [`noop`]: the short way when nothing
//!   moved.
//! - [`exec`], `http`, `processes`, [`service`], [`signals`]: the only places that touch processes
//!   and sockets; [`watch`]: which files move.
//! - `parallel`: the same work on many things at once.
//! - [`attempt`], [`run`]: one step from question to proof; the loop that owns all states.
//! - [`progress`], [`report`], [`live`], [`drawing`]: what people and programs are told; [`called`]:
//!   how they call this program.

#![deny(unsafe_code)]

pub mod attempt;
pub mod called;
pub mod config;
pub mod digest;
pub mod drawing;
pub mod exec;
pub mod files;
pub mod fingerprint;
pub mod graph;
mod http;
pub mod journal;
pub mod live;
pub mod noop;
mod parallel;
mod pipes;
pub mod plan;
mod processes;
pub mod progress;
mod random;
pub mod report;
pub mod run;
pub mod schema;
pub mod secrets;
pub mod service;
pub mod signals;
pub mod state;
pub mod target;
pub mod vars;
pub mod watch;
