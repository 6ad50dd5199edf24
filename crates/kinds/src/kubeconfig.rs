//! `kubeconfig`: a kubeconfig that knows one context only, so that whatever is called with it in
//! KUBECONFIG reaches that cluster or none, also when somebody changes the user's own meanwhile.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::places::text_fact;
use crate::programs::kubeconfig;
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, facts};

/// Has a kubeconfig of one context.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"path": "the absolute path of the kubeconfig"}))]
#[schemars(example = serde_json::json!({"context": "lab", "folder": "${state}/kubeconfig"}))]
pub(crate) struct Kubeconfig {
    /// The context's name in the user's kubeconfig.
    #[serde(deserialize_with = "named")]
    context: String,
    /// Where the file is kept, in a folder of its own for each context; absolute, such as
    /// `${state}/kubeconfig`, for it is looked up from wherever a step runs.
    #[serde(deserialize_with = "absolute")]
    folder: String,
}

fn named<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let is_named = !name.is_empty();
    let wrong = "an empty context would be whichever is the current one; name it";
    is_named.then_some(name).ok_or_else(|| Error::custom(wrong))
}

fn absolute<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let folder = String::deserialize(from)?;
    let is_known = folder.starts_with('/') || folder.starts_with("${");
    let wrong = "the folder must be an absolute path, such as `${state}/kubeconfig`, since steps run in folders of their own";
    is_known
        .then_some(folder)
        .ok_or_else(|| Error::custom(wrong))
}

impl Kind for Kubeconfig {
    fn claims(&self) -> Vec<String> {
        vec![format!("the folder `{}`", self.own())]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let mark = |folder: &str| Probe::Mark(folder.to_string());
        let earlier = self.earlier(context).map(mark);
        let ours = [Probe::Read(self.path()), mark(&self.own())];
        let user = Probe::Run(kubeconfig(&self.context));
        core::iter::once(user).chain(ours).chain(earlier).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let ours = answers.get(1).and_then(Answer::stdout);
        match (self.theirs(answers), ours) {
            (Ok(theirs), Some(ours)) if theirs == ours => self.stands(&self.path()),
            // What is to be removed is reached by what can still be had.
            (Err(_), Some(_)) if context.undo => self.stands(&self.path()),
            _ if context.undo => self.stands(""),
            (Err(failure), _) => Effect::Broken(failure),
            (Ok(_), None) => Effect::Absent("there is none yet".to_string()),
            (Ok(_), Some(_)) => Effect::Absent(format!(
                "context {} is another than when it was made",
                self.context
            )),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        self.theirs(answers)?;
        let is_there = |index: usize| answers.get(index).and_then(Answer::stdout).is_some();
        let earlier = self.earlier(context).filter(|_| is_there(3));
        let forget = earlier.map(|folder| Action::DeleteFolder(folder.to_string()));
        let make = (!is_there(2)).then(|| Action::MakeFolder(self.own()));
        let save = Action::SavePrivately(kubeconfig(&self.context), self.path());
        Ok(forget.into_iter().chain(make).chain([save]).collect())
    }

    fn leaves_something(&self) -> bool {
        true
    }

    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let is_ours = answers.get(2).and_then(Answer::stdout).is_some();
        let delete = || Action::DeleteFolder(self.own());
        Ok(is_ours.then(delete).into_iter().collect())
    }

    fn left(&self, _: &StepContext, answers: &[Answer]) -> Vec<String> {
        let is_there = |index: usize| answers.get(index).and_then(Answer::stdout).is_some();
        let left = || {
            format!(
                "the kubeconfig {}: nothing says that it is ours",
                self.path()
            )
        };
        let is_left = is_there(1) && !is_there(2);
        is_left.then(left).into_iter().collect()
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

    /// What the user's kubeconfig says of the context: that one alone, and good in another folder.
    fn theirs<'a>(&self, answers: &'a [Answer]) -> Result<&'a str, Failure> {
        let context = &self.context;
        let answer = answers.first();
        let text = answer.and_then(Answer::stdout).ok_or_else(|| {
            let words = answer.map_or(String::new(), Answer::trouble);
            let cause = format!("the kubeconfig does not tell how context {context} is reached: {words}");
            Failure::new(cause).fix("see what it has: `kubectl config get-contexts`, and which file it is: `echo $KUBECONFIG`")
        })?;
        let told: Value = serde_json::from_str(text).unwrap_or_default();
        if told["current-context"] != context.as_str() {
            let cause = format!("kubectl did not print the kubeconfig of context {context}");
            return Err(Failure::new(cause).fix(format!(
                "look at what it says: `kubectl --context {context} config view --minify --flatten`"
            )));
        }
        match relative(&told) {
            None => Ok(text),
            Some(path) => Err(Failure::new(format!(
                "the user of context {context} logs in with {path}, a path that is relative to the user's kubeconfig and leads nowhere from another one"
            ))
            .fix("write it there as an absolute path")),
        }
    }

    /// The folder that it was in, if that was another one.
    fn earlier<'a>(&self, context: &StepContext<'a>) -> Option<&'a str> {
        let path = text_fact(context.before, "path")?;
        let folder = path.strip_suffix("/config")?;
        (folder != self.own()).then_some(folder)
    }

    /// The folder of this context. KUBECONFIG is a list with `:` in between, and such as `arn:aws:…`
    /// and `project/host:6443/user` are names of contexts: other characters stand as their codes.
    fn own(&self) -> String {
        let folder = self.folder.trim_end_matches('/');
        let plain = |(at, c): (usize, char)| {
            c.is_ascii_alphanumeric() || "-_@".contains(c) || c == '.' && at > 0
        };
        let written = |(at, c): (usize, char)| match plain((at, c)) {
            true => c.to_string(),
            false => format!("%{:x};", u32::from(c)),
        };
        let name: String = self.context.char_indices().map(written).collect();
        format!("{folder}/{name}")
    }

    fn path(&self) -> String {
        format!("{}/config", self.own())
    }
}

