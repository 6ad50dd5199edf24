//! One step of a long file, and what it needs. The rest is passed over, so that a question about one of ten thousand steps does not
//! wait for all of them. Where that could say anything else than reading the whole, it does not answer. What is wrong with steps
//! that are passed over is told by whoever reads them, as `plan` and `run` do.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeTable;

use super::Source;
use super::chunks;
use super::raw::{self, File, Step};
use crate::vars;

/// Shorter files are read whole, in bytes.
const LONG: usize = 100_000;

/// Where the steps of each id are written.
type Blocks<'a> = HashMap<&'a str, Vec<Range<usize>>>;

/// The steps of that id and all they need, if the file is long and there is nothing unusual about it.
pub(super) fn read(source: &Source, wanted: &str) -> Option<File> {
    let text = source.text;
    // Within a text of several lines, what looks like a step may be none.
    if text.len() < LONG || text.contains("\"\"\"") || text.contains("'''") {
        return None;
    }
    let (head, blocks) = blocks(text)?;
    let table = DeTable::parse(&text[head]).ok()?;
    // A variable may bring a fact with it, and so a need.
    let brings_facts = |name: &str| {
        let value = table.get_ref().get(name);
        value.is_some_and(|value| {
            vars::givers(value.get_ref(), [].into_iter())
                .next()
                .is_some()
        })
    };
    if brings_facts("vars") || brings_facts("target") || table.get_ref().contains_key("step") {
        return None;
    }
    let mut file = raw::file(source, table, closure(source, &blocks, wanted)?).ok()?;
    if !file.tells_targets_apart() && text.contains("target") {
        return None;
    }
    file.unread = blocks.keys().map(|id| Arc::from(*id)).collect();
    Some(file)
}

/// What comes before the first step, and each step's lines.
fn blocks(text: &str) -> Option<(Range<usize>, Blocks<'_>)> {
    let starts = starts(text)?;
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut blocks = Blocks::with_capacity(starts.len());
    for (start, end) in starts.iter().copied().zip(ends) {
        let id = id(&text[start..end])?;
        blocks.entry(id).or_default().push(start..end);
    }
    Some((0..*starts.first()?, blocks))
}

/// Where steps begin. After the first there must be nothing but steps and their tables.
fn starts(text: &str) -> Option<Vec<usize>> {
    let (mut starts, mut at) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        let own = || said.trim_start_matches('[').starts_with("step.");
        if said == "[[step]]" {
            starts.push(at);
        } else if said.starts_with('[') && !starts.is_empty() && !own() {
            return None;
        }
        at += line.len();
    }
    Some(starts)
}

/// What the first line that begins with `id` says.
fn id(block: &str) -> Option<&str> {
    let mut lines = block.lines().map(str::trim);
    let value = lines.find_map(|line| line.strip_prefix("id"))?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|&c| c == '"' || c == '\'')?;
    let (id, _) = value[1..].split_once(quote)?;
    Some(id)
}

fn closure(source: &Source, blocks: &Blocks, wanted: &str) -> Option<Vec<Step>> {
    let (mut open, mut seen, mut steps) = (vec![wanted.to_string()], HashSet::new(), Vec::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for block in blocks.get(id.as_str())? {
            let step = one(source, block.clone()).filter(|step| *step.keys.id.get_ref() == id)?;
            open.extend(needs(&step));
            steps.push(step);
        }
    }
    steps.sort_by_key(|step: &Step| step.start);
    Some(steps)
}

/// The step in these lines, if it is one and nothing else.
fn one(source: &Source, block: Range<usize>) -> Option<Step> {
    let [step] = <[Step; 1]>::try_from(chunks::steps_only(source, block)?).ok()?;
    Some(step)
}

/// What it says it needs, and whose facts it uses.
fn needs(step: &Step) -> impl Iterator<Item = String> {
    let said = step.keys.needs.iter().map(|need| need.get_ref().clone());
    let env = step.keys.env.values().map(|text| text.get_ref().as_str());
    let givers = vars::givers(step.with.get_ref(), env).map(str::to_string);
    said.chain(givers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::source;

    fn long(head: &str, extra: &str) -> String {
        let step = |n: usize| {
            let need = n / 2;
            format!(
                "[[step]]\nid = 's{n}'\nkind = 'command'\nneeds = ['s{need}']\nwith = {{ argv = ['x', '${{f.a}}'] }}\n"
            )
        };
        let steps: String = (1..3_000).map(step).collect();
        format!(
            "version = 1\nname = 't'\n{head}[[step]]\nid = 's0' # first\nkind = 'command'\n[step.with]\nargv = ['x']\n\
             [[step]]\nid = \"f\"\nkind = 'command'\nwith = {{ argv = ['x'] }}\n{steps}{extra}"
        )
    }

    fn ids(text: &str, wanted: &str) -> Option<Vec<String>> {
        let file = read(&source(text), wanted)?;
        let id = |step: &Step| step.keys.id.get_ref().clone();
        Some(file.steps.iter().map(id).collect())
    }

    #[test]
    fn a_step_comes_with_what_it_needs() {
        let ids = ids(&long("", ""), "s5").unwrap();
        assert_eq!(ids, ["s0", "f", "s1", "s2", "s5"]);
    }

    #[test]
    fn steps_are_those_of_the_whole() {
        let source = source(&long("", ""));
        let (part, whole) = (read(&source, "s2999").unwrap(), raw::read(&source).unwrap());
        let told = |step: &Step| (step.keys.id.get_ref().clone(), step.start, step.with.span());
        let all: Vec<_> = whole.steps.iter().map(told).collect();
        assert!(part.steps.iter().all(|step| all.contains(&told(step))));
    }

    #[test]
    fn what_is_unusual_is_left_to_the_whole() {
        let later = |lines: &str| format!("[[step]]\nid='z'\nkind='command'\n{lines}\n");
        for (head, extra) in [
            ("", later("with={argv=[\"\"\"\n[[step]]\nid='s5'\n\"\"\"]}")),
            ("", later("with={argv=['x']}\n[vars]\na=1")),
            ("", later("with={argv=['x']}\nwhen={target=['local']}")),
            ("", "[[step]]\n\"id\"='z'\nkind='command'\n".to_string()),
            ("[vars]\na='${s7.x}'\n", String::new()),
        ] {
            assert!(ids(&long(head, &extra), "s5").is_none(), "{head}{extra}");
        }
        assert!(ids(&long("", ""), "s3000").is_none());
    }
}
