//! What a pipeline wants of a tool, and how that tool is asked.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::programs::{self, call, call_list};
use protocol::{Answer, Cmd, Facts, Probe, facts};

/// As it is written: the oldest version alone, or all of it.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    expecting = "expected the oldest version as a text, or a table of `least`, `version` and `install`"
)]
pub(super) enum Written {
    Least(String),
    Described(Wanted),
}

/// What a tool must be, how it is asked, and what to do if it is missing. What is empty is as xtask
/// knows it.
#[derive(Deserialize, schemars::JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    /// The oldest version that will do; empty for any.
    least: String,
    /// The command that tells its version: the first number with a dot in what it prints is taken.
    version: Vec<String>,
    /// What to do to have it.
    install: String,
}

/// How one tool is asked, and what of it will do.
pub(super) struct Tool<'a> {
    pub(super) name: &'a str,
    pub(super) version: Cmd,
    /// Whether its file alone decides what it tells.
    alone: bool,
    pub(super) least: &'a str,
    pub(super) install: &'a str,
}

impl<'a> Tool<'a> {
    /// What the pipeline says of it wins over what is known.
    pub(super) fn new(name: &'a str, wanted: &'a Wanted) -> Tool<'a> {
        let known = programs::tool(name);
        let or = |said: &'a str, known: Option<&'static str>| match said {
            "" => known.unwrap_or_default(),
            said => said,
        };
        Tool {
            name,
            version: match (wanted.version.as_slice(), known) {
                ([], Some(known)) => call(name, known.version.iter().copied()),
                (version, _) => call_list(version),
            },
            alone: wanted.version.is_empty() && known.is_some_and(|known| known.alone),
            least: or(&wanted.least, known.map(|known| known.least)),
            install: or(&wanted.install, known.map(|known| known.install)),
        }
    }
}

/// Reads the tools; each must say how it is asked, or be known.
pub(super) fn each<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Wanted>, D::Error> {
    let written: BTreeMap<String, Written> = BTreeMap::deserialize(from)?;
    let wanted = |(name, written): (String, Written)| {
        let wanted = match written {
            Written::Least(least) => Wanted {
                least,
                ..Wanted::default()
            },
            Written::Described(wanted) => wanted,
        };
        match Tool::new(&name, &wanted).version.argv.is_empty() {
            true => Err(D::Error::custom(unclear(&name))),
            false => Ok((name, wanted)),
        }
    };
    written.into_iter().map(wanted).collect()
}

fn unclear(name: &str) -> String {
    format!(
        "how is `{name}` asked for its version? Write {name} = {{ least = \"1.0\", version = [\"{name}\", \"--version\"], install = \"how to get it\" }}"
    )
}

impl Tool<'_> {
    /// Asks for the version, unless the file is the one whose version is known from before.
    pub(super) fn asked(&self, before: Option<&Facts>) -> Probe {
        let cmd = self.version.clone();
        let fact = |name: &str| Some(before?.get(name)?.as_str()?.to_string());
        match fact(&self.file()).zip(fact(self.name)) {
            Some((file, version)) if self.alone => Probe::Version(cmd, file, version),
            _ => Probe::Run(cmd),
        }
    }

    /// Facts: its version, and the file that it is true of.
    pub(super) fn known(&self, version: &str, answers: &[Answer]) -> Facts {
        let mut known = facts([(self.name, version)]);
        if let Some(Answer::Found(_, file)) = answers.first()
            && self.alone
        {
            known.insert(self.file(), file.clone().into());
        }
        known
    }

    fn file(&self) -> String {
        format!("{}_file", self.name)
    }
}
