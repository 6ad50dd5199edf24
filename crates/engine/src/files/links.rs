//! Where paths lead whose folders are links. Who reads `app/node_modules/lib/dist` may read what is
//! made in `lib/dist`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use super::scope::{joined, plain};

/// So many links in a row lead nowhere, as for the kernel.
const MOST: u8 = 40;
/// Where the part of a pattern begins that names no path.
const SPECIAL: &[u8] = b"*?[{\\";

/// The links below a root.
pub(crate) struct Links {
    root: PathBuf,
    /// Whether a file is asked whether it is a link; else only the folders on the way to it are.
    asks_files: bool,
    /// Folder -> where it leads, if that is elsewhere.
    known: RwLock<HashMap<String, Option<String>>>,
}

/// The folder that was looked at last, and where it leads.
type Last<'p> = Option<(&'p str, Option<String>)>;

impl Links {
    /// Links below that absolute folder, which is none itself.
    pub(crate) fn new(root: &Path, asks_files: bool) -> Links {
        Links {
            root: root.to_path_buf(),
            asks_files,
            known: RwLock::default(),
        }
    }

    /// Those of the patterns that have links in them, as they are without, relative to the root if
    /// they lead below it.
    pub(crate) fn led(&self, patterns: &[String]) -> Vec<String> {
        let (mut last, mut all) = (Last::default(), Vec::new());
        for pattern in patterns {
            all.extend(self.led_one(pattern, &mut last));
        }
        all
    }

    fn led_one<'p>(&self, pattern: &'p str, last: &mut Last<'p>) -> Option<String> {
        let special = pattern.bytes().position(|byte| SPECIAL.contains(&byte));
        let path = match special {
            None => pattern,
            Some(at) => pattern[..at].rsplit_once('/')?.0,
        };
        let (folder, name) = split(path)?;
        // Names that follow each other mostly lie in one folder.
        if last.as_ref().is_none_or(|(known, _)| *known != folder) {
            *last = Some((folder, self.folder(folder, MOST)));
        }
        let (_, led) = last.as_ref()?;
        let real = match special.is_some() || self.asks_files {
            true => self.real_in((folder, led.as_deref()), name, MOST)?,
            false => joined(led.as_deref()?, name),
        };
        let led = format!("{real}{}", &pattern[path.len()..]);
        Some(match real.is_empty() {
            true => led.trim_start_matches('/').to_string(),
            false => led,
        })
    }

    /// Where a folder leads, if that is elsewhere.
    fn folder(&self, path: &str, most: u8) -> Option<String> {
        let (folder, name) = split(path)?;
        if let Some(known) = self.known.read().unwrap().get(path) {
            return known.clone();
        }
        let led = self.folder(folder, most);
        let real = self.real_in((folder, led.as_deref()), name, most);
        let mut known = self.known.write().unwrap();
        known.insert(path.to_string(), real.clone());
        real
    }

    /// Where a name leads that stands in a folder which may lead elsewhere.
    fn real_in(&self, (folder, led): (&str, Option<&str>), name: &str, most: u8) -> Option<String> {
        let there = joined(led.unwrap_or(folder), name);
        match fs::read_link(self.root.join(&there)) {
            Ok(target) if most > 0 => {
                let link = Path::new(&there).with_file_name(target);
                let link = self.below_root(&link)?;
                self.folder(&link, most - 1).or(Some(link))
            }
            _ => led.map(|_| there),
        }
    }

    /// The path without `..`, which follow no link here, and relative if it lies below the root.
    fn below_root(&self, path: &Path) -> Option<String> {
        let whole = plain(&self.root.join(path));
        let below = whole.strip_prefix(&self.root).unwrap_or(&whole);
        below.to_str().map(str::to_string)
    }
}

/// The folder and the name of a path; `None` for what has no name.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.trim_end_matches('/');
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match folder.is_empty() && path.starts_with('/') {
        true => "/",
        false => folder,
    };
    (!name.is_empty()).then_some((folder, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_pattern_is_led_where_its_folders_lead() {
        let root = std::env::temp_dir().join(format!("links-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("app/modules")).unwrap();
        fs::create_dir_all(root.join("lib/dist")).unwrap();
        symlink("../../lib", root.join("app/modules/lib")).unwrap();
        symlink(root.join("app"), root.join("whole")).unwrap();
        symlink("round", root.join("round")).unwrap();
        symlink("/usr", root.join("away")).unwrap();
        symlink(".", root.join("here")).unwrap();
        let root = root.canonicalize().unwrap();
        let links = Links::new(&root, true);
        let led = |pattern: &str| links.led(&[pattern.to_string()]).pop();
        for (pattern, real) in [
            ("app/modules/lib/dist/**", "lib/dist/**"),
            ("whole/modules/lib/dist/x", "lib/dist/x"),
            ("whole", "app"),
            ("app/modules/lib/*.h", "lib/*.h"),
            ("away/share/x", "/usr/share/x"),
            ("here/lib/x", "lib/x"),
            ("here/**", "**"),
        ] {
            assert_eq!(led(pattern).as_deref(), Some(real), "{pattern}");
        }
        for pattern in ["lib/dist/**", "**", "*.c", "nowhere/x", ""] {
            assert_eq!(led(pattern), None, "{pattern}");
        }
        assert_ne!(led("round/x").as_deref(), Some("lib/x"));
        let folders = Links::new(&root, false);
        let led = |pattern: &str| folders.led(&[pattern.to_string()]).pop();
        assert_eq!(led("whole/x").as_deref(), Some("app/x"));
        assert_eq!(led("whole"), None);
        fs::remove_dir_all(&root).unwrap();
    }
}
