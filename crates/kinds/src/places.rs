//! Where a step made things, now and under other settings before: a step whose names were changed
//! still knows what it made under the old ones. Kept as facts of the journal.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::{Action, Effect, Facts, Failure, StepContext};

/// The names that tell one thing that a step makes from another, such as context and namespace.
pub(crate) type Place = Vec<String>;

/// A fact: what the step has was made by it, or was adopted, so it is the step's to remove.
pub(crate) const MADE: &str = "made";
/// A fact: where the step makes what it makes.
pub(crate) const AT: &str = "at";
/// A fact: where it did before.
pub(crate) const EARLIER: &str = "earlier";

/// A fact: whether what is there is the step's, where a mark on it says so.
pub(crate) const OURS: &str = "ours";

/// Where something is that a step made, by its names; none if it was there before.
pub fn made_at(facts: &Facts) -> Vec<String> {
    let is_ours = facts.get(OURS).is_none_or(|ours| ours != "false");
    let at = is_ours.then(|| read(Some(facts), AT));
    at.flatten().unwrap_or_default()
}

/// A place as a sentence names it. An image of this machine has the empty name of no node.
pub fn named(place: &[String]) -> String {
    let names = place.iter().filter(|name| !name.is_empty());
    names.map(String::as_str).collect::<Vec<_>>().join("/")
}

/// Whether nothing but these facts says what a step made, or where it did before.
pub fn is_proof(facts: &Facts) -> bool {
    facts.get(MADE).is_some_and(|made| made == "true") || facts.contains_key(EARLIER)
}

/// A place by its names.
pub(crate) fn place<const N: usize>(names: [&str; N]) -> Place {
    names.map(str::to_string).into()
}

/// Where the step made something under other names, and has not removed it since.
pub(crate) fn earlier(context: &StepContext, now: &Place) -> Vec<Place> {
    let mut places: Vec<Place> = read(context.before, EARLIER).unwrap_or_default();
    places.extend(read::<Place>(context.before, AT));
    places.retain(|place| place != now && place.len() == now.len());
    places.sort();
    places.dedup();
    places
}

/// Where the step makes something now, and where it did before, each by its names.
pub(crate) fn each<const N: usize>(context: &StepContext, now: Place) -> Vec<[String; N]> {
    let earlier = earlier(context, &now);
    let places = core::iter::once(now).chain(earlier);
    places.filter_map(|place| place.try_into().ok()).collect()
}

/// What is left of an effect that is removed: nothing, once there is nothing to undo.
pub(crate) fn removed(undo: Result<Vec<Action>, Failure>, gone: &str, there: String) -> Effect {
    match undo {
        Ok(actions) if actions.is_empty() => Effect::Absent(gone.to_string()),
        Ok(_) => Effect::Pending(there),
        Err(failure) => Effect::Pending(failure.cause),
    }
}

/// Notes where the step makes something; before it does, since it may be killed meanwhile.
pub(crate) fn remember(context: &StepContext, now: &Place) -> Vec<Action> {
    let earlier = earlier(context, now);
    let note =
        |name: &str, value: serde_json::Value| Action::Note(name.to_string(), value.to_string());
    let mut notes = vec![note(AT, now.clone().into())];
    if !earlier.is_empty() {
        let told: Vec<Place> = read(context.before, EARLIER).unwrap_or_default();
        let new = earlier.iter().any(|place| !told.contains(place));
        notes.extend(new.then(|| {
            let places = joined(&earlier);
            Action::Say(format!(
                "what was made before under another name stays until it is torn down: {places}"
            ))
        }));
        notes.push(note(EARLIER, earlier.into()));
    }
    notes
}

/// Notes that what the step has is its own; before it makes it, since it may be killed meanwhile.
pub(crate) fn made() -> Action {
    Action::Note(MADE.to_string(), "true".to_string())
}

/// Whether what the step has there is its own.
pub(crate) fn is_made(context: &StepContext, now: &Place) -> bool {
    let facts = carried(context, [MADE, AT]);
    let at = serde_json::Value::from(now.clone()).to_string();
    facts.contains_key(MADE) && facts.get(AT).is_none_or(|made| *made == at)
}

/// What was made under other names, for a sentence; nothing if nothing was.
pub(crate) fn said(context: &StepContext, now: &Place) -> String {
    match earlier(context, now).as_slice() {
        [] => String::new(),
        places => format!("; made before and not removed: {}", joined(places)),
    }
}

fn joined(places: &[Place]) -> String {
    let names: Vec<String> = places.iter().map(|place| named(place)).collect();
    names.join(", ")
}

/// A fact as text.
pub(crate) fn text_fact<'a>(before: Option<&'a Facts>, name: &str) -> Option<&'a str> {
    before?.get(name)?.as_str()
}

/// The facts of these names as they were, so that an effect that still stands tells what it told.
pub(crate) fn carried<const N: usize>(context: &StepContext, names: [&str; N]) -> Facts {
    let fact = |name: &str| Some((name.to_string(), context.before?.get(name)?.clone()));
    names.into_iter().filter_map(fact).collect()
}

fn read<T: serde::de::DeserializeOwned>(before: Option<&Facts>, name: &str) -> Option<T> {
    serde_json::from_str(text_fact(before, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nowhere_in_particular_has_the_rest_of_its_name() {
        assert_eq!(named(&place(["", "shop/web"])), "shop/web");
        assert_eq!(named(&place(["lab", "default", "web"])), "lab/default/web");
    }
}
