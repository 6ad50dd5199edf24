//! The web front of the Todo chatbot: serves the page and carries its API calls to the backend,
//! so that the browser talks to one origin. It keeps no state and knows nothing of tasks or chat.
//!
//! # Layout, along the way of a request
//! - [`config`]: the environment, read once and checked.
//! - [`serve`]: the listening socket.
//! - [`app`]: which path goes where.
//! - [`metrics`]: how many requests and how long they took.
//! - [`headers`]: what the browser is forbidden to do.
//! - [`assets`]: the built page, embedded, compressed and answered with ETags.
//! - [`proxy`]: `/api`, streamed to the backend and back.
//! - [`health`]: what probes ask.

pub mod app;
pub mod assets;
pub mod config;
pub mod headers;
pub mod health;
pub mod metrics;
pub mod proxy;
pub mod serve;
