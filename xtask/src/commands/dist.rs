//! `dist`: what a release consists of, in `target/dist`: static binaries, each with its bill of
//! materials; the charts; checksums.
//!
//! A workspace says in `[workspace.metadata.dist]` which `packages` of it are programs to ship.

mod sbom;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

const OUT: &str = "target/dist";
const SUMS: &str = "SHA256SUMS";

/// Builds everything and lists it.
pub(super) fn run() -> Result<u8> {
    let sh = Shell::new()?;
    if let Some(tool) = ["helm", "sha256sum"]
        .iter()
        .find(|tool| which::which(tool).is_err())
    {
        bail!("a release needs {tool}, which is not on PATH");
    }
    sh.remove_path(OUT)?;
    sh.create_dir(OUT)?;
    for manifest in tracked(&sh, "Cargo.toml")? {
        if sh
            .read_file(&manifest)?
            .contains("[workspace.metadata.dist]")
        {
            programs(&sh, &manifest).with_context(|| manifest)?;
        }
    }
    for chart in tracked(&sh, "Chart.yaml")? {
        let folder = Path::new(&chart).parent().unwrap_or(Path::new("."));
        // A chart inside a chart is packaged with it.
        if !folder
            .ancestors()
            .skip(1)
            .any(|above| above.join("Chart.yaml").exists())
        {
            cmd!(sh, "helm package {folder} --destination {OUT}")
                .quiet()
                .ignore_stdout()
                .run()?;
        }
    }
    sums(&sh)
}

/// The committed files of that name.
fn tracked(sh: &Shell, name: &str) -> Result<Vec<String>> {
    let pattern = format!(":(glob)**/{name}");
    let listed = cmd!(sh, "git ls-files {pattern}").quiet().read()?;
    Ok(listed.lines().map(str::to_string).collect())
}

/// A workspace's programs, linked statically, each with what is compiled into it.
fn programs(sh: &Shell, manifest: &str) -> Result<()> {
    // With a target named, the flags are not those of build scripts and macros, which can't be
    // static.
    let host = cmd!(sh, "rustc --print host-tuple").quiet().read()?;
    let of = ["--manifest-path", manifest, "--locked"];
    let metadata = cmd!(
        sh,
        "cargo metadata {of...} --format-version 1 --filter-platform {host}"
    );
    let metadata: Value = serde_json::from_str(&metadata.quiet().read()?)?;
    let names = metadata["metadata"]["dist"]["packages"]
        .as_array()
        .into_iter()
        .flatten();
    let names: Vec<&str> = names.filter_map(Value::as_str).collect();
    let selected = names.iter().flat_map(|name| ["--package", name]);
    cmd!(
        sh,
        "cargo build --release {of...} --target {host} {selected...}"
    )
    .env("RUSTFLAGS", "-C target-feature=+crt-static")
    .run()?;
    let built = Path::new(
        metadata["target_directory"]
            .as_str()
            .context("no target directory")?,
    );
    for name in names {
        let (package, sbom) = sbom::of(&metadata, name)?;
        let stem = format!("{OUT}/{name}-{package}");
        sh.copy_file(
            built.join(&host).join("release").join(name),
            format!("{stem}-{host}"),
        )?;
        sh.write_file(format!("{stem}.cdx.json"), format!("{sbom:#}\n"))?;
    }
    Ok(())
}

/// The checksums of all files, in the form that `sha256sum --check` reads.
fn sums(sh: &Shell) -> Result<u8> {
    let _inside = sh.push_dir(OUT);
    let mut names = sh.read_dir(".")?;
    names.sort();
    let names = names.iter().filter_map(|path| path.file_name());
    let sums = cmd!(sh, "sha256sum {names...}").quiet().read()?;
    sh.write_file(SUMS, format!("{sums}\n"))?;
    sums.lines().for_each(|line| println!("{line}"));
    println!("{OUT}/{SUMS} written");
    Ok(0)
}
