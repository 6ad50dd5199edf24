//! A way into a cluster, and no cluster that it leads into.

use alloc::format;

use super::ImageLoad;
use protocol::Failure;

impl ImageLoad {
    /// Why no cluster is known that images go into in that way.
    pub(super) fn nowhere(&self) -> Option<Failure> {
        let transport = self.transport.as_str();
        let cause = match (transport, self.context.as_str()) {
            ("kind" | "k3d", "") => {
                format!(
                    "`transport = \"{transport}\"` needs the `context`, which names the cluster"
                )
            }
            ("kind" | "k3d" | "docker", context) if self.near().is_none() => {
                format!("the context {context} is none of {transport}")
            }
            _ => return None,
        };
        let fix = "take `transport` and `context` from the step of the cluster: `${cluster.transport}`, `${cluster.context}`";
        Some(Failure::new(cause).fix(fix))
    }
}
