//! Changes with a form of their own: "untag X", "push X back by two days", "X is urgent". Each
//! reader knows one form and answers nothing for the others.

use chrono::NaiveDate;

use super::super::super::pattern::covers;
use super::super::super::request::{Change, Due, Swap};
use super::super::super::words::Phrase;
use super::super::{frame, number, priority, tags};
use super::{
    Field, Reading, VERBS, new_title, strip_links, tag_name, tag_names, take_field,
    take_field_before, valued, without,
};

/// The readers, in the order in which they are tried.
pub const READERS: [fn(&Phrase, NaiveDate) -> Reading; 10] = [
    swapped,
    corrected,
    cleared,
    untagged,
    tagged,
    noted,
    shifted,
    prioritized,
    given,
    stated,
];

/// "change Priya to Paul in the budget email".
fn swapped(phrase: &Phrase, _: NaiveDate) -> Reading {
    let rest = without(phrase, &["change|replace|swap|correct|fix|amend"])?;
    let to = rest
        .position(&["to", "with", "by", "for", "into"])
        .filter(|at| *at > 0)?;
    let place = (to + 2..rest.words.len()).find(|at| {
        let named = covers("in the|my|task|number|it|that", &rest.words[*at..]);
        named.is_some_and(|count| at + count <= rest.words.len())
    })?;
    let part = |range: std::ops::Range<usize>| rest.part(range).text();
    let swap = Some(Swap {
        from: Some(part(0..to)),
        to: part(to + 1..place),
    });
    let change = Change {
        swap,
        ..Change::default()
    };
    Some((rest.part(place + 1..rest.words.len()), change))
}

/// "make that buy envelopes", "change it to tomorrow".
fn corrected(phrase: &Phrase, today: NaiveDate) -> Reading {
    let value = without(phrase, &["make|change that|it|this to|into|a|an?"])?;
    let change = valued(&value, None, today)?;
    Some((phrase.part(1..2), change))
}

/// "give X a due date of friday", "give X the note call first".
fn given(phrase: &Phrase, today: NaiveDate) -> Reading {
    let rest = without(phrase, &["give|set|assign"])?;
    let at = (1..rest.words.len()).find(|at| rest.words[*at].is_any(&["a", "an", "the"]))?;
    let mut value = rest.part(at..rest.words.len());
    let field = take_field_before(&mut value)?;
    let change = valued(&value, Some(field), today)?;
    Some((rest.part(0..at), change))
}

/// "clear the due date of X", "remove X's deadline".
fn cleared(phrase: &Phrase, _: NaiveDate) -> Reading {
    let mut rest = without(
        phrase,
        &["clear|remove|delete|drop|cancel|unset|erase|take|strip"],
    )?;
    (take_field(&mut rest)? == Field::Due).then_some(())?;
    strip_links(&mut rest);
    Some((
        rest,
        Change {
            due: Some(Due::Never),
            ..Change::default()
        },
    ))
}

/// "remove the tag home from X", "untag X", "remove #home from X".
fn untagged(phrase: &Phrase, _: NaiveDate) -> Reading {
    let mut rest = without(
        phrase,
        &[
            "remove|delete|drop|clear|take|strip|untag|erase the|a? tag|label?",
            "remove|delete|drop|clear|take|strip|untag|erase",
        ],
    )?;
    let named = phrase.has(&["tag", "label", "untag"]) || phrase.words.iter().any(tags::is_hash);
    let from = rest
        .position(&["from", "on", "of", "off"])
        .filter(|at| named && *at > 0)?;
    let names = rest.take(0..from + 1);
    let untag = names
        .iter()
        .filter(|word| !word.is_any(&["from", "on", "of", "off", "and", "tag", "label", "the"]))
        .map(tag_name)
        .collect();
    Some((
        rest,
        Change {
            untag,
            ..Change::default()
        },
    ))
}

/// "tag X as home", "add the tag home to X", "add #home to X", "label X home".
fn tagged(phrase: &Phrase, _: NaiveDate) -> Reading {
    if let Some(mut rest) = without(phrase, &["tag|label|retag"]) {
        let at = (0..rest.words.len()).rfind(|at| {
            rest.words[*at].is_any(&["as", "with"]) || tags::is_hash(&rest.words[*at])
        })?;
        let names = rest.take(at..rest.words.len());
        return Some((
            rest,
            Change {
                tag: tag_names(&names),
                ..Change::default()
            },
        ));
    }
    let mut rest = without(
        phrase,
        &[
            "add|put|attach|apply|give|set|assign|append|stick a|an|the|another|new? tag|tags|label|labels?",
        ],
    )?;
    let named = phrase.has(&["tag", "tags", "label", "labels"])
        || rest.words.first().is_some_and(tags::is_hash);
    if !named {
        return None;
    }
    if let Some(to) = rest.position(&["to", "on", "for"]).filter(|at| *at > 0) {
        let names = rest.take(0..to + 1);
        return Some((
            rest,
            Change {
                tag: tag_names(&names),
                ..Change::default()
            },
        ));
    }
    // "give X the tag home"
    let at = rest.position(&["tag", "tags", "label"])?;
    let names = rest.take(at..rest.words.len());
    frame::strip_back(&mut rest, &["the|a|an"]);
    Some((
        rest,
        Change {
            tag: tag_names(&names),
            ..Change::default()
        },
    ))
}

