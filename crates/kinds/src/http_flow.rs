//! `http-flow`: what a user does, as requests whose replies are checked one after the other.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use crate::address;
use protocol::{Action, Answer, Exchange, Failure, Kind, StepContext};

/// Plays requests.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"base": "http://127.0.0.1:8080", "requests": [{"name": "it lists nothing", "call": "GET /api/items", "contains": ["[]"]}]}))]
pub(crate) struct HttpFlow {
    /// What every path starts from, such as `http://127.0.0.1:8080`.
    #[serde(deserialize_with = "address::one")]
    base: String,
    /// The Host header, for an ingress that is reached by its address.
    #[serde(default)]
    host: String,
    /// What happens, in order. `${self.name}` is something saved earlier; `${self.unique}` differs
    /// in each run.
    requests: Vec<Call>,
}

/// One request and what its reply must be like.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// What it is to the user.
    name: String,
    /// `METHOD /path`. What was saved is encoded there, but for its `/`.
    #[serde(deserialize_with = "address::call")]
    call: String,
    /// A bearer token.
    bearer: Option<String>,
    /// A JSON body.
    json: Option<Value>,
    /// The status the reply must have.
    #[serde(default = "ok")]
    expect: u16,
    /// Texts the reply must contain.
    #[serde(default)]
    contains: Vec<String>,
    /// Texts the reply must not contain.
    #[serde(default)]
    #[serde(alias = "lacks")]
    not_contains: Vec<String>,
    /// Name -> JSON pointer into the reply.
    #[serde(default)]
    save: BTreeMap<String, String>,
}

fn ok() -> u16 {
    200
}

impl Kind for HttpFlow {
    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        self.requests
            .iter()
            .map(|call| Ok(Action::Send(Box::new(self.exchange(call)?))))
            .collect()
    }
}

impl HttpFlow {
    fn exchange(&self, call: &Call) -> Result<Exchange, Failure> {
        let (method, path) = address::parts(&call.call).map_err(Failure::new)?;
        Ok(Exchange {
            name: call.name.clone(),
            method: method.to_string(),
            url: format!("{}{}", self.base.trim_end_matches('/'), path),
            host: self.host.clone(),
            bearer: call.bearer.clone(),
            json: call.json.clone(),
            expect: call.expect,
            contains: call.contains.clone(),
            not_contains: call.not_contains.clone(),
            save: call.save.clone(),
        })
    }
}
