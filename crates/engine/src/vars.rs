//! What `${name}` stands for, in the strings of pipeline.toml (see [`protocol::template`] for the
//! grammar).
//!
//! A value is filled in once and in one pass: variables (which may name variables), the item of a
//! step's `each`, and the facts that other steps publish. Before those are known a fact stays as it
//! is, and who publishes it is noted. A string that is nothing but one `${name}` takes the value's
//! own type; `"${...name}"` in a list stands for the items of a list. Only a kind with values of
//! its own (`${self.name}`) gets a text that is still to be filled.

mod bounds;
mod convert;
mod known;
mod lookup;
mod segments;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeArray, DeValue};

use bounds::sum;
pub use convert::text_of;
use convert::{escape, placed};
pub(crate) use convert::{read, scalar};
use known::{Filled, Known};
use lookup::Found;
use protocol::Facts;
use protocol::template;
use segments::Segments;

/// Variables by name.
pub type Vars = BTreeMap<String, Variable>;

/// A variable's value.
#[derive(Debug, Clone)]
pub struct Variable {
    /// With its place.
    pub value: Spanned<DeValue<'static>>,
    /// Given from outside, so it names nothing.
    pub literal: bool,
}

/// What steps that are done published, by their ids.
pub type FactMap<'a> = BTreeMap<&'a str, &'a Facts>;

/// The item that `${each}` stands for.
#[derive(Clone, Copy)]
pub enum Each<'a> {
    /// It stands for nothing here.
    None,
    /// It may be named, and there is no item yet.
    Open,
    /// This one.
    Item(&'a Spanned<DeValue<'static>>),
}

/// Where names are looked up.
pub struct Scope<'a> {
    vars: &'a Vars,
    each: Each<'a>,
    facts: Option<&'a FactMap<'a>>,
    own: bool,
    /// Facts come too late.
    early: bool,
    /// What can't be filled in is left out, with its key.
    leaves_out: bool,
    /// The variables that are being filled in.
    open: RefCell<Vec<String>>,
    /// What was filled in already.
    known: Known,
    /// How many names this one stands in.
    depth: usize,
    givers: RefCell<BTreeSet<String>>,
    /// Says what is wrong with a fact that is not known yet.
    refuses: Option<Refuses<'a>>,
}

/// From a step and the name of a fact to why it can't be one.
pub type Refuses<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// What a string could not be given: the sentence, and where it stands.
#[derive(Debug)]
pub struct Unresolved {
    /// The sentence.
    pub message: String,
    /// Byte range in pipeline.toml.
    pub span: Range<usize>,
}

impl Unresolved {
    fn new(message: impl Into<String>, span: &Range<usize>) -> Unresolved {
        Unresolved {
            message: message.into(),
            span: span.clone(),
        }
    }
}

impl<'a> Scope<'a> {
    /// Only variables: facts stay as they are.
    pub fn new(vars: &'a Vars) -> Scope<'a> {
        Scope {
            vars,
            each: Each::None,
            facts: None,
            own: false,
            early: false,
            leaves_out: false,
            open: RefCell::default(),
            known: Known::default(),
            depth: 0,
            givers: RefCell::default(),
            refuses: None,
        }
    }

    /// A fact is refused for what this says of it.
    pub fn refusing(mut self, refuses: Refuses<'a>) -> Scope<'a> {
        self.refuses = Some(refuses);
        self
    }

    /// For what must be known before anything runs: a fact is an error.
    pub fn early(mut self) -> Scope<'a> {
        self.early = true;
        self
    }

    /// Keys whose values can't be filled in are left out.
    pub fn leaving_out(mut self, leaves_out: bool) -> Scope<'a> {
        self.leaves_out = leaves_out;
        self
    }

    /// Also the item of a step's `each`.
    pub fn each(mut self, each: Each<'a>) -> Scope<'a> {
        self.each = each;
        self
    }

    /// Also facts; every one that is named must be there.
    pub fn facts(mut self, facts: &'a FactMap<'a>) -> Scope<'a> {
        self.facts = Some(facts);
        self
    }