/// "add a note to X: call first", "add the note call first to X".
fn noted(phrase: &Phrase, _: NaiveDate) -> Reading {
    let mut rest = without(
        phrase,
        &[
            "add|put|attach|write|append|set a|an|the? note|notes|comment|description to|on|for|of?",
            "note on|for",
        ],
    )?;
    let colon = (0..rest.words.len()).find(|at| {
        rest.gap_after(*at).contains([':', '-', '–'])
            || rest.words[at + 1..]
                .first()
                .is_some_and(|word| word.is_any(&["saying", "that"]) || word.quoted)
    });
    let (target, notes) = match colon {
        Some(at) => (rest.part(0..at + 1), rest.part(at + 1..rest.words.len())),
        None => {
            let to = (0..rest.words.len())
                .rfind(|at| rest.words[*at].is_any(&["to", "on"]))
                .filter(|at| *at > 0)?;
            let notes = rest.part(0..to);
            rest.take(0..to + 1);
            (rest, notes)
        }
    };
    let mut notes = notes;
    frame::strip_front(&mut notes, &["saying|that"]);
    Some((
        target,
        Change {
            notes: Some(notes.text()),
            ..Change::default()
        },
    ))
}

/// "push X back by two days", "delay X a week".
fn shifted(phrase: &Phrase, _: NaiveDate) -> Reading {
    let mut rest = without(
        phrase,
        &["push|move|delay|postpone|bump|shift|defer|extend|snooze|reschedule back|out?"],
    )?;
    let unit = rest.words.len().checked_sub(1).map(|last| {
        last - usize::from(
            rest.words[last].is_any(&["later", "back", "earlier", "forward", "more"]),
        )
    })?;
    let days = match rest.words.get(unit)?.plain.trim_end_matches('s') {
        "day" => 1,
        "week" => 7,
        _ => return None,
    };
    let at = unit.checked_sub(1)?;
    let count = i64::try_from(number::cardinal(&rest.words[at])?).ok()?;
    let sign = if rest.has(&["earlier", "forward"]) {
        -1
    } else {
        1
    };
    let fillers = rest.words[..at]
        .iter()
        .rev()
        .take_while(|word| word.is_any(&["by", "back", "for", "out", "another", "in"]))
        .count();
    if rest.words[at - fillers..at]
        .iter()
        .any(|word| word.is("in"))
    {
        return None;
    }
    rest.take(at - fillers..rest.words.len());
    Some((
        rest,
        Change {
            due: Some(Due::Shift(sign * count * days)),
            ..Change::default()
        },
    ))
}

/// "prioritize X", "raise the priority of X".
fn prioritized(phrase: &Phrase, _: NaiveDate) -> Reading {
    let readings: [(&[&str], &str); 2] = [
        (
            &[
                "prioritize|prioritise",
                "raise|increase|bump up? the? priority of|on|for",
            ],
            "high",
        ),
        (
            &[
                "deprioritize|deprioritise",
                "lower|decrease|reduce the? priority of|on|for",
            ],
            "low",
        ),
    ];
    let priority_named = phrase
        .words
        .iter()
        .any(|word| priority::named(word).is_some());
    readings
        .into_iter()
        .filter(|_| !priority_named)
        .find_map(|(fronts, priority)| {
            Some((
                without(phrase, fronts)?,
                Change {
                    priority: Some(priority),
                    ..Change::default()
                },
            ))
        })
}

/// "X is due friday", "X is urgent", "X should be called Y".
fn stated(phrase: &Phrase, today: NaiveDate) -> Reading {
    let at =
        phrase.words.iter().skip(1).position(|word| {
            word.is_any(&["is", "are", "should", "has", "must", "becomes", "can"])
        })? + 1;
    // A title may begin with a verb ("fix the tap should be urgent"); of a command nobody says what
    // it should.
    let is_command = covers(VERBS[0], &phrase.words).is_some() && !phrase.words[0].is("call");
    if is_command && !phrase.words[at].is_any(&["should", "must"]) {
        return None;
    }
    let mut value = phrase.part(at + 1..phrase.words.len());
    frame::strip_front(
        &mut value,
        &[
            "be? now? called|named|renamed|titled to?",
            "be? now|really|so? very|a? with?",
            "now",
            "wait until|till|for?",
        ],
    );
    let change = if phrase.has(&["called", "named", "renamed", "titled"]) {
        Change {
            title: Some(new_title(&value)),
            ..Change::default()
        }
    } else {
        // "the report is late" gives it no other title.
        valued(&value, None, today).filter(|change| change.title.is_none())?
    };
    Some((phrase.part(0..at), change))
}
