//! Ingresses that lead nowhere.

use alloc::string::ToString;

use serde_json::Value;

use super::objects::{list, name, object};
use super::{Cause, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Ingress",
    causes: &[CLASS, SERVICE, ADDRESS],
};

const CLASS: Cause = Cause {
    id: "ingress-class-missing",
    signs: "404 from the ingress, or no address",
    says: "is served by nobody: there is no ingress class {class} (there are: {classes})",
    fix: "set {value} to a class that exists, or enable its controller",
    step: "release",
    value: "ingress.className",
    heals: Heals::Never,
    find: |evidence| {
        if !evidence.knows("IngressClass") && !evidence.knows("Node") {
            return None;
        }
        let there_is = |class: &str| evidence.all("IngressClass").any(|item| name(item) == class);
        evidence.all("Ingress").find_map(|item| {
            let class = item["spec"]["ingressClassName"]
                .as_str()
                .filter(|class| !there_is(class))?;
            let classes = Some(evidence.names("IngressClass")).filter(|names| !names.is_empty());
            let found = Found::at(object(item)).word("class", class);
            Some(
                found
                    .word("classes", classes.unwrap_or("none".to_string()))
                    .seen([format!("spec.ingressClassName is {class}")]),
            )
        })
    },
};

const SERVICE: Cause = Cause {
    id: "ingress-without-service",
    signs: "503 from the ingress",
    says: "leads to the Service {service}, which does not exist",
    fix: "`cargo xtask up --force=release` makes it again",
    step: "release",
    value: "",
    heals: Heals::Within(5),
    find: |evidence| {
        evidence.all("Ingress").find_map(|item| {
            let rules = list(&item["spec"]["rules"]);
            let mut paths = rules.flat_map(|rule| list(&rule["http"]["paths"]));
            let missing = |path: &Value| {
                let service = path["backend"]["service"]["name"].as_str()?;
                let exists = evidence.all("Service").any(|item| name(item) == service);
                (!exists && evidence.knows("Service")).then(|| service.to_string())
            };
            let service = paths.find_map(missing)?;
            Some(Found::at(object(item)).word("service", service))
        })
    },
};

const ADDRESS: Cause = Cause {
    id: "ingress-controller-down",
    signs: "the ingress has no address",
    says: "gets no address: no controller takes it up",
    fix: "see that the ingress controller runs: `kubectl get pods -A | grep ingress`; on minikube `minikube addons enable ingress`",
    step: "ingress-addon",
    value: "ingress.className",
    heals: Heals::Within(90),
    find: |evidence| {
        evidence.all("Ingress").find_map(|item| {
            let address = list(&item["status"]["loadBalancer"]["ingress"]).next();
            let made = item["metadata"]["creationTimestamp"].as_str()?;
            address
                .is_none()
                .then(|| Found::at(object(item)).lasting(evidence.since(made)))
        })
    },
};
