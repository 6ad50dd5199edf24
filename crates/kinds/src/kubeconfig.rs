//! `kubeconfig`: a kubeconfig that knows one context only, so that whatever is called with it in
//! KUBECONFIG reaches that cluster or none, also when somebody changes the user's own meanwhile.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::diagnose::unreachable;
use crate::programs::kubeconfig;
use protocol::{
    Action, Answer, Effect, FOLDER_MARK, Failure, Kind, Probe, StepContext, answered, facts,
};

/// Has a kubeconfig of one context.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "lab", "folder": "${state}/kubeconfig"}))]
pub(crate) struct Kubeconfig {
    /// The context's name in the user's kubeconfig.
    context: String,
    /// Where the file is kept, in a folder of its own for each context; absolute, or relative to
    /// pipeline.toml.
    folder: String,
}

impl Kind for Kubeconfig {
    fn claims(&self) -> Vec<String> {
        vec![format!("the folder `{}`", self.own())]
    }

    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        let (mark, file) = (format!("{}/{FOLDER_MARK}", self.own()), self.path());
        vec![
            Probe::Run(kubeconfig(&self.context)),
            Probe::Read(file),
            Probe::Read(mark),
        ]
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let said = |index: usize| answers.get(index).and_then(Answer::stdout);
        let path = self.path();
        match (said(0), said(1)) {
            (Some(theirs), Some(ours)) if theirs == ours => self.stands(&path),
            // What is to be removed is asked for with the one there is.
            (_, Some(_)) if context.undo => self.stands(&path),
            _ if context.undo => self.stands(""),
            (None, _) => {
                let words = answers.first().map_or(String::new(), Answer::trouble);
                unreachable(&self.context, &words)
            }
            (Some(_), None) => Effect::Absent("there is none yet".to_string()),
            (Some(_), Some(_)) => Effect::Absent(format!(
                "context {} is another than when it was made",
                self.context
            )),
        }
    }

    fn actions(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        answered(answers)?;
        let is_made = answers.get(2).and_then(Answer::stdout).is_some();
        let make = (!is_made).then(|| Action::MakeFolder(self.own()));
        let save = Action::SavePrivately(kubeconfig(&self.context), self.path());
        Ok(make.into_iter().chain([save]).collect())
    }

    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let is_ours = answers.get(2).and_then(Answer::stdout).is_some();
        let delete = || Action::DeleteFolder(self.own());
        Ok(is_ours.then(delete).into_iter().collect())
    }

    fn removed(&self, _: &StepContext, _: &[Answer]) -> Effect {
        Effect::Absent("it was deleted".to_string())
    }
}

impl Kubeconfig {
    /// With the path as a fact; an empty one leads to the user's own.
    fn stands(&self, path: &str) -> Effect {
        let told = format!("it leads to context {} alone", self.context);
        Effect::Present(told, facts([("path", path)]))
    }

    /// The folder of this context. KUBECONFIG is a list with `:` in between, and such as `arn:aws:…`
    /// and `project/host:6443/user` are names of contexts: other characters stand as their codes.
    fn own(&self) -> String {
        let folder = self.folder.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let written = |c: char| match plain(c) {
            true => c.to_string(),
            false => format!("%{:x}", u32::from(c)),
        };
        let name: String = self.context.chars().map(written).collect();
        format!("{folder}/{name}")
    }

    fn path(&self) -> String {
        format!("{}/config", self.own())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, failed, said};

    fn of(name: &str) -> Kubeconfig {
        Kubeconfig {
            context: name.to_string(),
            folder: "/p/.pipeline/kubeconfig/".to_string(),
        }
    }

    #[test]
    fn it_is_made_again_when_the_users_own_says_something_else() {
        let (none, lab, other) = (failed("no such file"), said("lab"), said("other"));
        let assess = |user: &Answer, ours: &Answer| {
            of("lab").assess(&context(), &[user.clone(), ours.clone()])
        };
        assert!(matches!(assess(&lab, &lab), Effect::Present(..)));
        assert!(matches!(assess(&lab, &none), Effect::Absent(_)));
        assert!(matches!(assess(&lab, &other), Effect::Absent(_)));
        assert!(matches!(assess(&none, &lab), Effect::Broken(_)));
    }

    #[test]
    fn what_is_removed_is_reached_by_the_one_there_is_or_by_the_users_own() {
        let (none, lab) = (failed("no such file"), said("lab"));
        let undo = StepContext {
            undo: true,
            ..context()
        };
        let path = |answers: [Answer; 2]| match of("lab").assess(&undo, &answers) {
            Effect::Present(_, facts) => facts["path"].as_str().unwrap().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            path([none.clone(), lab]),
            "/p/.pipeline/kubeconfig/lab/config"
        );
        assert_eq!(path([none.clone(), none]), "");
    }

    #[test]
    fn no_two_contexts_share_a_file_and_none_splits_a_list() {
        let names = ["a/b:1", "a:b/1", "a%3ab/1", "arn:aws:eks:x:1:cluster/c"];
        let paths: Vec<String> = names.map(|name| of(name).path()).into();
        for (index, path) in paths.iter().enumerate() {
            assert!(!path.contains(':'), "{path}");
            assert!(!paths[..index].contains(path), "{path}");
        }
    }
}
