//! The call that makes an image.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{BUILDER, BUILDER_ARG, ImageBuild, Recipe};
use crate::namespace::OWNER;
use crate::pattern::escaped;
use protocol::{Cmd, StepContext};

/// Attestations hold the time of the build, so the same image would be another one each time.
const PLAIN: (&str, &str) = ("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");

/// Who a program runs as: nobody, by number, so that Kubernetes can tell that it is not root.
const NOBODY: &str = "65532:65532";

impl ImageBuild {
    /// Makes the image under the tag of its inputs.
    pub(super) fn build(&self, context: &StepContext) -> Cmd {
        match &self.dockerfile {
            Recipe::Dockerfile(file) => self.built(file, context),
            Recipe::Program { program } => self.imported(program, context),
        }
    }

    fn built(&self, file: &str, context: &StepContext) -> Cmd {
        let reference = self.reference(&self.input_tag(context));
        let args = self.args.iter().map(|(name, value)| (&**name, &**value));
        let known = [("VERSION", &*self.version), (BUILDER_ARG, context.clone)];
        // The classic builder keeps the container of a call that failed; BuildKit has none.
        let mut cmd = self
            .docker(["build", "-f", file, "-t", &reference, "--force-rm"])
            .args(flags("--label", labels(context)))
            .args(flags("--build-arg", known.into_iter().chain(args)));
        cmd.env.push((PLAIN.0.to_string(), PLAIN.1.to_string()));
        cmd.args([self.context.clone()])
    }

    /// One layer, through a pipe: in a quarter of the time that a builder takes for it.
    fn imported(&self, program: &str, context: &StepContext) -> Cmd {
        let (folder, name) = program.rsplit_once('/').unwrap_or((".", program));
        let pack = ["--create", "--dereference", "--owner=0", "--group=0"];
        let own = format!("./{name}");
        let mut pack =
            Cmd::new("tar", pack).args(["--mode=0555", "--file=-", "--directory", folder, &own]);
        pack.install = "install GNU tar (the package `tar` nearly everywhere)";
        let runs = serde_json::json!([format!("/{name}")]);
        let runs = [format!("ENTRYPOINT {runs}"), format!("USER {NOBODY}")];
        let labels =
            labels(context).map(|(label, value)| format!("LABEL {label}={}", quoted(value)));
        let changes = runs.into_iter().chain(labels);
        let changes = changes.flat_map(|change| ["--change".to_string(), change]);
        let reference = self.reference(&self.input_tag(context));
        pack.pipe(
            self.docker(["import"])
                .args(changes)
                .args(["-".to_string(), reference]),
        )
    }
}

/// What tells that an image is ours, and of which clone and target.
fn labels<'a>(context: &StepContext<'a>) -> [(&'static str, &'a str); 2] {
    [(OWNER, context.pipeline), (BUILDER, context.clone)]
}

/// A value as the line of a Dockerfile writes it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value, "\\\"$"))
}

fn flags<'a>(flag: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let pair = |(name, value): (&str, &str)| [flag.to_string(), format!("{name}={value}")];
    pairs.into_iter().flat_map(pair).collect()
}
