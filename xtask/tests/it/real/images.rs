//! Real images: ten edits leave no more behind than three, teardown leaves nothing, and a push sends
//! only what is missing.

use std::io::Read;
use std::process::{Command, Stdio};

use super::OTHERS;
use crate::sandbox::{Sandbox, a_port, skipped, until};

const PIPELINE: &str = r#"
[goals]
up = ["image"]
teardown = { undo = "up" }
[[step]]
id = "image"
kind = "image-build"
with = { dockerfile = "Dockerfile", image = "NAME", transport = "host", version = "1" }
"#;

const DOCKERFILE: &str = r#"
FROM scratch AS build
COPY main.txt /
ARG PIPELINE_BUILDER=""
LABEL pipeline.local/stage="NAME" pipeline.local/builder="$PIPELINE_BUILDER"
FROM scratch
COPY --from=build /main.txt /
"#;

fn docker(args: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Whether docker answers; where it does not, the test is skipped.
fn has_docker(test: &str) -> bool {
    let answers = docker(&["version"]).is_some();
    if !answers {
        skipped(test, "docker does not answer");
    }
    answers
}

/// A repository that only this test has, and a pipeline that builds it.
fn builds(test: &str, suffix: &str) -> Option<(String, Sandbox)> {
    let name = format!("{OTHERS}{}{suffix}", std::process::id());
    let sandbox = || Sandbox::new().pipeline(&PIPELINE.replace("NAME", &name));
    let sandbox = has_docker(test).then(sandbox)?;
    Some((name, sandbox))
}

/// Ids of this test's images, named or not.
fn images(name: &str) -> Vec<String> {
    let listed = |filter: &str| {
        docker(&[
            "image",
            "ls",
            "--all",
            "--quiet",
            "--no-trunc",
            "--filter",
            filter,
        ])
        .unwrap()
    };
    let all = [
        listed(&format!("reference={name}")),
        listed(&format!("label=pipeline.local/stage={name}")),
    ]
    .concat();
    let mut ids: Vec<String> = all.lines().map(str::to_string).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn images_over_ten_edits() {
    let Some((name, sandbox)) = builds("the test of images", "") else {
        return;
    };
    let named = |text: &str| text.replace("NAME", &name);
    let sandbox = sandbox
        .file("Dockerfile", &named(DOCKERFILE))
        .file("other.txt", "not copied");
    let tag = || {
        let status = sandbox.run(&["status", "--format", "json"]).json();
        status["steps"][0]["facts"]["image"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let mut tags = Vec::new();
    for edit in 0..10 {
        sandbox.write("main.txt", &format!("{edit}"));
        sandbox.run(&["up"]).code(0).says("1 done");
        tags.push(tag());
    }
    tags.dedup();
    assert_eq!(tags.len(), 10, "each edit is another image");
    let left = images(&name);
    // Three images, and the stage that the next build goes on from (none with BuildKit).
    assert!((3..=4).contains(&left.len()), "{left:?}");
    sandbox.write("other.txt", "what is not copied is no input");
    sandbox.run(&["up"]).code(0).says("0 done");
    // Inputs that differ and an image that does not: a second build under another tag of inputs.
    let (before, dockerfile) = (tag(), sandbox.read("Dockerfile"));
    sandbox.write("Dockerfile", &format!("{dockerfile}# A comment.\n"));
    sandbox.run(&["up"]).code(0).says("1 done");
    assert_eq!(
        tag(),
        before,
        "an image that came out the same keeps its tag"
    );
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(images(&name), Vec::<String>::new());
}

/// What docker copies besides contents: modes, where links lead, and folders without a file.
#[test]
fn what_a_copy_shows_is_built_again() {
    let Some((name, sandbox)) = builds("the test of what is copied", "-copied") else {
        return;
    };
    let sandbox = sandbox
        .file("Dockerfile", "FROM scratch\nCOPY app /app\n")
        .file("app/key.txt", "k");
    sandbox.run(&["up"]).code(0).says("1 done");
    for edit in [
        "chmod 600 app/key.txt",
        "chmod 644 app/key.txt",
        "ln -s /nowhere app/link",
        "ln -sfn /elsewhere app/link",
        "mkdir app/logs",
        "rmdir app/logs",
    ] {
        let mut edited = Command::new("sh");
        edited.args(["-c", edit]).current_dir(&sandbox.dir);
        assert!(edited.status().unwrap().success());
        sandbox.run(&["up"]).code(0).says("1 done");
        sandbox.run(&["up"]).code(0).says("0 done");
    }
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(images(&name), Vec::<String>::new());
}

/// Names can be given to other images, by hand or by another build.
#[test]
fn a_name_that_means_another_image_is_noticed() {
    let Some((name, sandbox)) = builds("the test of names", "-named") else {
        return;
    };
    let base = format!("{name}-base");
    let sandbox = sandbox
        .file(
            "Dockerfile",
            &format!("ARG BASE={base}\nFROM ${{BASE}}\nCOPY main.txt /\n"),
        )
        .file("Base", "FROM scratch\nCOPY main.txt /base\n")
        .file("main.txt", "1");
    let make_base = || {
        let folder = sandbox.dir.display().to_string();
        let file = format!("{folder}/Base");
        docker(&["build", "-f", &file, "-t", &base, &folder]).unwrap();
    };
    let facts = || {
        let status = sandbox.run(&["status", "--format", "json"]).json();
        let fact = |name: &str| {
            status["steps"][0]["facts"][name]
                .as_str()
                .unwrap()
                .to_string()
        };
        [fact("id"), fact(".built")]
    };
    make_base();
    sandbox.run(&["up"]).code(0).says("1 done");
    let [older, _] = facts();
    sandbox.write("main.txt", "2");
    sandbox.run(&["up"]).code(0).says("1 done");
    let [_, tag] = facts();
    docker(&["tag", &older, &format!("{name}:{tag}")]).unwrap();
    let ran = sandbox.run(&["up"]).code(0).says("1 done");
    ran.says("is another image than the one that was built");
    assert_ne!(facts()[0], older);
    sandbox.run(&["up"]).code(0).says("0 done");
    for by_hand in [&["image", "rm"][..], &["tag", &older]] {
        let own = format!("{name}:1-{}", &facts()[0]["sha256:".len()..][..12]);
        docker(&[by_hand, &[own.as_str()]].concat()).unwrap();
        let ran = sandbox.run(&["up"]).code(0).says("1 done");
        ran.says(&format!("{own} is gone from the daemon, or another image"));
        sandbox.run(&["up"]).code(0).says("0 done");
    }
    make_base();
    let ran = sandbox.run(&["up"]).code(0).says("1 done");
    ran.says(&format!("its base image {base}:latest is another one now"));
    sandbox.run(&["up"]).code(0).says("0 done");
    sandbox.write("main.txt", "1");
    sandbox.run(&["up"]).code(0).says("1 done");
    sandbox.run(&["teardown"]).code(0);
    docker(&["image", "rm", &base]).unwrap();
    assert_eq!(images(&name), Vec::<String>::new());
}

/// A rollback needs it, however long ago it was made.
#[test]
fn the_image_that_was_in_use_before_stays() {
    let Some((name, sandbox)) = builds("the test of old images", "-before") else {
        return;
    };
    let sandbox = sandbox.file("Dockerfile", "FROM scratch\nCOPY main.txt /\n");
    let mut ids = Vec::new();
    for text in ["a", "b", "c", "a", "d"] {
        std::thread::sleep(std::time::Duration::from_millis(1100));
        sandbox.write("main.txt", text);
        sandbox.run(&["up"]).code(0);
        let status = sandbox.run(&["status", "--format", "json"]).json();
        ids.push(
            status["steps"][0]["facts"]["id"]
                .as_str()
                .unwrap()
                .to_string(),
        );
    }
    assert_eq!(
        ids[0], ids[3],
        "nothing was built for what was built before"
    );
    let left = images(&name);
    assert!(left.contains(&ids[3]) && left.contains(&ids[4]), "{left:?}");
    assert_eq!(left.len(), 3);
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(images(&name), Vec::<String>::new());
}

/// Docker's last word repeats the call; why it failed stands further up.
#[test]
fn a_run_that_fails_is_told_by_its_own_words() {
    if docker(&["image", "inspect", "debian:bookworm-slim"]).is_none() {
        return skipped(
            "the test of a failing RUN",
            "there is no debian:bookworm-slim",
        );
    }
    let name = format!("{OTHERS}{}-failing", std::process::id());
    let sandbox = Sandbox::new()
        .pipeline(&PIPELINE.replace("NAME", &name))
        .file(
            "Dockerfile",
            "FROM debian:bookworm-slim\nRUN echo begun; cat /not/there; exit 3\n",
        );
    sandbox.run(&["up"]).code(1).says(
        "RUN echo begun; cat /not/there; exit 3 of Dockerfile ended with exit status 3: cat: /not/there: No such file or directory",
    );
    sandbox.write("Dockerfile", "FROM scratch\nCOPY --from=nostage / /\n");
    sandbox
        .run(&["up"])
        .code(1)
        .says("what Dockerfile copies from is neither one of its stages nor an image");
    sandbox.run(&["teardown"]).code(0);
}

const PUSHED: &str = r#"
[[step]]
id = "image"
kind = "image-build"
with = { dockerfile = "Dockerfile", image = "NAME", transport = "registry", version = "1" }
[[step]]
id = "push"
kind = "image-load"
with = { images = ["${image.image}"], transport = "registry" }
"#;

/// A registry of this test's own, which ends with it.
struct Registry(std::process::Child);

impl Registry {
    fn start(sandbox: &Sandbox, port: u16) -> Option<Registry> {
        let images = sandbox.dir.join("registry").display().to_string();
        let config = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {images} }} }}\nhttp: {{ addr: \"127.0.0.1:{port}\" }}\n"
        );
        sandbox.write("registry.yml", &config);
        let mut command = Command::new("docker-registry");
        command.args(["serve", "registry.yml"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.current_dir(&sandbox.dir).spawn().ok()?;
        until("the registry answers", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Some(Registry(started))
    }

    /// All that it has read so far, from its callers and from files.
    fn read(&self) -> u64 {
        let told = std::fs::read_to_string(format!("/proc/{}/io", self.0.id())).unwrap();
        let all = told.lines().find_map(|line| line.strip_prefix("rchar: "));
        all.unwrap().parse().unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_push_sends_the_layers_that_the_registry_lacks_and_no_others() {
    const BIG: u64 = 48 << 20;
    if !has_docker("the test of a registry") {
        return;
    }
    let port = a_port();
    let name = format!("localhost:{port}/{OTHERS}{}-pushed", std::process::id());
    let goals = "[goals]\nup = ['push']\nteardown = { undo = 'up' }\n";
    let sandbox = Sandbox::new()
        .pipeline(&format!("{goals}{}", PUSHED.replace("NAME", &name)))
        .file("Dockerfile", "FROM scratch\nCOPY big /\nCOPY small /\n")
        .file("small", "1");
    let Some(registry) = Registry::start(&sandbox, port) else {
        return skipped("the test of a registry", "docker-registry is not installed");
    };
    let mut random = std::fs::File::open("/dev/urandom").unwrap().take(BIG);
    let mut big = std::fs::File::create(sandbox.dir.join("big")).unwrap();
    std::io::copy(&mut random, &mut big).unwrap();
    let sent = || {
        let before = registry.read();
        sandbox.run(&["up"]).code(0).says("2 done");
        registry.read() - before
    };
    let first = sent();
    assert!(first > BIG, "{first}");
    sandbox.write("small", "2");
    let second = sent();
    assert!(
        second < BIG / 48,
        "{second} bytes for a layer of some hundred"
    );
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(images(&name), Vec::<String>::new());
}
