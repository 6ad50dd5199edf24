//! Verbs in the past: "bought" is "buy" that is over. Regular ones end in "ed"; the others stand in
//! a table.

/// Irregular verbs of everyday tasks: past forms, then the verb.
const IRREGULAR: &[(&str, &str)] = &[
    ("ate|eaten", "eat"),
    ("bought", "buy"),
    ("brought", "bring"),
    ("built", "build"),
    ("chose|chosen", "choose"),
    ("did|done", "do"),
    ("drew|drawn", "draw"),
    ("drove|driven", "drive"),
    ("fed", "feed"),
    ("filed", "file"),
    ("flew|flown", "fly"),
    ("found", "find"),
    ("gave|given", "give"),
    ("got|gotten", "get"),
    ("held", "hold"),
    ("hung", "hang"),
    ("left", "leave"),
    ("lent", "lend"),
    ("made", "make"),
    ("met", "meet"),
    ("paid", "pay"),
    ("ran", "run"),
    ("said", "say"),
    ("saw|seen", "see"),
    ("sent", "send"),
    ("sold", "sell"),
    ("spoke|spoken", "speak"),
    ("swam|swum", "swim"),
    ("swept", "sweep"),
    ("taught", "teach"),
    ("told", "tell"),
    ("took|taken", "take"),
    ("went|gone", "go"),
    ("wrote|written", "write"),
];

/// Words that end like a past form and are none, or tell of something else than a task that is
/// over.
const OTHERS: &[&str] = &[
    "bed",
    "bleed",
    "breed",
    "called",
    "canceled",
    "cancelled",
    "delayed",
    "embed",
    "exceed",
    "expected",
    "feed",
    "hundred",
    "indeed",
    "named",
    "need",
    "needed",
    "planned",
    "postponed",
    "proceed",
    "red",
    "renamed",
    "required",
    "scheduled",
    "seed",
    "shed",
    "speed",
    "supposed",
    "tagged",
    "titled",
    "weed",
];

/// Whether `word` says that something is over.
pub fn is_past(word: &str) -> bool {
    irregular(word).is_some() || (word.len() > 3 && word.ends_with("ed") && !OTHERS.contains(&word))
}

/// The verb of an irregular past form.
pub fn irregular(word: &str) -> Option<&'static str> {
    let entry = IRREGULAR
        .iter()
        .find(|(forms, _)| forms.split('|').any(|form| form == word));
    entry.map(|(_, verb)| *verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasts() {
        for word in [
            "bought",
            "called",
            "watered",
            "sent",
            "need",
            "shed",
            "red",
            "call",
            "cancelled",
        ] {
            let expected = ["bought", "watered", "sent"].contains(&word);
            assert_eq!(is_past(word), expected, "{word}");
        }
        assert_eq!(irregular("written"), Some("write"));
    }
}
