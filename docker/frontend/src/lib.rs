//! The web front of the Todo chatbot: serves the page and carries its API calls to the backend,
//! so that the browser talks to one origin. It keeps no state and knows nothing of tasks or chat.
//!
//! # Layout, along the way of a request
//! - [`config`]: the environment, read once and checked.
//! - [`serve`]: from the environment to a running server.
//! - [`app`]: which path goes where.
//! - [`headers`]: what the browser is forbidden to do.
//! - [`assets`]: the built page, embedded, compressed and answered with ETags.
//! - [`proxy`]: `/api`, streamed to the backend and back.

pub mod app;
pub mod assets;
pub mod config;
pub mod headers;
pub mod proxy;
pub mod serve;
