//! `kinds`: the kinds of steps, a line each.

use anyhow::Result;

use crate::step::KINDS;

/// Prints the list.
pub fn print() -> Result<u8> {
    let width = KINDS
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    KINDS
        .iter()
        .for_each(|entry| println!("  {:<width$}  {}", entry.name, entry.about));
    Ok(0)
}
