//! One customer with everything against everybody, beside honest ones: messages to a server that never answers, jobs at a provider that never
//! answers, bodies and files that could fill an instance, sockets that say nothing. Nobody honest waits, pays or loses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::{Actor, Photos};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Credits of the hostile customer: more than it can use up.
const CREDITS: u64 = 1_000_000;
/// The worst body that is read whole: 1 MiB of objects in objects.
const BODY_BYTES: usize = 1024 * 1024;
/// Such bodies at once: as many as an instance serves.
const BODIES_AT_ONCE: usize = 16;
/// A file that was read whole once, in bytes.
const FILE_BYTES: usize = 60 * 1024 * 1024;
/// Sockets that say nothing.
const SOCKETS: usize = 300;
/// Longest time an honest customer waits for an answer.
const WAIT_MAX: Duration = Duration::from_secs(15);
/// Longest time for a round of the sweep.
const ROUND_MAX: Duration = Duration::from_secs(20);
/// How often the operator sweeps.
const SWEPT_EVERY: Duration = Duration::from_secs(3);

/// A server that takes connections and never answers; its URL.
///
/// # Errors
/// There is no port for it.
pub(crate) async fn tarpit() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    Ok(url)
}

/// The hostile customer.
#[derive(Clone)]
pub(crate) struct Hostile {
    base: String,
    actor: Actor,
    tarpit: String,
    photos: Arc<Photos>,
}

