//! `cluster`: a cluster of a tool that makes whole clusters, such as kind or k3d. What the tool is
//! asked and told is data of the pipeline; how it is looked at, and whose it is to delete, is known
//! here.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::places::{self, AT, EARLIER, MADE, Place, carried, place};
use crate::programs::call_list;
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, answered};

/// Has a cluster that commands create and delete. One that exists is taken as it is, and is never
/// deleted.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"name": "todo", "list": ["kind", "get", "clusters"], "create": [["kind", "create", "cluster", "--name", "todo", "--wait", "3m"]], "delete": [["kind", "delete", "cluster", "--name", "todo"]]}))]
pub(crate) struct Cluster {
    /// Its name, as the tool lists it.
    name: String,
    /// Prints the clusters that there are: a line each, which begins with the name.
    #[serde(deserialize_with = "protocol::argv")]
    list: Vec<String>,
    /// Commands that make it, one after the other.
    create: Vec<Vec<String>>,
    /// Commands that put into it what it needs, and start it again if it was stopped: run when it
    /// was made, and when it does not answer. Each may be run again.
    #[serde(default)]
    prepare: Vec<Vec<String>>,
    /// Commands that all succeed once it serves. They change nothing.
    #[serde(default)]
    ready_when: Vec<Vec<String>>,
    /// Commands that delete it.
    delete: Vec<Vec<String>>,
}

impl Kind for Cluster {
    fn claims(&self) -> Vec<String> {
        vec![format!("the cluster `{}`", self.name)]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let ready = self.ready_when.iter().filter(|_| !context.undo);
        let asked = core::iter::once(&self.list).chain(ready);
        asked.map(|argv| Probe::Run(call_list(argv))).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let name = &self.name;
        match self.is_listed(answers) {
            Err(failure) => return Effect::Absent(failure.cause),
            Ok(false) => return Effect::Absent(format!("there is no cluster {name}")),
            Ok(true) if context.adopt && !self.is_made(context) => {
                return Effect::Absent(format!("the cluster {name} is to become ours"));
            }
            Ok(true) => {}
        }
        let is_silent = |answer: &&Answer| answer.stdout().is_none();
        match answers.iter().skip(1).find(is_silent) {
            Some(silent) => Effect::Pending(format!(
                "the cluster {name} does not serve yet: {}",
                silent.trouble()
            )),
            None => Effect::Present(
                format!(
                    "the cluster {name} is there and serves{}",
                    places::said(context, &self.place())
                ),
                carried(context, [MADE, AT, EARLIER]),
            ),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let is_there = self.is_listed(answers)?;
        let mut actions = Vec::new();
        // Before it is made: a run that is killed meanwhile must know afterwards that it was its
        // own.
        if !is_there || context.adopt || self.is_made(context) {
            actions.push(places::made());
            actions.extend(places::remember(context, &self.place()));
        }
        let create = self.create.iter().filter(|_| !is_there);
        let commands = create.chain(&self.prepare);
        actions.extend(commands.map(|argv| Action::Run(call_list(argv))));
        Ok(actions)
    }

    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if !self.is_made(context) || !self.is_listed(answers)? {
            return Ok(Vec::new());
        }
        let delete = |argv: &Vec<String>| Action::Run(call_list(argv));
        Ok(self.delete.iter().map(delete).collect())
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        if self.is_made(context) || self.is_listed(answers) != Ok(true) {
            return Vec::new();
        }
        vec![format!("the cluster {}: it was there before us", self.name)]
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match self.is_listed(answers) {
            Ok(true) if !self.is_made(context) => {
                Effect::Present("it is left".to_string(), protocol::Facts::new())
            }
            Ok(true) => Effect::Pending("it is still listed".to_string()),
            Ok(false) => Effect::Absent("it is deleted".to_string()),
            Err(failure) => Effect::Pending(failure.cause),
        }
    }

