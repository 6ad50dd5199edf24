//! `codegen`: writes what is made from the code into the repository's documentation, or says what
//! is out of date.

mod values;

use std::path::Path;

use anyhow::{Context, Result, bail};
use protocol::Kinds;
use xshell::{Shell, cmd};

use engine::schema;
use kinds::diagnose::table;

/// Where a generated block of a Markdown file begins; its name follows.
const BEGIN: &str = "<!-- codegen: ";
/// Where the name ends.
const NAMED: &str = " -->\n";
/// Where the block ends.
const END: &str = "<!-- /codegen -->";

/// Writes every generated file; with `check`, writes none and fails if one differs.
pub(super) fn run(kinds: Kinds, check: bool) -> Result<u8> {
    let sh = Shell::new()?;
    let mut differ = 0;
    for (path, text) in generated(&sh, kinds)? {
        if sh.read_file(&path).is_ok_and(|there| there == text) {
            continue;
        }
        differ += 1;
        match check {
            true => println!("{path} is not what the code says: run `cargo xtask codegen`"),
            false => {
                sh.write_file(&path, text)?;
                println!("{path} written");
            }
        }
    }
    Ok(u8::from(check && differ > 0))
}

/// All generated files, and what they are to hold.
fn generated(sh: &Shell, kinds: Kinds) -> Result<Vec<(String, String)>> {
    let mut files = vec![
        ("docs/pipeline.schema.json".to_string(), schema::json(kinds)),
        ("docs/pipeline.md".to_string(), schema::markdown(kinds)),
    ];
    let listed = cmd!(sh, "git ls-files --cached --others --exclude-standard *.md").quiet();
    for path in listed.read()?.lines() {
        let text = sh.read_file(path)?;
        if text.contains(BEGIN) {
            let filled = filled(&text, &|name| block(name, path));
            files.push((path.to_string(), filled.with_context(|| path.to_string())?));
        }
    }
    Ok(files)
}

/// What stands in the block of that name in the file at `path`.
fn block(name: &str, path: &str) -> Result<String> {
    match name {
        "causes" => Ok(table::markdown()),
        "values" => values::table(Path::new(path).parent().unwrap_or(Path::new(""))),
        _ => bail!("`{BEGIN}{name}`: the generated blocks are `causes` and `values`"),
    }
}

/// The text with its blocks made anew.
fn filled(text: &str, block: &dyn Fn(&str) -> Result<String>) -> Result<String> {
    let mut parts = text.split(BEGIN);
    let mut filled = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (name, after) = part
            .split_once(NAMED)
            .and_then(|(name, rest)| Some((name, rest.split_once(END)?.1)))
            .with_context(|| format!("a block that begins with `{BEGIN}` ends with `{END}`"))?;
        let made = block(name)?;
        filled += &format!("{BEGIN}{name}{NAMED}\n{}\n\n{END}{after}", made.trim_end());
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String> {
        filled(text, &|name| match name {
            "unknown" => bail!("no such block"),
            _ => Ok(format!("made for {name}\n")),
        })
    }

    #[test]
    fn only_what_stands_between_the_marks_is_made_anew() {
        let text = "a\n<!-- codegen: x -->\nold\n<!-- /codegen -->\nb\n<!-- codegen: y -->\n<!-- /codegen -->";
        let made = "a\n<!-- codegen: x -->\n\nmade for x\n\n<!-- /codegen -->\nb\n<!-- codegen: y -->\n\nmade for y\n\n<!-- /codegen -->";
        assert_eq!(fill(text).unwrap(), made);
        assert_eq!(fill(made).unwrap(), made);
        assert_eq!(fill("nothing").unwrap(), "nothing");
    }

    #[test]
    fn a_block_without_end_or_of_an_unknown_name_is_refused() {
        for text in [
            "<!-- codegen: x -->\n",
            "<!-- codegen: unknown -->\n<!-- /codegen -->",
        ] {
            assert!(fill(text).is_err(), "{text}");
        }
    }
}
