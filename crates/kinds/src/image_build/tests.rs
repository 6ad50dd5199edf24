use alloc::string::ToString;

use super::*;
use crate::testing::context;

fn step(more: &str) -> ImageBuild {
    let text = format!(
        "image = 'app'\nversion = '1'\ndockerfile = 'dev.Dockerfile'\ntransport = 'docker-env'\nprofile = 'p'\n{more}"
    );
    toml::from_str(&text).unwrap()
}

#[test]
fn of_a_folder_with_much_in_it_only_what_is_named_is_read_and_sent() {
    let step = step("context = 'target/'\nonly = ['app', 'more']\n");
    assert_eq!(
        step.inputs(),
        ["dev.Dockerfile", "target/app", "target/more"]
    );
    let texts = ["COPY ${SERVICE} /service\n".to_string()];
    assert!(step.listed_inputs(&texts).is_empty(), "nothing else counts");
    let build = step.build(&context());
    let packs = "tar --create --dereference --file=- dev.Dockerfile --directory target/ app more | docker build -f dev.Dockerfile -t app:1-0123456789ab ";
    assert!(build.to_string().starts_with(packs), "{build}");
    let docker = build.pipe.unwrap();
    assert_eq!(docker.argv.last().unwrap(), "-");
    assert!(docker.env_from.is_some(), "it is the node's docker");
}

#[test]
fn a_whole_folder_is_left_to_docker() {
    let build = step("context = 'app'\n").build(&context());
    assert!(build.pipe.is_none() && build.to_string().ends_with(" app"));
}
