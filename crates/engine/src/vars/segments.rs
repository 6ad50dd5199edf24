//! A text while it is filled in: what stands for itself, and what only the step itself will know.

use protocol::template::escaped;

/// The text so far.
pub(super) struct Segments {
    own: bool,
    parts: Vec<Part>,
    len: usize,
}

enum Part {
    /// Stands for itself. Which `$` begins a name is only known with what comes behind it.
    Literal(String),
    /// Stays a name.
    Own(String),
}

impl Segments {
    /// `own`: names of the step's own stay in the text, so all else has to be told from them.
    pub(super) fn new(own: bool) -> Segments {
        Segments {
            own,
            parts: Vec::new(),
            len: 0,
        }
    }

    /// Stands for itself.
    pub(super) fn literal(&mut self, text: &str) {
        self.len += text.len();
        match self.parts.last_mut() {
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.parts.push(Part::Literal(text.to_string())),
        }
    }

    /// Stays a name.
    pub(super) fn own(&mut self, name: &str) {
        self.len += name.len();
        self.parts.push(Part::Own(name.to_string()));
    }

    /// All of another one.
    pub(super) fn all(&mut self, other: &Segments) {
        for part in &other.parts {
            match part {
                Part::Literal(text) => self.literal(text),
                Part::Own(name) => self.own(name),
            }
        }
    }

    /// How many bytes it has, more or less.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        let mut parts = self.parts.into_iter().peekable();
        let mut text = String::with_capacity(self.len);
        while let Some(part) = parts.next() {
            match part {
                Part::Literal(literal) if self.own => {
                    text.push_str(&escaped(&literal, parts.peek().is_some()));
                }
                Part::Literal(literal) => text.push_str(&literal),
                Part::Own(name) => text.push_str(&format!("${{{name}}}")),
            }
        }
        text
    }
}
