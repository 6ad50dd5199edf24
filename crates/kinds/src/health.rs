//! `health`: addresses that must answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use protocol::{Act, Answer, Ask, Facts, Failure, Request, Scene, Step, Verdict};

/// Waits until every address answers 2xx.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"urls": ["http://127.0.0.1:3000/health"], "contains": ["ok"]}))]
pub(crate) struct Health {
    /// Full addresses, `http://` only.
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

impl Step for Health {
    fn asks(&self, _: &Scene) -> Vec<Ask> {
        self.urls
            .iter()
            .map(|url| {
                Ask::Get(Request {
                    url: url.clone(),
                    host: self.host.clone(),
                })
            })
            .collect()
    }

    fn judge(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        for (url, answer) in self.urls.iter().zip(answers) {
            match answer {
                Answer::Got(reply) if (200..300).contains(&reply.status) => {}
                Answer::Got(reply) => {
                    return Verdict::Wait(format!("{url} answers {}", reply.status));
                }
                other => return Verdict::Wait(other.trouble()),
            }
        }
        match (answers.first(), &self.contains) {
            (Some(Answer::Got(reply)), texts) => match texts
                .iter()
                .find(|text| !reply.body.contains(*text))
            {
                Some(text) => Verdict::Wait(format!("{} answers without `{text}`", self.urls[0])),
                None => Verdict::Stands(format!("{} answers", self.urls.join(", ")), Facts::new()),
            },
            _ => Verdict::Stands("nothing to ask".to_string(), Facts::new()),
        }
    }

    fn too_late(&self) -> Option<String> {
        Some(self.hint.clone()).filter(|hint| !hint.is_empty())
    }

    fn acts(&self, _: &Scene, _: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(Vec::new())
    }
}
