//! What gives an intent away, and how strongly. A table, so that a new way of saying something is one line.

use super::intent::Intent::{self, *};

/// Words a command begins with; misspelt first words are read as one of these.
pub const VERBS: &[&str] = &[
    "add", "create", "make", "put", "insert", "remind", "remember", "schedule", "note", "jot", "show", "list", "display", "view", "see", "get",
    "give", "tell", "find", "search", "read", "complete", "finish", "mark", "check", "tick", "close", "delete", "remove", "erase",
    "drop", "cancel", "trash", "clear", "wipe", "discard", "change", "update", "rename", "edit", "modify", "move", "reschedule", "postpone",
    "push", "set", "tag", "untag", "prioritize", "delay", "undo", "revert", "restore", "reopen", "uncheck", "unmark", "help", "what", "whats",
    "which", "how", "cross", "retitle", "label", "assign", "append", "bump", "register", "record", "log", "track",
];

/// Where a cue must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the beginning.
    Lead,
    /// Anywhere.
    Any,
    /// From the beginning to the end.
    Whole,
}

use Place::{Any, Lead, Whole};

/// One sign: where, which words, of what, how strong.
pub struct Cue {
    /// Where the words must stand.
    pub place: Place,
    /// The words.
    pub pattern: &'static str,
    /// What they are a sign of.
    pub intent: Intent,
    /// How much they count.
    pub weight: i32,
}

const fn cue(place: Place, pattern: &'static str, intent: Intent, weight: i32) -> Cue {
    Cue { place, pattern, intent, weight }
}

