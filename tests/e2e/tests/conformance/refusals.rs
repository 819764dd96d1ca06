//! Jobs that are not taken, and those of which nobody knows.

use domain::Timestamp;
use gpu_sim::Misbehaviour;
use provider::{Error, Mark, Proof, Sought};

use crate::stage::{ALL, Stage};

#[tokio::test]
async fn every_refusal_is_told_as_what_it_is() {
    let stage = Stage::set(vec![]).await;
    for name in ALL {
        let provider = stage.provider(name);
        for word in ["throttle", "broke", "refuse", "error"] {
            let wanted = stage.training(name, &format!("{name}-{word}"), &format!("sim_{word}"));
            let refused = stage.converse(provider.start_training(&wanted)).await.unwrap_err();
            let expected = match (word, name) {
                ("throttle", _) => matches!(refused, Error::Throttled { .. }),
                // A container has no account; it says that it is not ready.
                ("broke", "cog") => refused == Error::Unavailable,
                ("broke", _) => refused == Error::OutOfCredit,
                ("refuse", _) => matches!(refused, Error::Refused { status: 422, .. }),
                _ => refused == Error::Ambiguous,
            };
            assert!(expected, "{name}, {word}: {refused:?}");
        }
        assert!(stage.gpu.simulator.jobs().iter().all(|job| job.provider != name), "{name} took something");
    }
}

#[tokio::test]
async fn a_submission_whose_answer_is_lost_is_found_or_repeated_or_in_doubt() {
    let stage = Stage::set(vec![Misbehaviour::Hang]).await;
    for name in ALL {
        let provider = stage.provider(name);
        let wanted = stage.training(name, name, "sim_drop");
        let outcome = stage.converse(provider.start_training(&wanted)).await;
        // Cog's is sent once more by itself, and begins nothing twice.
        let expected = if name == "cog" { Ok(()) } else { Err(Error::Ambiguous) };
        assert_eq!(outcome.map(drop), expected, "{name}");
        let since = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let find = |file: &str| {
            let mark = Mark::Training { dataset: format!("/files/{file}") };
            stage.converse(provider.find(&Sought { mark, proof: Proof::Unique, since }))
        };
        let found = find("photos.zip").await;
        let jobs: Vec<_> = stage.gpu.simulator.jobs().into_iter().filter(|job| job.provider == name).collect();
        assert_eq!(jobs.len(), 1, "{name}: sent again or not, it runs once");
        match name {
            "replicate" => assert_eq!(found.unwrap().unwrap().id, jobs.first().unwrap().id),
            _ => assert_eq!(found, Err(Error::NotOffered), "{name}"),
        }
        let other = find("nobodys.zip").await;
        assert_eq!(other, if name == "replicate" { Ok(None) } else { Err(Error::NotOffered) });
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_took_nothing() {
    let mut stage = Stage::set(vec![]).await;
    stage.gpu.kill();
    for name in ALL {
        let provider = stage.provider(name);
        let outcome = stage.converse(provider.start_training(&stage.training(name, name, "SARAH"))).await;
        assert_eq!(outcome, Err(Error::Unavailable), "{name}");
    }
}