    /// For a kind with values of its own: those stay as they are, and all else is written so that
    /// it stands for itself.
    pub fn own(mut self, own: bool) -> Scope<'a> {
        self.own = own;
        self
    }

    /// The steps whose facts were named.
    pub fn givers(self) -> BTreeSet<String> {
        self.givers.into_inner()
    }

    /// Fills in everything below `value`.
    pub fn fill(&self, value: &mut Spanned<DeValue<'static>>) -> Result<(), Unresolved> {
        self.filled(value).map(drop)
    }

    /// Fills it in, and tells how many bytes it has then.
    fn filled(&self, value: &mut Spanned<DeValue<'static>>) -> Result<usize, Unresolved> {
        let span = value.span();
        let len = match value.get_mut() {
            DeValue::String(text) if text.contains("${") => {
                let filled = self.string(&text.clone(), &span)?;
                *value.get_mut() = filled.value;
                filled.len
            }
            DeValue::String(text) => text.len(),
            DeValue::Array(items) => self.list(items)?,
            DeValue::Table(table) if self.leaves_out => {
                let known = std::mem::take(table).into_iter();
                *table = known
                    .filter_map(|(key, mut item)| {
                        self.fill(&mut item).is_ok().then_some((key, item))
                    })
                    .collect();
                0
            }
            DeValue::Table(table) => {
                let mut len = 0;
                for (_, item) in table.iter_mut() {
                    len = sum(len, self.filled(item)?, &item.span())?;
                }
                len
            }
            _ => 0,
        };
        sum(1, len, &span)
    }

    /// Fills in a text that can be nothing else.
    pub fn text(&self, text: &str) -> Result<String, Unresolved> {
        self.text_at(text, 0..0)
    }

    /// The value of a variable, names in it not filled in, if `value` is nothing but its name; one
    /// from outside names nothing, and is written so.
    pub fn template(&self, value: &Spanned<DeValue>) -> Option<DeValue<'static>> {
        let name = template::whole_name(value.get_ref().as_str()?)?;
        match self.find(name).ok()? {
            Found::Template(found) => Some(found.get_ref().clone()),
            Found::Literal(mut found) => {
                escape(&mut found);
                placed(&mut found, &value.span());
                Some(found)
            }
            Found::Later | Found::Own => None,
        }
    }

    /// What an item of a list stands for: itself, or the items of the list that it names, names in
    /// them not filled in.
    pub fn items(&self, item: Spanned<DeValue<'static>>) -> Vec<Spanned<DeValue<'static>>> {
        let list = spliced(item.get_ref()).and_then(|name| {
            let name = DeValue::String(format!("${{{name}}}").into());
            self.template(&Spanned::new(item.span(), name))
        });
        match list {
            Some(DeValue::Array(items)) => {
                let items = items.into_iter().flat_map(|item| self.items(item));
                items.collect()
            }
            _ => vec![item],
        }
    }

    fn text_at(&self, text: &str, span: Range<usize>) -> Result<String, Unresolved> {
        if !text.contains("${") {
            return Ok(text.to_string());
        }
        let mut out = Segments::new(self.own);
        self.segments(text, &span, &mut out)?;
        Ok(out.finish())
    }

    fn string(&self, text: &str, span: &Range<usize>) -> Result<Filled, Unresolved> {
        let Some(name) = template::whole_name(text) else {
            let text = self.text_at(text, span.clone())?;
            return Ok(Filled::new(text.len(), DeValue::String(text.into())));
        };
        let name = self.name(name, span)?;
        if let Some(known) = self.known.value(&name) {
            return Ok(known);
        }
        match self.find_at(&name, span)? {
            Found::Template(value) => {
                let mut value = value.clone();
                let len = self.within(&name, span, || self.filled(&mut value))?;
                let filled = Filled::new(len, value.into_inner());
                self.known.keep_value(name, &filled);
                Ok(filled)
            }
            Found::Literal(mut value) => {
                if self.own {
                    escape(&mut value);
                }
                placed(&mut value, span);
                Ok(Filled::new(0, value))
            }
            Found::Later | Found::Own => Ok(Filled::new(
                0,
                DeValue::String(format!("${{{name}}}").into()),
            )),
        }
    }

    fn list(&self, items: &mut DeArray<'static>) -> Result<usize, Unresolved> {
        let (mut all, mut len) = (DeArray::new(), 0);
        for mut item in std::mem::take(items) {
            let span = item.span();
            let Some(name) = spliced(item.get_ref()).map(str::to_string) else {
                len = sum(len, self.filled(&mut item)?, &span)?;
                all.push(item);
                continue;
            };
            let filled = self.string(&format!("${{{name}}}"), &span)?;
            len = sum(len, filled.len, &span)?;
            match filled.value {
                DeValue::Array(items) => items.into_iter().for_each(|item| all.push(item)),
                // A fact whose items are not known yet.
                DeValue::String(text) if text == format!("${{{name}}}") => all.push(item),
                _ => {
                    let message =
                        format!("`${{...{name}}}` must be a list: its items are put into this one");
                    return Err(Unresolved::new(message, &span));
                }
            }
        }
        *items = all;
        Ok(len)
    }

    fn segments(
        &self,
        text: &str,
        span: &Range<usize>,
        out: &mut Segments,
    ) -> Result<(), Unresolved> {
        for piece in template::pieces(text) {
            match piece {
                Ok(template::Piece::Text(text)) => out.literal(text),
                Ok(template::Piece::Name(name)) => {
                    let name = self.name(name, span)?;
                    self.append(&name, span, out)?;
                }
                Err(template::Unclosed) => {
                    let message = format!(
                        "`{text}` opens `${{` and never closes it; write `$${{` for a literal `${{`"
                    );
                    return Err(Unresolved::new(message, span));
                }
            }
            sum(0, out.len(), span)?;
        }
        Ok(())
    }

    fn append(
        &self,
        name: &str,
        span: &Range<usize>,
        out: &mut Segments,
    ) -> Result<(), Unresolved> {
        let no_text = || {
            let message = format!(
                "`${{{name}}}` is a list or a table and can't stand inside a longer string"
            );
            Unresolved::new(message, span)
        };
        if let Some(known) = self.known.text(name) {
            out.all(&known);
            return Ok(());
        }
        match self.find_at(name, span)? {
            Found::Template(value) => match value.get_ref() {
                DeValue::String(text) => {
                    let mut inner = Segments::new(self.own);
                    self.within(name, span, || {
                        self.segments(text, &value.span(), &mut inner)
                    })?;
                    out.all(&inner);
                    self.known.keep_text(name, Rc::new(inner));
                }
                other => out.literal(&text_of(other).ok_or_else(no_text)?),
            },
            Found::Literal(value) => out.literal(&text_of(&value).ok_or_else(no_text)?),
            Found::Later => out.literal(&format!("${{{name}}}")),
            Found::Own => out.own(name),
        }
        Ok(())
    }
}

/// The name of the list whose items `"${...name}"` stands for.
fn spliced<'v>(value: &'v DeValue) -> Option<&'v str> {
    template::whole_name(value.as_str()?)?.strip_prefix("...")
}

#[cfg(test)]
mod tests;
