//! Globs: `*` and `?` within a name, `**` across folders, `!` in front to take out again. Knows nothing of contents.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glob::{MatchOptions, Pattern};

pub(super) const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Why a pattern can't be used, if it can't.
pub fn valid_pattern(pattern: &str) -> Result<(), String> {
    Pattern::new(pattern.trim_start_matches('!'))
        .map(|_| ())
        .map_err(|err| format!("`{pattern}` is no glob: {}", err.msg))
}

/// The files below `root` that the patterns name, as sorted relative paths. A plain name is taken as it is, there or not,
/// so that a missing input is seen as missing. Folders to `leave` are never entered; those that are entered are told to `note` first.
pub(super) fn expand(
    root: &Path,
    patterns: &[String],
    leave: &Leave,
    note: &Note,
) -> io::Result<Vec<Arc<str>>> {
    let without: Vec<Pattern> = patterns
        .iter()
        .filter_map(|p| p.strip_prefix('!'))
        .map(pattern)
        .collect::<Result<_, _>>()?;
    let mut found = BTreeSet::new();
    for text in patterns.iter().filter(|text| !text.starts_with('!')) {
        if !is_wild(text) {
            found.insert(Arc::from(text.as_str()));
            continue;
        }
        let walk = Walk {
            root,
            pattern: pattern(text)?,
            without: &without,
            leave,
            note,
        };
        walk.enter(literal_prefix(text), &mut found)?;
    }
    found.retain(|path: &Arc<str>| {
        !without
            .iter()
            .any(|pattern| pattern.matches_with(path, OPTIONS))
    });
    Ok(found.into_iter().collect())
}

/// Whether a pattern can name more than itself.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// A path below a folder; the root is the empty name.
pub fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_string(),
        _ => format!("{folder}/{name}"),
    }
}

/// Whether the patterns take out everything below a folder, so that it need not be entered.
pub(super) fn left_out_whole(folder: &str, without: &[Pattern]) -> bool {
    let below = format!("{folder}/x");
    let takes_out = |pattern: &Pattern| pattern.matches_with(&below, OPTIONS);
    without.iter().any(takes_out)
}

/// Is told what was there before a folder was read.
pub(super) type Note<'a> = dyn Fn(&str, Option<&fs::Metadata>) + 'a;

/// Folders that are not entered.
pub(super) enum Leave<'a> {
    /// All are: an output is all that is in it.
    Nothing,
    /// The engine's own and git's.
    Own(&'a [PathBuf]),
}

impl Leave<'_> {
    pub(super) fn out(&self, folder: &Path) -> bool {
        match self {
            Leave::Nothing => false,
            Leave::Own(own) => {
                own.iter().any(|other| other == folder)
                    || folder.file_name().is_some_and(|name| name == ".git")
            }
        }
    }
}

/// The pattern of everything below a folder, whatever characters its name has.
pub(super) fn below(folder: &str) -> String {
    format!("{}/**", Pattern::escape(folder.trim_end_matches('/')))
}

struct Walk<'a> {
    root: &'a Path,
    pattern: Pattern,
    without: &'a [Pattern],
    leave: &'a Leave<'a>,
    note: &'a Note<'a>,
}

impl Walk<'_> {
    fn enter(&self, folder: &str, found: &mut BTreeSet<Arc<str>>) -> io::Result<()> {
        let full = self.root.join(folder);
        if self.leave.out(&full) {
            return Ok(());
        }
        (self.note)(folder, fs::metadata(&full).ok().as_ref());
        let entries = match fs::read_dir(&full) {
            Ok(entries) => entries,
            Err(err)
                if matches!(
                    err.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(());
            }
            Err(err) => return Err(io::Error::new(err.kind(), format!("{folder}: {err}"))),
        };
        for entry in entries {
            self.visit(folder, &entry?, found)?;
        }
        Ok(())
    }

    fn visit(
        &self,
        folder: &str,
        entry: &fs::DirEntry,
        found: &mut BTreeSet<Arc<str>>,
    ) -> io::Result<()> {
        let name = entry.file_name();
        let path = joined(folder, &name.to_string_lossy());
        let kind = entry.file_type()?;
        if name.to_str().is_none() {
            return self.unspeakable(&path, kind.is_dir());
        }
        if kind.is_dir() {
            return if left_out_whole(&path, self.without) {
                Ok(())
            } else {
                self.enter(&path, found)
            };
        }
        if self.pattern.matches_with(&path, OPTIONS) {
            found.insert(Arc::from(path));
        }
        Ok(())
    }
}

impl Walk<'_> {
    /// A file that can't be named can't be looked at either; to pass it over would be to miss its changes.
    fn unspeakable(&self, path: &str, is_folder: bool) -> io::Result<()> {
        let left_out = |pattern: &Pattern| pattern.matches_with(path, OPTIONS);
        let counts = if is_folder {
            self.pattern.as_str().contains("**") && !left_out_whole(path, self.without)
        } else {
            self.pattern.matches_with(path, OPTIONS) && !self.without.iter().any(left_out)
        };
        if !counts {
            return Ok(());
        }
        let message = format!(
            "{path}: its name is not UTF-8, so it can't be looked at; rename it, or leave it out with \"!{}\"",
            path.replace(char::REPLACEMENT_CHARACTER, "?")
        );
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    }
}

fn pattern(text: &str) -> io::Result<Pattern> {
    Pattern::new(text).map_err(|err| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{text}` is no glob: {}", err.msg),
        )
    })
}

/// The folder that every match lies in.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    let wild = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    pattern[..wild]
        .rfind('/')
        .map_or("", |slash| &pattern[..slash])
}
