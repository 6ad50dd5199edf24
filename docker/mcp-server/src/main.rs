//! mcp-server.
fn main() {}
