//! Signs of tasks to be deleted or changed. Weights: see the table's own file.

use super::super::intent::Intent::*;
use super::Place::{Any, Lead};
use super::{Cue, cue};

/// The signs.
pub const CUES: &[Cue] = &[
    // Deleting.
    cue(
        Lead,
        "delete|remove|erase|trash|discard|scrap|bin|junk|nuke|zap|axe|dump|toss|wipe|destroy|kill|purge|eliminate",
        Delete,
        5,
    ),
    cue(
        Lead,
        "drop|cancel|clear|empty|forget|ditch|dismiss|scratch",
        Delete,
        4,
    ),
    cue(Lead, "get rid of", Delete, 12),
    cue(Lead, "throw|cross|strike * away|out|off", Delete, 4),
    cue(Lead, "take|strike|scratch * off|from my|the", Delete, 5),
    cue(
        Any,
        "from my|the todo|to-do|task|tasks? list|lists|tasks $",
        Delete,
        2,
    ),
    cue(
        Any,
        "i|we dont|no|do longer|not? really? need|want",
        Delete,
        6,
    ),
    // Changing.
    cue(
        Lead,
        "change|update|rename|edit|modify|reschedule|postpone|retitle|rephrase|reword|correct|fix|adjust|amend|replace",
        Update,
        5,
    ),
    cue(
        Lead,
        "move|push|set|tag|untag|label|prioritize|prioritise|delay|bump|shift|defer|extend|assign|retag|deprioritize|raise|lower|increase|decrease|snooze",
        Update,
        4,
    ),
    cue(
        Lead,
        "add|put|attach|apply|give|set|append|assign|stick|create|make|write * tag|tags|label|note|notes|priority|deadline|date|comment|description * to|on|for",
        Update,
        6,
    ),
    cue(Lead, "add|put|attach|apply|give|set # * to|on", Update, 7),
    cue(
        Lead,
        "add|put|attach|give|assign|set|append a|an|the? tag|label|note|priority|deadline|due|comment|description",
        Update,
        6,
    ),
    cue(
        Lead,
        "remove|delete|clear|drop|take|erase|cancel|strip|unset a|an|the? tag|tags|label|due|deadline|date|priority|notes|note|# * from|of|on|off",
        Update,
        9,
    ),
    cue(
        Lead,
        "clear|remove|delete|cancel|unset|drop|erase * due? date|deadline|notes $",
        Update,
        7,
    ),
    cue(
        Lead,
        "make|mark|set|flag|give|put * as|to|a? very? high|low|medium|normal|top|urgent|important|highest|lowest",
        Update,
        8,
    ),
    cue(
        Lead,
        "make|mark|flag * urgent|important|high|low|due",
        Update,
        6,
    ),
    cue(Lead, "make|set|put|move|change * due|deadline", Update, 6),
    cue(
        Any,
        "to|into|as high|low|medium|normal|top priority",
        Update,
        4,
    ),
    cue(
        Any,
        "is|are|becomes|has|should|must now|really|very|so? be? due|high|low|medium|urgent|important",
        Update,
        5,
    ),
    cue(
        Lead,
        "give|set|assign * a|the due|deadline|date|priority|tag|label|note|description",
        Update,
        6,
    ),
    cue(Lead, "make|change that|it|this", Update, 5),
    cue(
        Any,
        "should be called|named|renamed|titled|due|tagged",
        Update,
        6,
    ),
    cue(Any, "can|could wait until|till|for", Update, 6),
    cue(Any, "due date of|for|to", Update, 3),
];
