//! A file as written -> a pipeline for one target: variables overridden and filled in, steps of other targets left out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::goals::{goals, pools, urls};
use super::names;
use super::outputs::one_maker;
use protocol::Kinds;

use super::raw::{self, File, When};
use super::reads::needs_of_readers;
use super::units::{bytes, duration};
use super::values;
use super::{Choices, ConfigError, Pipeline, Retry, Source, StepDef, suggest};
use crate::target;
use crate::vars::{self, Scope, Vars};

/// Every id in the file, also those of other targets' steps.
pub(super) type Ids = HashSet<Arc<str>>;

/// The only format version there is.
const VERSION: u32 = 1;

/// Makes the pipeline of one target.
pub(super) fn pipeline(
    source: &Arc<Source>,
    file: File,
    choices: &Choices,
) -> Result<Pipeline, ConfigError> {
    let File {
        root,
        vars,
        targets,
        steps,
        unread,
    } = file;
    if *root.version.get_ref() != VERSION {
        let message = format!(
            "this xtask reads version {VERSION}, not {}",
            root.version.get_ref()
        );
        return Err(source.error(root.version.span(), message));
    }
    for name in targets.keys() {
        known_target(source, name, 0..0)?;
    }
    let vars = variables(source, &root.name, vars, targets, choices)?;
    let mut ids = unique(source, &steps)?;
    ids.extend(unread);
    let steps = steps_of(source, steps, &ids, &vars, choices)?;
    let goals = goals(source, root.goals, &steps, &ids, choices)?;
    let pools = pools(source, root.pools, &steps)?;
    let urls = urls(source, root.urls, &vars, choices)?;
    let generate_secrets = root.generate_secrets;
    let env_file = root.env_file.unwrap_or_else(|| ".env".to_string());
    Ok(Pipeline {
        name: root.name.into_inner(),
        vars,
        goals,
        pools,
        urls,
        generate_secrets,
        env_file,
        steps,
        declared: ids,
        source: source.clone(),
    })
}

/// Later ones win: `[vars]`, `[target.NAME]`, `PIPELINE_NAME` in the environment, `--set`, and what xtask itself knows.
fn variables(
    source: &Source,
    name: &Spanned<String>,
    declared: Vec<raw::Variable>,
    mut targets: BTreeMap<String, Vec<raw::Variable>>,
    choices: &Choices,
) -> Result<Vars, ConfigError> {
    names::variables(source, declared.iter().chain(targets.values().flatten()))?;
    let mut vars = Vars::new();
    // A variable that only another target declares exists everywhere, empty, so that shared steps may mention it.
    for (key, _) in targets.values().flatten() {
        vars.insert(key.get_ref().clone(), DeValue::String("".into()));
    }
    let own = targets.remove(choices.target.family()).unwrap_or_default();
    for (key, value) in declared.into_iter().chain(own) {
        vars.insert(key.into_inner(), value.into_inner());
    }
    for (key, value) in vars.iter_mut() {
        if let Ok(given) = std::env::var(names::in_environment(key)) {
            *value = DeValue::String(given.into());
        }
    }
    for (key, given) in &choices.set {
        if let Some(by) = names::chosen_by(key) {
            let message = format!("--set {key}: xtask sets `{key}` itself; {by} decides");
            return Err(ConfigError(message));
        }
        if !vars.contains_key(key) {
            let hint = suggest(key, vars.keys().map(String::as_str));
            return Err(ConfigError(format!(
                "--set {key}: {} declares no variable `{key}`{hint}",
                source.name
            )));
        }
        vars.insert(key.clone(), DeValue::String(given.clone().into()));
    }
    let known = [
        ("target", choices.target.to_string()),
        ("context", choices.target.context(&vars)),
        ("profile", choices.profile.clone()),
        ("state", choices.state.clone()),
        ("root", source.dir.display().to_string()),
        ("name", name.get_ref().clone()),
    ];
    vars.extend(known.map(|(key, value)| (key.to_string(), DeValue::String(value.into()))));
    Ok(vars)
}

