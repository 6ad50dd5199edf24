//! `[targets]`, and which variables a target has.

use std::collections::BTreeMap;
use std::env::VarError;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names;
use super::raw;
use super::{Choices, ConfigError, Source, suggest};
use crate::target::{Declared, Target, Targets, USUAL};
use crate::vars::{Scope, Variable, Vars, read, text_of};
use protocol::template;

/// The targets that a file declares, or the usual ones.
pub(super) fn declared(
    source: &Source,
    table: Option<Spanned<DeTable<'static>>>,
) -> Result<Targets, ConfigError> {
    let usual = || DeTable::parse(USUAL).ok()?.into_inner().remove("targets");
    let table = match table {
        Some(table) => table,
        None => raw::table(source, usual().unwrap_or_else(nothing), "")?,
    };
    let mut entries: Vec<_> = table.into_inner().into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut targets = Targets::default();
    let mut groups = Vec::new();
    for (name, value) in entries {
        let (place, name) = (name.span(), name.get_ref().to_string());
        if value.get_ref().is_array() {
            groups.push((place, name, value));
            continue;
        }
        let span = value.span();
        let raw = raw::Target::deserialize(value.into_deserializer());
        let raw = raw.map_err(|err| source.toml_error(&err, span))?;
        let raw::Target {
            auto,
            context,
            argument,
        } = raw;
        if name == "auto" || name.contains([':', '.']) {
            return Err(source.error(
                place,
                format!("`{name}` can't be the name of a target; choose another"),
            ));
        }
        targets.list.push(Declared {
            name,
            auto,
            context,
            argument,
        });
    }
    for (place, name, value) in groups {
        let span = value.span();
        let members = Vec::<Spanned<String>>::deserialize(value.into_deserializer());
        let members = members.map_err(|err| source.toml_error(&err, span))?;
        for member in &members {
            if targets.find(member.get_ref()).is_none() {
                let names = targets.list.iter().map(|target| target.name.as_str());
                let hint = suggest(member.get_ref(), names);
                let message = format!(
                    "the group `{name}` has the unknown target `{}`{hint}",
                    member.get_ref()
                );
                return Err(source.error(member.span(), message));
            }
        }
        if name == "default" {
            return Err(source.error(
                place,
                "`default` stands for all other targets; choose another name",
            ));
        }
        targets
            .groups
            .insert(name, members.into_iter().map(Spanned::into_inner).collect());
    }
    Ok(targets)
}

fn nothing() -> Spanned<DeValue<'static>> {
    Spanned::new(0..0, DeValue::Table(DeTable::new()))
}

/// Refuses a target that there is not.
pub(super) fn known(
    source: &Source,
    targets: &Targets,
    name: &str,
    span: std::ops::Range<usize>,
) -> Result<(), ConfigError> {
    targets
        .known(name)
        .map_err(|message| source.error(span, message))
}

/// The variables as they are written, for any target.
pub(super) struct Variables {
    /// `[vars]`.
    pub shared: Vec<raw::Variable>,
    /// `[target.NAME]`.
    pub by_target: Vec<(Spanned<String>, Vec<raw::Variable>)>,
    /// The pipeline's name.
    pub name: String,
}

impl Variables {
    /// Refuses names of targets that there are not, and names that are the engine's own.
    pub(super) fn check(
        &self,
        source: &Source,
        targets: &Targets,
        set: &[(String, String)],
    ) -> Result<(), ConfigError> {
        for (name, _) in &self.by_target {
            known(source, targets, name.get_ref(), name.span())?;
        }
        let all = self.by_target.iter().flat_map(|(_, variables)| variables);
        names::variables(source, self.shared.iter().chain(all))?;
        for (key, _) in set {
            if let Some(by) = names::chosen_by(key) {
                let message = format!("--set {key}: xtask sets `{key}` itself; {by} decides");
                return Err(ConfigError(message));
            }
        }
        Ok(())
    }

