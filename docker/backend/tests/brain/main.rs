//! The brain with everything real around it but the model: a SQLite store, the MCP server and
//! client over HTTP, and a fake endpoint that streams as the real ones do.

#[path = "../../examples/fake_llm/server.rs"]
mod server;
#[path = "../../examples/fake_llm/shapes.rs"]
mod shapes;

mod bounds;
mod consent;
mod fallback;
mod isolation;
mod model;
mod world;
