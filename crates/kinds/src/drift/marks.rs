//! The marks that helm puts on all that it makes, and its manifest does not have: without them
//! nobody knows an object as the release's.

use serde_json::{Value, json};

use crate::programs::BY_HELM;

/// The annotation that helm gives to all that it makes: the release's namespace.
pub(super) const IN_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// The object as helm makes it.
pub(super) fn marked(mut object: Value, release: &str, namespace: &str) -> Value {
    let metadata = &mut object["metadata"];
    set(metadata, "labels", "app.kubernetes.io/managed-by", "Helm");
    set(metadata, "annotations", BY_HELM, release);
    set(metadata, "annotations", IN_NAMESPACE, namespace);
    object
}

/// Nothing where the chart has something else than a map, which the cluster refuses anyway.
fn set(metadata: &mut Value, of: &str, key: &str, value: &str) {
    let Some(metadata) = metadata.as_object_mut() else {
        return;
    };
    let map = metadata.entry(of).or_insert(Value::Null);
    if map.is_null() {
        *map = json!({});
    }
    if let Some(map) = map.as_object_mut() {
        map.insert(key.into(), value.into());
    }
}
