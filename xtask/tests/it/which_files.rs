//! Which files count: what a step reads is what its patterns name, nothing else and nothing less.

use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, step};

/// A step with these inputs that was done.
fn done(inputs: &str, files: &[&str]) -> Sandbox {
    let step = format!(
        "[[step]]\nid='a'\nkind='command'\ninputs={inputs}\noutputs=['gen/out']\n\
         with={{argv=['sh','-c','mkdir -p gen; date +%N > gen/out']}}\n"
    );
    let sandbox = Sandbox::new().pipeline(&step);
    files.iter().for_each(|path| sandbox.write(path, "1"));
    sandbox
}

/// Patterns, files that are there, those whose edit is a change, and those whose edit is none.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

#[test]
fn an_edit_is_a_change_exactly_if_a_pattern_names_the_file() {
    let cases: [Case; 14] = [
        (
            "['src/**/*.{c,h}']",
            &["src/a.c", "src/x/y.h"],
            &["src/a.o", "b.c"],
        ),
        ("['{Makefile,*.mk}']", &["Makefile", "a.mk"], &["x"]),
        ("['[ab].c', '[^a-c].h']", &["a.c", "d.h"], &["c.c", "a.h"]),
        ("['./src/./*.c']", &["src/a.c"], &["src/x/a.c"]),
        ("['src/../lib/*.c']", &["lib/a.c"], &["src/a.c"]),
        ("['./lib/**', 'src/**']", &["lib/a.c", "src/x/y"], &["a.c"]),
        ("['${root}/src/*.c']", &["src/a.c"], &["a.c"]),
        (
            "['**/*.md', '!docs/*']",
            &["docs/api/a.md", "a.md"],
            &["docs/a.md"],
        ),
        (
            "['src/**', '!**/x']",
            &["src/deep/a.c"],
            &["src/deep/x", "src/x"],
        ),
        (
            "['src/**', '!**/gen', '!src/tmp']",
            &["src/a"],
            &["src/gen/b", "src/d/gen/c/d", "src/tmp/e"],
        ),
        ("['**', '!./a/../b/*.o']", &["b/x.c"], &["b/x.o"]),
        (
            "['app/[id]/*.ts']",
            &["app/[id]/p.ts", "app/i/p.ts"],
            &["app/id/p.ts"],
        ),
        ("['\\[id\\].ts']", &["[id].ts"], &["i.ts"]),
        (
            "['packages/*/src']",
            &["packages/a/src/x/y"],
            &["packages/a/z"],
        ),
    ];
    for (inputs, named, others) in cases {
        let sandbox = done(inputs, &[named, others].concat());
        sandbox.run(&["run", "a"]).code(0).says("1 done");
        for path in others {
            sandbox.write(path, "2");
        }
        sandbox.run(&["run", "a"]).code(0).says("0 done");
        for path in named {
            sandbox.write(path, "2");
            sandbox
                .run(&["run", "a"])
                .code(0)
                .says(&format!("a: input {path} changed"));
        }
    }
}

