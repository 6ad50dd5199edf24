//! `schema`: what pipeline.toml may hold, for programs or people.

use anyhow::Result;

use crate::cli::SchemaFormat;
use crate::schema;

/// Prints the schema.
pub fn print(format: SchemaFormat) -> Result<u8> {
    match format {
        SchemaFormat::Json => print!("{}", schema::json()),
        SchemaFormat::Markdown => print!("{}", schema::markdown()),
    }
    Ok(0)
}
