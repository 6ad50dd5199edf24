//! Where a name leads: a variable, the item of `each`, a fact of another step.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::convert::{below, from_json, inside};
use super::{Each, Scope, Unresolved, Vars};
use crate::config::suggest;
use protocol::template::OWN;

/// What a name stands for.
pub(super) enum Found<'a> {
    /// Names in it are filled in too.
    Template(&'a Spanned<DeValue<'static>>),
    /// As it is.
    Literal(DeValue<'static>),
    /// Nothing yet.
    Later,
    /// Nothing before the step is at work.
    Own,
}

impl<'a> Scope<'a> {
    pub(super) fn find_at(&self, name: &str, span: &Range<usize>) -> Result<Found<'a>, Unresolved> {
        self.find(name)
            .map_err(|message| Unresolved::new(message, span))
    }

    pub(super) fn find(&self, name: &str) -> Result<Found<'a>, String> {
        if name.starts_with("...") {
            return Err(format!(
                "`${{{name}}}` stands for the items of a list: write it alone, in a list"
            ));
        }
        if name.starts_with(OWN) {
            let wrong = || format!("`${{{name}}}`: this kind of step has no values of its own");
            return if self.own {
                Ok(Found::Own)
            } else {
                Err(wrong())
            };
        }
        let (head, path) = name
            .split_once('.')
            .map_or((name, None), |(head, path)| (head, Some(path)));
        if !self.vars.contains_key(head) && !can_be_name(head, path.is_some()) {
            return Err(match name {
                "" => "`${}` names nothing; write `$${}` for that text".to_string(),
                _ => format!("`{head}` can be the name of nothing{}", for_the_shell(name)),
            });
        }
        let lacks = |path, hint| format!("`${{{head}}}` has no `{path}`{hint}");
        match (self.variable(head)?, path) {
            (Some(found), None) => Ok(found),
            (Some(Found::Template(value)), Some(path)) if value.get_ref().is_table() => {
                let found = below(value.get_ref(), path).map_err(|hint| lacks(path, hint))?;
                Ok(Found::Template(found))
            }
            (Some(Found::Literal(value)), Some(path)) if value.is_table() => {
                let found = below(&value, path).map_err(|hint| lacks(path, hint))?;
                Ok(Found::Literal(found.get_ref().clone()))
            }
            (Some(Found::Later), Some(_)) => Ok(Found::Later),
            (_, Some(key)) => self.fact(head, key),
            (None, None) => Err(self.unknown(name)),
        }
    }

    fn variable(&self, name: &str) -> Result<Option<Found<'a>>, String> {
        match (name, self.each) {
            ("each", Each::Item(item)) => return Ok(Some(Found::Template(item))),
            ("each", Each::Open) => return Ok(Some(Found::Later)),
            ("each", Each::None) => {
                return Err(
                    "`${each}` is the item of a step's `each`, and there is none here".to_string(),
                );
            }
            _ => {}
        }
        let vars: &'a Vars = self.vars;
        Ok(vars.get(name).map(|variable| match variable.literal {
            true => Found::Literal(variable.value.get_ref().clone()),
            false => Found::Template(&variable.value),
        }))
    }

    fn fact(&self, step: &str, key: &str) -> Result<Found<'a>, String> {
        if self.early {
            return Err(format!(
                "`${{{step}.{key}}}` is known only once `{step}` is done, and this must be known before; \
                 use facts in `with` and `env`"
            ));
        }
        self.givers.borrow_mut().insert(step.to_string());
        let Some(facts) = self.facts else {
            let refused = self.refuses.and_then(|refuses| refuses(step, key));
            return refused.map_or(Ok(Found::Later), Err);
        };
        let facts = facts.get(step);
        let found = facts.and_then(|facts| facts.get(key).or_else(|| inside(facts, key)));
        found
            .map(|value| Found::Literal(from_json(value)))
            .ok_or_else(|| format!("step `{step}` published no `{key}`"))
    }

    fn unknown(&self, name: &str) -> String {
        let hint = suggest(name, self.vars.keys().map(String::as_str));
        let of_the_shell = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let instead = match (self.own, of_the_shell) {
            (true, false) => {
                format!("; what the step itself learns or was given is `${{{OWN}{name}}}`")
            }
            (false, false) if !hint.is_empty() => String::new(),
            _ => for_the_shell(name),
        };
        format!(
            "unknown variable `${{{name}}}`{hint}; declare it under [vars] or pass --set {name}=…{instead}"
        )
    }
}

/// Whether a variable or a step can be called so, without quotes.
fn can_be_name(name: &str, is_step: bool) -> bool {
    let signs = if is_step { "-_:/" } else { "-_" };
    let fits = |c: char| c.is_alphanumeric() || signs.contains(c);
    // A shell counts its arguments.
    !name.chars().all(|c| c.is_ascii_digit()) && name.chars().all(fits)
}

fn for_the_shell(name: &str) -> String {
    format!("; for the shell to fill it in, write `$${{{name}}}`")
}