/// The ids by name. Two steps may share one only if no target has both.
fn unique(source: &Source, steps: &[raw::Step]) -> Result<Ids, ConfigError> {
    let mut ids = Ids::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let id = &step.keys.id;
        valid_id(source, id)?;
        if ids.insert(Arc::from(id.get_ref().as_str())) {
            continue;
        }
        let taken = |other: &&raw::Step| {
            other.keys.id.get_ref() == id.get_ref() && overlap(&other.keys.when, &step.keys.when)
        };
        if let Some(other) = steps[..index].iter().find(taken) {
            let (line, _) = source.position(other.start);
            let message = format!(
                "the id `{}` is taken by the step at line {line}; choose another",
                id.get_ref()
            );
            return Err(source.error(id.span(), message));
        }
    }
    Ok(ids)
}

fn valid_id(source: &Source, id: &Spanned<String>) -> Result<(), ConfigError> {
    let fits = |c: char| c.is_alphanumeric() || "-_:/".contains(c);
    if !id.get_ref().is_empty() && id.get_ref().chars().all(fits) {
        return Ok(());
    }
    let message = format!(
        "the id `{}` may have letters, digits, `-`, `_`, `:` and `/` only",
        id.get_ref()
    );
    Err(source.error(id.span(), message))
}

fn overlap(a: &When, b: &When) -> bool {
    let any = a.target.is_empty() || b.target.is_empty();
    any || a.target.iter().any(|name| {
        b.target
            .iter()
            .any(|other| other.get_ref() == name.get_ref())
    })
}

fn steps_of(
    source: &Source,
    steps: Vec<raw::Step>,
    ids: &Ids,
    vars: &Vars,
    choices: &Choices,
) -> Result<Vec<StepDef>, ConfigError> {
    let mut kept = Vec::with_capacity(steps.len());
    let mut left_out: HashMap<Arc<str>, Vec<Arc<str>>> = HashMap::new();
    for step in steps {
        let needs = needs(source, &step, ids)?;
        let id = ids
            .get(step.keys.id.get_ref().as_str())
            .cloned()
            .unwrap_or_default();
        let applies = applies(source, &step.keys.when, choices)?;
        let step = definition(source, step, id.clone(), needs, vars, choices.kinds)?;
        if applies {
            kept.push(step);
        } else {
            left_out.entry(id).or_default().extend(step.needs);
        }
    }
    inherit(&mut kept, left_out);
    one_maker(source, &kept)?;
    names::one_claimant(source, &kept)?;
    needs_of_readers(source, &mut kept)?;
    Ok(kept)
}

fn needs(source: &Source, step: &raw::Step, ids: &Ids) -> Result<Vec<Arc<str>>, ConfigError> {
    let find = |need: &Spanned<String>| {
        ids.get(need.get_ref().as_str()).cloned().ok_or_else(|| {
            let hint = suggest(need.get_ref(), ids.iter().map(|id| &**id));
            let message = format!(
                "step `{}` needs unknown step `{}`{hint}",
                step.keys.id.get_ref(),
                need.get_ref()
            );
            source.error(need.span(), message)
        })
    };
    step.keys.needs.iter().map(find).collect()
}

/// Who needs a step that this target does not have needs what that one needs.
fn inherit(steps: &mut [StepDef], mut left_out: HashMap<Arc<str>, Vec<Arc<str>>>) {
    for step in steps.iter() {
        left_out.remove(&step.id);
    }
    for step in steps
        .iter_mut()
        .filter(|step| step.needs.iter().any(|need| left_out.contains_key(need)))
    {
        let (mut open, mut needs) = (std::mem::take(&mut step.needs), Vec::new());
        let mut seen = HashSet::new();
        open.reverse();
        while let Some(need) = open.pop() {
            if !seen.insert(need.clone()) {
                continue;
            }
            match left_out.get(&need) {
                Some(instead) => open.extend(instead.iter().cloned()),
                None => needs.push(need),
            }
        }
        step.needs = needs;
    }
}

fn applies(source: &Source, when: &When, choices: &Choices) -> Result<bool, ConfigError> {
    for name in &when.target {
        known_target(source, name.get_ref(), name.span())?;
    }
    let target = when.target.is_empty()
        || when
            .target
            .iter()
            .any(|name| name.get_ref() == choices.target.family());
    let profile = when.profile.is_empty() || when.profile.contains(&choices.profile);
    let os = when.os.is_empty() || when.os.iter().any(|os| os == std::env::consts::OS);
    Ok(target && profile && os)
}

