use super::*;
use crate::testing::context;

pub(super) fn step(more: &str) -> ImageBuild {
    let text =
        format!("image = 'app'\nversion = '1'\ntransport = 'docker-env'\nprofile = 'p'\n{more}");
    toml::from_str(&text).unwrap()
}

#[test]
fn a_program_is_the_only_input_of_its_image_and_all_that_is_sent() {
    let step = step("dockerfile = { program = 'target/app' }\n");
    assert_eq!(step.inputs(), ["target/app"]);
    let build = step.build(&context());
    let packs = "tar --create --dereference --owner=0 --group=0 --mode=0555 --file=- --directory target ./app | docker import --change 'ENTRYPOINT [\"/app\"]' --change 'USER 65532:65532' --change ";
    assert!(build.to_string().starts_with(packs), "{build}");
    let docker = build.pipe.unwrap();
    assert_eq!(
        docker.argv[docker.argv.len() - 2..],
        ["-", "app:1-0123456789ab"]
    );
    assert!(docker.env_from.is_some(), "it is the node's docker");
}

#[test]
fn a_label_holds_any_name() {
    let step = step("dockerfile = { program = 'app' }\n");
    let odd = StepContext {
        pipeline: "a b=\"$c\\",
        ..context()
    };
    let docker = step.build(&odd).pipe.unwrap();
    let label = docker.argv.iter().find(|word| word.contains("owner"));
    assert_eq!(
        label.unwrap(),
        r#"LABEL pipeline.local/owner="a b=\"\$c\\""#
    );
}

#[test]
fn names_that_make_no_tag_are_refused() {
    for (image, version, told) in [
        ("app:1", "1", "names a tag"),
        ("app", "1/2", "can't begin a tag"),
        ("app", "", "can't begin a tag"),
    ] {
        let text = format!(
            "image = '{image}'\nversion = '{version}'\ntransport = 'host'\ndockerfile = 'D'\n"
        );
        let refused = toml::from_str::<ImageBuild>(&text).err().unwrap();
        assert!(refused.message().contains(told), "{refused}");
    }
}

#[test]
fn a_name_that_the_user_gave_an_image_is_left() {
    let step = step("dockerfile = 'D'\n");
    let list = crate::testing::said("app:1-0123456789ab sha256:1\napp:release sha256:1\n");
    let undo = StepContext {
        undo: true,
        ..context()
    };
    let none = crate::testing::said("");
    let actions = step
        .undo(
            &undo,
            &[list.clone(), list, none.clone(), none.clone(), none],
        )
        .unwrap();
    let told = format!("{actions:?}");
    assert!(
        told.contains("app:1-0123456789ab") && !told.contains("release"),
        "{told}"
    );
}

#[test]
fn a_whole_folder_is_left_to_docker() {
    let build = step("dockerfile = 'Dockerfile'\ncontext = 'app'\n").build(&context());
    assert!(build.pipe.is_none() && build.to_string().ends_with(" app"));
}

#[test]
fn a_program_that_is_not_there_is_named_before_an_empty_image_is_made() {
    let step = step("dockerfile = { program = 'app' }\n");
    let asked = step.probes(&context());
    assert_eq!(asked[1], Probe::Which("./app".to_string()));
    let answers = [crate::testing::said(""), Answer::None(String::new())];
    let failure = step.actions(&context(), &answers).unwrap_err();
    assert_eq!(
        failure.cause,
        "there is no program `app` to make an image of"
    );
}

#[test]
fn what_an_image_is_made_of_is_asked_for_in_words() {
    let text =
        "image = 'app'\nversion = '1'\ntransport = 'host'\ndockerfile = { programm = 'x' }\n";
    let refused = toml::from_str::<ImageBuild>(text).err().unwrap();
    let wanted = "a Dockerfile's path is wanted, or `{ program = \"PATH\" }`";
    assert!(refused.message().contains(wanted), "{refused}");
}

#[test]
fn a_tag_that_somebody_gave_to_another_image_is_none() {
    let step = step("dockerfile = 'D'\n");
    let was = |id: &str| facts([("id", id)]);
    let list = [crate::testing::said("app:1-0123456789ab sha256:1\n")];
    for (id, stands) in [("sha256:1", true), ("sha256:2", false)] {
        let before = was(id);
        let context = StepContext {
            before: Some(&before),
            ..context()
        };
        let effect = step.assess(&context, &list);
        assert_eq!(matches!(effect, Effect::Present(..)), stands, "{effect:?}");
    }
    assert!(matches!(
        step.assess(&context(), &list),
        Effect::Present(..)
    ));
}
