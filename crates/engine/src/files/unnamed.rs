//! Patterns that name nothing, and what may have been meant. Looks at names, never at contents.

use std::fs;
use std::io;
use std::path::Path;

use super::Files;
use super::list::List;
use super::pattern::is_wild;
use super::scope::{joined, within};
use super::walk::{Find, Leave};
use crate::config::suggest;

impl Files {
    /// A sentence for each of these patterns that names nothing that is there. Exclusions may name
    /// nothing.
    pub fn unnamed(&self, patterns: &[String]) -> io::Result<Vec<String>> {
        let (without, wanted): (Vec<&String>, Vec<&String>) =
            patterns.iter().partition(|text| text.starts_with('!'));
        if wanted.is_empty() && !without.is_empty() {
            let sentence =
                "only exclusions are listed, so no file counts; begin with \"**\" for all";
            return Ok(vec![sentence.to_string()]);
        }
        let (found, mut sentences) = (self.expand(patterns)?, Vec::new());
        for pattern in wanted {
            let one = self.list(std::slice::from_ref(pattern))?;
            // A plain name is found although it is not there.
            let counts =
                |path: &str| one.plain.iter().any(|name| within(path, name)) && self.is_there(path);
            if found.iter().any(|path| one.finds(path) || counts(path)) {
                continue;
            }
            sentences.push(self.about(pattern, &one)?);
        }
        Ok(sentences)
    }

    /// Why a pattern names nothing.
    fn about(&self, pattern: &str, one: &List) -> io::Result<String> {
        let names = |list: &List| {
            Ok::<_, io::Error>(
                !self
                    .walk(list, &Leave::Own(&self.own), Find::Files)?
                    .is_empty(),
            )
        };
        let folders = self.list(&[format!("{pattern}/")])?;
        let is_there = one.plain.iter().any(|name| self.is_there(name));
        Ok(if is_there || one.plain.is_empty() && names(one)? {
            format!("`{pattern}` names only files that another pattern takes out")
        } else if one.plain.is_empty() && names(&folders)? {
            format!("`{pattern}` names only folders; write `{pattern}/` for what is in them")
        } else {
            format!("`{pattern}` names no file{}", self.meant(pattern))
        })
    }

    fn is_there(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    /// ` (did you mean …?)`: the first name on the way that is not there, replaced by the nearest
    /// that is.
    fn meant(&self, pattern: &str) -> String {
        let parts: Vec<&str> = pattern.split('/').collect();
        let mut folder = String::new();
        for (place, part) in parts.iter().enumerate() {
            if is_wild(part) {
                break;
            }
            let path = joined(&folder, part);
            if !self.is_there(&path) {
                let near = nearest(&self.root.join(&folder), part);
                let whole = |near: String| {
                    let parts = [&parts[..place], &[near.as_str()], &parts[place + 1..]].concat();
                    let plain = parts.iter().take_while(|part| !is_wild(part));
                    let plain: Vec<&str> = plain.copied().collect();
                    let is_there = self.is_there(&plain.join("/"));
                    is_there.then(|| format!(" (did you mean `{}`?)", parts.join("/")))
                };
                return near.and_then(whole).unwrap_or_default();
            }
            folder = path;
        }
        String::new()
    }
}

/// The name in a folder that is most like a wrong one; one that only differs in case is most like
/// it.
fn nearest(folder: &Path, wrong: &str) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let same = |name: &&String| name.to_lowercase() == wrong.to_lowercase();
    let hint = || suggest(wrong, names.iter().map(String::as_str));
    let similar = || Some(hint().split('`').nth(1)?.to_string());
    names.iter().find(same).cloned().or_else(similar)
}
