//! Text to words, without losing the text: what is left after the slots are taken out can be put
//! together again as written.
//!

use std::ops::Range;

/// One word of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without apostrophes: what patterns compare with.
    pub plain: String,
    /// Whether the word is a whole passage in quotation marks.
    pub quoted: bool,
    /// Whether the word is whose something is: `Monday's`.
    pub possessive: bool,
    kept: bool,
    span: Range<usize>,
    place: usize,
}

impl Word {
    /// Whether the word stands for itself and nothing may be read out of it.
    pub fn is_literal(&self) -> bool {
        self.quoted || self.kept
    }

    /// From now on nothing may be read out of the word.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// Whether the word was written before the other one.
    pub fn is_before(&self, other: &Word) -> bool {
        self.place < other.place
    }

    /// Whether the word is one of `options`.
    pub fn is_any(&self, options: &[&str]) -> bool {
        !self.is_literal() && options.contains(&self.plain.as_str())
    }

    /// Whether the word is `other`.
    pub fn is(&self, other: &str) -> bool {
        self.is_any(&[other])
    }
}

/// A message, or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    source: String,
    /// The words that are left.
    pub words: Vec<Word>,
}

impl Phrase {
    /// Splits `text` into words.
    pub fn new(text: &str) -> Self {
        let words = spans(text)
            .into_iter()
            .enumerate()
            .map(|(place, (span, quoted))| Word {
                plain: plain(&text[span.clone()]),
                quoted,
                possessive: is_possessive(&text[span.clone()]),
                kept: is_emphasised(text, &span),
                span,
                place,
            })
            .collect();
        Self {
            source: text.to_owned(),
            words,
        }
    }

    /// Takes the words of `range` out.
    pub fn take(&mut self, range: Range<usize>) -> Vec<Word> {
        self.words.drain(range).collect()
    }

    /// The phrase that consists of the words of `range` only.
    pub fn part(&self, range: Range<usize>) -> Self {
        Self {
            source: self.source.clone(),
            words: self.words[range].to_vec(),
        }
    }

    /// Where the first word that is one of `options` stands.
    pub fn position(&self, options: &[&str]) -> Option<usize> {
        self.words.iter().position(|word| word.is_any(options))
    }

    /// Whether any word is one of `options`.
    pub fn has(&self, options: &[&str]) -> bool {
        self.position(options).is_some()
    }

    /// Whether no word is left.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// What stood between the word at `index` and the next one, such as `": "`.
    pub fn gap_after(&self, index: usize) -> &str {
        let end = self.words[index].span.end;
        let rest = &self.source[end..];
        &rest[..rest
            .find(|c: char| c.is_alphanumeric())
            .unwrap_or(rest.len())]
    }

    /// The words that are left, as they were written, with the brackets, asterisks and the like
    /// around them; where something was taken out stands one space. A passage that was quoted loses
    /// its marks only if it is all there is.
    pub fn text(&self) -> String {
        if let [only] = self.words.as_slice()
            && only.quoted
        {
            return self.written(only).trim().to_owned();
        }
        let mut text = String::new();
        let mut previous: Option<&Word> = None;
        for word in &self.words {
            match previous {
                Some(previous) if previous.place + 1 == word.place => {
                    text.push_str(&self.source[previous.span.end..word.span.start]);
                }
                Some(previous) => {
                    text.push_str(self.after(previous));
                    text.push(' ');
                    text.push_str(self.before(word));
                }
                None => text.push_str(self.before(word)),
            }
            text.push_str(self.written(word));
            previous = Some(word);
        }
        text.push_str(previous.map_or("", |last| self.after(last)));
        text.trim().to_owned()
    }

    /// The word as it was written.
    pub fn written(&self, word: &Word) -> &str {
        &self.source[word.span.clone()]
    }

    /// What stands directly before the word and belongs to it.
    fn before(&self, word: &Word) -> &str {
        let before = &self.source[..word.span.start];
        let belongs = |c: char| is_markup(c) || "([{".contains(c) || word.quoted && is_mark(c);
        &before[before.trim_end_matches(belongs).len()..]
    }

    /// What stands directly after the word and belongs to it.
    fn after(&self, word: &Word) -> &str {
        let after = &self.source[word.span.end..];
        let belongs = |c: char| is_markup(c) || ")]}".contains(c) || word.quoted && is_mark(c);
        &after[..after.len() - after.trim_start_matches(belongs).len()]
    }
}

fn is_possessive(word: &str) -> bool {
    word.ends_with("'s") || word.ends_with("’s") || matches!(word, "todays" | "tomorrows")
}

