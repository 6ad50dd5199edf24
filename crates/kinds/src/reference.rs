//! Image references as docker reads them: registry, repository, tag and digest. Asks nothing.
//!
//! The grammar is that of github.com/distribution/reference; what it makes of 600 texts is recorded
//! in `tests/transcripts/references.txt`.

use alloc::string::{String, ToString};

/// The registry of names that name none.
const DOCKER_HUB: &str = "docker.io";
/// The tag of names that have none.
const LATEST: &str = "latest";

/// An image by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    registry: String,
    /// Below the registry, such as `library/postgres`.
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Reference {
    /// Reads a name; `None` if docker would refuse it.
    pub(crate) fn parse(text: &str) -> Option<Reference> {
        // An image's id, which is no name.
        if text.len() == 64 && text.chars().all(is_hex) {
            return None;
        }
        let (registry, rest) = split_registry(text);
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        // What is no host's name may still be the first part of a path.
        let fits = (is_registry(registry) || is_component(registry))
            && path.split('/').all(is_component)
            && registry.len() + 1 + path.len() <= 255
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        let short = registry == DOCKER_HUB && !path.contains('/');
        fits.then(|| Reference {
            registry: registry.to_string(),
            path: format!("{}{path}", if short { "library/" } else { "" }),
            tag: tag.map(str::to_string),
            digest: digest.map(str::to_string),
        })
    }

    /// The repository as docker lists it: without the registry that it takes if none is named.
    pub(crate) fn repository(&self) -> String {
        if self.registry != DOCKER_HUB {
            return format!("{}/{}", self.registry, self.path);
        }
        let short = self.path.strip_prefix("library/");
        short
            .filter(|name| !name.contains('/'))
            .unwrap_or(&self.path)
            .to_string()
    }

    /// Tag or digest are named, and the tag is not one that moves.
    pub(crate) fn is_fixed(&self) -> bool {
        self.digest.is_some() || self.tag.as_deref().is_some_and(|tag| tag != LATEST)
    }

    /// The tag; `latest` if neither tag nor digest is named.
    pub(crate) fn tag(&self) -> Option<&str> {
        let default = self.digest.is_none().then_some(LATEST);
        self.tag.as_deref().or(default)
    }

    /// Whether both name the same image: by the digest if both have one, else by the tag.
    pub(crate) fn is(&self, other: &Reference) -> bool {
        let same_repository = (&self.registry, &self.path) == (&other.registry, &other.path);
        let same_image = match (&self.digest, &other.digest) {
            (Some(one), Some(other)) => one == other,
            _ => self.tag().is_some() && self.tag() == other.tag(),
        };
        same_repository && same_image
    }

    /// Whether the registry is on this machine.
    pub(crate) fn is_near(&self) -> bool {
        let host = self.registry.split(':').next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1") || self.registry.starts_with("[::1]")
    }
}

/// As docker lists it: the shortest form.
impl core::fmt::Display for Reference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.repository())?;
        if let Some(tag) = self.tag() {
            write!(f, ":{tag}")?;
        }
        self.digest
            .iter()
            .try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// Reads the name of an image from pipeline.toml. What a fact is part of is read again when that is
/// known.
pub(crate) fn named<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text: String = serde::Deserialize::deserialize(from)?;
    if text.contains("${") || Reference::parse(&text).is_some() {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!(
        "`{text}` is no image's name; write [REGISTRY[:PORT]/]NAME[:TAG], the name in small letters"
    )))
}

/// Reads the name of a repository: the tags of its images are made.
pub(crate) fn repository<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = named(from)?;
    let is_bare = |name: &Reference| name.tag.is_none() && name.digest.is_none();
    match Reference::parse(&text).is_none_or(|name| is_bare(&name)) {
        true => Ok(text),
        false => Err(serde::de::Error::custom(format!(
            "`{text}` names a tag or a digest; the tag is made of `version` and of what the image is built from"
        ))),
    }
}

/// Reads what tags begin with; a `-` and twelve digits follow.
pub(crate) fn version<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text: String = serde::Deserialize::deserialize(from)?;
    if text.contains("${") || is_tag(&text) && text.len() <= 115 {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!(
        "`{text}` can't begin a tag; write up to 115 letters, digits, `.`, `_` and `-`, the first no `.` or `-`"
    )))
}

/// Whether a list of images, JSON or lines, has this one.
pub(crate) fn has(list: &str, image: &str) -> bool {
    let Some(image) = Reference::parse(image) else {
        return false;
    };
    list.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']'))
        .filter_map(Reference::parse)
        .any(|listed| listed.is(&image))
}

/// The part in front of the first slash is a registry if it can be no part of a repository's path.
fn split_registry(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((host, rest))
            if host.contains(['.', ':'])
                || host == "localhost"
                || host.chars().any(char::is_uppercase) =>
        {
            match host {
                "index.docker.io" => (DOCKER_HUB, rest),
                _ => (host, rest),
            }
        }
        _ => (DOCKER_HUB, text),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_address =
        |inner: &str| !inner.is_empty() && inner.chars().all(|c| is_hex_of_any_case(c) || c == ':');
    let is_label = |label: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        ends(label.chars().next())
            && ends(label.chars().last())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let bracketed = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'));
    let is_host = match bracketed {
        Some(inner) => is_address(inner),
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
}

/// Small letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let joint = |joint: &str| matches!(joint, "." | "_" | "__") || joint.chars().all(|c| c == '-');
    text.starts_with(plain)
        && text.ends_with(plain)
        && text.split(plain).filter(|text| !text.is_empty()).all(joint)
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word)
        && text.len() <= 128
        && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.chars().all(is_hex)
}

fn is_hex(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

fn is_hex_of_any_case(c: char) -> bool {
    c.is_ascii_hexdigit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Docker's own parser, asked 600 texts: what it refuses, and what the others mean in full and
    /// in short.
    #[test]
    fn docker_reads_names_in_the_same_way() {
        let mut read = 0;
        for line in include_str!("../tests/transcripts/references.txt").lines() {
            let fields: alloc::vec::Vec<&str> = line.split('\t').collect();
            let found = Reference::parse(fields[0]);
            let Some(full) = fields.get(1).filter(|full| **full != "-") else {
                assert_eq!(found, None, "docker refuses `{}`", fields[0]);
                continue;
            };
            let found = found.unwrap_or_else(|| panic!("docker reads `{}`", fields[0]));
            let tag = found.tag().map_or(String::new(), |tag| format!(":{tag}"));
            let digest = found
                .digest
                .as_ref()
                .map_or(String::new(), |d| format!("@{d}"));
            let written = format!("{}/{}{tag}{digest}", found.registry, found.path);
            assert_eq!(written, **full, "{}", fields[0]);
            assert_eq!(found.repository(), fields[2], "{}", fields[0]);
            read += 1;
        }
        assert!(read > 100);
    }

    #[test]
    fn an_image_is_found_in_a_list_whatever_form_its_name_has() {
        let list = "[\"docker.io/library/app:1\", \"ghcr.io/me/app:2\"]\nlocalhost:5000/app:latest sha256:0\n<none>:<none> sha256:1\n";
        for (image, there) in [
            ("app:1", true),
            ("library/app:1", true),
            ("index.docker.io/library/app:1", true),
            ("app", false),
            ("app:11", false),
            ("me/app:2", false),
            ("ghcr.io/me/app:2", true),
            ("localhost:5000/app", true),
            ("5000/app", false),
            ("APP:1", false),
        ] {
            assert_eq!(has(list, image), there, "{image}");
        }
    }
}
