//! Cog, as it is: the application against Cog's own server from `PyPI`, with stubs of a trainer and of a model in it.
//!
//! `tests/cog/run.sh` installs the server and runs these; alone they are ignored.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use e2e::{Actor, COG_TOKEN, Settings, World};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Names the Python of an environment with `cog` and `coglet` in it; `tests/cog/run.sh` sets it.
const PYTHON: &str = "LIKENESS_COG_PYTHON";
/// How long a server may take to start, and a job to show, in tenths of a second.
const PATIENCE: u32 = 300;

/// One of Cog's servers.
struct Server {
    url: String,
    folder: TempDir,
    process: Option<Child>,
}

impl Server {
    /// A server that does not run yet, on a port of its own. Its folder is what `/src` is in an image.
    fn new() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        for file in ["tests/cog/train.py", "tests/cog/predict.py", "docs/operations/cog/likeness_train.py"] {
            let file = root().join(file);
            std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        std::fs::create_dir(folder.path().join(".cog")).unwrap();
        std::fs::copy(root().join("tests/cog/schema.json"), folder.path().join(".cog/openapi_schema.json")).unwrap();
        Self { url: format!("http://127.0.0.1:{port}"), folder, process: None }
    }

    /// Replaces what the description says of the trainer's output.
    fn describe_output(&self, output: Value) {
        let file = self.folder.path().join(".cog/openapi_schema.json");
        let mut document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        document["components"]["schemas"]["TrainingOutput"] = output;
        std::fs::write(file, document.to_string()).unwrap();
    }

