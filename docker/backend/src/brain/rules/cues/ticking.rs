//! Signs of tasks to be ticked or unticked. Weights: see the table's own file.

use super::super::intent::Intent::*;
use super::Place::{Any, Lead, Whole};
use super::{Cue, cue};

/// The signs.
pub const CUES: &[Cue] = &[
    // Ticking.
    cue(
        Lead,
        "complete|finish|finished|completed|done|tick|close|accomplish",
        Complete,
        5,
    ),
    cue(Lead, "check off", Complete, 7),
    cue(Lead, "cross|check|tick|strike * off|out", Complete, 6),
    cue(Lead, "check|mark", Complete, 3),
    cue(
        Lead,
        "mark|set|move|put|flag|change|make|consider|treat * as|to|is|into? a? complete|completed|done|finished|checked|closed",
        Complete,
        8,
    ),
    cue(
        Lead,
        "mark|set|get|check|tick|consider * done|complete|completed|finished|closed|off $",
        Complete,
        6,
    ),
    cue(
        Lead,
        "i|ive|we|weve|im have|am? already? just|finally|already? finished|completed|done|did|accomplished|handled",
        Complete,
        7,
    ),
    cue(
        Lead,
        "i already|just|finally did|done|finished|completed|bought|called|paid|sent|cleaned|wrote",
        Complete,
        7,
    ),
    cue(Lead, "i|ive|we|weve have? taken|took care of", Complete, 7),
    cue(
        Lead,
        "i|ive|we|weve have? already|just|finally? @|called *",
        Complete,
        5,
    ),
    cue(
        Any,
        "is|are|was|were|been already|now|all|finally|just? @ $",
        Complete,
        4,
    ),
    cue(Any, "done|finished|completed|complete $", Complete, 3),
    cue(
        Any,
        "is|are|was been? already|now|all? done|finished|completed|complete|accomplished|over $",
        Complete,
        5,
    ),
    cue(
        Whole,
        "done|finished|completed|did it|thats|its done",
        Complete,
        3,
    ),
    cue(Lead, "done|finished|through with", Complete, 3),
    // Unticking.
    cue(
        Lead,
        "put|add|move * back on|to|onto|in my|the|our? todo|to-do|task|open? list|lists|tasks",
        Reopen,
        16,
    ),
    cue(
        Lead,
        "reopen|uncomplete|uncheck|unmark|untick|unfinish|incomplete|re-open|un-complete|un-check",
        Reopen,
        9,
    ),
    cue(
        Lead,
        "mark|set|move|change|put|make|flag * as|to|back not|un|still|yet? done|complete|completed|finished|open",
        Reopen,
        16,
    ),
    cue(
        Lead,
        "mark|set|move|change|put|make|flag * as|to|back undone|incomplete|unfinished|open|pending|todo|to-do|uncompleted|unchecked|active",
        Reopen,
        11,
    ),
    cue(
        Any,
        "is|are|isnt|arent|was|wasnt not? actually|really|yet? done|finished|complete|completed yet|after|actually",
        Reopen,
        4,
    ),
    cue(
        Any,
        "isnt|arent|wasnt|not actually|really|yet? done|finished|complete|completed",
        Reopen,
        7,
    ),
    cue(
        Any,
        "isnt|arent|wasnt|werent|hasnt|havent been? actually|really|yet? @ yet? $",
        Reopen,
        7,
    ),
    cue(
        Any,
        "i|we havent|didnt actually|really|yet? do|done|finish|finished|complete|completed",
        Reopen,
        8,
    ),
    cue(
        Lead,
        "i|we havent|didnt actually|really|yet? @|buy|call|pay|send",
        Reopen,
        8,
    ),
    cue(
        Any,
        "i|we have|did not actually|really|yet? do|done|finish|finished|complete|completed",
        Reopen,
        8,
    ),
];