/// All signs. About 3 is a hint that suffices alone, 6 a turn of phrase that decides.
pub const CUES: &[Cue] = &[
    // New tasks.
    cue(Lead, "add|create|insert|append|jot|note|register|record|log|track", Add, 4),
    cue(Lead, "make|new|put|schedule|plan", Add, 3),
    cue(Lead, "make|set|create|add|new * task|todo|to-do|reminder|item|entry", Add, 2),
    cue(Lead, "make|set up? a|an|another|new|me", Add, 3),
    cue(Lead, "remind|remember", Add, 6),
    cue(Lead, "dont|do let|not me? forget", Add, 7),
    cue(Lead, "dont forget", Add, 7),
    cue(Lead, "write|jot|note|put|take down|note", Add, 5),
    cue(Lead, "i need|have|must|should|want|ought|gotta|got to?", Add, 3),
    cue(Lead, "todo|to-do|task|reminder|note", Add, 2),
    cue(Any, "to|on|in|onto my|the|a? todo|to-do|task|tasks|shopping? list $", Add, 2),
    cue(Any, "needs|need|has|have to be done", Add, 2),
    cue(Any, "with a? note|notes|description", Add, 4),
    // Showing.
    cue(Lead, "show|list|display|view|see|print", List, 4),
    cue(Lead, "give|get|tell|find|search|read|fetch|look|open|pull|bring|filter|count", List, 3),
    cue(Lead, "what|whats|which|any|anything|how|do|is|are|have|whens|when", List, 4),
    cue(Lead, "check my|the|for|what|whats|todays|on", List, 5),
    cue(Lead, "task|tasks|todo|todos|to-do|to-dos|my|the|all|todays|tomorrows|overdue|open|pending|completed|done|everything|agenda", List, 2),
    cue(Whole, "my|the|all|todo|to-do|task|tasks|todos|to-dos|list|lists|of|open|pending|completed|done|finished|overdue|agenda|today|todays", List, 4),
    cue(Any, "tasks|todos|to-dos|list|agenda|items|reminders", List, 1),
    cue(Any, "do|should|must|did i have|need|do|finish|complete|get", List, 3),
    cue(Any, "have i finished|completed|done|got", List, 3),
    cue(Any, "how many", List, 3),
    cue(Any, "whats|what is|are? left|open|pending|due|next|up|overdue|remaining|todo|planned|on", List, 3),
    cue(Lead, "which|what|whats|show|list|display * not|yet|done|finished|completed|complete|open|unfinished", List, 9),
    cue(Any, "am i late|behind|missing|forgetting", List, 4),
    // Ticking.
    cue(Lead, "complete|finish|finished|completed|done|tick|close|accomplish", Complete, 5),
    cue(Lead, "check off", Complete, 7),
    cue(Lead, "cross|check|tick|strike * off|out", Complete, 6),
    cue(Lead, "check|mark", Complete, 3),
    cue(Lead, "mark|set|move|put|flag|change|make|consider|treat * as|to|is|into? a? complete|completed|done|finished|checked|closed", Complete, 8),
    cue(Lead, "mark|set|get|check|tick|consider * done|complete|completed|finished|closed|off $", Complete, 6),
    cue(Lead, "i|ive|we|weve|im have|am? already? just|finally|already? finished|completed|done|did|accomplished|handled", Complete, 7),
    cue(Lead, "i already|just|finally did|done|finished|completed|bought|called|paid|sent|cleaned|wrote", Complete, 7),
    cue(Lead, "i|ive|we|weve have? taken|took care of", Complete, 7),
    cue(Any, "is|are|was been? already|now|all? done|finished|completed|complete|accomplished|over $", Complete, 5),
    cue(Whole, "done|finished|completed|did it|thats|its done", Complete, 3),
    cue(Lead, "done|finished|through with", Complete, 3),
    // Unticking.
    cue(Lead, "reopen|uncomplete|uncheck|unmark|untick|unfinish|incomplete|re-open|un-complete|un-check", Reopen, 9),
    cue(Lead, "mark|set|move|change|put|make|flag * as|to|back not|un|still|yet? done|complete|completed|finished|open", Reopen, 12),
    cue(Lead, "mark|set|move|change|put|make|flag * as|to|back undone|incomplete|unfinished|open|pending|todo|to-do|uncompleted|unchecked|active", Reopen, 11),
    cue(Any, "is|are|isnt|arent|was|wasnt not? actually|really|yet? done|finished|complete|completed yet|after|actually", Reopen, 4),
    cue(Any, "isnt|arent|wasnt|not actually|really|yet? done|finished|complete|completed", Reopen, 7),
    cue(Any, "i|we havent|didnt actually|really|yet? do|done|finish|finished|complete|completed", Reopen, 8),
    cue(Any, "i|we have|did not actually|really|yet? do|done|finish|finished|complete|completed", Reopen, 8),
    // Deleting.
    cue(Lead, "delete|remove|erase|trash|discard|scrap|wipe|destroy|kill|purge|eliminate", Delete, 5),
    cue(Lead, "drop|cancel|clear|empty|forget|ditch|dismiss", Delete, 4),
    cue(Lead, "get rid of", Delete, 8),
    cue(Lead, "throw|take|cross|strike|clean * away|out|off", Delete, 4),
    cue(Lead, "take|strike|scratch * off|from my|the", Delete, 5),
    cue(Any, "from my|the todo|to-do|task|tasks? list|lists|tasks $", Delete, 2),
    cue(Any, "i|we dont|no|do longer|not? really? need|want", Delete, 6),
    // Changing.
    cue(Lead, "change|update|rename|edit|modify|reschedule|postpone|retitle|rephrase|reword|correct|fix|adjust|amend|replace", Update, 5),
    cue(Lead, "move|push|set|tag|untag|label|prioritize|prioritise|delay|bump|shift|defer|extend|assign|retag|deprioritize|raise|lower|increase|decrease|snooze", Update, 4),
    cue(Lead, "add|put|attach|apply|give|set|append|assign|stick|create|make|write * tag|tags|label|note|notes|priority|deadline|date|comment|description * to|on|for", Update, 6),
    cue(Lead, "add|put|attach|apply|give|set # * to|on", Update, 6),
    cue(Lead, "add|put|attach|give|assign|set|append a|an|the? tag|label|note|priority|deadline|due|comment|description", Update, 6),
    cue(Lead, "remove|delete|clear|drop|take|erase|cancel|strip|unset a|an|the? tag|tags|label|due|deadline|date|priority|notes|note|# * from|of|on|off", Update, 9),
    cue(Lead, "clear|remove|delete|cancel|unset|drop|erase * due? date|deadline|notes $", Update, 7),
    cue(Lead, "make|mark|set|flag|give|put * as|to|a? very? high|low|medium|normal|top|urgent|important|highest|lowest", Update, 8),
    cue(Lead, "make|mark|flag * urgent|important|high|low|due", Update, 6),
    cue(Lead, "make|set|put|move|change * due|deadline", Update, 6),
    cue(Any, "to|into|as high|low|medium|normal|top priority", Update, 4),
    cue(Any, "is|are|becomes|has|should|must now? be? due|high|low|medium|urgent|important", Update, 5),
    cue(Any, "should be called|named|renamed|titled|due|tagged", Update, 6),
    cue(Any, "due date of|for|to", Update, 3),
    // The last change.
    cue(Lead, "undo|revert|rollback|oops|unto", Undo, 8),
    cue(Lead, "take|roll|put|bring|change that|it|this back", Undo, 9),
    cue(Lead, "bring|get|put|give * back", Undo, 6),
    cue(Lead, "restore|undelete|recover|unremove", Undo, 8),
    cue(Any, "that|it was a mistake|an|accident|error|wrong", Undo, 7),
    cue(Lead, "go back $", Undo, 8),
    cue(Lead, "i didnt mean", Undo, 9),
    // Answers.
    cue(Whole, "yes|yep|yeah|yup|sure|ok|okay|confirm|confirmed|please|do|it|go|ahead|absolutely|definitely|of|course|y|right|correct|affirmative|aye|them|delete|im|i|am|certain|all|everything", Yes, 3),
    cue(Lead, "yes|yep|yeah|yup|sure|confirm|confirmed|absolutely|definitely|y|affirmative", Yes, 6),
    cue(Lead, "go ahead|do it|of course|im sure|ok do|okay do", Yes, 8),
    cue(Whole, "ok|okay|alright", Yes, 6),
    cue(Lead, "no|nope|nah|n|stop|abort|dont|never|nevermind|wait", No, 4),
    cue(Whole, "no|nope|nah|n|stop|abort|dont|never|mind|nevermind|cancel|that|it|forget|wait|do|not|delete|thanks|keep|them|leave|rather", No, 5),
    cue(Lead, "never mind", No, 8),
    // Small talk.
    cue(Whole, "hi|hello|hey|hiya|yo|howdy|greetings|hola|morning|good|evening|afternoon|there|bot|day|sup|everyone|again|friend|assistant", Greet, 6),
    cue(Lead, "good morning|evening|afternoon|day", Greet, 8),
    cue(Lead, "thanks|thank|thx|ty|cheers|appreciated|great|awesome|perfect|nice|cool|excellent|wonderful|amazing|brilliant|lovely", Thanks, 4),
    cue(Lead, "thank|thanks you|a|so|very|for|much|lot", Thanks, 6),
    cue(Any, "good job|work", Thanks, 6),
    cue(Any, "well done $", Thanks, 8),
    cue(Lead, "bye|goodbye|cya|farewell|later|ciao", Bye, 8),
    cue(Lead, "see you|ya", Bye, 9),
    cue(Lead, "good night", Bye, 9),
    cue(Lead, "how are|is|do you|it|things|going|life", Wellbeing, 9),
    cue(Lead, "hows it|life|your|things|everything", Wellbeing, 9),
    cue(Lead, "whats up $", Wellbeing, 9),
    cue(Lead, "who|what are you", Identity, 10),
    cue(Lead, "whats your name", Identity, 12),
    cue(Any, "are you a|an|real|human|ai|gpt", Identity, 9),
    cue(Lead, "help", Help, 6),
    cue(Whole, "help|me|commands|usage|instructions|manual|menu|options|?", Help, 5),
    cue(Any, "what can|could|do you|i do|say|ask|help|understand|offer|here", Help, 10),
    cue(Any, "how do|does|can i|this|you|it work|use|works|add|delete|complete|rename|create|update", Help, 10),
];
