//! What a call is about, as words of another that is proposed: without them the same verb would
//! look at another pipeline, or deploy with another profile.

use std::borrow::Cow;
use std::path::Path;

use super::Global;
use protocol::shell_word;

impl Global {
    /// The flags that say so, as they were given.
    pub(super) fn chosen(&self) -> String {
        let folder = self.directory.iter().map(|dir| dir.to_string_lossy());
        let is_usual = self.file == Path::new("pipeline.toml");
        let file = (!is_usual).then(|| self.file.to_string_lossy());
        let target = Some(&self.target).filter(|target| *target != "auto");
        let flags = folder.map(|dir| ("-C", dir));
        let flags = flags.chain(file.map(|file| ("-f", file)));
        let flags = flags.chain(target.map(|target| ("--target", Cow::from(target))));
        let flags = flags.chain(self.profile.iter().map(|name| ("--profile", name.into())));
        let flags = flags.chain(self.set.iter().map(|pair| ("--set", pair.into())));
        let words = flags.map(|(flag, value)| format!(" {flag} {}", shell_word(&value)));
        words.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use clap::Parser;

    #[test]
    fn what_a_call_is_about_is_what_its_proposals_are_about() {
        let chosen = |words: &str| Cli::parse_from(words.split(' ')).global.chosen();
        assert_eq!(chosen("xtask up --quiet -j 2"), "");
        assert_eq!(chosen("xtask status --target auto"), "");
        let all = " -C a -f b.toml --target context:lab --profile prod --set x=y --set 'z=$HOME'";
        let given =
            "xtask up --set x=y --profile prod -f b.toml --target=context:lab -C a --set z=$HOME";
        assert_eq!(chosen(given), all);
    }
}
