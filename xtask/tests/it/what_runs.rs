//! What runs: the program that the child itself would find, in the environment that the step
//! declares.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::sandbox::Sandbox;

fn program(sandbox: &Sandbox, path: &str) {
    sandbox.write(path, &format!("#!/bin/sh\necho {path} > \"$OUT\"\n"));
    let path = sandbox.dir.join(path);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn step(keys: &str, argv: &str) -> String {
    format!("[[step]]\nid='a'\nkind='command'\n{keys}\nwith={{{argv}}}\n")
}

#[test]
fn a_program_is_looked_up_as_the_child_would() {
    let env = |path: &str| format!("env={{PATH='{path}',OUT='${{root}}/out'}}");
    for (path, with, expected) in [
        ("${root}/mine:/usr/bin:/bin", "argv=['tool']", "mine/tool"),
        ("${root}/mine:/usr/bin:/bin", "argv=['only']", "mine/only"),
        ("mine:/usr/bin:/bin", "argv=['tool']", "mine/tool"),
        (
            "mine:/usr/bin:/bin",
            "argv=['tool'],cwd='sub'",
            "sub/mine/tool",
        ),
        ("/usr/bin:/bin", "argv=['./tool'],cwd='sub'", "sub/tool"),
        ("/usr/bin:/bin", "argv=['mine/only'],cwd='sub'", "mine/only"),
        (
            "/usr/bin:/bin",
            "argv=['${root}/mine/tool'],cwd='sub'",
            "mine/tool",
        ),
    ] {
        let sandbox = Sandbox::new().pipeline(&step(&env(path), with));
        for path in [
            "mine/tool",
            "mine/only",
            "other/tool",
            "sub/tool",
            "sub/mine/tool",
        ] {
            program(&sandbox, path);
        }
        let ours = format!(
            "{}/other:{}",
            sandbox.dir.display(),
            std::env::var("PATH").unwrap()
        );
        let sandbox = sandbox.env("PATH", &ours);
        sandbox.run(&["run", "a"]).code(0);
        assert_eq!(sandbox.read("out").trim(), expected, "{path} {with}");
        // Its content counts, not that of another one of its name.
        sandbox.write("other/tool", "#!/bin/sh\nexit 1\n");
        sandbox.run(&["run", "a"]).code(0).says("0 done");
    }
}

#[test]
fn a_child_inherits_what_the_rules_say() {
    let shown = |keys: &str, variable: &str, cwd: &str, env: &[(&str, &str)]| {
        let script =
            format!("argv=['sh','-c','printf %s \"$${{{variable}-unset}}\" > \"$ROOT\"/out']");
        let keys = format!("{keys}\nenv={{ROOT='${{root}}'}}");
        let sandbox = Sandbox::new().pipeline(&step(&keys, &format!("{script}{cwd}")));
        fs::create_dir_all(sandbox.dir.join("sub")).unwrap();
        let sandbox = env
            .iter()
            .fold(sandbox, |sandbox, (name, value)| sandbox.env(name, value));
        sandbox.run(&["run", "a"]).code(0);
        let out = sandbox.read("out");
        out.replace(&sandbox.dir.display().to_string(), "ROOT")
    };
    let cargo = ("CARGO_MANIFEST_DIR", "/x/xtask");
    for (keys, variable, cwd, env, expected) in [
        ("", "PWD", "", &[("PWD", "/elsewhere")][..], "ROOT"),
        (
            "",
            "PWD",
            ",cwd='sub'",
            &[("PWD", "/elsewhere")],
            "ROOT/sub",
        ),
        ("", "OLDPWD", "", &[("OLDPWD", "/before")], "unset"),
        (
            "",
            "CARGO_PKG_NAME",
            "",
            &[cargo, ("CARGO_PKG_NAME", "xtask")],
            "unset",
        ),
        ("", "CARGO_MANIFEST_DIR", "", &[cargo], "unset"),
        ("", "CARGO_HOME", "", &[cargo, ("CARGO_HOME", "/c")], "/c"),
        (
            "",
            "RUSTUP_TOOLCHAIN",
            "",
            &[
                cargo,
                ("RUST_RECURSION_COUNT", "1"),
                ("RUSTUP_TOOLCHAIN", "s"),
                ("RUSTUP_TOOLCHAIN_SOURCE", "default"),
            ],
            "unset",
        ),
        (
            "",
            "RUSTUP_TOOLCHAIN",
            "",
            &[
                cargo,
                ("RUST_RECURSION_COUNT", "1"),
                ("RUSTUP_TOOLCHAIN", "s"),
                ("RUSTUP_TOOLCHAIN_SOURCE", "env"),
            ],
            "s",
        ),
        ("", "WISH", "", &[("WISH", "1")], "1"),
        ("inherit=[]", "WISH", "", &[("WISH", "1")], "unset"),
        ("inherit=['WI*']", "WISH", "", &[("WISH", "1")], "1"),
        ("inherit=['HOME']", "HOME", "", &[("HOME", "/h")], "/h"),
    ] {
        assert_eq!(
            shown(keys, variable, cwd, env),
            expected,
            "{keys} {variable} {cwd} {env:?}"
        );
    }
}

#[test]
fn an_escaped_dollar_reaches_the_program_as_one() {
    for (written, expected) in [
        ("$${github.sha}", "${github.sha}"),
        ("$${sha}", "${sha}"),
        ("$${{ secrets.X }}", "${{ secrets.X }}"),
        ("$${v}-${v}", "${v}-1"),
        ("$$${v}", "$${v}"),
        ("$HOME $$ $1", "$HOME $$ $1"),
    ] {
        let text = format!(
            "[vars]\nv='1'\n{}",
            step(
                "",
                &format!("argv=['sh','-c','printf %s \"$1\" > out','sh','{written}']")
            )
        );
        let sandbox = Sandbox::new().pipeline(&text);
        sandbox.run(&["run", "a"]).code(0);
        assert_eq!(sandbox.read("out"), expected);
    }
}

/// A step has no terminal: one that asks for a password there would be stopped by the kernel and
/// wait for ever.
#[test]
fn a_step_that_asks_the_terminal_is_ended_and_says_so() {
    let asks = |what: &str| {
        format!(
            "[[step]]\nid='a'\nkind='command'\ntimeout='10m'\nwith={{argv=['sh','-c','{what}']}}\n"
        )
    };
    for what in [
        "read x < /dev/tty",
        "sh -c \"read x < /dev/tty\"",
        "stty -echo < /dev/tty",
    ] {
        let sandbox = Sandbox::new().pipeline(&asks(what));
        let xtask = format!("{} run a --progress plain", env!("CARGO_BIN_EXE_xtask"));
        let began = std::time::Instant::now();
        // It gives what it runs a terminal of its own.
        let output = std::process::Command::new("script")
            .args(["-qec", &xtask, "/dev/null"])
            .current_dir(&sandbox.dir)
            .env_remove("CI")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains("`sh` asks the terminal for something"),
            "{what}: {said}"
        );
        assert_eq!(output.status.code(), Some(1), "{what}: {said}");
        assert!(
            began.elapsed() < std::time::Duration::from_secs(30),
            "{what}"
        );
        // With no terminal at all it is told so by the kernel.
        sandbox.run(&["run", "a"]).code(1);
    }
}
