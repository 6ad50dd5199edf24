//! What a step depends on, as named parts; the same walk that makes the digest explains it.

mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use toml::de::DeValue;

use crate::config::StepDef;
use crate::digest::{Digest, Hasher};
use crate::exec::{Exec, Lookup};
use crate::files::Files;
use crate::files::scope::within;
pub use kinds::{Component, Kinds};
use protocol::{Facts, Kind, Nature, fact_text};

/// A step with the facts of what it needs filled in.
pub struct Resolved {
    /// The kind, read from the filled-in `with`.
    pub kind: Arc<dyn Kind>,
    /// `with`, canonical: key -> digest.
    pub with: Vec<(String, Digest)>,
    /// The step's variables.
    pub env: BTreeMap<String, String>,
    /// Variables that it was given besides.
    pub given: BTreeMap<String, String>,
}

/// What a step that is done means to those that need it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Upstream {
    /// What it published.
    pub facts: Facts,
    /// Changes exactly when those that need it must be looked at again.
    pub result: Digest,
}

impl Upstream {
    /// Checks never cascade; what was made counts by its content; what left nothing to look at
    /// counts by what it depended on.
    pub fn new(step: &StepDef, facts: Facts, outputs: Digest, fingerprint: Digest) -> Upstream {
        let mut hasher = Hasher::new();
        match step.entry.nature {
            Nature::Checks => {}
            Nature::Makes if step.outputs.is_empty() && facts.is_empty() => {
                hasher.add(&fingerprint.0);
            }
            Nature::Makes => {
                hasher.add(&outputs.0);
                for (name, value) in facts.iter().filter(|(name, _)| !is_own(name)) {
                    hasher.add(name.as_bytes()).add(fact_text(value).as_bytes());
                }
            }
        }
        Upstream {
            facts,
            result: hasher.finish(),
        }
    }
}

/// Whether a fact is for the kind that published it alone: what it means to others is told by the
/// rest.
fn is_own(fact: &str) -> bool {
    fact.starts_with('.')
}

/// Where the parts come from.
pub struct Sources<'a> {
    /// File contents.
    pub files: &'a Files,
    /// Program paths and secrets.
    pub exec: &'a Exec,
    /// Keys the digests of secrets.
    pub key: &'a [u8; 32],
}

/// The fingerprint, and the part of it that is the same in every clone, but for modes of files that
/// are copied, which follow the user's `umask`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Everything.
    pub whole: Digest,
    /// Kind, `with`, environment and inputs only.
    pub content: Digest,
}

/// What the name of an input's part begins with; its path follows.
pub const INPUT: &str = "input ";

/// What is recorded of an input that was written while the step ran.
pub(crate) fn doubted(digest: Digest) -> Digest {
    Hasher::new().add(b"moved").add(&digest.0).finish()
}

/// Adds a part to a fingerprint.
fn count(hasher: &mut Hasher, name: &str, digest: Digest) {
    hasher.add(name.as_bytes()).add(&digest.0);
}

/// The fingerprint that these parts make, in the order of the walk.
pub fn whole(parts: &[(String, Digest)]) -> Digest {
    let mut hasher = Hasher::new();
    for (name, digest) in parts {
        count(&mut hasher, name, *digest);
    }
    hasher.finish()
}

