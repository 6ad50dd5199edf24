//! Signs of new tasks and of tasks to be shown. Weights: see the table's own file.

use super::super::intent::Intent::*;
use super::Place::{Any, Lead, Whole};
use super::{Cue, cue};

/// The signs.
pub const CUES: &[Cue] = &[
    // New tasks.
    cue(
        Lead,
        "add|create|insert|append|jot|note|register|record|log|track",
        Add,
        4,
    ),
    cue(Lead, "make|new|put|schedule|plan", Add, 3),
    cue(
        Lead,
        "make|set|create|add|new * task|todo|to-do|reminder|item|entry",
        Add,
        2,
    ),
    cue(Lead, "make|set up? a|an|another|new|me", Add, 3),
    cue(Lead, "remind|remember", Add, 6),
    cue(Lead, "dont|do let|not me? forget", Add, 7),
    cue(Lead, "dont forget", Add, 7),
    cue(
        Lead,
        "i|we? must|should|cant|cannot|dont|do not? forget",
        Add,
        7,
    ),
    cue(Lead, "gotta|hafta|need|have to", Add, 3),
    cue(Lead, "gotta|hafta", Add, 3),
    cue(Lead, "i|we|ive|weve got to", Add, 5),
    cue(
        Lead,
        "chuck|stick|pop|throw|toss|slap|drop|get|put * on|onto|in|into my|our|the|a|this? todo|to-do|task|shopping? list",
        Add,
        8,
    ),
    cue(Lead, "write|jot|note|put|take down|note", Add, 5),
    cue(
        Lead,
        "i|ive|we|weve need|have|must|should|want|ought|gotta|got to?",
        Add,
        3,
    ),
    cue(Lead, "todo|to-do|task|reminder|note", Add, 2),
    cue(
        Any,
        "to|on|in|onto my|the|a? todo|to-do|task|tasks|shopping? list $",
        Add,
        2,
    ),
    cue(Any, "needs|need|has|have to be done", Add, 2),
    cue(Any, "with a? note|notes|description", Add, 4),
    // Showing.
    cue(
        Lead,
        "remind|show|tell|see|view me? what|whats|which|how|when",
        List,
        9,
    ),
    cue(Lead, "show|list|display|view|see|print", List, 4),
    cue(
        Lead,
        "give|get|tell|find|search|read|fetch|look|open|pull|bring|filter|count",
        List,
        3,
    ),
    cue(
        Lead,
        "what|whats|which|any|anything|how|do|is|are|have|whens|when",
        List,
        4,
    ),
    cue(Lead, "check my|the|for|what|whats|todays|on", List, 5),
    cue(
        Lead,
        "task|tasks|todo|todos|to-do|to-dos|my|the|all|todays|tomorrows|overdue|open|pending|completed|done|everything|agenda",
        List,
        2,
    ),
    cue(
        Whole,
        "my|the|all|todo|to-do|task|tasks|todos|to-dos|list|lists|of|open|pending|completed|done|finished|overdue|agenda|today|todays",
        List,
        4,
    ),
    cue(
        Any,
        "tasks|todos|to-dos|list|agenda|items|reminders",
        List,
        1,
    ),
    cue(
        Any,
        "do|should|must|did i have|need|do|finish|complete|get",
        List,
        3,
    ),
    cue(Any, "have i finished|completed|done|got", List, 3),
    cue(Any, "how many", List, 3),
    cue(
        Any,
        "whats|what is|are? left|open|pending|due|next|up|overdue|remaining|todo|planned|on",
        List,
        3,
    ),
    cue(
        Lead,
        "which|what|whats|show|list|display * not|yet|done|finished|completed|complete|open|unfinished",
        List,
        9,
    ),
    cue(Lead, "did i|we", List, 4),
    cue(Any, "am i late|behind|missing|forgetting", List, 4),
];
