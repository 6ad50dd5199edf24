//! The contracts of Store and Cache, held against every implementation: SQLite and this
//! process always, PostgreSQL and redis where their programs are found (in CI they must be).

mod cache;
mod migrations;
mod server;
mod servers;
mod store;