    /// Starts it, as `cargo likeness cog` says, and waits until it is ready.
    async fn start(&mut self, world: &World, mode: &str, stub: &str) {
        let python = PathBuf::from(std::env::var_os(PYTHON).unwrap());
        // Its worker is the first `python` there is.
        let path = format!("{}:{}", python.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(&python);
        command.args(["-m", "cog.server.http", "--host", "127.0.0.1", "--x-mode", mode]);
        command.args(["--upload-url", &format!("{}/", world.upload_url().unwrap())]);
        let port = self.url.rsplit(':').next().unwrap();
        command.env("PATH", path).env("PORT", port).env("WEBHOOK_AUTH_TOKEN", COG_TOKEN);
        command.env(if mode == "train" { "COG_TRAIN_TYPE_STUB" } else { "COG_PREDICT_TYPE_STUB" }, stub);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        self.process = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        self.until("READY").await;
    }

    /// Ends it at once, with its worker and whatever it does.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    async fn until(&self, wanted: &str) {
        let mut last = Value::Null;
        for _ in 0..PATIENCE {
            if let Ok(answer) = e2e::get(&format!("{}/health-check", self.url)).await {
                last = answer.json().await.unwrap();
                if last["status"] == wanted {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it is not {wanted}: {last}\n{}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An application whose only provider is Cog, and its two servers.
async fn world() -> (World, Server, Server) {
    let (mut trainer, mut model) = (Server::new(), Server::new());
    let variables = vec![
        ("providers", "cog".to_owned()),
        ("cog_trainer_url", trainer.url.clone()),
        ("cog_model_url", model.url.clone()),
    ];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    trainer.start(&world, "train", "likeness_train.py:train").await;
    model.start(&world, "predict", "predict.py:Predictor").await;
    (world, trainer, model)
}

async fn sweep(world: &World) {
    let swept = world.operator().post("/api/v1/admin/reconcile", &json!({ "all": true })).await.unwrap();
    assert_eq!(swept.data().unwrap()["failed"], 0, "{}", swept.json);
}

/// Asks for two PNGs and fetches them.
async fn pictures(customer: &Actor, path: &str) {
    let body = json!({ "prompt": "in an office", "num_outputs": 2, "aspect_ratio": "3:2", "output_format": "png" });
    let answer = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json);
    let images = answer.data().unwrap()["output"]["images"].as_array().unwrap().clone();
    assert_eq!(images.len(), 2);
    for image in images {
        let bytes = e2e::get(image["url"].as_str().unwrap()).await.unwrap().bytes().await.unwrap();
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (1_216, 832));
    }
}

/// Asks for a picture that is not waited for; returns its task's path.
async fn begun(customer: &Actor, path: &str, prompt: &str) -> String {
    let body = json!({ "prompt": prompt, "output_format": "png" });
    let hurried = customer.with_header("prefer", "respond-async");
    let answer = hurried.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.json);
    format!("/api/v1/tasks/{}", answer.data().unwrap()["id"].as_str().unwrap())
}

#[tokio::test]
#[ignore = "needs Cog's own server: tests/cog/run.sh"]
async fn a_character_lives_its_whole_life_at_cogs_own_server() {
    let (world, _trainer, model) = world().await;
    let (customer, account) = world.customer(800).await.unwrap();
    let (path, status) = world.train(&customer, json!({ "name": "Sarah" })).await.unwrap();
    assert_eq!(status, "ready");
    assert_eq!(world.funds(&account).await.unwrap(), [300, 0, 500, 800]);
    // No sweep is needed: its weights are here before it is ready.
    pictures(&customer, &path).await;
    assert_eq!(world.funds(&account).await.unwrap(), [270, 0, 530, 800], "{}", model.log());

    let body = json!({ "prompt": "unsafe", "output_format": "png" });
    let failed = customer.post(&format!("{path}/generate"), &body).await.unwrap();
    assert_eq!(failed.outcome(), (500, "GENERATION_FAILED"), "{}", failed.json);
    assert!(failed.message().contains("safety filter"), "{}", failed.message());
    assert_eq!(world.funds(&account).await.unwrap(), [270, 0, 530, 800]);

    let task = begun(&customer, &path, "slow").await;
    model.until("BUSY").await;
    assert_eq!(world.funds(&account).await.unwrap(), [255, 15, 530, 800]);
    let canceled = customer.post(&format!("{task}/cancel"), &json!({})).await.unwrap();
    assert_eq!(canceled.data().unwrap()["status"], "canceled", "{}", canceled.json);
    assert_eq!(world.funds(&account).await.unwrap(), [270, 0, 530, 800]);
    // It really stopped there, and goes on with the next.
    model.until("READY").await;
    pictures(&customer, &path).await;
    assert_eq!(world.funds(&account).await.unwrap(), [240, 0, 560, 800]);

    let deleted = customer.send(reqwest::Method::DELETE, &path, Vec::new()).await.unwrap();
    assert_eq!(deleted.status, 200, "{}", deleted.json);
    sweep(&world).await;
    assert_eq!(customer.get(&path).await.unwrap().outcome().0, 404);
    assert!(world.engines.stored().await.unwrap().keys("weights:").await.unwrap().is_empty());
    assert_eq!(world.funds(&account).await.unwrap(), [240, 0, 560, 800]);
}

#[tokio::test]
#[ignore = "needs Cog's own server: tests/cog/run.sh"]
async fn a_server_killed_while_it_trains_costs_nobody_a_credit() {
    let (world, mut trainer, _model) = world().await;
    let (customer, account) = world.customer(500).await.unwrap();
    let created = world.create(&customer, json!({ "trigger_word": "SLOW" })).await.unwrap();
    let path = format!("/api/v1/characters/{}", created.data().unwrap()["character_id"].as_str().unwrap());
    trainer.until("BUSY").await;
    assert_eq!(world.funds(&account).await.unwrap(), [0, 500, 0, 500]);
    trainer.kill();
    trainer.start(&world, "train", "likeness_train.py:train").await;
    sweep(&world).await;
    let character = customer.get(&path).await.unwrap();
    assert_eq!(character.data().unwrap()["status"], "training", "it is over at its deadline");

    world.age("deadline", Duration::from_hours(1)).await.unwrap();
    sweep(&world).await;
    let character = customer.get(&path).await.unwrap();
    assert_eq!(character.data().unwrap()["status"], "failed", "{}", character.json);
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    // What was started again trains again.
    assert_eq!(world.train(&customer, json!({})).await.unwrap().1, "ready", "{}", trainer.log());
    assert_eq!(world.funds(&account).await.unwrap(), [0, 0, 500, 500]);
}

#[tokio::test]
#[ignore = "needs Cog's own server: tests/cog/run.sh"]
async fn a_trainer_that_returns_an_object_is_told_apart_before_it_trains() {
    let (world, mut trainer, _model) = world().await;
    trainer.kill();
    let weights = json!({ "type": "string", "format": "uri" });
    trainer.describe_output(json!({ "type": "object", "properties": { "weights": weights } }));
    trainer.start(&world, "train", "train.py:train").await;
    let (customer, account) = world.customer(500).await.unwrap();
    let refused = world.create(&customer, json!({})).await.unwrap();
    assert_eq!(refused.outcome(), (500, "TRAINING_SUBMIT_FAILED"), "{}", refused.json);
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
    assert!(!trainer.log().contains("Starting prediction"), "{}", trainer.log());

    // One that does not describe itself is asked, and its weights are in the callback: small ones are read, and are none.
    trainer.kill();
    std::fs::remove_file(trainer.folder.path().join(".cog/openapi_schema.json")).unwrap();
    trainer.start(&world, "train", "train.py:train").await;
    assert_eq!(world.train(&customer, json!({})).await.unwrap().1, "failed", "{}", trainer.log());
    assert_eq!(world.funds(&account).await.unwrap(), [500, 0, 0, 500]);
}
