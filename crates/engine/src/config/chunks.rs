//! A long file read in pieces, on all cores and a little at a time: that takes less time, and far less memory. It answers only where
//! reading the whole would say the same; everything unusual, errors among it, is left to that. Knows where steps begin, nothing of
//! what they mean.
//!
//! A line `[[step]]` begins a step unless it is part of a text of several lines. Cut there, the piece before would end within that
//! text and could not be read. So if each piece can be read by itself, all cuts were right.

use std::ops::Range;

use toml::de::DeTable;

use super::Source;
use super::raw::{self, File, Step};
use crate::parallel;

/// Bytes of a piece, about.
const PIECE: usize = 100_000;

/// The file, if it is long and there is nothing unusual about it.
pub(super) fn read(source: &Source) -> Option<File> {
    let chunks = cut(source.text);
    let (first, rest) = chunks.split_first()?;
    if rest.is_empty() {
        return None;
    }
    let mut table = DeTable::parse(&source.text[first.clone()]).ok()?;
    let mut steps = raw::step_tables(source, table.get_mut().remove("step"), 0).ok()?;
    let read = |chunk: &Range<usize>| steps_only(source, chunk.clone());
    for chunk in parallel::map(rest, parallel::cores(), read) {
        steps.extend(chunk?);
    }
    raw::file(source, table, steps).ok()
}

/// The steps in a piece of the file, if there is nothing else in it.
pub(super) fn steps_only(source: &Source, chunk: Range<usize>) -> Option<Vec<Step>> {
    let offset = chunk.start;
    let mut table = DeTable::parse(&source.text[chunk]).ok()?.into_inner();
    let steps = table.remove("step");
    let nothing_else = table.is_empty();
    raw::step_tables(source, steps, offset)
        .ok()
        .filter(|_| nothing_else)
}

/// Pieces that begin with a step, all but the first.
fn cut(text: &str) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    let mut near = PIECE;
    while let Some(rest) = text.get(text.floor_char_boundary(near)..) {
        let Some(at) = rest.find("\n[[step]]\n") else {
            break;
        };
        let cut = text.len() - rest.len() + at + 1;
        cuts.push(cut);
        near = cut + PIECE;
    }
    cuts.push(text.len());
    cuts.windows(2).map(|ends| ends[0]..ends[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{pipeline, source};

    fn long(extra: &str) -> String {
        let step =
            |n| format!("[[step]]\nid='s{n}'\nkind='command'\nwith={{argv=['x', '${{s0.a}}']}}\n");
        let steps: String = (0..5_000).map(step).collect();
        format!("version=1\nname='t'\n{steps}{extra}")
    }

    #[test]
    fn pieces_say_what_the_whole_says() {
        let source = source(&long(""));
        let (chunks, whole) = (read(&source).unwrap(), raw::read(&source).unwrap());
        let told = |file: &File| -> Vec<_> {
            let step = |step: &Step| (step.keys.id.get_ref().clone(), step.start, step.with.span());
            file.steps.iter().map(step).collect()
        };
        assert_eq!(told(&chunks), told(&whole));
    }

    #[test]
    fn what_is_unusual_is_left_to_the_whole() {
        assert!(read(&source(&long("[vars]\na=1\n"))).is_none());
        let text = format!(
            "[[step]]\nid='text'\nkind='command'\nwith={{argv=['''{}''']}}\n",
            "\n[[step]]\n".repeat(90_000)
        );
        assert!(read(&source(&long(&text))).is_none());
        assert_eq!(pipeline(&long(&text)).unwrap().steps.len(), 5_001);
    }

    #[test]
    fn errors_are_those_of_the_whole() {
        let text = long("[[step]]\nid='s0'\nkind='command'\nwith={argv=['x']}\n");
        let err = pipeline(&text).err().unwrap().0;
        assert!(
            err.contains("20004:4: the id `s0` is taken by the step at line 3"),
            "{err}"
        );
    }
}