impl Hostile {
    /// Opens an account with more credits than anybody needs.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) async fn open(base: &str, operator: &Actor, tarpit: &str, photos: Arc<Photos>) -> Result<Self> {
        let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "hostile", "credits": CREDITS })).await?;
        let account = opened.data()?.get("account_id").and_then(Value::as_str).context("an account")?.to_owned();
        let key = operator.post(&format!("/api/v1/admin/accounts/{account}/keys"), &json!({})).await?;
        let key = key.data()?.get("key").and_then(Value::as_str).context("a key")?.to_owned();
        let (base, tarpit) = (base.to_owned(), tarpit.to_owned());
        Ok(Self { actor: Actor::new(&base).with_token(&key), base, tarpit, photos })
    }

    /// What it signs in with.
    pub(crate) fn actor(self) -> Actor {
        self.actor
    }

    /// Does all of it until told to stop.
    pub(crate) async fn live(self, stop: Arc<AtomicBool>) {
        let mut all = JoinSet::new();
        all.spawn(repeat(stop.clone(), self.clone(), |hostile| async move { hostile.messages().await }));
        all.spawn(repeat(stop.clone(), self.clone(), |hostile| async move { hostile.silent_provider().await }));
        all.spawn(repeat(stop.clone(), self.clone(), |hostile| async move { hostile.bodies().await }));
        all.spawn(repeat(stop.clone(), self.clone(), |hostile| async move { hostile.file().await }));
        all.spawn(repeat(stop, self, |hostile| async move { hostile.sockets().await }));
        all.join_all().await;
    }

    /// Trainings that fail at once, whose owner's server never answers.
    async fn messages(&self) {
        let body =
            json!({ "image_urls": self.photos.urls(10), "trigger_word": "sim_fail", "webhook_url": self.tarpit });
        drop(self.actor.post("/api/v1/characters/create", &body).await);
    }

    /// Songs, which only the provider makes that never answers.
    async fn silent_provider(&self) {
        let body = json!({ "model": "suno-v5-generate-music", "input": { "prompt": "rain", "custom_mode": false, "instrumental": true }, "webhook_url": self.tarpit });
        let polls = self.actor.with_header("prefer", "respond-async");
        drop(polls.post("/api/v1/generate", &body).await);
    }

    async fn bodies(&self) {
        let depth = BODY_BYTES / 8;
        let nested = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        let wide = format!(r#"{{"prompt":[{}1]}}"#, "{},".repeat(BODY_BYTES / 3 - 10));
        let mut all = JoinSet::new();
        for n in 0..BODIES_AT_ONCE {
            let (actor, body) = (self.actor.clone(), if n % 2 == 0 { nested.clone() } else { wide.clone() });
            let path = ["/api/v1/generate", "/api/v1/characters/create", "/api/v1/estimate"]
                .get(n % 3)
                .copied()
                .unwrap_or("/api/v1/generate");
            all.spawn(async move { drop(actor.send(Method::POST, path, body.into_bytes()).await) });
        }
        all.join_all().await;
    }

    /// A large file that is measured.
    async fn file(&self) {
        let announced =
            self.actor.post("/api/v1/upload", &json!({ "contentType": "video/mp4", "sizeBytes": FILE_BYTES })).await;
        let Ok(answer) = announced else { return };
        let url =
            |field: &str| answer.json.pointer(&format!("/data/{field}")).and_then(Value::as_str).map(str::to_owned);
        let (Some(put), Some(get)) = (url("uploadUrl"), url("publicUrl")) else { return };
        let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
        file.resize(FILE_BYTES, 0);
        drop(Actor::new(&self.base).send(Method::PUT, &put, file).await);
        let body = json!({ "model": "topaz-video-upscale", "input": { "video_url": get } });
        drop(self.actor.post("/api/v1/estimate", &body).await);
    }

    async fn sockets(&self) {
        let Some(address) = self.base.strip_prefix("http://") else { return };
        let mut open = Vec::new();
        for n in 0..SOCKETS {
            let Ok(mut stream) = TcpStream::connect(address).await else { continue };
            if n % 2 == 0 {
                drop(stream.write_all(b"POST /api/v1/generate HTTP/1.1\r\nhost: x\r\n").await);
            }
            open.push(stream);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn repeat<F: Future<Output = ()>>(stop: Arc<AtomicBool>, hostile: Hostile, act: impl Fn(Hostile) -> F) {
    while !stop.load(Ordering::Relaxed) {
        act(hostile.clone()).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Sweeps as an operator's script does, until told to stop.
pub(crate) async fn sweep(operator: Actor, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        drop(operator.post("/api/v1/admin/reconcile", &json!({})).await);
        tokio::time::sleep(SWEPT_EVERY).await;
    }
}

/// What an honest customer sees who only looks, and one whose request was given up.
pub(crate) struct Witness {
    actor: Actor,
    photos: Arc<Photos>,
}

impl Witness {
    /// Opens an account of its own.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) async fn open(base: &str, operator: &Actor, photos: Arc<Photos>) -> Result<Self> {
        let Hostile { actor, photos, .. } = Hostile::open(base, operator, "", photos).await?;
        Ok(Self { actor, photos })
    }

    /// Looks at its credits again and again; says what it had to complain of.
    pub(crate) async fn look(&self, stop: &AtomicBool) -> Vec<String> {
        let (mut complaints, mut longest) = (Vec::new(), Duration::ZERO);
        while !stop.load(Ordering::Relaxed) {
            let began = Instant::now();
            match tokio::time::timeout(WAIT_MAX, self.actor.get("/api/v1/credits")).await {
                Ok(Ok(answer)) if answer.status == 200 || answer.status == 503 => {}
                Ok(Ok(answer)) => complaints.push(format!("an honest customer is answered {:?}", answer.outcome())),
                Ok(Err(error)) => complaints.push(format!("an honest customer is not answered: {error:#}")),
                Err(_) => complaints.push(format!("an honest customer waits for {} s", WAIT_MAX.as_secs())),
            }
            longest = longest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!("The longest that an honest customer waited for its credits: {longest:.1?}");
        complaints
    }

    /// Trains a character on a job that never ends, and says whether its credits come back at the deadline.
    pub(crate) async fn overdue(&self, deadline: Duration) -> Result<Vec<String>> {
        let body = json!({ "image_urls": self.photos.urls(10), "trigger_word": "sim_hang" });
        let named = self.actor.with_header("idempotency-key", "overdue");
        let began = Instant::now();
        let created = named.post("/api/v1/characters/create", &body).await?;
        anyhow::ensure!(created.status == 200, "an honest customer cannot train: {}", created.json);
        let last = deadline + SWEPT_EVERY + ROUND_MAX;
        while began.elapsed() < last {
            let answer = self.actor.get("/api/v1/credits").await?;
            if answer.data().is_ok_and(|data| data["credits"] == CREDITS) {
                println!("Credits of a job that never ends came back {:.1?} after its beginning", began.elapsed());
                return Ok(Vec::new());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(vec![format!("credits are held {} s, with a deadline of {} s", last.as_secs(), deadline.as_secs())])
    }
}
