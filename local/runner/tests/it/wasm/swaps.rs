//! Compare-and-swap as a component sees it: what money depends on.

use futures_util::future::join_all;

use super::support::App;

const STORE: &str = "key_value_stores = [\"default\"]";

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_creators_wins() {
    let app = App::with(STORE).await;
    for round in 0..3 {
        let creators = (0..24).map(|n| {
            let app = &app;
            async move { app.show(&format!("/cas/create?key=round-{round}&value={n}")).await }
        });
        let outcomes = join_all(creators).await;
        let winners: Vec<_> = (0..24).filter(|&n: &usize| outcomes[n] == "swapped").collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        assert_eq!(app.show(&format!("/kv/get?key=round-{round}")).await, winners[0].to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_append_of_many_at_once_is_lost() {
    let app = App::with(STORE).await;
    let outcomes = join_all((0..60).map(|_| app.show("/cas/append?key=log&value=x"))).await;
    assert!(outcomes.iter().all(|outcome| outcome == "swapped"), "{outcomes:?}");
    assert_eq!(app.show("/kv/get?key=log").await, "x".repeat(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_swap_fails_and_its_fresh_handle_works_without_the_bucket() {
    let app = App::with(STORE).await;
    app.show("/kv/set?key=k&value=before").await;
    let shown = app.show("/cas/stale?key=k&value=mine").await;
    assert_eq!((&shown["first"], &shown["again"]), (&"failed".into(), &"swapped".into()), "{shown}");
    assert_eq!(shown["value"], "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn swap_that_never_looked_does_not_overwrite() {
    let app = App::with(STORE).await;
    app.show("/kv/set?key=k&value=there").await;
    assert_eq!(app.show("/cas/blind?key=k&value=blind").await, "failed");
    assert_eq!(app.show("/kv/get?key=k").await, "there");
    assert_eq!(app.show("/cas/blind?key=new&value=blind").await, "swapped");
}
