//! What is told before anything is planned.

use crate::sandbox::{Sandbox, step};

#[test]
fn a_folder_in_place_of_the_file_is_called_by_its_name() {
    let sandbox = Sandbox::new();
    let told = "error: .: it is a folder, where a file is expected; `-f FILE` names one";
    sandbox.run(&["plan", "-f", "."]).code(2).says(told);
}

#[test]
fn where_there_are_no_steps_there_is_no_plan() {
    let sandbox = Sandbox::new().pipeline("");
    for call in [&["plan"][..], &["run", "a"]] {
        let ran = sandbox.run(call).code(2);
        ran.says("pipeline.toml has no steps: there is no [[step]], or `each` names nothing");
    }
    let around = "[[step]]\nid='f'\nkind='folder'\nwith={path='.'}\n";
    let ran = sandbox.pipeline(around).run(&["plan"]).code(2);
    ran.says("`.` holds pipeline.toml itself");
}

#[test]
fn numbers_and_times_that_leave_nothing() {
    for (line, told) in [
        ("retry={attempts=4294967296}", "from 0 to 4294967295"),
        ("timeout='0.1ms'", "leaves no time at all"),
    ] {
        let ran = Sandbox::new()
            .pipeline(&step("a", &[], line))
            .run(&["plan"]);
        ran.code(2).says(told);
    }
    let sandbox = Sandbox::new().pipeline(&step("a", &[], "min_free_mem='0'"));
    sandbox.run(&["plan"]).code(0);
}

/// Who only says that images go into a cluster of kind has not said into which.
#[test]
fn images_for_a_cluster_that_nobody_names() {
    let load = "[goals]\nup=['load']\nteardown={undo='up'}\n[[step]]\nid='load'\nkind='image-load'\n\
                with={images=['app:1'],transport='kind'}\n";
    let sandbox = Sandbox::new().pipeline(load);
    let told = "`transport = \"kind\"` needs the `context`, which names the cluster";
    sandbox.run(&["up"]).code(1).says(told);
    sandbox.run(&["teardown"]).code(0);
}
