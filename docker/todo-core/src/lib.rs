//! What the services share: the words of the domain, where they are kept, and how a service lives.
//!
//! # Layout, in the order data flows
//! * [`mod@env`]: configuration from the environment, with errors that are sentences.
//! * [`program`], [`telemetry`], [`lifecycle`], [`server`]: the life of a service.
//! * [`request_id`], [`error_body`], [`health`], [`metrics`], [`http_get`]: what every service says
//!   and asks.
//! * [`task`], [`list`], [`user`], [`conversation`]: the domain; plain data that knows no database.
//! * [`token`], [`session`]: who is calling, and whether that still holds.
//! * [`store`]: the database behind one trait, SQLite or PostgreSQL.
//! * [`cache`]: what may be lost, behind one trait, redis or this process.

pub mod conversation;
pub mod env;
pub mod error_body;
pub mod health;
pub mod http_get;
pub mod lifecycle;
pub mod list;
pub mod metrics;
pub mod program;
pub mod request_id;
pub mod server;
pub mod task;
pub mod telemetry;
pub mod user;

#[cfg(feature = "data")]
pub mod cache;
#[cfg(feature = "data")]
pub mod session;
#[cfg(feature = "data")]
pub mod store;
#[cfg(feature = "data")]
pub mod token;
