//! Customers who write down what they are told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::{Actor, Answer, Photos};
use serde_json::{Value, json};

/// What a customer begins with.
const CREDITS: u64 = 20_000;
/// How often an unanswered request is sent again.
const TRIES_MAX: u32 = 40;

/// A customer and what it remembers.
pub(crate) struct Customer {
    actor: Actor,
    photos: Arc<Photos>,
    random: fastrand::Rng,
    ready: Vec<String>,
    notes: Notes,
}

/// What a customer was told.
pub(crate) struct Notes {
    /// Its account.
    pub(crate) account: String,
    /// Reads its ledger.
    pub(crate) actor: Actor,
    /// Tasks and characters it was told of: the credits said, and whether they were said to be done.
    pub(crate) told: BTreeMap<String, (u64, bool)>,
    /// What was told otherwise than before, and what should never be answered.
    pub(crate) complaints: Vec<String>,
    /// How many answers it got.
    pub(crate) answers: usize,
}

impl Customer {
    /// Opens an account.
    pub(crate) async fn open(base: &str, operator: Actor, photos: Arc<Photos>, seed: u64) -> Result<Self> {
        let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "soak", "credits": CREDITS })).await?;
        let account = text(&opened, "account_id").context("an account")?;
        let key = operator.post(&format!("/api/v1/admin/accounts/{account}/keys"), &json!({})).await?;
        let actor = Actor::new(base).with_token(&text(&key, "key").context("a key")?);
        let notes = Notes { account, actor: actor.clone(), told: BTreeMap::new(), complaints: Vec::new(), answers: 0 };
        Ok(Self { actor, photos, random: fastrand::Rng::with_seed(seed), ready: Vec::new(), notes })
    }

    /// Uses the API until told to stop.
    pub(crate) async fn live(mut self, stop: Arc<AtomicBool>) -> Result<Notes> {
        while !stop.load(Ordering::Relaxed) {
            match self.random.u8(..10) {
                0 | 1 => self.create().await,
                2..=7 => self.generate().await,
                _ => self.look().await,
            }
            tokio::time::sleep(Duration::from_millis(self.random.u64(..150))).await;
        }
        Ok(self.notes)
    }

    async fn create(&mut self) {
        let word = ["", "sim_fail", "sim_lose", "sim_repeat", "sim_drop", "sim_contradict"][self.random.usize(..6)];
        let mut body = json!({ "image_urls": self.photos.urls(10) });
        if !word.is_empty() {
            body["trigger_word"] = word.into();
        }
        let Some(answer) = self.order("/api/v1/characters/create", &body, false).await else { return };
        let Some(id) = text(&answer, "character_id") else { return };
        for _ in 0..60 {
            let answer = self.actor.get(&format!("/api/v1/characters/{id}")).await;
            match answer.ok().and_then(|answer| text(&answer, "status")).as_deref() {
                Some("ready") => return self.ready.push(id),
                Some("failed") => return,
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    async fn generate(&mut self) {
        let Some(character) = self.random.choice(&self.ready).cloned() else { return self.create().await };
        let words = [
            "",
            "",
            "",
            "sim:fail",
            "sim:nsfw1",
            "sim:lose",
            "sim:repeat",
            "sim:reorder",
            "sim:contradict",
            "sim:drop",
            "sim:error",
        ];
        let word = words[self.random.usize(..words.len())];
        let body = json!({ "prompt": format!("at the sea {word}"), "num_outputs": self.random.u8(1..=4) });
        let polls = self.random.bool();
        drop(self.order(&format!("/api/v1/characters/{character}/generate"), &body, polls).await);
    }

    /// Sends a request that costs until it is answered for good, and writes down what it says.
    async fn order(&mut self, path: &str, body: &Value, polls: bool) -> Option<Answer> {
        let name = format!("{:032x}", self.random.u128(..));
        let mut actor = self.actor.with_header("idempotency-key", &name);
        if polls {
            actor = actor.with_header("prefer", "respond-async");
        }
        let mut first: Option<String> = None;
        for _ in 0..TRIES_MAX {
            if let Ok(answer) = actor.post(path, body).await {
                self.notes.answers += 1;
                let id = text(&answer, "id").or_else(|| text(&answer, "character_id"));
                if first.is_some() && id.is_some() && first != id {
                    self.notes.complaints.push(format!("{path} began {first:?} and {id:?} with one Idempotency-Key"));
                }
                first = first.or(id);
                match answer.outcome() {
                    (503, _) | (409, "IDEMPOTENCY_IN_PROGRESS") => {}
                    (429, "TOO_MANY_ACTIVE_TASKS") | (402, _) => return None,
                    (status, code)
                        if status >= 500 && !matches!(code, "GENERATION_FAILED" | "TRAINING_SUBMIT_FAILED") =>
                    {
                        self.notes.complaints.push(format!("{path} answered {status} {code}"));
                        return None;
                    }
                    _ => {
                        self.write_down(&answer);
                        return Some(answer);
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(self.random.u64(50..400))).await;
        }
        None
    }

    fn write_down(&mut self, answer: &Answer) {
        let Some(id) = text(answer, "id").or_else(|| text(answer, "character_id")) else { return };
        let credits = answer.json.pointer("/data/credits_used").and_then(Value::as_u64).unwrap_or_default();
        let done = text(answer, "status").is_some_and(|status| status == "completed");
        self.notes.told.insert(id, (credits, done));
    }

    async fn look(&mut self) {
        for path in ["/api/v1/credits", "/api/v1/credits/ledger/verify"] {
            if let Ok(answer) = self.actor.get(path).await
                && answer.json.pointer("/data/valid") == Some(&Value::Bool(false))
            {
                self.notes.complaints.push(format!("{path}: {}", answer.json));
            }
        }
    }
}

fn text(answer: &Answer, field: &str) -> Option<String> {
    answer.json.pointer(&format!("/data/{field}")).and_then(Value::as_str).map(str::to_owned)
}
