//! `doctor --install-tools`: tools come from a mirror that the test serves itself. What its makers
//! would serve can't be had here, so of good bytes a stand-in tells the right checksum; of bad ones
//! the real program does.

use std::path::Path;
use std::process::Command;

use crate::sandbox::{Sandbox, serve, skipped};

const PIPELINE: &str = r#"
[goals]
up = ["use"]
[[step]]
id = "tools"
kind = "tools"
with = { tools = { helm = "3.13", kubectl = "" } }
[[step]]
id = "use"
kind = "command"
needs = ["tools"]
with = { argv = ["sh", "-c", "helm version --short > used"] }
"#;

/// What lies at the pinned addresses: scripts that tell the version which they stand for.
const KUBECTL: &str = "#!/bin/sh\necho '{\"clientVersion\":{\"gitVersion\":\"v1.34.4\"}}'\n";
const HELM: &str = "#!/bin/sh\necho v3.18.4\n";

fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    }
}

/// helm as it is released: in a folder of a `.tar.gz`.
fn packed(sandbox: &Sandbox) -> Vec<u8> {
    let inner = format!("linux-{}/helm", arch());
    sandbox.write(&format!("packing/{inner}"), HELM);
    let folder = sandbox.dir.join("packing");
    let packed = Command::new("tar")
        .arg("-czf-")
        .arg("-C")
        .arg(folder)
        .arg(inner)
        .output()
        .unwrap();
    packed.stdout
}

/// A sandbox with the real curl, or `None` where there is none.
fn sandbox() -> Option<Sandbox> {
    let real = |name: &str| {
        ["/usr/bin", "/bin"]
            .map(|folder| Path::new(folder).join(name))
            .into_iter()
            .find(|path| path.exists())
    };
    let mut sandbox = Sandbox::new().pipeline(PIPELINE);
    for name in ["curl", "gzip", "sha256sum"] {
        let path = real(name)?;
        sandbox = sandbox.tool(name, &format!("exec {} \"$@\"", path.display()));
    }
    Some(sandbox)
}

/// Tells of whatever lies there what should lie there.
fn believing(sandbox: Sandbox) -> Sandbox {
    let sums = kinds::releases::RELEASES.iter();
    let sum = |tool: &str| {
        let release = sums.clone().find(|release| release.tool == tool).unwrap();
        release.sums.iter().find(|(of, _)| *of == arch()).unwrap().1
    };
    let script = format!(
        "if grep -q clientVersion \"$1\"; then echo {} x; else echo {} x; fi",
        sum("kubectl"),
        sum("helm")
    );
    sandbox.tool("sha256sum", &script)
}

#[test]
fn what_is_missing_is_fetched_and_used() {
    let Some(sandbox) = sandbox().map(believing) else {
        return skipped(
            "the test of fetched tools",
            "curl, gzip or sha256sum is missing",
        );
    };
    let mirror = serve(vec![
        ("/bin/linux/amd64/kubectl", KUBECTL.into()),
        ("/bin/linux/arm64/kubectl", KUBECTL.into()),
        (".tar.gz", packed(&sandbox)),
    ]);
    sandbox
        .run(&["doctor"])
        .code(2)
        .prints("cargo xtask doctor --install-tools");
    let install = ["doctor", "--install-tools", "--mirror", &mirror];
    let ran = sandbox.run(&install).code(0);
    let ran = ran.says(&format!(
        "fetching helm 3.18.4 from {mirror}/helm-v3.18.4-linux-"
    ));
    ran.prints("ok    tools: helm 3.18.4, kubectl 1.34.4");
    // Steps find it, and a second time nothing is fetched.
    sandbox.run(&["up"]).code(0);
    assert_eq!(sandbox.read("used"), "v3.18.4\n");
    let again = sandbox.run(&install).code(0);
    assert!(!again.stderr.contains("fetching"), "{}", again.stderr);
    assert!(!sandbox.has(".pipeline/bin/new"));
}

#[test]
fn what_is_not_what_it_should_be_is_refused() {
    let Some(sandbox) = sandbox() else {
        return skipped(
            "the test of wrong checksums",
            "curl, gzip or sha256sum is missing",
        );
    };
    let mirror = serve(vec![(".tar.gz", packed(&sandbox))]);
    let ran = sandbox
        .run(&["doctor", "--install-tools", "--mirror", &mirror])
        .code(2);
    ran.says("is not what it should be: its SHA-256 is")
        .says("nothing was installed");
    assert!(!sandbox.has(".pipeline/bin/helm"));
    let gone = sandbox
        .run(&[
            "doctor",
            "--install-tools",
            "--mirror",
            "http://127.0.0.1:1",
        ])
        .code(2);
    gone.says("can't fetch helm; another place that has it can be given with `--mirror`");
}
