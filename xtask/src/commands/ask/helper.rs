//! The AI helpers that can be asked, and how each takes a question.

use engine::exec::Setting;
use engine::plan::World;
use kinds::programs::call;
use protocol::Probe;

/// One that is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Helper {
    /// `kubectl-ai`.
    KubectlAi,
    /// `kagent`, whose agent for Kubernetes is asked.
    Kagent,
    /// Docker's own, Gordon.
    DockerAi,
}

impl Helper {
    /// The first that is there.
    pub(super) fn installed(world: &World) -> Option<Helper> {
        let on_path = |name: &str| which::which(name).is_ok();
        if on_path("kubectl-ai") {
            return Some(Helper::KubectlAi);
        }
        if on_path("kagent") {
            return Some(Helper::Kagent);
        }
        // `docker ai` itself ends with 0 where there is none.
        let asked = on_path("docker").then(|| Probe::Run(call("docker", ["--help"])));
        let help = world.exec.ask(&asked?, &Setting::default());
        let is_ai = |line: &str| {
            line.split_whitespace()
                .next()
                .is_some_and(|word| word.trim_end_matches('*') == "ai")
        };
        help.stdout()?
            .lines()
            .any(is_ai)
            .then_some(Helper::DockerAi)
    }

    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Helper::KubectlAi => "kubectl-ai",
            Helper::Kagent => "kagent",
            Helper::DockerAi => "docker ai",
        }
    }

    /// The command that asks.
    pub(super) fn call(self, prompt: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Helper::KubectlAi => &["kubectl-ai", prompt],
            Helper::Kagent => &["kagent", "invoke", "--agent", "k8s-agent", "--task", prompt],
            Helper::DockerAi => &["docker", "ai", prompt],
        };
        words.iter().map(|word| word.to_string()).collect()
    }
}
