//! `process`: a program that keeps running in the background, on the port it wants or the next free
//! one.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::programs::call_list;
use protocol::template::respelt;
use protocol::{
    Action, Answer, Cmd, Daemon, Effect, Facts, Failure, Kind, LastWords, Probe, StepContext,
};

/// Keeps a program running.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"port": "the port that it got", "url": "http://127.0.0.1 and that port, if it has one", "pid": "its process id"}))]
#[schemars(example = serde_json::json!({"name": "web", "argv": ["target/debug/web", "--port", "${self.port}"], "port": 8080, "health": "/readyz"}))]
pub(crate) struct Process {
    /// Its name, unique within the pipeline. What it prints goes into `logs/services/NAME.log` in
    /// the state folder as it is, secrets too, so only its owner may read that file; `logs` masks
    /// the secrets that it was started with.
    #[serde(deserialize_with = "name")]
    name: String,
    /// The program and its arguments; `${self.port}` is its port (`{port}`, the older spelling, is
    /// read too).
    #[serde(deserialize_with = "protocol::argv")]
    argv: Vec<String>,
    /// Variables; `${self.port}` is its port.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The port it should have; if that is taken, the next free one. Any free one if `${self.port}`
    /// is used and nothing is said.
    #[serde(default)]
    port: u16,
    /// A path that answers 2xx once it can serve.
    #[serde(default, deserialize_with = "path")]
    health: String,
}

/// Files are called after it. What a fact will say is looked at once that is known.
fn name<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let name = String::deserialize(value)?;
    let fits = |c: char| c.is_alphanumeric() || "-_:.".contains(c);
    let is_short = (1..=100).contains(&name.len());
    match name.contains("${") || is_short && name.chars().all(fits) && !name.starts_with('.') {
        true => Ok(name),
        false => Err(D::Error::custom(format!(
            "the name `{name}` may have up to 100 letters, digits, `-`, `_`, `:` and `.`, and begins with no `.`"
        ))),
    }
}

/// A path of an address.
fn path<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let path = String::deserialize(value)?;
    match path.is_empty() || path.starts_with('/') {
        true => Ok(path),
        false => Err(D::Error::custom(format!(
            "`{path}` is no path: it begins with `/`, as in `/{path}`"
        ))),
    }
}

impl Process {
    fn daemon(&self) -> Daemon {
        let env = self
            .env
            .iter()
            .map(|(name, value)| (name.clone(), own(value)))
            .collect();
        let argv: Vec<String> = self.argv.iter().map(|word| own(word)).collect();
        Daemon {
            name: self.name.clone(),
            cmd: Cmd {
                env,
                ..call_list(&argv)
            },
            port: self.port,
        }
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        self.argv
            .iter()
            .chain(self.env.values())
            .map(|text| own(text))
    }

    /// Of one name there is one service, whichever target's it is.
    fn replace(&self, context: &StepContext, (pid, other): (u32, Option<&str>)) -> Vec<Action> {
        let name = &self.name;
        let whose = match (other, context.before) {
            (Some(target), _) => Some(format!("that of target {target}")),
            (None, None) => Some("nothing here says that it ever got ready".to_string()),
            (None, Some(_)) => None,
        };
        let others = whose
            .map(|whose| Action::Say(format!("ends the service {name} (process {pid}): {whose}")));
        let stop = Action::Stop(name.clone());
        others.into_iter().chain([stop]).collect()
    }

    fn ended(&self, how: &str, words: &LastWords) -> Failure {
        let name = &self.name;
        let said = words.last.last();
        let said = said.map_or(String::new(), |said| format!(": {said}"));
        // Of a crash it may have said why.
        let is_told_to_end = ["by SIGTERM", "by SIGINT", "by SIGHUP", "by SIGQUIT"];
        let fix = match words.last.as_slice() {
            _ if is_told_to_end.iter().any(|by| how.starts_with(by)) => {
                format!("somebody told it to end; what it wrote is in {}", words.log)
            }
            [] => format!("it wrote nothing; run it by hand: {}", self.daemon().cmd),
            _ => format!("mend what it says; all of it is in {}", words.log),
        };
        Failure::new(format!("{name} ended {how}{said}"))
            .seen(words.last.iter().cloned())
            .fix(fix)
    }
}

