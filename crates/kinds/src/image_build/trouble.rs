//! What stops a build and is not the code's fault. Reads what docker printed.

use alloc::string::String;

use super::ImageBuild;
use protocol::{Answer, Effect, Failure};

struct Trouble {
    said: &'static [&'static str],
    cause: &'static str,
    fix: &'static str,
}

const TROUBLES: &[Trouble] = &[
    Trouble {
        said: &["invalid from flag value"],
        cause: "what {dockerfile} copies from is neither one of its stages nor an image that can be had",
        fix: "correct the name after `--from=`: a stage gets its name by `FROM IMAGE AS NAME`",
    },
    Trouble {
        said: &["is too old. Minimum supported API version"],
        cause: "this machine's docker is too old for the docker that builds {dockerfile}",
        fix: "update docker on this machine",
    },
    Trouble {
        said: &["no space left on device"],
        cause: "the docker that builds {dockerfile} has no free disk left",
        fix: "free some: `{docker} system prune`",
    },
    Trouble {
        said: &["signal: 9, SIGKILL", "cannot allocate memory", "OOMKilled"],
        cause: "the build of {dockerfile} was ended because there is too little memory",
        fix: "give the cluster or docker more memory, or fewer CPUs, which means fewer compilers at once",
    },
    Trouble {
        said: &[
            "pull access denied",
            "failed to resolve source",
            "manifest unknown",
            "registry-1.docker.io",
        ],
        cause: "an image that {dockerfile} builds upon or copies from can't be had",
        fix: "check the network and the name after `FROM` or `--from=`, which may be that of a stage; an image that this machine's docker has already is not pulled",
    },
    Trouble {
        said: &["Could not resolve host", "failed to download from"],
        cause: "the build of {dockerfile} can't reach the network",
        fix: "check the network, DNS and proxy of the docker that builds: `{docker} info`",
    },
];

impl ImageBuild {
    /// What is to be said without an answer. A node's docker may come with its cluster.
    pub(super) fn unasked(&self, answer: Option<&Answer>) -> Effect {
        match (self.node(), answer) {
            (None, Some(answer)) => Effect::Broken(self.unreached(answer)),
            (_, answer) => Effect::Absent(answer.map_or(String::new(), Answer::trouble)),
        }
    }

    /// Nobody tells which images there are.
    pub(super) fn unreached(&self, answer: &Answer) -> Failure {
        let known = match answer {
            Answer::Ran(output) => self.read_trouble(&output.stderr),
            _ => None,
        };
        known.unwrap_or_else(|| {
            Failure::new(answer.trouble())
                .fix("check that Docker and the cluster run; `cargo xtask doctor` looks at both")
        })
    }

    /// The trouble that docker told of, if it is known.
    pub(super) fn read_trouble(&self, output: &str) -> Option<Failure> {
        let (line, trouble) = TROUBLES.iter().find_map(|trouble| {
            let said = |line: &&str| trouble.said.iter().any(|text| line.contains(text));
            Some((output.lines().find(said)?, trouble))
        })?;
        let cause = trouble
            .cause
            .replace("{dockerfile}", self.dockerfile.file());
        let fix = trouble.fix.replace("{docker}", &self.docker_by_hand());
        Some(Failure::new(cause).seen([line.trim()]).fix(fix))
    }
}
