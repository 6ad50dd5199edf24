//! What a manifest looks like beside its texts: all that is checked against a cluster's OpenAPI
//! document, which knows fields and types.

use alloc::string::String;

use crate::yaml::Leaf;

/// The same for manifests whose objects, fields and types are the same, for this version of
/// Kubernetes; texts may differ, but neither kinds nor API versions.
pub(super) fn shape(leaves: &[Leaf], kubernetes: &str) -> String {
    let mut digest = OFFSET;
    let mut take = |text: &str| digest = text.bytes().chain([0xFF]).fold(digest, fold);
    take(kubernetes);
    for leaf in leaves {
        leaf.path.iter().for_each(|key| take(key));
        let names_a_type = matches!(
            leaf.path.last().map(String::as_str),
            Some("kind" | "apiVersion")
        );
        match leaf.is_text && !names_a_type {
            true => take("\u{0}text"),
            false => take(&leaf.value),
        }
    }
    format!("{digest:032x}")
}

/// FNV-1a with 128 bits (Fowler, Noll and Vo; RFC 9923).
const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

fn fold(digest: u128, byte: u8) -> u128 {
    (digest ^ u128::from(byte)).wrapping_mul(PRIME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::leaves;

    const MANIFEST: &str = "kind: Pod\napiVersion: v1\nspec:\n  a: app:1.0\n  b: '5'\n  n: 3\n";

    #[track_caller]
    fn check(from: &str, to: &str, is_same: bool) {
        let of = |text: &str| shape(&leaves(text).unwrap(), "1.34.4");
        assert_eq!(of(MANIFEST) == of(&MANIFEST.replace(from, to)), is_same);
    }

    #[test]
    fn only_texts_may_differ() {
        check("app:1.0", "app:2.0", true);
        check("'5'", "\"6\"", true);
        check("'5'", "5", false);
        check("app:1.0", "off", false);
        check("n: 3", "n: 4", false);
        check("n: 3", "m: 3", false);
        check("Pod", "PodTemplate", false);
        check("v1", "v1beta1", false);
        check("  n: 3\n", "  n: 3\n---\nkind: Pod\n", false);
        let leaves = leaves(MANIFEST).unwrap();
        assert_ne!(shape(&leaves, "1.34.4"), shape(&leaves, "1.35.0"));
    }

    #[test]
    fn the_digest_is_fnv() {
        let of = |text: &str| text.bytes().fold(OFFSET, fold);
        assert_eq!(of("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