impl Kind for Process {
    fn claims(&self) -> Vec<String> {
        vec![format!("the service `{}`", self.name)]
    }

    fn service(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn search_path(&self) -> Option<&str> {
        self.env.get("PATH").map(String::as_str)
    }

    fn programs(&self) -> Vec<&str> {
        self.argv.first().map(String::as_str).into_iter().collect()
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        // What is to be ended need not serve.
        let health = match context.undo {
            true => String::new(),
            false => self.health.clone(),
        };
        vec![Probe::Process(self.daemon(), health)]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match answers {
            [Answer::Alive { current: false, .. }] => {
                Effect::Absent(format!("{} runs with other settings", self.name))
            }
            [
                Answer::Alive {
                    silent: Some(why), ..
                },
            ] => Effect::Pending(format!("{} is not ready: {why}", self.name)),
            [
                Answer::Alive {
                    pid, gone, port, ..
                },
            ] => Effect::Present(standing((*pid, *gone), *port), facts(*pid, *port)),
            [Answer::Ended { how, words }] => Effect::Broken(self.ended(how, words)),
            other => Effect::Absent(other.first().map_or(String::new(), Answer::trouble)),
        }
    }

    /// It runs, so it knows best what it waits for.
    fn overdue(&self, failure: Failure, answers: &[Answer]) -> Failure {
        let [
            Answer::Alive {
                pid,
                silent: Some(_),
                words,
                ..
            },
        ] = answers
        else {
            return failure;
        };
        let log = &words.log;
        let fix = match words.last.as_slice() {
            [] => format!(
                "process {pid} runs and has written nothing into {log}: see that it listens where `health` asks; raise the step's `timeout` if it only needs longer"
            ),
            _ => format!(
                "process {pid} runs: mend what it says, all of it is in {log}; or see that it listens where `health` asks"
            ),
        };
        failure.seen(words.last.iter().cloned()).fix(fix)
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let stop = match answers {
            [Answer::Alive { pid, other, .. }] => self.replace(context, (*pid, other.as_deref())),
            _ => Vec::new(),
        };
        let has_port = self.port != 0 || self.texts().any(|text| text.contains("${self.port}"));
        if !self.health.is_empty() && !has_port {
            let cause = format!("`health` of {} has no port to ask", self.name);
            return Err(
                Failure::new(cause).fix("say its `port`, or use ${self.port} in `argv` or `env`")
            );
        }
        let start = Action::Start(self.daemon());
        Ok(stop.into_iter().chain([start]).collect())
    }

    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(match answers {
            [Answer::Alive { other: None, .. }] => vec![Action::Stop(self.name.clone())],
            _ => Vec::new(),
        })
    }

    fn left(&self, _: &StepContext, answers: &[Answer]) -> Vec<String> {
        let [
            Answer::Alive {
                pid,
                other: Some(target),
                ..
            },
        ] = answers
        else {
            return Vec::new();
        };
        let name = &self.name;
        vec![format!(
            "the service {name} (process {pid}): it is that of target {target}"
        )]
    }

    fn removed(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match answers {
            [
                Answer::Alive {
                    pid, other: None, ..
                },
            ] => Effect::Pending(format!("process {pid} is still there")),
            _ => Effect::Absent("it is not running".to_string()),
        }
    }
}

/// A text whose older spelling of the port is written as the new one.
fn own(text: &str) -> String {
    respelt(text, ["port"].into_iter())
}

/// Whether a process that started another and is gone had done its work or was killed, nobody knows
/// but its user.
fn standing((pid, gone): (u32, Option<u32>), port: u16) -> String {
    let port = match port {
        0 => String::new(),
        port => format!(" on port {port}"),
    };
    let gone = gone.map_or(String::new(), |gone| {
        format!("; process {gone}, which was started, has ended")
    });
    format!("runs as process {pid}{port}{gone}")
}

fn facts(pid: u32, port: u16) -> Facts {
    let url = ("url".to_string(), format!("http://127.0.0.1:{port}").into());
    let mut facts = Facts::from([
        ("pid".to_string(), pid.to_string().into()),
        ("port".to_string(), port.to_string().into()),
    ]);
    facts.extend((port != 0).then_some(url));
    facts
}
