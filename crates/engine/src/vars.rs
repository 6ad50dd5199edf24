//! `${name}` in the strings of pipeline.toml. Knows TOML values, nothing of steps.
//!
//! A name with a dot (`${cluster.runtime}`) is a fact that another step publishes: it stays as it is until that step is done.
//! A string that is nothing but one `${name}` takes the variable's own type, so a variable can hold a list or a number.
//! `$${` stands for a literal `${`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use crate::config::suggest;

/// Variables by name; values keep their TOML type.
pub type Vars = BTreeMap<String, DeValue<'static>>;

/// Facts by `step.key`.
pub type FactMap = BTreeMap<String, String>;

/// Where names are looked up.
pub enum Scope<'a> {
    /// Variables; names with a dot are left for later.
    Vars(&'a Vars),
    /// Facts; only names with a dot are replaced.
    Facts(&'a FactMap),
}

/// What a string could not be given: the sentence, and where it stands.
#[derive(Debug)]
pub struct Unresolved {
    /// The sentence.
    pub message: String,
    /// Byte range in pipeline.toml.
    pub span: std::ops::Range<usize>,
}

/// Replaces every `${…}` below `value`.
pub fn fill(value: &mut Spanned<DeValue<'static>>, scope: &Scope) -> Result<(), Unresolved> {
    let span = value.span();
    match value.get_mut() {
        DeValue::String(text) if text.contains("${") => {
            let text = text.to_string();
            let filled = fill_text(&text, scope).map_err(|message| Unresolved { message, span })?;
            *value.get_mut() = filled;
        }
        DeValue::Array(items) => items.iter_mut().try_for_each(|item| fill(item, scope))?,
        DeValue::Table(table) => {
            for (_, item) in table.iter_mut() {
                fill(item, scope)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Replaces every `${…}` in `text`; the result has another type only if `text` is one variable and nothing else.
pub fn fill_text(text: &str, scope: &Scope) -> Result<DeValue<'static>, String> {
    if let (Some(name), Scope::Vars(vars)) = (whole_name(text), scope)
        && !name.contains('.')
    {
        return look_up(vars, name).cloned();
    }
    fill_string(text, scope).map(|text| DeValue::String(text.into()))
}

/// Like [`fill_text`], for places where only a string makes sense. Facts come last, so `$${` becomes `${` with them.
pub fn fill_string(text: &str, scope: &Scope) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find("${") {
        let (before, at) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str(match scope {
                Scope::Vars(_) => "$${",
                Scope::Facts(_) => "${",
            });
            rest = &at[2..];
            continue;
        }
        let Some((name, after)) = at[2..].split_once('}') else {
            return Err(format!(
                "`{text}` opens `${{` and never closes it; write `$${{` for a literal `${{`"
            ));
        };
        out.push_str(before);
        out.push_str(&replacement(&at[..name.len() + 3], name, scope)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The facts (`step`, `key`) that a string waits for.
pub fn facts_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices("${")
        .filter(move |(at, _)| !text[..*at].ends_with('$'))
        .filter_map(move |(at, _)| text[at + 2..].split_once('}'))
        .filter_map(|(name, _)| name.split_once('.'))
}

/// The steps whose facts a table and variables wait for.
pub fn givers<'v>(
    with: &'v DeValue<'_>,
    env: impl Iterator<Item = &'v str>,
) -> impl Iterator<Item = &'v str> {
    let mut texts = Vec::new();
    strings(with, &mut |text| texts.push(text));
    texts.extend(env);
    texts.into_iter().flat_map(facts_in).map(|(step, _)| step)
}

/// Every string below a value.
pub fn strings<'v>(value: &'v DeValue<'_>, visit: &mut dyn FnMut(&'v str)) {
    match value {
        DeValue::String(text) => visit(text),
        DeValue::Array(items) => items.iter().for_each(|item| strings(item.get_ref(), visit)),
        DeValue::Table(table) => table
            .iter()
            .for_each(|(_, item)| strings(item.get_ref(), visit)),
        _ => {}
    }
}

