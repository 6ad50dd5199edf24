//! Workflows for other systems: every step once, in order, with what it needs. Read by their shape.

use crate::sandbox::{Sandbox, step};

fn sandbox() -> Sandbox {
    let text = [
        "[goals]\nup=['last']\ndown={undo='up'}\n",
        &step("first", &[], "secrets=['TOKEN']"),
        &step("b/x", &["first"], "timeout='90s'\nretry={attempts=2}"),
        &step("b-x", &["first"], ""),
        &step("last", &["b/x", "b-x"], ""),
        &step("unwanted", &[], ""),
    ];
    Sandbox::new().pipeline(&text.concat())
}

fn export(sandbox: &Sandbox, system: &str) -> String {
    sandbox.run(&["export", system]).code(0).stdout
}

/// The values of a key, wherever it stands.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.trim_start_matches([' ', '-']).strip_prefix(key);
    text.lines().filter_map(value).map(str::trim).collect()
}

#[test]
fn github_runs_every_step_once_in_order_with_all_secrets() {
    let text = export(&sandbox(), "github-actions");
    let runs: Vec<&str> = values(&text, "run:");
    let call = |id: &str| format!("\"cargo xtask run {id} --target local --profile local --join\"");
    let expected: Vec<String> = ["first", "b/x", "b-x", "last"].map(call).to_vec();
    assert_eq!(runs[0], "cargo xtask --version");
    assert_eq!(runs[1..], expected);
    assert_eq!(values(&text, "TOKEN:"), ["${{ secrets.TOKEN }}"]);
    // Twice 90 s, a pause of at most 1.25 s, and 5 minutes.
    assert_eq!(values(&text, "timeout-minutes:"), ["9"]);
    assert_eq!(values(&text, "path:"), ["\".pipeline/logs\""]);
    let below = sandbox().file("sub/p.toml", "version=1\nname='p'\n[[step]]\nid='a'\nkind='command'\nalways=true\nwith={argv=['true']}\n");
    let text = below.run(&["export", "github-actions", "a", "--file", "sub/p.toml"]);
    let text = text.code(0).stdout;
    assert_eq!(values(&text, "path:"), ["\"sub/.pipeline/logs\""]);
}

