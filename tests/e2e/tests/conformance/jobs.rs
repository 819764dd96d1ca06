//! Jobs that are taken: what becomes of them, by callback and by question.

use data_url::DataUrl;
use domain::AspectRatio;
use gpu_sim::Misbehaviour;
use provider::{Error, FailureKind, GenerationJob, Job, JobRef, JobState, Kind, Model, Output, RunJob};
use serde_json::json;

use crate::stage::{ALL, Stage};

fn known(job: &Job) -> JobRef {
    JobRef { id: job.id.clone(), location: job.location.clone() }
}

async fn picture(url: &str) -> (u32, u32) {
    let bytes = match DataUrl::process(url) {
        Ok(data) => data.decode_to_vec().unwrap().0,
        Err(_) => e2e::get(url).await.unwrap().bytes().await.unwrap().to_vec(),
    };
    let picture = image::load_from_memory(&bytes).unwrap();
    (picture.width(), picture.height())
}

#[tokio::test]
async fn what_any_trained_every_one_makes_pictures_with() {
    let stage = Stage::set(vec![]).await;
    for trainer in ALL {
        let (own, weights) = stage.train(trainer).await;
        for name in ALL {
            let provider = stage.provider(name);
            // A container's own name is the tar that it uploaded; we name it by what was in it.
            let by_name = name == trainer && name != "cog";
            let model = if by_name { Model::Own(own.clone()) } else { Model::Weights(weights.clone()) };
            let callback = format!("{trainer}-{name}");
            let wanted = stage.generation(&callback, model, "at the sea");
            let begun = stage.converse(provider.start_generation(&wanted)).await.unwrap();
            let job = stage.end(&*provider, &callback).await;
            assert_eq!(job.id, begun.id, "{callback}");
            let JobState::Succeeded(Output::Images(urls)) = job.state else { panic!("{callback}: {:?}", job.state) };
            assert_eq!(urls.len(), 2, "{callback}");
            for url in &urls {
                assert!(provider.output_allowed(url), "{callback}: {url}");
                assert_eq!(picture(url).await, (1_024, 1_024), "{callback}");
            }
            match stage.converse(provider.status(Kind::Generation, &known(&begun))).await {
                Ok(asked) => assert_eq!(asked.state, JobState::Succeeded(Output::Images(urls)), "{callback}"),
                Err(error) => assert_eq!((error, name), (Error::NotOffered, "cog")),
            }
        }
    }
}

#[tokio::test]
async fn every_shape_has_one_size_wherever_it_is_made() {
    let stage = Stage::set(vec![]).await;
    let (_, weights) = stage.train("fal").await;
    for &aspect_ratio in AspectRatio::ALL {
        let mut sizes = Vec::new();
        for name in ALL {
            let provider = stage.provider(name);
            let callback = format!("{name}-{}", aspect_ratio.as_str().replace(':', "x"));
            let wanted = stage.generation(&callback, Model::Weights(weights.clone()), "x");
            let wanted = GenerationJob { aspect_ratio, num_outputs: 1, ..wanted };
            stage.converse(provider.start_generation(&wanted)).await.unwrap();
            let JobState::Succeeded(Output::Images(urls)) = stage.end(&*provider, &callback).await.state else {
                panic!("{callback}")
            };
            sizes.push(picture(urls.first().unwrap()).await);
        }
        assert!(sizes.iter().all(|size| Some(size) == sizes.first()), "{}: {sizes:?}", aspect_ratio.as_str());
    }
}

