//! One step against its record: resolved, fingerprinted, and whether it is stale. Shared by
//! planning and running.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::World;
use super::changed::{changes, reason_of, written};
use crate::config::{self, Given, StepDef};
use crate::digest::{Digest, Hasher};
use crate::exec::Setting;
use crate::fingerprint::{self, Component, Fingerprint, Kinds, Resolved, Upstream};
use crate::journal::Record;
use crate::state::seconds_now;
use crate::vars::{FactMap, Scope, Unresolved};
use protocol::{Failure, Nature, StepContext};

/// A step that was looked at.
pub struct Inspected {
    /// With facts filled in.
    pub resolved: Resolved,
    /// What it depends on now, as far as its record counts it.
    pub fingerprint: Fingerprint,
    /// Why it has to run, as far as files and journal tell.
    pub stale: Option<Stale>,
}

/// Why a step has to run.
pub struct Stale {
    /// For people.
    pub reason: String,
    /// The parts that changed.
    pub changed: Vec<String>,
}

/// Looks at a step whose needs are settled.
pub fn inspect(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
    needs: &[(Arc<str>, Upstream)],
) -> Result<Inspected, Failure> {
    let resolved = resolve(world, step, needs, Unknown::Refused)?;
    look(world, step, record, needs, resolved)
}

/// The same for a step that is to be removed: what is only needed to make it, such as the tag of an
/// image that is gone, need not be known any more.
pub fn inspect_to_undo(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
    needs: &[(Arc<str>, Upstream)],
) -> Result<Inspected, Failure> {
    let resolved = resolve(world, step, needs, Unknown::Refused)
        .or_else(|_| resolve(world, step, needs, Unknown::LeftOut))?;
    look(world, step, record, needs, resolved)
}

fn look(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
    needs: &[(Arc<str>, Upstream)],
    resolved: Resolved,
) -> Result<Inspected, Failure> {
    let kinds = counted(record);
    let walk = |visit: &mut Visit| walk(world, step, &resolved, needs, kinds, visit);
    let fingerprint = walk(&mut |_, _| ())?;
    let stale = stale(world, step, record, fingerprint.whole, |visit| {
        walk(visit).map(drop)
    })?;
    Ok(Inspected {
        resolved,
        fingerprint,
        stale,
    })
}

/// The kinds of parts that a step's record can be compared by: those that its writer knew.
pub fn counted(record: Option<&Record>) -> Kinds {
    let done = record.filter(|record| record.done.is_some());
    done.map_or(Kinds::KNOWN, |record| record.kinds)
}

/// The same for a step that is likely to run: also the parts of its fingerprint, from the same
/// walk.
pub fn inspect_with_components(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
    needs: &[(Arc<str>, Upstream)],
) -> Result<(Inspected, NamedComponents), Failure> {
    let resolved = resolve(world, step, needs, Unknown::Refused)?;
    let (fingerprint, components) = components(world, step, &resolved, needs, counted(record))?;
    let stale = stale(world, step, record, fingerprint.whole, |visit| {
        components
            .iter()
            .for_each(|(name, digest)| visit(name, *digest));
        Ok(())
    })?;
    let inspected = Inspected {
        resolved,
        fingerprint,
        stale,
    };
    Ok((inspected, components))
}

/// Parts of a fingerprint by name, in order.
pub type NamedComponents = Vec<(String, Digest)>;

/// Is told the name and digest of each part.
type Visit<'a> = dyn FnMut(&str, Digest) + 'a;

/// A step's fingerprint and its parts of these kinds by name, from one walk.
pub fn components(
    world: &World,
    step: &StepDef,
    resolved: &Resolved,
    needs: &[(Arc<str>, Upstream)],
    kinds: Kinds,
) -> Result<(Fingerprint, NamedComponents), Failure> {
    let mut components = Vec::new();
    let mut visit = |name: &str, digest: Digest| components.push((name.to_string(), digest));
    let fingerprint = walk(world, step, resolved, needs, kinds, &mut visit)?;
    Ok((fingerprint, components))
}