/// Visits every part of these kinds in order: first those that are the same in every clone, then
/// what others gave, programs, secrets and needs.
pub fn walk(
    step: &StepDef,
    resolved: &Resolved,
    needs: &[(Arc<str>, Digest)],
    sources: &Sources,
    kinds: Kinds,
    visit: &mut dyn FnMut(&str, Digest),
) -> io::Result<Fingerprint> {
    let mut hasher = Hasher::new();
    let mut component = |hasher: &mut Hasher, component: Component, name: &str, digest: Digest| {
        if kinds.count(component) {
            count(hasher, name, digest);
            visit(name, digest);
        }
    };
    let kind = Hasher::new()
        .add(step.entry.name.as_bytes())
        .add(&step.entry.schema.to_le_bytes())
        .finish();
    component(&mut hasher, Component::Kind, "kind", kind);
    for (key, digest) in &resolved.with {
        component(
            &mut hasher,
            Component::With,
            &format!("with.{key}"),
            *digest,
        );
    }
    for (name, value) in &resolved.env {
        component(
            &mut hasher,
            Component::Env,
            &format!("env {name}"),
            Digest::of(value.as_bytes()),
        );
    }
    let mut patterns = step.inputs.clone();
    patterns.extend(resolved.kind.inputs());
    let listed = listed_inputs(&*resolved.kind, |path| sources.files.text(path));
    if !patterns.is_empty() || !listed.is_empty() {
        let mut name = String::new();
        // What the step itself makes is no input of it, unless it says so: the second run would
        // find its inputs changed. Nor is what those make that need it.
        let made = step.outputs.iter().chain(&step.later);
        let makes = |path: &str| made.clone().any(|output| within(path, output));
        let own = |path: &str| makes(path) && !step.inputs.iter().any(|input| input == path);
        let mut paths = sources.files.expand(&patterns)?;
        if !listed.is_empty() {
            paths = both(&paths, &sources.files.expand(&listed)?);
        }
        for path in paths.iter().filter(|path| !own(path)) {
            name.replace_range(.., INPUT);
            name.push_str(path);
            let digest = sources.files.digest(path)?;
            component(
                &mut hasher,
                Component::Input,
                &name,
                digest.unwrap_or_default(),
            );
            if digest.is_none()
                && let Some((name, digest)) = sources.files.leads(path)
            {
                component(&mut hasher, Component::Copied, &name, digest);
            }
        }
        if kinds.count(Component::Copied) && !listed.is_empty() {
            // A folder of what is made comes and goes with that.
            let holds = |path: &str| made.clone().any(|output| within(output, path));
            let all = sources.files.expand_with_folders(&listed)?;
            for path in all.iter().filter(|path| !own(path) && !holds(path)) {
                if let Some((name, digest)) = sources.files.copied(path)? {
                    component(&mut hasher, Component::Copied, &name, digest);
                }
            }
        }
    }
    let content = hasher.finish();
    if kinds.count(Component::Outputs) {
        let mut names = Hasher::new();
        for name in step.outputs.iter().collect::<BTreeSet<_>>() {
            names.add(name.as_bytes());
        }
        component(&mut hasher, Component::Outputs, "outputs", names.finish());
    }
    for (name, value) in &resolved.given {
        component(
            &mut hasher,
            Component::Env,
            &format!("env {name}"),
            Digest::of(sources.files.called_from_here(value).as_bytes()),
        );
    }
    for program in resolved.kind.programs() {
        component(
            &mut hasher,
            Component::Program,
            &format!("program {program}"),
            program_digest(program, resolved, sources)?,
        );
    }
    for name in &step.secrets {
        component(
            &mut hasher,
            Component::Secret,
            &format!("secret {name}"),
            sources.exec.secrets().digest(name, sources.key),
        );
    }
    for (need, digest) in needs {
        component(
            &mut hasher,
            Component::Need,
            &format!("need {need}"),
            *digest,
        );
    }
    Ok(Fingerprint {
        whole: hasher.finish(),
        content,
    })
}

/// Globs that files name rather than pipeline.toml, as a Dockerfile does by what it copies.
pub fn listed_inputs(kind: &dyn Kind, text: impl Fn(&str) -> String) -> Vec<String> {
    let lists = kind.input_lists();
    if lists.is_empty() {
        return Vec::new();
    }
    let texts: Vec<String> = lists.iter().map(|path| text(path)).collect();
    kind.listed_inputs(&texts)
}

/// Two sorted lists as one.
fn both(one: &[Arc<str>], other: &[Arc<str>]) -> Arc<Vec<Arc<str>>> {
    let all: BTreeSet<&Arc<str>> = one.iter().chain(other).collect();
    Arc::new(all.into_iter().cloned().collect())
}

/// Path and content: a tool that was updated in place is another tool. A program of the pipeline's
/// own counts by the name it is called by, so that nothing is done again because a folder was
/// renamed.
fn program_digest(program: &str, resolved: &Resolved, sources: &Sources) -> io::Result<Digest> {
    let own = resolved.kind.search_path().map(str::to_string);
    let lookup = Lookup {
        program: program.to_string(),
        path: own.or_else(|| resolved.env.get("PATH").cloned()),
        cwd: resolved.kind.cwd().unwrap_or_default().to_string(),
    };
    let Some(path) = sources.exec.find(lookup) else {
        return Ok(Digest::default());
    };
    let path = path.to_string_lossy();
    let content = sources.files.digest(&path)?.unwrap_or_default();
    let name = if program.contains('/') {
        program
    } else {
        &path
    };
    Ok(Hasher::new().add(name.as_bytes()).add(&content.0).finish())
}

/// The digests of a table's keys, one each, so that a change can be named.
pub fn table_digests(table: &DeValue) -> Vec<(String, Digest)> {
    let DeValue::Table(table) = table else {
        return Vec::new();
    };
    let digest = |value: &DeValue| {
        let mut hasher = Hasher::new();
        hash_value(value, &mut hasher);
        hasher.finish()
    };
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), digest(value.get_ref())))
        .collect()
}

fn hash_value(value: &DeValue, hasher: &mut Hasher) {
    hasher.add(value.type_str().as_bytes());
    match value {
        DeValue::Array(items) => {
            hasher.add(&items.len().to_le_bytes());
            items
                .iter()
                .for_each(|item| hash_value(item.get_ref(), hasher));
        }
        DeValue::Table(table) => {
            hasher.add(&table.len().to_le_bytes());
            for (key, value) in table.iter() {
                hasher.add(key.get_ref().as_bytes());
                hash_value(value.get_ref(), hasher);
            }
        }
        scalar => {
            hasher.add(crate::vars::text_of(scalar).unwrap_or_default().as_bytes());
        }
    }
}