/// Refuses a target that there is not.
pub(super) fn known_target(
    source: &Source,
    name: &str,
    span: Range<usize>,
) -> Result<(), ConfigError> {
    if target::FAMILIES.contains(&name) {
        return Ok(());
    }
    let hint = suggest(name, target::FAMILIES.into_iter());
    let message = format!(
        "unknown target `{name}`{hint}; there are {}",
        target::FAMILIES.join(", ")
    );
    Err(source.error(span, message))
}

fn definition(
    source: &Source,
    step: raw::Step,
    id: Arc<str>,
    needs: Vec<Arc<str>>,
    vars: &Vars,
    kinds: Kinds,
) -> Result<StepDef, ConfigError> {
    let raw::Step {
        keys,
        mut with,
        start,
    } = step;
    let text = |text: &Spanned<String>| fill(source, text, vars);
    vars::fill(&mut with, &Scope::Vars(vars)).map_err(|err| source.error(err.span, err.message))?;
    let entry = kinds.find(keys.kind.get_ref());
    let entry = entry.ok_or_else(|| unknown_kind(source, &keys.kind, kinds))?;
    let kind = (entry.parse)(with.clone()).map_err(|err| source.toml_error(&err, with.span()))?;
    let seconds = |value: &Option<Spanned<String>>| {
        value
            .as_ref()
            .map(|value| duration(source, value))
            .transpose()
    };
    let variable = |(name, value): (&Spanned<String>, &Spanned<String>)| {
        values::variable(source, name)?;
        let filled = text(value)?;
        values::value(source, value, &filled)?;
        Ok((name.get_ref().clone(), filled))
    };
    let input = |written: &Spanned<String>| {
        values::input(
            source,
            written,
            &values::no_fact(source, written, text(written)?)?,
        )
    };
    let output = |written: &Spanned<String>| {
        values::output(
            source,
            written,
            values::no_fact(source, written, text(written)?)?,
        )
    };
    let secret = |name: Spanned<String>| {
        values::variable(source, &name)?;
        Ok(name.into_inner())
    };
    let passed = |name: Spanned<String>| {
        values::passed(source, &name)?;
        Ok(name.into_inner())
    };
    Ok(StepDef {
        entry,
        kind,
        with,
        needs,
        id,
        inputs: keys.inputs.iter().map(input).collect::<Result<_, _>>()?,
        outputs: keys.outputs.iter().map(output).collect::<Result<_, _>>()?,
        env: keys.env.iter().map(variable).collect::<Result<_, _>>()?,
        later: Vec::new(),
        inherit: keys
            .inherit
            .map(|names| names.into_iter().map(passed).collect())
            .transpose()?,
        secrets: keys
            .secrets
            .into_iter()
            .map(secret)
            .collect::<Result<_, _>>()?,
        timeout: seconds(&keys.timeout)?,
        retry: retry(source, keys.retry)?,
        pool: keys.pool.map(Spanned::into_inner),
        weight: values::count(source, "weight", &keys.weight)?,
        min_free_mem: keys
            .min_free_mem
            .map(|size| bytes(source, &size))
            .transpose()?
            .unwrap_or(0),
        always: keys.always,
        keep: keys.keep,
        start,
    })
}

/// Fills in the variables of one text.
pub(super) fn fill(
    source: &Source,
    text: &Spanned<String>,
    vars: &Vars,
) -> Result<String, ConfigError> {
    if !text.get_ref().contains("${") {
        return Ok(text.get_ref().clone());
    }
    vars::fill_string(text.get_ref(), &Scope::Vars(vars))
        .map_err(|err| source.error(text.span(), err))
}

fn unknown_kind(source: &Source, kind: &Spanned<String>, kinds: Kinds) -> ConfigError {
    let hint = suggest(kind.get_ref(), kinds.0.iter().map(|entry| entry.name));
    source.error(
        kind.span(),
        format!(
            "unknown kind `{}`{hint}; `cargo xtask kinds` lists them",
            kind.get_ref()
        ),
    )
}

fn retry(source: &Source, retry: Option<raw::Retry>) -> Result<Retry, ConfigError> {
    let Some(raw) = retry else {
        return Ok(Retry::default());
    };
    let backoff = raw
        .backoff
        .as_ref()
        .map(|value| duration(source, value))
        .transpose()?;
    Ok(Retry {
        attempts: values::count(source, "attempts", &raw.attempts)?,
        backoff: backoff.unwrap_or(Retry::default().backoff),
    })
}
