//! `kinds`: the kinds of steps, a line each.

use anyhow::Result;

use protocol::Kinds;

/// Prints the list.
pub(super) fn print(kinds: Kinds) -> Result<u8> {
    let width = kinds
        .0
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    kinds
        .0
        .iter()
        .for_each(|entry| println!("  {:<width$}  {}", entry.name, entry.about));
    Ok(0)
}
