//! Clusters whose context tells where they run, and thereby how images get into them: kind, k3d,
//! Docker Desktop.

use crate::programs::{call, docker, docker_images};
use protocol::Cmd;

/// How images get into a cluster near by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Near<'a> {
    /// A node in a container; kind copies into all nodes.
    Kind(&'a str),
    /// The same of k3d.
    K3d(&'a str),
    /// Its node takes images from this machine's docker.
    Docker,
}

impl<'a> Near<'a> {
    /// What a context's name says: each tool gives its contexts names of its own.
    pub(crate) fn of(context: &'a str) -> Option<Near<'a>> {
        let named = |prefix| context.strip_prefix(prefix).filter(|name| !name.is_empty());
        match context {
            "docker-desktop" => Some(Near::Docker),
            _ => named("kind-")
                .map(Near::Kind)
                .or_else(|| named("k3d-").map(Near::K3d)),
        }
    }

    /// The transport's name.
    pub(crate) fn transport(self) -> &'static str {
        match self {
            Near::Kind(_) => "kind",
            Near::K3d(_) => "k3d",
            Near::Docker => "docker",
        }
    }

    /// Lists the node's images.
    pub(super) fn list(self) -> Cmd {
        self.node(["ls", "-q"])
            .unwrap_or_else(|| docker_images(None))
    }

    /// Puts an image into all nodes; `None` where they share docker's.
    pub(super) fn load(self, image: &str) -> Option<Cmd> {
        match self {
            Near::Kind(name) => Some(call(
                "kind",
                ["load", "docker-image", "--name", name, image],
            )),
            Near::K3d(name) => Some(call("k3d", ["image", "import", "--cluster", name, image])),
            Near::Docker => None,
        }
    }

    /// Removes an image from the node, under both names that containerd may have for it.
    pub(super) fn unload(self, image: &str) -> Option<Cmd> {
        let long = alloc::format!("docker.io/library/{image}");
        self.node(["rm", image, &long])
    }

    fn node<const N: usize>(self, words: [&str; N]) -> Option<Cmd> {
        let node = match self {
            Near::Kind(name) => alloc::format!("{name}-control-plane"),
            Near::K3d(name) => alloc::format!("k3d-{name}-server-0"),
            Near::Docker => return None,
        };
        let exec = ["exec", &node, "ctr", "-n", "k8s.io", "images"];
        Some(docker(exec, None).args(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(context: &str, load: &str, list: &str) {
        let near = Near::of(context).unwrap();
        let load_cmd = near.load("web:1").map(|cmd| cmd.argv.join(" "));
        assert_eq!(load_cmd.unwrap_or_default(), load);
        assert!(near.list().argv.join(" ").starts_with(list));
    }

    #[test]
    fn a_context_says_how_images_get_into_its_cluster() {
        check(
            "kind-todo",
            "kind load docker-image --name todo web:1",
            "docker exec todo-control-plane ctr -n k8s.io images ls",
        );
        check(
            "k3d-todo",
            "k3d image import --cluster todo web:1",
            "docker exec k3d-todo-server-0 ctr -n k8s.io images ls",
        );
        check("docker-desktop", "", "docker image ls");
        assert!(Near::of("lab").is_none() && Near::of("kind-").is_none());
    }
}