    fn hosts_dependents(&self) -> bool {
        true
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        // kind's words; what follows them is the whole command line that it ran.
        let line = output
            .lines()
            .find(|line| line.contains("failed to pull image"))?;
        let image = line
            .split('"')
            .nth(1)
            .map(|image| image.split('@').next().unwrap_or(image))?;
        let why = output
            .lines()
            .find_map(|line| line.strip_prefix("Command Output: "));
        let failure = Failure::new(format!(
            "the node's image {image} can't be had: {}",
            why.unwrap_or(line).trim()
        ));
        Some(failure.fix(format!(
            "see that this machine reaches its registry (`docker pull {image}`), or load it from a file: `docker load`"
        )))
    }
}

impl Cluster {
    fn place(&self) -> Place {
        place([&self.name])
    }

    fn is_listed(&self, answers: &[Answer]) -> Result<bool, Failure> {
        let mut lines = answered(answers)?.lines();
        Ok(lines.any(|line| line.split_whitespace().next() == Some(&self.name)))
    }

    /// Whether it is ours.
    fn is_made(&self, context: &StepContext) -> bool {
        places::is_made(context, &self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, failed, said};

    fn step() -> Cluster {
        toml::from_str(
            r#"
            name = "todo"
            list = ["kind", "get", "clusters"]
            create = [["kind", "create", "cluster", "--name", "todo"]]
            prepare = [["kubectl", "apply", "-f", "ingress.yaml"]]
            ready_when = [["kubectl", "get", "nodes"]]
            delete = [["kind", "delete", "cluster", "--name", "todo"]]
            "#,
        )
        .unwrap()
    }

    fn programs(actions: &[Action]) -> Vec<String> {
        let run = |action: &Action| match action {
            Action::Run(cmd) => Some(cmd.argv.join(" ")),
            _ => None,
        };
        actions.iter().filter_map(run).collect()
    }

    #[test]
    fn it_is_made_where_it_is_not_and_prepared_where_it_does_not_serve() {
        let step = step();
        let absent = [said(""), failed("no route")];
        assert!(matches!(
            step.assess(&context(), &absent),
            Effect::Absent(_)
        ));
        let made = step.actions(&context(), &absent).unwrap();
        assert_eq!(made[0], Action::Note("made".into(), "true".into()));
        assert_eq!(programs(&made).len(), 2);
        // A cluster of that name with more behind it, as k3d lists them.
        let silent = [said("todo   1/1   0/0   true\n"), failed("no route")];
        assert!(matches!(
            step.assess(&context(), &silent),
            Effect::Pending(_)
        ));
        let actions = step.actions(&context(), &silent).unwrap();
        assert_eq!(programs(&actions), ["kubectl apply -f ingress.yaml"]);
        assert_eq!(actions.len(), 1, "what was there before us is not ours");
    }

    #[test]
    fn only_what_we_made_is_deleted_and_silence_is_no_absence() {
        let step = step();
        let there = [said("other\ntodo\n")];
        assert!(step.undo(&context(), &there).unwrap().is_empty());
        assert_eq!(step.left(&context(), &there).len(), 1);
        let facts = protocol::facts([("made", "true"), ("at", r#"["todo"]"#)]);
        let ours = StepContext {
            before: Some(&facts),
            ..context()
        };
        let deletes = step.undo(&ours, &there).unwrap();
        assert_eq!(programs(&deletes), ["kind delete cluster --name todo"]);
        assert!(step.undo(&ours, &[failed("docker is down")]).is_err());
        let longer = [said("todo-2\n")];
        assert!(step.undo(&ours, &longer).unwrap().is_empty());
    }

    #[test]
    fn a_node_image_that_can_not_be_had_is_named() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/transcripts/kind/create-no-image.txt"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let action = Action::Run(call_list(&step().create[0]));
        let failure = step().diagnose(&action, &text).unwrap();
        assert!(
            failure
                .cause
                .starts_with("the node's image kindest/node:v1.34.0 can't be had: Error response"),
            "{}",
            failure.cause
        );
    }
}
