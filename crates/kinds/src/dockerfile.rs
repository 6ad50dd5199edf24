//! What a Dockerfile builds upon and what it copies. Reads text; asks nothing.

mod bases;

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) use bases::bases;

/// One instruction: its name in capitals, and what follows on its lines.
struct Instruction {
    name: String,
    rest: String,
}

/// Globs, relative to pipeline.toml, of what a Dockerfile takes from its context, less what the
/// `.dockerignore` keeps out of it.
pub(crate) fn inputs(text: &str, ignore: &str, context: &str) -> Vec<String> {
    let ignore = Ignore::read(ignore);
    let mut globs = BTreeSet::new();
    for source in sources(text) {
        match &ignore.only {
            Some(only) => globs.extend(only.iter().filter_map(|path| common(&source, path))),
            None => drop(globs.insert(source)),
        }
    }
    let named = globs.iter().flat_map(|path| file_or_folder(context, path));
    let without = ignore.without.iter();
    let without = without
        .flat_map(|path| file_or_folder(context, path))
        .map(|glob| format!("!{glob}"));
    named.chain(without).collect()
}

/// What is copied from the context, each as a pattern within it; empty for the whole.
fn sources(text: &str) -> BTreeSet<String> {
    instructions(text)
        .iter()
        .flat_map(|instruction| match instruction.name.as_str() {
            "COPY" | "ADD" => copied(&instruction.rest),
            "RUN" => mounted(&instruction.rest),
            _ => Vec::new(),
        })
        .map(|source| plain(&source))
        .collect()
}

/// The sources of a COPY or ADD; the last word is where to.
fn copied(rest: &str) -> Vec<String> {
    let mut rest = rest.trim_start();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, after) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        if flag.starts_with("from=") {
            return Vec::new();
        }
        rest = after.trim_start();
    }
    let words: Vec<String> = match serde_json::from_str::<Vec<String>>(rest) {
        Ok(words) => words,
        Err(_) => rest.split_whitespace().map(unquoted).collect(),
    };
    let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
    let is_local = |source: &&String| {
        !source.starts_with("<<") && !source.contains("://") && !source.starts_with("git@")
    };
    sources.iter().filter(is_local).cloned().collect()
}

/// The sources of a RUN's bind mounts.
fn mounted(rest: &str) -> Vec<String> {
    let mount = |word: &str| {
        let options: Vec<&str> = word.strip_prefix("--mount=")?.split(',').collect();
        let is = |name: &str| options.iter().any(|option| option.starts_with(name));
        let is_bind = options.contains(&"type=bind") || !is("type=");
        let source = options.iter().find_map(|option| {
            option
                .strip_prefix("source=")
                .or_else(|| option.strip_prefix("src="))
        });
        (is_bind && !is("from=")).then(|| source.unwrap_or_default().to_string())
    };
    rest.split_whitespace().filter_map(mount).collect()
}

fn unquoted(word: &str) -> String {
    word.trim_matches('"').to_string()
}

/// Without what leads nowhere; the whole context if an argument decides.
fn plain(source: &str) -> String {
    if source.contains('$') {
        return String::new();
    }
    let parts: Vec<&str> = source
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.join("/")
}

/// What a `.dockerignore` lets through.
#[derive(Default)]
struct Ignore {
    /// If it keeps out everything but these.
    only: Option<Vec<String>>,
    /// What it keeps out of the rest, for certain.
    without: Vec<String>,
}

impl Ignore {
    /// Later lines win. What is kept out and then partly let in again is taken as let in: an input
    /// too many builds once too often, one too few builds the wrong image.
    fn read(text: &str) -> Ignore {
        let mut ignore = Ignore::default();
        for line in text.lines().map(str::trim) {
            let (again, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, plain(pattern)),
                None => (false, plain(line)),
            };
            match (again, pattern.as_str()) {
                (_, "") => {}
                _ if line.starts_with('#') => {}
                (false, "*" | "**") => {
                    ignore = Ignore {
                        only: Some(Vec::new()),
                        without: Vec::new(),
                    }
                }
                (false, _) => ignore.without.push(pattern),
                (true, _) => {
                    ignore.without.retain(|out| common(out, &pattern).is_none());
                    ignore
                        .only
                        .iter_mut()
                        .for_each(|only| only.push(pattern.clone()));
                }
            }
        }
        ignore
    }
}

/// What lies in both: one of them if it is within the other. Two patterns that can't be compared:
/// the one that is let in.
fn common(source: &str, let_in: &str) -> Option<String> {
    let within = |inner: &str, outer: &str| {
        outer.is_empty() || inner == outer || inner.starts_with(&format!("{outer}/"))
    };
    let is_wild = |text: &str| text.contains(['*', '?', '[']);
    if within(let_in, source) || is_wild(source) {
        Some(let_in.to_string())
    } else if within(source, let_in) {
        Some(source.to_string())
    } else {
        is_wild(let_in).then(|| let_in.to_string())
    }
}

/// Globs for a path that may be a file or a folder. A plain name would stand for all of a folder,
/// whatever else is left out.
fn file_or_folder(context: &str, path: &str) -> Vec<String> {
    let context = context.trim_start_matches("./").trim_end_matches('/');
    let inside = match context {
        "" | "." => String::new(),
        context => format!("{context}/"),
    };
    let Some(last) = path.chars().last() else {
        return vec![format!("{inside}**")];
    };
    let is_wild = path.contains(['*', '?', '[']);
    let file = match is_wild {
        true => path.to_string(),
        false => format!("{}[{last}]", &path[..path.len() - last.len_utf8()]),
    };
    vec![format!("{inside}{file}"), format!("{inside}{path}/**")]
}

