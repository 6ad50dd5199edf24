//! The images that a Dockerfile builds upon, or copies from.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Instruction, instructions, unquoted};
use crate::reference::Reference;

/// The images of other people's stages, in docker's short form, with these build arguments. One that
/// is named by an argument without a value is left to the daemon.
pub(crate) fn bases(text: &str, args: &BTreeMap<String, String>) -> Vec<String> {
    let all = instructions(text);
    // What stands behind the first FROM holds within its stage only.
    let first = all
        .iter()
        .take_while(|instruction| instruction.name != "FROM");
    let values = declared(first, args);
    let mut stages = BTreeSet::new();
    let mut bases = Vec::new();
    for instruction in &all {
        let image = match instruction.name.as_str() {
            "FROM" => {
                let (image, name) = from(instruction);
                let image = image.and_then(|image| filled(image, &values));
                let image = image.filter(|image| !stages.contains(&image.to_lowercase()));
                stages.extend(name.map(str::to_lowercase));
                image
            }
            "COPY" => copied_from(instruction, &stages),
            _ => None,
        };
        let image = image.filter(|image| image != "scratch");
        bases.extend(image.and_then(|image| Some(Reference::parse(&image)?.to_string())));
    }
    bases
}

/// The image of a FROM, and the name of its stage.
fn from(instruction: &Instruction) -> (Option<&str>, Option<&str>) {
    let words = instruction.rest.split_whitespace();
    let mut words = words.filter(|word| !word.starts_with("--"));
    let image = words.next();
    let is_named = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("as"));
    (image, is_named.then(|| words.next()).flatten())
}

/// Where a COPY copies from, if that is no stage, which has a name or a number.
fn copied_from(instruction: &Instruction, stages: &BTreeSet<String>) -> Option<String> {
    let mut flags = instruction.rest.split_whitespace();
    let from = flags.find_map(|flag| flag.strip_prefix("--from="))?;
    let is_stage = stages.contains(&from.to_lowercase()) || from.parse::<usize>().is_ok();
    (!is_stage && !from.contains('$')).then(|| from.to_string())
}

/// `ARG A=1 B`: an argument has the value that it is given, else its own.
fn declared<'a>(
    instructions: impl Iterator<Item = &'a Instruction>,
    args: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let declarations = instructions.filter(|instruction| instruction.name == "ARG");
    for word in declarations.flat_map(|instruction| instruction.rest.split_whitespace()) {
        let (name, own) = match word.split_once('=') {
            Some((name, own)) => (name, filled(&unquoted(own), &values)),
            None => (word, None),
        };
        if let Some(value) = args.get(name).cloned().or(own) {
            values.insert(name.to_string(), value);
        }
    }
    values
}

/// With `$NAME`, `${NAME}` and `${NAME:-otherwise}` filled in; nothing if one has no value.
fn filled(word: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = word.split('$');
    let mut whole = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let (name, rest) = match part.strip_prefix('{') {
            Some(part) => part.split_once('}')?,
            None => part.split_at(part.find(end).unwrap_or(part.len())),
        };
        let (name, otherwise) = match name.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (name, None),
        };
        let value = values.get(name).map(String::as_str);
        whole += value.filter(|value| !value.is_empty()).or(otherwise)?;
        whole += rest;
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let args = BTreeMap::from([("BASE".to_string(), "given:2".to_string())]);
        assert_eq!(bases(text, &args), expected, "{text}");
    }

    #[test]
    fn bases_are_read_from_a_dockerfile() {
        let text = "# syntax=x\nFROM rust:1-bookworm AS dependencies\nfrom --platform=linux/amd64 host:5000/tool\nFROM Dependencies AS build\nFROM scratch\nFROM $BASE\nFROM docker.io/library/redis\n";
        check(
            text,
            &["rust:1-bookworm", "host:5000/tool:latest", "redis:latest"],
        );
    }

    #[test]
    fn arguments_are_filled_in_as_docker_does() {
        check("ARG OWN=own:1\nFROM ${OWN}\n", &["own:1"]);
        check("ARG BASE=own:1\nFROM $BASE AS a\nFROM a\n", &["given:2"]);
        check("ARG V=\"3\"\nFROM a:${V:-1}\n", &["a:3"]);
        check("ARG V\nFROM a:${V:-1}-slim\n", &["a:1-slim"]);
        check("FROM $TARGET/a\n", &[]);
    }

    #[test]
    fn what_is_copied_from_an_image_counts_and_from_a_stage_does_not() {
        let text = "FROM a AS one\nFROM scratch\nCOPY --from=one / /\nCOPY --from=0 / /\nCOPY --chown=1 --from=tools:1 /t /t\n";
        check(text, &["a:latest", "tools:1"]);
    }

    #[test]
    fn a_stage_that_is_called_as_its_image_hides_nothing() {
        check(
            "FROM a AS a\nFROM b AS c\nFROM a\n",
            &["a:latest", "b:latest"],
        );
    }
}
