//! The task tools over the Model Context Protocol (streamable HTTP, stateless).
//!
//! # Layout, in the order a call travels
//! * [`config`], [`serve`]: the environment in, a listening server out
//! * [`app`]: the routes; what stands in front of `/mcp` and what does not
//! * [`envelope`]: what is no message at all
//! * [`auth`]: who is calling, from the Bearer token and from nothing else
//! * [`server`]: the protocol's side: what this server is and which tools it has
//! * [`tool`]: what a tool is; [`tools`]: which there are; [`prompts`]: what a host may offer
//! * [`metrics`]: what is counted

pub mod app;
pub mod auth;
pub mod config;
pub mod envelope;
#[cfg(feature = "conformance-fixtures")]
pub mod fixtures;
pub mod metrics;
pub mod prompts;
pub mod serve;
pub mod server;
pub mod tool;
pub mod tools;

/// Where the server listens unless `PORT` says otherwise.
pub const DEFAULT_PORT: u16 = 8001;
