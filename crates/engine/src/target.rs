//! Where a pipeline deploys to, which targets and groups of them it declares, and how `auto`
//! decides.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;

use crate::config::suggest;

/// What a pipeline has that declares no targets: its steps run on this machine, in minikube, in
/// kind, or in a cluster that is named by its kubeconfig context.
pub(crate) const USUAL: &str = r#"
[targets]
minikube = { auto = ["docker", "minikube", "helm"], context = "${minikube_profile}" }
local = { auto = [] }
kind = { context = "kind-${kind_cluster}" }
context = { argument = true }

[vars]
minikube_profile = "minikube"
kind_cluster = "kind"
"#;

/// Where a pipeline deploys to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// One of the declared names.
    pub name: String,
    /// What stands behind a colon, such as a kubeconfig context.
    pub argument: Option<String>,
}

impl Target {
    /// The target that a user or the state folder names.
    pub fn named(text: &str) -> Target {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument.to_string())),
            None => (text, None),
        };
        Target {
            name: name.to_string(),
            argument,
        }
    }
}

impl Default for Target {
    fn default() -> Target {
        Target::named("local")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.argument {
            Some(argument) => write!(f, "{}:{argument}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// One of the targets that a pipeline declares.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The programs with which `auto` takes it.
    pub auto: Option<Vec<String>>,
    /// The kubeconfig context, variables not yet filled in; empty if it has none.
    pub context: String,
    /// It is given as `NAME:ARGUMENT`, and the argument is its context.
    pub argument: bool,
}

/// The targets that a pipeline declares, and groups of them.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// In the order of the file.
    pub list: Vec<Declared>,
    /// Each with the targets that it stands for.
    pub groups: BTreeMap<String, Vec<String>>,
}

impl Targets {
    /// The target of that name.
    pub fn find(&self, name: &str) -> Option<&Declared> {
        self.list.iter().find(|target| target.name == name)
    }

    /// Whether this is the target, or a group with it.
    pub fn covers(&self, name: &str, target: &str) -> bool {
        name == target
            || self
                .groups
                .get(name)
                .is_some_and(|group| group.iter().any(|member| member == target))
    }

    /// Whether one of these names is this target or a group with it; no names at all stand for
    /// every target.
    pub fn any_covers<'n>(
        &self,
        names: impl IntoIterator<Item = &'n Spanned<String>>,
        target: &str,
    ) -> bool {
        let mut names = names.into_iter().peekable();
        names.peek().is_none() || names.any(|name| self.covers(name.get_ref(), target))
    }

    /// Whether there is a target or group of that name; the sentence says which there are.
    pub fn known(&self, name: &str) -> Result<(), String> {
        if self.find(name).is_some() || self.groups.contains_key(name) {
            return Ok(());
        }
        let names = || {
            let targets = self.list.iter().map(|target| target.name.as_str());
            targets.chain(self.groups.keys().map(String::as_str))
        };
        let hint = suggest(name, names());
        let all: Vec<&str> = names().collect();
        Err(format!(
            "unknown target `{name}`{hint}; there are {}",
            all.join(", ")
        ))
    }

    /// The target that a user names.
    pub fn given(&self, text: &str) -> Result<Target, String> {
        let target = Target::named(text);
        let forms = self.forms();
        let Some(declared) = self.find(&target.name) else {
            let names = self.list.iter().map(|target| target.name.as_str());
            let hint = suggest(&target.name, names.chain(["auto"]));
            return Err(format!(
                "unknown target `{text}`{hint}; there are auto, {}",
                forms.join(", ")
            ));
        };
        match (declared.argument, target.argument.as_deref()) {
            (true, None | Some("")) => Err(format!(
                "the target `{text}` needs a name: `{}`",
                declared.form()
            )),
            (false, Some(_)) => Err(format!(
                "the target `{}` takes nothing behind a colon; there are auto, {}",
                target.name,
                forms.join(", ")
            )),
            _ => Ok(target),
        }
    }

    fn forms(&self) -> Vec<String> {
        self.list.iter().map(Declared::form).collect()
    }

    /// What `auto` takes, and why, from which programs are found on PATH: the first target that has
    /// all it wants.
    pub fn automatic(&self, found: impl Fn(&str) -> bool) -> Result<(Target, String), String> {
        if let [
            only @ Declared {
                argument: false, ..
            },
        ] = self.list.as_slice()
            && only.auto.is_none()
        {
            return Ok((Target::named(&only.name), "there is no other".to_string()));
        }
        let mut why = None;
        for target in &self.list {
            let Some(programs) = &target.auto else {
                continue;
            };
            let missing: Vec<&str> = programs
                .iter()
                .map(String::as_str)
                .filter(|tool| !found(tool))
                .collect();
            if missing.is_empty() {
                let all: Vec<&str> = programs.iter().map(String::as_str).collect();
                let reason = || format!("{} on PATH", are(&all, "is", "are"));
                return Ok((Target::named(&target.name), why.unwrap_or_else(reason)));
            }
            why.get_or_insert_with(|| format!("{} on PATH", are(&missing, "is not", "are not")));
        }
        Err(match why {
            Some(why) => format!(
                "no target fits this machine: {why}; install what is missing, or choose with --target"
            ),
            None => format!(
                "no target is chosen by itself: choose one of {} with --target, or give one `auto = []` under [targets]",
                self.forms().join(", ")
            ),
        })
    }

    /// Every program that `auto` looks for.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        let auto = self.list.iter().flat_map(|target| &target.auto);
        auto.flatten().map(String::as_str)
    }
}

impl Declared {
    /// How a user gives it.
    fn form(&self) -> String {
        format!("{}{}", self.name, if self.argument { ":NAME" } else { "" })
    }
}

/// `a, b and c are`.
fn are(names: &[&str], one: &str, several: &str) -> String {
    match names {
        [] => "no program has to be".to_string(),
        [name] => format!("{name} {one}"),
        [first @ .., last] => format!("{} and {last} {several}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::pipeline;

    fn usual() -> Targets {
        pipeline("version = 1\nname = 't'\n").unwrap().targets
    }

    #[test]
    fn auto_names_what_is_missing() {
        let (target, why) = usual().automatic(|tool| tool == "docker").unwrap();
        assert_eq!(
            (target, why.as_str()),
            (Target::default(), "minikube and helm are not on PATH")
        );
        let (target, why) = usual().automatic(|_| true).unwrap();
        assert_eq!(
            (target.name.as_str(), why.as_str()),
            ("minikube", "docker, minikube and helm are on PATH")
        );
    }

    #[test]
    fn names_round_trip() {
        for text in ["local", "minikube", "kind", "context:lab"] {
            assert_eq!(usual().given(text).unwrap().to_string(), text);
        }
        for (text, words) in [
            ("minikub", "did you mean `minikube`"),
            ("context", "`context:NAME`"),
            ("context:", "`context:NAME`"),
            ("local:x", "takes nothing behind a colon"),
        ] {
            assert!(usual().given(text).unwrap_err().contains(words), "{text}");
        }
    }
}