fn walk(
    world: &World,
    step: &StepDef,
    resolved: &Resolved,
    needs: &[(Arc<str>, Upstream)],
    kinds: Kinds,
    visit: &mut Visit,
) -> Result<Fingerprint, Failure> {
    let counts =
        |(id, _): &&(Arc<str>, Upstream)| step.needs.contains(id) || step.givers.contains(id);
    let result = |(id, upstream): &(Arc<str>, Upstream)| (id.clone(), upstream.result);
    let results: Vec<(Arc<str>, Digest)> = needs.iter().filter(counts).map(result).collect();
    fingerprint::walk(step, resolved, &results, &world.sources(), kinds, visit).map_err(unreadable)
}

/// What a kind may know about its step.
pub fn step_context<'a>(
    world: &'a World,
    record: Option<&'a Record>,
    fingerprint: Fingerprint,
) -> StepContext<'a> {
    let before = record
        .map(|record| &record.facts)
        .filter(|facts| !facts.is_empty());
    StepContext {
        pipeline: &world.pipeline.name,
        content: fingerprint.content.short(),
        before,
        last: None,
        noted: None,
        clone: &world.clone,
        now: seconds_now(),
        acting: false,
        undo: false,
        doomed: false,
        all: false,
        adopt: world.adopt,
        secrets: world.exec.secrets(),
        yes: world.yes,
    }
}

/// What the step's processes get.
pub fn setting<'a>(step: &'a StepDef, resolved: &Resolved) -> Setting<'a> {
    let variables = resolved.given.iter().chain(&resolved.env);
    let pair = |(name, value): (&String, &String)| (name.clone(), value.clone());
    Setting {
        env: variables.map(pair).collect(),
        secrets: &step.secrets,
        inherit: step.inherit.as_deref(),
        timeout: step.timeout,
        slots: step.weight,
        ..Setting::default()
    }
}

/// The digest of a step's declared outputs, or the first one that is missing.
pub fn outputs(world: &World, step: &StepDef) -> Result<Result<Digest, String>, Failure> {
    let mut hasher = Hasher::new();
    for path in &step.outputs {
        match world.files.digest(path).map_err(unreadable)? {
            Some(digest) => hasher.add(path.as_bytes()).add(&digest.0),
            None => return Ok(Err(path.clone())),
        };
    }
    Ok(Ok(hasher.finish()))
}

/// Whether a step that runs in each run was done in this one: by what was cut short, or by another
/// process.
fn passed(step: &StepDef, record: Option<&Record>) -> bool {
    step.always && record.is_some_and(|record| record.passed)
}

/// Why a step is skipped, given how its effect is known to stand.
pub fn told(step: &StepDef, record: Option<&Record>, reason: String) -> String {
    match passed(step, record) {
        true => "passed in this run already".to_string(),
        false => reason,
    }
}

/// Why a step runs whatever its fingerprint says, if it does.
pub fn runs_anyway(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
) -> Option<Cow<'static, str>> {
    if world.forces(&step.id) {
        Some("forced".into())
    } else if step.always && !passed(step, record) {
        Some("runs each time".into())
    } else if step.entry.nature == Nature::Checks {
        None
    } else {
        match record {
            None => Some("never done".into()),
            Some(Record { done: Some(_), .. }) => None,
            Some(Record { ended: None, .. }) if world.under_way => {
                Some("it has not ended, and a run is under way".into())
            }
            Some(Record { ended: None, .. }) => Some("it was not finished last time".into()),
            Some(Record {
                ended: Some(how), ..
            }) => Some(format!("it {how}").into()),
        }
    }
}

fn stale(
    world: &World,
    step: &StepDef,
    record: Option<&Record>,
    now: Digest,
    walk: impl Fn(&mut Visit) -> Result<(), Failure>,
) -> Result<Option<Stale>, Failure> {
    if let Some(reason) = runs_anyway(world, step, record) {
        return Ok(Some(Stale {
            reason: reason.to_string(),
            changed: Vec::new(),
        }));
    }
    let Some((record, before)) = record.and_then(|record| Some((record, record.done?))) else {
        return Ok(None);
    };
    if before != now {
        let mut components = Vec::new();
        walk(&mut |name, digest| components.push((name.to_string(), digest)))?;
        let known = record.components.read();
        let changed = changes(&known, &components);
        let written = written(&known, &components);
        return Ok(Some(Stale {
            reason: reason_of(world, &changed, &written),
            changed,
        }));
    }
    Ok(match outputs(world, step)? {
        Ok(digest) if digest == record.outputs => None,
        Ok(_) => Some(Stale {
            reason: meddled(world, step, record),
            changed: Vec::new(),
        }),
        Err(missing) => Some(Stale {
            reason: format!("{missing} is missing"),
            changed: Vec::new(),
        }),
    })
}

