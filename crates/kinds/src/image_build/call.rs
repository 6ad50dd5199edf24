//! The call that builds an image.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{BUILDER, BUILDER_ARG, ImageBuild};
use crate::namespace::OWNER;
use protocol::{Cmd, StepContext};

/// Attestations hold the time of the build, so the same image would be another one each time.
const PLAIN: (&str, &str) = ("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");

impl ImageBuild {
    /// Builds the image under the tag of its inputs.
    pub(super) fn build(&self, context: &StepContext) -> Cmd {
        let reference = self.reference(&self.input_tag(context));
        let labels = [(OWNER, context.pipeline), (BUILDER, context.clone)];
        let args = self.args.iter().map(|(name, value)| (&**name, &**value));
        let known = [("VERSION", &*self.version), (BUILDER_ARG, context.clone)];
        let mut cmd = self
            .docker(["build", "-f", &self.dockerfile, "-t", &reference])
            .args(flags("--label", labels))
            .args(flags("--build-arg", known.into_iter().chain(args)));
        cmd.env.push((PLAIN.0.to_string(), PLAIN.1.to_string()));
        if self.only.is_empty() {
            return cmd.args([self.context.clone()]);
        }
        self.packed().pipe(cmd.args(["-"]))
    }

    /// The Dockerfile and the files that are sent, through a pipe: docker would read the whole
    /// folder for an ignore file.
    fn packed(&self) -> Cmd {
        let pack = ["--create", "--dereference", "--file=-"];
        Cmd::new("tar", pack)
            .args([&self.dockerfile, "--directory", &self.context])
            .args(self.only.clone())
    }
}

fn flags<'a>(flag: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let pair = |(name, value): (&str, &str)| [flag.to_string(), format!("{name}={value}")];
    pairs.into_iter().flat_map(pair).collect()
}
