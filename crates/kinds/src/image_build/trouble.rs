//! What stops a build and is not the code's fault. Reads what docker printed.

use protocol::Failure;

struct Trouble {
    said: &'static [&'static str],
    cause: &'static str,
    fix: &'static str,
}

const TROUBLES: &[Trouble] = &[
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
        cause: "the base image of {dockerfile} can't be had",
        fix: "check the network and the image's name after FROM; an image that this machine's docker has already is not pulled",
    },
    Trouble {
        said: &["Could not resolve host", "failed to download from"],
        cause: "the build of {dockerfile} can't reach the network",
        fix: "check the network, DNS and proxy of the docker that builds: `{docker} info`",
    },
];

/// The trouble that docker told of, if it is known; `docker` is how a user reaches the one that
/// builds.
pub(super) fn read(output: &str, dockerfile: &str, docker: &str) -> Option<Failure> {
    let (line, trouble) = TROUBLES.iter().find_map(|trouble| {
        let said = |line: &&str| trouble.said.iter().any(|text| line.contains(text));
        Some((output.lines().find(said)?, trouble))
    })?;
    let failure = Failure::new(trouble.cause.replace("{dockerfile}", dockerfile));
    Some(
        failure
            .seen([line.trim()])
            .fix(trouble.fix.replace("{docker}", docker)),
    )
}
