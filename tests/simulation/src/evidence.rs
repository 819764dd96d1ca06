//! What was seen in a history: requests and answers, who did what, and what anybody was told.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Account, TaskId};
use serde_json::Value;

use crate::clients::{Answer, Customer};

/// A request that costs.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose account pays.
    pub account: String,
    /// Where it was sent.
    pub path: String,
    /// What was asked.
    pub body: Value,
    /// Its `Idempotency-Key`.
    pub name: Option<String>,
}

impl Asked {
    /// A customer's request.
    pub fn new(customer: &Customer, path: &str, body: Value, name: Option<String>) -> Self {
        Self { account: customer.account.clone(), path: path.to_owned(), body, name }
    }
}

/// A request that costs, and its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The request.
    pub asked: Asked,
    /// What it was answered.
    pub answer: Answer,
}

impl Answered {
    /// The two together.
    pub const fn new(asked: Asked, answer: Answer) -> Self {
        Self { asked, answer }
    }

    /// The task or character that was told.
    pub fn told(&self) -> Option<String> {
        self.task().or_else(|| self.answer.text("character_id"))
    }

    /// The task that was told, where it was.
    fn task(&self) -> Option<String> {
        self.answer.text("id").or_else(|| self.answer.text("task_id"))
    }
}

/// What was told of a task or a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// How far it is.
    pub status: String,
    /// What it costs, of a task.
    pub credits: Option<u64>,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What was found broken on the way.
    pub broken: Vec<String>,
    /// Every task begun, and the process that began it.
    pub begun: Vec<(usize, TaskId)>,
    /// Tasks whose owner wants to be told of their end. (The address goes when the task's days are over.)
    pub to_be_told: BTreeSet<TaskId>,
    /// Answers to requests that cost.
    pub answered: Vec<Answered>,
    /// Grants that were acknowledged: account and name.
    pub granted: Vec<(String, String)>,
    /// Characters that were marked as deleted, and how many processes there had been by then: a later one could know.
    pub marked: BTreeMap<String, usize>,
    /// Characters whose deletion was answered with success, and whether the model is gone at the provider as well.
    pub erased: BTreeMap<String, bool>,
    /// Characters whose persons took the consent back, as they were answered, and how many processes there had been by then.
    pub withdrawn: BTreeMap<String, usize>,
    /// What an account's messages are signed with.
    pub secrets: BTreeMap<String, String>,
    /// Accounts as they were changed last, by their keys, with what they were read from.
    pub accounts: BTreeMap<String, (Vec<u8>, Account)>,
    /// Who wrote what is under a key, where a deletion has to find it.
    pub writers: BTreeMap<String, usize>,
    /// What was reported as not written, and took effect later.
    pub late: BTreeSet<String>,
    /// Processes that died, or that the store failed: what they left undone is not their fault.
    pub troubled: BTreeSet<usize>,
    /// The most requests that one outage ended.
    pub hit_at_once: usize,
    words: BTreeMap<String, Word>,
    processes: usize,
}

impl Evidence {
    /// A number for a process.
    pub fn next_process(&mut self) -> usize {
        self.processes += 1;
        self.processes
    }

    /// Writes down how many requests an outage ended.
    pub fn note_outage(&mut self, requests: usize) {
        self.hit_at_once = self.hit_at_once.max(requests);
    }

    /// Writes down that a character is marked as deleted.
    pub fn mark(&mut self, character: &str) {
        self.marked.entry(character.to_owned()).or_insert(self.processes);
    }

    /// Writes down that a character's person was answered that the consent is taken back.
    pub fn withdraw(&mut self, character: &str) {
        self.withdrawn.entry(character.to_owned()).or_insert(self.processes);
    }

    /// A character that an account was told is ready.
    pub fn ready_for(&self, account: &str) -> Option<String> {
        let told = self.answered.iter().filter(|answered| answered.asked.account == account);
        let mut characters = told.filter_map(|answered| answered.answer.text("character_id"));
        characters
            .find(|id| self.words.get(&format!("/api/v1/characters/{id}")).is_some_and(|word| word.status == "ready"))
    }

    /// Where everything can be polled that anybody was told of.
    pub fn paths_told(&self) -> Vec<String> {
        let path = |answered: &Answered| {
            let task = answered.task().map(|id| format!("/api/v1/tasks/{id}"));
            task.or_else(|| answered.answer.text("character_id").map(|id| format!("/api/v1/characters/{id}")))
        };
        self.answered.iter().filter_map(path).collect()
    }

    /// The last word that was told of what is at a path, if it was the last.
    pub fn last_word(&self, path: &str) -> Option<Word> {
        self.words.get(path).filter(|word| is_last(&word.status)).cloned()
    }

    /// All last words, and what they are about.
    pub fn last_words(&self) -> impl Iterator<Item = (&String, &Word)> {
        self.words.iter().filter(|(_, word)| is_last(&word.status))
    }

    /// The characters that an account was told of.
    pub fn characters_of(&self, account: &str) -> Vec<String> {
        let told = self.answered.iter().filter(|answered| answered.asked.account == account);
        told.filter_map(|answered| answered.answer.text("character_id")).collect()
    }

    /// A poll, and the last word there was when it was sent: that one stands. (Of two polls at once either may be the older.)
    pub fn polled(&mut self, path: &str, last_word: Option<Word>, answer: &Answer) {
        let Some(status) = answer.text("status") else { return };
        let word = Word { status, credits: answer.number("creditsUsed") };
        if let Some(before) = last_word.filter(|before| *before != word) {
            self.broken.push(format!("{path} was {before:?} and is {word:?}"));
        }
        if self.last_word(path).is_none() {
            self.words.insert(path.to_owned(), word);
        }
    }
}

fn is_last(status: &str) -> bool {
    matches!(status, "completed" | "ready" | "failed" | "canceled")
}
