//! Where a step applies: its profiles and systems. Which targets it has is seen before it is read.

use toml::Spanned;

use super::raw::When;
use super::resolve::PROFILE;
use super::{ConfigError, Source, suggest};
use crate::target::Targets;

/// What `when.os` may name.
const SYSTEMS: [&str; 3] = ["linux", "macos", "windows"];

/// Refuses a name that there is not: the step would be left out without a word.
pub(super) fn valid(
    source: &Source,
    when: &When,
    profiles: &[Spanned<String>],
) -> Result<(), ConfigError> {
    one_of(source, "system", &when.os, &SYSTEMS)?;
    let profiles: Vec<&str> = profiles.iter().map(|name| &**name.get_ref()).collect();
    match profiles.is_empty() {
        // Where the file lists none there is only the usual one.
        true => match when.profile.iter().find(|name| name.get_ref() != PROFILE) {
            None => Ok(()),
            Some(name) => Err(source.error(
                name.span(),
                format!(
                    "unknown profile `{0}`; list them at the top of the file, as in `profiles = [\"{PROFILE}\", \"{0}\"]`",
                    name.get_ref()
                ),
            )),
        },
        false => one_of(source, "profile", &when.profile, &profiles),
    }
}

fn one_of(
    source: &Source,
    what: &str,
    names: &[Spanned<String>],
    all: &[&str],
) -> Result<(), ConfigError> {
    let unknown = |name: &&Spanned<String>| !all.contains(&name.get_ref().as_str());
    let Some(name) = names.iter().find(unknown) else {
        return Ok(());
    };
    let hint = suggest(name.get_ref(), all.iter().copied());
    let message = format!(
        "unknown {what} `{}`{hint}; there are {}",
        name.get_ref(),
        all.join(", ")
    );
    Err(source.error(name.span(), message))
}

/// Whether it is of this profile and of this machine's system.
pub(super) fn applies(when: &When, profile: &str) -> bool {
    has(&when.profile, profile) && has(&when.os, std::env::consts::OS)
}

/// Whether some target, profile and system has both.
pub(super) fn overlap(targets: &Targets, a: &When, b: &When) -> bool {
    let covers = |when: &When, target: &str| targets.any_covers(&when.target, target);
    let mut all = targets.list.iter();
    all.any(|target| covers(a, &target.name) && covers(b, &target.name))
        && meet(&a.profile, &b.profile)
        && meet(&a.os, &b.os)
}

/// Whether two lists have a name in common; an empty one has them all.
fn meet(a: &[Spanned<String>], b: &[Spanned<String>]) -> bool {
    a.is_empty() || a.iter().any(|name| has(b, name.get_ref()))
}

/// Whether a list has the name; an empty one has them all.
fn has(list: &[Spanned<String>], name: &str) -> bool {
    list.is_empty() || list.iter().any(|other| other.get_ref() == name)
}