/// However "all" is written, what the step itself makes is none of it.
#[test]
fn a_step_that_reads_everything_comes_to_rest() {
    for inputs in [
        "['**']",
        "['./**']",
        "['.']",
        "['./']",
        "['${root}/**']",
        "['gen/../**']",
    ] {
        let sandbox = done(inputs, &["src/a.c"]);
        sandbox.run(&["run", "a"]).code(0).says("1 done");
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
}

#[test]
fn links_to_folders_are_followed() {
    let sandbox = done(
        "['src/**/*.c', '!src/linked/skip']",
        &["src/a.c", "shared/deep/b.c", "shared/skip/c.c"],
    );
    symlink("../shared", sandbox.dir.join("src/linked")).unwrap();
    symlink("..", sandbox.dir.join("src/up")).unwrap();
    sandbox.run(&["run", "a"]).code(0);
    sandbox.run(&["run", "a"]).code(0).says("0 done");
    sandbox.write("shared/skip/c.c", "2");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
    sandbox.write("shared/deep/b.c", "2");
    sandbox
        .run(&["run", "a"])
        .code(0)
        .says("a: input src/linked/deep/b.c changed");
}

#[test]
fn a_pattern_that_names_nothing_is_said() {
    for (inputs, said) in [
        (
            "['srcs/**/*.c']",
            "warning  a: inputs: `srcs/**/*.c` names no file (did you mean `src/**/*.c`?)",
        ),
        (
            "['Makefil']",
            "`Makefil` names no file (did you mean `Makefile`?)",
        ),
        ("['makefile']", "(did you mean `Makefile`?)"),
        ("['srcs/b.c']", "`srcs/b.c` names no file\n"),
        ("['SRC/*.c']", "(did you mean `src/*.c`?)"),
        ("['src/*.cpp']", "`src/*.cpp` names no file"),
        (
            "['src/*.c', '!src']",
            "`src/*.c` names only files that another pattern takes out",
        ),
        ("['!src/**']", "only exclusions are listed"),
    ] {
        let sandbox = done(inputs, &["src/a.c", "Makefile"]);
        sandbox.run(&["run", "a"]).code(0).says(said);
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
    let sandbox = done(
        "['src/*.c', '{Makefile,*.mk}', 'src', '!nothing']",
        &["src/a.c", "Makefile"],
    );
    let ran = sandbox.run(&["run", "a"]).code(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

#[test]
fn what_is_no_pattern_is_refused_at_its_place() {
    for (inputs, said) in [
        (
            "['a[b']",
            "pipeline.toml:6:9: `a[b` is no pattern: a `[` is never closed",
        ),
        ("['a{b']", "`a{b` is no pattern: a `{` is never closed"),
        ("['!a**b']", "`!a**b` is no pattern: `**` must stand alone"),
        ("['${x.y}']", "`${x.y}` is known only once `x` is done"),
    ] {
        done(inputs, &[]).run(&["run", "a"]).code(2).says(said);
    }
    let text = "[[step]]\nid='a'\nkind='command'\noutputs=['out/{a,b}']\nwith={argv=['true']}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["run", "a"])
        .code(2)
        .says("the output `out/{a,b}` is no pattern");
}

/// A link that leads up and out of the project is followed as little as one that stays in it:
/// behind it lies half the disk.
#[test]
fn a_link_to_a_folder_that_the_project_lies_in_is_not_followed() {
    let outer = Sandbox::new();
    let text = "version=1\nname='x'\n[[step]]\nid='a'\nkind='command'\ninputs=['src']\n\
                with={argv=['true']}\n";
    outer.write("proj/pipeline.toml", text);
    outer.write("proj/src/a.c", "1");
    outer.write("beside/b", "1");
    symlink("proj", outer.dir.join("known-as")).unwrap();
    for target in ["..", "../..", "../../..", "/", outer.dir.to_str().unwrap()] {
        let link = outer.dir.join("proj/src/up");
        symlink(target, &link).unwrap();
        for project in ["proj", "known-as"] {
            outer.run(&["-C", project, "run", "a"]).code(0);
            outer.write("beside/b", &format!("{target} {project}"));
            outer
                .run(&["-C", project, "run", "a"])
                .code(0)
                .says("0 done, 1 skipped");
        }
        std::fs::remove_file(link).unwrap();
    }
    symlink("../../beside", outer.dir.join("proj/src/beside")).unwrap();
    outer
        .run(&["-C", "proj", "run", "a"])
        .code(0)
        .says("1 done");
    outer.write("beside/b", "counts");
    outer
        .run(&["-C", "proj", "run", "a"])
        .code(0)
        .says("1 done");
}

#[test]
fn the_state_folder_is_no_input_by_another_way_either() {
    let sandbox = Sandbox::new();
    for pattern in ["../p/**", "../*/"] {
        let step = format!(
            "[[step]]\nid='a'\nkind='command'\ninputs=['{pattern}']\nwith={{argv=['true']}}\n"
        );
        let text = format!("version = 1\nname = \"test\"\n{step}");
        sandbox.write("p/pipeline.toml", &text);
        let run = ["-C", "p", "run", "a"];
        sandbox.run(&run).code(0).says("1 done");
        sandbox.run(&run).code(0).says("1 skipped");
    }
}

/// As with `src/**`, only shorter.
#[test]
fn what_is_taken_out_of_a_folder_does_not_count() {
    for out in ["gen/*.log", "**/*.log", "gen/run.log", "gen/logs"] {
        let text = format!(
            "[[step]]\nid='a'\nkind='command'\ninputs=['gen','!{out}']\nwith={{argv=['sh','-c','echo x >> gen/run.log; mkdir -p gen/logs; echo x >> gen/logs/x.log']}}\n"
        );
        let sandbox = Sandbox::new().pipeline(&text).file("gen/a", "1");
        sandbox.run(&["run", "a"]).code(0);
        let again = sandbox.run(&["run", "a"]).code(0);
        match out {
            "**/*.log" => again.says("skip a"),
            // The other log still counts.
            _ => again.says("a: input gen/"),
        };
        sandbox.write("gen/a", "2");
        sandbox
            .run(&["run", "a"])
            .code(0)
            .says("input gen/a changed");
    }
}

/// A pipeline within this one writes its state with each of its runs.
#[test]
fn the_state_of_a_pipeline_further_down_is_no_input() {
    let sandbox = done("['**', '!gen']", &["sub/src"]);
    let inner =
        "version = 1\nname = 'sub'\n[[step]]\nid='x'\nkind='command'\nwith={argv=['true']}\n";
    sandbox.write("sub/pipeline.toml", inner);
    let in_sub = ["-C", "sub", "run", "x"];
    sandbox.run(&in_sub).code(0);
    sandbox.run(&["run", "a"]).code(0);
    sandbox.run(&[&in_sub[..], &["--force"]].concat()).code(0);
    sandbox.run(&["run", "a"]).code(0).says("0 done");
    sandbox.write("sub/.pipeline/of-mine", "2");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
    sandbox.write("sub/src", "2");
    sandbox.run(&["run", "a"]).code(0).says("1 done");
}

#[test]
fn what_leaves_the_folder_and_comes_back_lies_in_it() {
    let sandbox = Sandbox::new();
    let name = sandbox.dir.file_name().unwrap().display().to_string();
    let makes = |id: &str, output: &str| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\noutputs=['{output}']\nwith={{argv=['sh','-c','mkdir -p real; echo 1 > real/{id}']}}\n"
        )
    };
    let reads = format!(
        "[[step]]\nid='c'\nkind='command'\ninputs=['../{name}/real/a','real/b']\nwith={{argv=['true']}}\n"
    );
    let text = makes("a", "real/a") + &makes("b", &format!("../{name}/real/b")) + &reads;
    let sandbox = sandbox.pipeline(&text);
    sandbox.run(&["run", "c"]).code(0).says("3 done");
}

/// In a worktree or a submodule `.git` is a file, which tells where the repository lies.
#[test]
fn git_s_own_file_is_no_input() {
    let sandbox = Sandbox::new().pipeline(&step("a", &[], "inputs = ['**', '!order']"));
    sandbox.write("lib/.git", "gitdir: /one\n");
    sandbox.write(".git", "gitdir: /one\n");
    sandbox.run(&["run", "a"]).code(0).says("1 done");
    sandbox.write("lib/.git", "gitdir: /elsewhere\n");
    sandbox.write(".git", "gitdir: /elsewhere\n");
    sandbox.run(&["run", "a"]).code(0).says("0 done");
}
