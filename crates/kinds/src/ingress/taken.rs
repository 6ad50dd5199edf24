//! A host that another release has had for longer.

use serde_json::Value;

use crate::diagnose::object;
use crate::programs::BY_HELM;
use protocol::Failure;

const CANARY: &str = "nginx.ingress.kubernetes.io/canary";
const CLASS: &str = "kubernetes.io/ingress.class";

/// Of ingresses of one host: why that of a release is served by an older one of another. A canary
/// is meant to share it, and controllers of different classes have addresses of their own.
pub(super) fn by_another(ingresses: &[&Value], release: &str) -> Option<Failure> {
    let is_ours = |item: &&&Value| *annotation(item, BY_HELM) == *release;
    let ours = ingresses.iter().find(is_ours)?;
    let is_rival = |item: &&&Value| {
        item["metadata"]["creationTimestamp"].as_str()
            < ours["metadata"]["creationTimestamp"].as_str()
            && annotation(item, BY_HELM).is_string()
            && class(item) == class(ours)
            && [*item, ours]
                .iter()
                .all(|item| *annotation(item, CANARY) != "true")
            && paths(item).any(|path| paths(ours).any(|own| own == path))
    };
    let rival = ingresses
        .iter()
        .filter(|item| !is_ours(item))
        .find(is_rival)?;
    let (ours, theirs) = (object(ours), object(rival));
    let other = annotation(rival, BY_HELM).as_str().unwrap_or_default();
    let cause = format!(
        "{theirs} of the release {other} has the host of {ours} too, and was there first: that one goes on being served"
    );
    Some(Failure::new(cause).fix(format!(
        "uninstall {other} if it is not wanted any more, or give one of them another host"
    )))
}

fn annotation<'i>(item: &'i Value, name: &str) -> &'i Value {
    &item["metadata"]["annotations"][name]
}

fn class(item: &Value) -> [&Value; 2] {
    [&item["spec"]["ingressClassName"], annotation(item, CLASS)]
}

fn paths(item: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let rules = item["spec"]["rules"].as_array().into_iter().flatten();
    rules.flat_map(|rule| {
        let paths = rule["http"]["paths"].as_array().into_iter().flatten();
        paths.map(|path| (&rule["host"], &path["path"]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ingress(release: &str, made: &str, class: &str) -> Value {
        let about =
            json!({"name": release, "creationTimestamp": made, "annotations": {BY_HELM: release}});
        let rules = json!([{"host": "app.local", "http": {"paths": [{"path": "/"}]}}]);
        json!({"kind": "Ingress", "metadata": about, "spec": {"ingressClassName": class, "rules": rules}})
    }

    #[test]
    fn an_older_one_of_another_release_is_named() {
        let old = ingress("old", "2026-11-25T09:00:00Z", "nginx");
        let mut new = ingress("new", "2026-11-25T10:00:00Z", "nginx");
        let told = |item: &Value, release: &str| by_another(&[&old, item], release);
        let cause = told(&new, "new").unwrap().cause;
        assert!(
            cause.starts_with("ingress/old of the release old has the host of ingress/new too")
        );
        // Whoever was there first is served, and another controller has another address.
        assert_eq!(told(&new, "old"), None);
        assert_eq!(told(&new, ""), None);
        assert_eq!(
            told(&ingress("new", "2026-11-25T10:00:00Z", "inner"), "new"),
            None
        );
        new["metadata"]["annotations"][CANARY] = "true".into();
        assert_eq!(told(&new, "new"), None);
    }
}
