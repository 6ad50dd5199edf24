//! Takes the command's own words away from both ends: "mark … as done" leaves what is between.

use super::super::pattern::covers;
use super::super::words::Phrase;

/// Takes the longest of `fronts` off the beginning, then the longest of `backs` off the end, as
/// long as something is left.
pub fn strip(phrase: &mut Phrase, fronts: &[&str], backs: &[&str]) {
    strip_front(phrase, fronts);
    strip_back(phrase, backs);
}

/// Takes the longest of `fronts` off the beginning.
pub fn strip_front(phrase: &mut Phrase, fronts: &[&str]) {
    if let Some(count) = fronts
        .iter()
        .filter_map(|front| covers(front, &phrase.words))
        .max()
    {
        phrase.take(0..count);
    }
}

/// Takes the longest of `backs` off the end.
pub fn strip_back(phrase: &mut Phrase, backs: &[&str]) {
    let end = phrase.words.len();
    let fits_to_the_end = |start: &usize| {
        backs
            .iter()
            .any(|back| covers(back, &phrase.words[*start..]) == Some(end - start))
    };
    if let Some(start) = (0..end).find(fits_to_the_end) {
        phrase.take(start..end);
    }
}
