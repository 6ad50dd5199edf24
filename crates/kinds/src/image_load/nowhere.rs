//! A way into a cluster, and no cluster that it leads into, or no image to go there.

use alloc::format;
use alloc::string::{String, ToString};

use super::ImageLoad;
use protocol::{Action, Failure};

/// How docker, kind and minikube say that they have no such image to begin with.
const NONE_WORDS: [&str; 5] = [
    "not present locally",
    "does not exist locally",
    "tag does not exist",
    "reference does not exist",
    "No such image",
];

/// An image that is to come from there, and is not there. Whether a step builds it is not known
/// here.
pub(super) fn imageless(place: &str, image: &str) -> Failure {
    Failure::new(format!("{place} has no image {image}")).fix(
        "if a step builds it, run the same command again with --force to build it again; \
         if none does, build or pull it there yourself, or write `or_pull = true` to let the node pull it",
    )
}

impl ImageLoad {
    /// Which image a tool did not find on this machine.
    pub(super) fn not_here(&self, action: &Action, output: &str) -> Option<Failure> {
        let is_it = NONE_WORDS.iter().any(|words| output.contains(words));
        let call = is_it.then(|| action.to_string())?;
        let named = |image: &&String| call.split_whitespace().any(|word| word == *image);
        let image = self.images.iter().find(named)?;
        Some(imageless("this machine's docker", image))
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::docker;
    use protocol::Kind;

    #[test]
    fn an_image_that_is_not_here_need_not_be_one_that_a_step_builds() {
        let load: ImageLoad =
            toml::from_str("images = ['a:1', 'b:1']\ntransport = 'docker'").unwrap();
        let refused = load.load_cmd("b:1").unwrap_err();
        assert_eq!(refused.cause, "this machine's docker has no image b:1");
        assert!(refused.fix.as_ref().unwrap().contains("`or_pull = true`"));
        let push = Action::Run(docker(["push", "b:1"], None));
        let said = "An image does not exist locally with the tag: b";
        let told = load.diagnose(&push, said);
        assert_eq!(told, Some(refused));
    }
}
