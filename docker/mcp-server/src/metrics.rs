//! What only this server counts: calls of its tools.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use todo_core::metrics::Metrics;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tool: &'static str,
    outcome: &'static str,
}

/// The calls, by tool and outcome; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls(Family<CallLabels, Counter>);

impl Calls {
    /// Counts one call of a tool that succeeded, or was refused.
    pub fn count(&self, tool: &'static str, succeeded: bool) {
        let outcome = if succeeded { "ok" } else { "refused" };
        self.0.get_or_create(&CallLabels { tool, outcome }).inc();
    }

    /// What every service counts, and these.
    pub fn metrics(&self) -> Arc<Metrics> {
        Metrics::new(|registry| {
            registry.register("mcp_tool_calls", "Tool calls by outcome", self.0.clone());
        })
    }
}
