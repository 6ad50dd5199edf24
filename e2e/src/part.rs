//! The parts of `test-e2e` that are more than one request after the other.

pub mod crash;
pub mod load;
pub mod mcp;
pub mod network;
pub mod persistence;
pub mod resilience;
pub mod rollback;
pub mod scaling;
pub mod security;
