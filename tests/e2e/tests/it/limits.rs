//! How often an account may ask.

use e2e::{Settings, World};
use serde_json::json;

#[tokio::test]
async fn every_answer_says_what_is_left_and_too_much_is_refused() {
    let variables = vec![("requests_per_minute", "3".to_owned())];
    let world = World::start(Settings { variables, ..Settings::default() }).await.unwrap();
    let (customer, _) = world.customer(0).await.unwrap();
    let free = customer.get("/api/v1/credits").await.unwrap();
    assert_eq!((free.header("x-ratelimit-limit"), free.header("x-ratelimit-remaining")), ("10000", "10000"));
    assert!(free.header("x-ratelimit-reset").ends_with("T00:00:00.000Z"), "{}", free.header("x-ratelimit-reset"));
    assert_eq!(free.header("ratelimit-policy"), "\"day\";q=10000;w=86400, \"minute\";q=3;w=60");

    // Of several at once, exactly as many as there may be go on, whatever minute it is.
    let estimate = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
    let answers = futures_util::future::join_all((0..8).map(|_| customer.post("/api/v1/estimate", &estimate))).await;
    let refused: Vec<_> = answers.into_iter().map(Result::unwrap).filter(|answer| answer.status == 429).collect();
    assert!((2..=5).contains(&refused.len()), "{}", refused.len());
    for answer in &refused {
        assert_eq!(answer.outcome(), (429, "RATE_LIMITED"));
        assert!(
            answer.message().starts_with("Rate limit exceeded. Limit: 3/minute. Resets at: "),
            "{}",
            answer.message()
        );
        let after: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&after));
        assert!(answer.header("ratelimit").contains("\"minute\";r=0;t="), "{}", answer.header("ratelimit"));
    }
    // Reads go on, and cost nothing.
    for _ in 0..10 {
        assert_eq!(customer.get("/api/v1/tasks").await.unwrap().status, 200);
    }
    let (other, _) = world.customer(0).await.unwrap();
    assert_eq!(other.post("/api/v1/estimate", &estimate).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_account_can_have_a_limit_of_its_own() {
    let world = World::shared();
    let operator = world.operator();
    let opened = operator.post("/api/v1/admin/accounts", &json!({ "name": "small", "requests_per_day": 2 })).await;
    let id = opened.unwrap().data().unwrap()["account_id"].as_str().unwrap().to_owned();
    let key = operator.post(&format!("/api/v1/admin/accounts/{id}/keys"), &json!({})).await.unwrap();
    let customer = world.anybody().with_token(key.data().unwrap()["key"].as_str().unwrap());
    let estimate = json!({ "model": "flux-2-pro-text-to-image", "prompt": "a fox" });
    for left in ["1", "0"] {
        let answer = customer.post("/api/v1/estimate", &estimate).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, left));
    }
    let refused = customer.post("/api/v1/estimate", &estimate).await.unwrap();
    assert_eq!(refused.outcome(), (429, "RATE_LIMITED"));
    assert!(refused.message().contains("Limit: 2/day"), "{}", refused.message());
    assert_eq!(customer.get("/api/v1/credits").await.unwrap().status, 200);
}
