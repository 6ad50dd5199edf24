//! `ingress`: the address at which an ingress can be reached from here.

mod taken;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{ENTRANCE, Evidence, diagnose, listed};
use crate::programs::{items, objects_for};
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, facts};

/// Waits for an ingress's address.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"address": "the address of the ingress controller", "url": "http:// and that address", "host": "the host as it is written"}))]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "host": "app.local"}))]
pub(crate) struct Ingress {
    /// The kubeconfig context.
    context: String,
    /// The namespace.
    namespace: String,
    /// The host of the wanted rule.
    host: String,
    /// The release that has it: an older one of another name that has the same host and path is
    /// told, since a controller goes on serving that.
    #[serde(default)]
    release: String,
    /// The address to use instead of the one the cluster tells, where that can't be reached from
    /// here.
    #[serde(default)]
    address: String,
    /// A node's address where an ingress controller listens on the nodes: used until the cluster
    /// tells one, which takes a while.
    #[serde(default)]
    node: String,
}

/// What decides whether an ingress leads somewhere.
const LOOKED_AT: &str = "ingresses,ingressclasses,nodes,services";

/// How long an ingress is waited for that nobody has made.
const NO_INGRESS: Duration = Duration::from_secs(20);

impl Ingress {
    fn nowhere<'i>(&self, ingresses: impl Iterator<Item = &'i Value>) -> Failure {
        let hosts: Vec<&str> = ingresses.flat_map(hosts).collect();
        let there = match hosts.as_slice() {
            [] => "there is none with a host".to_string(),
            hosts => format!("they serve {}", hosts.join(", ")),
        };
        let Ingress {
            host, namespace, ..
        } = self;
        Failure::new(format!("no ingress serves the host {host} in {namespace}: {there}"))
            .fix("`cargo xtask up --force=release` makes what the chart has; is the host in its values the one of this step?")
    }
}

fn hosts(ingress: &Value) -> impl Iterator<Item = &str> {
    let rules = ingress["spec"]["rules"].as_array().into_iter().flatten();
    rules.filter_map(|rule| rule["host"].as_str())
}

impl Kind for Ingress {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let objects = objects_for(context, LOOKED_AT, &self.context, &self.namespace);
        vec![Probe::Run(objects)]
    }

    fn assess(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        let list = match listed(&self.context, answers) {
            Ok(list) => list,
            Err(effect) => return effect,
        };
        let has_host = |item: &&Value| hosts(item).any(|host| host == self.host);
        let ingresses = || items(&list).filter(|item| item["kind"] == "Ingress");
        let Some(item) = ingresses().find(has_host) else {
            return Effect::Degraded(self.nowhere(ingresses()), NO_INGRESS);
        };
        let rivals: Vec<&Value> = ingresses().filter(has_host).collect();
        if let Some(failure) = taken::by_another(&rivals, &self.release) {
            return Effect::Degraded(failure, NO_INGRESS);
        }
        let told = &item["status"]["loadBalancer"]["ingress"][0];
        let address = match self.address.as_str() {
            "" => {
                let node = Some(self.node.as_str()).filter(|node| !node.is_empty());
                told["ip"].as_str().or(told["hostname"].as_str()).or(node)
            }
            given => Some(given),
        };
        let evidence = Evidence::read(items(&list));
        match (diagnose(&evidence, &[ENTRANCE]), address) {
            (Some(finding), _) if finding.is_due() || address.is_none() => {
                finding.into_effect(&self.context, &self.namespace)
            }
            (_, Some(address)) => {
                let url = format!("http://{address}");
                let facts = facts([("address", address), ("url", &url), ("host", &self.host)]);
                Effect::Present(format!("{} is served at {address}", self.host), facts)
            }
            (_, None) => Effect::Pending("the ingress has no address yet".to_string()),
        }
    }

    fn actions(&self, _: &StepContext, _: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{context, said};
    use serde_json::json;

    #[test]
    fn a_host_that_nobody_serves_is_told_with_those_that_are() {
        let ingress: Ingress =
            toml::from_str("context = 'lab'\nnamespace = 'app'\nhost = 'app.local'\n").unwrap();
        let told = |hosts: &[&str]| {
            let rules: Vec<Value> = hosts.iter().map(|host| json!({"host": host})).collect();
            let item =
                json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": {"rules": rules}});
            let list = json!({"items": [item]}).to_string();
            match ingress.assess(&context(), &[said(&list)]) {
                Effect::Degraded(failure, NO_INGRESS) => failure.cause,
                other => format!("{other:?}"),
            }
        };
        let there = told(&["a.local", "b.local"]);
        assert!(
            there.ends_with("in app: they serve a.local, b.local"),
            "{there}"
        );
        assert!(told(&[]).ends_with("there is none with a host"));
        assert!(!told(&["app.local"]).contains("no ingress serves"));
    }
}
