//! What the variables stand for that were filled in already: each is filled in once, however often
//! it is named.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use toml::de::DeValue;

use super::segments::Segments;

/// A value with everything in it filled in.
#[derive(Clone)]
pub(super) struct Filled {
    /// How many bytes it has.
    pub(super) len: usize,
    /// The value.
    pub(super) value: DeValue<'static>,
}

impl Filled {
    pub(super) fn new(len: usize, value: DeValue<'static>) -> Filled {
        Filled { len, value }
    }
}

/// Values by name, and texts as they stand within other texts.
#[derive(Default)]
pub(super) struct Known {
    values: RefCell<HashMap<String, Filled>>,
    texts: RefCell<HashMap<String, Rc<Segments>>>,
}

impl Known {
    pub(super) fn value(&self, name: &str) -> Option<Filled> {
        self.values.borrow().get(name).cloned()
    }

    pub(super) fn keep_value(&self, name: String, filled: &Filled) {
        self.values.borrow_mut().insert(name, filled.clone());
    }

    pub(super) fn text(&self, name: &str) -> Option<Rc<Segments>> {
        self.texts.borrow().get(name).cloned()
    }

    pub(super) fn keep_text(&self, name: &str, text: Rc<Segments>) {
        self.texts.borrow_mut().insert(name.to_string(), text);
    }
}
