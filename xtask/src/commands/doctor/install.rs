//! `doctor --install-tools`: what the target needs and this machine lacks, as its makers released
//! it, into the state folder. What does not have the right checksum is thrown away.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::cli::Global;
use crate::commands::open;
use engine::exec::{Setting, fetched};
use engine::plan::World;
use engine::progress::say;
use kinds::programs::{call, new_enough, tool, version_in};
use kinds::releases::{RELEASES, Release};
use protocol::{Answer, Cmd, Probe};

/// How long a tool of a hundred megabytes may take on a slow line.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Fetches what is missing or too old.
pub(in crate::commands) fn install(global: &Global, mirror: Option<&str>) -> Result<()> {
    let opened = open::open(global)?;
    let world = &opened.world;
    let _lock = world.state.lock()?;
    for (release, least) in lacking(world) {
        if !new_enough(&version_in(release.version).unwrap_or_default(), &least) {
            bail!(
                "{} {least} is newer than what can be fetched here, {}; install it by yourself",
                release.tool,
                release.version
            );
        }
        fetch(world, release, mirror)?;
    }
    Ok(())
}

/// Those that can be fetched, each with the oldest version that will do.
fn lacking(world: &World) -> Vec<(&'static Release, String)> {
    let steps = world.pipeline.steps.iter();
    let tools = steps.filter(|step| step.entry.name == "tools");
    let wanted = tools.filter_map(|step| step.with.get_ref().get("tools")?.get_ref().as_table());
    let least = |release: &'static Release| {
        let (_, least) = wanted
            .clone()
            .flatten()
            .find(|(name, _)| name.get_ref() == release.tool)?;
        let least = least.get_ref().as_str().filter(|least| !least.is_empty());
        let least = least
            .or(tool(release.tool).map(|tool| tool.least))
            .unwrap_or_default();
        (!is_there(world, release.tool, least)).then(|| (release, least.to_string()))
    };
    RELEASES.iter().filter_map(least).collect()
}

fn is_there(world: &World, name: &str, least: &str) -> bool {
    let version = tool(name).map_or(&[][..], |tool| tool.version);
    let asked = Probe::Run(call(name, version.iter().copied()));
    let told = world.exec.ask(&asked, &Setting::default());
    let found = told.stdout().and_then(version_in);
    found.is_some_and(|found| new_enough(&found, least))
}

/// Into a folder of its own first: what is in the way of programs is whole and checked.
fn fetch(world: &World, release: &Release, mirror: Option<&str>) -> Result<()> {
    let (arch, sum) = of_this_machine(release)?;
    let address = from(mirror, &release.address.replace("ARCH", arch));
    let bin = fetched(&world.state.dir);
    let new = bin.join("new");
    fs::create_dir_all(&new)
        .with_context(|| format!("can't create the folder {}", new.display()))?;
    say(&format!(
        "fetching {} {} from {address}",
        release.tool, release.version
    ));
    let program = download(world, release, &address, &new)
        .and_then(|whole| checked(world, whole, sum, &address))
        .and_then(|whole| unpacked(world, whole, &release.within.replace("ARCH", arch)));
    let home = bin.join(release.tool);
    let installed = program.and_then(|program| {
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755))?;
        Ok(fs::rename(&program, &home)?)
    });
    fs::remove_dir_all(&new)?;
    installed?;
    say(&format!("installed {}", home.display()));
    Ok(())
}

/// The architecture as Go calls it, and the checksum of the release for it.
fn of_this_machine(release: &Release) -> Result<(&'static str, &'static str)> {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let sum = release.sums.iter().find(|(of, _)| *of == arch);
    let Some((_, sum)) = sum.filter(|_| cfg!(target_os = "linux")) else {
        let how = tool(release.tool).map_or("", |tool| tool.install);
        bail!(
            "{} can't be fetched for {} on {arch}; {how}",
            release.tool,
            std::env::consts::OS
        );
    };
    Ok((arch, sum))
}

fn download(world: &World, release: &Release, address: &str, folder: &Path) -> Result<PathBuf> {
    let whole = folder.join("whole");
    let output = whole.display().to_string();
    let curl = [
        "--fail",
        "--location",
        "--silent",
        "--show-error",
        "--retry",
        "3",
        "--output",
        &output,
        address,
    ];
    let name = release.tool;
    ran(world, call("curl", curl)).with_context(|| {
        format!("can't fetch {name}; another place that has it can be given with `--mirror`")
    })?;
    Ok(whole)
}

fn checked(world: &World, whole: PathBuf, sum: &str, address: &str) -> Result<PathBuf> {
    let told = ran(world, call("sha256sum", [whole.display().to_string()]))?;
    let found = told.split_whitespace().next().unwrap_or_default();
    if found != sum {
        bail!(
            "{address} is not what it should be: its SHA-256 is {found} and not {sum}; nothing was installed"
        );
    }
    Ok(whole)
}

fn unpacked(world: &World, whole: PathBuf, within: &str) -> Result<PathBuf> {
    if within.is_empty() {
        return Ok(whole);
    }
    let folder = whole.with_file_name("unpacked");
    fs::create_dir_all(&folder)?;
    let text = |path: &Path| path.display().to_string();
    ran(
        world,
        call("tar", ["-xzf", &text(&whole), "-C", &text(&folder), within]),
    )?;
    Ok(folder.join(within))
}

/// The address with the mirror in place of its makers' host.
fn from(mirror: Option<&str>, address: &str) -> String {
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    mirror.map_or(address.to_string(), |mirror| {
        format!("{}/{path}", mirror.trim_end_matches('/'))
    })
}

/// What it printed, or its words as an error.
fn ran(world: &World, cmd: Cmd) -> Result<String> {
    let setting = Setting {
        timeout: Some(PATIENCE),
        ..Setting::default()
    };
    let ran = world.exec.run(&cmd, &setting, &mut |_| ());
    match ran.map_err(|failure| anyhow!(failure.cause))? {
        output if output.code == 0 => Ok(output.stdout),
        output => bail!("{}", Answer::Ran(output).trouble()),
    }
}
