//! Shows a file in the program that the user's desktop has for it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Opens `path`; the opener hands it on and ends.
pub fn view(path: &Path) -> Result<()> {
    let mut opener = Command::new(OPENER);
    opener.arg(path).stdin(Stdio::null()).stdout(Stdio::null());
    let status = opener
        .status()
        .with_context(|| format!("can't start {OPENER}; open {} yourself", path.display()))?;
    if !status.success() {
        bail!(
            "{OPENER} can't open {} ({status}); open it yourself",
            path.display()
        );
    }
    Ok(())
}