/// The instructions, with their continued lines joined and without comments and the bodies of
/// here-documents.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut whole = line.trim().to_string();
        if whole.is_empty() || whole.starts_with('#') {
            continue;
        }
        while whole.ends_with(escape) {
            whole.pop();
            let comment = |line: &&str| line.trim_start().starts_with('#');
            let Some(next) = lines.by_ref().find(|line| !comment(line)) else {
                break;
            };
            whole.push(' ');
            whole.push_str(next.trim());
        }
        let (name, rest) = whole
            .split_once(char::is_whitespace)
            .unwrap_or((&whole, ""));
        for end in here_documents(name, rest) {
            lines
                .by_ref()
                .take_while(|line| line.trim() != end)
                .for_each(drop);
        }
        found.push(Instruction {
            name: name.to_uppercase(),
            rest: rest.trim().to_string(),
        });
    }
    found
}

/// The character that continues a line: a backslash, unless the first lines say otherwise.
fn escape(text: &str) -> char {
    let directive = |line: &str| {
        let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        (name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`").then_some('`')
    };
    let head = text.lines().take_while(|line| line.trim().starts_with('#'));
    head.filter_map(directive).next().unwrap_or('\\')
}

/// The words that end an instruction's here-documents.
fn here_documents(name: &str, rest: &str) -> Vec<String> {
    let takes = ["RUN", "COPY", "ADD"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    let end = |word: &str| {
        let end = word.strip_prefix("<<")?.trim_start_matches('-');
        let end = end.trim_matches(['"', '\'']);
        let is_name = end.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is_name.then(|| end.to_string())
    };
    match takes {
        true => rest.split_whitespace().filter_map(end).collect(),
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dockerfile: &str, ignore: &str, expected: &[&str]) {
        assert_eq!(inputs(dockerfile, ignore, "ctx"), expected, "{dockerfile}");
    }

    #[test]
    fn what_is_copied_is_an_input() {
        check(
            "FROM scratch\nCOPY main.py /\n",
            "",
            &["ctx/main.p[y]", "ctx/main.py/**"],
        );
        check("COPY . .\n", "", &["ctx/**"]);
        check(
            "copy ./a/ /b/c d/\n",
            "",
            &["ctx/[a]", "ctx/a/**", "ctx/b/[c]", "ctx/b/c/**"],
        );
        check("COPY [\"a b\", \"to\"]\n", "", &["ctx/a [b]", "ctx/a b/**"]);
        check(
            "ADD --chown=1:1 *.txt x\n",
            "",
            &["ctx/*.txt", "ctx/*.txt/**"],
        );
        check(
            "COPY a \\\n  # why\n  b c\n",
            "",
            &["ctx/[a]", "ctx/a/**", "ctx/[b]", "ctx/b/**"],
        );
        check("# escape=`\nCOPY a `\n b\n", "", &["ctx/[a]", "ctx/a/**"]);
        check("COPY ${WHAT} /\n", "", &["ctx/**"]);
        check(
            "RUN --mount=type=bind,source=s,target=/s true\n",
            "",
            &["ctx/[s]", "ctx/s/**"],
        );
        check("RUN --mount=target=/src true\n", "", &["ctx/**"]);
        check(
            "COPY <<EOF b /to\nCOPY not /\nEOF\nCOPY a /\n",
            "",
            &["ctx/[a]", "ctx/a/**", "ctx/[b]", "ctx/b/**"],
        );
    }

    #[test]
    fn what_comes_from_elsewhere_is_none() {
        check("COPY --from=build /out /\n", "", &[]);
        check(
            "ADD https://example.com/x /\nADD git@example.com:x /\n",
            "",
            &[],
        );
        check("RUN --mount=type=cache,target=/c true\n", "", &[]);
        check("RUN --mount=type=bind,from=build,target=/c true\n", "", &[]);
        check("# COPY a b\nLABEL x=\"COPY a b\"\n", "", &[]);
    }

    #[test]
    fn what_the_context_leaves_out_is_none() {
        check(
            "COPY . .",
            "# x\n/target/\n**/*.md",
            &[
                "ctx/**",
                "!ctx/targe[t]",
                "!ctx/target/**",
                "!ctx/**/*.md",
                "!ctx/**/*.md/**",
            ],
        );
        check(
            "COPY src src\nCOPY x x",
            "*\n!src/main\n!y",
            &["ctx/src/mai[n]", "ctx/src/main/**"],
        );
        check("COPY src/a .", "**\n!src", &["ctx/src/[a]", "ctx/src/a/**"]);
        // Something of what is kept out is let in again: all of it counts.
        check("COPY . .", "target\n!target/app", &["ctx/**"]);
        check(
            "COPY . .",
            "a/b\n!a\nc",
            &["ctx/**", "!ctx/[c]", "!ctx/c/**"],
        );
        check("COPY . .", "c\n!a", &["ctx/**", "!ctx/[c]", "!ctx/c/**"]);
        check("COPY . .", "*.md\n!a.md", &["ctx/**"]);
    }
}
