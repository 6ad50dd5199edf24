//! The questions of a whole plan, each asked once however many steps ask it, several at a time.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::Looked;
use crate::exec::{Exec, Setting};
use crate::step::{Answer, Ask, Scene, Verdict};

/// How many questions are under way at once: they wait for servers, not for this machine's cores.
const AT_ONCE: usize = 8;

/// A question, the variables it is asked with, and how long the answer may take.
type Question = (Ask, Vec<(String, String)>, Option<Duration>);

/// Questions and, later, their answers.
#[derive(Default)]
pub struct Asked {
    places: HashMap<Question, usize>,
    questions: Vec<Question>,
    answers: Vec<Answer>,
}

/// What a walk over the steps does with their questions.
pub trait Oracle {
    /// Whether the step's effect stands.
    fn verdict(&mut self, looked: &Looked, scene: &Scene, setting: &Setting) -> Verdict;
}

/// Collects the questions, believing for now what was true last time.
pub struct Collect<'a>(pub &'a mut Asked);

/// Judges the answers.
pub struct Judge<'a>(pub &'a Asked);

impl Oracle for Collect<'_> {
    fn verdict(&mut self, looked: &Looked, scene: &Scene, setting: &Setting) -> Verdict {
        let asks = looked.resolved.kind.asks(scene);
        if asks.is_empty() {
            return looked.resolved.kind.judge(scene, &[]);
        }
        asks.into_iter()
            .for_each(|ask| self.0.add((ask, setting.env.clone(), setting.timeout)));
        Verdict::Stands(String::new(), scene.before.cloned().unwrap_or_default())
    }
}

impl Oracle for Judge<'_> {
    fn verdict(&mut self, looked: &Looked, scene: &Scene, setting: &Setting) -> Verdict {
        let asks = looked.resolved.kind.asks(scene);
        let answers: Option<Vec<Answer>> = asks
            .into_iter()
            .map(|ask| self.0.answer(&(ask, setting.env.clone(), setting.timeout)))
            .collect();
        match answers {
            Some(answers) => looked.resolved.kind.judge(scene, &answers),
            None => Verdict::Gone("what it depends on is not as it was".to_string()),
        }
    }
}

impl Asked {
    fn add(&mut self, question: Question) {
        if !self.places.contains_key(&question) {
            self.places.insert(question.clone(), self.questions.len());
            self.questions.push(question);
        }
    }

    /// Whether nothing has to be asked.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    fn answer(&self, question: &Question) -> Option<Answer> {
        self.answers.get(*self.places.get(question)?).cloned()
    }

    /// Asks everything that was collected.
    pub fn ask_all(&mut self, exec: &Exec) {
        let answers: Vec<Mutex<Answer>> = self
            .questions
            .iter()
            .map(|_| Mutex::new(Answer::None("not asked".to_string())))
            .collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(self.questions.len()) {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some((ask, env, timeout)) = self.questions.get(place) else {
                            return;
                        };
                        let setting = Setting {
                            env: env.clone(),
                            timeout: *timeout,
                            ..Setting::default()
                        };
                        *answers[place].lock().unwrap() = exec.ask(ask, &setting);
                    }
                });
            }
        });
        self.answers = answers
            .into_iter()
            .map(|answer| answer.into_inner().unwrap())
            .collect();
    }
}