/// `**this**`: a word that was set off stands for itself.
fn is_emphasised(text: &str, span: &Range<usize>) -> bool {
    text[..span.start].ends_with(is_markup) && text[span.end..].starts_with(is_markup)
}

fn is_markup(c: char) -> bool {
    matches!(c, '*' | '_' | '~')
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»'
    )
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace(['\'', '’', '`'], "")
}

/// Finds passages in quotation marks first, then words between them.
fn spans(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((outer, inner)) = next_quote(text, from) {
        found.extend(bare_words(text, from..outer.start));
        found.push((inner, true));
        from = outer.end;
    }
    found.extend(bare_words(text, from..text.len()));
    found
}

/// The next quoted passage from `from`: the range with its marks and the range without.
fn next_quote(text: &str, from: usize) -> Option<(Range<usize>, Range<usize>)> {
    let mut candidates = text[from..].char_indices().map(|(at, c)| (from + at, c));
    candidates.find_map(|(at, open)| {
        let close = closing_mark(open)?;
        let before = text[..at].chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let start = at + open.len_utf8();
        let length = closing_position(&text[start..], close)?;
        Some((at..start + length + close.len_utf8(), start..start + length))
    })
}

fn closing_mark(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' | '„' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

/// Where `close` stands, if something is quoted and no letter follows the mark (as in `don't`).
fn closing_position(rest: &str, close: char) -> Option<usize> {
    rest.char_indices()
        .filter(|&(at, c)| c == close && at > 0)
        .find(|&(at, c)| !rest[at + c.len_utf8()..].starts_with(char::is_alphanumeric))
        .map(|(at, _)| at)
}

fn bare_words(text: &str, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text[range.clone()]
        .char_indices()
        .map(|(at, c)| (range.start + at, c))
    {
        match (start, separates(c)) {
            (None, false) => start = Some(at),
            (Some(from), true) => {
                words.extend(trimmed(text, from..at));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.and_then(|from| trimmed(text, from..range.end)));
    words
}

fn separates(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '—' | '…')
}

/// Cuts punctuation off a word's ends; nothing is left of a lone dash.
fn trimmed(text: &str, range: Range<usize>) -> Option<(Range<usize>, bool)> {
    let word = &text[range.clone()];
    let opens = |c: char| c.is_alphanumeric() || matches!(c, '#' | '!' | '@' | '$' | '€' | '£');
    let closes = |c: char| {
        c.is_alphanumeric() || matches!(c, '+' | '%' | '#' | '€' | '£') || is_pictograph(c)
    };
    let start = word.find(|c| opens(c) || is_pictograph(c))?;
    let (last, c) = word.char_indices().rfind(|&(_, c)| closes(c))?;
    (start <= last).then(|| {
        (
            range.start + start..range.start + last + c.len_utf8(),
            false,
        )
    })
}

fn is_pictograph(c: char) -> bool {
    c as u32 >= 0x1_F000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let words: Vec<String> = Phrase::new(text)
            .words
            .into_iter()
            .map(|word| word.plain)
            .collect();
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn words_lose_case_apostrophes_and_punctuation() {
        check("What's due, today?!", &["whats", "due", "today"]);
        check(
            "Don't forget: e-mail Bob - (soon)",
            &["dont", "forget", "e-mail", "bob", "soon"],
        );
        check(
            "#home !high 2026-03-05 100%",
            &["#home", "!high", "2026-03-05", "100%"],
        );
        check("", &[]);
        check("... !? -", &[]);
    }

    #[test]
    fn a_quoted_passage_is_one_word() {
        check(
            "rename \"buy milk\" to 'buy oat milk'",
            &["rename", "buy milk", "to", "buy oat milk"],
        );
        check("it's Bob's and Ann's", &["its", "bobs", "and", "anns"]);
        check("add “call mom”", &["add", "call mom"]);
    }

    #[test]
    fn what_is_left_reads_as_written() {
        let mut phrase = Phrase::new("buy milk, eggs & bread tomorrow at 5:30pm!");
        let at = phrase.position(&["tomorrow"]).unwrap();
        phrase.take(at..at + 1);
        assert_eq!(phrase.text(), "buy milk, eggs & bread at 5:30pm");
        for text in [
            "read \"The Hobbit\" to the kids",
            "**urgent** review of `parse()`",
            "buy milk (2 l)",
            "(maybe) call _Ann_",
            "see ‘Dune’",
        ] {
            assert_eq!(Phrase::new(text).text(), text);
        }
        assert_eq!(Phrase::new("“buy milk”").text(), "buy milk");
    }
}
