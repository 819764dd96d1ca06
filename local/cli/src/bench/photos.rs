//! Large files: a character of 30 photos, their zip, an upload; beside plain copies of the same bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client as Http;
use serde_json::json;

use super::files;
use super::host::Kind;
use super::ours::Deployment;
use super::process::Server;
use super::report::table;
use crate::client::{Client, text};
use crate::ui::Step;

/// Photos that are copied at the same time, as the application does.
const COPIED_AT_ONCE: usize = 4;
/// Bytes of an upload: the most that a video may have.
const UPLOAD_BYTES: usize = 100_000_000;
/// After how long the memory is looked at again.
const REST: Duration = Duration::from_secs(10);
/// Longest wait for the provider to have looked at the photos.
const LOOKED_AT_WITHIN: Duration = Duration::from_mins(2);
/// How long between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A training with this word in it never ends at the simulated provider, so nothing comes between.
const TRIGGER_WORD: &str = "sim_hang";

/// The files, and who serves them.
struct Stage<'a> {
    root: &'a Path,
    scratch: &'a Path,
    /// Where the plain file server is.
    host: String,
    photos: Vec<String>,
    film: Bytes,
    http: Http,
}

/// How long something took, and the most memory of the server while it did.
struct Took {
    seconds: f64,
    peak_mb: f64,
}

/// What one host took.
struct Ours {
    create: Took,
    dataset: Took,
    plain_dataset: f64,
    upload: Took,
    /// Before, and ten seconds after the last.
    memory_mb: [f64; 2],
}

/// Measures it, and writes the section.
pub(super) async fn measure(root: &Path, scratch: &Path, kinds: &[Kind], step: &Step) -> Result<String> {
    let folder = scratch.join("files");
    step.say("Making large photos");
    let photos = files::make_photos(root, &folder)?;
    let film = files::make_film(root, UPLOAD_BYTES)?;
    let (host, http) = (files::serve(&folder).await?, outbound::https().build()?);
    let stage = Stage { root, scratch, host, photos, film, http };
    step.say("Copying them plainly");
    let copy = stage.plain_copy().await?;
    let upload = stage.plain_upload().await?;
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for kind in kinds {
        let deployment = Deployment::prepare(*kind, root, scratch.join(format!("photos-{kind:?}"))).await?;
        names.push(deployment.name());
        columns.push(stage.ours(&deployment, step).await?);
    }
    let line = |name: &str, cell: &dyn Fn(&Ours) -> String| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(columns.iter().map(cell)).collect()
    };
    let beside = |took: &Took, plain: f64| {
        format!("{:.2} s, {:.2}x of {plain:.2} s; {:.0} MB", took.seconds, took.seconds / plain, took.peak_mb)
    };
    let rows = [
        line("create with 30 photos of 9.9 MB", &|ours| beside(&ours.create, copy)),
        line("their zip, 297 MB, by its link", &|ours| beside(&ours.dataset, ours.plain_dataset)),
        line("an upload of 100 MB", &|ours| beside(&ours.upload, upload)),
        line("memory before, and 10 s after", &|Ours { memory_mb: [before, after], .. }| {
            format!("{before:.0} MB, {after:.0} MB")
        }),
    ];
    let says = "Each beside a plain copy of the same bytes between the same programs: for the create, the photos fetched four at a time into files; for the zip, a file of the same bytes fetched to nowhere; \
                for the upload, a file that is put to a plain server. What is kept is on the disk before it counts. Then the most memory that the server had meanwhile.\n\n";
    Ok(format!("{says}{}", table(std::iter::once("").chain(names), &rows)))
}

impl Stage<'_> {
    fn urls(&self) -> impl Iterator<Item = String> {
        self.photos.iter().map(|name| format!("{}/{name}", self.host))
    }

    async fn plain_copy(&self) -> Result<f64> {
        let folder = self.scratch.join("copies");
        std::fs::create_dir_all(&folder)?;
        let began = Instant::now();
        let copies = self.urls().enumerate().map(|(n, url)| {
            let to = folder.join(n.to_string());
            async move { files::copy(&self.http, &url, &to).await }
        });
        stream::iter(copies).buffer_unordered(COPIED_AT_ONCE).try_collect::<Vec<u64>>().await?;
        Ok(began.elapsed().as_secs_f64())
    }

    async fn plain_upload(&self) -> Result<f64> {
        let began = Instant::now();
        let url = format!("{}/uploaded", self.host);
        self.http.put(url).body(self.film.clone()).send().await?.error_for_status()?;
        Ok(began.elapsed().as_secs_f64())
    }

    async fn ours(&self, deployment: &Deployment, step: &Step) -> Result<Ours> {
        let server = deployment.start().await?;
        let (_, key) = deployment.customer().await?;
        let customer = Client::new(&deployment.url, &key)?;
        // What a first character needs to be made is made.
        super::ours::reference(&customer, self.root).await?;
        let before = server.memory().now;

        step.say(format!("{}: a create with {} photos", deployment.name(), self.photos.len()));
        let body =
            json!({ "name": "Large", "trigger_word": TRIGGER_WORD, "image_urls": self.urls().collect::<Vec<_>>() });
        let (created, create) = watched(&server, customer.post("/api/v1/characters/create", &body)).await?;
        ensure!(created.get("status") == Some(&json!("training")), "it does not train: {created}");

        step.say(format!("{}: its zip", deployment.name()));
        let link = dataset(deployment).await?;
        let file = self.scratch.join("files/photos.zip");
        let kept = files::copy(&self.http, &link, &file).await?;
        let (length, dataset) = watched(&server, files::fetch(&self.http, &link)).await?;
        ensure!(length == kept, "the zip has {kept} bytes, and then {length}");
        let began = Instant::now();
        files::fetch(&self.http, &format!("{}/photos.zip", self.host)).await?;
        let plain_dataset = began.elapsed().as_secs_f64();

        step.say(format!("{}: an upload", deployment.name()));
        let announced = json!({ "contentType": "video/mp4", "sizeBytes": UPLOAD_BYTES });
        let announced = customer.post("/api/v1/upload", &announced).await?;
        let url = text(&announced, "uploadUrl")?;
        let ((), upload) = watched(&server, customer.put(&url, "video/mp4", self.film.to_vec())).await?;

        tokio::time::sleep(REST).await;
        let after = server.memory().now;
        server.stop().await?;
        Ok(Ours { create, dataset, plain_dataset, upload, memory_mb: [before, after] })
    }
}

/// The link that the provider was given, once it is through with it.
async fn dataset(deployment: &Deployment) -> Result<String> {
    let began = Instant::now();
    loop {
        let jobs = deployment.simulator.jobs();
        if let Some(job) = jobs.iter().find(|job| job.logs.contains("Extracted")) {
            let input = job.input.as_object().into_iter().flatten();
            let mut texts = input.filter_map(|(_, value)| value.as_str());
            return texts.find(|text| text.contains("/datasets/")).map(str::to_owned).context("no link to a zip");
        }
        ensure!(began.elapsed() < LOOKED_AT_WITHIN, "the provider never got the photos");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What something comes to, how long it took, and the most memory of the server meanwhile.
async fn watched<T>(server: &Server, work: impl Future<Output = Result<T>>) -> Result<(T, Took)> {
    server.forget_peak();
    let began = Instant::now();
    let done = work.await?;
    Ok((done, Took { seconds: began.elapsed().as_secs_f64(), peak_mb: server.memory().peak }))
}