/// A file or program that the user's credentials come from, if it is named from where the user's
/// kubeconfig lies; kubectl takes only certificates into the copy.
fn relative(kubeconfig: &Value) -> Option<&str> {
    let user = &kubeconfig["users"][0]["user"];
    let token = user["tokenFile"].as_str();
    let program = user["exec"]["command"].as_str();
    let program = program.filter(|program| program.contains('/'));
    let mut paths = token.into_iter().chain(program);
    paths.find(|path| !path.starts_with('/'))
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

    /// What kubectl prints of a context.
    fn config(context: &str, user: &str) -> Answer {
        said(&format!(
            r#"{{"current-context":"{context}","users":[{{"user":{user}}}]}}"#
        ))
    }

    #[test]
    fn it_is_made_again_when_the_users_own_says_something_else() {
        let (none, lab) = (failed("no such file"), config("lab", "{}"));
        let newer = config("lab", r#"{"token":"x"}"#);
        let assess = |user: &Answer, ours: &Answer| {
            of("lab").assess(&context(), &[user.clone(), ours.clone()])
        };
        assert!(matches!(assess(&lab, &lab), Effect::Present(..)));
        assert!(matches!(assess(&lab, &none), Effect::Absent(_)));
        assert!(matches!(assess(&newer, &lab), Effect::Absent(_)));
        assert!(matches!(assess(&none, &lab), Effect::Broken(_)));
    }

    #[test]
    fn what_is_no_kubeconfig_of_it_or_not_good_elsewhere_is_refused() {
        for (user, told) in [
            (said(""), "did not print the kubeconfig of context lab"),
            (
                config("other", "{}"),
                "did not print the kubeconfig of context lab",
            ),
            (
                config("lab", r#"{"tokenFile":"tok"}"#),
                "logs in with tok, a path",
            ),
            (
                config("lab", r#"{"exec":{"command":"./aws"}}"#),
                "logs in with ./aws, a path",
            ),
        ] {
            let failure = of("lab").actions(&context(), &[user]).unwrap_err();
            assert!(failure.cause.contains(told), "{}", failure.cause);
            assert!(failure.fix.is_some());
        }
        for user in [
            r#"{"exec":{"command":"aws"}}"#,
            r#"{"tokenFile":"/run/tok"}"#,
        ] {
            assert!(
                of("lab")
                    .actions(&context(), &[config("lab", user)])
                    .is_ok()
            );
        }
    }

    #[test]
    fn what_is_removed_is_reached_by_what_can_still_be_had() {
        let (none, lab) = (failed("no such file"), config("lab", "{}"));
        let newer = config("lab", r#"{"token":"x"}"#);
        let undo = StepContext {
            undo: true,
            ..context()
        };
        let path = |user: &Answer, ours: &Answer| match of("lab")
            .assess(&undo, &[user.clone(), ours.clone()])
        {
            Effect::Present(_, facts) => facts["path"].as_str().unwrap().to_string(),
            other => panic!("{other:?}"),
        };
        let ours = "/p/.pipeline/kubeconfig/lab/config";
        assert_eq!(path(&lab, &lab), ours);
        assert_eq!(
            path(&none, &lab),
            ours,
            "the user's has the context no more"
        );
        assert_eq!(path(&newer, &lab), "", "the user's is newer");
        assert_eq!(path(&lab, &none), "", "ours is lost");
    }

    #[test]
    fn the_copy_of_another_context_goes_when_it_is_replaced() {
        let before = facts([("path", "/p/.pipeline/kubeconfig/other/config")]);
        let again = StepContext {
            before: Some(&before),
            ..context()
        };
        let lab = of("lab");
        assert_eq!(lab.probes(&again).len(), 4);
        let (none, mark) = (failed("no such file"), said("ours"));
        let answers = [config("lab", "{}"), none.clone(), none, mark];
        let acts = lab.actions(&again, &answers).unwrap();
        let gone = Action::DeleteFolder("/p/.pipeline/kubeconfig/other".to_string());
        assert_eq!(acts[0], gone);
        assert_eq!(acts.len(), 3);
    }

    #[test]
    fn no_two_contexts_share_a_file_and_none_splits_a_list_or_leaves_the_folder() {
        let names = [
            "a/b:1",
            "a:b/1",
            "a%3a;b/1",
            "arn:aws:eks:x:1:cluster/c",
            "..",
            ".",
            "⼰",
            "/30",
        ];
        let paths: Vec<String> = names.map(|name| of(name).path()).into();
        for (index, path) in paths.iter().enumerate() {
            let name = path.strip_prefix("/p/.pipeline/kubeconfig/").unwrap();
            assert!(!name.contains(':') && !name.starts_with('.'), "{path}");
            assert_eq!(name.matches('/').count(), 1, "{path}");
            assert!(!paths[..index].contains(path), "{path}");
        }
    }
}