#[tokio::test]
async fn every_end_is_told_as_what_it_is() {
    let stage = Stage::set(vec![]).await;
    let (_, weights) = stage.train("fal").await;
    for name in ALL {
        let provider = stage.provider(name);
        for word in ["fail", "crash", "nsfw", "nsfw1", "abort", "null", "repeat", "reorder", "forge"] {
            let callback = format!("{name}-{word}");
            let wanted = stage.generation(&callback, Model::Weights(weights.clone()), &format!("sim:{word}"));
            let begun = stage.converse(provider.start_generation(&wanted)).await.unwrap();
            let mut job = stage.end(&*provider, &callback).await;
            if job.state == JobState::Finished {
                assert_eq!((name, word), ("fal", "null"));
                job = stage.converse(provider.status(Kind::Generation, &known(&begun))).await.unwrap();
            }
            let pictures = match &job.state {
                JobState::Succeeded(Output::Images(urls)) => urls.len(),
                _ => 0,
            };
            let expected = match word {
                "fail" | "crash" | "nsfw" | "abort" => 0,
                "nsfw1" => 1,
                _ => 2,
            };
            assert_eq!(pictures, expected, "{callback}: {:?}", job.state);
            if let (JobState::Failed(failure), "nsfw") = (&job.state, word) {
                assert_eq!(failure.kind, FailureKind::Unsafe, "{callback}");
            }
            if (name, word) == ("fal", "crash") {
                let asked = stage.converse(provider.status(Kind::Generation, &known(&begun))).await.unwrap();
                let JobState::Failed(failure) = asked.state else { panic!("{callback}: {:?}", asked.state) };
                assert_eq!(failure.kind, FailureKind::Retryable, "{callback}");
            }
            if word == "forge" {
                let mut forged = 0;
                for heard in stage.here.heard(&callback) {
                    match stage.believe(&*provider, &heard).await {
                        Ok(job) => assert!(!matches!(job.state, JobState::Failed(_)), "{callback}: {:?}", job.state),
                        Err(_) => forged += 1,
                    }
                }
                assert_eq!(forged, 1, "{callback}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_changed_on_its_way_is_not_believed() {
    let stage = Stage::set(vec![]).await;
    let (_, weights) = stage.train("fal").await;
    for name in ["replicate", "fal"] {
        let provider = stage.provider(name);
        let wanted = stage.generation(name, Model::Weights(weights.clone()), "x");
        stage.converse(provider.start_generation(&wanted)).await.unwrap();
        stage.end(&*provider, name).await;
        let (headers, body) = stage.here.heard(name).pop().unwrap();
        let changed = [&body[..], b" "].concat();
        assert!(stage.believe(&*provider, &(headers.clone(), changed.into())).await.is_err(), "{name}");
        for header in headers.keys().filter(|header| header.as_str().contains("webhook")) {
            let mut without = headers.clone();
            without.remove(header);
            assert!(stage.believe(&*provider, &(without, body.clone())).await.is_err(), "{name}: {header}");
        }
    }
}

#[tokio::test]
async fn a_job_is_canceled_and_an_unknown_one_is_not_there() {
    let stage = Stage::set(vec![Misbehaviour::Hang]).await;
    for name in ALL {
        let provider = stage.provider(name);
        let begun = stage.converse(provider.start_training(&stage.training(name, name, "SARAH"))).await.unwrap();
        stage.converse(provider.cancel(Kind::Training, &known(&begun))).await.unwrap();
        let canceled = stage.gpu.simulator.jobs().into_iter().find(|job| job.id == begun.id).unwrap();
        assert_eq!(canceled.status, "canceled", "{name}");
        let nobodys = JobRef { id: "nobodys".to_owned(), location: None };
        let unknown = stage.converse(provider.cancel(Kind::Training, &nobodys)).await;
        assert_eq!(unknown, Err(Error::NotFound), "{name}");
        let unknown = stage.converse(provider.status(Kind::Training, &nobodys)).await;
        let expected = if name == "cog" { Error::NotOffered } else { Error::NotFound };
        assert_eq!(unknown, Err(expected), "{name}");
    }
}

#[tokio::test]
async fn any_model_can_be_run_by_its_name() {
    let stage = Stage::set(vec![]).await;
    let (_, weights) = stage.train("fal").await;
    let models = [("replicate", "black-forest-labs/flux-dev-lora"), ("fal", "fal-ai/flux-lora"), ("cog", "")];
    for (name, model) in models {
        let provider = stage.provider(name);
        let input = match name {
            "fal" => json!({ "prompt": "x", "loras": [{ "path": weights }], "num_images": 3 }),
            _ => json!({ "prompt": "x", "lora_weights": weights, "num_outputs": 3 }),
        };
        let input = input.as_object().unwrap().clone();
        let wanted = RunJob { model: model.to_owned(), input, callback_url: stage.here.callback(name) };
        let begun = stage.converse(provider.start_run(&wanted)).await.unwrap();
        let JobState::Succeeded(Output::Images(urls)) = stage.end(&*provider, name).await.state else {
            panic!("{name}")
        };
        assert_eq!(urls.len(), 3, "{name}");
        if name != "cog" {
            let asked = stage.converse(provider.status(Kind::Run, &known(&begun))).await.unwrap();
            assert_eq!(asked.state, JobState::Succeeded(Output::Images(urls)), "{name}");
            let nobodys = RunJob { model: "../account".to_owned(), ..wanted };
            assert_eq!(stage.converse(provider.start_run(&nobodys)).await, Err(Error::NotFound), "{name}");
        }
    }
}

#[tokio::test]
async fn what_fal_keeps_of_a_job_is_gone_once_it_is_deleted() {
    let stage = Stage::set(vec![]).await;
    let provider = stage.provider("fal");
    let begun = stage.converse(provider.start_training(&stage.training("fal", "kept", "SARAH"))).await.unwrap();
    let JobState::Succeeded(Output::Model { name, .. }) = stage.end(&*provider, "kept").await.state else { panic!() };
    assert!(e2e::get(&name).await.unwrap().status().is_success());
    assert_eq!(stage.converse(provider.delete_job(&known(&begun))).await, Ok(()));
    assert_eq!(e2e::get(&name).await.unwrap().status(), 404);
    let asked = stage.converse(provider.status(Kind::Training, &known(&begun))).await;
    assert_eq!(asked, Err(Error::NotFound));
    let nobodys = JobRef { id: "nobodys".to_owned(), location: None };
    assert_eq!(stage.converse(provider.delete_job(&nobodys)).await, Err(Error::NotFound));
}