/// Each `run:` line, in order, as the runner would: a shell, the secrets as they are where nobody
/// set them, and a `cargo xtask`.
#[test]
fn what_github_is_given_runs_and_runs_no_step_twice() {
    let sandbox = sandbox().tool(
        "cargo",
        &format!("shift; exec {} \"$@\"", env!("CARGO_BIN_EXE_xtask")),
    );
    let text = export(&sandbox, "github-actions");
    let path = format!("{}/bin:/usr/bin:/bin", sandbox.dir.display());
    for line in values(&text, "run:") {
        let line = serde_json::from_str(line).unwrap_or(line.to_string());
        let mut shell = std::process::Command::new("sh");
        shell.args(["-ec", &line]).current_dir(&sandbox.dir);
        let ran = shell.env("TOKEN", "").env("PATH", &path).output().unwrap();
        assert!(
            ran.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    assert_eq!(
        sandbox.read("order").replace('\n', " "),
        "first b/x b-x last "
    );
}

/// Every step makes a file of what it reads.
fn of_files() -> Sandbox {
    let made = |id: &str, needs: &str| {
        format!(
            "[[step]]\nid='{id}'\nkind='command'\nneeds=[{needs}]\ninputs=['in']\noutputs=['out/{id}']\nwith={{argv=['sh','-c','mkdir -p out; cat in out/* > all; mv all out/{id}; chmod +x out/{id}']}}\n"
        )
    };
    let text = [
        "[goals]\nup=['last']\n".to_string(),
        made("1st", ""),
        made("left", "'1st'"),
        made("right", "'1st'"),
        made("last", "'left', 'right'"),
    ];
    Sandbox::new()
        .pipeline(&text.concat())
        .file("in", "x\n")
        .tool(
            "cargo",
            &format!("shift; exec {} \"$@\"", env!("CARGO_BIN_EXE_xtask")),
        )
}

/// Jobs by name, with their lines.
fn jobs(workflow: &str) -> Vec<(&str, Vec<&str>)> {
    let (_, text) = workflow.split_once("\njobs:\n").unwrap();
    let mut jobs = Vec::new();
    for line in text.lines() {
        match line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '))
        {
            Some(name) => jobs.push((name.trim_end_matches(':'), Vec::new())),
            None => jobs.last_mut().unwrap().1.push(line),
        }
    }
    jobs
}

/// What a job's shell is given, one call after the other.
fn scripts(lines: &[&str]) -> Vec<String> {
    let mut scripts: Vec<String> = Vec::new();
    for line in lines {
        match line.strip_prefix("        run: ") {
            Some("|") => scripts.push(String::new()),
            Some(call) => scripts.push(serde_json::from_str(call).unwrap_or(call.to_string())),
            None if line.starts_with("          ") => {
                if let Some(script) = scripts.last_mut() {
                    script.push_str(&format!("{}\n", line.trim_start()));
                }
            }
            None => {}
        }
    }
    scripts
}

/// A runner: each job in a folder of its own, with what it downloads and what is cached of it. What
/// xtask said, by job.
fn run_jobs(workflow: &str, sources: &Sandbox, cache: &Sandbox) -> Vec<(String, String)> {
    let store = Sandbox::new();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    };
    let run = |(job, lines): (&str, Vec<&str>)| {
        let clone = Sandbox::copy_of(&sources.dir);
        let state = clone.dir.join(".pipeline");
        copy(&cache.dir.join(job), &state.join("made"));
        for name in values(&lines.join("\n"), "with: { name: ") {
            let (name, rest) = name.split_once(", path: ").unwrap();
            if rest == ".pipeline/from }" {
                copy(&store.dir.join(name), &state.join("from"));
            }
        }
        let mut said = String::new();
        for script in scripts(&lines) {
            let path = format!("{}/bin:/usr/bin:/bin", clone.dir.display());
            let mut shell = std::process::Command::new("sh");
            shell
                .args(["-ec", &script])
                .current_dir(&clone.dir)
                .env("PATH", path);
            let ran = shell.env_remove("PIPELINE_STATE_DIR").output().unwrap();
            said.push_str(&String::from_utf8_lossy(&ran.stderr));
            assert!(ran.status.success(), "{job}: {script}: {said}");
        }
        copy(&state.join("made"), &store.dir.join(job));
        copy(&state.join("made"), &cache.dir.join(job));
        (job.to_string(), said)
    };
    jobs(workflow).into_iter().map(run).collect()
}

#[test]
fn github_runs_steps_of_files_in_jobs_that_hand_on_what_they_made() {
    let (sandbox, cache) = (of_files(), Sandbox::new());
    let text = export(&sandbox, "github-actions");
    let needs = values(&text, "needs:");
    assert_eq!(needs, ["[step-1st]", "[step-1st]", "[left, right]"]);
    for (job, said) in run_jobs(&text, &sandbox, &cache) {
        assert!(said.contains("1 done"), "{job}: {said}");
    }
    for (job, said) in run_jobs(&text, &sandbox, &cache) {
        assert!(said.contains("0 done"), "{job}, from the cache: {said}");
    }
    sandbox.write("in", "y\n");
    for (job, said) in run_jobs(&text, &sandbox, &cache) {
        assert!(said.contains("1 done"), "{job}, with other sources: {said}");
    }
}

#[test]
fn what_keeps_a_process_here_is_no_workflow() {
    let text = "[goals]\nup=['web']\n[[step]]\nid='web'\nkind='process'\nwith={name='web',argv=['sleep','9'],port=0}\n";
    Sandbox::new()
        .pipeline(text)
        .run(&["export", "github-actions"])
        .code(2)
        .says(
            "`web` keeps a process running on this machine, and a workflow's machine ends with it",
        );
}

#[test]
fn argo_has_a_task_for_every_step_that_waits_for_its_needs() {
    let text = export(&sandbox(), "argo");
    let (head, tail) = text.split_once("      dag:\n").unwrap();
    let (tasks, tail) = tail.split_once("\n    - name: checkout\n").unwrap();
    assert_eq!(
        values(tasks, "name:"),
        ["checkout", "first", "b-x-1", "b-x", "last"]
    );
    assert_eq!(
        values(tasks, "dependencies:"),
        ["[checkout]", "[first]", "[first]", "[b-x-1, b-x]"]
    );
    assert!(tasks.contains("value: \"b/x\""));
    assert!(!head.contains("parallelism") && tail.contains("\"--join\""));
    assert!(tail.contains("secretKeyRef: {name: test, key: TOKEN, optional: true}"));
}

/// Argo refuses tasks whose name begins with a digit.
#[test]
fn no_task_of_argo_begins_with_a_digit() {
    let text = export(&of_files(), "argo");
    assert_eq!(
        values(&text, "dependencies:"),
        ["[checkout]", "[step-1st]", "[step-1st]", "[left, right]"]
    );
    assert!(text.contains("name: step-1st\n") && text.contains("value: \"1st\""));
}

/// A volume that a workflow makes for itself is gone with it, and the next one would begin anew.
#[test]
fn argos_workflows_share_a_volume_one_after_the_other() {
    let text = export(&sandbox(), "argo");
    assert!(!text.contains("volumeClaimTemplates"));
    assert!(text.contains("persistentVolumeClaim: {claimName: test-work}"));
    assert!(text.contains("mutexes: [{name: test-work}]"));
    let (_, claim) = text.split_once("kubectl create -f - <<<'").unwrap();
    let claim: serde_json::Value = serde_json::from_str(claim.split_once('\'').unwrap().0).unwrap();
    assert_eq!(claim["metadata"]["name"], "test-work");
}

/// A pod that is drained fails with 143 where its program was told to end, and is no error to Argo.
#[test]
fn argo_begins_a_step_again_unless_it_failed_itself() {
    let text = export(&sandbox(), "argo");
    let retries = values(&text, "retryStrategy:");
    assert_eq!(retries.len(), 2);
    assert!(
        retries
            .iter()
            .all(|retry| retry.contains("retryPolicy: Always")
                && retry.contains("asInt(lastRetry.exitCode) not in [1, 2]"))
    );
}

/// What the task `checkout` does, beside what steps made and with other sources than the last time.
#[test]
fn argos_checkout_brings_other_sources_and_leaves_what_steps_made() {
    let (sources, work) = (Sandbox::new().file("in", "x\n"), Sandbox::new());
    let commit = "git init -q -b main; git add --all; git -c user.name=t -c user.email=t@localhost commit -qm t";
    let sh = |dir: &std::path::Path, script: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-ec", script]).arg(&sources.dir).arg("main");
        let ran = shell.current_dir(dir).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{script}: {said}");
    };
    let text = export(&sandbox(), "argo");
    let command = values(&text, "command:")[0];
    let (script, _) = command
        .strip_prefix("[sh, -ec, ")
        .unwrap()
        .split_once(", \"{{")
        .unwrap();
    let script: String = serde_json::from_str(script).unwrap();
    let script = script.replace(
        "/work/source",
        &work.dir.join("source").display().to_string(),
    );
    for text in ["x\n", "y\n"] {
        sources.write("in", text);
        sh(&sources.dir, commit);
        sh(&work.dir, &script);
        assert_eq!(work.read("source/in"), text);
        work.write("source/made", "made");
        // As a pod leaves it that is lost meanwhile.
        work.write("source/.git/index.lock", "");
    }
    assert_eq!(work.read("source/made"), "made");
}

