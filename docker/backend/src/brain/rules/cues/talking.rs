//! Signs of undo, answers and small talk. Weights: see the table's own file.

use super::super::intent::Intent::*;
use super::Place::{Any, Lead, Whole};
use super::{Cue, cue};

/// The signs.
pub const CUES: &[Cue] = &[
    // The last change.
    cue(Lead, "undo|revert|rollback|oops|unto", Undo, 8),
    cue(
        Lead,
        "take|roll|put|bring|change that|it|this back",
        Undo,
        9,
    ),
    cue(Lead, "bring|get|put|give * back", Undo, 6),
    cue(Lead, "restore|undelete|recover|unremove", Undo, 8),
    cue(
        Any,
        "that|it|this was a|an? mistake|accident|error|wrong",
        Undo,
        7,
    ),
    cue(Lead, "go back $", Undo, 8),
    cue(Lead, "i didnt mean", Undo, 9),
    // Answers.
    cue(
        Whole,
        "yes|yep|yeah|yup|sure|ok|okay|confirm|confirmed|please|do|it|go|ahead|absolutely|definitely|of|course|y|right|correct|affirmative|aye|them|delete|im|i|am|certain|all|everything",
        Yes,
        3,
    ),
    cue(
        Lead,
        "yes|yep|yeah|yup|sure|confirm|confirmed|absolutely|definitely|y|affirmative",
        Yes,
        6,
    ),
    cue(
        Lead,
        "go ahead|do it|of course|im sure|ok do|okay do",
        Yes,
        8,
    ),
    cue(Whole, "ok|okay|alright", Yes, 6),
    cue(
        Lead,
        "no|nope|nah|n|stop|abort|dont|never|nevermind|wait",
        No,
        4,
    ),
    cue(
        Whole,
        "no|nope|nah|n|stop|abort|dont|never|mind|nevermind|cancel|that|it|forget|wait|do|not|delete|thanks|keep|them|leave|rather",
        No,
        5,
    ),
    cue(Lead, "never mind", No, 8),
    // Small talk.
    cue(
        Whole,
        "hi|hello|hey|hiya|yo|howdy|greetings|hola|morning|good|evening|afternoon|there|bot|day|sup|everyone|again|friend|assistant",
        Greet,
        6,
    ),
    cue(Lead, "good morning|evening|afternoon|day", Greet, 8),
    cue(
        Lead,
        "thanks|thank|thx|ty|cheers|appreciated|great|awesome|perfect|nice|cool|excellent|wonderful|amazing|brilliant|lovely",
        Thanks,
        6,
    ),
    cue(Lead, "thank|thanks you|a|so|very|for|much|lot", Thanks, 6),
    cue(Any, "good job|work", Thanks, 6),
    cue(Any, "well done $", Thanks, 8),
    cue(Lead, "bye|goodbye|cya|farewell|later|ciao", Bye, 8),
    cue(Lead, "see you|ya", Bye, 9),
    cue(Lead, "thats|that is? all|it for? now|today $", Bye, 9),
    cue(Lead, "good night", Bye, 9),
    cue(Lead, "how are|is|do you|it|things|going|life", Wellbeing, 9),
    cue(Lead, "hows it|life|your|things|everything", Wellbeing, 9),
    cue(Lead, "whats up $", Wellbeing, 9),
    cue(Lead, "who|what are you", Identity, 10),
    cue(Lead, "whats your name", Identity, 12),
    cue(Any, "are you a|an|real|human|ai|gpt", Identity, 9),
    cue(Lead, "help", Help, 6),
    cue(
        Whole,
        "help|me|commands|usage|instructions|manual|menu|options|?",
        Help,
        5,
    ),
    cue(
        Any,
        "what can|could|do you|i do|say|ask|help|understand|offer|here",
        Help,
        10,
    ),
    cue(
        Any,
        "how do|does|can i|this|you|it work|use|works|add|delete|complete|rename|create|update",
        Help,
        10,
    ),
];
