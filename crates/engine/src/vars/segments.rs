//! A text while it is filled in: what stands for itself, and what only the step itself will know.

use protocol::template::escaped;

/// The text so far.
pub(super) struct Segments {
    own: bool,
    done: String,
    /// What stands for itself and was not written yet: which `$` begins a name is only known with
    /// what comes behind it.
    literal: String,
}

impl Segments {
    /// `own`: names of the step's own stay in the text, so all else has to be told from them.
    pub(super) fn new(own: bool) -> Segments {
        Segments {
            own,
            done: String::new(),
            literal: String::new(),
        }
    }

    /// Stands for itself.
    pub(super) fn literal(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    /// Stays a name.
    pub(super) fn own(&mut self, name: &str) {
        self.done.push_str(&escaped(&self.literal, true));
        self.literal.clear();
        self.done.push_str(&format!("${{{name}}}"));
    }

    /// The text.
    pub(super) fn finish(mut self) -> String {
        if !self.own {
            return self.literal;
        }
        self.done.push_str(&escaped(&self.literal, false));
        self.done
    }
}