/// The indentation of each line follows from the one before: one level deeper at most, and never a
/// tab.
#[test]
fn the_text_is_laid_out_as_yaml() {
    for system in ["github-actions", "argo"] {
        let mut depth = 0;
        for line in export(&sandbox(), system).lines() {
            let text = line.trim_start();
            let now = line.len() - text.len() + if text.starts_with("- ") { 2 } else { 0 };
            assert!(now <= depth + 4 && now % 2 == 0, "{system}: {line}");
            assert!(!line.contains('\t'));
            depth = now;
        }
    }
}

#[test]
fn what_removes_is_no_workflow() {
    sandbox()
        .run(&["export", "argo", "down"])
        .code(2)
        .says("`cargo xtask run down`");
}

#[test]
fn what_is_given_stays_what_it_is() {
    let sandbox = Sandbox::new().pipeline("[goals]\nup = ['a']\n[vars]\ntext = ''\n[[step]]\nid = 'a'\nkind = 'command'\nwith = { argv = ['echo', '${text}'] }\n");
    for system in ["github-actions", "argo"] {
        let export = |value: &str| sandbox.run(&["export", system, "up", "--set", value]);
        let text = export("text=a\non: [evil] $b").code(0).stdout;
        assert!(text.starts_with("# Made by `cargo xtask export"), "{text}");
        assert!(text.contains("\n# on: [evil] $b'`"), "{text}");
        for value in ["text=${{ github.token }}", "text=$(CI)"] {
            export(value)
                .code(2)
                .says("which the other system would fill in");
        }
    }
}

#[test]
fn no_two_steps_have_one_name_and_no_key_begins_another() {
    let text = "outputs = ['OUT']\n";
    let made = |id: &str, needs: &[&str], out: &str| step(id, needs, &text.replace("OUT", out));
    let text = [
        "[goals]\nup = ['x-y-0', 'x']\n".to_string(),
        made("x:y", &[], "one"),
        made("x-y-0", &["x:y"], "two"),
        made("x", &[], "three"),
    ];
    let sandbox = Sandbox::new().pipeline(&text.concat());
    let argo = sandbox.run(&["export", "argo", "up"]).code(0).stdout;
    let (_, tasks) = argo.split_once("      dag:\n").unwrap();
    let (tasks, _) = tasks.split_once("\n    - name: checkout\n").unwrap();
    assert_eq!(
        values(tasks, "name:"),
        ["checkout", "x-y-0-0", "x-y-0", "x"]
    );
    let text = sandbox
        .run(&["export", "github-actions", "up"])
        .code(0)
        .stdout;
    let keys = values(&text, "restore-keys:");
    assert_eq!(keys.len(), 3, "{text}");
    for key in &keys {
        let found = keys.iter().filter(|other| other.starts_with(key)).count();
        assert_eq!(found, 1, "{keys:?}");
    }
}

#[test]
fn a_pipeline_further_down_is_called_from_the_top() {
    let sandbox = Sandbox::new().pipeline("");
    sandbox.write(".git/HEAD", "");
    sandbox.write(
        "lib/pipeline.toml",
        &format!(
            "version = 1\nname = 'lib'\n[goals]\nup = ['a']\n{}",
            step("a", &[], "")
        ),
    );
    sandbox
        .run(&["-C", "lib", "export", "argo", "up"])
        .code(2)
        .says("this pipeline is in `lib`; call this there, with --file lib/pipeline.toml");
    sandbox
        .run(&["export", "argo", "up", "--file", "lib/pipeline.toml"])
        .code(0);
}
