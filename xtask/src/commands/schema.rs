//! `schema`: what pipeline.toml may hold, for programs or people.

use anyhow::Result;
use protocol::Kinds;

use crate::cli::SchemaFormat;
use engine::schema;

/// Prints the schema.
pub(super) fn print(kinds: Kinds, format: SchemaFormat) -> Result<u8> {
    match format {
        SchemaFormat::Json => print!("{}", schema::json(kinds)),
        SchemaFormat::Markdown => print!("{}", schema::markdown(kinds)),
    }
    Ok(0)
}
