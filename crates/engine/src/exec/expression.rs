//! From a command as plain data to one that can be started: programs found, variables and secrets
//! put in, pipes joined. Starts nothing but the commands that others take their variables from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use duct::Expression;

use super::{ANSWER_WITHIN, Exec, Lookup, Setting, environment, program};
use protocol::{Cmd, Failure};

impl Exec {
    /// In duct what is set further in wins, so each variable and each end of standard input is set
    /// exactly once.
    pub(super) fn expression(&self, cmd: &Cmd, setting: &Setting) -> Result<Expression, Failure> {
        let head = self.program(cmd, setting)?;
        let head = match self.standard_input(cmd) {
            None => head.stdin_null(),
            Some(bytes) => head.stdin_bytes(bytes),
        };
        let mut whole = head;
        let mut next = &cmd.pipe;
        while let Some(cmd) = next {
            whole = whole.pipe(self.program(cmd, setting)?).unchecked();
            next = &cmd.pipe;
        }
        Ok(whole)
    }

    fn program(&self, cmd: &Cmd, setting: &Setting) -> Result<Expression, Failure> {
        let (program, args) = cmd
            .argv
            .split_first()
            .ok_or_else(|| Failure::new("the command is empty; give it an argv"))?;
        let cwd = cmd.cwd.clone().unwrap_or_default();
        let mut env = self.environment(cmd, setting)?;
        let lookup = Lookup {
            program: program.clone(),
            path: env.get("PATH").cloned(),
            cwd: cwd.clone(),
        };
        let path = self.find(lookup).ok_or_else(|| self.not_found(cmd))?;
        // A path that ends in a slash is not what a shell would call the folder.
        let dir = if cwd.is_empty() {
            self.root.clone()
        } else {
            self.root.join(cwd)
        };
        env.entry("PWD".to_string())
            .or_insert_with(|| dir.display().to_string());
        let expression = duct::cmd(path, args)
            .dir(dir)
            .unchecked()
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            });
        let hidden = self
            .secrets
            .names()
            .map(|name| (OsString::from(name), None));
        let path = (OsString::from("PATH"), program::search_path(&self.state));
        let inherited = environment::changes(setting.inherit).into_iter();
        let inherited = inherited.chain(hidden).chain([path]);
        let own = |name: &OsString| name.to_str().is_some_and(|name| env.contains_key(name));
        let inherited = inherited.filter(|(name, _)| !own(name));
        let expression = inherited.fold(expression, |expression, (name, value)| match value {
            Some(value) => expression.env(name, value),
            None => expression.env_remove(name),
        });
        let declared = env.iter();
        Ok(declared.fold(expression, |expression, (name, value)| {
            expression.env(name, value)
        }))
    }

    fn standard_input(&self, cmd: &Cmd) -> Option<Vec<u8>> {
        match (cmd.stdin.is_empty(), cmd.secret_stdin.is_empty()) {
            (_, false) => Some(self.secret_document(cmd)),
            (false, true) => Some(cmd.stdin.clone().into_bytes()),
            (true, true) => None,
        }
    }

    /// Later ones win: the step's variables, its secrets, those another command gives, the
    /// command's own.
    fn environment(
        &self,
        cmd: &Cmd,
        setting: &Setting,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut env: BTreeMap<String, String> = setting.env.iter().cloned().collect();
        let secret = |name: &String| Some((name.clone(), self.secrets.get(name)?.to_string()));
        env.extend(setting.secrets.iter().filter_map(secret));
        if let Some(source) = &cmd.env_from {
            env.extend(self.variables_from(source)?);
        }
        env.extend(cmd.env.iter().cloned());
        Ok(env)
    }

    /// `KEY=VALUE` lines of a command that succeeded.
    fn variables_from(&self, source: &Cmd) -> Result<Vec<(String, String)>, Failure> {
        let setting = Setting {
            timeout: Some(ANSWER_WITHIN),
            ..Setting::default()
        };
        let output = self.run(source, &setting, &mut |_| ())?;
        if output.code != 0 {
            let cause = format!(
                "`{source}` gave no variables (exit {}): {}",
                output.code,
                output.last_words()
            );
            return Err(Failure::new(cause));
        }
        let is_name = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !name.is_empty() && name.chars().all(plain)
        };
        // Other lines are notices for people, such as that of a newer version.
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(name, value)| (name.trim().to_string(), value.trim().to_string()))
                .filter(|(name, _)| is_name(name))
        };
        Ok(output.stdout.lines().filter_map(pair).collect())
    }

    /// Secrets as a nested JSON document (`a.b` -> `{"a":{"b":…}}`), in the object that is there
    /// already if there is one: JSON is YAML, so helm reads it as values, and kubectl as an object.
    fn secret_document(&self, cmd: &Cmd) -> Vec<u8> {
        let mut document = serde_json::from_str(&cmd.stdin).unwrap_or(serde_json::json!({}));
        for (path, name) in &cmd.secret_stdin {
            if let Some(value) = self.secrets.get(name) {
                let pointer = path.split('.').fold(&mut document, |at, key| &mut at[key]);
                *pointer = value.into();
            }
        }
        document.to_string().into_bytes()
    }
}
