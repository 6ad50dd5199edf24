//! What only the backend counts: questions to the chatbot.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use todo_core::metrics;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnLabels {
    brain: &'static str,
    outcome: &'static str,
}

/// The counters of one process.
pub struct Metrics {
    /// What every service counts.
    pub shared: Arc<metrics::Metrics>,
    turns: Family<TurnLabels, Counter>,
}

impl Metrics {
    /// All at zero.
    #[expect(
        clippy::new_without_default,
        reason = "a registry is made once, not by default"
    )]
    pub fn new() -> Self {
        let turns = Family::<TurnLabels, Counter>::default();
        let shared = metrics::Metrics::new(|registry| {
            registry.register("chat_turns", "Questions to the chatbot", turns.clone());
        });
        Metrics { shared, turns }
    }

    /// Counts a question: which brain answered, or why none did.
    pub fn turned(&self, answered: Result<&'static str, &'static str>) {
        let (brain, outcome) = match answered {
            Ok(brain) => (brain, "answered"),
            Err(code) => ("none", code),
        };
        let labels = TurnLabels { brain, outcome };
        self.turns.get_or_create(&labels).inc();
    }
}
