//! `health`: addresses that must answer.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::address;
use protocol::{Action, Answer, Effect, Facts, Failure, Kind, Probe, Request, StepContext};

/// How much of an answer is told, in characters.
const TOLD: usize = 300;
/// How the system says that it knows no such host.
const UNKNOWN_NAME: &str = "failed to lookup address";

/// Waits until every address answers 2xx.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"urls": ["http://127.0.0.1:9090/health"], "contains": ["ok"]}))]
pub(crate) struct Health {
    /// Full addresses, `http://` only.
    #[serde(deserialize_with = "address::some")]
    urls: Vec<String>,
    /// The Host header, for an ingress that is reached by its address.
    #[serde(default)]
    host: String,
    /// Texts that the first address's answer must contain.
    #[serde(default)]
    contains: Vec<String>,
    /// What the user does if they never answer.
    #[serde(default)]
    hint: String,
}

impl Kind for Health {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        self.urls
            .iter()
            .map(|url| {
                Probe::Get(Request {
                    url: url.clone(),
                    host: self.host.clone(),
                })
            })
            .collect()
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        for (url, answer) in self.urls.iter().zip(answers) {
            match answer {
                answer if is_well(answer) => {}
                Answer::Got(reply) => {
                    return Effect::Pending(format!("{url} answers {}", reply.status));
                }
                other => return Effect::Pending(other.trouble()),
            }
        }
        match (answers.first(), &self.contains) {
            (Some(Answer::Got(reply)), texts) => match texts
                .iter()
                .find(|text| !reply.body.contains(*text))
            {
                Some(text) => Effect::Pending(without(&self.urls[0], text, &reply.body)),
                None => Effect::Present(format!("{} answers", self.urls.join(", ")), Facts::new()),
            },
            (other, _) => Effect::Pending(other.map_or(String::new(), Answer::trouble)),
        }
    }

    fn overdue(&self, failure: Failure, answers: &[Answer]) -> Failure {
        let is_unknown = |answer: &Answer| answer.trouble().contains(UNKNOWN_NAME);
        // Where all answer well, it is the text that is missing.
        let late = answers.iter().find(|answer| !is_well(answer));
        let is_answered = matches!(late.or(answers.first()), Some(Answer::Got(_)));
        match self.hint.as_str() {
            _ if answers.iter().any(is_unknown) => failure.fix(
                "see that the host's name is right, and known to this machine (DNS, /etc/hosts)",
            ),
            "" if is_answered => failure.fix(
                "somebody answers there: see with `curl -i` what, and mend that, or what the step expects",
            ),
            "" => failure,
            hint => failure.fix(hint),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

fn is_well(answer: &Answer) -> bool {
    matches!(answer, Answer::Got(reply) if (200..300).contains(&reply.status))
}

/// An answer that lacks a text, with what it says instead if that is for programs.
fn without(url: &str, text: &str, body: &str) -> String {
    let said: String = body.trim().chars().take(TOLD).collect();
    match said.starts_with(['{', '[']) {
        true => format!("{url} answers without `{text}`: {said}"),
        false => format!("{url} answers without `{text}`"),
    }
}