    /// Later ones win: what is so of this machine, `[vars]`, those of groups, those of the target,
    /// `PIPELINE_NAME` in the environment, `--set`, and what xtask itself knows.
    pub(super) fn of(
        &self,
        source: &Source,
        targets: &Targets,
        target: &Target,
        choices: &Choices,
    ) -> Result<Vars, ConfigError> {
        let mut vars = Vars::from([("arch".to_string(), given(std::env::consts::ARCH))]);
        let written = |value: &Spanned<DeValue<'static>>| Variable {
            value: value.clone(),
            literal: false,
        };
        // A variable that only another target declares exists everywhere, empty, so that shared
        // steps may mention it.
        for (key, _) in self.by_target.iter().flat_map(|(_, variables)| variables) {
            vars.insert(key.get_ref().clone(), given(""));
        }
        let of_groups = self.by_target.iter().filter(|(name, _)| {
            *name.get_ref() != target.name && targets.covers(name.get_ref(), &target.name)
        });
        let own = self
            .by_target
            .iter()
            .filter(|(name, _)| *name.get_ref() == target.name);
        let by_target = of_groups.chain(own).flat_map(|(_, variables)| variables);
        for (key, value) in self.shared.iter().chain(by_target) {
            vars.insert(key.get_ref().clone(), written(value));
        }
        for (key, value) in vars.iter_mut() {
            let name = names::in_environment(key);
            match std::env::var(&name) {
                Ok(text) => *value = given_for(value, &text, &name)?,
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => return Err(no_text(&name)),
            }
        }
        set(source, &mut vars, &choices.set)?;
        let context = self.context(source, targets, target, &vars)?;
        let known = [
            ("target", target.to_string()),
            ("context", context),
            ("profile", choices.profile.clone()),
            ("state", choices.state.clone()),
            ("root", source.dir.display().to_string()),
            ("name", self.name.clone()),
        ];
        vars.extend(known.map(|(key, value)| (key.to_string(), given(&value))));
        Ok(vars)
    }

    fn context(
        &self,
        source: &Source,
        targets: &Targets,
        target: &Target,
        vars: &Vars,
    ) -> Result<String, ConfigError> {
        let declared = targets.find(&target.name);
        let template = declared.map_or("", |declared| declared.context.as_str());
        if let (true, Some(argument)) = (template.is_empty(), &target.argument) {
            return Ok(argument.clone());
        }
        let usual = usual_variables(vars);
        let filled = Scope::new(&usual).text(template);
        filled.map_err(|err| {
            source.error(
                0..0,
                format!("the context of target `{}`: {}", target.name, err.message),
            )
        })
    }
}

/// With the variables that the usual targets name, where a pipeline does not have them or leaves
/// them empty.
fn usual_variables(vars: &Vars) -> Vars {
    let mut all: BTreeMap<_, _> = vars.clone();
    let usual = DeTable::parse(USUAL)
        .ok()
        .and_then(|table| table.into_inner().remove("vars"));
    let usual = usual.map(Spanned::into_inner);
    for (name, value) in usual.iter().flat_map(|vars| vars.as_table()).flatten() {
        let has = all
            .get(&**name.get_ref())
            .and_then(|variable| text_of(variable.value.get_ref()));
        if has.is_none_or(|text| text.is_empty()) {
            all.insert(
                name.get_ref().to_string(),
                Variable {
                    value: value.clone(),
                    literal: false,
                },
            );
        }
    }
    all
}

fn set(source: &Source, vars: &mut Vars, pairs: &[(String, String)]) -> Result<(), ConfigError> {
    for (key, text) in pairs {
        let Some(declared) = vars.get(key) else {
            let hint = suggest(key, vars.keys().map(String::as_str));
            return Err(ConfigError(format!(
                "--set {key}: {} declares no variable `{key}`{hint}",
                source.name
            )));
        };
        let value = given_for(stands_for(vars, declared), text, &format!("--set {key}"))?;
        vars.insert(key.clone(), value);
    }
    Ok(())
}

/// The variable itself, or the one that it is another name of.
fn stands_for<'v>(vars: &'v Vars, declared: &'v Variable) -> &'v Variable {
    let other = |variable: &Variable| {
        let text = variable
            .value
            .get_ref()
            .as_str()
            .filter(|_| !variable.literal)?;
        vars.get(template::whole_name(text)?)
    };
    let chain = std::iter::successors(Some(declared), |variable| other(variable));
    // No more than there are: they may name each other in a circle.
    chain.take(vars.len()).last().unwrap_or(declared)
}

fn no_text(name: &str) -> ConfigError {
    ConfigError(format!(
        "{name}: its value is not UTF-8 text; give it one that is, or unset it"
    ))
}

/// A value from outside for a variable that is declared so: lists, tables and what is true or false
/// are written as in TOML, anything else is a text. `from` says who gives it.
fn given_for(declared: &Variable, text: &str, from: &str) -> Result<Variable, ConfigError> {
    let wanted = match declared.value.get_ref() {
        DeValue::Array(_) => "a list, such as [\"a\", \"b\"]",
        DeValue::Table(_) => "a table, such as { a = \"b\" }",
        DeValue::Boolean(_) => "true or false",
        _ => return Ok(given(text)),
    };
    let kind = core::mem::discriminant(declared.value.get_ref());
    let value = read(text).filter(|value| core::mem::discriminant(value) == kind);
    value.map(literal).ok_or_else(|| {
        ConfigError(format!(
            "{from}: `{text}` is not {wanted}, which this variable is"
        ))
    })
}

/// A value from outside: what it says is what it is.
pub(super) fn given(text: &str) -> Variable {
    literal(DeValue::String(text.to_string().into()))
}

fn literal(value: DeValue<'static>) -> Variable {
    Variable {
        value: Spanned::new(0..0, value),
        literal: true,
    }
}