/// Who else may write there shows by what was written last.
fn meddled(world: &World, step: &StepDef, record: &Record) -> String {
    let is_older = !record.kinds.count(Component::Outputs);
    if is_older && !step.kind.writes().is_empty() {
        return "what it writes by itself counts since this version".to_string();
    }
    if step.outputs.is_empty() {
        return "it made something else when it was done".to_string();
    }
    let outputs: Vec<&str> = step.outputs.iter().map(|path| &**path).collect();
    let newest = world.files.newest_of(&outputs);
    let newest = newest.map_or(String::new(), |path| format!(", last {path}"));
    let outputs = outputs.join(" or ");
    format!("{outputs} was changed by someone else{newest}")
}

/// What becomes of a key of `with` or `env` that names a fact which nobody knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refused,
    LeftOut,
}

/// Fills in the facts of what the step needs.
fn resolve(
    world: &World,
    step: &StepDef,
    needs: &[(Arc<str>, Upstream)],
    unknown: Unknown,
) -> Result<Resolved, Failure> {
    let facts = needs.iter().map(|(id, upstream)| (&**id, &upstream.facts));
    let facts: FactMap = facts.collect();
    let leaves_out = unknown == Unknown::LeftOut;
    let given = given(world, step, &facts)?;
    let Some(waits) = &step.waits else {
        return Ok(Resolved {
            kind: step.kind.clone(),
            with: fingerprint::table_digests(step.with.get_ref()),
            env: step.env.clone(),
            given,
        });
    };
    let source = &world.pipeline.source;
    let wrong = |err: Unresolved| Failure::new(source.error(err.span, err.message).0);
    let mut with = step.with.clone();
    waits
        .scope()
        .facts(&facts)
        .own(step.entry.own_names)
        .leaving_out(leaves_out)
        .fill(&mut with)
        .map_err(wrong)?;
    let kind = config::kind::read(source, step.entry, &mut with)
        .map_err(|err| Failure::new(source.toml_error(&err, with.span()).0))?;
    Ok(Resolved {
        kind,
        with: fingerprint::table_digests(with.get_ref()),
        env: filled(&step.env, waits.scope().facts(&facts), unknown)?,
        given,
    })
}

/// What `[env]` gives the step. An empty value is none.
fn given(
    world: &World,
    step: &StepDef,
    facts: &FactMap,
) -> Result<BTreeMap<String, String>, Failure> {
    let source = &world.pipeline.source;
    let scope = Scope::new(&world.pipeline.vars).facts(facts);
    let mut values = BTreeMap::new();
    for Given { name, text, .. } in &step.given {
        let value = scope.text(text.get_ref()).map_err(|err| {
            let message = format!(
                "`[env]` gives `{}` the variable {name}: {}",
                step.id, err.message
            );
            Failure::new(source.error(text.span(), message).0)
        })?;
        values.insert(name.clone(), value);
    }
    values.retain(|_, value| !value.is_empty());
    Ok(values)
}

/// Variables with their names filled in.
fn filled(
    written: &BTreeMap<String, String>,
    scope: Scope,
    unknown: Unknown,
) -> Result<BTreeMap<String, String>, Failure> {
    let fill = |(name, text): (&String, &String)| match scope.text(text) {
        Ok(text) => Some(Ok((name.clone(), text))),
        Err(_) if unknown == Unknown::LeftOut => None,
        Err(err) => Some(Err(Failure::new(err.message))),
    };
    written.iter().filter_map(fill).collect()
}

fn unreadable(err: std::io::Error) -> Failure {
    let failure = Failure::new(format!("can't read {err}"));
    match err.kind() {
        std::io::ErrorKind::PermissionDenied => failure.fix("check the file's permissions"),
        _ => failure,
    }
}
