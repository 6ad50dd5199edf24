//! `init`: a pipeline.toml to begin with, which runs as it is: for what lies in the folder, or a
//! small example. Never overwrites one.

mod found;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use crate::cli::Global;
use engine::called;
use engine::config;
use engine::state::State;

/// Writes the file.
pub(super) fn write(global: &Global) -> Result<u8> {
    let path = &global.file;
    let shown = path.display();
    let folder = config::folder(path).map_err(|err| {
        anyhow!("can't write {shown}, since its folder can't be reached ({err}); make or change to one that can, or name another file with `-f FILE`")
    })?;
    let (text, goal) = pipeline(&folder);
    if path.symlink_metadata().is_ok() {
        bail!("{shown} is there already and stays as it is; `-f FILE` names another");
    }
    if global.dry_run {
        println!("would write {shown}:\n\n{text}");
        return Ok(0);
    }
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(err) = written {
        bail!("can't write {shown}: {err}");
    }
    // Otherwise what is suggested would be refused.
    let taken = State::at(&folder).belongs_to(path).err();
    let first = taken
        .as_ref()
        .map_or(String::new(), |taken| format!(" {taken}; with that"));
    let next = format!(
        "wrote {shown};{first} `cargo xtask plan {goal}` says what it would do, `cargo xtask run {goal}` does it"
    );
    println!("{}", called::told(&next));
    if taken.is_none() && folder.join(".git").exists() {
        println!("its state lies in .pipeline/, which belongs into .gitignore");
    }
    Ok(0)
}

/// The text, and the goal to begin with.
fn pipeline(folder: &Path) -> (String, &'static str) {
    let parts = found::parts(folder);
    let goals = ["build", "test"].map(|goal| {
        let of_goal = parts.iter().filter(|part| part.goal == goal);
        (goal, of_goal.map(|part| part.id).collect::<Vec<_>>())
    });
    let goals: Vec<_> = goals
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .collect();
    let first = goals.first().map_or("build", |(goal, _)| goal);
    let lines = goals
        .iter()
        .map(|(goal, ids)| format!("{goal} = {ids:?}\n"));
    // Of all that is found, only an image can be taken away again.
    let has_image = parts.iter().any(|part| part.id == "image");
    let teardown = has_image.then_some("teardown = { undo = \"build\" }\n");
    let steps: String = parts
        .iter()
        .map(|part| format!("\n{}", part.text))
        .collect();
    let text = format!(
        "version = 1\nname = \"{}\"\n\n# `{} run {first}` reaches a goal: its steps and all they need.\n[goals]\n{}{steps}",
        name(folder),
        called::name(),
        lines
            .chain(teardown.map(str::to_string))
            .collect::<String>()
    );
    (text, first)
}

/// The folder's name, as far as names of pipelines and images go.
fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    match name.trim_matches('-') {
        "" => "hello".to_string(),
        name => name.to_string(),
    }
}
