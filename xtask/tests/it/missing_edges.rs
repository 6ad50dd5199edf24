//! Missing edges: a step that reads what another makes needs it, said or not.

use crate::sandbox::Sandbox;

fn step(id: &str, keys: &str, script: &str) -> String {
    format!("[[step]]\nid='{id}'\nkind='command'\n{keys}\nwith={{argv=['sh','-c','{script}']}}\n")
}

const MAKES: &str = "mkdir -p gen; cat seed > gen/a.h";

/// `a`, which reads gen/a.h by these inputs, and `z`, which makes it and says so with these outputs.
fn reader_and_maker(inputs: &str, outputs: &str) -> Sandbox {
    let reader = step(
        "a",
        &format!("inputs=['{inputs}']\noutputs=['out']"),
        "cat gen/a.h > out",
    );
    let maker = step(
        "z",
        &format!("inputs=['seed']\noutputs=['{outputs}']"),
        &format!("sleep 0.1; {MAKES}"),
    );
    Sandbox::new()
        .pipeline(&(reader + &maker))
        .file("seed", "1")
}

#[test]
fn a_step_that_reads_what_another_makes_runs_after_it() {
    for inputs in [
        "gen/a.h",
        "gen",
        "./gen/a.h",
        "gen/*.h",
        "**/*.h",
        "gen/",
        "{x,gen}/a.h",
        "${root}/gen/a.h",
    ] {
        for outputs in ["gen/a.h", "gen"] {
            // `**/*.h` may name what lies in a folder, but nobody can tell before it is there.
            if inputs == "**/*.h" && outputs == "gen" {
                continue;
            }
            let sandbox = reader_and_maker(inputs, outputs);
            sandbox.run(&["run", "a", "-j2"]).code(0).says("2 done");
            sandbox.write("seed", "2");
            sandbox.run(&["run", "a", "-j2"]).code(0).says("2 done");
            assert_eq!(sandbox.read("out"), "2", "{inputs} {outputs}");
            sandbox.run(&["run", "a"]).code(0).says("0 done");
        }
    }
}

