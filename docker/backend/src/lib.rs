//! The backend: accounts, tasks and chat over HTTP.
//!
//! # Layout, in the order a request travels
//! * [`cli`], [`config`], [`schema`], [`serve`]: from the call and the environment to a running
//!   server.
//! * [`app`]: what the server holds, and all of its routes.
//! * [`input`], [`precondition`], [`client`], [`session`], [`limits`]: what came in, from where,
//!   from whom, how often.
//! * [`auth`], [`account`], [`tasks`], [`chat`], [`conversations`]: the API, one file per subject.
//! * [`brain`], [`mcp`], [`outbound`]: what answers a chat, its hands, and how they reach out.
//! * [`health`], [`metrics`], [`docs`]: for those who operate and those who call it.

pub mod account;
pub mod app;
pub mod auth;
pub mod brain;
pub mod chat;
pub mod cli;
pub mod client;
pub mod config;
pub mod conversations;
pub mod docs;
pub mod health;
pub mod input;
pub mod limits;
pub mod mcp;
pub mod metrics;
pub mod outbound;
pub mod precondition;
pub mod schema;
pub mod serve;
pub mod session;
pub mod tasks;