fn whole_name(text: &str) -> Option<&str> {
    text.strip_prefix("${")?
        .strip_suffix('}')
        .filter(|name| !name.contains(['}', '$']))
}

fn replacement(whole: &str, name: &str, scope: &Scope) -> Result<String, String> {
    match (scope, name.contains('.')) {
        (Scope::Vars(_), true) | (Scope::Facts(_), false) => Ok(whole.to_string()),
        (Scope::Vars(vars), false) => text_of(look_up(vars, name)?).ok_or_else(|| {
            format!("`${{{name}}}` is a list or a table and can't stand inside a longer string")
        }),
        (Scope::Facts(facts), true) => facts.get(name).cloned().ok_or_else(|| {
            let (step, key) = name.split_once('.').unwrap_or((name, ""));
            format!("step `{step}` published no `{key}`")
        }),
    }
}

fn look_up<'v>(vars: &'v Vars, name: &str) -> Result<&'v DeValue<'static>, String> {
    vars.get(name).ok_or_else(|| {
        let hint = suggest(name, vars.keys().map(String::as_str));
        format!(
            "unknown variable `${{{name}}}`{hint}; declare it under [vars] or pass --set {name}=…"
        )
    })
}

/// A scalar as text.
pub fn text_of(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let vars = Vars::from([
            ("ns".into(), DeValue::String("todo".into())),
            ("on".into(), DeValue::Boolean(true)),
        ]);
        let got = fill_string(text, &Scope::Vars(&vars));
        match expected {
            Ok(expected) => assert_eq!(got.as_deref(), Ok(expected)),
            Err(part) => assert!(got.as_ref().unwrap_err().contains(part), "{got:?}"),
        }
    }

    #[test]
    fn variables_are_replaced_and_facts_wait() {
        check("a ${ns} b ${on}", Ok("a todo b true"));
        check("${cluster.runtime}-${ns}", Ok("${cluster.runtime}-todo"));
        check("$${ns}", Ok("$${ns}"));
        check("${nss}", Err("did you mean `ns`"));
        check("${ns", Err("never closes"));
    }

    /// What is written with `$${` is `${` in the end, whatever stands behind it.
    #[test]
    fn escapes_end_as_what_they_stand_for() {
        let vars = Vars::from([("ns".into(), DeValue::String("todo".into()))]);
        let facts = FactMap::from([("a.x".into(), "1".into())]);
        for (text, expected) in [
            ("$${ns}", "${ns}"),
            ("$${github.sha}", "${github.sha}"),
            ("$${a.x} ${a.x}", "${a.x} 1"),
            ("$${ns}${ns}", "${ns}todo"),
            ("$$${ns}", "$${ns}"),
            ("a $${ b", "a ${ b"),
            ("$${a:-b}", "${a:-b}"),
            ("$${{ secrets.X }}", "${{ secrets.X }}"),
            ("$5 $$ $x", "$5 $$ $x"),
            ("x$${ns}${a.x}$${a.x}", "x${ns}1${a.x}"),
        ] {
            let once = fill_string(text, &Scope::Vars(&vars)).unwrap();
            let twice = fill_string(&once, &Scope::Facts(&facts)).unwrap();
            assert_eq!(twice, expected, "{text}");
        }
    }

    #[test]
    fn facts_are_replaced_once_known() {
        let facts = FactMap::from([("a.x".into(), "1".into())]);
        assert_eq!(fill_string("${a.x}", &Scope::Facts(&facts)).unwrap(), "1");
        assert!(
            fill_string("${a.y}", &Scope::Facts(&facts))
                .unwrap_err()
                .contains("published no `y`")
        );
        assert_eq!(
            facts_in("${a.x} ${ns} $${b.c}").collect::<Vec<_>>(),
            [("a", "x")]
        );
    }
}