/// A folder is made, and files in it are read by patterns that never name it.
#[test]
fn a_pattern_that_reaches_into_a_made_folder_needs_it() {
    for inputs in ["src/**/*.h", "src/*/*.h", "src/?en/a.h", "**/*.h"] {
        let reader = step(
            "a",
            &format!("inputs=['{inputs}']"),
            "cat src/gen/a.h >> out",
        );
        let maker = step(
            "z",
            "inputs=['seed']\noutputs=['src/gen']",
            "mkdir -p src/gen; cat seed > src/gen/a.h",
        );
        let tool = step(
            "t",
            "outputs=['src/t.h', 'src/tool']",
            "touch src/t.h src/tool",
        );
        let sandbox = Sandbox::new()
            .pipeline(&(reader + &maker + &tool))
            .file("seed", "1")
            .file("src/x.h", "");
        // Nobody can tell what is a folder before it is there, where a pattern looks everywhere.
        if inputs == "**/*.h" {
            sandbox.run(&["run", "z"]).code(0);
        }
        sandbox.run(&["run", "a", "-j2"]).code(0);
        sandbox.write("seed", "2");
        sandbox
            .run(&["run", "a", "-j2"])
            .code(0)
            .says("z: input seed changed");
        assert_eq!(sandbox.read("out"), "12", "{inputs}");
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
}

/// As packages of one workspace see each other.
#[test]
fn links_lead_to_what_is_made_behind_them() {
    for (link, to, inputs) in [
        ("modules/lib", "../gen", "modules/lib/*.h"),
        ("modules", "gen", "modules/a.h"),
        ("a.h", "gen/a.h", "a.h"),
    ] {
        let sandbox = reader_and_maker(inputs, "gen");
        let link = sandbox.dir.join(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, link).unwrap();
        for seed in ["1", "2"] {
            sandbox.write("seed", seed);
            sandbox.run(&["run", "a", "-j2"]).code(0).says("2 done");
            assert_eq!(sandbox.read("out"), seed, "{inputs}");
        }
    }
}

#[test]
fn a_program_that_another_step_makes_is_needed_too() {
    let maker = step(
        "z",
        "inputs=['seed']\noutputs=['bin/tool']",
        "mkdir -p bin; cp seed bin/tool; chmod +x bin/tool",
    );
    for reader in [
        "kind='command'\nwith={argv=['bin/tool']}",
        "kind='check'\nwith={argv=['bin/tool']}",
        "kind='command'\nwith={argv=['./tool'],cwd='bin'}",
        "kind='command'\nwith={argv=['../bin/tool'],cwd='sub'}",
        "kind='command'\nenv={PATH='bin:/usr/bin:/bin'}\nwith={argv=['tool']}",
    ] {
        let reader = format!("[[step]]\nid='a'\n{reader}\n");
        let sandbox = Sandbox::new()
            .pipeline(&(reader + &maker))
            .file("sub/x", "")
            .file("seed", "#!/bin/sh\ntrue\n");
        sandbox.run(&["run", "a"]).code(0).says("done z");
    }
}

#[test]
fn what_is_taken_out_or_looks_alike_is_not_needed() {
    for inputs in [
        "'**', '!gen'",
        "'**', '!gen/**'",
        "'gen2/*.h', 'generated'",
        "'gen.h'",
    ] {
        let reader = step("a", &format!("inputs=[{inputs}]"), "true");
        let maker = step("z", "inputs=['seed']\noutputs=['gen/a.h']", MAKES);
        let sandbox = Sandbox::new()
            .pipeline(&(reader + &maker))
            .file("seed", "1")
            .file("gen.h", "1");
        sandbox.run(&["run", "a"]).code(0).says("1 done");
    }
}

/// Whoever reads everything does not read what is made of it.
#[test]
fn what_comes_later_is_no_input() {
    let first = step("a", "inputs=['**']\noutputs=['one']", "date +%N > one");
    let then = step(
        "b",
        "needs=['a']\ninputs=['**']\noutputs=['two']",
        "date +%N > two",
    );
    let sandbox = Sandbox::new().pipeline(&(first + &then)).file("seed", "1");
    sandbox.run(&["run", "b"]).code(0).says("2 done");
    sandbox.run(&["run", "b"]).code(0).says("0 done");
}

#[test]
fn where_nobody_could_be_first_the_line_to_add_is_told() {
    let both = step("a", "inputs=['**']\noutputs=['one']", "true")
        + &step("b", "inputs=['**']\noutputs=['two']", "true");
    Sandbox::new()
        .pipeline(&both)
        .run(&["plan", "a"])
        .code(2)
        .says("nobody could be first")
        .says("take it out with \"!");
    let named =
        step("a", "inputs=['two']", "true") + &step("b", "needs=['a']\noutputs=['two']", "true");
    Sandbox::new()
        .pipeline(&named)
        .run(&["plan", "a"])
        .code(2)
        .says("step `a` reads two, which `b` makes")
        .says("\"!two\"");
    let mended = both.replacen("inputs=['**']", "inputs=['**','!two']", 1);
    Sandbox::new()
        .pipeline(&mended)
        .run(&["plan", "a", "b"])
        .code(0);
}

/// What a link among the outputs leads to is made by another step, or by nobody.
#[test]
fn a_link_that_is_made_is_not_what_it_leads_to() {
    let text = [
        step(
            "b",
            "inputs=['in']\noutputs=['lib.1']",
            "sleep 0.1; cp in lib.1",
        ),
        step(
            "c",
            "inputs=['lib.1']\noutputs=['lib','sum']",
            "ln -sfn lib.1 lib; cat lib.1 > sum",
        ),
        step(
            "up",
            "inputs=['in']\noutputs=['source']",
            "ln -sfn in source",
        ),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat()).file("in", "1");
    let run = || sandbox.run(&["run", "c", "up", "-j3"]).code(0);
    run().says("3 done");
    run().says("0 done");
    sandbox.write("in", "2");
    run();
    assert_eq!(sandbox.read("sum"), "2");
    run().says("0 done");
}

/// What a Dockerfile copies is read, whoever has to make it before; so is what a kind writes by
/// itself.
#[test]
fn what_kinds_read_and_write_by_themselves_counts() {
    let image = "[[step]]\nid='image'\nkind='image-build'\nwith={image='a',version='1',dockerfile='ctx/Dockerfile',context='ctx',transport='host'}\n";
    let maker = |output: &str| step("z", &format!("outputs=['{output}']"), "true");
    let edge = |pipeline: &str, dockerfile: &str, ignored: &str| {
        let sandbox = Sandbox::new().pipeline(pipeline);
        let sandbox = sandbox.file("ctx/Dockerfile", dockerfile);
        let sandbox = sandbox.file("ctx/.dockerignore", ignored);
        sandbox.run(&["graph"]).code(0).stdout.contains("-->")
    };
    let both = |output: &str| image.to_string() + &maker(output);
    for copy in ["COPY dist /", "COPY . /", "COPY d* /", "COPY dist/app /"] {
        let dockerfile = format!("FROM scratch\n{copy}\n");
        assert!(edge(&both("ctx/dist"), &dockerfile, ""), "{copy}");
        assert!(edge(&both("ctx/dist/app"), &dockerfile, ""), "{copy}");
        assert!(
            !edge(&both("ctx/else.txt"), &dockerfile, "else.txt"),
            "{copy}"
        );
    }
    assert!(edge(&both("ctx/Dockerfile"), "FROM scratch\n", ""));
    let template = "[[step]]\nid='z'\nkind='helm-template'\nwith={chart='c',release='r',namespace='n',output='out/m.yaml'}\n";
    let reader = step("a", "inputs=['out/m.yaml']", "true");
    assert!(edge(&(reader + template), "", ""));
}

/// Nobody can tell that `**/*.h` looks into a folder that is not there yet.
#[test]
fn a_run_that_finds_out_too_late_says_so() {
    let reader = step(
        "a",
        "inputs=['**/*.h']\noutputs=['out']",
        "cat gen/a.h > out || true",
    );
    let maker = step(
        "z",
        "outputs=['gen']",
        "sleep 0.3; mkdir -p gen; echo 1 > gen/a.h",
    );
    let sandbox = Sandbox::new().pipeline(&(reader + &maker));
    let late = "warning  a: it reads what `z` has made and did not wait for it";
    let run = || sandbox.run(&["run", "a", "z", "-j2"]).code(0);
    run().says("2 done").says(late);
    for (done, read) in [("1 done", "1\n"), ("0 done", "1\n")] {
        let ran = run().says(done);
        assert!(!ran.stderr.contains("did not wait"), "{}", ran.stderr);
        assert_eq!(sandbox.read("out"), read);
    }
}
