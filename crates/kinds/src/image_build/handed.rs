//! Base images that this machine hands to the node it builds in, and takes back.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{ANSWERS, ImageBuild};
use crate::dockerfile;
use crate::places::text_fact;
use crate::programs::hand_over;
use crate::reference::has;
use protocol::{Action, Answer, StepContext};

/// A fact: the base images that were handed to the node for this build, separated by spaces.
pub(super) const HANDED: &str = "handed";

impl ImageBuild {
    /// What gives the node the base images that it lacks and this machine has.
    pub(super) fn hand_over(&self, context: &StepContext, answers: &[Answer]) -> Vec<Action> {
        let Some(profile) = self.node() else {
            return Vec::new();
        };
        let images = self.to_hand_over(answers);
        let mut handed: Vec<&str> = self.handed(context);
        for image in &images {
            if !handed.contains(&&**image) {
                handed.push(image);
            }
        }
        if handed.is_empty() {
            return Vec::new();
        }
        // Before they are handed over: a run that is killed meanwhile must know afterwards which
        // were its own.
        let note = Action::Note(HANDED.to_string(), handed.join(" "));
        let give = |image: &String| Action::Run(hand_over(image, profile));
        core::iter::once(note)
            .chain(images.iter().map(give))
            .collect()
    }

    /// Base images that this machine has and the node has not: they need not be pulled again, or
    /// not without a network.
    fn to_hand_over(&self, answers: &[Answer]) -> Vec<String> {
        let (Some(_), [_, file, node, here]) = (self.node(), answers) else {
            return Vec::new();
        };
        let (Some(file), Some(node), Some(here)) = (file.stdout(), node.stdout(), here.stdout())
        else {
            return Vec::new();
        };
        let mut bases = dockerfile::bases(file, &self.args);
        bases.retain(|image| has(here, image) && !has(node, image));
        bases
    }

    /// The base images that this step put into the node.
    fn handed<'a>(&self, context: &StepContext<'a>) -> Vec<&'a str> {
        text_fact(context.before, HANDED)
            .map_or(Vec::new(), |text| text.split_whitespace().collect())
    }

    /// Of the base images that were handed to the node: those that can be taken back, and those
    /// that containers run on.
    pub(super) fn handed_images<'a>(
        &self,
        context: &StepContext<'a>,
        answers: &[Answer],
    ) -> (Vec<&'a str>, Vec<&'a str>) {
        let mut answers = answers.iter().skip(self.each(context).len() * ANSWERS);
        let mut next = || answers.next().and_then(Answer::stdout);
        let (Some(there), Some(used)) = (next(), next()) else {
            return (Vec::new(), Vec::new());
        };
        let handed = self.handed(context).into_iter();
        handed
            .filter(|image| has(there, image))
            .partition(|image| !has(used, image))
    }
}
