//! The list of kinds that an engine is given.

use alloc::sync::Arc;
use alloc::vec::Vec;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::DeValue;

use crate::Kind;

/// How a kind takes part in skipping and cascading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Skipped while its inputs and outputs are unchanged and its questions are answered well.
    Makes,
    /// Only questions: asked each time, and what needs it is ordered behind it without depending on
    /// its result.
    Checks,
}

/// A kind read from its `with`, or what is wrong there.
pub type Parsed = Result<Arc<dyn Kind>, toml::de::Error>;

/// One line of the list.
#[derive(Clone, Copy)]
pub struct KindEntry {
    /// The name used in pipeline.toml.
    pub name: &'static str,
    /// Part of the fingerprint; raise it when the same `with` begins to mean something else.
    pub schema: u32,
    /// How it takes part in skipping.
    pub nature: Nature,
    /// Whether its `with` may name what only the step at work knows, as `${self.name}` (see
    /// [`crate::template`]).
    pub own_names: bool,
    /// One sentence for `cargo xtask kinds`.
    pub about: &'static str,
    /// Reads `with`.
    pub parse: fn(Spanned<DeValue<'static>>) -> Parsed,
    /// The JSON Schema of `with`.
    pub keys: fn(&mut SchemaGenerator) -> Schema,
}

impl KindEntry {
    /// A kind that fills in `${self.name}` in its own texts.
    pub const fn with_own_names(mut self) -> KindEntry {
        self.own_names = true;
        self
    }
}

/// Every kind that a pipeline may use, for as long as the program runs.
#[derive(Clone, Copy, Default)]
pub struct Kinds(pub &'static [KindEntry]);

impl Kinds {
    /// Takes a list of which no two have the same name.
    pub fn new(list: Vec<KindEntry>) -> Kinds {
        Kinds(list.leak())
    }

    /// The kind of that name.
    pub fn find(self, name: &str) -> Option<&'static KindEntry> {
        self.0.iter().find(|entry| entry.name == name)
    }
}

/// Reads `with` into a kind.
fn parse<K: Kind + DeserializeOwned + 'static>(with: Spanned<DeValue<'static>>) -> Parsed {
    Ok(Arc::new(K::deserialize(with.into_deserializer())?))
}

/// A kind that brings something about, under the name that pipeline.toml uses.
pub const fn makes<K: Kind + DeserializeOwned + JsonSchema + 'static>(
    name: &'static str,
    about: &'static str,
) -> KindEntry {
    KindEntry {
        name,
        schema: 1,
        nature: Nature::Makes,
        own_names: false,
        about,
        parse: parse::<K>,
        keys: K::json_schema,
    }
}

/// A kind that only looks.
pub const fn checks<K: Kind + DeserializeOwned + JsonSchema + 'static>(
    name: &'static str,
    about: &'static str,
) -> KindEntry {
    KindEntry {
        name,
        schema: 1,
        nature: Nature::Checks,
        own_names: false,
        about,
        parse: parse::<K>,
        keys: K::json_schema,
    }
}
